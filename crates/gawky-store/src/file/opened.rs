//! The bytes of a file that is open: read into memory of our own, or mapped.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::Path;

use gawky_buffer::Buffer;

use super::bytes::{read_part, read_whole};
use super::{Reads, io_error};
use crate::StoreError;

/// The bytes of an open file that had `have` bytes when last looked at: all of them, or a range, of which the first
/// byte lies at an address of this phase.
pub(crate) fn read_opened(
    key: &str,
    path: &Path,
    file: &File,
    have: u64,
    range: Option<Range<u64>>,
    phase: u64,
    reads: Reads<'_>,
) -> Result<Buffer, StoreError> {
    let Some(range) = range else {
        return read_whole(file, have, reads).map_err(io_error(key, path));
    };
    let out_of_range = |have| StoreError::OutOfRange {
        key: key.to_owned(),
        start: range.start,
        end: range.end,
        have,
    };
    if range.end > have {
        return Err(out_of_range(have));
    }
    let len = range.end - range.start;
    let bytes = read_part(file, range.start, len, phase, reads).map_err(io_error(key, path))?;
    let got = bytes.len() as u64;
    if got < len {
        // Truncated since it was opened.
        return Err(out_of_range(range.start + got));
    }
    Ok(bytes)
}

/// All of a file, which was said to have `len` bytes, mapped into memory.
///
/// # Safety
/// Nobody may change or truncate the file from when it was asked for its length, and as long as the buffer lives.
#[allow(
    unsafe_code,
    reason = "a map of a file is sound only by a promise that the caller must make"
)]
pub(crate) unsafe fn map(file: &File, len: u64) -> io::Result<Buffer> {
    if len == 0 {
        return Ok(Buffer::empty());
    }
    let len = usize::try_from(len).map_err(|_| ErrorKind::FileTooLarge)?;
    // SAFETY: the caller of this function has made the promise that a map needs.
    let map = unsafe { memmap2::MmapOptions::new().len(len).map(file) }?;
    Ok(Buffer::from_owner(map))
}
