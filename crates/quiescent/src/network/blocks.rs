//! Cuts trials and steps into pieces, always in the same way.

/// Most trials of a shard, which is simulated independently of all others. A step's products take
/// 13 rows at once (see [`packed`](crate::numerics::packed)).
const SHARD_TRIALS: usize = 13;
/// Least trials of a shard, as far as there are that many. With fewer rows, products are slower.
const LEAST_SHARD_TRIALS: usize = 6;
/// Shards into which even a small batch is cut, so that as many threads have work. More shards are a
/// multiple of it.
const SHARDS: usize = 16;
/// Rows (trials × steps) of the large matrix products. Measured: about 1000 rows reach the full
/// rate; 500 rows are 2–5 % slower; 10 000 rows, which exceed the cache, are 7–10 % slower.
pub(crate) const BLOCK_ROWS: usize = 1000;

/// Number of shards of `trials` trials. It depends on nothing else, so results do not depend on the
/// thread count.
pub(crate) fn shard_count(trials: usize) -> usize {
    match trials.div_ceil(SHARD_TRIALS) {
        few @ 0..=SHARDS => few.max((trials / LEAST_SHARD_TRIALS).clamp(1, SHARDS)).min(trials),
        many => many.next_multiple_of(SHARDS),
    }
}

/// Number of groups of shards that share memory, and so are worked on one after the other: all
/// shards of large batches would need a gradient each.
pub(crate) fn group_count(trials: usize) -> usize {
    shard_count(trials).min(SHARDS)
}

/// Cuts `trials` into [`shard_count`] shards of even sizes; yields each shard's first trial and
/// size.
pub(crate) fn shards(trials: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = shard_count(trials);
    (0..count).map(move |shard| {
        let first = shard * trials / count;
        (first, (shard + 1) * trials / count - first)
    })
}

/// Steps of one block of a shard of `trials` trials: at least one, and about [`BLOCK_ROWS`] rows.
pub(crate) fn block_steps(trials: usize) -> usize {
    (BLOCK_ROWS / trials).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_even_and_cover_every_trial_once() {
        for trials in 0..1500 {
            let shards: Vec<(usize, usize)> = shards(trials).collect();
            let next = shards.iter().fold(0, |next, (first, count)| {
                assert_eq!(*first, next);
                assert!((1..=SHARD_TRIALS).contains(count));
                next + count
            });
            assert_eq!(next, trials);
            let sizes = || shards.iter().map(|(_, count)| count);
            assert!(sizes().max().unwrap_or(&0) - sizes().min().unwrap_or(&0) <= 1);
        }
    }

    #[test]
    fn the_paper_s_batch_keeps_sixteen_threads_busy() {
        assert_eq!([200, 100, 50, 12, 5, 1].map(shard_count), [16, 16, 8, 2, 1, 1]);
        assert_eq!([209, 400, 417, 1000].map(shard_count), [32, 32, 48, 80]);
        assert_eq!([5, 50, 200, 1000].map(group_count), [1, 8, 16, 16]);
    }
}
