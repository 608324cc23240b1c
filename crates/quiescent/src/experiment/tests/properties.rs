//! Properties of reading and writing, over random texts and random experiments.

use proptest::prelude::*;

use super::super::*;

fn positive() -> impl Strategy<Value = f64> + Clone {
    prop_oneof![1e-3..1.0, Just(0.1), Just(1.0 / 3.0), Just(0.5)]
}

/// What a recording leaves without effect, as it is by default.
fn idle() -> (BoxSpec, SpatialMotionSpec) {
    let plain = Experiment::named("paper/spatial/noisy_unbiased").unwrap();
    match plain.task {
        TaskSpec::Spatial(spec) => (spec.arena, spec.motion),
        TaskSpec::HeadDirection(_) => panic!("a spatial experiment"),
    }
}

fn task() -> impl Strategy<Value = TaskSpec> {
    let drift = prop::option::of(
        ([-1e3..1e3, -1e3..1e3], 0.0..=1.0)
            .prop_map(|(toward_m, fraction_per_step)| DriftSpec { toward_m, fraction_per_step }),
    );
    let tuning = prop::sample::select(vec![
        Tuning::NormalizedGaussian,
        Tuning::Gaussian,
        Tuning::DifferenceOfGaussians,
        Tuning::Position,
    ]);
    let start = prop::sample::select(vec![SpatialStart::Uniform, SpatialStart::Center]);
    // A name that is no text unless it is quoted, now and then.
    let name = prop_oneof!["[a-z#:' é]{1,12}", Just("null".to_owned()), Just("1e3".to_owned())];
    let recording =
        prop::option::of((name, positive(), positive()).prop_map(|(name, max_gap_s, fraction)| {
            let file = std::path::absolute(std::env::temp_dir().join(name)).unwrap();
            RecordingSpec {
                time_unit: (fraction < 0.5).then_some(TimeUnit::Frames),
                frame_rate_hz: (fraction < 0.5).then_some(29.97),
                max_gap_s: (fraction < 0.2).then_some(max_gap_s),
                max_speed_per_s: 3.0 * max_gap_s,
                test_fraction: 0.9 * fraction,
                ..RecordingSpec::positions(file)
            }
        }));
    let shared = (positive(), 1_usize..1000, positive(), recording);
    let spatial = (shared.clone(), (10.0..1000.0, 10.0..1000.0), drift, tuning, start).prop_map(
        |((x, count, y, mut recording), (width_m, height_m), drift, tuning, start)| {
            let (mut arena, mut motion) = (
                BoxSpec { width_m, height_m, border_m: x, border_slowdown: y },
                SpatialMotionSpec { speed_scale_m_per_s: x, turn_sd_rad_per_s: y, start },
            );
            if let Some(recording) = &mut recording {
                // What has no effect beside a recording has its default.
                (arena, motion) = idle();
                recording.arena = Some(if tuning == Tuning::Position {
                    ArenaSpec::Extent
                } else {
                    // Wide enough for any start of rest.
                    let [x_max_m, y_max_m] = [width_m, height_m].map(|side| 10.0 + side / 40.0);
                    let [x_min_m, y_min_m] = [x, y].map(|side| -10.0 - side);
                    ArenaSpec::Walls(WallsSpec { x_min_m, x_max_m, y_min_m, y_max_m })
                });
            }
            TaskSpec::Spatial(SpatialSpec {
                arena,
                motion,
                drift,
                cells: PlaceCellsSpec { count, width_m: y, tuning },
                decoder: SpatialDecoderSpec { top: count },
                recording,
            })
        },
    );
    let direction =
        prop::sample::select(vec![TurnDirection::Both, TurnDirection::Counterclockwise]);
    let heading = (shared, direction).prop_map(|((x, count, y, mut recording), direction)| {
        let recorded = recording.is_some();
        if let Some(recording) = &mut recording {
            recording.arena = None;
        }
        let (x, direction) = if recorded { (11.52, TurnDirection::Both) } else { (x, direction) };
        TaskSpec::HeadDirection(HeadDirectionSpec {
            motion: HeadMotionSpec { turn_sd_rad_per_s: x, direction },
            cells: HeadCellsSpec { count, width_rad: y },
            decoder: HeadDecoderSpec { top: 1 },
            recording,
        })
    });
    prop_oneof![spatial, heading]
}

fn network() -> impl Strategy<Value = NetworkSpec> {
    let activation = prop::sample::select(vec![
        Activation::Relu,
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Identity,
    ]);
    let law = prop::sample::select(vec![NoiseDistribution::Gaussian, NoiseDistribution::Uniform01]);
    let sigma = prop_oneof![Just(0.0), Just(5e-324), 0.0..1e6];
    let noise = (sigma, law).prop_map(|(sigma, distribution)| NoiseSpec { sigma, distribution });
    let noises = (noise.clone(), noise.clone(), noise);
    let kind = prop::sample::select(vec![NetworkKind::Rnn, NetworkKind::Gru]);
    (kind, 1_usize..4096, 1.0..1e3, activation, any::<bool>(), noises).prop_map(
        |(kind, units, tau_s, activation, biases, (noise, input_noise, output_noise))| {
            NetworkSpec {
                kind,
                reset: (kind == NetworkKind::Gru).then_some(if units % 2 == 0 {
                    Reset::Before
                } else {
                    Reset::After
                }),
                units,
                tau_s,
                activation,
                biases,
                noise,
                input_noise,
                output_noise,
            }
        },
    )
}

