//! Run folders that no training made, as many as wanted, for `sweep collect`.

use quiescent::experiment::Experiment;
use quiescent::measure::Measurements;
use quiescent::run::StoredResult;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// A run to be made up.
#[derive(Debug, Clone)]
pub struct MadeUp {
    /// Its experiment; the seed is set from `seed`.
    pub experiment: Experiment,
    pub seed: u64,
    pub status: &'static str,
    /// Quiescent phases that were compared with waking, with their divergence in nats (null: not known);
    /// no measurements.json if there are none.
    pub measured: Vec<(&'static str, Option<f64>)>,
}

impl MadeUp {
    /// A finished run of a demo experiment with overrides, whose divergence is `kl`.
    pub fn new(overrides: &[&str], seed: u64, kl: f64) -> Self {
        let experiment = Experiment::resolve("demo/spatial/noisy_unbiased", overrides).unwrap();
        Self { experiment, seed, status: "finished", measured: vec![("quiescent", Some(kl))] }
    }

    /// Writes its folder.
    pub fn write(&self, folder: &Path) {
        let experiment = Experiment { seed: self.seed, ..self.experiment.clone() };
        let found = (!self.measured.is_empty()).then(|| measurements(&self.measured, self.seed));
        let yaml = experiment.to_yaml().unwrap();
        write_files(folder, &yaml, self.seed, self.status, found.as_deref());
    }
}

/// The contents of measurements.json of a run with these divergences.
fn measurements(divergences: &[(&str, Option<f64>)], seed: u64) -> String {
    let estimate = |nats: Option<f64>| {
        json!({
            "nats": nats, "plug_in_nats": nats, "monte_carlo_error": 0.0012, "zero_density": 0,
            "unsupported": 0.0, "floor": null,
            "interval": {
                "low": nats.map(|nats| nats - 0.05), "high": nats.map(|nats| nats + 0.05),
                "level": 0.95, "standard_error": 0.025, "method": "jackknife",
            },
        })
    };
    let phase = json!({
        "trials": 200, "steps": 1000, "points": 20000, "bandwidth": 0.2, "corrected_bandwidth": 0.3,
        "resolution": 0.1,
        "independent_points": 2000.0, "variance": null, "variance_ratio": null,
    });
    let compared = |nats: Option<f64>| {
        json!({
            "kl_quiescent_from_active": estimate(nats),
            "kl_active_from_quiescent": estimate(nats),
            "jensen_shannon": estimate(nats.map(|nats| 0.2 * nats)),
            "kl_uniform_from_active": estimate(Some(0.11)),
            "active": phase, "quiescent": phase, "unit": "m", "settings": {},
        })
    };
    let all: serde_json::Map<String, Value> =
        divergences.iter().map(|(name, nats)| ((*name).to_owned(), compared(*nats))).collect();
    let missing = json!({"missing": {"code": "not_simulated", "message": "made up"}});
    json!({
        "version": <Measurements as StoredResult>::VERSION, "program_version": env!("CARGO_PKG_VERSION"),
        "parameters_sha256": format!("{seed:064x}"),
        "result": {
            "settings": {"seed": seed, "resamples": 200, "density_steps": null, "burn_in": 0},
            "dt_s": 0.02, "space": {"region": {"low": [-1.1, -1.1], "high": [1.1, 1.1]}},
            "tracking": missing, "phases": {}, "divergences": all, "subspaces": missing,
            "transitions": missing, "null_steps": missing, "null_movement": missing,
        },
    })
    .to_string()
}

fn write_files(folder: &Path, yaml: &str, seed: u64, status: &str, found: Option<&str>) {
    fs::create_dir_all(folder).unwrap();
    let put = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    put("experiment.yml", yaml);
    put(
        "run.json",
        &format!(
            "{{\n  \"schema_version\": 1,\n  \"program_version\": \"0.1.0\",\n  \"status\": \
             \"{status}\",\n  \"seed\": {seed},\n  \"batch\": 40,\n  \"host\": \"node7\",\n  \
             \"threads\": 1,\n  \"started_unix_s\": 1795508917.25,\n  \"updated_unix_s\": \
             1795508982.5,\n  \"training_s\": 65.25,\n  \"parameters_sha256\": \"{seed:064x}\"\n}}\n"
        ),
    );
    let mut metrics = String::new();
    for batch in (10..=40).step_by(10) {
        let loss = 0.5 / batch as f64;
        let test = match batch % 20 {
            0 => format!(
                "\"test_loss\":{},\"decode_error\":0.25,\"decode_error_unit\":\"m\",",
                loss * 1.5
            ),
            _ => String::new(),
        };
        metrics.push_str(&format!(
            "{{\"batch\":{batch},\"train_loss\":{loss},{test}\"wall_s\":{batch}.5}}\n"
        ));
    }
    put("metrics.jsonl", &metrics);
    put("lock", "");
    if let Some(found) = found {
        put("measurements.json", found);
    }
}

/// Many folders as `quiescent sweep` names them: 10 amplitudes of noise, 5 sizes, and seeds.
pub fn generate(root: &Path, runs: usize) {
    let base = Experiment::named("demo/spatial/noisy_unbiased").unwrap().to_yaml().unwrap();
    let units = "  units: 256\n";
    let sigma = "    sigma: 0.07071067811865475\n";
    assert!(base.contains(units) && base.contains(sigma) && base.contains("seed: 0\n"), "{base}");
    for run in 0..runs {
        let (noise, size, seed) = (run % 10, run / 10 % 5, (run / 50) as u64);
        let (noise, size) = (0.01 * (1 + noise) as f64, 64 << size);
        let yaml = base
            .replace("seed: 0\n", &format!("seed: {seed}\n"))
            .replace(units, &format!("  units: {size}\n"))
            .replace(sigma, &format!("    sigma: {noise}\n"));
        let wobble = (run as f64 * 0.618).fract();
        let found = measurements(&[("quiescent", Some(noise * 3.0 + 0.1 * wobble))], seed);
        let name = format!("runs/sigma={noise}_units={size}_seed={seed}_{run:012x}");
        write_files(&root.join(name), &yaml, seed, "finished", Some(&found));
    }
}
