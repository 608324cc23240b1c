//! Measuring phases of any network and arrays from anywhere: what is found, what is missing and why, and
//! what of it is kept in a run folder.

use std::collections::BTreeMap;

use ndarray::{Array2, Array3, Axis, s};
use quiescent::analysis::Reason;
use quiescent::experiment::{AdaptationSpec, RestStart};
use quiescent::experiment::{Experiment, QuiescentNoise, RestDynamics};
use quiescent::measure::{
    self, Activity, Measurements, PhaseData, REST, Settings, Source, WAKING, observe,
};
use quiescent::network::Network;
use quiescent::random::{Generator, Stream};
use quiescent::simulate::{Drive, Keep, Phase, Setup, Start};
use quiescent::space::{Region, Space};

/// Uniform walks: `[trial, step, dim]` of uniform values times `scale`.
fn uniform(trials: usize, steps: usize, dim: usize, scale: f64, seed: u64) -> Array3<f32> {
    let mut generator = Generator::new(seed, Stream::Test, 0);
    Array3::from_shape_simple_fn((trials, steps, dim), || {
        (scale * (2.0 * generator.uniform() - 1.0)) as f32
    })
}

fn data(decoded: Array3<f32>, activity: Option<Activity>) -> PhaseData {
    let end = Array2::zeros((decoded.dim().0, 0));
    let phase = Phase {
        decoded,
        truth: None,
        states: None,
        state_stride: 1,
        end,
        adaptation: None,
        velocity: None,
    };
    PhaseData { phase, activity, ..PhaseData::decoded(Array3::zeros((1, 1, 1))) }
}

fn named(phases: Vec<(&str, PhaseData)>) -> BTreeMap<String, PhaseData> {
    phases.into_iter().map(|(name, data)| (name.to_owned(), data)).collect()
}

fn value(found: &Measurements, name: &str) -> f64 {
    let scalars = found.scalars();
    scalars.iter().find(|scalar| scalar.name == name).unwrap_or_else(|| panic!("{name}")).value
}

#[test]
fn arrays_without_a_network_are_measured() {
    // A square of 2 m: uniform over all of it awake, over its inner quarter at rest. The divergence of the
    // inner square from the outer one is ln 4, of which the kernels' blurring of its edges takes some.
    let space = Space::Region(Region::centred(&[2.0, 2.0]).unwrap());
    let phases = named(vec![
        (WAKING, data(uniform(120, 60, 2, 1.0, 1), None)),
        (REST, data(uniform(120, 60, 2, 0.5, 2), None)),
        ("asleep", data(uniform(120, 60, 2, 1.0, 3), None)),
    ]);
    let found =
        measure::measure(&Source::arrays(&space, 0.02), &phases, &Settings::default()).unwrap();
    let inner = value(&found, "kl_quiescent_from_active");
    assert!((inner - 4.0_f64.ln()).abs() < 0.15, "{inner}");
    let same = found.divergence("asleep").unwrap().kl_quiescent_from_active;
    assert_eq!(same.indistinguishable(), Some(true), "{same:?}");
    // Two independent uniform points of a unit square are 0.5214 apart on average.
    let step = value(&found, "active.step_distance");
    assert!((step - 2.0 * 0.5214).abs() < 0.02, "{step}");
    assert!((value(&found, "quiescent.step_distance") / step - 0.5).abs() < 0.02);
    // Var of a uniform coordinate on [−1, 1] is 1/3, of two of them 2/3.
    assert!((value(&found, "active.total_variance") - 2.0 / 3.0).abs() < 0.02);
    let pooled = |name: &str| found.phases[name].coverage.as_ref().unwrap().pooled;
    // Of 11 × 11 bins, 7 × 7 reach into the inner square.
    assert_eq!((pooled(WAKING), pooled(REST)), (1.0, 49.0 / 121.0));

    // What nobody knows of arrays is missing, with the reason.
    assert_eq!(found.tracking.as_ref().unwrap_err().code, Reason::Undefined);
    assert_eq!(found.subspaces.as_ref().unwrap_err().code, Reason::StatesNotKept);
    assert_eq!(found.phases[REST].leaving.as_ref().unwrap_err().code, Reason::Undefined);
    assert!(found.phases[REST].components.is_none());
    assert_eq!(found.phases[REST].sigma, None);
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Measurements>(&text).unwrap(), found);
    assert!(!text.contains("\"Ok\"") && !text.contains("\"Err\""));
}

