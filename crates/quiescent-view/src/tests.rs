//! Tests of the live simulation and its session.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use ndarray::s;
use proptest::prelude::*;
use quiescent::analysis::Error;
use quiescent::experiment::{
    AdaptationSpec, Experiment, MomentumSpec, QuiescentNoise, RestDynamics,
};
use quiescent::network::Network;
use quiescent::simulate::{self, Drive, Keep, Setup, Start, Trials};
use serde_json::{Value, json};

use crate::{From, Gallery, Live, Malformed, Outgoing, Scene, Session, Settings, Show, Stage};

fn network(changes: &[&str]) -> Network {
    let mut experiment = Experiment::named("demo/spatial/noisy_unbiased").unwrap();
    for change in ["network.units=24", "time.steps=12"].iter().chain(changes) {
        experiment = experiment.with(change).unwrap();
    }
    Network::untrained(&experiment).unwrap()
}

fn settings(network: &Network) -> Settings {
    let (experiment, space) = (network.experiment(), network.task().space());
    Settings { trials: 20, ..Settings::of(experiment, space) }
}

fn live(network: &Network, settings: Settings) -> Live {
    let scene = Arc::new(Scene::of(network).unwrap());
    Live::new(Arc::new(network.clone()), scene, settings).unwrap()
}

/// Decoded values of the first trial over frames of these sizes.
fn first_trial(live: &mut Live, frames: &[usize]) -> Vec<f32> {
    frames
        .iter()
        .flat_map(|&steps| {
            let frame = live.advance(steps).unwrap();
            frame.path.chunks(frame.dim + 2).flat_map(|row| row[..2].to_vec()).collect::<Vec<_>>()
        })
        .collect()
}

/// What is shown is what `simulate` simulates, to the bit, in whatever pieces it is shown; with adaptation that is slower
/// than a piece, and with momentum.
#[test]
fn rest_is_that_of_simulate() {
    let network = network(&[]);
    let adaptation = Some(AdaptationSpec { strength: 0.4, tau_s: 0.5 });
    let momentum = Some(MomentumSpec { friction: 0.5, keep_temperature: true });
    for (from, adaptation, momentum) in [
        (From::Encoded, None, None),
        (From::Encoded, adaptation, momentum),
        (From::Point(vec![0.3, -0.2]), adaptation, None),
    ] {
        let own = Settings {
            from,
            adaptation,
            momentum,
            noise_ratio: 2.0,
            seed: 7,
            ..settings(&network)
        };
        let sigma = 2.0 * network.experiment().network.noise.sigma;
        let setup = Setup {
            drive: Drive::Silent,
            start: own.start(),
            noise: QuiescentNoise::Sigma(sigma),
            dynamics: RestDynamics { adaptation, momentum, tau_s: None },
            steps: 40,
            keep: Keep::Decoded,
            seed: Some(7),
        };
        let whole = simulate::simulate(&network, &setup, &()).unwrap().0;
        let expected: Vec<f32> = whole.decoded.slice(s![0, .., ..]).iter().copied().collect();
        let mut live = live(&network, own);
        assert_eq!(first_trial(&mut live, &[1, 2, 32, 5]), expected);
        let all = live.advance(1).unwrap();
        assert_eq!((all.step, all.stage, all.trials.len()), (41, Stage::Rest, 20 * 4));
    }
}

