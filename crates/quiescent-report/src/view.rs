//! The contents of one run folder, from which the report is drawn.

use std::collections::BTreeMap;

use ndarray::ArrayView3;
use quiescent::analysis::Verdict;
use quiescent::analysis::reactivation::{Estimate, Reactivation};
pub(crate) use quiescent::experiment::TaskKind;
use quiescent::experiment::{Experiment, RestDynamics, RestSpec, RestStart, TaskSpec};
use quiescent::measure::{Finding, Measurements, PhaseMeasurements, REST, WAKING};
use quiescent::paper::PhaseKey;
use quiescent::readable;
use quiescent::rest_map::RestMap;
use quiescent::run::{Emergence, MetricsLine, RecordedPath, RunRecord};
use quiescent::simulate::Phase;
use quiescent::space::Region;

use crate::color;

/// The contents of one run folder.
#[derive(Debug, Clone)]
pub struct RunView {
    /// Name shown to the reader, and in comparisons of runs.
    pub name: String,
    /// The resolved experiment.
    pub experiment: Experiment,
    /// How the quiescent phase shown was simulated, which may not be what the experiment plans.
    pub rest: RestSpec,
    /// `run.json`.
    pub record: RunRecord,
    /// `metrics.jsonl`, in order.
    pub metrics: Vec<MetricsLine>,
    /// Simulated phases under `active` and `quiescent`.
    pub phases: BTreeMap<String, Phase>,
    /// The measurements of its own phases, if there are any.
    pub measurements: Option<Measurements>,
    /// KL(quiescent‖active) of this run's quiescent density from the active densities of other runs, by
    /// their names.
    pub across: BTreeMap<String, Estimate>,
    /// `recording.json`, if the run is trained on a recording: the room and the animal's own path.
    pub recording: Option<RecordedPath>,
    /// What was measured of small quiescent phases in the course of training, by batch.
    pub emergence: Vec<Emergence>,
    /// `rest_map.json`, if a map of the network's ways to rest was drawn up.
    pub rest_map: Option<RestMap>,
}

/// The two phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PhaseKind {
    Active,
    Quiescent,
}

impl PhaseKind {
    pub(crate) const BOTH: [Self; 2] = [Self::Active, Self::Quiescent];

    /// Key in [`RunView::phases`].
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Quiescent => "quiescent",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Quiescent => "Quiescent",
        }
    }

    pub(crate) fn color(self) -> &'static str {
        match self {
            Self::Active => color::ACTIVE,
            Self::Quiescent => color::QUIESCENT,
        }
    }
}

impl RunView {
    pub(crate) fn task(&self) -> TaskKind {
        TaskKind::of(&self.experiment)
    }

    /// The quiescent phase beside the active one, if they were compared.
    pub fn reactivation(&self) -> Option<&Reactivation> {
        self.measurements.as_ref()?.reactivation().ok()
    }

    /// KL(quiescent ‖ active) of this run.
    pub fn own_kl(&self) -> Option<&Estimate> {
        self.reactivation().map(|found| &found.kl_quiescent_from_active)
    }

    /// Length of the quiescent trials that were compared with the active ones, in s.
    pub(crate) fn quiescent_s(&self) -> Option<f64> {
        self.reactivation().map(|found| found.quiescent.steps as f64 * self.experiment.time.dt_s)
    }

    /// The phases shown, in words: `200 active trials of 2 s and 200 quiescent trials of 4 s`.
    pub(crate) fn lengths(&self) -> String {
        let words = PhaseKind::BOTH.iter().filter_map(|kind| {
            let (trials, steps, _) = self.drawable(*kind).ok()?.decoded.dim();
            let seconds = readable::derived(steps as f64 * self.experiment.time.dt_s);
            Some(format!("{} {} trials of {seconds} s", readable::count(trials as u64), kind.key()))
        });
        words.collect::<Vec<_>>().join(" and ")
    }

    /// The quiescent phases measured, the main one first.
    pub(crate) fn variants(&self) -> impl Iterator<Item = (&str, &PhaseMeasurements)> {
        let phases = self.measurements.iter().flat_map(|found| &found.phases);
        let all: Vec<_> = phases.map(|(name, phase)| (name.as_str(), phase)).collect();
        let (main, others): (Vec<_>, Vec<_>) = all
            .into_iter()
            .filter(|(name, phase)| *name != WAKING && phase.start.is_some())
            .partition(|(name, _)| *name == REST);
        main.into_iter().chain(others)
    }

    /// What the measurements say, question by question; nothing without measurements.
    pub fn findings(&self) -> Vec<Finding> {
        self.measurements.as_ref().map_or(Vec::new(), |found| found.findings(&self.across))
    }

    /// Whether the network has learned its task; none if it was not measured.
    pub fn learned(&self) -> Option<Verdict> {
        Some(self.measurements.as_ref()?.tracking.as_ref().ok()?.learned())
    }

