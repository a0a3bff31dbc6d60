//! From where to where structure reaches into a content, and whether it may: on the host in one pass, on a device by
//! its kernels, with the same answers and the same errors.

use gawky_buffer::{Buffer, BufferError, DType, Kernels};
use gawky_form::Attribute;

use super::{IndexElement, IndexView, filled_there, with_integers};
use crate::node::{Fault, as_rows};
use crate::{Index, Problem};

/// The first and the last offset, after proving that none decreases; 0 and 0 where there are no lists.
pub(crate) fn of_offsets(offsets: &Index, prove: bool) -> Result<(i64, i64), Problem> {
    match offsets.buffer().place().kernels()? {
        None => with_integers!(offsets.view()?, values => of_offsets_here(values, prove)),
        Some(kernels) => of_offsets_there(kernels, offsets, prove),
    }
}

pub(crate) fn of_offsets_here<T: IndexElement>(
    offsets: &[T],
    prove: bool,
) -> Result<(i64, i64), Problem> {
    let [begin, .., end] = offsets else {
        return Ok((0, 0));
    };
    let (first, last): (i64, i64) = (begin.wide(), end.wide());
    if first < 0 {
        return Err(Problem::NegativeOffset { offset: first });
    }
    if prove {
        let following = offsets.get(1..).unwrap_or_default();
        // The sign of this is that of any number below zero, or of any step back. Without an early exit it
        // compiles to vector instructions; the place is looked for afterwards.
        let signs = offsets
            .iter()
            .zip(following)
            .fold(0, |signs, (start, stop)| {
                signs | stop.wide() | stop.wide().wrapping_sub(start.wide())
            });
        if signs < 0 {
            return Err(where_it_decreases(offsets, following));
        }
    } else if last < first {
        return Err(Problem::OffsetsDecrease {
            at: 0,
            start: first,
            stop: last,
        });
    }
    Ok((first, last))
}

#[cold]
fn where_it_decreases<T: IndexElement>(starts: &[T], stops: &[T]) -> Problem {
    let found = starts
        .iter()
        .zip(stops)
        .enumerate()
        .find(|(_, (start, stop))| start > stop);
    let (at, start, stop) = found.map_or((0, 0, 0), |(at, (start, stop))| {
        (as_rows(at), start.wide(), stop.wide())
    });
    Problem::OffsetsDecrease { at, start, stop }
}

fn of_offsets_there(
    kernels: &dyn Kernels,
    offsets: &Index,
    prove: bool,
) -> Result<(i64, i64), Problem> {
    if offsets.len() < 2 {
        return Ok((0, 0));
    }
    let [first, last] = offsets.read([0, offsets.len() - 1])?;
    if first < 0 {
        return Err(Problem::NegativeOffset { offset: first });
    }
    let descent = if prove {
        kernels.first_descent(offsets.widened()?.buffer())?
    } else {
        None
    };
    if let Some(at) = descent.and_then(|stop| stop.checked_sub(1)) {
        let [start, stop] = offsets.read([at, at + 1])?;
        return Err(Problem::OffsetsDecrease {
            at: as_rows(at),
            start,
            stop,
        });
    }
    if last < first {
        return Err(Problem::OffsetsDecrease {
            at: 0,
            start: first,
            stop: last,
        });
    }
    Ok((first, last))
}

/// The first and one past the last element that lists reach; 0 and 0 where all are empty.
pub(crate) fn of_lists(starts: &Index, stops: &Index, prove: bool) -> Result<(i64, i64), Problem> {
    if let Some(kernels) = starts.buffer().place().kernels()? {
        return of_lists_there(kernels, starts, stops, prove);
    }
    match (starts.view()?, stops.view()?) {
        (IndexView::I32(starts), IndexView::I32(stops)) => of_lists_here(starts, stops, prove),
        (IndexView::U32(starts), IndexView::U32(stops)) => of_lists_here(starts, stops, prove),
        (IndexView::I64(starts), IndexView::I64(stops)) => of_lists_here(starts, stops, prove),
        _ => Err(kinds_differ(starts, stops)),
    }
}

#[cold]
pub(crate) fn kinds_differ(starts: &Index, stops: &Index) -> Problem {
    Problem::KindsDiffer {
        starts: starts.kind(),
        stops: stops.kind(),
    }
}

pub(crate) fn of_lists_here<T: IndexElement>(
    starts: &[T],
    stops: &[T],
    prove: bool,
) -> Result<(i64, i64), Problem> {
    let (mut lowest, mut highest) = (i64::MAX, 0_i64);
    for (at, (start, stop)) in starts.iter().zip(stops).enumerate() {
        let (start, stop): (i64, i64) = (start.wide(), stop.wide());
        if start == stop {
            continue;
        }
        if prove && (start < 0 || stop < start) {
            return Err(Problem::ListBounds {
                at: as_rows(at),
                start,
                stop,
            });
        }
        lowest = lowest.min(start);
        highest = highest.max(stop);
    }
    Ok((lowest.clamp(0, highest), highest))
}

