//! Writes the corpora's seeds, `corpus/TARGET/seed-*`: one small file of each kind that the
//! program reads, made by the program if it writes such files. Run it again when a format
//! changes: `cargo run -p quiescent-fuzz --example seeds`.
#![allow(clippy::unwrap_used, reason = "a tool for this folder")]

use ndarray::{Array2, Array3};
use quiescent::experiment::{Experiment, shipped};
use quiescent::network::{Network, Parameters};
use quiescent::run::fuzzing::checkpoint_bytes;
use quiescent::run::{Checkpoint, write_phase_file};
use quiescent::simulate::Phase;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn seed(target: &str, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let folder = Path::new(ROOT).join("corpus").join(target);
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("seed-{name}"));
    fs::write(&path, bytes).unwrap();
    path
}

fn main() {
    texts();
    recordings();
    arrays();
    records();
}

fn texts() {
    for (name, text) in shipped() {
        seed("experiment", &name.replace('/', "-"), text);
    }
    for (name, text) in [
        ("smallest", "task: {kind: spatial}\n"),
        (
            "recording",
            "task: {kind: head_direction, recording: {file: 'a b.csv', max_gap_s: 0.5}}\n",
        ),
        (
            "alias",
            "a: &a {sigma: 0.1}\ntask: &t\n  kind: spatial\nnetwork: {noise: {sigma: 0.1}, input_noise: *a}\n",
        ),
        (
            "rest",
            "task: {kind: spatial}\nrest: {start: {point: [0.5, -0.5]}, noise: {sigma: 0.2}}\n",
        ),
        ("twice", "task: {kind: spatial}\nseed: 1\nseed: 2\n"),
        ("escape", "task: {kind: \"\\e[31m\"}\n\"\\e\": 1\n"),
    ] {
        seed("experiment", name, text);
    }
    for (name, text) in [
        (
            "several",
            "demo/spatial/noisy_biased\nnetwork.units=64\nseed=3\ntask.drift={fraction_per_step: 0.1}\n",
        ),
        (
            "recording",
            "demo/head_direction/noisy_unbiased\ntask.recording=a b.npz\ntime.steps=20\n",
        ),
        ("rest", "demo/spatial/noisy_unbiased\nrest.noise={sigma: 0.1}\nrest.start=after_wake\n"),
        (
            "kind",
            "demo/spatial/noisy_unbiased\ntask={kind: head_direction}\nnetwork.kind=gru\nnetwork.activation=tanh\n",
        ),
        (
            "list",
            "demo/spatial/noisy_unbiased\ntraining.milestones=[100,200]\ntask.drift.toward_m=[0,0.5]\nabout=\"x # y\"\n",
        ),
        ("wrong", "demo/spatial/noisy_unbiased\nnetwork.noise.sigma=0,07\nnetwork.unit=3\n"),
    ] {
        seed("overrides", name, text);
    }
    for (name, text) in [
        (
            "documented",
            "about: how much noise\nbase: paper/spatial/noisy_unbiased\nset: {training.batches: 1000}\nseeds: 0..1\ngrid:\n  network.noise.sigma: [0.03, 0.07]\n  network.units: [128, 256]\nzip:\n  time.dt_s: [0.02, 0.01]\n  time.steps: [100, 200]\nruns:\n  - {name: gru, network.kind: gru, network.activation: tanh}\n",
        ),
        (
            "zips",
            "base: demo/spatial/noisy_unbiased\nzip:\n  - {seed: 0..3, network.units: [1, 2, 3, 4]}\n  - {time.steps: [1, 2]}\n",
        ),
        ("texts", "%%\nnetwork.noise.sigma=0.03,0.07\nseed=0..4\ntraining.milestones=[1,2],[3]\n"),
        (
            "over",
            "base: demo/head_direction/noisy_biased\nseeds: [0, 2, 5]\n%%\nseed=1..9..3\nnetwork.units=32\n",
        ),
        (
            "ranges",
            "base: demo/head_direction/noisy_biased\ngrid: {seed: [0..99999, 0..99999]}\nseeds: 0..99999\n",
        ),
        (
            "many",
            "base: demo/head_direction/noisy_biased\nseeds: [0..99999, 0..99999, 0..99999, 0..99999, 0..99999, 0..99999, 0..99999, 0..99999, 0..99999, 0..99999, 0..99999, 0..99999]\n",
        ),
    ] {
        seed("sweep", name, text);
    }
    let rest = r#"{"type":"set","settings":{"show":"rest","from":{"point":[0.5,0.2]},"noise_ratio":1.4,"adaptation":{"strength":0.3,"tau_s":2.0},"momentum":{"friction":0.5,"keep_temperature":true},"trials":20,"seed":3}}"#;
    let wake = r#"{"type":"choose","run":0,"settings":{"show":"wake_then_rest","from":"after_wake","noise_ratio":0.0,"adaptation":null,"momentum":null,"trials":3,"seed":0}}"#;
    let choose = r#"{"type":"choose","run":0}"#;
    let step = r#"{"type":"step","steps":9}"#;
    let rest_of_it = r#"{"type":"speed","steps_per_s":100}
{"type":"play"}
{"type":"reset"}
{"type":"emerged","batch":200}
{"type":"pause"}"#;
    for (name, text) in [
        ("rest", format!("{choose}\n{rest}\n{step}\n{step}\n{step}\n")),
        ("wake", format!("{wake}\n{step}\n{step}\n")),
        ("others", format!("{choose}\n{rest_of_it}\n{step}")),
    ] {
        seed("view", name, &text);
    }
    let experiment = Experiment::named("demo/head_direction/noisy_unbiased").unwrap();
    let other = experiment.with("network.units=32").unwrap();
    let run = |name: &str, experiment: &Experiment, changes: &[&str]| {
        let identity = experiment.identity().unwrap();
        serde_json::json!({"name": name, "folder": format!("runs/{name}_{}", &identity[..12]), "identity": identity,
            "base": 0, "after": "analysis", "changes": changes, "varied": [["network.units", "32"]]})
    };
    let manifest = serde_json::json!({
        "format": "quiescent-sweep", "format_version": 1, "program_version": env!("CARGO_PKG_VERSION"),
        "root": "..", "about": "two runs", "runs_per_task": 2,
        "slurm": {"partition": "short", "time": "1:00:00", "cpus": 2, "sbatch": ["--qos=long"]},
        "bases": [experiment.to_yaml().unwrap()],
        "runs": [run("a", &experiment, &[]), run("units=32", &other, &["network.units=32"])],
    });
    seed("manifest", "slurm", manifest.to_string());
}