#[test]
fn recorded_activity_has_components_and_a_ring() {
    // Rates of neurons tuned to heading: their first two components are a ring, awake and at rest.
    let phase = |seed: u64| {
        let decoded = uniform(40, 50, 1, std::f64::consts::PI, seed);
        let states = Array3::from_shape_fn((40, 50, 24), |(trial, step, unit)| {
            let preferred = std::f32::consts::TAU * unit as f32 / 24.0;
            (decoded[[trial, step, 0]] - preferred).cos()
        });
        let activity = Activity::of(states.view(), decoded.view()).unwrap();
        data(decoded, Some(activity))
    };
    let phases = named(vec![(WAKING, phase(1)), (REST, phase(2))]);
    let source = Source { radius: Some(0.5), ..Source::arrays(&Space::Circle, 0.02) };
    let found = measure::measure(&source, &phases, &Settings::default()).unwrap();
    for name in [WAKING, REST] {
        let components = found.phases[name].components.as_ref().unwrap().as_ref().unwrap();
        assert_eq!(components.states, 40 * 50);
        let explained = &components.cumulative_explained_variance;
        assert!(explained[0] < 0.7 && explained[1] > 0.999, "{explained:?}");
        let ring = components.ring.as_ref().unwrap().as_ref().unwrap();
        assert!(ring.circular_correlation > 0.99, "{ring:?}");
        assert!(found.phases[name].turning.as_ref().unwrap().is_ok());
        assert!(found.phases[name].map.is_none());
        assert!(found.phases[name].leaving.is_ok());
    }
    let subspaces = found.subspaces.unwrap();
    assert!(subspaces.quiescent_on_active[1] > 0.999, "{subspaces:?}");

    let other = uniform(40, 49, 1, 1.0, 1);
    let error = Activity::of(uniform(40, 50, 3, 1.0, 1).view(), other.view()).unwrap_err();
    assert_eq!(error.reason(), Reason::Shape, "{error}");
}

#[test]
fn a_phase_alone_is_measured_and_the_rest_is_missing() {
    let space = Space::Circle;
    let settings = Settings { density_steps: Some(10), burn_in: 5, ..Settings::default() };
    let only = named(vec![(REST, data(uniform(30, 20, 1, 3.0, 1), None))]);
    let found = measure::measure(&Source::arrays(&space, 0.1), &only, &settings).unwrap();
    assert!(found.phases[REST].step_distance.is_ok());
    assert_eq!(found.phases[REST].total_variance.as_ref().unwrap().burn_in, 5);
    assert!(found.null_steps.is_ok());
    let missing = found.missing();
    for name in [REST, "tracking", "transitions"] {
        assert_eq!(missing[name].code, Reason::NotSimulated, "{name}");
        assert_eq!(missing[name].message, "the active phase was not simulated");
    }
    let nothing =
        measure::measure(&Source::arrays(&space, 0.1), &BTreeMap::new(), &settings).unwrap();
    assert!(nothing.phases.is_empty() && nothing.scalars().is_empty());
    assert_eq!(nothing.reactivation().unwrap_err().code, Reason::NotSimulated);
}