    /// Last evaluation on the test set.
    pub(crate) fn last_test(&self) -> Option<&MetricsLine> {
        self.metrics.iter().rev().find(|line| line.test_loss.is_some())
    }

    /// Last measured decoding error.
    pub(crate) fn last_decode_error(&self) -> Option<f64> {
        self.metrics.iter().rev().find_map(|line| line.decode_error)
    }

    /// Whether the animal's motion is a recording.
    pub(crate) fn on_a_recording(&self) -> bool {
        self.experiment.task.recording().is_some()
    }

    /// The arena in m, about its middle: x_min, x_max, y_min, y_max. `None` for headings, an arena
    /// without area, or an arena that is only known from a recording which was not read.
    pub(crate) fn arena(&self) -> Option<[f64; 4]> {
        let TaskSpec::Spatial(spec) = &self.experiment.task else {
            return None;
        };
        let region = match &self.recording {
            Some(recording) => recording.region()?,
            None if self.on_a_recording() => return None,
            None => Region::centred(&[spec.arena.width_m, spec.arena.height_m]).ok()?,
        };
        corners(&region)
    }

    /// A phase whose decoded stimuli can be drawn.
    ///
    /// # Errors
    /// Why not, as the end of a sentence.
    pub(crate) fn drawable(&self, kind: PhaseKind) -> Result<&Phase, String> {
        let key = kind.key();
        let phase = self
            .phases
            .get(key)
            .ok_or_else(|| format!("the {key} phase has not been simulated"))?;
        let (trials, steps, dim) = phase.decoded.dim();
        if trials == 0 || steps == 0 {
            return Err(format!("the {key} phase holds no steps"));
        }
        if dim != self.task().dim() {
            return Err(format!(
                "the {key} phase has {dim} decoded values per step where this task has {}",
                self.task().dim()
            ));
        }
        if !phase.decoded.iter().any(|v| v.is_finite()) {
            return Err(format!("the {key} phase holds no finite decoded value"));
        }
        Ok(phase)
    }

    /// A sentence that says why a phase or both cannot be drawn; none if both can be.
    pub(crate) fn why_not_drawable(&self) -> Vec<String> {
        in_one_sentence(PhaseKind::BOTH.iter().filter_map(|kind| self.drawable(*kind).err()))
    }
}

/// Whether a phase is that of the network before training, which a study simulates.
pub(crate) fn is_untrained(name: &str, found: &Measurements) -> bool {
    // Only studies name the steps of densities.
    found.settings.density_steps.is_some() && name == PhaseKey::Untrained.name()
}

/// How a quiescent phase was simulated, in a few words:
/// `from one point, noise of 0.1 per √s, 200 trials of 20 s`.
pub(crate) fn variant_words(name: &str, phase: &PhaseMeasurements, found: &Measurements) -> String {
    let network = if is_untrained(name, found) { "of the network before training, " } else { "" };
    let start = match phase.start {
        Some(RestStart::Encoded) => "encoded starts, ".to_owned(),
        Some(RestStart::AfterWake) => "from the end of the active phase, ".to_owned(),
        Some(RestStart::Point(_)) => "from one point, ".to_owned(),
        _ => String::new(),
    };
    let noise = match phase.sigma {
        Some(0.0) => "no noise, ".to_owned(),
        Some(sigma) => format!("noise of {} per √s, ", readable::derived(sigma)),
        None => String::new(),
    };
    let dynamics = match phase.dynamics {
        RestDynamics::FIRST_ORDER => String::new(),
        dynamics => format!("{dynamics}, "),
    };
    format!(
        "{network}{start}{noise}{dynamics}{} trials of {} s",
        readable::count(phase.trials as u64),
        readable::derived(phase.steps as f64 * found.dt_s)
    )
}

/// Every position of `values: [trial, step, 2]`.
pub(crate) fn positions(values: ArrayView3<'_, f32>) -> impl Iterator<Item = [f64; 2]> {
    let (trials, steps, _) = values.dim();
    (0..trials).flat_map(move |trial| {
        (0..steps).map(move |step| [0, 1].map(|axis| f64::from(values[[trial, step, axis]])))
    })
}

/// Reasons as one sentence; none without any.
pub(crate) fn in_one_sentence(reasons: impl Iterator<Item = String>) -> Vec<String> {
    let reasons: Vec<String> = reasons.collect();
    if reasons.is_empty() { Vec::new() } else { vec![sentence(&reasons.join(", and "))] }
}

/// Sentence-cases a reason.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), chars.as_str()),
        None => String::new(),
    }
}

/// A rectangle as figures take it, x_min, x_max, y_min, y_max; none in other dimensions than two.
pub(crate) fn corners(region: &Region) -> Option<[f64; 4]> {
    match (region.low(), region.high()) {
        (&[x_min, y_min], &[x_max, y_max]) => Some([x_min, x_max, y_min, y_max]),
        _ => None,
    }
}
