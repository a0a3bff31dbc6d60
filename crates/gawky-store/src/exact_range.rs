//! Exact ranges: all of the bytes that were asked for, or an error.

use std::ops::Range;

use gawky_buffer::Buffer;

use crate::StoreError;

/// The bytes `range` of a whole blob, without a copy.
///
/// # Errors
/// [`StoreError::InvertedRange`], or [`StoreError::OutOfRange`] with what was asked and what is there.
pub fn slice_exactly(key: &str, blob: &Buffer, range: Range<u64>) -> Result<Buffer, StoreError> {
    let have = blob.len() as u64;
    if !check_range(key, &range)? {
        return Ok(Buffer::empty());
    }
    let out_of_range = || StoreError::OutOfRange {
        key: key.to_owned(),
        start: range.start,
        end: range.end,
        have,
    };
    if range.end > have {
        return Err(out_of_range());
    }
    match (usize::try_from(range.start), usize::try_from(range.end)) {
        (Ok(start), Ok(end)) => blob.slice(start..end).map_err(|_| out_of_range()),
        _ => Err(out_of_range()),
    }
}

/// Whether `range` asks for any byte at all; containers answer an empty buffer where it does not, without
/// looking anywhere.
///
/// # Errors
/// [`StoreError::InvertedRange`] when it ends before it starts.
pub fn check_range(key: &str, range: &Range<u64>) -> Result<bool, StoreError> {
    if range.start > range.end {
        return Err(StoreError::InvertedRange {
            key: key.to_owned(),
            start: range.start,
            end: range.end,
        });
    }
    Ok(range.start < range.end)
}

/// Checks that a container answered a range in full.
///
/// # Errors
/// [`StoreError::WrongLength`] when `answer` has more or fewer bytes than `range`.
pub fn check_length(key: &str, range: &Range<u64>, answer: &Buffer) -> Result<(), StoreError> {
    let asked = range.end.saturating_sub(range.start);
    let got = answer.len() as u64;
    if asked == got {
        Ok(())
    } else {
        Err(StoreError::WrongLength {
            key: key.to_owned(),
            asked,
            got,
        })
    }
}
