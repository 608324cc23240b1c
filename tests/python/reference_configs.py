"""The experiment files of the paper's authors, as tests write them."""

BASE = """
config: ???
seed: ???
path: "results/${config}_${seed}"
rnn:
  model: "vanilla"
  n_in: 2
  n_rec: 512
  n_out: 512
  n_init: 512
  sigma2_in: 0
  sigma2_rec: 0
  sigma2_out: 0
  dt: 0.2
  tau: 1
  bias: false
  activation_fn: "relu"
trainer:
  n_epochs: 2500
  lr: 0.001
  weight_decay: 0
  compute_all_metrics: true
  test_freq: 100
  save_freq: 100
"""

SPATIAL = """
task:
  box_width: 2.2
  box_height: 2.2
  border_region: 0.03
  border_slow_factor: 0.25
  init_pos: "uniform"
  biased: false
  drift_const: 0.05
  anchor_point: [0, 0]
  dt: 0.02
  mu: 0
  sigma: 11.52
  b: ${eval:${pi:} * 0.26}
  use_place_cells: true
  place_cells_num: 512
  place_cells_sigma: 0.2
  place_cells_dog: false
  place_cells_surround_scale: 2
  sequence_length: 100
  batch_size: 200
"""

HEADING = """
task:
  init_hd: "uniform"
  biased: false
  dt: 0.02
  mu: 0
  sigma: 11.52
  use_hd_cells: true
  hd_cells_num: 512
  hd_cells_angular_spread: ${eval:${pi:}/6}
  sequence_length: 100
  batch_size: 200
rnn:
  n_in: 1
  n_rec: 128
  n_out: 512
  n_init: 512
  dt: 0.5
trainer:
  n_epochs: 20000
"""

NOISY = 'path: "results/${config}_${rnn.sigma2_rec}_${seed}"\n'
GRU = 'rnn: {model: "gru", activation_fn: "tanh", sigma2_rec: 0.0001}\n'

#: Every experiment above its bases.
EXPERIMENTS = {
    "spatial_navigation/noisy_unbiased": "rnn:\n  sigma2_rec: 0.0001\n",
    "spatial_navigation/noisy_biased": "task: {biased: true}\nrnn: {sigma2_rec: 0.0001}\n",
    "spatial_navigation/no_noise_unbiased": "task:\n  biased: false\n",
    "spatial_navigation/no_noise_biased": "task:\n  biased: true\n",
    "spatial_navigation/noisy_unbiased_gru": GRU,
    "spatial_navigation/noisy_biased_gru": GRU + "task: {biased: true}\n",
    "spatial_navigation/sorscher_2019": "task:\n  sequence_length: 50\nrnn:\n  dt: 1\n",
    "head_direction/noisy_unbiased": "rnn:\n  sigma2_rec: 0.01\n",
    "head_direction/noisy_biased": "task: {biased: true}\nrnn: {sigma2_rec: 0.01}\n",
}


def write(folder, name, text):
    path = folder / f"{name}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_all(folder):
    """Write the whole set."""
    write(folder, "base", BASE)
    write(folder, "spatial_navigation/base", SPATIAL)
    write(folder, "head_direction/base", HEADING)
    for name, text in EXPERIMENTS.items():
        write(folder, name, NOISY + text)
