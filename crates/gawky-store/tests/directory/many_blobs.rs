//! Enough blobs at once that several threads write them.

use gawky_store::{Blob, Container, ContainerList, ContainerWrite, StoreError};

use super::{blob, folder, names};

/// Enough blobs at once that several threads write them.
fn many_blobs() -> Vec<Blob> {
    (0..50_u8)
        .map(|number| blob(&format!("a/{number}"), &vec![number; 200_000]))
        .collect()
}

#[test]
fn many_blobs_are_put_by_several_threads() {
    let (_home, folder) = folder();
    let folder = folder.threads(4);
    folder.put_many(many_blobs()).unwrap();
    for (number, blob) in many_blobs().into_iter().enumerate() {
        let read = folder.get(&blob.key).unwrap().unwrap();
        assert_eq!(read, blob.bytes, "{number}");
    }
    assert_eq!(folder.list("").unwrap().len(), 50);

    // Of two with one key the later is kept.
    let mut twice = many_blobs();
    twice.extend((0..50_u8).map(|number| blob(&format!("a/{number}"), &[number])));
    folder.put_many(twice).unwrap();
    for number in 0..50_u8 {
        let read = folder.get(&format!("a/{number}")).unwrap().unwrap();
        assert_eq!(read.bytes().unwrap(), [number]);
    }
}

#[test]
fn of_many_blobs_the_first_that_fails_is_told() {
    let (_home, folder) = folder();
    let folder = folder.threads(4);
    for taken in ["a/17/x", "a/40/x"] {
        folder.put(blob(taken, b"1")).unwrap();
    }
    let error = folder.put_many(many_blobs()).unwrap_err();
    assert!(
        matches!(&error, StoreError::KeyIsPrefix { key, .. } if key == "a/17"),
        "{error}"
    );
    // No draft is left, and no part of a blob.
    for key in folder.list("a").unwrap() {
        let len = folder.get(&key).unwrap().unwrap().len();
        assert!(
            len == 200_000 || key.ends_with("/x"),
            "{key} has {len} bytes"
        );
    }
    let left = names(folder.root());
    assert!(left.iter().all(|name| !name.contains(".gawky-tmp")));
}
