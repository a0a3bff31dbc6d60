//! Symbolic links, and what is neither a file nor a folder.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use gawky_store::{
    Container, ContainerConditional, ContainerDelete, ContainerList, ContainerWrite, StoreError,
};

use super::{blob, folder, names};

#[test]
fn of_many_the_one_that_cannot_be_deleted_is_named() {
    let (temporary, folder) = folder();
    let outside = temporary.path().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, folder.root().join("link")).unwrap();
    folder.put(blob("a", b"1")).unwrap();
    let error = folder.delete_many(&["a".into(), "link/x".into()]);
    assert_eq!(error.unwrap_err().key(), "link/x");
    assert!(!folder.contains("a").unwrap());
}

#[test]
fn links_within_the_folder_are_followed() {
    let (_home, folder) = folder();
    folder.put(blob("store/blob", b"1")).unwrap();
    symlink("store/blob", folder.root().join("name")).unwrap();
    symlink("store", folder.root().join("alias")).unwrap();
    symlink(".", folder.root().join("circle")).unwrap();
    assert_eq!(folder.get("name").unwrap().unwrap().bytes().unwrap(), b"1");
    assert_eq!(
        folder.get("alias/blob").unwrap().unwrap().bytes().unwrap(),
        b"1"
    );
    assert_eq!(folder.get("circle/circle/name").unwrap().unwrap().len(), 1);
    assert_eq!(folder.size("name").unwrap(), Some(1));
    assert_eq!(folder.list("").unwrap(), ["name", "store/blob"]);
    assert_eq!(folder.list("alias").unwrap(), ["alias/blob"]);
    folder.put(blob("name", b"22")).unwrap();
    assert_eq!(
        folder.get("store/blob").unwrap().unwrap().len(),
        1,
        "the link was replaced"
    );
}

#[test]
fn links_that_lead_out_are_refused_unless_meant() {
    let (home, folder) = folder();
    let outside = home.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret"), b"s").unwrap();
    symlink(outside.join("secret"), folder.root().join("file")).unwrap();
    symlink("../outside", folder.root().join("dir")).unwrap();
    for error in [
        folder.get("file").unwrap_err(),
        folder.get_range("file", 0..1).unwrap_err(),
        folder.size("file").unwrap_err(),
        folder.get("dir/secret").unwrap_err(),
        folder.put(blob("dir/new", b"1")).unwrap_err(),
        folder.put_if_absent(blob("dir/new", b"1")).unwrap_err(),
        folder.delete("dir/secret").unwrap_err(),
        folder.list("dir").unwrap_err(),
        folder.list("dir/deeper").unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::LeavesRoot { .. }), "{error}");
    }
    assert_eq!(names(&outside), ["secret"]);
    assert_eq!(
        folder.list("").unwrap(),
        ["file"],
        "so that get can say what is wrong with it"
    );

    let trusting = folder.clone().follow_symlinks(true);
    assert_eq!(
        trusting.get("file").unwrap().unwrap().bytes().unwrap(),
        b"s"
    );
    assert_eq!(trusting.list("dir").unwrap(), ["dir/secret"]);
    trusting.put(blob("dir/new", b"1")).unwrap();
    assert_eq!(names(&outside), ["new", "secret"]);

    folder.delete("file").unwrap();
    assert!(
        outside.join("secret").exists(),
        "the link went and not what it led to"
    );
}

#[test]
fn a_link_to_nothing_is_not_missing() {
    let (_home, folder) = folder();
    symlink("not-there", folder.root().join("dangling")).unwrap();
    symlink("loop", folder.root().join("loop")).unwrap();
    for key in ["dangling", "loop"] {
        let error = folder.get(key).unwrap_err();
        assert!(matches!(error, StoreError::Io { .. }), "{error}");
    }
    assert_eq!(folder.list("").unwrap(), ["dangling", "loop"]);
}

#[test]
fn devices_and_pipes_are_refused_at_once() {
    let (_home, folder) = folder();
    let folder = folder.follow_symlinks(true);
    symlink("/dev/zero", folder.root().join("zero")).unwrap();
    let pipe = folder.root().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    for key in ["zero", "pipe"] {
        let error = folder.get(key).unwrap_err();
        assert!(matches!(error, StoreError::NotAFile { .. }), "{error}");
        assert!(folder.get_range(key, 0..8).is_err());
        assert!(folder.size(key).is_err());
    }
    assert_eq!(folder.get("").unwrap_err().key(), "");
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_tells_no_length_is_read_to_its_end() {
    let (_home, folder) = folder();
    symlink("/proc/version", folder.root().join("version")).unwrap();
    let folder = folder.follow_symlinks(true);
    let expected = fs::read("/proc/version").unwrap();
    assert!(!expected.is_empty());
    assert_eq!(
        folder.get("version").unwrap().unwrap().bytes().unwrap(),
        expected
    );
}
