//! One who looks: what is asked for, what is answered, and the frames in between.
//!
//! Requests are JSON texts, such as `{"type": "set", "settings": {…}}`, replies JSON texts with a `type` of their
//! own, and frames bytes ([`Frame::bytes`](crate::Frame::bytes)). Nothing here knows how they travel.

use std::sync::Arc;
use std::time::{Duration, Instant};

use quiescent::analysis::Error;
use quiescent::printable;
use quiescent::simulate::own_or_paper_sigma;
use serde::{Deserialize, Serialize};

use crate::frame::Frame;
use crate::gallery::{Gallery, Hung};
use crate::live::{FEWEST_TRIALS, Live, MOST_STEPS_OF_FRAME};
use crate::scene::Scene;
use crate::settings::{MOST_TRIALS, Settings, largest_noise_ratio};
use crate::stored::StoredPhase;

/// Longest request, in bytes.
pub const LONGEST_REQUEST: usize = 4096;
/// Longest reason for which a request is malformed, in characters.
const LONGEST_REASON: usize = 200;
/// Longest time that the steps of a frame may take, unless a single one does.
const FRAME_S: f64 = 0.03;
/// Fastest simulation, in steps per second.
const FASTEST: f64 = 2000.0;
/// Version of requests and replies.
const PROTOCOL: u32 = 2;

/// What can be asked for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Request {
    /// Another network, by its place, with settings of its own unless some are given.
    Choose {
        run: usize,
        #[serde(default)]
        settings: Option<Settings>,
    },
    /// Other settings.
    Set { settings: Settings },
    /// To go on.
    Play {},
    /// To wait.
    Pause {},
    /// One frame of so many steps, at once.
    Step { steps: usize },
    /// To begin anew.
    Reset {},
    /// The quiescent phase that was kept after so many batches of training.
    Emerged { batch: u64 },
    /// A speed.
    Speed { steps_per_s: f64 },
}

/// What is answered.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Reply<'a> {
    /// Which networks there are, and what can be set. Sent first.
    Hello {
        protocol: u32,
        runs: Vec<&'a str>,
        most_trials: usize,
        /// Fewest trials of which divergences are estimated.
        fewest_trials: usize,
        fastest_steps_per_s: f64,
    },
    /// A network, and what is shown behind it. Sent after `choose`, and when the network has learned more.
    Scene {
        run: usize,
        name: &'a str,
        about: &'a str,
        unit: &'static str,
        dt_s: f64,
        units: usize,
        /// Steps of active trials that are shown, and all of them.
        trial_steps: usize,
        all_trial_steps: usize,
        /// The noise σ of κ = 1 per √s, and whether it is the paper's, since the network has none.
        sigma: f64,
        papers_sigma: bool,
        largest_noise_ratio: f64,
        epoch: u32,
        settings: &'a Settings,
        #[serde(flatten)]
        scene: &'a Scene,
    },
    /// What is set now. Sent after `set` and `reset`. Frames of another epoch were made before.
    Set { settings: &'a Settings, epoch: u32, trial_steps: usize },
    /// A quiescent phase that was kept in the course of training.
    Emerged { batch: u64, phase: StoredPhase },
    /// Why a request changed nothing, and what is set.
    Refused { message: String, settings: Option<&'a Settings> },
    /// Why it does not go on until something is changed.
    Stopped { message: String },
}

impl Reply<'_> {
    fn text(&self) -> String {
        serde_json::to_string(self).expect("replies are made of texts and numbers")
    }
}

/// A request that no page of this version sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed(pub String);

/// What goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// A reply.
    Text(String),
    /// A frame. Only the latest one matters.
    Frame(Vec<u8>),
}

/// One who looks at one network at a time.
#[derive(Debug)]
pub struct Session {
    gallery: Arc<Gallery>,
    run: usize,
    hung: Option<Hung>,
    live: Option<Live>,
    /// How often something has begun.
    epoch: u32,
    playing: bool,
    steps_per_s: f64,
    /// Steps, and parts of one, that the speed has asked for and that were not made.
    owed: f64,
    /// How long a step takes, in s.
    step_s: f64,
    training: Option<Arc<str>>,
}

