//! The buffers and the children of an Arrow array, measured before they are used.

use arrow_data::ArrayData;
use gawky_array::{Index, Problem};
use gawky_buffer::Buffer;
use gawky_form::IndexType;

use crate::error::as_rows;
use crate::{ArrowError, ArrowProblem};

/// The buffer number `position`; an empty one where there is none.
fn buffer(data: &ArrayData, position: usize) -> Buffer {
    data.buffers()
        .get(position)
        .map_or_else(Buffer::empty, |buffer| Buffer::from(buffer.clone()))
}

/// `length` elements of `size` bytes each, from element `start` on, of the buffer number `position`.
pub(super) fn elements(
    data: &ArrayData,
    position: usize,
    size: usize,
    start: usize,
    length: usize,
) -> Result<Buffer, ArrowError> {
    let buffer = buffer(data, position);
    let begin = start.checked_mul(size);
    let bytes = length.checked_mul(size);
    let end = begin
        .zip(bytes)
        .and_then(|(begin, len)| begin.checked_add(len));
    match (begin, end) {
        (Some(begin), Some(end)) if end <= buffer.len() => Ok(buffer.slice(begin..end)?),
        _ => Err(short(end.unwrap_or(usize::MAX), buffer.len())),
    }
}

/// The elements of `size` bytes each that are the array's own.
pub(super) fn own(data: &ArrayData, position: usize, size: usize) -> Result<Buffer, ArrowError> {
    elements(data, position, size, data.offset(), data.len())
}

/// All of a buffer.
pub(super) fn whole(data: &ArrayData, position: usize) -> Buffer {
    buffer(data, position)
}

/// The offsets of the array's lists; without lists there need be none.
pub(super) fn offsets(data: &ArrayData, is_large: bool) -> Result<Index, ArrowError> {
    let kind = if is_large {
        IndexType::I64
    } else {
        IndexType::I32
    };
    let size = kind.dtype().itemsize();
    if data.is_empty() {
        return Ok(Index::try_new(Buffer::from_vec(vec![0_u8; size]), kind)?);
    }
    let count = data.len().saturating_add(1);
    let bytes = elements(data, 0, size, data.offset(), count)?;
    Ok(Index::try_new(bytes, kind)?)
}

/// The child number `position`.
pub(super) fn child(data: &ArrayData, position: usize) -> Result<&ArrayData, ArrowError> {
    data.child_data()
        .get(position)
        .ok_or_else(|| short(position.saturating_add(1), data.child_data().len()))
}

/// Some rows of a child.
pub(super) fn rows(
    child: &ArrayData,
    start: usize,
    length: usize,
) -> Result<ArrayData, ArrowError> {
    match start.checked_add(length) {
        Some(end) if end <= child.len() => Ok(if start == 0 && length == child.len() {
            child.clone()
        } else {
            child.slice(start, length)
        }),
        end => Err(short(end.unwrap_or(usize::MAX), child.len())),
    }
}

/// Room for `length` elements; an error, instead of an abort, where an array claims to have more than memory has room for.
pub(super) fn room<T>(length: usize) -> Result<Vec<T>, ArrowError> {
    let mut room = Vec::new();
    match room.try_reserve_exact(length) {
        Ok(()) => Ok(room),
        Err(_) => Err(at_no_place(Problem::OutOfMemory {
            elements: as_rows(length),
        })),
    }
}

/// So many elements of one value.
pub(super) fn filled<T: Clone>(value: T, length: usize) -> Result<Vec<T>, ArrowError> {
    let mut filled = room(length)?;
    filled.resize(length, value);
    Ok(filled)
}

fn short(needed: usize, have: usize) -> ArrowError {
    at_no_place(Problem::TooShort {
        needed: as_rows(needed),
        have: as_rows(have),
    })
}

fn at_no_place(problem: Problem) -> ArrowError {
    ArrowProblem::Problem(problem).into()
}
