//! What is asked of lengths before anything is launched.

use gawky_buffer::{Buffer, BufferError};

/// Bytes of one `i64`.
pub(super) const NUMBER: usize = 8;

/// How many `i64` there are.
pub(super) fn numbers(buffer: &Buffer) -> Result<usize, BufferError> {
    elements(buffer, NUMBER)
}

/// How many elements of `itemsize` bytes there are.
pub(super) fn elements(buffer: &Buffer, itemsize: usize) -> Result<usize, BufferError> {
    let len = buffer.len();
    if len.is_multiple_of(itemsize) {
        return Ok(len / itemsize);
    }
    Err(BufferError::NotMultiple { len, itemsize })
}

/// That there are as many as are needed, of what is as long as something else.
pub(super) fn as_long(len: usize, needed: usize) -> Result<(), BufferError> {
    if len >= needed {
        return Ok(());
    }
    Err(BufferError::TooSmall { needed, len })
}

pub(super) fn product(a: usize, b: usize) -> Result<usize, BufferError> {
    a.checked_mul(b).ok_or_else(|| too_many(a.max(b)))
}

pub(super) fn too_many(elements: usize) -> BufferError {
    BufferError::OutOfMemory {
        what: format!("a buffer of {elements} elements"),
    }
}
