//! The study of a network: its phases, its measurements, and their errors.

use std::ops::ControlFlow;

use ndarray::s;
use quiescent::analysis::pca::Pca;
use quiescent::analysis::{Missing, Reason, Verdict};
use quiescent::experiment::{Experiment, QuiescentNoise};
use quiescent::network::Network;
use quiescent::paper;
use quiescent::paper::claims::{self, Claim, Studied};
use quiescent::paper::matrix::{Column, Matrix, SeedPhases};
use quiescent::paper::{Condition, PhaseKey, Protocol, RunStudy, Study};
use quiescent::simulate::{self, Keep, Start};

const SMALL: [&str; 3] = ["network.units=16", "task.cells.count=24", "time.steps=30"];

fn network(condition: Condition, changes: &[&str]) -> Network {
    let mut experiment = Experiment::named(&format!("demo/{condition}")).unwrap();
    for change in SMALL.iter().chain(changes) {
        experiment = experiment.with(change).unwrap();
    }
    Network::untrained(&experiment).unwrap()
}

fn study(network: &Network, protocol: &Protocol) -> Result<Study, Missing> {
    paper::study(network, protocol, |_| ControlFlow::Continue(()))
}

/// Two parts of trials, and few enough steps for a test.
fn protocol() -> Protocol {
    Protocol {
        trials: 120,
        rest_steps: 60,
        burn_in: 20,
        density_steps: 40,
        component_steps: 20,
        variant_trials: 30,
        resamples: 20,
    }
}

fn studied(condition: Condition, seed: u64) -> Study {
    let network = network(condition, &[&format!("seed={seed}")]);
    study(&network, &protocol()).unwrap()
}

#[test]
fn a_study_measures_every_phase_of_its_condition() {
    for condition in Condition::SPATIAL.into_iter().chain(Condition::HEADINGS) {
        let network = network(condition, &[]);
        let found = study(&network, &protocol()).unwrap();
        let holds = |key: PhaseKey| found.run.found.phases.contains_key(key.name());
        assert_eq!(holds(PhaseKey::SameNoise), condition.noisy);
        assert_eq!(holds(PhaseKey::GivenNoise), !condition.noisy);
        assert_eq!(holds(PhaseKey::AdaptedFromPoint), condition.noisy);
        assert_eq!(found.run.condition, condition);
        let spatial = condition.task == quiescent::experiment::TaskKind::Spatial;
        for (key, phase) in &found.run.found.phases {
            // Noiseless rest of an untrained network may not move, so the missing density is
            // correct.
            let still = !condition.noisy && key != PhaseKey::Active.name();
            assert_eq!(phase.map.is_some(), spatial);
            assert_eq!(phase.headings.is_some(), !spatial);
            if !still {
                if let Some(map) = &phase.map {
                    let map = map.as_ref().unwrap();
                    assert_eq!(map.density.len(), map.x.len() * map.y.len());
                }
                phase.step_distance.as_ref().unwrap();
                phase.displacement.as_ref().unwrap();
                phase.coverage.as_ref().unwrap();
                phase.leaving.as_ref().unwrap();
                phase.burn_in.as_ref().unwrap();
                let variance = phase.total_variance.as_ref().unwrap();
                assert_eq!(variance.trials.len(), phase.trials);
            }
        }
        let rest = found.run.phase(PhaseKey::Quiescent).unwrap();
        assert_eq!((rest.trials, rest.steps), (120, 60));
        let wake = found.run.phase(PhaseKey::Active).unwrap();
        let components = wake.components.as_ref().unwrap().as_ref().unwrap();
        assert_eq!(components.states, 120 * 30);
        assert_eq!(components.cumulative_explained_variance.len(), 10);
        assert_eq!(components.ring.is_some(), !spatial);
        let tracking = found.run.found.tracking.as_ref().unwrap();
        assert!(tracking.squared_error.value >= tracking.error.value.powi(2));
        assert!(tracking.mean_predictor_loss.clone().unwrap() > 0.0);
    }
}

#[test]
fn the_mean_predictor_is_the_published_one() {
    // PAPER.md, section 3: the mean activity as a prediction gives 4.87e-5 of normalised place
    // cells (512 in the 2.2 m box) and 0.103 of head-direction cells.
    for (condition, expected) in
        [(Condition::NOISY_UNBIASED, 4.87e-5), (Condition::HEADING_UNBIASED, 0.103)]
    {
        let experiment = Experiment::named(&format!("paper/{condition}"))
            .unwrap()
            .with("network.units=8")
            .unwrap();
        let network = Network::untrained(&experiment).unwrap();
        let small = Protocol { trials: 100, variant_trials: 10, ..protocol() };
        let found = study(&network, &small).unwrap();
        let loss = found.run.found.tracking.unwrap().mean_predictor_loss.unwrap();
        // 10 000 positions of 100 trials: the sample and the drawn cells leave some per cent.
        assert!((loss / expected - 1.0).abs() < 0.06, "{condition}: {loss:e}");
    }
}

