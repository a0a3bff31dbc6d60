//! One file as a container.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what is wrong by panicking"
)]

use std::collections::HashSet;
use std::fs;
use std::io::Write;

use gawky_store::{
    Buffer, Container, ContainerList, Fetch, FetchReport, FileDraft, LocalFile, Profile, StoreError,
};

fn bytes(range: std::ops::Range<u8>) -> Buffer {
    Buffer::from_vec(range.collect::<Vec<u8>>())
}

fn mapped(path: &std::path::Path) -> LocalFile {
    // SAFETY: the tests that call this change no file in place.
    #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
    unsafe { LocalFile::open(path).unwrap().mapped() }.unwrap()
}

#[test]
fn one_key_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    // In a directory no key has the second file name; the third is no key at all, and no name on Windows.
    for (name, key) in [("x.bin", "x.bin"), ("100%", "100%"), ("\\x", "file")] {
        if cfg!(windows) && key == "file" {
            continue;
        }
        let path = folder.path().join(name);
        LocalFile::write(&path, &bytes(0..100)).unwrap();
        for file in [LocalFile::open(&path).unwrap(), mapped(&path)] {
            assert_eq!((file.key(), file.list("").unwrap().len()), (key, 1));
            assert_eq!(file.get(key).unwrap(), Some(bytes(0..100)));
            assert_eq!(file.get_range(key, 7..9).unwrap(), Some(bytes(7..9)));
            assert_eq!(
                file.get_range(key, 200..200).unwrap(),
                Some(Buffer::empty())
            );
            assert_eq!(file.size(key).unwrap(), Some(100));
            assert_eq!(file.get("other").unwrap(), None);
            assert_eq!(file.size("other").unwrap(), None);
            assert_eq!(file.version("other").unwrap(), None);
            assert_eq!(file.get_range("other", 0..1).unwrap(), None);
            assert!(file.list("other").unwrap().is_empty());
            assert!(matches!(
                file.get_range("a//b", 0..0),
                Err(StoreError::InvalidKey { .. })
            ));
            assert!(matches!(
                file.get_range(key, 99..101),
                Err(StoreError::OutOfRange { have: 100, .. })
            ));
        }
    }
}

#[test]
fn many_ranges_are_one_read_and_a_map_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.bin");
    LocalFile::write(&path, &bytes(0..100)).unwrap();
    let fetches = [
        Fetch::raw("x.bin", Some(50..60)),
        Fetch::raw("other", None),
        Fetch::raw("x.bin", Some(0..50)),
        Fetch::raw("x.bin", Some(60..100)),
    ];
    let expected = [
        Some(bytes(50..60)),
        None,
        Some(bytes(0..50)),
        Some(bytes(60..100)),
    ];
    let file = LocalFile::open(&path).unwrap();
    let mut report = FetchReport::default();
    let answers = file.fetch_versioned(&fetches, &mut report).unwrap();
    assert_eq!((report.requests, report.bytes, report.merged), (1, 100, 2));
    let version = answers[0].as_ref().unwrap().version.clone();
    assert_eq!(version, file.version("x.bin").unwrap());
    let bytes_of = |answer: Option<gawky_store::Fetched>| answer.map(|fetched| fetched.bytes);
    assert!(answers.into_iter().map(bytes_of).eq(expected.clone()));

    let file = mapped(&path);
    assert_eq!(file.profile(), Profile::MEMORY);
    let answers = file.fetch(&fetches).unwrap();
    assert_eq!(answers, expected);
    let map = file.map().unwrap().bytes;
    assert_eq!(answers[0].as_ref().unwrap().address(), map.address() + 50);
}

#[test]
fn replaced_it_is_what_it_was_and_changed_in_place_it_is_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.bin");
    LocalFile::write(&path, &bytes(0..100)).unwrap();
    let file = LocalFile::open(&path).unwrap();
    let version = file.version("x.bin").unwrap();

    LocalFile::write(&path, &bytes(100..105)).unwrap();
    assert_eq!(file.get("x.bin").unwrap(), Some(bytes(0..100)));
    assert_eq!(file.version("x.bin").unwrap(), version);

    let file = LocalFile::open(&path).unwrap();
    let version = file.version("x.bin").unwrap();
    fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap()
        .write_all(&[105])
        .unwrap();
    let fetch = Fetch::raw("x.bin", Some(0..5)).at_version(version);
    assert!(matches!(
        file.fetch(&[fetch]),
        Err(StoreError::VersionMismatch { .. })
    ));
    assert_eq!(file.get("x.bin").unwrap(), Some(bytes(100..106)));
}

/// Sizes are equal, the clock of the kernel hardly ticks, and file systems give numbers of files out again.
#[test]
fn no_two_writings_are_one_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    let versions: HashSet<_> = (0..200)
        .map(|number| {
            LocalFile::write(&path, &bytes(number..number + 8)).unwrap();
            LocalFile::open(&path).unwrap().version("f").unwrap()
        })
        .collect();
    assert_eq!(versions.len(), 200);
}

#[test]
fn what_is_no_file_is_said() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        LocalFile::open(folder.path()),
        Err(StoreError::NotAFile { .. })
    ));
    let missing = folder.path().join("missing");
    assert!(matches!(
        LocalFile::open(&missing),
        Err(StoreError::Io { key, .. }) if key == "missing"
    ));
    let nowhere = folder.path().join("missing/x.bin");
    assert!(matches!(
        LocalFile::write(&nowhere, &bytes(0..1)),
        Err(StoreError::Io { .. })
    ));
    let taken = folder.path().join("taken");
    fs::create_dir(&taken).unwrap();
    assert!(LocalFile::write(&taken, &bytes(0..1)).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no litter");
}

#[test]
fn a_draft_lies_beside_what_it_is_to_be() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("k");
    let draft = FileDraft::begin(&path).unwrap();
    let inside = || fs::read_dir(home.path()).unwrap().count();
    assert_eq!((inside(), path.exists()), (1, false));
    draft.keep().unwrap();
    assert_eq!((inside(), path.exists()), (1, true));
    let again = FileDraft::begin(&path).unwrap().keep().unwrap_err();
    assert_eq!(again.kind(), std::io::ErrorKind::AlreadyExists);
    drop(FileDraft::begin(&path).unwrap());
    assert_eq!(inside(), 1);
}
