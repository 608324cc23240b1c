//! Long phases stream: memory does not grow with hidden states that are not kept.
//!
//! This is the only test of this binary, because it counts all allocations of the process. The
//! engine's threads hold the states, and other tests would be counted too.
#![allow(clippy::unwrap_used, reason = "tests")]

use quiescent::experiment::{Experiment, QuiescentNoise};
use quiescent::network::Network;
use quiescent::simulate::{self, Keep, Start};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the memory that the process holds, and its maximum.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(held, Ordering::Relaxed);
        // SAFETY: the caller keeps to the contract of this function, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn long_phases_stream_and_arrays_are_held_once() {
    const TRIALS: usize = 400;
    const STEPS: usize = 5000;
    let small = ["network.units=24", "task.cells.count=20"];
    let experiment = Experiment::resolve("demo/spatial/noisy_unbiased", &small).unwrap();
    let network = Network::untrained(&experiment).unwrap();
    // Threads and buffers allocate their memory before anything is counted.
    let simulate = |steps, keep| {
        let (start, noise) = (Start::Encoded { trials: TRIALS }, QuiescentNoise::DoubledVariance);
        simulate::quiescent(&network, &start, noise, steps, keep).unwrap()
    };
    drop(simulate(50, Keep::Decoded));

    let before = HELD.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let phase = simulate(STEPS, Keep::Decoded);
    let peak = PEAK.load(Ordering::Relaxed) - before;
    assert_eq!(phase.decoded.dim(), (TRIALS, STEPS, 2));
    assert!(phase.decoded.iter().all(|x| x.is_finite()));
    // 16 MB of decoded values; hidden states would be 192 MB.
    let decoded = TRIALS * STEPS * 2 * size_of::<f32>();
    assert!(peak >= decoded, "{peak} bytes: not everything is counted");
    assert!(peak < decoded + decoded / 5, "{peak} bytes at once, for {decoded} bytes decoded");
    drop(phase);

    // If they are kept, they are held once.
    let before = HELD.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let phase = simulate(STEPS, Keep::States { stride: 1 });
    let peak = PEAK.load(Ordering::Relaxed) - before;
    let arrays = phase.states.unwrap().len() * size_of::<f32>() + decoded;
    assert!((arrays..arrays + arrays / 10).contains(&peak), "{peak} bytes at once, of {arrays}");
}
