//! Options as Arrow's bitmaps: a set bit says that an element is there, and the first is the least significant.

use arrow_buffer::{BooleanBuffer, NullBuffer};
use gawky_array::{BitMaskedArray, ByteMaskedArray, Index};

use crate::ArrowError;

pub(super) fn of_index(index: &Index) -> Result<NullBuffer, ArrowError> {
    let rows = index.to_i64()?;
    let mut rows = rows.into_iter();
    Ok(NullBuffer::new(BooleanBuffer::collect_bool(
        index.len(),
        |_| rows.next().is_some_and(|row| row >= 0),
    )))
}

pub(super) fn of_bytes(array: &ByteMaskedArray) -> Result<NullBuffer, ArrowError> {
    let mut bytes = array.mask().bytes()?.iter();
    Ok(NullBuffer::new(BooleanBuffer::collect_bool(
        array.len(),
        |_| {
            bytes
                .next()
                .is_some_and(|byte| (*byte != 0) == array.valid_when())
        },
    )))
}

/// Shared where the bits mean the same and begin with a byte.
pub(super) fn of_bits(array: &BitMaskedArray) -> Result<NullBuffer, ArrowError> {
    let mask = array.mask()?;
    if array.lsb_order() && array.valid_when() {
        let bits = BooleanBuffer::new(mask.to_arrow()?, 0, array.len());
        return Ok(NullBuffer::new(bits));
    }
    mask.bytes()?;
    Ok(NullBuffer::new(BooleanBuffer::collect_bool(
        array.len(),
        |row| array.is_valid(row) == Some(true),
    )))
}
