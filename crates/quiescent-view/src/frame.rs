//! One frame: what has moved, as a message of at most 30 kB.

/// Whether it is awake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Following the task's motion.
    Wake,
    /// Without input.
    Rest,
}

/// First word of a frame: its kind and the version of its layout.
pub const MAGIC: u32 = u32::from_le_bytes(*b"QUV2");
/// Words before the arrays.
pub const HEADER: usize = 20;

/// What has moved since the frame before, and what has gathered since the stage began.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Whether it is awake.
    pub stage: Stage,
    /// Number of the beginning that it belongs to, of which replies tell.
    pub epoch: u32,
    /// Steps since the stage began.
    pub step: u32,
    /// Steps of the stage after which everything that gathers was begun anew, since other settings hold from there on.
    pub since: u32,
    /// Dimensions of a decoded value.
    pub dim: usize,
    /// Decoded values and two principal components of the first trial after each step, `[step, dim + 2]`.
    pub path: Vec<f32>,
    /// The same of every trial after the last step, `[trial, dim + 2]`.
    pub trials: Vec<f32>,
    /// The first trial's true stimulus after the last step, `[dim]`, while awake.
    pub truth: Option<Vec<f32>>,
    /// Fraction of decoded values in each bin.
    pub occupancy: Vec<f32>,
    /// Fraction of steps in each bin of lengths.
    pub step_shares: Vec<f32>,
    /// Mean length of a step, in m or rad.
    pub mean_step: Option<f64>,
    /// Mean over trials of the total variance of decoded values over the last `window_steps` of the scene, in m² or
    /// rad²; none before there were as many.
    pub variance: Option<f64>,
    /// Mean distance between decoded and true values after the last step, in m or rad, while awake.
    pub error: Option<f64>,
    /// KL(quiescent‖active) in nats, with the ends of its interval.
    pub divergence: Option<[f64; 3]>,
    /// Upper end of the same between halves of the active phase.
    pub floor: Option<f64>,
}

impl Frame {
    /// The frame as little-endian words of 4 bytes: integers in `HEADER`, then numbers in single precision, NaN for
    /// none.
    ///
    /// | words | what |
    /// |---|---|
    /// | 0 | [`MAGIC`] |
    /// | 1 | 0 awake, 1 at rest |
    /// | 2 | step |
    /// | 3 | dimensions of a decoded value, d |
    /// | 4, 5, 6, 7 | steps of the path, trials, bins of occupancy, bins of step lengths |
    /// | 8, 9, 10, 11 | KL, ends of its interval, floor, in nats |
    /// | 12, 13, 14 | mean step, variance, error |
    /// | 15, 16, 17 | true stimulus of the first trial, three coordinates |
    /// | 18, 19 | epoch, `since` |
    /// | then | path, trials, occupancy, step lengths |
    pub fn bytes(&self) -> Vec<u8> {
        let columns = self.dim + 2;
        let stage = u32::from(self.stage == Stage::Rest);
        let counts = [
            MAGIC,
            stage,
            self.step,
            self.dim as u32,
            (self.path.len() / columns) as u32,
            (self.trials.len() / columns) as u32,
            self.occupancy.len() as u32,
            self.step_shares.len() as u32,
        ];
        let number = |value: Option<f64>| value.map_or(f32::NAN, |value| value as f32);
        let [kl, low, high] = match self.divergence {
            Some(all) => all.map(Some),
            None => [None; 3],
        };
        let numbers = [kl, low, high, self.floor, self.mean_step, self.variance, self.error];
        let truth = (0..3).map(|axis| {
            self.truth.as_ref().and_then(|truth| truth.get(axis)).copied().unwrap_or(f32::NAN)
        });
        let arrays = [&self.path, &self.trials, &self.occupancy, &self.step_shares];
        let head = numbers.into_iter().map(number).chain(truth);
        let counts = counts.into_iter().flat_map(u32::to_le_bytes);
        counts
            .chain(head.flat_map(f32::to_le_bytes))
            .chain([self.epoch, self.since].into_iter().flat_map(u32::to_le_bytes))
            .chain(arrays.into_iter().flatten().flat_map(|value| value.to_le_bytes()))
            .collect()
    }
}
