//! Folders that are gone, that are none, and that cannot be read.

use std::fs;

use gawky_store::{
    Container, ContainerConditional, ContainerDelete, ContainerList, ContainerWrite, DType,
    Directory, Fetch, StoreError,
};

use super::{blob, folder};

fn fetch(key: &str) -> Fetch {
    Fetch::whole(key, DType::UInt8)
}

#[test]
fn a_folder_that_is_gone_is_an_error() {
    let (home, folder) = folder();
    folder.put(blob("k", b"1")).unwrap();
    fs::remove_dir_all(home.path().join("root")).unwrap();
    for error in [
        folder.get("k").unwrap_err(),
        folder.get("d/k").unwrap_err(),
        folder.get_range("k", 0..1).unwrap_err(),
        folder.size("k").unwrap_err(),
        folder.contains("k").unwrap_err(),
        folder.fetch(&[fetch("k")]).unwrap_err(),
        folder.list("").unwrap_err(),
        folder.list("d").unwrap_err(),
        folder.put(blob("k", b"2")).unwrap_err(),
        folder.delete("k").unwrap_err(),
        folder.get_versioned("k").unwrap_err(),
        folder.clone().follow_symlinks(true).get("d/k").unwrap_err(),
        folder.clone().follow_symlinks(true).list("d").unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Io { .. }), "{error}");
    }
    assert!(
        !home.path().join("root").exists(),
        "the folder came back by itself"
    );
    assert!(Directory::open(home.path().join("root")).is_err());
}

#[test]
fn a_file_is_no_folder() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("file");
    fs::write(&path, b"").unwrap();
    assert!(Directory::open(&path).is_err());
    assert!(Directory::create(&path).is_err());
}

#[test]
#[cfg(unix)]
fn an_unreadable_folder_is_an_error() {
    use std::os::unix::fs::PermissionsExt;

    let (_home, folder) = folder();
    folder.put(blob("closed/k", b"1")).unwrap();
    let closed = folder.root().join("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(&closed).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    let answers = [
        folder.get("closed/k").map(drop),
        folder.list("").map(drop),
        folder.put(blob("closed/l", b"1")),
        folder.delete("closed/k"),
    ];
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    for answer in answers {
        assert!(matches!(answer, Err(StoreError::Io { .. })), "{answer:?}");
    }
}