#[test]
fn rest_after_wake_begins_where_wake_ended() {
    let network = network(&[]);
    let own = settings(&network);
    let trials = Trials { count: 20, steps: 12 };
    let active = simulate::active(&network, trials, Keep::Decoded).unwrap();
    let rest = |steps| {
        simulate::quiescent(
            &network,
            &Start::after(&active),
            QuiescentNoise::DoubledVariance,
            steps,
            Keep::Decoded,
        )
        .unwrap()
        .decoded
        .slice(s![0, .., ..])
        .iter()
        .copied()
        .collect::<Vec<f32>>()
    };
    let awake: Vec<f32> = active.decoded.slice(s![0, .., ..]).iter().copied().collect();
    // Twelve steps awake, in frames that end with the trial, and then rest.
    let mut both = live(&network, Settings { show: Show::WakeThenRest, ..own.clone() });
    assert_eq!(first_trial(&mut both, &[5, 32]), awake);
    assert_eq!(first_trial(&mut both, &[4, 4]), rest(8));
    let mut after =
        live(&network, Settings { show: Show::Rest, from: From::AfterWake, ..own.clone() });
    assert_eq!(first_trial(&mut after, &[8]), rest(8));
    // Awake, new trials follow.
    let mut wake = live(&network, Settings { show: Show::Wake, ..own });
    assert_eq!(first_trial(&mut wake, &[12]), awake);
    let frame = wake.advance(3).unwrap();
    assert_eq!((frame.stage, frame.step), (Stage::Wake, 15));
    assert!(frame.error.unwrap() > 0.0 && frame.truth.is_some() && frame.divergence.is_none());
    assert_ne!(frame.path[..2], awake[..2]);
}

/// Exploration is that of as much time as the active phase's, and is not told before.
#[test]
fn exploration_is_of_equal_times() {
    let network = network(&[]);
    let mut live = live(&network, settings(&network));
    assert_eq!(live.scene().window_steps, 12);
    assert_eq!(live.advance(11).unwrap().variance, None);
    assert!(live.advance(1).unwrap().variance.unwrap() > 0.0);
    let mut awake = self::live(&network, Settings { show: Show::Wake, ..settings(&network) });
    assert_eq!(awake.advance(11).unwrap().variance, None);
    let whole = awake.advance(1).unwrap().variance.unwrap();
    // The next trials are not mixed with these.
    assert_eq!(awake.advance(11).unwrap().variance, Some(whole));
}

/// Rest that follows long active trials begins where they end, however few of their steps are shown otherwise.
#[test]
fn rest_after_long_trials_begins_at_their_end() {
    let network = network(&["time.steps=600", "network.units=8"]);
    let own = Settings { from: From::AfterWake, trials: 3, ..settings(&network) };
    let trials = Trials { count: 3, steps: 600 };
    let active = simulate::active(&network, trials, Keep::Decoded).unwrap();
    let (start, noise) = (Start::after(&active), QuiescentNoise::DoubledVariance);
    let rest = simulate::quiescent(&network, &start, noise, 4, Keep::Decoded).unwrap().decoded;
    let expected: Vec<f32> = rest.slice(s![0, .., ..]).iter().copied().collect();
    let mut after = live(&network, own.clone());
    assert_eq!(first_trial(&mut after, &[4]), expected);
    let awake = live(&network, Settings { show: Show::Wake, ..own });
    assert_eq!((awake.trial_steps(), after.trial_steps()), (500, 600));
}

/// A run whose own rest is louder than what can be set usually is shown as it is.
#[test]
fn loud_rest_is_not_made_quieter() {
    let network = network(&["rest.noise={sigma: 1.0}"]);
    let own = settings(&network);
    assert!(own.noise_ratio > 10.0);
    live(&network, own);
}

/// Without noise nothing explores, and noise can be changed as it goes on.
#[test]
fn noise_changes_what_moves() {
    let network = network(&[]);
    let mut live = live(&network, Settings { noise_ratio: 0.0, ..settings(&network) });
    let after = |live: &mut Live, frames: usize| {
        (0..frames).map(|_| live.advance(32).unwrap()).last().unwrap()
    };
    let still = after(&mut live, 60);
    assert!(still.variance.unwrap() < 1e-10, "{:?}", still.variance);
    live.set(Settings { noise_ratio: 2.0, ..live.settings().clone() }).unwrap();
    let moving = after(&mut live, 10);
    assert_eq!(moving.step, 32 * 70, "a change of noise does not begin anew");
    assert!(moving.variance.unwrap() > 1e-4, "{:?}", moving.variance);
    // What gathers is of the new noise alone.
    assert_eq!((still.since, moving.since), (0, 32 * 60));
    assert!(still.mean_step.unwrap() < 1e-2 * moving.mean_step.unwrap());
    live.set(Settings { seed: 1, ..live.settings().clone() }).unwrap();
    assert_eq!(live.advance(1).unwrap().step, 1);
}

