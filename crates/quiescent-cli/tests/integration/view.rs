//! `view`, `train --watch` and `movie`, run as a user would. (What the page shows: tests/python/test_view.py.)

use crate::common::{EXPERIMENT, SMALL, binary, quiescent, stderr, stdout, train};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A process that is ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The host and port in the first line that has an address.
fn address(lines: impl BufRead) -> String {
    let line =
        lines.lines().map(|line| line.unwrap()).find(|line| line.contains("http://")).unwrap();
    line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned()
}

fn get(host: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn view_serves_its_page_until_it_is_told_to_end() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("a");
    train(&run, &[]).success();
    let kept: Vec<_> =
        fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let mut command = Command::new(binary());
    command
        .arg("view")
        .arg(&run)
        .args(["--port", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut view = Running(command.spawn().unwrap());
    let host = address(BufReader::new(view.0.stdout.take().unwrap()));
    assert!(host.starts_with("127.0.0.1:"), "{host}");
    assert!(get(&host, "/").contains("page.js"));
    assert!(get(&host, "/viewer.js").contains("export class Viewer"));
    assert!(get(&host, "/experiment.yml").starts_with("HTTP/1.1 404"));
    // A run is only read.
    let now: Vec<_> = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(now, kept);
    #[cfg(unix)]
    {
        let id = view.0.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert_eq!(view.0.wait().unwrap().code(), Some(130));
        let mut said = String::new();
        view.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(said.contains("the page is closed"), "{said}");
    }
}

#[test]
fn view_says_what_it_cannot_show() {
    let dir = tempfile::tempdir().unwrap();
    let view = |arguments: &[&str]| {
        let assert = quiescent().arg("view").args(arguments).current_dir(&dir).assert();
        let code = assert.get_output().status.code();
        (code, stderr(&assert))
    };
    let (code, said) = view(&["nothing"]);
    assert!(code == Some(2) && said.contains("nothing"), "{code:?} {said}");
    train(&dir.path().join("a"), &[]).success();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, said) = view(&["a", "--port", &port]);
    assert!(code == Some(2) && said.contains(&port) && said.contains("--port"), "{code:?} {said}");
    let (code, said) = view(&["a", "--address", "203.0.113.1", "--port", "0"]);
    assert!(code == Some(2) && said.contains("--address"), "{code:?} {said}");
    let (code, said) = view(&["a", "--address", "everywhere"]);
    assert!(code == Some(2) && said.contains("--address"), "{code:?} {said}");
    let (code, _) = view(&["a", "a"]);
    assert_eq!(code, Some(2));
}

#[test]
fn training_can_be_watched() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(binary());
    command.args(["train", EXPERIMENT, "--out"]).arg(dir.path().join("a")).args(SMALL);
    // Long enough to be looked at; the test ends it.
    command.args(["training.batches=1000000", "training.rest_every=10", "--watch", "--port", "0"]);
    let mut training =
        Running(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    let mut said = BufReader::new(training.0.stderr.take().unwrap());
    let host = address(&mut said);
    assert!(get(&host, "/").contains("page.js"));
    let port = quiescent()
        .args(["train", EXPERIMENT, "--out", "b", "--port", "1"])
        .current_dir(&dir)
        .assert();
    assert_eq!(port.get_output().status.code(), Some(2), "--port is of --watch alone");
}

fn movie(run: &Path, out: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
    quiescent().arg("movie").arg(run).arg("--out").arg(out).args(arguments).assert()
}

#[test]
fn a_movie_is_the_same_each_time() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("a");
    train(&run, &[]).success();
    let short = ["--steps=20", "--trials=5", "--width=300"];
    for (name, begins) in [("a.gif", &b"GIF89a"[..]), ("a.apng", b"\x89PNG")] {
        let out = dir.path().join(name);
        let assert = movie(&run, &out, &short).success();
        // 20 steps of 0.02 s at 25 frames per second.
        assert!(stdout(&assert).contains("10 frames"), "{}", stdout(&assert));
        let bytes = fs::read(&out).unwrap();
        assert!(bytes.starts_with(begins) && bytes.len() < 500_000, "{}", bytes.len());
        fs::remove_file(&out).unwrap();
        movie(&run, &out, &[&short[..], &["--threads=1"]].concat()).success();
        assert_eq!(fs::read(&out).unwrap(), bytes, "{name}");
        // What is changed is seen.
        movie(&run, &out, &[&short[..], &["rest.noise=none"]].concat()).success();
        assert_ne!(fs::read(&out).unwrap(), bytes, "{name}");
    }
    for (out, arguments, word) in [
        ("a.webm", &[][..], ".gif"),
        ("a.gif", &["network.units=3"], "rest.KEY=VALUE"),
        ("a.gif", &["rest.momentum.friction=2"], "rest.momentum.friction"),
        ("a.gif", &["--speed=0"], "0.01 to 100"),
        ("a.gif", &["--fps=0"], "fps"),
    ] {
        let assert = movie(&run, &dir.path().join(out), arguments).code(2);
        assert!(stderr(&assert).contains(word), "{}", stderr(&assert));
    }
    let nowhere = dir.path().join("nowhere/a.gif");
    let assert = movie(&run, &nowhere, &short).code(3);
    assert!(stderr(&assert).contains("nowhere"), "{}", stderr(&assert));
    // Without ffmpeg there is no mp4, and it says what there is.
    let assert = quiescent()
        .arg("movie")
        .arg(&run)
        .arg("--out")
        .arg(dir.path().join("a.mp4"))
        .args(short)
        .env("PATH", dir.path())
        .assert()
        .code(3);
    assert!(stderr(&assert).contains("ffmpeg"), "{}", stderr(&assert));
    assert!(!dir.path().join("a.mp4").exists());
}

