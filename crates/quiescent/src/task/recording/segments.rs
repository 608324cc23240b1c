//! Which pieces of a broken path are the animal's: the tracker's errors are the short ones.

use std::ops::Range;

use super::samples::Valid;

/// Least duration of a piece at each end of which the path jumps, in s: less is an error of the
/// tracker, more is an animal that was carried or two recordings in one file.
const SHORTEST_S: f64 = 4.0;
/// Fewest samples of it.
const FEWEST_SAMPLES: f64 = 20.0;
/// Number of earlier pieces searched for one that the animal could have come from.
const LOOK_BACK: usize = 64;

/// A run of samples each of which can be reached from the one before.
struct Segment {
    samples: Range<usize>,
    /// Number of samples at which the value changes, plus 1: a long run of a frozen tracker has no weight.
    weight: f64,
}

/// The ranges of valid samples that are kept.
///
/// `reachable(i, j)` says whether the animal can have gone from sample i to sample j, and
/// `bridged(i, j)` whether they are near enough in time to be joined. The chain of segments with
/// most weight is kept. A jump that the animal cannot have made costs half the weight of the
/// shortest piece that is believed alone.
pub(crate) fn best(
    valid: &Valid,
    reachable: impl Fn(usize, usize) -> bool,
    bridged: impl Fn(usize, usize) -> bool,
    interval_s: f64,
) -> Vec<Range<usize>> {
    let n = valid.index.len();
    let mut segments: Vec<Segment> = Vec::new();
    for i in 0..n {
        match segments.last_mut() {
            Some(segment) if bridged(i - 1, i) && reachable(i - 1, i) => {
                segment.samples.end = i + 1;
                segment.weight += f64::from(u8::from(valid.value(i) != valid.value(i - 1)));
            }
            _ => segments.push(Segment { samples: i..i + 1, weight: 1.0 }),
        }
    }
    let cut = 0.5 * (SHORTEST_S / interval_s).max(FEWEST_SAMPLES);
    // For each segment: the weight of the best chain that ends with it, and the one before it.
    let mut chains: Vec<(f64, Option<usize>)> = Vec::with_capacity(segments.len());
    // The best chain so far, whose end the animal need not have come from.
    let mut leader: Option<usize> = None;
    for (i, segment) in segments.iter().enumerate() {
        let start = segment.samples.start;
        let mut best = leader.map_or((0.0, None), |j| (chains[j].0 - cut, Some(j)));
        if best.0 < 0.0 {
            best = (0.0, None);
        }
        for j in (i.saturating_sub(LOOK_BACK)..i).rev() {
            let end = segments[j].samples.end - 1;
            // Across a gap that is left open both sides are believed if they are long enough.
            let open = !bridged(end, start)
                && segments[j].weight >= FEWEST_SAMPLES
                && segment.weight >= FEWEST_SAMPLES;
            if chains[j].0 > best.0 && (open || reachable(end, start)) {
                best = (chains[j].0, Some(j));
            }
        }
        chains.push((best.0 + segment.weight, best.1));
        if leader.is_none_or(|j| chains[i].0 > chains[j].0) {
            leader = Some(i);
        }
    }
    let mut kept = Vec::new();
    let mut last = leader;
    while let Some(i) = last {
        kept.push(segments[i].samples.clone());
        last = chains[i].1;
    }
    kept.reverse();
    kept
}
