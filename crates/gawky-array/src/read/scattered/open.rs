//! Which rows of its children a node needs for runs of rows, and what points into them once only those are left.

use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::Buffer;
use gawky_form::{Attribute, Form, IndexType};

use crate::index::{IndexElement, IndexView, reach, with_integers};
use crate::node::{
    ChildRows, Fault, Opening, Runs, Slots, as_rows, first, in_memory, positions_among, put_back,
    reserved, second,
};
use crate::read::plan::open_run;
use crate::{Index, Problem};

/// Which rows of its children a node needs for `runs`, given its own bytes for them, one run after the other; those are
/// made to point into the rows of the children that are read.
pub(in crate::read) fn open(
    form: &Form,
    runs: &Arc<[Range<u64>]>,
    slots: Slots<'_>,
    opening: Opening,
) -> Result<ChildRows, Fault> {
    Ok(match form {
        Form::ListOffset(form) => {
            let offsets = Index::try_new(first(slots), form.offsets)?;
            let (joined, rows) =
                with_integers!(offsets.view()?, values => joined(values, runs, opening))
                    .map_err(|problem| problem.of(Attribute::Offsets))?;
            put_back(slots, [joined]);
            ChildRows::Every(rows)
        }
        Form::List(form) => {
            let starts = Index::try_new(first(slots), form.starts)?;
            let stops = Index::try_new(second(slots), form.starts)?;
            let opened = match (starts.view()?, stops.view()?) {
                (IndexView::I32(starts), IndexView::I32(stops)) => {
                    lists(starts, stops, runs, opening)
                }
                (IndexView::U32(starts), IndexView::U32(stops)) => {
                    lists(starts, stops, runs, opening)
                }
                (IndexView::I64(starts), IndexView::I64(stops)) => {
                    lists(starts, stops, runs, opening)
                }
                _ => Err(reach::kinds_differ(&starts, &stops)),
            };
            let (both, rows) = opened.map_err(|problem| problem.of(Attribute::Stops))?;
            put_back(slots, both);
            ChildRows::Every(rows)
        }
        Form::Indexed(form) => index(form.index, false, runs, slots, opening)?,
        Form::IndexedOption(form) => index(form.index.into(), true, runs, slots, opening)?,
        Form::Union(form) => {
            let tags = first(slots);
            let index = Index::try_new(second(slots), form.index)?;
            let contents = form.contents().len();
            let own = bytemuck::cast_slice(tags.bytes()?);
            let (index, rows) = with_integers!(index.view()?, values => united(own, values, contents, runs, opening))?;
            put_back(slots, [tags, index]);
            ChildRows::Each(rows)
        }
        _ => match form.rows_of_contents() {
            Some(1) => ChildRows::Every(Runs::Many(Arc::clone(runs))),
            Some(_) => {
                let needed = runs.iter().map(|run| {
                    let rows = open_run(form, run, &mut [], opening)?;
                    Ok(rows.of(0))
                });
                let needed: Vec<_> = needed.collect::<Result<_, Fault>>()?;
                ChildRows::Every(Runs::merged(needed))
            }
            // It has no children.
            None => ChildRows::Each(Vec::new()),
        },
    })
}

/// An index, of which what is negative may be missing, and which rows of the content it picks.
fn index(
    kind: IndexType,
    may_miss: bool,
    runs: &[Range<u64>],
    slots: Slots<'_>,
    opening: Opening,
) -> Result<ChildRows, Fault> {
    let index = Index::try_new(first(slots), kind)?;
    let (moved, rows) =
        with_integers!(index.view()?, values => picked(values, may_miss, runs, opening))
            .map_err(|problem| problem.of(Attribute::Index))?;
    put_back(slots, [moved]);
    Ok(ChildRows::Every(rows))
}

/// The elements of each run: `more` than it has rows.
fn by_run<'v, T>(
    values: &'v [T],
    runs: &[Range<u64>],
    more: usize,
) -> impl Iterator<Item = Result<&'v [T], Problem>> {
    let mut rest = values;
    runs.iter().map(move |run| {
        let needed = in_memory(run.end - run.start)?.saturating_add(more);
        let (own, left) = rest
            .split_at_checked(needed)
            .ok_or(Problem::BufferTooShort {
                needed: as_rows(needed),
                have: as_rows(rest.len()),
            })?;
        rest = left;
        Ok(own)
    })
}

