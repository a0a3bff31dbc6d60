//! Where lists begin and end: offsets, counts, starts and stops made of one another, on the host and on a device.

use gawky_buffer::{BufferError, Kernels};

use super::rows::{Rows, compose};
use super::{IndexElement, IndexView, filled_there, reach, with_integers};
use crate::node::{in_memory, reserved, unsigned};
use crate::{Index, Problem};

/// Offsets of the same lists as `i64`, the first being 0.
pub(crate) fn zero_based(offsets: &Index) -> Result<Index, BufferError> {
    fn from_zero<T: IndexElement>(values: &[T]) -> Vec<i64> {
        let first = values.first().map_or(0, |value| value.wide());
        let values = values.iter();
        values
            .map(|value| value.wide().wrapping_sub(first))
            .collect()
    }
    if let Some(kernels) = offsets.buffer().place().kernels()? {
        let wide = offsets.widened()?;
        if wide.is_empty() {
            return Ok(wide);
        }
        return Ok(match wide.read([0])? {
            [0] => wide,
            [first] => Index::of_i64(kernels.add(wide.buffer(), first.wrapping_neg())?),
        });
    }
    match offsets.view()? {
        IndexView::I64([] | [0, ..]) => Ok(offsets.clone()),
        view => Ok(with_integers!(view, values => from_zero(values)).into()),
    }
}

/// The offsets of lists each of which begins where the one before ends; `None` for others.
pub(crate) fn end_to_end(starts: &Index, stops: &Index) -> Result<Option<Index>, Problem> {
    if let Some(kernels) = starts.buffer().place().kernels()? {
        return Ok(end_to_end_there(kernels, starts, stops)?);
    }
    let (starts, stops) = (starts.numbers()?, stops.numbers()?);
    let mut joints = starts.iter().skip(1).zip(&*stops);
    if !joints.all(|(start, stop)| start == stop) {
        return Ok(None);
    }
    let mut offsets = reserved(starts.len().saturating_add(1))?;
    offsets.extend_from_slice(&starts);
    offsets.push(stops.last().copied().unwrap_or(0));
    Ok(Some(Index::from(offsets)))
}

fn end_to_end_there(
    kernels: &dyn Kernels,
    starts: &Index,
    stops: &Index,
) -> Result<Option<Index>, BufferError> {
    let Some(last) = starts.len().checked_sub(1) else {
        return Ok(Some(Index::of_i64(filled_there(kernels, 0, 1)?)));
    };
    let (starts, stops) = (starts.widened()?, stops.widened()?);
    let (following, ends) = (starts.slice(1..last + 1)?, stops.slice(0..last)?);
    let (dtype, equal_nan) = (starts.kind().dtype(), false);
    if !kernels.all_equal(following.buffer(), ends.buffer(), dtype, equal_nan)? {
        return Ok(None);
    }
    let pieces = [starts, stops.slice(last..last + 1)?].map(Index::into_buffer);
    Ok(Some(Index::of_i64(kernels.concatenate(&pieces)?)))
}

/// Whether all offsets are within a content of this length.
pub(crate) fn are_within(offsets: &Index, content: usize) -> Result<bool, BufferError> {
    Ok(reach::first_outside(offsets, 0, content.saturating_add(1))?.is_none())
}

/// As many offsets as these, all 0: those of empty lists.
pub(crate) fn all_empty(offsets: &Index) -> Result<Index, Problem> {
    if let Some(kernels) = offsets.buffer().place().kernels()? {
        return Ok(Index::of_i64(filled_there(kernels, 0, offsets.len())?));
    }
    let mut zeros = reserved(offsets.len())?;
    zeros.resize(offsets.len(), 0_i64);
    Ok(Index::from(zeros))
}

/// How many elements each list has, as `i64`.
pub(crate) fn counts(starts: &Index, stops: &Index) -> Result<Index, BufferError> {
    if let Some(kernels) = starts.buffer().place().kernels()? {
        let (starts, stops) = (starts.widened()?, stops.widened()?);
        let counts = kernels.subtract(stops.buffer(), starts.buffer())?;
        return Ok(Index::of_i64(counts));
    }
    let (starts, stops) = (starts.numbers()?, stops.numbers()?);
    let bounds = starts.iter().zip(&*stops);
    let counts: Vec<i64> = bounds
        .map(|(start, stop)| stop.wrapping_sub(*start))
        .collect();
    Ok(Index::from(counts))
}

