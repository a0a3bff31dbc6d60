//! Rows that do not lie next to each other: what is asked for, and what is made of it.
//!
//! A node is opened run by run, each as if its rows were the only ones. What its children are needed for is merged, so that
//! nothing is read twice, and what points into them is shifted to where it lies among the rows that are read.

use std::ops::Range;

use gawky_buffer::{Buffer, BufferMut};
use gawky_form::{Attribute, Form, IndexType};
use smallvec::SmallVec;

use super::plan::{open_run, opens_at_once};
use crate::node::{
    ChildRows, Fault, Opening, Runs, Slots, as_rows, in_memory, positions_among, put_back,
};
use crate::{Index, Problem};

/// Ranges of a blob with at most so many bytes between them are asked for as one: 4 KiB, as containers of local files merge them, too.
///
/// Measured on a folder in the page cache, 8 bytes every so many: apart, 30 ranges took 27 µs and 100, which are read by several threads,
/// 230 µs; with 4 KiB between them read as one 11 µs and 24 µs. A thousand of them took 0.65 ms apart and 1.0 ms as one, as 4 MB are
/// fresh memory; with at most 1 KiB between them, 0.11 ms. With 8 KiB and more between a thousand, what is read as one took ever longer, and apart as
/// long as before. Where a request costs more, as over networks, the container merges by its own profile what is asked for here.
const BRIDGED: u64 = 4 * 1024;

/// What is asked for of one blob, in ascending order, and what came of it.
#[derive(Debug)]
pub(super) struct Blocks {
    asked: Vec<Range<u64>>,
    came: Vec<Option<Buffer>>,
}

impl Blocks {
    /// What to ask for, so that all of these are among it.
    pub(super) fn with(ranges: &[Range<u64>]) -> Self {
        let mut asked: Vec<Range<u64>> = Vec::new();
        for range in ranges.iter().filter(|range| !range.is_empty()) {
            match asked.last_mut() {
                Some(last) if range.start <= last.end.saturating_add(BRIDGED) => {
                    last.end = last.end.max(range.end);
                }
                _ => asked.push(range.clone()),
            }
        }
        Self {
            came: Vec::with_capacity(asked.len()),
            asked,
        }
    }

    pub(super) fn asked(&self) -> &[Range<u64>] {
        &self.asked
    }

    pub(super) fn supply(&mut self, blob: Option<Buffer>) {
        self.came.push(blob);
    }

    /// The bytes of these ranges, which it was asked for, one after the other.
    pub(super) fn gathered(&self, ranges: &[Range<u64>]) -> Result<Buffer, Problem> {
        let mut blocks = self.asked.iter().zip(&self.came).peekable();
        gathered(ranges, |range| {
            while blocks.next_if(|(asked, _)| asked.end < range.end).is_some() {}
            let Some((asked, blob)) = blocks.peek() else {
                return Ok(Buffer::empty());
            };
            let needed = asked.end - asked.start;
            let blob = blob.as_ref().ok_or(Problem::Missing { needed })?;
            let have = as_rows(blob.len());
            if have < needed {
                return Err(Problem::TooShort { needed, have });
            }
            let start = in_memory(range.start - asked.start)?;
            Ok(blob.slice(start..start + in_memory(range.end - range.start)?)?)
        })
    }
}

/// Pieces of bytes, one after the other; the caller tells where each of them is.
pub(super) fn gathered(
    ranges: &[Range<u64>],
    piece: impl FnMut(&Range<u64>) -> Result<Buffer, Problem>,
) -> Result<Buffer, Problem> {
    let needed = ranges.iter().filter(|range| !range.is_empty());
    // All of them are there before room is made for them.
    let pieces: Vec<Buffer> = needed.map(piece).collect::<Result<_, _>>()?;
    let bytes = pieces.iter().map(Buffer::len).sum();
    let mut all = BufferMut::try_with_capacity(bytes)?;
    for piece in &pieces {
        all.extend_from_slice(piece.bytes()?);
    }
    Ok(all.freeze())
}

/// What opening one run came to.
struct Opened {
    /// The node's bytes for it, of which those that point to rows of a child begin at 0.
    own: SmallVec<[Buffer; 2]>,
    rows: ChildRows,
}

impl Opened {
    /// The integers in one of the node's buffers.
    fn integers(&self, slot: usize, kind: IndexType) -> Result<Index, Problem> {
        Ok(Index::try_new(
            self.own.get(slot).cloned().unwrap_or_default(),
            kind,
        )?)
    }
}

