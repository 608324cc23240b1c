//! Work on run folders through the library: runs opened as networks, trained, resumed, measured and
//! studied, and the errors. (Recordings that moved: the command line's moved_recordings.rs.)

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use quiescent::experiment::{AdaptationSpec, Experiment, RestSpec, TaskKind};
use quiescent::network::{Network, Parameters};
use quiescent::paper::Protocol;
use quiescent::run::{Checkpoint, RunFolder};
use quiescent::simulate::{self, Keep, Trials};
use quiescent::workflow::{
    self, Error, Event, Health, How, Observer, OpenError, Recordings, Session, open, open_at_rest,
};

fn experiment(seed: u64) -> Experiment {
    let seed = format!("seed={seed}");
    let changes = ["network.units=24", "task.cells.count=20", &seed];
    Experiment::resolve("demo/spatial/noisy_unbiased", &changes).unwrap()
}

/// A run with these weights at its latest checkpoint.
fn save(folder: &Path, network: &Network) {
    let mut writer = RunFolder::create(folder, network.experiment()).unwrap();
    let zeros = Parameters::zeros(network.parameters().layout());
    let checkpoint = Checkpoint {
        batch: 7,
        training_s: 1.0,
        adam_step: 7,
        parameters: network.parameters().clone(),
        adam_m: zeros.clone(),
        adam_v: zeros,
        cells: network.cells(),
    };
    writer.save_checkpoint(&checkpoint, &[]).unwrap();
}

#[test]
fn a_run_is_opened_as_the_network_that_was_saved() {
    let dir = tempfile::tempdir().unwrap();
    let network = Network::untrained(&experiment(3)).unwrap();
    let mut parameters = network.parameters().clone();
    parameters.flat_mut().iter_mut().for_each(|weight| *weight *= 0.5);
    let network = network.with_parameters(parameters).unwrap();
    save(&dir.path().join("run"), &network);
    let folder = RunFolder::open(dir.path().join("run")).unwrap();
    let opened = open(&folder, &Recordings::NONE).unwrap();
    assert_eq!(opened.recording_moved_to, None);
    assert_eq!(opened.network.parameters().flat(), network.parameters().flat());
    let wake = |network: &Network| {
        simulate::active(network, Trials { count: 5, steps: 10 }, Keep::Decoded).unwrap()
    };
    assert_eq!(wake(&opened.network), wake(&network));
    let at_rest = open_at_rest(&folder, &Recordings::NONE).unwrap().network;
    assert_eq!(at_rest.parameters().flat(), network.parameters().flat());
}

