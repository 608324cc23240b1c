//! The fuzz targets on stable Rust: every file of the committed corpora, and a few thousand
//! mutations, the same ones each time. The long, coverage-guided run is `fuzz/run.sh`.
#![allow(clippy::unwrap_used, reason = "tests")]

mod mutate;

use mutate::Mutator;
use quiescent_fuzz::{TARGETS, target};
use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Mutated inputs of a target.
const MUTATIONS: usize = 2000;
/// Longest mutated input, in bytes.
const LONGEST: usize = 4096;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The files of a target's corpus in the order of their names.
fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder("corpus").join(name)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// The words of a target's dictionary, in libFuzzer's notation: `"a\x0ab"`, one a line.
fn dictionary(name: &str) -> Vec<Vec<u8>> {
    let path = folder("dictionaries").join(format!("{name}.dict"));
    let text = fs::read_to_string(path).unwrap_or_default();
    let words = text.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    words.map(unescape).collect()
}

fn unescape(word: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), word);
    while let Some(character) = rest.chars().next() {
        let (byte, length) = match (character, rest.get(1..2)) {
            ('\\', Some("x")) => (u8::from_str_radix(&rest[2..4], 16).unwrap(), 4),
            ('\\', Some(_)) => (rest.as_bytes()[1], 2),
            _ => (rest.as_bytes()[0], 1),
        };
        bytes.push(byte);
        rest = &rest[length..];
    }
    bytes
}

fn run(name: &str) {
    let (run, corpus, words) = (target(name), corpus(name), dictionary(name));
    assert!(!corpus.is_empty(), "{name}: no corpus");
    let mut accepted = 0;
    for (path, bytes) in &corpus {
        match catch_unwind(AssertUnwindSafe(|| run(bytes))) {
            Ok(whether) => accepted += usize::from(whether),
            Err(_) => panic!("{} fails; see the message above", path.display()),
        }
    }
    assert!(accepted > 0, "{name}: nothing of the corpus is accepted, so nothing is tested");
    let mut mutator = Mutator::new(1);
    for round in 0..MUTATIONS {
        let pick = |mutator: &mut Mutator| &corpus[mutator.below(corpus.len())].1;
        let (one, other) = (pick(&mut mutator), pick(&mut mutator));
        let bytes = mutator.mutate(one, other, &words, LONGEST);
        if catch_unwind(AssertUnwindSafe(|| run(&bytes))).is_err() {
            panic!("{name}: mutation {round} fails: \"{}\"", bytes.escape_ascii());
        }
    }
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test] fn $name() { run(stringify!($name)); })*

        /// A target without a test, a program, or a corpus would never be run.
        #[test]
        fn every_target_is_run() {
            let here: BTreeSet<String> = [$(stringify!($name).to_owned()),*].into();
            let known: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
            let names = |folder_name: &str| -> BTreeSet<String> {
                let entries = fs::read_dir(folder(folder_name)).unwrap();
                let paths = entries.map(|entry| entry.unwrap().path());
                paths.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
            };
            assert_eq!(here, known);
            assert_eq!(names("corpus"), known);
            assert_eq!(names("fuzz_targets"), known);
            assert!(names("dictionaries").is_subset(&known));
        }
    };
}

targets! {
    cells checkpoint experiment manifest metrics overrides phase record recording_csv recording_npz sweep
    view weights_npz weights_safetensors
}

#[test]
fn words_are_read_as_libfuzzer_reads_them() {
    assert_eq!(unescape(r#"a\x0a\"\\b"#), b"a\n\"\\b");
}