/// Which rows of its children a node needs for `runs`, given its own bytes for them, one run after the other; those are
/// made to point into the rows of the children that are read.
pub(super) fn open(
    form: &Form,
    runs: &[Range<u64>],
    slots: Slots<'_>,
    opening: Opening,
) -> Result<ChildRows, Fault> {
    if opens_at_once(form) {
        let needed = runs.iter().map(|run| {
            let rows = open_run(form, run, &mut [], opening)?;
            Ok(rows.of(0))
        });
        let needed: Vec<_> = needed.collect::<Result<_, Fault>>()?;
        return Ok(ChildRows::Every(Runs::merged(needed)));
    }
    let opened = open_each(form, runs, slots, opening)?;
    let needed = |child| opened.iter().map(move |one| one.rows.of(child));
    let merged: Vec<Runs> = (0..form.children().len())
        .map(|child| Runs::merged(needed(child)))
        .collect();
    // Where the first row that a run needs of a child lies among all that are read of that.
    let bases: Vec<Vec<u64>> = merged
        .iter()
        .enumerate()
        .map(|(child, merged)| {
            let starts = needed(child).map(|rows| rows.start);
            positions_among(merged.as_slice(), starts)
        })
        .collect();
    let base = |child: usize, run: usize| {
        let base = bases.get(child).and_then(|bases| bases.get(run));
        signed(base.copied().unwrap_or(0))
    };
    let runs = || opened.iter().enumerate();
    match form {
        Form::ListOffset(form) => {
            let offsets = joined_offsets(&opened, form.offsets)
                .map_err(|problem| problem.of(Attribute::Offsets))?;
            put_back(slots, [narrow(offsets, form.offsets)?]);
        }
        Form::List(form) => {
            let mut starts = Vec::new();
            let mut stops = Vec::new();
            for (run, one) in runs() {
                append(&mut starts, &one.integers(0, form.starts)?, base(0, run))?;
                append(&mut stops, &one.integers(1, form.starts)?, base(0, run))?;
            }
            let both = [narrow(starts, form.starts)?, narrow(stops, form.starts)?];
            put_back(slots, both);
        }
        Form::Indexed(_) | Form::IndexedOption(_) => {
            let kind = match form {
                Form::IndexedOption(form) => form.index.into(),
                Form::Indexed(form) => form.index,
                _ => IndexType::I64,
            };
            let mut index = Vec::new();
            for (run, one) in runs() {
                append(&mut index, &one.integers(0, kind)?, base(0, run))?;
            }
            put_back(slots, [narrow(index, kind)?]);
        }
        Form::Union(form) => {
            let mut index = Vec::new();
            for (run, one) in runs() {
                let tags = one.own.first().cloned().unwrap_or_default();
                let rows = one.integers(1, form.index)?;
                for (tag, row) in tags.bytes()?.iter().zip(rows.numbers()?.iter()) {
                    index.push(row.saturating_add(base(usize::from(*tag), run)));
                }
            }
            let tags = slots.first_mut().and_then(Option::take);
            put_back(
                slots,
                [tags.unwrap_or_default(), narrow(index, form.index)?],
            );
        }
        // They are opened at once.
        _ => {}
    }
    Ok(ChildRows::Each(merged))
}

/// Opens a node run by run.
fn open_each(
    form: &Form,
    runs: &[Range<u64>],
    slots: Slots<'_>,
    opening: Opening,
) -> Result<Vec<Opened>, Fault> {
    let mut opened = Vec::with_capacity(runs.len());
    let mut begins = [0; 2];
    for run in runs {
        let mut own: SmallVec<[Option<Buffer>; 2]> = SmallVec::new();
        for ((slot, spec), begin) in slots.iter().zip(&*form.buffers()).zip(&mut begins) {
            let elements = spec.extent.elements(run.clone()).unwrap_or(0..0);
            let elements = in_memory(elements.end - elements.start)?;
            let end = elements
                .checked_mul(spec.dtype.itemsize())
                .and_then(|bytes| bytes.checked_add(*begin))
                .unwrap_or(usize::MAX);
            let piece = slot.as_ref().map(|slot| slot.slice(*begin..end));
            own.push(piece.transpose()?);
            *begin = end;
        }
        let rows = open_run(form, run, &mut own, opening)?;
        opened.push(Opened {
            own: own.into_iter().map(Option::unwrap_or_default).collect(),
            rows,
        });
    }
    Ok(opened)
}

/// Appends what points into a child, whose rows begin at `base` now; what is negative points nowhere.
fn append(all: &mut Vec<i64>, own: &Index, base: i64) -> Result<(), Problem> {
    let own = own.numbers()?;
    all.extend(own.iter().map(|row| match row {
        0.. => row.saturating_add(base),
        _ => *row,
    }));
    Ok(())
}

/// The offsets of all runs: the content of each lies behind that of the one before.
fn joined_offsets(opened: &[Opened], kind: IndexType) -> Result<Vec<i64>, Problem> {
    let (mut all, mut read_to) = (vec![0], 0);
    for one in opened {
        let content = one.rows.of(0);
        // Lists without elements lie nowhere in particular.
        if !content.is_empty() && content.start < read_to {
            return Err(Problem::OffsetsDecrease {
                at: as_rows(all.len() - 1),
                start: signed(read_to),
                stop: signed(content.start),
            });
        }
        read_to = read_to.max(content.end);
        let own = one.integers(0, kind)?;
        let base = all.last().copied().unwrap_or(0);
        all.extend(own.numbers()?.iter().skip(1).map(|offset| offset + base));
    }
    Ok(all)
}

/// A number of rows; no array has more than an `i64` can count.
fn signed(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Integers of the kind that the form says.
fn narrow(numbers: Vec<i64>, kind: IndexType) -> Result<Buffer, Problem> {
    let length = as_rows(numbers.len());
    let index = Index::fitting(numbers, kind);
    if index.kind() != kind {
        return Err(Problem::TooLarge {
            what: "rows that are pointed to",
            length,
        });
    }
    Ok(index.into_buffer())
}

#[cfg(test)]
mod tests;
