//! What befalls an archive is told as an error of the blob in it that was wanted.

#![allow(clippy::unwrap_used, reason = "tests may panic")]
#![cfg(all(feature = "npz", feature = "safetensors"))]

use gawky_store::npz::{Npz, NpzWriter};
use gawky_store::safetensors::{SafeTensors, SafeTensorsWriter};
use gawky_store::{
    Blob, Buffer, Container, ContainerWrite, DType, Fetch, MemoryContainer, StoreError,
};

const KEYS: [&str; 2] = ["node0-offsets", "node1-data"];

fn filled<W: ContainerWrite>(writer: W) -> W {
    for key in KEYS {
        // More than opening would bring along.
        let bytes = Buffer::from_vec(vec![7_i64; 100_000]);
        writer.put(Blob::new(key, DType::Int64, bytes)).unwrap();
    }
    writer
}

fn fetches() -> Vec<Fetch> {
    KEYS.map(|key| Fetch::whole(key, DType::Int64)).to_vec()
}

/// Cuts off the last byte of an archive.
fn shorten(bucket: &MemoryContainer, key: &str) {
    let whole = bucket.get(key).unwrap().unwrap();
    bucket
        .insert(key, whole.slice(0..whole.len() - 1).unwrap())
        .unwrap();
}

#[test]
fn a_replaced_file_names_the_tensor() {
    let bucket = MemoryContainer::new();
    filled(SafeTensorsWriter::new())
        .write(&bucket, "events.safetensors")
        .unwrap();
    let file = SafeTensors::open(&bucket, "events.safetensors").unwrap();
    shorten(&bucket, "events.safetensors");
    let error = file.fetch(&fetches()).unwrap_err();
    assert_eq!(error.key(), "node0-offsets");
    assert!(error.is_conflict(), "{error}");
    assert!(
        error
            .to_string()
            .starts_with("\"node0-offsets\" cannot be read: \"events.safetensors\" is no longer"),
        "{error}"
    );
}

#[test]
fn a_truncated_file_without_versions_names_the_tensor_that_is_cut() {
    let bucket = MemoryContainer::new();
    filled(SafeTensorsWriter::new())
        .write(&bucket, "f")
        .unwrap();
    let whole = bucket.size("f").unwrap().unwrap();
    let file = SafeTensors::open(Ranged(&bucket), "f").unwrap();
    shorten(&bucket, "f");
    let error = file.fetch(&fetches()).unwrap_err();
    assert_eq!(error.key(), "node1-data");
    assert!(matches!(error, StoreError::Inside { source, .. }
        if matches!(*source, StoreError::OutOfRange { have, .. } if have == whole - 1)));
}

/// Ranges without versions.
struct Ranged<'a>(&'a MemoryContainer);

impl Container for Ranged<'_> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.0.get(key)
    }

    fn get_range(
        &self,
        key: &str,
        range: std::ops::Range<u64>,
    ) -> Result<Option<Buffer>, StoreError> {
        self.0.get_range(key, range)
    }

    fn profile(&self) -> gawky_store::Profile {
        gawky_store::Profile::FILE
    }
}

#[test]
fn a_replaced_archive_names_the_member() {
    let bucket = MemoryContainer::new();
    filled(NpzWriter::new())
        .write(&bucket, "events.npz")
        .unwrap();
    let file = Npz::open(Ranged(&bucket), "events.npz").unwrap();
    bucket
        .insert("events.npz", Buffer::from_vec(vec![0_u8; 1000]))
        .unwrap();
    let error = file.fetch(&fetches().split_off(1)).unwrap_err();
    assert_eq!(error.key(), "node1-data");
    assert!(matches!(error, StoreError::Inside { .. }), "{error}");
}
