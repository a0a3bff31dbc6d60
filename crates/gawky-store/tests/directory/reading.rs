//! What reading a file gives: aligned, in memory of its own or mapped, and never more than is there.

use std::fs;

use gawky_buffer::Alignment;
use gawky_store::{Container, ContainerDelete, ContainerWrite, Fetch, StoreError};

use super::{blob, folder};

#[test]
fn reads_are_aligned() {
    let (_home, folder) = folder();
    for len in [1, 100, 5_000, 1 << 20, (1 << 20) + 3] {
        folder.put(blob("k", &vec![7; len])).unwrap();
        for answer in [
            folder.get("k").unwrap(),
            folder.get_range("k", 1..len as u64).unwrap(),
        ] {
            let answer = answer.unwrap();
            assert!(answer.is_empty() || answer.alignment().satisfies(Alignment::CACHE_LINE));
        }
    }
}

#[test]
fn a_shrunken_file_is_out_of_range() {
    let (_home, folder) = folder();
    folder.put(blob("k", &[1; 100])).unwrap();
    let file = fs::File::options()
        .write(true)
        .open(folder.path_of("k").unwrap())
        .unwrap();
    file.set_len(29).unwrap();
    assert_eq!(folder.get("k").unwrap().unwrap().len(), 29);
    let error = folder.get_range("k", 8..40).unwrap_err();
    assert_eq!(
        error.to_string(),
        "bytes 8..40 of \"k\" were asked, but it has 29: it was truncated, or it belongs to other data than the \
         form and length that it is read with"
    );
}

#[test]
fn a_range_of_a_huge_hole_takes_its_own_bytes_only() {
    let (_home, folder) = folder();
    let file = fs::File::create(folder.root().join("hole")).unwrap();
    let Ok(()) = file.set_len(1 << 42) else {
        return; // This file system has no holes, or none so large.
    };
    let end = folder
        .get_range("hole", (1 << 42) - 8..1 << 42)
        .unwrap()
        .unwrap();
    assert_eq!(end.bytes().unwrap(), [0; 8]);
    let past = folder
        .get_range("hole", (1 << 42) - 8..u64::MAX)
        .unwrap_err();
    assert!(matches!(past, StoreError::OutOfRange { have, .. } if have == 1 << 42));
}

#[test]
#[cfg(unix)]
fn small_files_are_read_though_maps_are_wanted() {
    let (_home, folder) = folder();
    // SAFETY: nobody else touches the folder, and what this test changes in place is not mapped.
    #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
    let mapped = unsafe { folder.clone().mapped() };
    folder.put(blob("k", &[5; 10_000])).unwrap();
    let fetches = [0..10_000, 7..9].map(|range| Fetch::raw("k", Some(range)));
    let before = mapped.fetch(&fetches).unwrap();
    fs::write(folder.path_of("k").unwrap(), [6; 10_000]).unwrap();
    for (read, len) in before.into_iter().zip([10_000, 2]) {
        assert_eq!(read.unwrap().bytes().unwrap(), vec![5; len]);
    }
}

#[test]
#[cfg(unix)]
fn mapped_pages_outlive_the_name() {
    let (_home, folder) = folder();
    // SAFETY: nobody else touches the folder.
    #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
    let mapped = unsafe { folder.clone().mapped() };
    // Smaller ones are read.
    folder.put(blob("k", &[5; 100_000])).unwrap();
    folder.put(blob("empty", b"")).unwrap();
    let before = mapped.get("k").unwrap().unwrap();
    folder.put(blob("k", &[6; 10])).unwrap();
    folder.delete("k").unwrap();
    assert!(before.bytes().unwrap().iter().all(|byte| *byte == 5));
    assert!(mapped.get("empty").unwrap().unwrap().is_empty());
}