#[test]
fn a_track_of_one_dimension_has_no_map_but_all_else() {
    let space = Space::Region(Region::centred(&[2.0]).unwrap());
    let phases = named(vec![
        (WAKING, data(uniform(60, 40, 1, 1.0, 1), None)),
        (REST, data(uniform(60, 40, 1, 1.0, 2), None)),
    ]);
    let found =
        measure::measure(&Source::arrays(&space, 0.02), &phases, &Settings::default()).unwrap();
    let map = found.phases[WAKING].map.as_ref().unwrap().as_ref().unwrap_err();
    assert_eq!(map.code, Reason::Undefined);
    assert!(found.phases[WAKING].headings.is_none() && found.phases[WAKING].turning.is_none());
    assert!(found.phases[WAKING].coverage.is_ok());
    assert_eq!(
        found.reactivation().unwrap().kl_quiescent_from_active.indistinguishable(),
        Some(true)
    );
}

#[test]
fn hidden_activity_is_the_same_streamed_or_from_a_phase_that_kept_it() {
    let overrides = ["network.units=12", "task.cells.count=20", "time.steps=30"];
    let experiment =
        Experiment::named("demo/spatial/noisy_unbiased").unwrap().with_all(&overrides).unwrap();
    let network = Network::untrained(&experiment).unwrap();
    let setup = |stride: usize| Setup {
        drive: Drive::Silent,
        start: Start::Encoded { trials: 60 },
        noise: QuiescentNoise::Same,
        dynamics: RestDynamics::FIRST_ORDER,
        steps: 30,
        keep: Keep::States { stride },
        seed: None,
    };
    let measured = |activity: Activity, phase: &Phase| {
        let (phase, activity) = (phase.clone(), Some(activity));
        let data = PhaseData { phase, activity, ..PhaseData::decoded(Array3::zeros((1, 1, 1))) };
        let phases = named(vec![(WAKING, data)]);
        let found = measure::measure(&Source::of(&network), &phases, &Settings::default()).unwrap();
        found.phases[WAKING].components.clone().unwrap().unwrap()
    };
    let (phase, streamed) = observe(&network, &setup(1), 20).unwrap();
    let kept = Activity::of_phase(&phase, 20).unwrap().unwrap();
    let (streamed, kept) = (measured(streamed, &phase), measured(kept, &phase));
    assert_eq!((streamed.states, kept.states), (60 * 20, 60 * 20));
    assert_eq!(streamed.decoded, kept.decoded);
    for (a, b) in
        streamed.cumulative_explained_variance.iter().zip(&kept.cumulative_explained_variance)
    {
        assert!((a - b).abs() < 1e-9, "{a} {b}");
    }
    // States of every fifth step are those after steps 5, 10, …, with what was decoded there.
    let (sparse, _) = observe(&network, &setup(5), 20).unwrap();
    let sparse = measured(Activity::of_phase(&sparse, 20).unwrap().unwrap(), &phase);
    assert_eq!(sparse.states, 60 * 4);
    let expected = phase.decoded.slice(s![.., 4..20;5, ..]);
    for (row, decoded) in sparse.decoded.iter().enumerate() {
        assert_eq!(*decoded, expected.slice(s![row / 4, row % 4, ..]).to_vec());
    }
    assert!(Activity::of_phase(&Phase { states: None, ..phase }, 20).unwrap().is_none());
}

#[test]
fn arrays_that_do_not_fit_their_space_or_one_another_are_refused() {
    let measured = |space: &Space, data: PhaseData| {
        let phases = named(vec![(WAKING, data)]);
        measure::measure(&Source::arrays(space, 0.02), &phases, &Settings::default())
    };
    let square = Space::Region(Region::centred(&[2.0, 2.0]).unwrap());
    for (space, dim) in [(&Space::Circle, 2), (&square, 1), (&Space::Circle, 0)] {
        let error = measured(space, data(uniform(10, 10, dim, 1.0, 1), None)).unwrap_err();
        assert_eq!(error.reason(), Reason::Shape, "{error}");
        assert!(error.to_string().contains("dimensions"), "{error}");
    }
    let mut short = data(uniform(10, 10, 2, 1.0, 1), None);
    short.phase.truth = Some(uniform(10, 9, 2, 1.0, 1));
    let error = measured(&square, short).unwrap_err();
    assert!(error.to_string().contains("[10, 10, 2]") && error.to_string().contains("[10, 9, 2]"));
}