fn recordings() {
    let circle = |t: f64| [0.4 * (0.5 * t).cos(), 0.3 * (0.5 * t).sin()];
    let times: Vec<f64> = (0..24).map(|i| f64::from(i) / 50.0).collect();
    let rows = |row: &dyn Fn(f64) -> String| times.iter().map(|t| row(*t)).collect::<String>();
    let positions = rows(&|t| format!("{t},{:.3},{:.3}\n", circle(t)[0], circle(t)[1]));
    let headings = rows(&|t| format!("{t},{:.2}\n", 2.0 * t));
    seed("recording_csv", "positions", format!("t,x,y\n{positions}"));
    seed("recording_csv", "headings", format!("t,heading\n{headings}"));
    seed(
        "recording_csv",
        "columns",
        format!("T, frame ,y,x\n{}", rows(&|t| format!("{t}, 1 ,{:.3},\"{:.3}\"\r\n", t, 0.5 * t))),
    );
    seed(
        "recording_csv",
        "semicolons",
        rows(&|t| format!("{t:.2};{:.2};{:.2}\n", t, t)).replace('.', ","),
    );
    seed("recording_csv", "savetxt", format!("# t x y\n{}", positions.replace(',', " ")));
    seed("recording_csv", "lost", format!("t,x,y\n{}", positions.replace(",0.2", ",NaN")));
    seed("recording_csv", "escape", "t,\u{1b}[31mx,y\n0,\u{1b}[2J,1\n");
    let npy = |descr: &str, shape: &str, values: &[u8]| {
        let header =
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.bytes());
        bytes.extend(values);
        bytes
    };
    let bytes = |values: &[f64]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let singles =
        |values: &[f64]| values.iter().flat_map(|v| (*v as f32).to_be_bytes()).collect::<Vec<u8>>();
    let flat: Vec<f64> = times.iter().flat_map(|t| circle(*t)).collect();
    let t = npy("<f8", "(24,)", &bytes(&times));
    for (name, method, arrays) in [
        (
            "positions",
            zip::CompressionMethod::Stored,
            vec![("t.npy", t.clone()), ("pos.npy", npy("<f8", "(24, 2)", &bytes(&flat)))],
        ),
        (
            "singles",
            zip::CompressionMethod::Deflated,
            vec![("t.npy", t.clone()), ("pos.npy", npy(">f4", "(24, 2)", &singles(&flat)))],
        ),
        (
            "headings",
            zip::CompressionMethod::Stored,
            vec![("t.npy", t.clone()), ("heading.npy", npy("<f8", "(24,)", &bytes(&times)))],
        ),
        (
            "pynapple",
            zip::CompressionMethod::Stored,
            vec![
                ("t.npy", t.clone()),
                ("d.npy", npy("<f8", "(24, 2)", &bytes(&flat))),
                ("columns.npy", npy("<U1", "(2,)", b"x\0\0\0y\0\0\0")),
            ],
        ),
        (
            "other",
            zip::CompressionMethod::Stored,
            vec![
                ("\u{1b}[31m.npy", npy("<f8", "(1,)", &bytes(&[1.0]))),
                ("t.npy", npy("\u{1b}[2J", "(1,)", b"")),
            ],
        ),
    ] {
        seed("recording_npz", name, archive(&arrays, method));
    }
}

