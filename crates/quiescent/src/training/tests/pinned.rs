//! One tiny training run of every kind, pinned. A change of the engine must not change these
//! values.
//!
//! The numbers are the results when this test was written. If values change on purpose, the test
//! prints the new ones.

use crate::experiment::Experiment;
use crate::training::{Event, Trainer};

/// Loss of the fifth batch, and two parameters of each tensor after it.
fn trained(kind: &[&str]) -> Vec<f64> {
    let mut overrides = vec![
        "network.units=16",
        "network.activation=tanh",
        "network.biases=true",
        "task.cells.count=12",
        "time.steps=20",
        "training.trials=60",
        "training.batches=5",
        "training.learning_rate=0.01",
        "training.weight_decay=0.1",
    ];
    overrides.extend(kind);
    let experiment = Experiment::resolve("paper/spatial/noisy_unbiased", &overrides).unwrap();
    let mut trainer = Trainer::new(&experiment).unwrap();
    let mut found = Vec::new();
    while trainer.batch() < 5 {
        if let Some(Event::Batch { batch: 5, train_loss }) = trainer.next() {
            found.push(train_loss);
        }
    }
    for (_, values) in trainer.network().parameters().iter() {
        found.extend([values[0], values[values.len() / 2]].map(f64::from));
    }
    found
}

#[test]
fn five_batches_of_every_kind_end_where_they_did() {
    let kinds: [(&str, &[&str], &[f64]); 3] = [
        ("RNN", &[], &RNN_ENDS),
        ("GRU", &["network.kind=gru"], &GRU_ENDS),
        ("GRU, reset after", &["network.kind=gru", "network.reset=after"], &GRU_AFTER_ENDS),
    ];
    let mut changed = String::new();
    for (name, overrides, expected) in kinds {
        let found = trained(overrides);
        // Products may differ in the last place between CPU types.
        let near = |(found, expected): (&f64, &f64)| (found / expected - 1.0).abs() < 1e-6;
        if found.len() != expected.len() || !found.iter().zip(expected).all(near) {
            changed.push_str(&format!("{name}: {found:?}\n"));
        }
    }
    assert!(changed.is_empty(), "{changed}");
}

const RNN_ENDS: [f64; 15] = [
    0.0579993223,
    -0.257287413,
    -0.0957721919,
    -0.322695762,
    0.375990391,
    -0.0336487256,
    -0.159525886,
    -0.0572539084,
    -0.0788083375,
    -0.227806449,
    -0.0143515496,
    -0.00879374053,
    0.0481175333,
    0.130395025,
    0.0981318876,
];
const GRU_ENDS: [f64; 27] = [
    0.0661401824,
    -0.25444451,
    -0.191929579,
    -0.28476119,
    0.336219072,
    -0.0434586033,
    -0.107322074,
    -0.307285756,
    0.592574477,
    -0.203887731,
    -0.115320802,
    0.101896875,
    -0.215611786,
    0.226076454,
    0.165984198,
    -0.231191218,
    0.203938395,
    -0.00739532709,
    0.134322926,
    0.272841901,
    -0.206075981,
    0.174274355,
    0.20345673,
    -0.0351266824,
    -0.128806904,
    -0.17553778,
    -0.179948807,
];
const GRU_AFTER_ENDS: [f64; 29] = [
    0.0553761177,
    -0.238477975,
    -0.191895798,
    -0.295051068,
    0.337340266,
    -0.129518107,
    -0.1069142,
    -0.323711723,
    0.671884179,
    -0.106485009,
    -0.181286231,
    0.101835914,
    -0.214977473,
    0.2237055,
    0.168439791,
    -0.174922168,
    0.283810705,
    -0.0150710018,
    0.135185391,
    0.270806521,
    -0.20481652,
    0.10669031,
    0.195646837,
    -0.0803384706,
    -0.121712379,
    -0.177985922,
    -0.18093802,
    0.12703456,
    -0.268323988,
];
