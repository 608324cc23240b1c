//! Small changes to an input, determined by a seed.

/// A source of changes.
pub struct Mutator(u64);

impl Mutator {
    /// A source determined by `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `limit`, which is not zero.
    pub fn below(&mut self, limit: usize) -> usize {
        // SplitMix64. Any generator will do if it never changes.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % limit as u64) as usize
    }

    /// A part of `0..length`, which is not empty unless `length` is zero.
    fn part(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length.max(1)).min(length);
        let longest = (length - start).min(64);
        start..start + 1.min(longest) + self.below(longest.max(1)).min(longest.saturating_sub(1))
    }

    /// `one` with a few changes, some of them from `other` or `words`.
    pub fn mutate(
        &mut self,
        one: &[u8],
        other: &[u8],
        words: &[Vec<u8>],
        longest: usize,
    ) -> Vec<u8> {
        const STRANGE: [u8; 10] = [0, 1, 0x1b, 0x7f, 0x80, 0xff, b'\n', b'"', b'-', b'9'];
        let mut bytes = one.to_vec();
        for _ in 0..=self.below(4) {
            let part = self.part(bytes.len());
            let at = part.start;
            match self.below(7) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                1 if !bytes.is_empty() => bytes[at] = STRANGE[self.below(STRANGE.len())],
                2 => drop(bytes.drain(part)),
                3 => {
                    let copy = bytes[part].to_vec();
                    bytes.splice(at..at, copy);
                }
                4 => {
                    let piece = other[self.part(other.len())].to_vec();
                    bytes.splice(part, piece);
                }
                5 if !words.is_empty() => {
                    let word = words[self.below(words.len())].clone();
                    bytes.splice(at..at, word);
                }
                _ => {
                    let word = words.get(self.below(words.len().max(1))).cloned();
                    bytes.splice(part, word.unwrap_or_else(|| vec![STRANGE[at % 10]]));
                }
            }
        }
        bytes.truncate(longest);
        bytes
    }
}