fn of_lists_there(
    kernels: &dyn Kernels,
    starts: &Index,
    stops: &Index,
    prove: bool,
) -> Result<(i64, i64), Problem> {
    if starts.kind() != stops.kind() {
        return Err(kinds_differ(starts, stops));
    }
    let begins = starts.widened()?.into_buffer();
    let ends = stops.widened()?.into_buffer();
    let holds_something = kernels.less(&begins, &ends)?;
    if prove {
        let backward = kernels.first_where(&kernels.less(&ends, &begins)?)?;
        // An empty list may begin anywhere, so 0 stands for its begin.
        let zeros = filled_there(kernels, 0, starts.len())?;
        let checked = kernels.choose(&holds_something, &begins, &zeros)?;
        let below = kernels.first_outside(&checked, 0, i64::MAX)?;
        if let Some(at) = backward.into_iter().chain(below).min() {
            let ([start], [stop]) = (starts.read([at])?, stops.read([at])?);
            return Err(Problem::ListBounds {
                at: as_rows(at),
                start,
                stop,
            });
        }
    }
    let lowest = kernels.bounds(&begins, Some(&holds_something))?;
    let highest = kernels.bounds(&ends, Some(&holds_something))?;
    let highest = highest.map_or(0, |(_, greatest)| greatest.max(0));
    let lowest = lowest.map_or(i64::MAX, |(least, _)| least);
    Ok((lowest.clamp(0, highest), highest))
}

/// The least element picked, and one past the greatest; 0 and 0 where there are none. Nothing may be missing.
pub(crate) fn of_index(index: &Index) -> Result<(i64, i64), Problem> {
    match index.buffer().place().kernels()? {
        None => with_integers!(index.view()?, values => of_index_here(values)),
        Some(kernels) => of_index_there(kernels, index),
    }
}

pub(crate) fn of_index_here<T: IndexElement>(index: &[T]) -> Result<(i64, i64), Problem> {
    let (Some(least), Some(greatest)) = (index.iter().min(), index.iter().max()) else {
        return Ok((0, 0));
    };
    let (least, greatest): (i64, i64) = (least.wide(), greatest.wide());
    if least < 0 || greatest == i64::MAX {
        let at = index.iter().position(|value| {
            let value: i64 = value.wide();
            value < 0 || value == i64::MAX
        });
        return Err(outside_of_all(at, if least < 0 { least } else { greatest }));
    }
    Ok((least, greatest + 1))
}

fn of_index_there(kernels: &dyn Kernels, index: &Index) -> Result<(i64, i64), Problem> {
    let wide = index.widened()?;
    let Some((least, greatest)) = kernels.bounds(wide.buffer(), None)? else {
        return Ok((0, 0));
    };
    if least < 0 || greatest == i64::MAX {
        let at = kernels.first_outside(wide.buffer(), 0, i64::MAX)?;
        return Err(outside_of_all(at, if least < 0 { least } else { greatest }));
    }
    Ok((least, greatest + 1))
}

/// An index that no content could have an element for.
fn outside_of_all(at: Option<usize>, index: i64) -> Problem {
    Problem::IndexOutOfRange {
        at: as_rows(at.unwrap_or(0)),
        index,
        length: i64::MAX.unsigned_abs(),
    }
}

/// The least element picked, and one past the greatest; 0 and 0 where none is. Negative ones are missing.
#[inline]
pub(crate) fn of_option(index: &Index) -> Result<(i64, i64), Problem> {
    match index.buffer().place().kernels()? {
        None => with_integers!(index.view()?, values => of_option_here(values)),
        Some(kernels) => of_option_there(kernels, index),
    }
}

#[inline]
pub(crate) fn of_option_here<T: IndexElement>(index: &[T]) -> Result<(i64, i64), Problem> {
    let (mut least, mut greatest) = (i64::MAX, -1_i64);
    for value in index {
        let value: i64 = value.wide();
        greatest = greatest.max(value);
        if value >= 0 {
            least = least.min(value);
        }
    }
    if greatest == i64::MAX {
        let at = index.iter().position(|value| value.wide() == i64::MAX);
        return Err(outside_of_all(at, greatest));
    }
    Ok((least.min(greatest + 1), greatest + 1))
}