/// A frame has what it says, at the places that it says.
#[test]
fn frames_are_small_and_laid_out_as_they_say() {
    let network = network(&[]);
    let mut live = live(&network, Settings { trials: 200, ..settings(&network) });
    for _ in 0..4 {
        live.advance(32).unwrap();
    }
    let frame = live.advance(32).unwrap();
    let bytes = frame.bytes();
    assert!(bytes.len() <= 30_000, "{}", bytes.len());
    let word = |place: usize| <[u8; 4]>::try_from(&bytes[4 * place..4 * place + 4]).unwrap();
    let count = |place| u32::from_le_bytes(word(place)) as usize;
    let number = |place| f32::from_le_bytes(word(place));
    assert_eq!(&bytes[..4], b"QUV2");
    assert_eq!([1, 2, 3, 4, 5, 6, 7].map(count), [1, 160, 2, 32, 200, 24 * 24, 40]);
    let [kl, low, high] = frame.divergence.unwrap();
    assert_eq!([8, 9, 10].map(number), [kl, low, high].map(|x| x as f32));
    assert_eq!(number(11), frame.floor.unwrap() as f32);
    assert_eq!(number(12), frame.mean_step.unwrap() as f32);
    assert_eq!(number(13), frame.variance.unwrap() as f32);
    assert!(number(14).is_nan() && number(15).is_nan());
    assert_eq!([18, 19].map(count), [frame.epoch as usize, 0]);
    assert_eq!(number(crate::HEADER), frame.path[0]);
    assert_eq!(number(crate::HEADER + 32 * 4), frame.trials[0]);
    assert_eq!(bytes.len(), 4 * (crate::HEADER + 32 * 4 + 200 * 4 + 24 * 24 + 40));
    // After the last step of a path, the first trial is where it is among all.
    assert_eq!(frame.path[31 * 4..], frame.trials[..4]);
    assert!((frame.occupancy.iter().sum::<f32>() - 1.0).abs() < 1e-4);
    assert!(frame.step_shares.iter().sum::<f32>() <= 1.0001);
}

/// What settings do not fit is refused in words, and nothing changes.
#[test]
fn settings_out_of_range_are_refused() {
    let network = network(&[]);
    let mut live = live(&network, settings(&network));
    let own = live.settings().clone();
    let momentum = |friction| Some(MomentumSpec { friction, keep_temperature: true });
    for (name, wrong) in [
        ("trials", Settings { trials: 0, ..own.clone() }),
        ("trials", Settings { trials: 201, ..own.clone() }),
        ("noise_ratio", Settings { noise_ratio: 4.1, ..own.clone() }),
        ("noise_ratio", Settings { noise_ratio: f64::NAN, ..own.clone() }),
        ("seed", Settings { seed: u64::MAX, ..own.clone() }),
        ("from", Settings { from: From::Point(vec![9.0, 0.0]), ..own.clone() }),
        ("from", Settings { from: From::Point(vec![0.0]), ..own.clone() }),
        ("from", Settings { from: From::Point(vec![]), ..own.clone() }),
        ("rest.momentum.friction", Settings { momentum: momentum(0.0), ..own.clone() }),
    ] {
        let error = live.set(wrong).unwrap_err();
        assert!(matches!(&error, Error::Setting { name: found, .. } if *found == name), "{error}");
        assert_eq!(*live.settings(), own);
    }
}