fn archive(arrays: &[(&str, Vec<u8>)], method: zip::CompressionMethod) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The same archive with 64-bit sizes, as in archives beyond 4 GB.
fn large(path: &Path) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).unwrap();
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .large_file(true);
        writer.start_file(member.name(), options).unwrap();
        std::io::copy(&mut member, &mut writer).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The files that the library's own tests import.
fn arrays() {
    let seeds = Path::new(ROOT).join("../crates/quiescent/tests/seeds");
    for entry in fs::read_dir(seeds).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let bytes = fs::read(&path).unwrap();
        let targets: &[&str] = match path.extension().and_then(|e| e.to_str()) {
            Some("npz") => &["weights_npz", "cells"],
            Some("safetensors") => &["weights_safetensors", "cells"],
            Some("npy") => &["cells"],
            Some("pt") => &["weights_npz"],
            _ => continue,
        };
        for target in targets {
            seed(target, name, &bytes);
        }
    }
    let nested = format!("{{\"{}\":1}}", "a.".repeat(40));
    let mut bytes = (nested.len() as u64).to_le_bytes().to_vec();
    bytes.extend(nested.bytes());
    seed("weights_safetensors", "prefixes", bytes);
}

fn records() {
    let overrides = ["network.units=2", "task.cells.count=3"];
    let experiment = Experiment::resolve("demo/head_direction/noisy_unbiased", &overrides).unwrap();
    let network = Network::untrained(&experiment).unwrap();
    let zeros = || Parameters::zeros(network.parameters().layout());
    let checkpoint = Checkpoint {
        batch: 40,
        training_s: 1.5,
        adam_step: 40,
        parameters: network.parameters().clone(),
        adam_m: zeros(),
        adam_v: zeros(),
        cells: Array2::from_shape_vec((3, 1), network.task().preferred().to_vec()).unwrap(),
    };
    seed("checkpoint", "untrained", checkpoint_bytes(&checkpoint).unwrap());
    let decoded = Array3::from_shape_fn((2, 5, 2), |(i, j, k)| (i * 10 + j * 2 + k) as f32 / 3.0);
    let whole = Phase {
        adaptation: None,
        velocity: None,
        truth: Some(decoded.clone()),
        states: Some(Array3::from_shape_fn((2, 2, 3), |(i, j, k)| (i + j + k) as f32)),
        state_stride: 2,
        end: Array2::zeros((2, 3)),
        decoded,
    };
    let bare = Phase { truth: None, states: None, end: Array2::zeros((2, 4)), ..whole.clone() };
    for (name, phase) in [("whole", whole), ("bare", bare)] {
        let path = seed("phase", name, "");
        write_phase_file(&path, &phase).unwrap();
        seed("phase", &format!("{name}-large"), large(&path));
    }
    let header = format!(
        "{{'descr': {}'<f4'{}, 'fortran_order': False, 'shape': (1,), }}\n",
        "(".repeat(900),
        ")".repeat(900)
    );
    let mut nested = b"\x93NUMPY\x01\x00".to_vec();
    nested.extend((header.len() as u16).to_le_bytes());
    nested.extend(header.bytes());
    seed("phase", "nested", archive(&[("decoded.npy", nested)], zip::CompressionMethod::Stored));
    seed(
        "metrics",
        "tested",
        "{\"batch\":1,\"train_loss\":0.5,\"wall_s\":0.1}\n{\"batch\":2,\"train_loss\":0.25,\"test_loss\":0.3,\"decode_error\":null,\"decode_error_unit\":\"m\",\"wall_s\":0.2}\n",
    );
    seed(
        "metrics",
        "cut",
        "{\"batch\":0,\"train_loss\":null,\"test_loss\":1e-3,\"wall_s\":0}\n{\"batch\":3,\"tra",
    );
    for (name, text) in [
        (
            "run",
            r#"{"schema_version":1,"program_version":"0.1.0","status":"finished","seed":3,"batch":40,"host":"h","threads":2,"started_unix_s":1.5e9,"updated_unix_s":1.5e9,"training_s":1.5,"parameters_sha256":null,"recording":{"file_sha256":"00","origin_m":[0.5,-1.0]}}"#,
        ),
        (
            "imported",
            r#"{"schema_version":1,"program_version":"0.1.0","status":"interrupted","seed":3,"batch":0,"host":"h","threads":0,"started_unix_s":1,"updated_unix_s":1,"training_s":0,"parameters_sha256":"ab","imported":{"file":"w.npz","file_sha256":"00","layout":"out_in","precision":"single","cells":"weights","imported_unix_s":1}}"#,
        ),
        (
            "phase",
            r#"{"schema_version":1,"program_version":"0.1.0","batch":40,"parameters_sha256":"ab","trials":2,"steps":5,"dt_s":0.02,"sigma":0.1,"distribution":"gaussian","start":{"point":[0,1]}}"#,
        ),
        (
            "measurements",
            r#"{"version":1,"program_version":"0.1.0","parameters_sha256":"ab","result":{"settings":{"seed":1,"resamples":10,"density_steps":null,"burn_in":0},"dt_s":0.02,"space":"circle","tracking":{"missing":{"code":"not_simulated","message":"no"}},"phases":{},"divergences":{"quiescent":{"missing":{"code":"too_few","message":"few"}}},"subspaces":{"missing":{"code":"states_not_kept","message":""}},"transitions":{"missing":{"code":"undefined","message":""}},"null_steps":{"shuffled":0.5,"uniform":1e-3},"null_movement":{"missing":{"code":"not_simulated","message":"no"}}}}"#,
        ),
        (
            "failure",
            r#"{"schema_version":1,"program_version":"0.1.0","reason":"no space","exit_code":3,"host":"h","failed_unix_s":1.5,"slurm_job":"4_1"}"#,
        ),
        ("later", r#"{"schema_version":2,"program_version":"\u001b[31m9"}"#),
        ("escape", r#"{"schema_version":1,"status":"\u001b[31mred"}"#),
    ] {
        seed("record", name, text);
    }
}