fn of_option_there(kernels: &dyn Kernels, index: &Index) -> Result<(i64, i64), Problem> {
    let wide = index.widened()?;
    let there = kernels.not_negative(wide.buffer())?;
    let Some((least, greatest)) = kernels.bounds(wide.buffer(), Some(&there))? else {
        return Ok((0, 0));
    };
    if greatest == i64::MAX {
        let at = kernels.first_outside(wide.buffer(), i64::MIN, i64::MAX)?;
        return Err(outside_of_all(at, greatest));
    }
    Ok((least, greatest + 1))
}

/// The first number of an index that is not less than `length`, and where; those below `lowest` count too.
pub(crate) fn first_outside(
    index: &Index,
    lowest: i64,
    length: usize,
) -> Result<Option<(usize, i64)>, BufferError> {
    let end = i64::try_from(length).unwrap_or(i64::MAX);
    let place = index.buffer().place();
    let Some(kernels) = place.kernels()? else {
        let outside = |value: i64| value < lowest || value >= end;
        return Ok(with_integers!(index.view()?, values => {
            let at = values.iter().position(|value| outside(value.wide()));
            at.and_then(|at| Some((at, values.get(at)?.wide())))
        }));
    };
    let at = kernels.first_outside(index.widened()?.buffer(), lowest, end)?;
    let Some(at) = at else {
        return Ok(None);
    };
    let [value] = index.read([at])?;
    Ok(Some((at, value)))
}

/// The error for the first element of an index that is beyond a content; negative ones are not looked at.
#[cold]
pub(crate) fn beyond(index: &Index, length: usize) -> Problem {
    match first_outside(index, i64::MIN, length) {
        Ok(found) => Problem::IndexOutOfRange {
            at: found.map_or(0, |(at, _)| as_rows(at)),
            index: found.map_or(0, |(_, value)| value),
            length: as_rows(length),
        },
        Err(error) => error.into(),
    }
}

/// For each content of a union, the least element picked and one past the greatest; 0 and 0 where none is.
pub(crate) fn of_union(
    tags: &Buffer,
    index: &Index,
    contents: usize,
) -> Result<Vec<(i64, i64)>, Fault> {
    if let Some(kernels) = tags.place().kernels()? {
        return of_union_there(kernels, tags, index, contents);
    }
    let tags = bytemuck::cast_slice(tags.bytes()?);
    with_integers!(index.view()?, values => of_union_here(tags, values, contents))
}

pub(crate) fn of_union_here<T: IndexElement>(
    tags: &[i8],
    index: &[T],
    contents: usize,
) -> Result<Vec<(i64, i64)>, Fault> {
    let mut spans = vec![(i64::MAX, 0_i64); contents];
    for (at, (tag, value)) in tags.iter().zip(index).enumerate() {
        let Some(span) = usize::try_from(*tag)
            .ok()
            .and_then(|tag| spans.get_mut(tag))
        else {
            return Err(no_such_content(at, *tag, contents));
        };
        let value: i64 = value.wide();
        if value < 0 || value == i64::MAX {
            return Err(outside_of_all(Some(at), value).of(Attribute::Index));
        }
        span.0 = span.0.min(value);
        span.1 = span.1.max(value + 1);
    }
    for span in &mut spans {
        span.0 = span.0.min(span.1);
    }
    Ok(spans)
}

fn no_such_content(at: usize, tag: i8, contents: usize) -> Fault {
    Problem::TagOutOfRange {
        at: as_rows(at),
        tag,
        contents,
    }
    .of(Attribute::Tags)
}

fn of_union_there(
    kernels: &dyn Kernels,
    tags: &Buffer,
    index: &Index,
    contents: usize,
) -> Result<Vec<(i64, i64)>, Fault> {
    let numbers = Index::of_i64(kernels.cast(tags, DType::Int8, DType::Int64)?);
    let end = i64::try_from(contents).unwrap_or(i64::MAX);
    let bad_tag = kernels.first_outside(numbers.buffer(), 0, end)?;
    let wide = index.widened()?;
    let bad_row = kernels.first_outside(wide.buffer(), 0, i64::MAX)?;
    match (bad_tag, bad_row) {
        (Some(at), row) if row.is_none_or(|row| at <= row) => {
            let [tag] = numbers.read([at])?;
            let tag = i8::try_from(tag).unwrap_or(i8::MIN);
            return Err(no_such_content(at, tag, contents));
        }
        (_, Some(at)) => {
            let [value] = wide.read([at])?;
            return Err(outside_of_all(Some(at), value).of(Attribute::Index));
        }
        _ => {}
    }
    let mut spans = Vec::with_capacity(contents);
    for tag in (0..=u8::MAX).take(contents) {
        let own = kernels.equals(tags, tag)?;
        let bounds = kernels.bounds(wide.buffer(), Some(&own))?;
        spans.push(bounds.map_or((0, 0), |(least, greatest)| (least, greatest + 1)));
    }
    Ok(spans)
}