#[test]
fn what_cannot_be_opened_is_said_without_the_flags_of_any_program() {
    let dir = tempfile::tempdir().unwrap();
    let none = dir.path().join("none");
    drop(RunFolder::create(&none, &experiment(0)).unwrap());
    let error = open(&RunFolder::open(&none).unwrap(), &Recordings::NONE).unwrap_err();
    assert!(matches!(error, OpenError::NoCheckpoint { .. }), "{error}");
    assert_eq!(error.to_string(), format!("{} has no checkpoint yet", none.display()));

    // Another seed in experiment.yml draws other cells.
    let other = dir.path().join("other");
    save(&other, &Network::untrained(&experiment(0)).unwrap());
    let text = fs::read_to_string(other.join("experiment.yml")).unwrap();
    assert!(text.contains("seed: 0"), "{text}");
    fs::write(other.join("experiment.yml"), text.replace("seed: 0", "seed: 1")).unwrap();
    let error = match RunFolder::open(&other) {
        Ok(folder) => open(&folder, &Recordings::NONE).unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    assert!(error.contains("experiment.yml") && !error.contains("--"), "{error}");
}

/// Ends the work after so many batches, and notes what it was told.
struct Stop {
    after: u64,
    seen: Mutex<Vec<String>>,
    cancelled: AtomicBool,
}

impl Stop {
    fn after(after: u64) -> Self {
        Self { after, seen: Mutex::default(), cancelled: AtomicBool::new(false) }
    }

    fn seen(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

impl Observer for Stop {
    fn event(&self, event: &Event<'_>) {
        let mut seen = self.seen.lock().unwrap();
        match event {
            Event::Batch { batch, .. } if *batch == self.after => {
                self.cancelled.store(true, Ordering::SeqCst);
            }
            Event::Training { done, training, unit } => {
                seen.push(format!("{done} of {} in {unit}", training.batches));
            }
            Event::Simulating { phase, .. } => seen.push(format!("simulating {phase}")),
            Event::Measuring { .. } => seen.push("measuring".to_owned()),
            Event::Trained => seen.push("trained".to_owned()),
            _ => {}
        }
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }
}

fn small() -> Experiment {
    let overrides = [
        "network.units=16",
        "task.cells.count=24",
        "time.steps=20",
        "training.batches=12",
        "training.trials=20",
        "training.test_trials=20",
        "rest.trials=20",
        "rest.steps=30",
    ];
    Experiment::named("demo/spatial/noisy_unbiased").unwrap().with_all(&overrides).unwrap()
}

#[test]
fn training_that_an_observer_ends_goes_on_to_the_same_bits() {
    let dir = tempfile::tempdir().unwrap();
    let whole = Session::begin(&small(), &dir.path().join("whole")).unwrap().train(&()).unwrap();
    let parts = dir.path().join("parts");
    let stop = Stop::after(5);
    let error = Session::begin(&small(), &parts).unwrap().train(&stop).unwrap_err();
    assert!(matches!(error, Error::Interrupted { batch: 5, batches: 12 }), "{error}");
    assert!(error.cancelled() && !error.diverged());
    assert_eq!(stop.seen(), ["0 of 12 in m", "trained"]);
    let never = Stop::after(u64::MAX);
    let session = Session::resume(&parts, &Recordings::NONE, &never).unwrap();
    assert_eq!((session.batch(), session.left()), (5, 7));
    workflow::check_same(session.writer(), &small()).unwrap();
    let other = small().with("network.noise.sigma=0.3").unwrap();
    let error = workflow::check_same(session.writer(), &other).unwrap_err();
    assert!(error.to_string().contains("network.noise.sigma is 0.0707"), "{error}");
    let writer = session.train(&never).unwrap();
    assert_eq!(never.seen(), ["5 of 12 in m", "trained"]);
    assert_eq!(writer.record().parameters_sha256, whole.record().parameters_sha256);
    drop(writer);
    assert!(Session::resume(&parts, &Recordings::NONE, &()).unwrap().is_finished());
}

/// The small experiment on two minutes of a recorded path.
fn recorded(file: &Path) -> Experiment {
    let mut csv = "t,x,y\n".to_owned();
    for i in 0..3000 {
        let t = f64::from(i) * 0.04;
        csv += &format!("{t:.3},{:.5},{:.5}\n", (0.71 * t).sin(), (0.97 * t).cos());
    }
    fs::write(file, csv).unwrap();
    small().with(&format!("task.recording={}", file.display())).unwrap()
}

#[test]
fn a_run_that_keeps_its_recording_needs_no_other_file() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (dir.path().join("rat.csv"), dir.path().join("run"));
    let experiment = recorded(&file);
    let plain = Session::begin(&experiment, &dir.path().join("plain")).unwrap();
    let plain = plain.train(&()).unwrap().record().parameters_sha256.clone();

    let session = Session::begin_keeping(&experiment, &out).unwrap();
    let kept = session.writer().kept_recording().unwrap();
    assert_eq!(fs::read(&kept).unwrap(), fs::read(&file).unwrap());
    session.train(&Stop::after(5)).unwrap_err();
    let asked = workflow::keeping(&experiment).unwrap();
    fs::remove_file(&file).unwrap();

    // Wherever it is moved, it is the same run, and nothing is said to have moved.
    let moved = dir.path().join("moved");
    fs::rename(&out, &moved).unwrap();
    let session = Session::resume(&moved, &Recordings::NONE, &()).unwrap();
    workflow::check_same(session.writer(), &asked).unwrap();
    let writer = session.train(&()).unwrap();
    assert_eq!(writer.record().parameters_sha256, plain);
    assert_eq!(writer.experiment().identity().unwrap(), asked.identity().unwrap());
    assert_eq!(open(&writer, &Recordings::NONE).unwrap().recording_moved_to, None);

    let kept = writer.kept_recording().unwrap();
    let name = kept.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("recording-") && name.ends_with(".csv"), "{name}");
    let health = || {
        let checks = workflow::verify(&moved).unwrap();
        let check = checks.iter().find(|check| check.file == name).unwrap();
        (check.health, check.detail.clone())
    };
    assert_eq!(health().0, Health::Ok);
    fs::write(&kept, "t,x,y\n0,0,0\n").unwrap();
    assert_eq!(health().0, Health::Damaged);
    let error = open(&writer, &Recordings::NONE).unwrap_err().to_string();
    assert!(error.contains("its contents have changed"), "{error}");
    fs::remove_file(&kept).unwrap();
    assert!(health().1.contains("cannot be read"), "{}", health().1);
    let error = open(&writer, &Recordings::NONE).unwrap_err();
    assert!(matches!(error, OpenError::RecordingGone(_)), "{error}");
}

#[test]
fn a_recording_that_cannot_be_used_leaves_no_folder() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (dir.path().join("rat.csv"), dir.path().join("run"));
    let experiment = recorded(&file);
    fs::write(&file, "t,x,y\n0,0,0\n").unwrap();
    Session::begin_keeping(&experiment, &out).unwrap_err();
    assert!(!out.exists());
    // A folder that is not vacant is as it was.
    recorded(&file);
    fs::create_dir(&out).unwrap();
    fs::write(out.join("notes.txt"), "mine").unwrap();
    Session::begin_keeping(&experiment, &out).unwrap_err();
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
}

