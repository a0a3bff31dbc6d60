//! Where pieces lie in one allocation, and in which copies they travel: arithmetic without a device.

use std::ops::Range;

use gawky_buffer::{Alignment, BufferError};

/// Pieces begin at multiples of this, which is what CUDA aligns an allocation to.
const ALIGNED: usize = 256;

/// A piece of pinned memory is copied from where it lies from this size on; below, one copy of many pieces costs less.
const DIRECT_LEAST: usize = 64 << 10;

/// Pieces of one allocation come back with one copy where not more than this lies between them: about what a
/// bus moves in the time in which a copy is begun.
const CLOSE: usize = 16 << 10;

/// Where each of some pieces lies in one allocation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Slab {
    // One for each piece, in ascending order; those of pieces without bytes are shared with the next.
    starts: Vec<usize>,
    lens: Vec<usize>,
    len: usize,
}

/// One step of an upload.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// These bytes of the slab, gathered on the host first.
    Gathered(Range<usize>),
    /// A piece, from where it lies.
    Direct(usize),
}

impl Slab {
    /// # Errors
    /// [`BufferError::OutOfMemory`] when no address space holds them all.
    pub(crate) fn of(lens: impl IntoIterator<Item = usize>) -> Result<Self, BufferError> {
        let lens: Vec<usize> = lens.into_iter().collect();
        let mut starts = Vec::with_capacity(lens.len());
        let mut end = 0_usize;
        for len in &lens {
            let next = end.checked_next_multiple_of(ALIGNED);
            let next = next.and_then(|start| Some((start, start.checked_add(*len)?)));
            let (start, after) = next
                .filter(|(_, after)| isize::try_from(*after).is_ok())
                .ok_or_else(|| BufferError::OutOfMemory {
                    what: format!("a slab of {} buffers", lens.len()),
                })?;
            starts.push(start);
            if *len > 0 {
                end = after;
            }
        }
        // A piece without bytes at the end may begin behind the last byte.
        for start in &mut starts {
            *start = (*start).min(end);
        }
        Ok(Self {
            starts,
            lens,
            len: end,
        })
    }

    /// How many bytes the slab has.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Where each piece lies.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        let pieces = self.starts.iter().zip(&self.lens);
        pieces.map(|(start, len)| *start..*start + *len)
    }

    /// The copies in which the slab goes up: pieces that `are_pinned` and large by themselves, the others together, in
    /// chunks of at most `chunk` bytes.
    pub(crate) fn steps(&self, are_pinned: &[bool], chunk: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut together: Option<Range<usize>> = None;
        let pinned = are_pinned.iter().copied().chain(std::iter::repeat(false));
        for ((piece, range), pinned) in self.ranges().enumerate().zip(pinned) {
            if range.is_empty() {
                continue;
            }
            if pinned && range.len() >= DIRECT_LEAST {
                gather(&mut steps, together.take(), chunk);
                steps.push(Step::Direct(piece));
            } else {
                let start = together.map_or(range.start, |together| together.start);
                together = Some(start..range.end);
            }
        }
        gather(&mut steps, together, chunk);
        steps
    }

    /// Writes the bytes `range` of the slab into `target`, which is as long: those of pieces, and zeros between them.
    pub(crate) fn fill<'a>(
        &self,
        range: &Range<usize>,
        piece: impl Fn(usize) -> &'a [u8],
        mut target: &mut [u8],
    ) {
        let mut at = range.start;
        let first = self.starts.partition_point(|start| *start <= at);
        for (number, own) in self.ranges().enumerate().skip(first.saturating_sub(1)) {
            if own.start >= range.end || target.is_empty() {
                break;
            }
            let (from, to) = (own.start.max(at), own.end.min(range.end));
            if from >= to {
                continue;
            }
            let bytes = piece(number).get(from - own.start..to - own.start);
            let bytes = bytes.unwrap_or_default();
            let Some((gap, rest)) = std::mem::take(&mut target).split_at_mut_checked(from - at)
            else {
                break;
            };
            let Some((room, rest)) = rest.split_at_mut_checked(bytes.len()) else {
                break;
            };
            gap.fill(0);
            room.copy_from_slice(bytes);
            at = from + bytes.len();
            target = rest;
        }
        target.fill(0);
    }
}

fn gather(steps: &mut Vec<Step>, together: Option<Range<usize>>, chunk: usize) {
    let Some(together) = together else { return };
    let chunks = together.clone().step_by(chunk.max(1));
    steps.extend(
        chunks.map(|start| {
            Step::Gathered(start..start.saturating_add(chunk.max(1)).min(together.end))
        }),
    );
}

/// A copy that brings back some pieces, which lie close to each other in one allocation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The allocation's address.
    pub(crate) allocation: usize,
    /// Which of its bytes.
    pub(crate) range: Range<usize>,
    /// The pieces that lie in it, by their number, and where in it they begin.
    pub(crate) pieces: Vec<(usize, usize)>,
}

/// The copies that bring back pieces, of each of which the allocation and the range are given; those without bytes
/// are in none.
pub(crate) fn runs(pieces: &[(usize, Range<usize>)]) -> Vec<Run> {
    let mut order: Vec<_> = pieces
        .iter()
        .enumerate()
        .filter(|(_, (_, range))| !range.is_empty())
        .collect();
    order.sort_by_key(|(_, (allocation, range))| (*allocation, range.start));
    let mut runs: Vec<Run> = Vec::new();
    for (number, (allocation, range)) in order {
        match runs.last_mut() {
            Some(run)
                if run.allocation == *allocation
                    && range.start <= run.range.end.saturating_add(CLOSE) =>
            {
                run.pieces.push((number, range.start - run.range.start));
                run.range.end = run.range.end.max(range.end);
            }
            _ => runs.push(Run {
                allocation: *allocation,
                range: range.clone(),
                pieces: vec![(number, 0)],
            }),
        }
    }
    runs
}

/// How far behind a multiple of 64 an address is: host memory at that phase has every part of what lies there aligned
/// as it is on the device.
pub(crate) fn phase(address: usize) -> u64 {
    (address % Alignment::CACHE_LINE.get()) as u64
}

#[cfg(test)]
mod tests;
