#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

mod axes;
mod creation;
mod elements;
mod model;
mod on_device;
#[cfg(feature = "ndarray")]
mod with_ndarray;

use super::*;

fn bytes(shape: &[usize]) -> NdBuffer {
    let size: usize = shape.iter().product();
    let values = (0..size).map(|i| u8::try_from(i % 251).unwrap()).collect();
    NdBuffer::from_vec(values, shape).unwrap()
}

fn values(array: &NdBuffer) -> Vec<u8> {
    array.typed::<u8>().unwrap().into_owned()
}

fn shape_error(array: &NdBuffer, shape: &[isize]) -> String {
    array.reshape(shape).unwrap_err().to_string()
}
