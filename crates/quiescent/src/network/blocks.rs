//! Cuts trials and steps into pieces, always in the same way.

/// Most trials that are simulated together, independently of all others. The number is fixed, so
/// that results do not depend on the thread count, and small enough that 200 trials keep four
/// threads busy. Measured at the paper's scale: shards of 50 and 100 trials take the same time
/// per trial within the noise; the recurrent products alone are 8 % slower, and 20 % slower at 25
/// trials.
pub(crate) const SHARD_TRIALS: usize = 50;
/// Rows (trials × steps) of the large matrix products. Measured: about 1000 rows reach the full
/// rate; 500 rows are 2–5 % slower; 10 000 rows, which exceed the cache, are 7–10 % slower.
pub(crate) const BLOCK_ROWS: usize = 1000;

/// Splits `trials` into as few shards of at most [`SHARD_TRIALS`] as possible, of even sizes;
/// yields each shard's first trial and size.
pub(crate) fn shards(trials: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = trials.div_ceil(SHARD_TRIALS);
    (0..count).map(move |shard| {
        let first = shard * trials / count;
        (first, (shard + 1) * trials / count - first)
    })
}

/// Steps of one block of a shard of `trials` trials: at least one, and about [`BLOCK_ROWS`] rows.
pub(crate) fn block_steps(trials: usize) -> usize {
    (BLOCK_ROWS / trials).max(1)
}