fn rest() -> impl Strategy<Value = RestSpec> {
    let start = prop_oneof![
        Just(RestStart::Encoded),
        Just(RestStart::AfterWake),
        [-5.0..5.0, -5.0..5.0].prop_map(RestStart::Point),
    ];
    let noise = prop_oneof![
        Just(QuiescentNoise::DoubledVariance),
        Just(QuiescentNoise::Same),
        Just(QuiescentNoise::None),
        (0.0..1e6).prop_map(QuiescentNoise::Sigma),
    ];
    (start, noise, 1_usize..1000, 1_usize..100_000).prop_map(|(start, noise, trials, steps)| {
        RestSpec { start, noise, adaptation: None, momentum: None, tau_s: None, trials, steps }
    })
}

fn training() -> impl Strategy<Value = TrainingSpec> {
    let milestones = prop::collection::btree_set(1_u64..1000, 0..4);
    let schedule = (0.0..=1.0, 0.0..=1.0, 0.0..=1.0).prop_map(
        |(warmup_fraction, decay_fraction, growth_fraction)| ScheduleSpec {
            warmup_fraction,
            decay_fraction,
            growth_fraction,
        },
    );
    let rates = (1e-12..10.0, 0.0..1.0, prop::option::of(1e-12..1e12), 0.0..10.0);
    (milestones, 1_usize..500, schedule, rates, 1_u64..1000).prop_map(
        |(milestones, trials, schedule, rates, every)| TrainingSpec {
            batches: 1000,
            trials,
            learning_rate: rates.0,
            schedule,
            beta2: rates.1,
            gradient_norm: rates.2,
            weight_decay: rates.3,
            test_trials: trials,
            test_every: every,
            checkpoint_every: every,
            milestones: milestones.into_iter().collect(),
            rest_every: (every % 2 == 0).then_some(every),
        },
    )
}

prop_compose! {
    fn experiment()(
        about in about(),
        seed in any::<u64>(),
        dt_s in positive(),
        steps in 1_usize..500,
        task in task(),
        network in network(),
        training in training(),
        rest in rest(),
    ) -> Experiment {
        let time = TimeSpec { dt_s, steps };
        let mut rest = rest;
        // A heading is one number.
        if let (TaskSpec::HeadDirection(_), RestStart::Point(point)) = (&task, &mut rest.start) {
            point[1] = 0.0;
        }
        Experiment { about, seed, time, task, network, training, rest }
    }
}

/// Lines of text, among them such as YAML would take for something else.
fn about() -> impl Strategy<Value = String> {
    let strange = prop::sample::select(vec![
        "", " ", "null", "~", "yes", "12", "1e3", "0x1F", ".nan", "- a", "a: b", "a #b", "#a",
        "*a", "&a", "!a", "[a", "{a", "'a'", "\"a\"", "|", ">", "%a", "@a", "`a", "---", "...",
        "a ", " a", "?", ":", "\u{FEFF}", "\u{2028}", "<<", "=",
    ]);
    prop_oneof![strange.prop_map(str::to_owned), "\\PC{0,200}", "[ -~]{0,300}",]
}

proptest! {
    #[test]
    fn a_written_experiment_reads_back_equal(experiment in experiment()) {
        experiment.validate().unwrap();
        let text = experiment.to_yaml().unwrap();
        let read = Experiment::parse(&text, "x.yml");
        prop_assert!(read.is_ok(), "{}\n{text}", read.unwrap_err());
        prop_assert_eq!(&read.unwrap(), &experiment, "{}", text);
        let same = experiment.with(&format!("seed={}", experiment.seed)).unwrap();
        prop_assert_eq!(same, experiment);
    }

    #[test]
    fn any_text_gives_an_experiment_or_one_line(text in "(?s).{0,300}") {
        if let Err(error) = Experiment::parse(&text, "x.yml") {
            let message = error.to_string();
            prop_assert!(!message.contains('\n'), "{message:?}");
        }
    }

    #[test]
    fn any_yaml_like_text_gives_an_experiment_or_one_line(
        words in prop::collection::vec(prop::sample::select(vec![
            "task", "kind", "spatial", "head_direction", "recording", "drift", "rest", "noise",
            "sigma", "network", "units", ":", ": ", "- ", "\n", "\n  ", "\n    ", "{", "}", "[", "]",
            ", ", "&a ", "*a", "!t ", "'", "\"", "|\n", "#", "1", "-1e9", "null", "\t", "? ", "---\n",
        ]), 0..60),
    ) {
        let text = words.concat();
        if let Err(error) = Experiment::parse(&text, "x.yml") {
            let message = error.to_string();
            prop_assert!(!message.contains('\n'), "{message:?}");
        }
    }

    #[test]
    fn any_override_gives_an_experiment_or_one_line(
        key in prop_oneof!["[a-z._]{0,20}", Just("task.recording".to_owned()),
            Just("task".to_owned()), Just("rest.noise".to_owned())],
        value in "(?s).{0,40}",
    ) {
        let base = Experiment::named("demo/spatial/noisy_biased").unwrap();
        if let Err(error) = base.with(&format!("{key}={value}")) {
            let message = error.to_string();
            prop_assert!(!message.contains('\n'), "{message:?}");
        }
    }

    /// Other formats, such as a checkpoint's metadata, hold what YAML does.
    #[test]
    fn json_holds_the_same_names(experiment in experiment()) {
        let json = serde_json::to_string(&experiment).unwrap();
        // JSON is YAML.
        prop_assert_eq!(Experiment::parse(&json, "x.json").unwrap(), experiment);
    }
}
