//! Run folders that no training made, as many as wanted, for `sweep collect`.

use quiescent::experiment::Experiment;
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
    /// Name, value, interval and unit of its measurements; no analysis.json if there are none.
    pub measured: Vec<(&'static str, Value, Option<[f64; 2]>, &'static str)>,
}

impl MadeUp {
    /// A finished run of a demo experiment with overrides, whose divergence is `kl`.
    pub fn new(overrides: &[&str], seed: u64, kl: f64) -> Self {
        let experiment = Experiment::resolve("demo/spatial/noisy_unbiased", overrides).unwrap();
        let kl = ("kl_quiescent_from_active", json!(kl), Some([kl - 0.05, kl + 0.05]), "nats");
        Self { experiment, seed, status: "finished", measured: vec![kl] }
    }

    /// Writes its folder.
    pub fn write(&self, folder: &Path) {
        let experiment = Experiment { seed: self.seed, ..self.experiment.clone() };
        let measurements: Vec<Value> = self
            .measured
            .iter()
            .map(|(name, value, interval, unit)| {
                let mut one = json!({
                    "name": name,
                    "value": value,
                    "unit": unit,
                    "settings": settings(self.seed),
                });
                if let Some(interval) = interval {
                    one["interval"] = json!(interval);
                }
                one
            })
            .collect();
        let analysis = json!({"schema_version": 1, "measurements": measurements});
        let analysis =
            (!measurements.is_empty()).then(|| serde_json::to_string(&analysis).unwrap());
        let yaml = experiment.to_yaml().unwrap();
        write_files(folder, &yaml, self.seed, self.status, analysis.as_deref());
    }
}

/// What a divergence is measured with.
fn settings(seed: u64) -> Value {
    json!({
        "bandwidth": "scott", "burn_in": 0, "points": 20000, "reflect": true, "resamples": 200,
        "level": 0.95, "seed": seed, "monte_carlo_error": 0.0012, "zero_density_points": 0,
        "bootstrap_bias": 0.0071
    })
}

fn write_files(folder: &Path, yaml: &str, seed: u64, status: &str, analysis: Option<&str>) {
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
    if let Some(analysis) = analysis {
        put("analysis.json", analysis);
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
        let measurements: Vec<Value> = [
            ("kl_quiescent_from_active", "nats"),
            ("kl_active_from_quiescent", "nats"),
            ("jensen_shannon", "nats"),
            ("kl_uniform_from_active", "nats"),
            ("within_to_pooled_variance_active", "1"),
            ("within_to_pooled_variance_quiescent", "1"),
            ("mean_step_distance_active", "m"),
            ("mean_step_distance_quiescent", "m"),
        ]
        .iter()
        .map(|(name, unit)| {
            let value = noise * 3.0 + 0.1 * wobble;
            json!({
                "name": name, "value": value, "unit": unit,
                "interval": [value - 0.01, value + 0.01], "settings": settings(seed),
            })
        })
        .collect();
        let analysis = json!({"schema_version": 1, "measurements": measurements});
        let analysis = serde_json::to_string_pretty(&analysis).unwrap();
        let name = format!("runs/sigma={noise}_units={size}_seed={seed}_{run:012x}");
        write_files(&root.join(name), &yaml, seed, "finished", Some(&analysis));
    }
}
