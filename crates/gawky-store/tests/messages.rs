//! What errors say: what happened, to which key, and what to do next.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::sync::Arc;

use gawky_store::{Checksum, DType, Directory, StoreError, Version};

#[test]
fn messages() {
    let key = || "part0-node1-data".to_owned();
    let cases = [
        (
            StoreError::KeyIsPrefix {
                key: "a".to_owned(),
                other: "a/b".to_owned(),
            },
            "\"a\" cannot be kept beside \"a/b\", because a folder cannot hold a file and a folder of one name: \
             rename one of them, or delete \"a/b\" first",
        ),
        (
            StoreError::InvertedRange {
                key: key(),
                start: 8,
                end: 4,
            },
            "bytes 8..4 of \"part0-node1-data\" were asked: a range cannot end before it starts",
        ),
        (
            StoreError::OutOfRange {
                key: key(),
                start: 0,
                end: 24,
                have: 23,
            },
            "bytes 0..24 of \"part0-node1-data\" were asked, but it has 23: it was truncated, or it belongs to \
             other data than the form and length that it is read with",
        ),
        (
            StoreError::WrongLength {
                key: key(),
                asked: 24,
                got: 23,
            },
            "24 bytes of \"part0-node1-data\" were asked and 23 came: the transfer was cut off, or the container \
             does not honour ranges; try again",
        ),
        (
            StoreError::AnswerCount {
                key: key(),
                asked: 3,
                got: 2,
            },
            "3 blobs and ranges were asked, \"part0-node1-data\" first, and 2 answers came: the container does not \
             keep to the rules of fetch_versioned; run the conformance suite of gawky-testkit on it",
        ),
        (
            StoreError::ChecksumMismatch {
                key: key(),
                expected: Checksum::of(b"123456789"),
                found: Checksum::of(b""),
            },
            "\"part0-node1-data\" is damaged: its checksum says crc32c e3069283 of 9 bytes, and it has crc32c 00000000 \
             of 0 bytes; read it again, restore it from a copy, or make its checksum anew if it was replaced on purpose",
        ),
        (
            StoreError::NoChecksum { key: key() },
            "there is no checksum for \"part0-node1-data\": make one for it, or read without strict(true) to let it \
             pass unproved",
        ),
        (
            StoreError::NotChecksums {
                reason: "\"k\" is there twice".to_owned(),
            },
            "these are no checksums: \"k\" is there twice; write them anew by Checksums::to_json",
        ),
        (
            StoreError::DType {
                key: key(),
                stored: DType::Float64,
                asked: DType::Int64,
            },
            "\"part0-node1-data\" holds float64 but int64 is wanted: read it with the form that it was written \
             with, or convert it",
        ),
        (
            StoreError::NotOnHost {
                key: key(),
                place: "cuda:0".to_owned(),
            },
            "the bytes for \"part0-node1-data\" are on cuda:0: copy them with to_host() before putting them",
        ),
        (
            StoreError::Exists {
                key: "dataset.json".to_owned(),
            },
            "\"dataset.json\" exists already: read it, then replace it by put_if_match with its version",
        ),
        (
            StoreError::VersionMismatch {
                key: "dataset.json".to_owned(),
                expected: Version::new("7"),
                found: Some(Version::new("8")),
            },
            "\"dataset.json\" is no longer at version 7 but at 8: read it again, redo the change, and retry",
        ),
        (
            StoreError::VersionMismatch {
                key: "dataset.json".to_owned(),
                expected: Version::new("7"),
                found: None,
            },
            "\"dataset.json\" is no longer at version 7 but gone: read it again, redo the change, and retry",
        ),
        (
            StoreError::Io {
                key: key(),
                path: "/data/part0-node1-data".into(),
                source: Arc::new(std::io::Error::other("input/output error")),
            },
            "/data/part0-node1-data: input/output error (key \"part0-node1-data\")",
        ),
        (
            StoreError::NotAFile {
                key: key(),
                path: "/data/pipe".into(),
            },
            "/data/pipe is no regular file, so it cannot be read as \"part0-node1-data\": remove it from the folder",
        ),
        (
            StoreError::LeavesRoot {
                key: key(),
                path: "/data/link".into(),
            },
            "/data/link leads out of the folder through a symbolic link, so it is not read as \
             \"part0-node1-data\": open the folder with follow_symlinks(true) if that is meant",
        ),
        (
            StoreError::backend(key(), "503 after 4 attempts"),
            "\"part0-node1-data\": 503 after 4 attempts",
        ),
    ];
    for (error, message) in cases {
        assert_eq!(error.to_string(), message);
        assert_eq!(error.clone().to_string(), message);
        assert!(message.contains(error.key()));
    }
}

/// A folder that is not there has no key, nor has a list of everything.
#[test]
fn no_message_names_an_empty_key() {
    let home = tempfile::tempdir().unwrap();
    let missing = home.path().join("nosuch");
    let io = Directory::open(&missing).unwrap_err();
    let message = io.to_string();
    assert!(
        message.starts_with(&format!("{}: ", missing.display())) && !message.contains("key"),
        "{message}"
    );
    let backend = StoreError::backend("", "out of order");
    assert_eq!(backend.to_string(), "out of order");
    let remote = StoreError::Remote {
        key: String::new(),
        attempts: 4,
        source: Arc::new(io),
    };
    assert_eq!(remote.to_string(), format!("{message} (4 attempts)"));
    let unsupported = StoreError::Unsupported {
        key: String::new(),
        container: "a server".to_owned(),
        what: "list",
        hint: "name the keys",
    };
    assert_eq!(
        unsupported.to_string(),
        "a server cannot list: name the keys"
    );
}