impl Session {
    /// Begins, with the first reply. Nothing is shown before a network is chosen.
    pub fn new(gallery: Arc<Gallery>) -> (Self, Outgoing) {
        let hello = Reply::Hello {
            protocol: PROTOCOL,
            runs: gallery.names().collect(),
            most_trials: MOST_TRIALS,
            fewest_trials: FEWEST_TRIALS,
            fastest_steps_per_s: FASTEST,
        };
        let hello = Outgoing::Text(hello.text());
        let session = Self {
            gallery,
            run: 0,
            hung: None,
            live: None,
            epoch: 0,
            playing: false,
            steps_per_s: 50.0,
            owed: 0.0,
            step_s: 0.0,
            training: None,
        };
        (session, hello)
    }

    /// Whether time changes what is shown.
    pub fn is_playing(&self) -> bool {
        self.playing && self.live.is_some()
    }

    /// Answers a request.
    ///
    /// # Errors
    /// If it is none. Whoever sends it should not be listened to any longer.
    pub fn receive(&mut self, request: &str) -> Result<Vec<Outgoing>, Malformed> {
        if request.len() > LONGEST_REQUEST {
            return Err(Malformed(format!("a request of more than {LONGEST_REQUEST} bytes")));
        }
        let request = serde_json::from_str(request).map_err(|error| {
            // It quotes what was sent.
            Malformed(printable(&error.to_string(), LONGEST_REASON))
        })?;
        Ok(match request {
            Request::Choose { run, settings } => self.choose(run, settings),
            Request::Set { settings } => self.changed(|live| live.set(settings)),
            Request::Reset {} => self.changed(|live| live.reset().map(|()| true)),
            Request::Play {} => {
                // Whoever plays already goes on with what is owed.
                if !self.playing {
                    self.owed = 0.0;
                }
                self.playing = true;
                vec![]
            }
            Request::Pause {} => {
                self.playing = false;
                vec![]
            }
            Request::Step { steps } => self.advance(steps).into_iter().collect(),
            Request::Emerged { batch } => vec![self.emerged(batch)],
            Request::Speed { steps_per_s } => {
                if (0.0..=FASTEST).contains(&steps_per_s) {
                    self.steps_per_s = steps_per_s;
                    vec![]
                } else {
                    let why = format!("the speed is 0 to {FASTEST} steps/s, not {steps_per_s}");
                    vec![self.refused(why)]
                }
            }
        })
    }

    /// Lets time pass. Steps that are not made in time are not made later.
    pub fn pass(&mut self, elapsed: Duration) -> Vec<Outgoing> {
        let mut out = self.news();
        if !self.is_playing() {
            return out;
        }
        self.owed += elapsed.as_secs_f64() * self.steps_per_s;
        let steps = self.owed.floor();
        self.owed = (self.owed - steps).clamp(0.0, 1.0);
        if steps >= 1.0 {
            // As many as keep frames coming, however slow a step is.
            let affordable = (FRAME_S / self.step_s.max(1e-9)).max(1.0);
            out.extend(self.advance(steps.min(affordable) as usize));
        }
        out
    }

    /// What training has brought since the last look.
    pub fn news(&mut self) -> Vec<Outgoing> {
        let mut out = Vec::new();
        let Some(hung) = &self.hung else { return out };
        let training = self.gallery.training(self.run);
        if training != self.training {
            out.extend(training.as_ref().map(|text| Outgoing::Text((**text).to_owned())));
            self.training = training;
        }
        if let Some(later) = self.gallery.network(self.run)
            && !later.is(hung)
        {
            let settings = self.live.as_ref().map(|live| live.settings().clone());
            out.extend(self.choose(self.run, settings));
            // One that cannot be shown is not tried again.
            self.hung = Some(later);
        }
        out
    }

