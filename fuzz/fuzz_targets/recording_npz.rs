//! libFuzzer's entry to the target `recording_npz`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: quiescent_fuzz::begin(), |bytes: &[u8]| {
    let _ = quiescent_fuzz::target("recording_npz")(bytes);
});