#[test]
fn a_study_does_not_depend_on_threads_and_survives_its_file() {
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| studied(Condition::NOISY_UNBIASED, 3).run)
    };
    let one = of(1);
    assert_eq!(one, of(3));
    let text = serde_json::to_string(&one).unwrap();
    assert_eq!(serde_json::from_str::<RunStudy>(&text).unwrap(), one);
}

#[test]
fn components_that_stream_by_are_those_of_all_states_at_once() {
    let network = network(Condition::NOISY_UNBIASED, &[]);
    let found = study(&network, &protocol()).unwrap();
    let start = Start::Encoded { trials: 120 };
    let noise = QuiescentNoise::DoubledVariance;
    let all = simulate::quiescent(&network, &start, noise, 20, Keep::States { stride: 1 }).unwrap();
    let states = all.states.unwrap().into_shape_with_order((120 * 20, 16)).unwrap();
    let whole = Pca::fit(states.view()).unwrap().cumulative_explained_variance();
    let streamed =
        &found.run.components(PhaseKey::Quiescent).unwrap().cumulative_explained_variance;
    for (one, other) in streamed.iter().zip(&whole) {
        assert!((one - other).abs() < 1e-9, "{one} {other}");
    }
}

#[test]
fn what_cannot_be_measured_is_said() {
    // One trial: no interval over trials, but still a study.
    let network = network(Condition::NOISY_UNBIASED, &[]);
    let one = Protocol { trials: 1, variant_trials: 1, ..protocol() };
    let found = study(&network, &one).unwrap().run;
    let reason = found.divergence(PhaseKey::Quiescent).unwrap_err();
    // Each error names its phase.
    assert_eq!(reason.code, Reason::TooFew);
    assert!(reason.message.contains("at least 3 trials"), "{reason}");
    let reason = found.found.tracking.unwrap_err();
    assert!(reason.message.contains("trials"), "{reason}");

    // A network that decodes one place throughout: no density fits.
    let mut parameters = network.parameters().clone();
    parameters.flat_mut().fill(0.0);
    let still = network.clone().with_parameters(parameters).unwrap();
    let found = study(&still, &protocol()).unwrap().run;
    let map = found.phase(PhaseKey::Active).unwrap().map.as_ref().unwrap();
    assert!(map.as_ref().unwrap_err().message.contains("no density can be fitted"), "{map:?}");

    // If weights are not numbers, the study ends with a reason.
    let mut parameters = network.parameters().clone();
    parameters.flat_mut().fill(f32::NAN);
    let broken = network.with_parameters(parameters).unwrap();
    let reason = study(&broken, &protocol()).unwrap_err();
    assert_eq!(reason.code, Reason::RanAway, "{reason}");
    let reason = reason.to_string();
    assert!(reason.contains("trial 0 of the active phase") && reason.contains("NaN"), "{reason}");
}

/// Studies of every condition, with their matrix.
fn design(seeds: &[u64]) -> (Vec<RunStudy>, Matrix) {
    let mut runs = Vec::new();
    let mut matrix = Matrix::default();
    for &seed in seeds {
        for conditions in [&Condition::SPATIAL[..], &Condition::GRUS[..]] {
            let studies: Vec<Study> =
                conditions.iter().map(|condition| studied(*condition, seed)).collect();
            matrix.add(&SeedPhases {
                seed,
                space: &studies[0].run.found.space,
                networks: studies
                    .iter()
                    .map(|study| {
                        let keys = PhaseKey::COMPARED.into_iter();
                        let found =
                            keys.filter_map(|key| Some((key, study.phases.get(key.name())?)));
                        let decoded = found.map(|(key, simulated)| {
                            (key, simulated.phase.decoded.slice(s![.., ..30, ..]).to_owned())
                        });
                        (&study.run, decoded.collect())
                    })
                    .collect(),
            });
            runs.extend(studies.into_iter().map(|study| study.run));
        }
    }
    runs.extend(Condition::HEADINGS.into_iter().map(|condition| studied(condition, seeds[0]).run));
    // These networks are not trained. Claims on rest are about those that have learned.
    for run in &mut runs {
        tracks(run, 0.1);
    }
    (runs, matrix)
}

