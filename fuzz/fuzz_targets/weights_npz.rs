//! libFuzzer's entry to the target `weights_npz`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: quiescent_fuzz::begin(), |bytes: &[u8]| {
    let _ = quiescent_fuzz::target("weights_npz")(bytes);
});
