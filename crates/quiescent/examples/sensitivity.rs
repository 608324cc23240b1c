//! Shows how the divergence of a run's two phases depends on the settings of its estimator: the
//! kernel width, and the numbers of points and of sites. Prints the tables of docs/intervals.md.
//!
//! `cargo run --release -p quiescent --example sensitivity -- RUN...`
#![allow(clippy::print_stdout)]

use std::error::Error;

use ndarray::Array3;
use quiescent::analysis::circular::CircularBandwidth;
use quiescent::analysis::kde::Bandwidth;
use quiescent::analysis::reactivation::{self, Reactivation, Settings};
use quiescent::paper::PhaseKey;
use quiescent::run::RunFolder;
use quiescent::space::Space;
use quiescent::task;

/// Factors on the kernel width.
const FACTORS: [f64; 5] = [0.5, 0.71, 1.0, 1.41, 2.0];
/// Points of each phase to which densities are fitted.
const POINTS: [usize; 4] = [2_000, 5_000, 20_000, 80_000];
/// Sites over which corrected divergences are averaged.
const SITES: [usize; 3] = [500, 2_000, 8_000];

/// Two phases, `[trial, step, dim]`, and their space.
struct Phases {
    active: Array3<f32>,
    quiescent: Array3<f32>,
    space: Space,
}

impl Phases {
    /// The phases of a run's study, or its own.
    fn of(folder: &RunFolder) -> Result<Self, Box<dyn Error>> {
        let studied = folder.phase_record(PhaseKey::Quiescent.file_name())?.is_some();
        let [wake, rest] = match studied {
            true => [PhaseKey::Active, PhaseKey::Quiescent].map(PhaseKey::file_name),
            false => ["active", "quiescent"],
        };
        Ok(Self {
            active: folder.read_phase(wake)?.decoded,
            quiescent: folder.read_phase(rest)?.decoded,
            space: task::build(folder.experiment())?.space().clone(),
        })
    }

    fn compare(&self, settings: &Settings) -> Result<Reactivation, Box<dyn Error>> {
        let (wake, rest) = (self.active.view(), self.quiescent.view());
        Ok(reactivation::compare(wake, rest, &self.space, settings)?)
    }
}

fn row(label: &str, setting: &str, found: &Reactivation) {
    let kl = &found.kl_quiescent_from_active;
    println!(
        "| {label} | {setting} | {:.3} | {:.3} | {:.3} to {:.3} | {:.3} |",
        kl.plug_in_nats,
        kl.nats,
        kl.interval.low,
        kl.interval.high,
        kl.floor.map_or(f64::NAN, |floor| floor.upper)
    );
}

fn main() -> Result<(), Box<dyn Error>> {
    for path in std::env::args().skip(1) {
        let folder = RunFolder::open(&path)?;
        let phases = Phases::of(&folder)?;
        println!("\n{path}\n\n| setting | value | plug-in | corrected | interval | floor, 95 % |");
        println!("|---|---|---|---|---|---|");
        let default = Settings::default();
        let found = phases.compare(&default)?;
        row("default", "", &found);
        // A given kernel applies to the plug-in and to the narrowest corrected value, so each has
        // its own factors about its own width.
        for factor in FACTORS {
            let at = |width: f64| -> Result<_, Box<dyn Error>> {
                phases.compare(&match phases.space {
                    Space::Region(_) => {
                        Settings { bandwidth: Bandwidth::Factor(factor * width), ..default }
                    }
                    Space::Circle => Settings {
                        heading_bandwidth: CircularBandwidth::Concentration(
                            width / (factor * factor),
                        ),
                        ..default
                    },
                })
            };
            let mut shown = at(found.quiescent.corrected_bandwidth)?;
            shown.kl_quiescent_from_active.plug_in_nats =
                at(found.quiescent.bandwidth)?.kl_quiescent_from_active.plug_in_nats;
            row("kernel width", &format!("{factor} ×"), &shown);
        }
        for points in POINTS {
            let found = phases.compare(&Settings { points, ..default })?;
            row("points", &points.to_string(), &found);
        }
        for samples in SITES {
            let found = phases.compare(&Settings { samples, ..default })?;
            row("sites", &samples.to_string(), &found);
        }
    }
    Ok(())
}
