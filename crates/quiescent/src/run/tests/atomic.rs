//! Atomic writes: all or nothing.

use std::fs;
use std::io::{self, Write};

use super::{message, names};
use crate::run::{FileSet, RunError, write_atomically};

#[test]
fn replaces_the_old_file_and_leaves_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.txt");
    for text in ["first", "second, longer", "3"] {
        write_atomically(&path, |writer| writer.write_all(text.as_bytes())).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert_eq!(names(folder.path()), ["file.txt"]);
    }
}

#[test]
fn a_writer_that_fails_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.txt");
    fs::write(&path, "old").unwrap();
    let error = write_atomically(&path, |writer| {
        // More than the buffer holds, so that some of it is on the disk.
        writer.write_all(&[b'x'; 100_000])?;
        Err(io::ErrorKind::StorageFull.into())
    })
    .unwrap_err();
    assert!(matches!(error, RunError::Unwritable { .. }));
    assert!(message(&error, &path).contains("free some space"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(names(folder.path()), ["file.txt"]);
}

#[test]
fn a_set_is_new_as_a_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    for path in [&one, &two] {
        fs::write(path, "old").unwrap();
    }
    let mut set = FileSet::default();
    set.write(&one, |writer| writer.write_all(b"new")).unwrap();
    set.write(&two, |_| Err(io::ErrorKind::StorageFull.into())).unwrap_err();
    assert_eq!(fs::read_to_string(&one).unwrap(), "old");
    drop(set);
    assert_eq!(names(folder.path()), ["one", "two"]);

    let mut set = FileSet::default();
    let mut other = FileSet::default();
    set.write(&one, |writer| writer.write_all(b"new")).unwrap();
    other.write(&two, |writer| writer.write_all(b"new too")).unwrap();
    set.extend(other);
    assert_eq!(fs::read_to_string(&two).unwrap(), "old");
    set.finish().unwrap();
    assert_eq!(fs::read_to_string(&one).unwrap(), "new");
    assert_eq!(fs::read_to_string(&two).unwrap(), "new too");
    assert_eq!(names(folder.path()), ["one", "two"]);
}

#[test]
fn a_missing_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gone").join("file.txt");
    let error = write_atomically(&path, |_| Ok(())).unwrap_err();
    assert!(message(&error, &path).contains("moved or deleted"));
}

#[cfg(unix)]
#[test]
fn colleagues_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ours");
    let plain = folder.path().join("plain");
    write_atomically(&path, |_| Ok(())).unwrap();
    fs::write(&plain, "").unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&path), mode(&plain));
}
