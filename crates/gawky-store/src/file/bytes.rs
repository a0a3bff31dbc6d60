//! The bytes of an open file, in aligned memory.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::sync::{Mutex, PoisonError};

use gawky_buffer::{Buffer, BufferMut};

use super::Reads;
use super::space::Space;
use crate::threads::together;

/// From how many bytes on one read is shared by several threads.
pub(crate) const SPLIT: usize = 16 << 20;
// What one thread reads at a time: two huge pages.
const PIECE: usize = 4 << 20;

/// All that is in `file`, which had `len` bytes when last looked at and may have fewer or more by now.
pub(super) fn read_whole(file: &File, len: u64, reads: Reads<'_>) -> io::Result<Buffer> {
    let mut space = Space::new(len, 0, reads.memory)?;
    let got = read_from(file, 0, space.bytes_mut(), reads.threads)?;
    let head = space.freeze(got);
    if (got as u64) < len {
        return Ok(head);
    }
    let mut rest = Rest {
        file,
        offset: got as u64,
    };
    let mut next = [0; 32];
    let more = fill(&mut next, |free, _| rest.read(free))?;
    if more == 0 {
        return Ok(head);
    }
    // It has grown, or it is of a kind that tells no length.
    let mut tail = next.get(..more).map(<[u8]>::to_vec).unwrap_or_default();
    rest.read_to_end(&mut tail)?;
    let mut whole = BufferMut::try_with_capacity(head.len().saturating_add(tail.len()))
        .map_err(io::Error::other)?;
    whole.extend_from_slice(head.bytes().map_err(io::Error::other)?);
    whole.extend_from_slice(&tail);
    Ok(whole.freeze())
}

/// A file from `offset` on. It leaves the file's own cursor alone, as others read the same open file.
struct Rest<'a> {
    file: &'a File,
    offset: u64,
}

impl Read for Rest<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let got = read_at(self.file, bytes, self.offset)?;
        self.offset += got as u64;
        Ok(got)
    }
}

/// The bytes from `offset` on, `len` of them or as many as there are, the first at a phase.
pub(crate) fn read_part(
    file: &File,
    offset: u64,
    len: u64,
    phase: u64,
    reads: Reads<'_>,
) -> io::Result<Buffer> {
    let mut space = Space::new(len, phase, reads.memory)?;
    let got = read_from(file, offset, space.bytes_mut(), reads.threads)?;
    Ok(space.freeze(got))
}

/// Fills `bytes` from `offset` on, as far as there are any; answers how many there were.
///
/// One thread spends as long on fresh pages as on copying into them, so a large read is shared.
fn read_from(file: &File, offset: u64, bytes: &mut [u8], threads: usize) -> io::Result<usize> {
    let len = bytes.len();
    if threads < 2 || len < SPLIT {
        return fill(bytes, |rest, done| {
            read_at(file, rest, offset + done as u64)
        });
    }
    let pieces = Mutex::new(bytes.chunks_mut(PIECE).enumerate());
    let next = || pieces.lock().unwrap_or_else(PoisonError::into_inner).next();
    // Answers where the file ended, if it did.
    let work = || -> io::Result<usize> {
        let mut end = len;
        while let Some((at, piece)) = next() {
            let (start, wanted) = (at * PIECE, piece.len());
            let got = fill(piece, |rest, done| {
                read_at(file, rest, offset + (start + done) as u64)
            })?;
            if got < wanted {
                end = end.min(start + got);
            }
        }
        Ok(end)
    };
    let ends = together(threads.min(len.div_ceil(PIECE)), work);
    ends.into_iter()
        .try_fold(len, |least, end| Ok(least.min(end?)))
}

/// Reads until `bytes` is full or there is no more; answers how many bytes came.
fn fill(
    bytes: &mut [u8],
    mut read: impl FnMut(&mut [u8], usize) -> io::Result<usize>,
) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = bytes.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match read(rest, done) {
            Ok(0) => break,
            Ok(got) => done += got,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, offset)
}