#[test]
fn findings_answer_question_by_question() {
    use quiescent::analysis::Verdict::{self, Fails, Holds, Undecided};
    use quiescent::measure::Question;

    let space = Space::Region(Region::centred(&[2.0, 2.0]).unwrap());
    let truth = uniform(120, 60, 2, 1.0, 1);
    let awake = |error: f32| {
        let mut wake = data(&truth + error, None);
        wake.phase.truth = Some(truth.clone());
        wake
    };
    // Every trial stays where it began.
    let mut still = uniform(120, 60, 2, 1.0, 2);
    for mut trial in still.outer_iter_mut() {
        let first = trial.row(0).to_owned();
        trial.outer_iter_mut().for_each(|mut step| step.assign(&first));
    }
    let findings = |wake: PhaseData, rest: Array3<f32>| {
        let mut rest = data(rest, None);
        rest.start = Some(RestStart::Encoded);
        let phases = named(vec![(WAKING, wake), (REST, rest)]);
        let source = Source::arrays(&space, 0.02);
        let found = measure::measure(&source, &phases, &Settings::default()).unwrap();
        if let Ok(tracking) = &found.tracking {
            // The mean distance of a square's points from its centre is 0.3826 of its side.
            assert!((tracking.constant_answer_error - 2.0 * 0.3826).abs() < 0.01, "{tracking:?}");
        }
        found.findings(&BTreeMap::new())
    };
    let verdicts = |found: &[measure::Finding]| -> Vec<(Question, Option<Verdict>)> {
        found.iter().map(|finding| (finding.question, finding.verdict)).collect()
    };

    // An animal that stays in the inner quarter of the square, whereas a uniform density does not.
    let inner = uniform(120, 60, 2, 0.5, 4);
    let mut home = data(&inner + 0.02, None);
    home.phase.truth = Some(inner);
    let settings = Settings { density_steps: Some(60), ..Settings::default() };
    let measured = |rest: Array3<f32>, untrained: Option<Array3<f32>>| {
        let mut rest = data(rest, None);
        rest.start = Some(RestStart::Encoded);
        let mut phases = vec![(WAKING, home.clone()), (REST, rest)];
        // As a study measures it, where the phase `untrained` is of the network before training.
        phases.extend(untrained.map(|decoded| ("untrained", data(decoded, None))));
        let source = Source::arrays(&space, 0.02);
        let found = measure::measure(&source, &named(phases), &settings).unwrap();
        found.findings(&BTreeMap::new())
    };
    let same = uniform(120, 60, 2, 0.5, 5);
    let found = measured(same.clone(), None);
    let expected = [
        (Question::Learned, Some(Holds)),
        (Question::Visits, Some(Holds)),
        (Question::Moves, Some(Holds)),
        (Question::Continuous, Some(Holds)),
        // A step crosses the space, so displacement has no exponent.
        (Question::Brownian, None),
        (Question::Start, None),
        (Question::Duration, None),
    ];
    assert_eq!(verdicts(&found), expected, "{found:#?}");
    assert!(found[5].sentence.contains("with encoded starts alone"), "{}", found[5].sentence);
    assert_eq!(found[6].sentence, "Each of 120 quiescent trials lasts 1.2 s.");

    // Another start with other dynamics tells nothing of the start alone.
    let mut rest = data(same.clone(), None);
    rest.start = Some(RestStart::Encoded);
    let mut adapted = data(uniform(120, 60, 2, 0.1, 8), None);
    adapted.start = Some(RestStart::Point([0.0, 0.0]));
    let start = |adapted: PhaseData| {
        let phases = vec![(WAKING, home.clone()), (REST, rest.clone()), ("adapted", adapted)];
        let source = Source::arrays(&space, 0.02);
        let found = measure::measure(&source, &named(phases), &settings).unwrap();
        let found = found.findings(&BTreeMap::new());
        found.into_iter().find(|finding| finding.question == Question::Start).unwrap()
    };
    assert_eq!(start(adapted.clone()).verdict, Some(Fails));
    adapted.dynamics.adaptation = Some(AdaptationSpec { strength: 1.0, tau_s: 0.2 });
    let found = start(adapted);
    assert_eq!(found.verdict, None, "{found:?}");
    assert!(found.sentence.contains("with encoded starts alone"), "{found:?}");

    // Where a uniform density is as near, agreement shows nothing: headings that are all alike.
    let turns = uniform(120, 60, 1, std::f64::consts::PI, 6);
    let mut wake = data(turns.clone(), None);
    wake.phase.truth = Some(turns);
    let mut rest = data(uniform(120, 60, 1, std::f64::consts::PI, 7), None);
    rest.start = Some(RestStart::Encoded);
    let phases = named(vec![(WAKING, wake), (REST, rest)]);
    let source = Source::arrays(&Space::Circle, 0.02);
    let found = measure::measure(&source, &phases, &Settings::default()).unwrap();
    let found = found.findings(&BTreeMap::new());
    assert_eq!(verdicts(&found)[1], (Question::Visits, Some(Undecided)), "{found:#?}");
    assert!(found[1].sentence.contains("so is a uniform density"), "{}", found[1].sentence);
    // Uniform in a square whose active positions are shifted beyond two walls: no nearer than uniform.
    let found = findings(awake(0.1), uniform(120, 60, 2, 1.0, 3));
    assert_eq!(verdicts(&found)[1], (Question::Visits, Some(Undecided)), "{found:#?}");
    let visits = |rest, untrained| verdicts(&measured(rest, untrained))[1].1;
    // The same places, but each trial stays in its own: they are those of the starts.
    assert_eq!(visits(&still * 0.5, None), Some(Undecided));
    // Beside an untrained network that is far away, as near, or nearer.
    let (wide, narrow) = (uniform(120, 60, 2, 0.9, 8), uniform(120, 60, 2, 0.5, 9));
    assert_eq!(visits(same.clone(), Some(wide)), Some(Holds));
    assert_eq!(visits(same, Some(narrow.clone())), Some(Undecided));
    assert_eq!(visits(uniform(120, 60, 2, 0.7, 10), Some(narrow)), Some(Fails));

    let found = findings(awake(0.1), uniform(120, 60, 2, 0.5, 3));
    assert_eq!(verdicts(&found)[1], (Question::Visits, Some(Fails)), "{found:#?}");
    let found = findings(awake(0.1), still);
    assert_eq!(verdicts(&found)[2], (Question::Moves, Some(Fails)), "{found:#?}");
    assert!(
        found[2].sentence.starts_with("Single quiescent trials vary less"),
        "{}",
        found[2].sentence
    );

    // Worse than a constant answer: nothing else is said.
    let found = findings(awake(0.8), uniform(120, 60, 2, 1.0, 3));
    assert_eq!(verdicts(&found), [(Question::Learned, Some(Fails))], "{found:#?}");
    assert!(found[0].sentence.contains("cannot be judged"), "{}", found[0].sentence);
}