/// Gives a network a decoding error of this part of a constant answer's.
fn tracks(run: &mut RunStudy, part: f64) {
    let tracking = run.found.tracking.as_mut().unwrap();
    // In a box of 2.2 m and on a circle, a constant answer is off by 0.2 m or rad and more.
    assert!(tracking.constant_answer_error > 0.2, "{tracking:?}");
    let error = part * tracking.constant_answer_error;
    tracking.error.value = error;
    (tracking.error.interval.low, tracking.error.interval.high) = (0.9 * error, 1.1 * error);
}

fn evaluate(runs: &[RunStudy], matrix: &Matrix) -> Vec<Claim> {
    let studied: Vec<Studied<'_>> =
        runs.iter().map(|study| Studied { study, test_loss: Some(1e-5) }).collect();
    claims::evaluate(&studied, matrix)
}

fn claim<'a>(claims: &'a [Claim], id: &str) -> &'a Claim {
    claims.iter().find(|claim| claim.id == id).unwrap_or_else(|| panic!("no claim {id}"))
}

#[test]
fn the_matrix_holds_every_cell_of_figure_2e() {
    let (_, matrix) = design(&[1]);
    for row in Condition::SPATIAL {
        for column in Column::FIGURE_2E {
            let cells = matrix.entries.iter().filter(|e| e.row == row && e.column == column);
            assert_eq!(cells.count(), 1, "{row} {column}");
        }
    }
}

#[test]
fn every_claim_is_evaluated_and_named_once() {
    let (runs, matrix) = design(&[0, 1]);
    let claims = evaluate(&runs, &matrix);
    let mut ids: Vec<&str> = claims.iter().map(|claim| claim.id.as_str()).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "ids are unique");
    for claim in &claims {
        assert!(!claim.statement.is_empty() && !claim.expected.is_empty());
        // Noiseless untrained networks may not move; all other networks have their numbers.
        if claim.verdict.is_none() {
            assert!(claim.note.is_some(), "{claim:?}");
        }
    }
    let figures = ["noisy_unbiased", "noisy_unbiased_gru"]
        .map(|name| claim(&claims, &format!("learning.spatial/{name}")).figure.clone());
    assert_eq!(figures, ["1b", "C.2"]);
    // Means over seeds, and intervals that span those of all seeds.
    let explained = claim(&claims, "1c.explained_variance.noisy_unbiased");
    let values: Vec<f64> = explained.seeds.iter().map(|seed| seed.measured).collect();
    assert_eq!(values.len(), 2);
    assert!((explained.measured.unwrap() - (values[0] + values[1]) / 2.0).abs() < 1e-15);
    let [low, high] = explained.interval.unwrap();
    assert!(low <= values[0].min(values[1]) && high >= values[0].max(values[1]));
}

#[test]
fn gated_networks_rest_with_the_noise_of_waking() {
    let found = studied(Condition::NOISY_UNBIASED_GRU, 0).run;
    use PhaseKey::{Active, AdaptedFromPoint, AfterWake, FromPoint, Quiescent, Untrained};
    let keys = [Active, AdaptedFromPoint, AfterWake, FromPoint, Quiescent, Untrained];
    assert!(found.found.phases.keys().eq(keys.map(PhaseKey::name)));
    for key in keys {
        let sigma = |key| found.phase(key).unwrap().sigma;
        assert_eq!(sigma(key), sigma(Active), "{key:?}");
    }
    let rnn = studied(Condition::NOISY_UNBIASED, 0).run;
    let sigma = |key| rnn.phase(key).unwrap().sigma.unwrap();
    let ratio = sigma(Quiescent) / sigma(Active);
    assert!((ratio - std::f64::consts::SQRT_2).abs() < 1e-12);
}

#[test]
fn a_gated_networks_rest_must_be_nearer_to_its_own_motion() {
    let (runs, mut matrix) = design(&[0]);
    let [own, other] = Condition::GRUS;
    let mut set = |row: Condition, nats: f64| {
        let column = Column::Rest(own, PhaseKey::Quiescent);
        let entries = matrix.entries.iter_mut();
        let entry = entries.into_iter().find(|e| e.row == row && e.column == column).unwrap();
        let estimate = entry.divergence.as_mut().unwrap();
        estimate.nats = nats;
        (estimate.interval.low, estimate.interval.high) = (nats - 0.1, nats + 0.1);
        matrix.clone()
    };
    set(own, 0.3);
    use Verdict::{Fails, Holds, Undecided};
    // The intervals are ± 0.1 each.
    for (nats, verdict) in [(2.0, Holds), (0.4, Undecided), (0.05, Fails)] {
        let claims = evaluate(&runs, &set(other, nats));
        let found = claim(&claims, "C.2.own_motion.unbiased");
        assert_eq!(found.verdict, Some(verdict), "{nats}");
        assert!((found.measured.unwrap() - (nats - 0.3)).abs() < 1e-12);
    }
}

