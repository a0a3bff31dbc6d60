//! Arrays written with checksums, and proved while reading.
#![cfg(feature = "checksums")]
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use futures_util::FutureExt;
use gawky::Error;
use gawky::prelude::*;
use gawky::store::{Blob, Checksums, Layered, StoreError, Verified};
use gawky_testkit::containers::{BlockOn, CountingContainer, Later};

fn lists() -> Array {
    let content = Array::from(NumpyArray::from_vec(vec![1.0_f64, 2.0, 3.0]));
    let lists = ListOffsetArray::try_new(vec![0_i64, 2, 2, 3].into(), content, Parameters::none());
    Array::from(lists.unwrap())
}

#[test]
fn every_blob_of_every_partition_has_one() {
    let array = Partitioned::try_new(vec![lists(), lists().slice(1..3).unwrap()]).unwrap();
    let memory = MemoryContainer::new();
    let (form, lengths, checksums) = ToBuffers::new(&array)
        .byteorder(ByteOrder::Big)
        .write_with_checksums(&memory)
        .unwrap();
    assert_eq!(checksums.len(), memory.len());
    let strict = Layered::new(Verified::new(checksums.clone()).strict(true), &memory);
    let read = FromBuffers::new(&form, lengths.clone()).byteorder(ByteOrder::Big);
    assert_eq!(read.read(&strict).unwrap(), array);

    for (key, _) in checksums.iter() {
        let good = memory.get(key).unwrap().unwrap();
        let mut bad = good.bytes().unwrap().to_vec();
        *bad.last_mut().unwrap() ^= 0x80;
        memory.insert(key.clone(), Buffer::from_vec(bad)).unwrap();
        let error = gawky::from_buffers(&form, lengths.clone(), &strict).unwrap_err();
        assert!(
            error.to_string().contains(&format!("{key:?} is damaged")),
            "{error}"
        );
        let Error::Store { source, .. } = error else {
            unreachable!("{error}")
        };
        assert!(matches!(*source, StoreError::ChecksumMismatch { .. }));
        memory.insert(key.clone(), good).unwrap();
    }
}

#[test]
fn rows_are_proved_by_their_blobs() {
    let counting = CountingContainer::new(MemoryContainer::new());
    let (form, length, checksums) = ToBuffers::new(&lists())
        .write_with_checksums(&counting)
        .unwrap();
    let proved = Layered::new(Verified::new(checksums), &counting);
    let rows = FromBuffers::new(&form, length).rows(2..3);
    assert_eq!(
        rows.read(&proved).unwrap().value().unwrap().to_string(),
        "[[3.0]]"
    );
    assert!(counting.fetches().iter().all(|fetch| fetch.range.is_none()));
    assert_eq!(counting.requests_of("node1-data"), 1);

    let bytes = Buffer::from_vec(vec![9.0_f64, 2.0, 3.0]);
    counting
        .put(Blob::new("node1-data", DType::Float64, bytes))
        .unwrap();
    let rows = FromBuffers::new(&form, length).rows(2..3);
    assert!(
        rows.read(&proved).is_err(),
        "although the bytes of these rows are as they were"
    );
}

#[test]
fn without_blocking() {
    let memory = Later::new(MemoryContainer::new());
    let array = lists();
    let options = ToBuffers::new(&array);
    let (form, length, checksums) = {
        let mut writing = Box::pin(options.write_with_checksums_async(&memory));
        loop {
            if let Some(written) = writing.as_mut().now_or_never() {
                break written.unwrap();
            }
        }
    };
    let plain = ToBuffers::new(&array)
        .write_with_checksums(&MemoryContainer::new())
        .unwrap();
    assert_eq!((&form, length, &checksums), (&plain.0, plain.1, &plain.2));
    let proved = BlockOn::new(Layered::new(Verified::new(checksums), memory));
    assert_eq!(gawky::from_buffers(&form, length, &proved).unwrap(), array);
}

#[test]
fn they_travel_as_a_blob() {
    let memory = MemoryContainer::new();
    let (_, _, checksums) = ToBuffers::new(&lists())
        .write_with_checksums(&memory)
        .unwrap();
    memory
        .put(checksums.to_blob("events/checksums.json"))
        .unwrap();
    let kept = memory.get("events/checksums.json").unwrap().unwrap();
    assert_eq!(
        Checksums::from_json(kept.bytes().unwrap()).unwrap(),
        checksums
    );
}