/// Rates that run away are a result: it says so with trial and step, and can begin anew.
#[test]
fn what_runs_away_is_said() {
    let network = network(&[]);
    let momentum = Some(MomentumSpec { friction: 0.01, keep_temperature: false });
    let adaptation = Some(AdaptationSpec { strength: 100.0, tau_s: 0.02 });
    let gallery = Arc::new(Gallery::new([("a".to_owned(), network.clone())]));
    let (mut session, _) = Session::new(gallery);
    let wild = Settings { momentum, adaptation, ..settings(&network) };
    ask(&mut session, json!({"type": "choose", "run": 0, "settings": wild}));
    ask(&mut session, json!({"type": "play"}));
    let mut said = None;
    for _ in 0..200 {
        let out = session.pass(Duration::from_millis(640));
        said = out.iter().map(read).find(|reply| reply["type"] == "stopped");
        if said.is_some() {
            break;
        }
    }
    let said = said.expect("it runs away");
    let message = said["message"].as_str().unwrap();
    assert!(message.contains("trial") && message.contains("step"), "{message}");
    assert!(!session.is_playing());
    ask(&mut session, json!({"type": "set", "settings": settings(&network)}));
    let set = &ask(&mut session, json!({"type": "reset"}))[0];
    assert_eq!(set["type"], "set");
    assert!(matches!(
        session.receive(r#"{"type":"step","steps":1}"#).unwrap()[..],
        [Outgoing::Frame(_)]
    ));
}

fn read(out: &Outgoing) -> Value {
    match out {
        Outgoing::Text(text) => serde_json::from_str(text).unwrap(),
        Outgoing::Frame(bytes) => json!({"type": "frame", "bytes": bytes.len()}),
    }
}

fn ask(session: &mut Session, request: Value) -> Vec<Value> {
    session.receive(&request.to_string()).unwrap().iter().map(read).collect()
}

#[test]
fn a_session_answers_and_follows_time() {
    let gallery = Arc::new(Gallery::new([
        ("a".to_owned(), network(&[])),
        ("b".to_owned(), network(&["network.units=16"])),
    ]));
    let (mut session, hello) = Session::new(gallery.clone());
    assert_eq!(read(&hello)["runs"], json!(["a", "b"]));
    for request in [json!({"type": "reset"}), json!({"type": "step", "steps": 1})] {
        assert_eq!(ask(&mut session, request)[0]["type"], "refused");
    }
    assert_eq!(
        ask(&mut session, json!({"type": "choose", "run": 2}))[0]["message"],
        "there is no run 2"
    );
    let scene = &ask(&mut session, json!({"type": "choose", "run": 1}))[0];
    assert_eq!(
        (&scene["type"], &scene["name"], &scene["units"]),
        (&json!("scene"), &json!("b"), &json!(16))
    );
    assert_eq!((&scene["settings"]["show"], &scene["epoch"]), (&json!("rest"), &json!(1)));
    // What is refused is answered with what holds.
    let mut wrong = scene["settings"].clone();
    wrong["trials"] = json!(0);
    let refused = &ask(&mut session, json!({"type": "set", "settings": wrong}))[0];
    assert_eq!((&refused["type"], &refused["settings"]), (&json!("refused"), &scene["settings"]));
    let noise_ratio = scene["settings"]["noise_ratio"].as_f64().unwrap();
    assert!((noise_ratio - std::f64::consts::SQRT_2).abs() < 1e-12);
    assert!(session.pass(Duration::from_secs(1)).is_empty(), "it waits to be played");
    ask(&mut session, json!({"type": "play"}));
    ask(&mut session, json!({"type": "speed", "steps_per_s": 100.0}));
    // 25 ms are two steps and a half: two now, and three in as much time again.
    for _ in 0..2 {
        assert_eq!(session.pass(Duration::from_millis(25)).len(), 1);
    }
    let Outgoing::Frame(frame) = &session.receive(r#"{"type":"step","steps":1}"#).unwrap()[0]
    else {
        panic!()
    };
    assert_eq!(frame[8..12], 6_u32.to_le_bytes());
    assert_eq!(frame[72..76], 1_u32.to_le_bytes(), "of the first epoch");
    assert_eq!(ask(&mut session, json!({"type": "reset"}))[0]["epoch"], 2);
    // A long pause is not made up for.
    let out = session.pass(Duration::from_secs(3600));
    let Outgoing::Frame(frame) = &out[0] else { panic!() };
    let step = u32::from_le_bytes(frame[8..12].try_into().unwrap());
    assert!(out.len() == 1 && (1..=32).contains(&step), "{step}");
    assert_eq!(
        ask(&mut session, json!({"type": "speed", "steps_per_s": 1e9}))[0]["type"],
        "refused"
    );
    ask(&mut session, json!({"type": "pause"}));
    assert!(session.pass(Duration::from_secs(1)).is_empty());
    // The network has learned more: it is shown with the same settings.
    gallery.replace(1, network(&["network.units=20"]));
    gallery.set_training(1, &json!({"type": "training", "batch": 5}));
    let news: Vec<Value> = session.news().iter().map(read).collect();
    assert_eq!(
        news.iter().map(|of| of["type"].as_str().unwrap()).collect::<Vec<_>>(),
        ["training", "scene"]
    );
    assert_eq!((&news[1]["units"], &news[1]["epoch"]), (&json!(20), &json!(3)));
    assert!(session.news().is_empty());
    // One that cannot be shown as it is set is said once, and what was shown goes on.
    let at = json!({"point": [0.9, 0.9]});
    let mut settings = news[1]["settings"].clone();
    settings["from"] = at;
    assert_eq!(ask(&mut session, json!({"type": "set", "settings": settings}))[0]["type"], "set");
    gallery.replace(1, network(&["task.box.width_m=1"]));
    let refused: Vec<Value> = session.news().iter().map(read).collect();
    assert_eq!((refused.len(), &refused[0]["type"]), (1, &json!("refused")));
    assert!(session.news().is_empty());
}

#[test]
fn what_no_page_sends_is_malformed() {
    let gallery = Arc::new(Gallery::new([("a".to_owned(), network(&[]))]));
    let (mut session, _) = Session::new(gallery);
    let long = format!(r#"{{"type":"reset"{}}}"#, " ".repeat(4096));
    for request in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"type":"shutdown"}"#,
        r#"{"type":"reset","path":"/etc/passwd"}"#,
        r#"{"type":"choose"}"#,
        r#"{"type":"choose","run":-1}"#,
        r#"{"type":"choose","run":"../.."}"#,
        r#"{"type":"set","settings":{}}"#,
        r#"{"type":"speed","steps_per_s":1e999}"#,
        &long,
    ] {
        assert!(session.receive(request).is_err(), "{request}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever is sent, it is answered, refused or malformed, and the session goes on to answer.
    #[test]
    fn any_request_is_survived(requests in prop::collection::vec(request(), 1..8)) {
        let gallery = Arc::new(Gallery::new([("a".to_owned(), network(&["network.units=4"]))]));
        let (mut session, _) = Session::new(gallery);
        for request in requests {
            let _: Result<Vec<Outgoing>, Malformed> = session.receive(&request);
            session.pass(Duration::from_millis(20));
        }
        let answered = session.receive(r#"{"type":"choose","run":0}"#);
        prop_assert!(answered.is_ok());
    }
}

/// Requests, nearly requests, and anything.
fn request() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        Just(json!(0)),
        Just(json!(1)),
        Just(json!(-1)),
        Just(json!(1e300)),
        Just(json!(null)),
        Just(json!(u64::MAX)),
        (0.0..4.0).prop_map(|x: f64| json!(x)),
        Just(json!("1"))
    ];
    let show = prop_oneof![Just("wake"), Just("rest"), Just("wake_then_rest"), Just("sleep")];
    let from = prop_oneof![
        Just(json!("encoded")),
        Just(json!("after_wake")),
        Just(json!({"point": [0.1, 0.1]})),
        Just(json!({"point": []})),
        Just(json!({"point": [1e308, 0.0]}))
    ];
    let settings = (show, from, number.clone(), number.clone(), number.clone(), number.clone()).prop_map(
        |(show, from, noise, strength, friction, trials)| {
            json!({"type": "set", "settings": {
                "show": show, "from": from, "noise_ratio": noise,
                "adaptation": {"strength": strength, "tau_s": 0.5}, "momentum": {"friction": friction},
                "trials": trials, "seed": 1
            }})
            .to_string()
        },
    );
    prop_oneof![
        settings,
        number.clone().prop_map(|run| json!({"type": "choose", "run": run}).to_string()),
        number.clone().prop_map(|steps| json!({"type": "step", "steps": steps}).to_string()),
        number.prop_map(|speed| json!({"type": "speed", "steps_per_s": speed}).to_string()),
        prop_oneof![Just("play"), Just("pause"), Just("reset")]
            .prop_map(|what| json!({"type": what}).to_string()),
        ".{0,60}",
    ]
}
