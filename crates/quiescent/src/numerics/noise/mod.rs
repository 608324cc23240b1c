//! Unit noise: long runs of normal or uniform deviates from one random stream, vectorised.
//!
//! Deviates are numbered within their stream and generated in chunks of [`CHUNK`]. Chunk c comes
//! from blocks 16c … 16c+15 of the stream, one block in each vector lane, so that ChaCha and the
//! Box–Muller transform use whole registers without shuffling.

use super::elementary::{ln, sin_cos_of_turn};
use super::{LANES, vectorized};
use crate::random::{BLOCK, Key};

/// Deviates made together: 16 lanes of 16 words.
pub const CHUNK: usize = LANES * BLOCK;

type Lanes = [u32; LANES];

/// Law of a deviate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// Standard normal, from pairs of words by Box–Muller. The radius comes from 32 bits, so
    /// deviates end at 6.8 standard deviations.
    Normal,
    /// Uniform on [0, 1) in steps of 2⁻²⁴.
    Uniform,
}

/// Fills `out` with deviates number `first`, `first + 1`, … of the stream, times `scale`.
pub fn fill(law: Law, key: &Key, first: u64, scale: f32, out: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            let mut chunk = (first / CHUNK as u64, (first % CHUNK as u64) as usize);
            let mut rest = out;
            while !rest.is_empty() {
                let take = (CHUNK - chunk.1).min(rest.len());
                let (part, after) = rest.split_at_mut(take);
                if let Ok(whole) = <&mut [f32; CHUNK]>::try_from(&mut *part) {
                    fill_chunk(law, key, chunk.0, scale, whole);
                } else {
                    let mut whole = [0.0; CHUNK];
                    fill_chunk(law, key, chunk.0, scale, &mut whole);
                    part.copy_from_slice(&whole[chunk.1..chunk.1 + take]);
                }
                rest = after;
                chunk = (chunk.0 + 1, 0);
            }
        },
    );
}

#[inline(always)]
fn fill_chunk(law: Law, key: &Key, chunk: u64, scale: f32, out: &mut [f32; CHUNK]) {
    let words = blocks(key, chunk * LANES as u64);
    // One flat loop over many lanes at once: nested loops over words and lanes tempt the compiler
    // into gathering across words (measured: twice as slow).
    let half = CHUNK / 2;
    let (first, second) = out.split_at_mut(half);
    let (radii, angles) = words.as_flattened().split_at(half);
    match law {
        Law::Normal => {
            // Words 0–7 give radii, words 8–15 angles.
            for i in 0..half {
                let (a, b) = box_muller(radii[i], angles[i]);
                first[i] = scale * a;
                second[i] = scale * b;
            }
        }
        Law::Uniform => {
            for i in 0..half {
                first[i] = scale * uniform(radii[i]);
                second[i] = scale * uniform(angles[i]);
            }
        }
    }
}

/// Two independent standard normal deviates from two words.
#[inline(always)]
fn box_muller(radius: u32, angle: u32) -> (f32, f32) {
    // In (0, 1]: the half prevents zero and vanishes in the rounding of large words.
    let u = (radius as f32 + 0.5) * (1.0 / 4_294_967_296.0);
    let r = (-2.0 * ln(u)).sqrt();
    let (sin, cos) = sin_cos_of_turn(angle);
    (r * cos, r * sin)
}

#[inline(always)]
fn uniform(word: u32) -> f32 {
    (word >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// Blocks `first` … `first + 15` of the stream, one in each lane; word w of them is `result[w]`.
#[inline(always)]
fn blocks(key: &Key, first: u64) -> [Lanes; BLOCK] {
    let k = key.words();
    let splat = |word: u32| [word; LANES];
    // `first` is a multiple of 16, so adding the lane never carries into the high word.
    let counter: Lanes = std::array::from_fn(|lane| first as u32 + lane as u32);
    let start = [
        splat(0x6170_7865),
        splat(0x3320_646e),
        splat(0x7962_2d32),
        splat(0x6b20_6574),
        splat(k[0]),
        splat(k[1]),
        splat(k[2]),
        splat(k[3]),
        splat(k[4]),
        splat(k[5]),
        splat(k[6]),
        splat(k[7]),
        counter,
        splat((first >> 32) as u32),
        splat(0),
        splat(0),
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
    for (word, start) in x.as_flattened_mut().iter_mut().zip(start.as_flattened()) {
        *word = word.wrapping_add(*start);
    }
    x
}

#[inline(always)]
fn quarter_round(x: &mut [Lanes; BLOCK], a: usize, b: usize, c: usize, d: usize) {
    x[a] = add(x[a], x[b]);
    x[d] = xor_rotate(x[d], x[a], 16);
    x[c] = add(x[c], x[d]);
    x[b] = xor_rotate(x[b], x[c], 12);
    x[a] = add(x[a], x[b]);
    x[d] = xor_rotate(x[d], x[a], 8);
    x[c] = add(x[c], x[d]);
    x[b] = xor_rotate(x[b], x[c], 7);
}

#[inline(always)]
fn add(a: Lanes, b: Lanes) -> Lanes {
    let mut sum = a;
    for lane in 0..LANES {
        sum[lane] = a[lane].wrapping_add(b[lane]);
    }
    sum
}

#[inline(always)]
fn xor_rotate(a: Lanes, b: Lanes, bits: u32) -> Lanes {
    let mut turned = a;
    for lane in 0..LANES {
        turned[lane] = (a[lane] ^ b[lane]).rotate_left(bits);
    }
    turned
}

/// A single deviate, number `index`, from the definition: the plain version of [`fill`].
pub fn deviate(law: Law, key: &Key, index: u64) -> f32 {
    let (chunk, place) = (index / CHUNK as u64, (index % CHUNK as u64) as usize);
    let (word, lane) = (place / LANES, place % LANES);
    let block = key.block(chunk * LANES as u64 + lane as u64);
    match law {
        Law::Normal => {
            let half = BLOCK / 2;
            let (first, second) = box_muller(block[word % half], block[word % half + half]);
            if word < half { first } else { second }
        }
        Law::Uniform => uniform(block[word]),
    }
}

#[cfg(test)]
mod tests;