#[test]
fn a_run_is_measured_once_until_its_phases_change() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Session::begin(&small(), &dir.path().join("run")).unwrap().train(&()).unwrap();
    let stop = Stop::after(u64::MAX);
    let measure = || {
        let keep = Keep::States { stride: 5 };
        workflow::measure_run(&writer, keep, &Recordings::NONE, &stop).unwrap()
    };
    let first = measure();
    assert_eq!(stop.seen(), ["simulating active", "simulating quiescent", "measuring"]);
    assert_eq!(first.phases["quiescent"].steps, 30);
    assert!(first.phases["quiescent"].components.as_ref().unwrap().is_ok());
    assert_eq!(measure(), first);
    assert!(stop.seen().is_empty(), "it was kept");
    assert_eq!(workflow::measurements(&writer).unwrap(), Some(first.clone()));

    // Another phase belongs to what is measured.
    let network = open(&writer, &Recordings::NONE).unwrap().network;
    let rest = RestSpec { steps: 40, ..small().rest };
    let start = workflow::start_of(&network, &rest, None);
    let long =
        simulate::quiescent(&network, &start, rest.noise, rest.steps, Keep::Decoded).unwrap();
    workflow::write_phase(&writer, "long", &long, How::rest(&writer, &rest)).unwrap();
    assert_eq!(workflow::own_measurements(&writer).unwrap(), None);
    let second = measure();
    assert_eq!(stop.seen(), ["measuring"]);
    assert_eq!(second.phases["long"].steps, 40);
    assert_eq!(second.phases["quiescent"], first.phases["quiescent"]);
    assert!(second.divergence("long").is_ok());

    // A study of the same rest speaks for the run as soon as there is nothing beside its own phases.
    let protocol = Protocol { trials: 30, variant_trials: 10, ..Protocol::demo(TaskKind::Spatial) };
    let study = workflow::study_run(&writer, &protocol, &stop).unwrap();
    assert_eq!(stop.seen().len(), 7, "a phase each");
    assert_eq!(workflow::study_run(&writer, &protocol, &stop).unwrap(), study);
    assert!(stop.seen().is_empty());
    // What the run alone has stays: the phase `long`.
    let together = measure();
    assert_eq!(together.phases["quiescent"], study.found.phases["quiescent"]);
    assert_eq!(together.phases["long"], second.phases["long"]);
    assert_eq!(together.divergences["long"], second.divergences["long"]);
    assert_eq!(workflow::measurements(&writer).unwrap(), Some(together));
    let [wake, _] = workflow::measured_phases(&writer).unwrap();
    assert_eq!(wake.decoded.dim().0, 30);

    // Names of a study's phases are refused.
    let how = How::rest(&writer, &rest);
    let error = workflow::write_phase(&writer, "study_quiescent", &long, how).unwrap_err();
    assert!(error.to_string().contains("`study_quiescent` is refused"), "{error}");

    // What ends it leaves everything as it was.
    stop.cancelled.store(true, Ordering::SeqCst);
    let larger = Protocol { trials: 40, ..protocol };
    let error = workflow::study_run(&writer, &larger, &stop).unwrap_err();
    assert!(error.cancelled(), "{error}");
    assert_eq!(workflow::current_study(&writer, None).unwrap().as_ref(), Some(&study));
    // A damaged phase or record of the study is made again, a phase that is gone is simulated again.
    stop.cancelled.store(false, Ordering::SeqCst);
    for file in ["study_active.npz", "study_untrained.json", "study_quiescent.json"] {
        fs::write(writer.path().join("phases").join(file), "{").unwrap();
        assert_eq!(workflow::current_study(&writer, None).unwrap(), None, "{file}");
        assert!(workflow::measurements(&writer).is_ok());
        assert_eq!(workflow::study_run(&writer, &protocol, &()).unwrap(), study, "{file}");
    }
    stop.seen();
    fs::remove_file(writer.path().join("phases/quiescent.npz")).unwrap();
    assert!(!workflow::is_current(&writer, "quiescent").unwrap());
    measure();
    assert_eq!(stop.seen()[0], "simulating quiescent");
    assert!(workflow::is_current(&writer, "quiescent").unwrap());

    // A study, which is of first order, does not speak for rest that is adapted, whatever else is the same.
    let adaptation = Some(AdaptationSpec { strength: 1.0, tau_s: 0.1 });
    let rest = RestSpec { adaptation, ..small().rest };
    let request = workflow::Request {
        waking: workflow::Waking::None,
        quiescent: Some("quiescent".to_owned()),
        rest: rest.clone(),
        keep: Keep::Decoded,
        seed: None,
        overwrite: true,
    };
    workflow::simulate_run(&writer, &request, &Recordings::NONE, &()).unwrap();
    let adapted = measure();
    assert_eq!(adapted.phases["quiescent"].dynamics, rest.dynamics());
    assert_ne!(adapted.phases["quiescent"].step_distance, first.phases["quiescent"].step_distance);
}