/// A stand-in for ffmpeg keeps what it is given, since few machines that run tests have the real one.
#[test]
#[cfg(unix)]
fn an_mp4_is_made_by_ffmpeg() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("a");
    train(&run, &[]).success();
    let tools = dir.path().join("tools");
    fs::create_dir(&tools).unwrap();
    let stand_in = tools.join("ffmpeg");
    let script =
        "#!/bin/sh\nfor last; do :; done\n/bin/cat > \"${last#file:}\"\necho \"$@\" > arguments\n";
    fs::write(&stand_in, script).unwrap();
    fs::set_permissions(&stand_in, fs::Permissions::from_mode(0o755)).unwrap();
    let film = |script: Option<&str>| {
        if let Some(script) = script {
            fs::write(&stand_in, script).unwrap();
        }
        // A colon is part of the name here, and not a protocol of ffmpeg's.
        let arguments = ["--out", "a:b.mp4", "--steps=20", "--trials=5", "--width=301"];
        quiescent()
            .args(["movie", "a"])
            .args(arguments)
            .env("PATH", &tools)
            .current_dir(&dir)
            .assert()
    };
    film(None).success();
    let arguments = fs::read_to_string(dir.path().join("arguments")).unwrap();
    let sides = arguments.split_once("-s ").unwrap().1.split_once(' ').unwrap().0;
    let (width, height) = sides.split_once('x').unwrap();
    let (width, height): (u64, u64) = (width.parse().unwrap(), height.parse().unwrap());
    assert!(width % 2 == 0 && height % 2 == 0, "{sides}: H.264 has even sides");
    let file = dir.path().join("a:b.mp4");
    assert_eq!(fs::metadata(&file).unwrap().len(), 10 * 4 * width * height);

    // What it says when it fails is passed on, and the film that was there stays.
    let failed = film(Some("#!/bin/sh\necho no encoder >&2\nexit 1\n")).code(3);
    assert!(stderr(&failed).contains("no encoder"), "{}", stderr(&failed));
    assert_eq!(fs::metadata(&file).unwrap().len(), 10 * 4 * width * height);
    assert!(!dir.path().join("a:b.mp4.partial").exists());
}