#[test]
fn verdicts_follow_the_numbers() {
    use Verdict::{Fails, Holds, Undecided};
    let (mut runs, matrix) = design(&[0]);
    let turn = |runs: &mut [RunStudy], condition: Condition, mean: f64, low: f64, high: f64| {
        let run = runs.iter_mut().find(|run| run.condition == condition).unwrap();
        let rest = run.found.phases.get_mut(PhaseKey::Quiescent.name()).unwrap();
        let turning = rest.turning.as_mut().unwrap().as_mut().unwrap();
        turning.mean_rad_per_step = mean;
        (turning.interval.low, turning.interval.high) = (low, high);
    };
    let verdict =
        |runs: &[RunStudy], id: &str| claim(&evaluate(runs, &matrix), id).verdict.unwrap();
    turn(&mut runs, Condition::HEADING_UNBIASED, 0.0005, -0.001, 0.002);
    turn(&mut runs, Condition::HEADING_BIASED, 0.0151, 0.012, 0.018);
    assert_eq!(verdict(&runs, "C.5.bias_shows"), Holds);
    assert_eq!(verdict(&runs, "C.5.unbiased_less"), Holds);
    turn(&mut runs, Condition::HEADING_BIASED, 0.0151, -0.001, 0.03);
    assert_eq!(verdict(&runs, "C.5.bias_shows"), Undecided, "the interval includes 0");
    assert_eq!(verdict(&runs, "C.5.unbiased_less"), Undecided, "the intervals overlap");
    turn(&mut runs, Condition::HEADING_UNBIASED, 0.005, 0.004, 0.006);
    turn(&mut runs, Condition::HEADING_BIASED, 0.0001, -0.001, 0.002);
    assert_eq!(verdict(&runs, "C.5.unbiased_less"), Fails);

    let rest = |run: &mut RunStudy, key: PhaseKey, value: f64| {
        let phase = run.found.phases.get_mut(key.name()).unwrap();
        let mut measured = phase.step_distance.clone().unwrap();
        measured.value = value;
        (measured.interval.low, measured.interval.high) = (0.9 * value, 1.1 * value);
        phase.step_distance = Ok(measured);
    };
    for (noiseless, expected) in [(0.02, Holds), (0.0105, Undecided), (0.005, Fails)] {
        for run in &mut runs {
            match run.condition {
                Condition::NOISY_UNBIASED => rest(run, PhaseKey::Quiescent, 0.01),
                Condition::NOISELESS_UNBIASED => rest(run, PhaseKey::GivenNoise, noiseless),
                _ => {}
            }
        }
        assert_eq!(verdict(&runs, "C.3.erratic.unbiased"), expected, "{noiseless}");
    }
}

#[test]
fn claims_without_their_networks_are_untested_and_say_why() {
    let (runs, _) = design(&[0]);
    let some: Vec<RunStudy> =
        runs.into_iter().filter(|run| run.condition == Condition::NOISY_UNBIASED).collect();
    let claims = evaluate(&some, &Matrix::default());
    for (id, lacking) in [
        ("2e.nearest.biased", "spatial/noisy_biased"),
        ("2f.explores_more.unbiased", "spatial/noiseless_unbiased"),
        ("C.5.bias_shows", "head_direction/noisy_biased"),
        ("learning.head_direction/noisy_biased", "head_direction/noisy_biased"),
    ] {
        let claim = claim(&claims, id);
        assert_eq!((claim.verdict, claim.measured), (None, None), "{id}");
        assert!(claim.note.as_ref().unwrap().contains(lacking), "{id}: {:?}", claim.note);
    }
    assert!(evaluate(&[], &Matrix::default()).iter().all(|claim| claim.verdict.is_none()));
}

#[test]
fn rest_of_a_network_that_has_not_learned_is_not_judged() {
    let (mut runs, matrix) = design(&[0]);
    tracks(runs.iter_mut().find(|run| run.condition == Condition::NOISY_BIASED).unwrap(), 1.1);
    let claims = evaluate(&runs, &matrix);
    for id in ["2e.nearest.biased", "2f.explores_more.biased", "start.from_point.biased"] {
        let claim = claim(&claims, id);
        assert_eq!((claim.verdict, claim.measured), (None, None), "{id}");
        let note = claim.note.as_ref().unwrap();
        assert!(note.contains("seed 0 of spatial/noisy_biased has not learned"), "{note}");
    }
    assert!(claim(&claims, "learning.spatial/noisy_biased").verdict == Some(Verdict::Fails));
    assert!(claim(&claims, "2f.explores_more.unbiased").verdict.is_some());
}