/// Rest in the course of training is kept and measured, changes nothing that is trained, and is the same after an
/// interruption.
#[test]
fn rest_is_kept_while_a_network_learns() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let learning = |changes: &[&str]| {
        let all = ["training.batches=25", "training.trials=4", "rest.trials=6", "rest.steps=8"];
        let changes: Vec<&str> = all.iter().chain(changes).copied().collect();
        experiment(0).with_all(&changes).unwrap()
    };
    let train = |experiment: &Experiment, folder: &Path| {
        Session::begin(experiment, folder).unwrap().train(&()).unwrap()
    };
    let without = train(&learning(&[]), &path("without"));
    assert!(without.emergence().unwrap().is_empty());
    let resting = learning(&["training.rest_every=10"]);
    let run = train(&resting, &path("resting"));
    assert_eq!(run.record().parameters_sha256, without.record().parameters_sha256);
    let found = run.emergence().unwrap();
    let batches: Vec<u64> = found.iter().map(|at| at.batch).collect();
    assert_eq!(batches, [0, 10, 20, 25]);
    // The last one is that of the network as it is now.
    let network = open(&run, &Recordings::NONE).unwrap().network;
    let start = simulate::Start::Encoded { trials: 6 };
    let rest = simulate::quiescent(&network, &start, resting.rest.noise, 8, Keep::Decoded).unwrap();
    assert_eq!(run.emergence_phase(25).unwrap().unwrap().decoded, rest.decoded);
    let kl = &found[3].reactivation.as_ref().unwrap().kl_quiescent_from_active;
    assert!(kl.nats.is_finite() && kl.interval.low <= kl.nats, "{kl:?}");
    assert_eq!(run.emergence_phase(11).unwrap(), None);

    // Interrupted after a rest that comes later than the last checkpoint.
    let stop = Stop::after(22);
    let ended = Session::begin(&resting, &path("stopped")).unwrap().train(&stop);
    assert!(matches!(ended, Err(Error::Interrupted { batch: 22, .. })), "{ended:?}");
    let session = Session::resume(&path("stopped"), &Recordings::NONE, &()).unwrap();
    let resumed = session.train(&()).unwrap();
    assert_eq!(resumed.emergence().unwrap(), found);
    assert_eq!(resumed.emergence_phase(20).unwrap(), run.emergence_phase(20).unwrap());

    // A file that is damaged is named.
    fs::write(path("resting").join("emergence/batch-000010.json"), "{}").unwrap();
    let error = run.emergence().unwrap_err().to_string();
    assert!(error.contains("batch-000010.json"), "{error}");
}