/// The same pooled density of trials that vary little: of those that stay where they began, and of those
/// that move to another place and stay there.
#[test]
fn findings_tell_trials_that_stay_from_trials_that_converge() {
    use quiescent::analysis::Verdict;
    use quiescent::measure::Question;

    let space = Space::Region(Region::centred(&[2.0, 2.0]).unwrap());
    let truth = uniform(120, 60, 2, 0.5, 1);
    let visits = |distance: f32, radius: Option<f64>| {
        let mut rest = uniform(120, 60, 2, 0.5, 2);
        for mut trial in rest.outer_iter_mut() {
            let place = trial.row(0).to_owned();
            trial.outer_iter_mut().for_each(|mut step| step.assign(&place));
            let first = &place + distance;
            trial.row_mut(0).assign(&first);
        }
        let mut wake = data(&truth + 0.02, None);
        wake.phase.truth = Some(truth.clone());
        let phases = named(vec![(WAKING, wake), (REST, data(rest, None))]);
        let source = Source { radius, ..Source::arrays(&space, 0.02) };
        let found = measure::measure(&source, &phases, &Settings::default()).unwrap();
        let found = found.findings(&BTreeMap::new());
        let visits = found.iter().find(|of| of.question == Question::Visits).unwrap();
        assert_eq!(visits.verdict, Some(Verdict::Undecided), "{visits:?}");
        visits.sentence.clone()
    };
    for (distance, radius, expected) in [
        (
            0.0,
            Some(0.2),
            "most single trials stay near their starts (0 % get farther than 0.200 m)",
        ),
        (0.2, Some(0.2), "although 100 % of them get farther than 0.200 m from their starts"),
        (0.0, None, "they stay or converge"),
    ] {
        let sentence = visits(distance, radius);
        assert!(sentence.contains(expected), "{sentence}");
    }
}

