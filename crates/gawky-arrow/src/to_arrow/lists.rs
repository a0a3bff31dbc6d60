//! Lists of all classes.

use std::sync::Arc;

use arrow_array::{ArrayRef, FixedSizeListArray, GenericListArray, OffsetSizeTrait};
use arrow_buffer::{ArrowNativeType, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, FieldRef};
use gawky_array::{Array, Index, ListArray, ListOffsetArray, RegularArray};
use gawky_form::{Form, IndexType, ListOffsetForm, NodeInfo};

use super::{convert, text};
use crate::error::as_rows;
use crate::{ArrowError, ArrowProblem};

pub(super) fn regular(
    array: &RegularArray,
    field: &Field,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    match field.data_type() {
        DataType::FixedSizeBinary(size) => text::fixed(array, *size, nulls),
        DataType::FixedSizeList(item, size) => {
            let elements = array.len().saturating_mul(array.size());
            let content = array.content().slice(0..elements)?;
            let values = convert(&content, item, None)?;
            Ok(Arc::new(FixedSizeListArray::try_new_with_length(
                Arc::clone(item),
                *size,
                values,
                nulls,
                array.len(),
            )?))
        }
        _ => {
            let lists = laid_out(&array.clone().into())?;
            list_offset(&lists, field, nulls)
        }
    }
}

/// Lists in any order, laid out one after the other; what is missing becomes empty.
pub(super) fn list(
    array: &ListArray,
    field: &Field,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let array = match &nulls {
        Some(nulls) => &emptied(array.starts(), array.stops(), array.content(), array, nulls)?,
        None => array,
    };
    let lists = laid_out(&array.clone().into())?;
    list_offset(&lists, field, nulls)
}

pub(super) fn list_offset(
    array: &ListOffsetArray,
    field: &Field,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let array = match &nulls {
        Some(nulls) if hides_elements(array.offsets(), nulls)? => &compacted(array, nulls)?,
        _ => array,
    };
    match field.data_type() {
        DataType::List(item) => lists::<i32>(array, item, nulls),
        DataType::LargeList(item) => lists::<i64>(array, item, nulls),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary => {
            text::text(array, field.data_type(), nulls)
        }
        _ => super::unplanned(field, "ListOffsetArray"),
    }
}

fn lists<O: Offset>(
    array: &ListOffsetArray,
    item: &FieldRef,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let (offsets, content) = reached::<O>(array)?;
    let values = convert(&content, item, None)?;
    Ok(Arc::new(GenericListArray::<O>::try_new(
        Arc::clone(item),
        offsets,
        values,
        nulls,
    )?))
}

/// Offsets of 32 or of 64 bits.
pub(super) trait Offset: OffsetSizeTrait + ArrowNativeType {
    const KIND: IndexType;
}

impl Offset for i32 {
    const KIND: IndexType = IndexType::I32;
}

impl Offset for i64 {
    const KIND: IndexType = IndexType::I64;
}

/// The offsets in Arrow's integers, and the content up to where they end.
///
/// Offsets that begin so late that less than half of the content before their end is theirs are counted from the first:
/// else a small slice of a large array would take all that lies before it along.
pub(super) fn reached<O: Offset>(
    array: &ListOffsetArray,
) -> Result<(OffsetBuffer<O>, Array), ArrowError> {
    let offsets = array.offsets();
    let first = offsets.get(0).unwrap_or(0);
    let last = offsets.get(array.len()).unwrap_or(first);
    if array.is_empty() {
        let content = array.content().slice(0..0)?;
        return Ok((OffsetBuffer::new_empty(), content));
    }
    let end = usize::try_from(last).unwrap_or(usize::MAX);
    let begin = usize::try_from(first).unwrap_or(usize::MAX);
    let is_far = begin > end / 2;
    if offsets.kind() == O::KIND && !is_far {
        let shared = ScalarBuffer::new(offsets.buffer().to_arrow()?, 0, offsets.len());
        return Ok((OffsetBuffer::new(shared), array.content().slice(0..end)?));
    }
    let base = if is_far { first } else { 0 };
    let mut counted = Vec::with_capacity(offsets.len());
    for (row, offset) in offsets.to_i64()?.into_iter().enumerate() {
        let offset = offset - base;
        let fits = usize::try_from(offset).ok().and_then(O::from_usize);
        counted.push(fits.ok_or(ArrowProblem::DoesNotFit {
            value: offset,
            at: as_rows(row),
            wanted: "offsets of 32 bits",
            hint: "do not ask for them, or cut the array into partitions",
        })?);
    }
    let begin = if is_far { begin } else { 0 };
    let content = array.content().slice(begin..end)?;
    Ok((OffsetBuffer::new(counted.into()), content))
}

/// Whether a list that is missing has elements, which not everybody reads (Arrow's C++ does not write such to Parquet).
fn hides_elements(offsets: &Index, nulls: &NullBuffer) -> Result<bool, ArrowError> {
    if nulls.null_count() == 0 {
        return Ok(false);
    }
    let offsets = offsets.to_i64()?;
    let mut lists = offsets.iter().zip(offsets.iter().skip(1)).enumerate();
    Ok(lists.any(|(row, (start, stop))| start != stop && nulls.is_null(row)))
}

/// The same lists without the elements of those that are missing.
pub(super) fn compacted(
    array: &ListOffsetArray,
    nulls: &NullBuffer,
) -> Result<ListOffsetArray, ArrowError> {
    let starts = array.offsets().slice(0..array.len())?;
    let stops = array.offsets().slice(1..array.len() + 1)?;
    let lists = ListArray::try_new(
        starts.clone(),
        stops.clone(),
        array.content().clone(),
        array.parameters().clone(),
    )?;
    let emptied = emptied(&starts, &stops, array.content(), &lists, nulls)?;
    laid_out(&emptied.into())
}

fn emptied(
    starts: &Index,
    stops: &Index,
    content: &Array,
    array: &ListArray,
    nulls: &NullBuffer,
) -> Result<ListArray, ArrowError> {
    let kept = |index: &Index| -> Result<Index, ArrowError> {
        let kept = index.to_i64()?.into_iter().enumerate();
        let kept = kept.map(|(row, place)| if nulls.is_null(row) { 0 } else { place });
        Ok(Index::from(kept.collect::<Vec<i64>>()))
    };
    Ok(ListArray::try_new(
        kept(starts)?,
        kept(stops)?,
        content.clone(),
        array.parameters().clone(),
    )?)
}

/// Lists of any class as lists that lie one after the other.
pub(super) fn laid_out(array: &Array) -> Result<ListOffsetArray, ArrowError> {
    let content = array.children().first().map(Array::form);
    let form = Form::from(ListOffsetForm {
        offsets: IndexType::I64,
        content: Arc::new(content.unwrap_or_else(|| array.form())),
        info: NodeInfo::new(array.parameters().clone()),
    });
    match array.conform_to(&form)? {
        Array::ListOffset(lists) => Ok(lists),
        other => super::unplanned(&Field::new("", DataType::Null, true), other.class()),
    }
}
