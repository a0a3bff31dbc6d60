//! Archives of NumPy's: what can be in them, what must not be, and what reading them costs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "tests say what is wrong by panicking, and their archives are small"
)]
#![cfg(feature = "npz")]

mod damaged;
mod hostile;
mod legal;
mod raw;
mod requests;
mod written;

use gawky_store::npz::{Npz, NpzFault};
use gawky_store::{Buffer, Container, StoreError};

/// What an archive holds under a key.
fn get(archive: &[u8], key: &str) -> Result<Option<Buffer>, StoreError> {
    Npz::from_buffer(Buffer::copied_from(archive))?.get(key)
}

/// The elements of an array that is there.
fn elements(archive: &[u8], key: &str) -> Vec<u8> {
    get(archive, key)
        .unwrap()
        .unwrap()
        .bytes()
        .unwrap()
        .to_vec()
}

/// What is wrong with an archive, and of what that is said: a member or the file.
#[track_caller]
fn fault<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> (String, NpzFault) {
    match answer {
        Err(StoreError::Npz { key, fault, .. }) => (key, *fault),
        other => panic!("a fault of the archive was expected, and this came: {other:?}"),
    }
}
