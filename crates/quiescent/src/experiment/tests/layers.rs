//! Layers over one another: files over their bases, and what follows a change of kind.

use std::fs;
use std::path::PathBuf;

use super::super::sweep::Sweep;
use super::super::*;

const RNN: &str = "demo/spatial/noisy_unbiased";
const GRU: &str = "demo/spatial/noisy_unbiased_gru";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            let path = folder.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> Experiment {
        Experiment::from_file(self.path(name)).unwrap()
    }

    /// The message for a file, without the folder it is in.
    fn refused(&self, name: &str) -> String {
        let said = Experiment::from_file(self.path(name)).unwrap_err().to_string();
        said.replace(&format!("{}/", self.0.path().display()), "")
    }
}

fn changed(name: &str, overrides: &[&str]) -> Vec<String> {
    Resolved::of(name, overrides).unwrap().changed.iter().map(ToString::to_string).collect()
}

#[test]
fn a_file_changes_some_keys_of_its_base() {
    let folder = Folder::new(&[
        ("mine.yml", "base: demo/spatial/noisy_biased\nnetwork:\n  units: 32\n"),
        ("deep/more.yml", "base: ../mine.yml\nabout: more\nnetwork: {noise: {sigma: 0.2}}\n"),
        ("same.yml", "base: deep/more.yml\n"),
    ]);
    let expected = Experiment::resolve(
        "demo/spatial/noisy_biased",
        &["about=more", "network.units=32", "network.noise.sigma=0.2"],
    )
    .unwrap();
    let found = folder.read("deep/more.yml");
    assert_eq!(found, expected);
    assert_eq!(folder.read("same.yml"), expected);
    // What is kept of it stands alone.
    let text = found.to_annotated_yaml().unwrap();
    assert!(!text.contains("base:"), "{text}");
    assert_eq!(Experiment::parse(&text, "copy.yml").unwrap(), expected);
    // A text that is no file can have a base too, and a sweep one that has a base itself.
    assert_eq!(
        Experiment::parse(&format!("base: {RNN}"), "x.yml").unwrap(),
        Experiment::named(RNN).unwrap()
    );
    let sweep = folder.path("sweep.yml");
    fs::write(&sweep, "base: deep/more.yml\nseeds: 1..2\n").unwrap();
    for (name, assignments) in [("sweep.yml", &[][..]), ("deep/more.yml", &["seed=1..2"])] {
        let path = folder.path(name);
        let runs = Sweep::resolve(path.to_str().unwrap(), assignments).unwrap().runs().unwrap();
        assert_eq!(runs.len(), 2);
        assert_eq!(runs[1].experiment, expected.with("seed=2").unwrap());
    }
}

#[test]
fn paths_and_places_are_those_of_the_file_that_gives_them() {
    let folder = Folder::new(&[
        (
            "rats/room.yml",
            "task:\n  kind: spatial\n  recording: {file: rat.csv, position_unit: cm}\n",
        ),
        (
            "rats/walls.yml",
            "base: room.yml\ntask: {recording: {arena: {x_min_m: 0, x_max_m: 1, y_min_m: 0, y_max_m: 1}}}\n",
        ),
        (
            "mine.yml",
            "base: rats/walls.yml\nseed: 4\ntask: {recording: {arena: {width_m: 2, height_m: 1, centre_m: [1, 0.5]}}}\n",
        ),
        ("recorded.yml", "base: demo/spatial/noisy_unbiased\ntask: {recording: rat.csv}\n"),
        ("idle.yml", "base: rats/room.yml\n\ntask: {box: {width_m: 1}}\n"),
        ("bad.yml", "task: {kind: spatial}\n\nnetwork:\n  unit: 3\n"),
        ("on_bad.yml", "base: bad.yml\nseed: 3\n"),
        ("on_good.yml", "base: mine.yml\nnetwork: {units: 0}\n"),
    ]);
    let recording = |name: &str| folder.read(name).task.recording().unwrap().clone();
    let mine = recording("mine.yml");
    assert_eq!(mine.file, std::path::absolute(folder.path("rats/rat.csv")).unwrap());
    assert_eq!(mine.position_unit, Some(PositionUnit::Cm));
    let Some(ArenaSpec::Walls(walls)) = mine.arena else { panic!("{mine:?}") };
    assert_eq!((walls.x_min_m, walls.x_max_m), (0.0, 2.0));
    // A recording takes the place of the base's box and motion; a box over a recording has no effect.
    assert!(recording("recorded.yml").file.ends_with("rat.csv"));
    assert!(
        folder.refused("idle.yml").starts_with("idle.yml:3: task.box.width_m: it has no effect")
    );
    assert!(folder.refused("on_bad.yml").starts_with("bad.yml:4: network.unit: unknown key"));
    assert!(folder.refused("on_good.yml").starts_with("on_good.yml:2: network.units: 0 is out of"));
}