/// How many elements each list has that begins at one offset and ends at the next, as `i64`.
pub(crate) fn counts_between(offsets: &Index) -> Result<Index, BufferError> {
    let lists = offsets.len().saturating_sub(1);
    let ends = lists.min(1)..offsets.len();
    if !offsets.buffer().place().is_host() {
        let wide = offsets.widened()?;
        return counts(&wide.slice(0..lists)?, &wide.slice(ends)?.slice(0..lists)?);
    }
    let offsets = offsets.numbers()?;
    let bounds = offsets.iter().zip(offsets.iter().skip(1));
    let counts: Vec<i64> = bounds
        .map(|(start, stop)| stop.wrapping_sub(*start))
        .collect();
    Ok(Index::from(counts))
}

/// The error for lists that have more elements together than offsets can say; it is that of a device's kernel.
pub(crate) fn more_than_counted() -> BufferError {
    BufferError::OutOfMemory {
        what: "a list of more elements than int64 counts".to_owned(),
    }
}

/// The offsets of lists of these counts (`i64`), which lie one after the other from 0 on, and the last of them. What is
/// negative counts as 0.
pub(crate) fn offsets(counts: &Index) -> Result<(Index, usize), Problem> {
    if let Some(kernels) = counts.buffer().place().kernels()? {
        let offsets = Index::of_i64(kernels.offsets(counts.buffer())?);
        let [last] = offsets.read([offsets.len().saturating_sub(1)])?;
        return Ok((offsets, in_memory(unsigned(last)?)?));
    }
    let mut offsets = reserved(counts.len().saturating_add(1))?;
    let mut total = 0_i64;
    offsets.push(total);
    for count in &*counts.numbers()? {
        total = total
            .checked_add((*count).max(0))
            .ok_or_else(more_than_counted)?;
        offsets.push(total);
    }
    Ok((Index::from(offsets), in_memory(unsigned(total)?)?))
}

/// The offsets of the same lists, were they laid one after the other from 0 on, and the last of them.
pub(crate) fn laid_out(starts: &Index, stops: &Index) -> Result<(Index, usize), Problem> {
    if !starts.buffer().place().is_host() {
        return offsets(&counts(starts, stops)?);
    }
    let mut offsets = reserved(stops.len().saturating_add(1))?;
    let mut total = 0_i64;
    offsets.push(total);
    for (start, stop) in starts.numbers()?.iter().zip(&*stops.numbers()?) {
        total = total
            .checked_add(stop - start)
            .ok_or_else(more_than_counted)?;
        offsets.push(total);
    }
    Ok((Index::from(offsets), in_memory(unsigned(total)?)?))
}

/// The rows of a content that lists reach, one list after the other: `length` of them, as [`laid_out`] says.
pub(crate) fn rows(
    starts: &Index,
    stops: &Index,
    offsets: &Index,
    length: usize,
) -> Result<Rows<'static>, Problem> {
    if let Some(kernels) = starts.buffer().place().kernels()? {
        let starts = starts.widened()?;
        let rows = kernels.list_rows(starts.buffer(), offsets.buffer(), length)?;
        return Ok(Rows::There(Index::of_i64(rows)));
    }
    let mut rows = reserved(length)?;
    for (start, stop) in starts.numbers()?.iter().zip(&*stops.numbers()?) {
        if start != stop {
            rows.extend(in_memory(unsigned(*start)?)?..in_memory(unsigned(*stop)?)?);
        }
    }
    Ok(rows.into())
}

/// For each of `length` elements of lists that lie at these offsets (`i64`, from 0 on), which of its list it is.
pub(crate) fn places(offsets: &Index, length: usize) -> Result<Index, Problem> {
    if let Some(kernels) = offsets.buffer().place().kernels()? {
        let begins = filled_there(kernels, 0, offsets.len().saturating_sub(1))?;
        let places = kernels.list_rows(&begins, offsets.buffer(), length)?;
        return Ok(Index::of_i64(places));
    }
    let mut places = reserved(length)?;
    let offsets = offsets.numbers()?;
    for (start, stop) in offsets.iter().zip(offsets.iter().skip(1)) {
        places.extend(0..stop.wrapping_sub(*start));
    }
    Ok(Index::from(places))
}

/// The offsets of lists of lists, once the inner ones are no more: those of `inner` (`i64`, from 0 on) at `outer`.
pub(crate) fn through(outer: &Index, inner: &Index) -> Result<Index, Problem> {
    if outer.len() > 1 {
        return compose(outer, inner);
    }
    // No lists begin at 0, wherever their one offset lies.
    all_empty(outer)
}

/// The offsets of the same lists with empty ones between them: list `index[i]` at `i`, or an empty one where that is
/// negative. `offsets` are `i64`.
pub(crate) fn with_missing(index: &Index, offsets: &Index) -> Result<Index, Problem> {
    // What is looked up at a negative place is -1, which is no element.
    Ok(self::offsets(&compose(index, &counts_between(offsets)?)?)?.0)
}
