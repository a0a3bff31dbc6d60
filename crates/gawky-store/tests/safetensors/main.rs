//! Safetensors files: opening, hostile headers, agreement with the crate `safetensors`, writing.

#![cfg(feature = "safetensors")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "tests say what is wrong by panicking"
)]

mod agreement;
mod headers;
mod opening;
mod states;
mod writing;

use gawky_store::safetensors::{SafeTensorsFault, SafeTensorsWriter};
use gawky_store::{Blob, Buffer, ContainerWrite, DType, StoreError};

const KEY: &str = "events.safetensors";

/// A file of this header, whatever it is, and these bytes.
fn assemble(header: &[u8], data: &[u8]) -> Buffer {
    let len = (header.len() as u64).to_le_bytes();
    Buffer::from_vec([&len, header, data].concat())
}

/// A file of `count` tensors of `len` bytes, each of which has its number all over.
fn numbered(count: u8, len: usize) -> Buffer {
    let writer = SafeTensorsWriter::new();
    for number in 0..count {
        let bytes = Buffer::from_vec(vec![number; len]);
        let blob = Blob::new(format!("node{number}-data"), DType::UInt8, bytes);
        writer.put(blob).unwrap();
    }
    writer.finish().unwrap()
}

fn bytes(numbers: &[u8]) -> Buffer {
    Buffer::copied_from(numbers)
}

#[track_caller]
fn fault<T: std::fmt::Debug>(result: Result<T, StoreError>) -> SafeTensorsFault {
    match result {
        Err(StoreError::SafeTensors { fault, .. }) => fault,
        other => panic!("a fault of the file is expected, and there was {other:?}"),
    }
}

/// What befell the file, told as an error of this tensor.
#[track_caller]
fn inside<T: std::fmt::Debug>(result: Result<T, StoreError>, tensor: &str) -> StoreError {
    match result {
        Err(StoreError::Inside { key, source }) if key == tensor => *source,
        other => panic!("an error of the file of {tensor} is expected, and there was {other:?}"),
    }
}