#[test]
fn bases_that_cannot_be_used_are_named() {
    let folder = Folder::new(&[
        ("a.yml", "seed: 1\nbase: sub/b.yml\n"),
        ("sub/b.yml", "base: ../c.yml\n"),
        ("c.yml", "about: c\nbase: ./a.yml\n"),
        ("self.yml", "base: self.yml\n"),
        ("none.yml", "base: nowhere.yml\n"),
        ("near.yml", "\nbase: demo/spatial/nosy_unbiased\n"),
        ("short.yml", "base: spatial/noisy_biased\n"),
        ("list.yml", "base: [a.yml]\n"),
        ("null.yml", "base: null\n"),
        ("folder.yml", "base: sub\n"),
        ("words.yml", "just words\n"),
        ("on_words.yml", "base: words.yml\n"),
        ("task.yml", "base: demo/spatial/noisy_unbiased\ntask: {kind: head_direction}\n"),
        ("bse.yml", "bse: demo/spatial/noisy_unbiased\n"),
        ("bse_too.yml", "task: {kind: spatial}\nbse: demo/spatial/noisy_unbiased\n"),
    ]);
    let names = [
        "a.yml",
        "self.yml",
        "none.yml",
        "near.yml",
        "short.yml",
        "list.yml",
        "null.yml",
        "folder.yml",
        "on_words.yml",
        "task.yml",
        "bse.yml",
        "bse_too.yml",
    ];
    let said: Vec<String> =
        names.iter().map(|name| format!("{name}\n    {}\n", folder.refused(name))).collect();
    let root = folder.0.path().display().to_string();
    insta::assert_snapshot!(said.concat().replace(&root, "FOLDER"));
    let base = Experiment::resolve(RNN, &["base=x"]).unwrap_err().to_string();
    assert!(base.contains("named in a file"), "{base}");
    // A run folder's copy is whole.
    let copy = Experiment::parse_resolved(&format!("base: {RNN}"), "x.yml");
    assert!(copy.unwrap_err().to_string().contains("base"));
    // A long chain ends.
    let folder = Folder::new(&[]);
    for link in 0..100 {
        let text = format!("base: {}.yml\n", link + 1);
        fs::write(folder.path(&format!("{link}.yml")), text).unwrap();
    }
    assert!(folder.refused("0.yml").contains("more than 32 files"));
}

#[test]
fn a_network_of_another_kind_takes_the_defaults_of_its_kind() {
    let gru = Experiment::resolve(RNN, &["network.kind=gru"]).unwrap();
    let shipped = Experiment::named(GRU).unwrap();
    assert_eq!(gru.identity().unwrap(), shipped.identity().unwrap());
    let back = Experiment::resolve(GRU, &["network.kind=rnn"]).unwrap();
    assert_eq!(back.identity().unwrap(), Experiment::named(RNN).unwrap().identity().unwrap());
    assert_eq!(
        changed(RNN, &["network.kind=gru"]),
        [
            "network.activation relu → tanh",
            "network.reset null → before",
            "rest.noise doubled_variance → same",
        ]
    );
    // What the same overrides give is kept, in any order; nothing follows where no kind changes.
    let own = ["network.activation=relu", "network.kind=gru", "rest.noise.sigma=0.3"];
    assert_eq!(changed(RNN, &own), ["network.reset null → before"]);
    let kept = Experiment::resolve(RNN, &own).unwrap();
    assert_eq!(kept.network.activation, Activation::Relu);
    assert_eq!(kept.rest.noise, QuiescentNoise::Sigma(0.3));
    assert!(changed(GRU, &["network.kind=gru", "seed=3"]).is_empty());
    assert!(changed(RNN, &["network.kind=gru", "network.kind=rnn"]).is_empty());
    let custom = Experiment::resolve(RNN, &["network.activation=sigmoid"]).unwrap();
    assert_eq!(custom.with("network.kind=rnn").unwrap(), custom);
    // A whole section is another way to write its keys.
    let whole = "network={kind: gru, units: 256}";
    assert_eq!(Experiment::resolve(RNN, &[whole]).unwrap(), gru);

    let folder = Folder::new(&[
        ("mine.yml", "base: demo/spatial/noisy_unbiased\nnetwork: {kind: gru, activation: relu}\n"),
        ("sweep.yml", "base: demo/spatial/noisy_unbiased\ngrid: {network.kind: [rnn, gru]}\n"),
    ]);
    let mine = folder.path("mine.yml");
    let mine = Resolved::of(mine.to_str().unwrap(), &[] as &[&str]).unwrap();
    assert_eq!(mine.experiment.network.activation, Activation::Relu);
    assert_eq!(mine.experiment.rest.noise, QuiescentNoise::Same);
    assert_eq!(mine.changed.len(), 2);
    let sweep = folder.path("sweep.yml");
    let runs = Sweep::resolve(sweep.to_str().unwrap(), &[] as &[&str]).unwrap().runs().unwrap();
    assert!(runs[0].changed.is_empty());
    assert_eq!((runs[1].identity.clone(), runs[1].changed.len()), (gru.identity().unwrap(), 3));
}

#[test]
fn an_experiment_of_one_task_does_not_become_one_of_the_other() {
    let said = |name: &str, overrides: &[&str]| {
        Experiment::resolve(name, overrides).unwrap_err().to_string()
    };
    for change in ["task.kind=head_direction", "task={kind: head_direction}"] {
        let said = said(RNN, &[change]);
        for part in [change, "network.tau_s", "training.batches", "demo/head_direction/"] {
            assert!(said.contains(part), "{said}");
        }
    }
    assert!(said(RNN, &["task.kind=spatal"]).contains("did you mean `spatial`"));
    assert!(Experiment::resolve(RNN, &["task.kind=spatial"]).is_ok());
    // All of it given, or nothing there that was made for the other.
    let given = [
        "task={kind: head_direction}",
        "network.units=9",
        "network.tau_s=0.05",
        "network.noise.sigma=0.5",
        "training.batches=3",
    ];
    assert_eq!(Experiment::resolve(RNN, &given).unwrap().network.units, 9);
    let folder = Folder::new(&[
        ("plain.yml", "task: {kind: spatial}\nseed: 3\n"),
        ("other.yml", "base: plain.yml\ntask: {kind: head_direction}\n"),
    ]);
    let standard = Experiment::standard(TaskKind::HeadDirection, NetworkKind::Rnn);
    assert_eq!(folder.read("other.yml"), Experiment { seed: 3, ..standard });
}