/// The offsets of all runs, of which the content of each lies behind that of the one before; and which rows of the content are needed.
fn joined<T: IndexElement>(
    offsets: &[T],
    runs: &[Range<u64>],
    opening: Opening,
) -> Result<(Buffer, Runs), Problem> {
    let mut all = reserved(offsets.len())?;
    all.push(T::default());
    let mut needed = Vec::with_capacity(runs.len());
    // Up to where the content has been read, and how much of it that is.
    let (mut read_to, mut length) = (0, 0);
    for own in by_run(offsets, runs, 1) {
        let own = own?;
        let (lowest, highest) = reach::of_offsets_here(own, opening.prove)?;
        // Lists without elements lie nowhere in particular.
        if lowest < highest && lowest < read_to {
            return Err(Problem::OffsetsDecrease {
                at: as_rows(all.len() - 1),
                start: read_to,
                stop: lowest,
            });
        }
        read_to = read_to.max(highest);
        // What is left of the content before these is no longer than what there was, so the sum is of the same kind.
        let shift = length - lowest;
        let following = own.iter().skip(1);
        all.extend(following.map(|offset| T::from_i64(offset.wide().wrapping_add(shift))));
        length += highest - lowest;
        needed.push(opening.child(lowest, highest)?.0);
    }
    Ok((all.into(), Runs::merged(needed)))
}

/// The rows of a content that any run needs, and for each run by how much what points to them has moved.
fn merged(needed: Vec<Range<u64>>) -> (Runs, Vec<i64>) {
    let starts: Vec<u64> = needed.iter().map(|rows| rows.start).collect();
    let rows = Runs::merged(needed);
    let moved = positions_among(rows.as_slice(), starts.iter().copied());
    let shifts = moved.into_iter().zip(starts);
    // Rows only move to the front, so this is a number that no `i64` is too small for.
    let shifts = shifts.map(|(to, from)| to.wrapping_sub(from).cast_signed());
    (rows, shifts.collect())
}

/// The starts and the stops of all runs, and which rows of the content are needed.
fn lists<T: IndexElement>(
    starts: &[T],
    stops: &[T],
    runs: &[Range<u64>],
    opening: Opening,
) -> Result<([Buffer; 2], Runs), Problem> {
    let both = || by_run(starts, runs, 0).zip(by_run(stops, runs, 0));
    let mut needed = Vec::with_capacity(runs.len());
    for (starts, stops) in both() {
        let (lowest, highest) = reach::of_lists_here(starts?, stops?, opening.prove)?;
        needed.push(opening.child(lowest, highest)?.0);
    }
    let (rows, shifts) = merged(needed);
    let mut moved = [reserved(starts.len())?, reserved(stops.len())?];
    for ((starts, stops), shift) in both().zip(shifts) {
        let (starts, stops) = (starts?, stops?);
        for (moved, [own, other]) in moved.iter_mut().zip([[starts, stops], [stops, starts]]) {
            moved.extend(own.iter().zip(other).map(|(own, other)| {
                // Lists without elements may lie anywhere.
                if own == other {
                    T::default()
                } else {
                    T::from_i64(own.wide().wrapping_add(shift))
                }
            }));
        }
    }
    Ok((moved.map(Buffer::from_vec), rows))
}

/// The index of all runs, and which rows of the content it picks.
fn picked<T: IndexElement>(
    index: &[T],
    may_miss: bool,
    runs: &[Range<u64>],
    opening: Opening,
) -> Result<(Buffer, Runs), Problem> {
    let mut needed = Vec::with_capacity(runs.len());
    for own in by_run(index, runs, 0) {
        let (lowest, highest) = match may_miss {
            true => reach::of_option_here(own?)?,
            false => reach::of_index_here(own?)?,
        };
        needed.push(opening.child(lowest, highest)?.0);
    }
    let (rows, shifts) = merged(needed);
    let mut moved = reserved(index.len())?;
    for (own, shift) in by_run(index, runs, 0).zip(shifts) {
        moved.extend(own?.iter().map(|row| match row.wide() {
            // What is negative picks nothing.
            ..0 => *row,
            there => T::from_i64(there.wrapping_add(shift)),
        }));
    }
    Ok((Buffer::from_vec(moved), rows))
}

/// The index of a union, and which rows of each of its contents are needed.
fn united<T: IndexElement>(
    tags: &[i8],
    index: &[T],
    contents: usize,
    runs: &[Range<u64>],
    opening: Opening,
) -> Result<(Buffer, Vec<Runs>), Fault> {
    let both = || by_run(tags, runs, 0).zip(by_run(index, runs, 0));
    let mut needed = vec![Vec::with_capacity(runs.len()); contents];
    for (tags, index) in both() {
        let reached = reach::of_union_here(tags?, index?, contents)?;
        for (needed, (lowest, highest)) in needed.iter_mut().zip(reached) {
            needed.push(opening.child(lowest, highest)?.0);
        }
    }
    let (rows, shifts): (Vec<_>, Vec<_>) = needed.into_iter().map(merged).unzip();
    let mut moved = reserved(index.len())?;
    for (run, (tags, index)) in both().enumerate() {
        moved.extend(tags?.iter().zip(index?).map(|(tag, row)| {
            let shifts = usize::try_from(*tag).ok().and_then(|tag| shifts.get(tag));
            let shift = shifts.and_then(|shifts| shifts.get(run));
            T::from_i64(row.wide().wrapping_add(shift.copied().unwrap_or(0)))
        }));
    }
    Ok((Buffer::from_vec(moved), rows))
}