#[test]
fn findings_say_along_which_directions_hidden_states_vary() {
    use quiescent::analysis::Verdict::{self, Fails, Holds};
    use quiescent::measure::Question;

    let space = Space::Region(Region::centred(&[2.0, 2.0]).unwrap());
    let seen = |rest_units: [usize; 2]| -> (Option<Verdict>, String) {
        // Twelve units: two of them follow the position, and all have a little noise.
        let phase = |units: [usize; 2], seed: u64| {
            let decoded = uniform(60, 40, 2, 1.0, seed);
            let mut states = uniform(60, 40, 12, 0.02, seed + 100);
            for (dim, unit) in units.into_iter().enumerate() {
                let mut activity = states.index_axis_mut(Axis(2), unit);
                activity += &decoded.index_axis(Axis(2), dim);
            }
            let activity = Activity::of(states.view(), decoded.view()).unwrap();
            let mut data = data(decoded.clone(), Some(activity));
            data.phase.truth = Some(decoded);
            data
        };
        let mut rest = phase(rest_units, 2);
        rest.phase.truth = None;
        let phases = named(vec![(WAKING, phase([0, 1], 1)), (REST, rest)]);
        let source = Source::arrays(&space, 0.02);
        let found = measure::measure(&source, &phases, &Settings::default()).unwrap();
        let found = found.findings(&BTreeMap::new());
        let states = found.iter().find(|of| of.question == Question::States);
        let states = states.unwrap_or_else(|| panic!("{found:#?}"));
        (states.verdict, states.sentence.clone())
    };
    let (verdict, sentence) = seen([0, 1]);
    assert_eq!(verdict, Some(Holds), "{sentence}");
    let expected =
        "the first 2 active principal components hold 100 % of the variance of the active";
    assert!(sentence.contains(expected), "{sentence}");
    let (verdict, sentence) = seen([2, 3]);
    assert_eq!(verdict, Some(Fails), "{sentence}");
}

/// Walks of `step_m` in a box, with directions that turn by normal angles of standard deviation `turn_rad`; independent
/// directions without one. The box is wide enough that no walk meets a wall.
fn walks(
    trials: usize,
    steps: usize,
    step_m: f64,
    turn_rad: Option<f64>,
    seed: u64,
) -> Array3<f32> {
    let mut decoded = Array3::zeros((trials, steps, 2));
    for (number, mut trial) in decoded.outer_iter_mut().enumerate() {
        let mut generator = Generator::new(seed, Stream::Test, number as u64);
        let mut place = [0.0, 0.0];
        let mut direction = 0.0_f64;
        for mut at in trial.outer_iter_mut() {
            direction = match turn_rad {
                Some(sd) => direction + sd * generator.normal(),
                None => std::f64::consts::TAU * generator.uniform(),
            };
            place = [place[0] + step_m * direction.cos(), place[1] + step_m * direction.sin()];
            at.assign(&ndarray::arr1(&place.map(|x| x as f32)));
        }
    }
    decoded
}