    fn choose(&mut self, run: usize, settings: Option<Settings>) -> Vec<Outgoing> {
        let Some(hung) = self.gallery.network(run) else {
            return vec![self.refused(format!("there is no run {run}"))];
        };
        let network = &hung.network;
        let (experiment, space) = (network.experiment(), network.task().space());
        let settings = settings.unwrap_or_else(|| Settings::of(experiment, space));
        let begun = hung.scene().and_then(|scene| Live::new(network.clone(), scene, settings));
        let live = match begun {
            Ok(live) => live,
            Err(error) => return vec![self.refused(in_words(error))],
        };
        self.epoch += 1;
        let scene = Reply::Scene {
            run,
            name: self.gallery.names().nth(run).unwrap_or_default(),
            about: &experiment.about,
            unit: space.unit(),
            dt_s: experiment.time.dt_s,
            units: experiment.network.units,
            trial_steps: live.trial_steps(),
            all_trial_steps: experiment.time.steps,
            sigma: own_or_paper_sigma(experiment, space),
            papers_sigma: experiment.network.noise.sigma == 0.0,
            largest_noise_ratio: largest_noise_ratio(experiment, space),
            epoch: self.epoch,
            settings: live.settings(),
            scene: live.scene(),
        };
        let scene = Outgoing::Text(scene.text());
        if run != self.run {
            self.training = None;
        }
        (self.run, self.hung, self.live) = (run, Some(hung), Some(live));
        vec![scene]
    }

    fn emerged(&self, batch: u64) -> Outgoing {
        let space = self.live.as_ref().map(|live| &live.scene().space);
        let (Some(space), Some(decoded)) = (space, self.gallery.emerged(self.run, batch)) else {
            return self.refused(format!("no quiescent phase was kept after batch {batch}"));
        };
        let most = [MOST_TRIALS, usize::MAX];
        let phase = StoredPhase::new("", true, decoded.view(), space, most);
        Outgoing::Text(Reply::Emerged { batch, phase }.text())
    }

    /// Changes what is shown.
    fn changed(&mut self, change: impl FnOnce(&mut Live) -> Result<bool, Error>) -> Vec<Outgoing> {
        let Some(live) = &mut self.live else { return vec![self.refused(NOTHING.to_owned())] };
        vec![match change(live) {
            Ok(anew) => {
                self.epoch += u32::from(anew);
                let (settings, trial_steps) = (live.settings(), live.trial_steps());
                let set = Reply::Set { settings, epoch: self.epoch, trial_steps };
                Outgoing::Text(set.text())
            }
            Err(error) => self.refused(in_words(error)),
        }]
    }

    fn refused(&self, message: String) -> Outgoing {
        let settings = self.live.as_ref().map(Live::settings);
        Outgoing::Text(Reply::Refused { message, settings }.text())
    }

    fn advance(&mut self, steps: usize) -> Option<Outgoing> {
        let Some(live) = &mut self.live else { return Some(self.refused(NOTHING.to_owned())) };
        let (began, steps) = (Instant::now(), steps.clamp(1, MOST_STEPS_OF_FRAME));
        let frame = live.advance(steps);
        self.step_s = began.elapsed().as_secs_f64() / steps as f64;
        Some(match frame {
            Ok(frame) => Outgoing::Frame(Frame { epoch: self.epoch, ..frame }.bytes()),
            Err(error) => {
                self.playing = false;
                Outgoing::Text(Reply::Stopped { message: in_words(error) }.text())
            }
        })
    }
}

/// Why nothing happens before a network is chosen.
const NOTHING: &str = "choose a run first";

/// An error in the words of one who looks, who cannot change keys of an experiment.
fn in_words(error: Error) -> String {
    match error {
        Error::RanAway { trial, step, rate, .. } => format!(
            "the rates run away: in trial {trial} one is {rate:.3e} after step {step}; try less noise, a higher \
             friction λ, or other adaptation"
        ),
        error => error.to_string(),
    }
}
