//! Files come whole, or not at all, and as new ones; folders that are empty go.

use std::fs;

use gawky_store::{Container, ContainerConditional, ContainerDelete, ContainerWrite};

use super::{blob, files, folder, names};

#[test]
fn a_put_that_fails_leaves_nothing() {
    let (_home, folder) = folder();
    folder.put(blob("a/b", b"1")).unwrap();
    let before = files(folder.root());
    folder.put(blob("a", b"2")).unwrap_err();
    folder.put(blob("a/b/c", b"2")).unwrap_err();
    folder.put_if_absent(blob("a/b", b"2")).unwrap_err();
    folder.put_if_absent(blob("a", b"2")).unwrap_err();
    assert_eq!(files(folder.root()), before);
}

#[test]
fn overwriting_makes_a_new_file() {
    let (_home, folder) = folder();
    folder.put(blob("k", b"old")).unwrap();
    let mut open = fs::File::open(folder.path_of("k").unwrap()).unwrap();
    folder.put(blob("k", b"newer")).unwrap();
    let mut seen = String::new();
    std::io::Read::read_to_string(&mut open, &mut seen).unwrap();
    assert_eq!(seen, "old");
    assert_eq!(names(folder.root()), ["k"]);
}

#[test]
#[cfg(unix)]
fn files_are_for_others_too() {
    use std::os::unix::fs::PermissionsExt;

    let (_home, folder) = folder();
    folder.put(blob("k", b"1")).unwrap();
    let plain = folder.root().join("plain");
    fs::write(&plain, b"").unwrap();
    let mode = |path: std::path::PathBuf| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(folder.path_of("k").unwrap()), mode(plain));
}

#[test]
fn versions_go_on_from_a_file_of_the_future() {
    // As a clock that was set back, or a slow one on another machine, leaves it.
    let (_home, folder) = folder();
    let first = folder.put_if_absent(blob("k", b"1")).unwrap();
    let path = folder.path_of("k").unwrap();
    let ahead = std::time::SystemTime::now() + std::time::Duration::from_secs(3_600);
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(ahead).unwrap();
    let second = folder.version("k").unwrap().unwrap();
    assert_ne!(first, second, "a foreign change shows");
    let third = folder.put_if_match(blob("k", b"2"), &second).unwrap();
    assert_ne!(second, third);
    assert!(fs::metadata(&path).unwrap().modified().unwrap() > ahead);
}

#[test]
fn deleting_takes_empty_folders_along() {
    let (_home, folder) = folder();
    folder.put(blob("a/b/c", b"1")).unwrap();
    folder.put(blob("a/d", b"1")).unwrap();
    folder.delete("a/b/c").unwrap();
    assert_eq!(names(folder.root()), ["a", "a/d"]);
    folder.delete("a/d").unwrap();
    assert!(files(folder.root()).is_empty());
    fs::create_dir(folder.root().join("empty")).unwrap();
    folder
        .put(blob("empty", b"a folder that nobody needs gives way"))
        .unwrap();
}