#[test]
fn paths_of_known_movement_are_measured_and_judged() {
    use quiescent::analysis::Verdict::{self, Fails, Holds};
    use quiescent::measure::Question;

    let space = Space::Region(Region::centred(&[40.0, 40.0]).unwrap());
    // Waking turns slowly, by 0.3 rad; rest takes twice as long steps in random directions.
    let awake = walks(80, 200, 0.02, Some(0.3), 1);
    let measured = |rest: Array3<f32>| {
        let mut wake = data(awake.clone(), None);
        wake.phase.truth = Some(awake.clone());
        let phases = named(vec![(WAKING, wake), (REST, data(rest, None))]);
        let source = Source { radius: Some(0.2), ..Source::arrays(&space, 0.02) };
        measure::measure(&source, &phases, &Settings::default()).unwrap()
    };
    let random = measured(walks(80, 200, 0.04, None, 2));
    let near = |name: &str, expected: f64, tolerance: f64| {
        let found = value(&random, name);
        assert!((found - expected).abs() <= tolerance, "{name}: {found}, not {expected}");
    };
    // All steps of a phase are equally long, but for rounding of the float32 they are in.
    near("quiescent.speed_ratio", 2.0, 1e-3);
    near("quiescent.continuity", 0.0, 0.0);
    near("active.continuity", 0.95, 0.001);
    near("active.persistence", (-0.045_f64).exp(), 0.01);
    near("quiescent.persistence", 0.0, 0.03);
    near("quiescent.reversals", 0.5, 0.02);
    near("quiescent.displacement_exponent", 1.0, 0.1);
    near("brownian.displacement_exponent", 1.0, 0.1);
    near("time_shuffled.sequences", 0.05, 0.03);
    // Straight steps of 0.02 m get 0.2 m away in 10, and turning a little later; random ones of 0.04 m in 25.
    near("quiescent.temporal_compression", 0.45, 0.08);
    assert!(value(&random, "active.sequences") > value(&random, "brownian.sequences"));
    let reach = random.phases[REST].movement.reach.as_ref().unwrap();
    assert!(reach.covered.is_sorted() && reach.times_s.is_sorted() && reach.quarter_s.is_none());
    assert!(
        (reach.times_s[0] - 0.02).abs() < 1e-12
            && (reach.times_s.last().unwrap() - 4.0).abs() < 1e-9
    );
    let waking = &random.phases[WAKING].movement;
    assert!(waking.speed_ratio.is_none() && waking.compression.is_none());
    let bins =
        |name: &str| random.phases[name].movement.step_lengths.as_ref().unwrap().edges.clone();
    assert_eq!(bins(WAKING), bins(REST));
    // Every number has a name that `--only` knows, and everything is read back as it was.
    let names = measure::scalar_names([]);
    for scalar in random.scalars() {
        assert!(names.contains(&scalar.name), "{}", scalar.name);
    }
    let text = serde_json::to_string(&random).unwrap();
    assert_eq!(serde_json::from_str::<Measurements>(&text).unwrap(), random);

    let judged = |found: &Measurements| -> Vec<Option<Verdict>> {
        let found = found.findings(&BTreeMap::new());
        let of = |question| found.iter().find(|of| of.question == question).unwrap().verdict;
        vec![of(Question::Continuous), of(Question::Brownian)]
    };
    assert_eq!(judged(&random), [Some(Fails), Some(Holds)]);
    // As waking moves: continuous, and straighter than a random walk.
    let alike = measured(walks(80, 200, 0.0199, Some(0.3), 3));
    assert_eq!(judged(&alike), [Some(Holds), Some(Fails)]);
    // Trials that stand still have no direction, which is no verdict.
    let places =
        Array3::from_shape_fn((80, 200, 2), |(trial, _, dim)| awake[[trial, 2 * trial, dim]]);
    let still = measured(places);
    assert_eq!(judged(&still)[1], None);
    assert_eq!(still.missing()["quiescent.persistence"].code, Reason::Undefined);
}
