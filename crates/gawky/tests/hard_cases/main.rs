//! Cases that broke well-known libraries, one file for each kind; the numbers are those of the threads they
//! came up in, which the files name.
//!
//! Case 14, crashes and what is stale, is `tests/dataset` (`killed`, `versions`, `places`), `tests/processes`, and in
//! `gawky-object-store` `tests/faults`; blobs that are replaced while they are read are `tests/safetensors.rs` and `tests/npz.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what is wrong by panicking"
)]

mod case_01_zero_width;
mod case_02_odd_offsets;
mod case_03_hostile_numbers;
mod case_04_length_inference;
mod case_05_misalignment;
mod case_06_byte_order;
mod case_07_shape_of_the_blob;
mod case_08_key_collisions;
mod case_09_old_dialect;
mod case_10_touch_counts;
mod case_11_partitions;
mod case_12_ranges;
mod case_13_odd_keys;
mod everywhere;

use std::collections::BTreeMap;

use gawky::array::{ArrayError, Location, Problem};
use gawky::prelude::*;

/// Blobs by key.
type Blobs = BTreeMap<String, Buffer>;

fn blobs<const N: usize>(blobs: [(&str, Buffer); N]) -> Blobs {
    blobs
        .into_iter()
        .map(|(key, blob)| (key.to_owned(), blob))
        .collect()
}

/// A form whose nodes are named `node0`, `node1`, …
fn form(json: &str) -> Form {
    Form::from_json(json)
        .unwrap()
        .with_form_keys(&FormKeyFormat::default(), 0)
        .unwrap()
}

/// What a failing read says of its node.
#[track_caller]
fn node_error<T: std::fmt::Debug>(result: Result<T, Error>) -> (Location, Problem) {
    match result {
        Err(Error::Array(ArrayError::Node { location, problem })) => (*location, problem),
        other => panic!("{other:?}"),
    }
}

/// Writes, reads back whole and by each single row, packs: value, length and type stay.
fn survives(array: &Array) {
    let memory = MemoryContainer::new();
    let (form, length) = gawky::to_buffers(array, &memory).unwrap();
    assert_eq!(length, array.len());
    let again = gawky::from_buffers(&form, length, &memory).unwrap();
    assert_eq!(&again, array);
    assert_eq!(again.array_type(), array.array_type());
    for row in 0..array.len() {
        let row = u64::try_from(row).unwrap()..u64::try_from(row + 1).unwrap();
        let one = FromBuffers::new(&form, length).rows(row).read(&memory);
        assert_eq!(one.unwrap().type_(), array.type_());
    }
    let packed = array.pack().unwrap();
    assert_eq!(packed.array_type(), array.array_type());
    assert!(packed.equal_values(array, false).unwrap());
}
