//! Options as Arrow's bitmaps: a set bit says that an element is there, and the first is the least significant.

use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::DataType;
use gawky_array::{BitMaskedArray, ByteMaskedArray, Index};

use crate::row_size::row_size;
use crate::{ArrowError, ArrowProblem};

/// The most bytes that are made up for what is missing.
const MAX_FILLING: usize = 1 << 28;

/// Refuses what would take too many bytes for nothing: lists of one size take their room in Arrow even where they are
/// missing.
pub(super) fn prove_room(
    data_type: &DataType,
    nulls: Option<&NullBuffer>,
) -> Result<(), ArrowError> {
    let missing = nulls.map_or(0, NullBuffer::null_count);
    // There is no room for rows of what can have none.
    let row = row_size(data_type).unwrap_or(usize::MAX);
    let bytes = row.saturating_mul(missing);
    // A few bytes a row are no more than what says that it is missing.
    if row <= 64 || bytes <= MAX_FILLING {
        return Ok(());
    }
    Err(ArrowProblem::NoCounterpart {
        what: format!(
            "{missing} missing rows of lists of one size, which would take {bytes} bytes"
        ),
        hint: "convert fewer rows at a time, or use lists with offsets",
    }
    .into())
}

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
