//! Rows that do not lie next to each other: what is asked for, and what is made of it.
//!
//! What each run of rows needs of a blob is asked for, together with what lies close to it ([`Blocks`]), and the bytes of all runs are put one after the other.
//! Then a node is opened ([`open`]) as if each run were the only one. What its children are needed for is merged, so that
//! nothing is read twice, and what points into them is shifted to where it lies among the rows that are read.

mod open;
#[cfg(test)]
mod tests;

use std::ops::Range;

use gawky_buffer::{Buffer, BufferMut};

use crate::Problem;
use crate::node::{as_rows, in_memory};

pub(super) use open::open;

/// Ranges of a blob with at most so many bytes between them are asked for as one: 4 KiB, as containers of local files merge them, too.
///
/// Measured on a folder in the page cache, 8 bytes every so many: apart, 30 ranges took 27 µs and 100, which are read by several threads,
/// 230 µs; with 4 KiB between them read as one 11 µs and 24 µs. A thousand of them took 0.65 ms apart and 1.0 ms as one, as 4 MB are
/// fresh memory; with at most 1 KiB between them, 0.11 ms. With 8 KiB and more between a thousand, what is read as one took ever longer, and apart as
/// long as before. Where a request costs more, as over networks, the container merges by its own profile what is asked for here.
const BRIDGED: u64 = 4 * 1024;

/// What is needed of one blob, in ascending order; what is asked for, so that all of that is among it; and what came of it.
#[derive(Debug)]
pub(super) struct Blocks {
    needed: Vec<Range<u64>>,
    asked: Vec<Range<u64>>,
    came: Vec<Option<Buffer>>,
}

impl Blocks {
    pub(super) fn with(needed: Vec<Range<u64>>) -> Self {
        let mut asked: Vec<Range<u64>> = Vec::new();
        for range in needed.iter().filter(|range| !range.is_empty()) {
            match asked.last_mut() {
                Some(last) if range.start <= last.end.saturating_add(BRIDGED) => {
                    last.end = last.end.max(range.end);
                }
                _ => asked.push(range.clone()),
            }
        }
        Self {
            came: Vec::with_capacity(asked.len()),
            needed,
            asked,
        }
    }

    pub(super) fn asked(&self) -> &[Range<u64>] {
        &self.asked
    }

    pub(super) fn supply(&mut self, blob: Option<Buffer>) {
        self.came.push(blob);
    }

    /// How many bytes are needed.
    pub(super) fn needed(&self) -> u64 {
        bytes_of(&self.needed)
    }

    /// The bytes that are needed, one after the other.
    pub(super) fn gathered(&self) -> Result<Buffer, Problem> {
        let mut blocks = self.asked.iter().zip(&self.came);
        let (mut from, mut bytes): (u64, &[u8]) = (0, &[]);
        gathered(&self.needed, |range| {
            // The first range is in none of the blocks that were looked at, and each of the others in the last of them or in a later one.
            while range.end > from.saturating_add(as_rows(bytes.len())) {
                let needed = range.end - range.start;
                let (asked, blob) = blocks.next().ok_or(Problem::Missing { needed })?;
                let needed = asked.end - asked.start;
                let blob = blob.as_ref().ok_or(Problem::Missing { needed })?;
                // What came beyond what was asked for is for nobody.
                (from, bytes) = (asked.start, piece(blob.bytes()?, &(0..needed))?);
            }
            piece(bytes, &(range.start.saturating_sub(from)..range.end - from))
        })
    }
}

/// How many bytes are in these together.
pub(super) fn bytes_of(ranges: &[Range<u64>]) -> u64 {
    ranges.iter().map(|range| range.end - range.start).sum()
}

/// The bytes `range` of these.
pub(super) fn piece<'b>(bytes: &'b [u8], range: &Range<u64>) -> Result<&'b [u8], Problem> {
    let piece = bytes.get(in_memory(range.start)?..in_memory(range.end)?);
    piece.ok_or(Problem::TooShort {
        needed: range.end,
        have: as_rows(bytes.len()),
    })
}

/// Pieces of bytes, one after the other; the caller tells what each of them is.
pub(super) fn gathered<'b>(
    ranges: &[Range<u64>],
    mut piece: impl FnMut(&Range<u64>) -> Result<&'b [u8], Problem>,
) -> Result<Buffer, Problem> {
    // All of them are there before room is made for them.
    let mut pieces = Vec::with_capacity(ranges.len());
    for range in ranges.iter().filter(|range| !range.is_empty()) {
        pieces.push(piece(range)?);
    }
    let bytes = pieces.iter().map(|piece: &&[u8]| piece.len()).sum();
    let mut all = BufferMut::try_with_capacity(bytes)?;
    for piece in pieces {
        all.extend_from_slice(piece);
    }
    Ok(all.freeze())
}
