//! Named counter-based random streams: ChaCha8 keyed by (seed, stream, trial).
//!
//! A draw is determined by its key and its position, so results cannot depend on thread count, on
//! logging or on whether a run was resumed. The generator is Bernstein's ChaCha with eight
//! rounds, 64-bit counter and zero nonce. The 256-bit key is four 64-bit words (seed, the
//! stream's name, its number, trial), so no two streams overlap.

mod stream;

pub use stream::{BootstrapDraw, PhaseKind, Sample, Stream, TheoryDraw, WalkSet};

/// Words of one ChaCha block.
pub const BLOCK: usize = 16;

/// The key of one stream: seed, stream and trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key([u32; 8]);

impl Key {
    /// Names a stream by what is drawn and for which trial (0 if there are no trials).
    pub fn new(seed: u64, stream: Stream, trial: u64) -> Self {
        let mut words = [0; 8];
        for (i, word) in [seed, stream.name(), stream.number(), trial].into_iter().enumerate() {
            words[2 * i] = word as u32;
            words[2 * i + 1] = (word >> 32) as u32;
        }
        Self(words)
    }

    /// The key's eight words, as ChaCha takes them.
    pub fn words(&self) -> &[u32; 8] {
        &self.0
    }

    /// The 16 words of the stream's `counter`-th block. The vectorised kernels are tested against
    /// this definition.
    pub fn block(&self, counter: u64) -> [u32; BLOCK] {
        let k = &self.0;
        // "expand 32-byte k" in ASCII.
        let start = [
            0x6170_7865,
            0x3320_646e,
            0x7962_2d32,
            0x6b20_6574,
            k[0],
            k[1],
            k[2],
            k[3],
            k[4],
            k[5],
            k[6],
            k[7],
            counter as u32,
            (counter >> 32) as u32,
            0,
            0,
        ];
        let mut x = start;
        for _ in 0..4 {
            quarter_round(&mut x, 0, 4, 8, 12);
            quarter_round(&mut x, 1, 5, 9, 13);
            quarter_round(&mut x, 2, 6, 10, 14);
            quarter_round(&mut x, 3, 7, 11, 15);
            quarter_round(&mut x, 0, 5, 10, 15);
            quarter_round(&mut x, 1, 6, 11, 12);
            quarter_round(&mut x, 2, 7, 8, 13);
            quarter_round(&mut x, 3, 4, 9, 14);
        }
        std::array::from_fn(|i| x[i].wrapping_add(start[i]))
    }
}

fn quarter_round(x: &mut [u32; BLOCK], a: usize, b: usize, c: usize, d: usize) {
    x[a] = x[a].wrapping_add(x[b]);
    x[d] = (x[d] ^ x[a]).rotate_left(16);
    x[c] = x[c].wrapping_add(x[d]);
    x[b] = (x[b] ^ x[c]).rotate_left(12);
    x[a] = x[a].wrapping_add(x[b]);
    x[d] = (x[d] ^ x[a]).rotate_left(8);
    x[c] = x[c].wrapping_add(x[d]);
    x[b] = (x[b] ^ x[c]).rotate_left(7);
}

/// Draws from one stream in order.
#[derive(Debug, Clone)]
pub struct Generator {
    key: Key,
    counter: u64,
    block: [u32; BLOCK],
    used: usize,
    spare_normal: Option<f64>,
}

impl Generator {
    /// Opens the stream named by (seed, stream, trial) at its beginning.
    pub fn new(seed: u64, stream: Stream, trial: u64) -> Self {
        Self::from_key(Key::new(seed, stream, trial))
    }

    /// Opens a stream at its beginning.
    pub fn from_key(key: Key) -> Self {
        Self { key, counter: 0, block: [0; BLOCK], used: BLOCK, spare_normal: None }
    }

    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.used == BLOCK {
            self.block = self.key.block(self.counter);
            self.counter += 1;
            self.used = 0;
        }
        let word = self.block[self.used];
        self.used += 1;
        word
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        u64::from(self.next_u32()) | u64::from(self.next_u32()) << 32
    }

    /// A uniform deviate on [0, 1), a multiple of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A standard normal deviate (Box–Muller in double precision; deviates come in pairs).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        // 1 − u lies in (0, 1], so the logarithm is finite.
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
        let (sin, cos) = libm::sincos(std::f64::consts::TAU * self.uniform());
        self.spare_normal = Some(radius * sin);
        radius * cos
    }

    /// A uniform integer in `0..bound`, unbiased (Lemire's multiplication with rejection).
    ///
    /// # Panics
    /// If `bound` is zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "an integer below zero was asked for");
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests;
