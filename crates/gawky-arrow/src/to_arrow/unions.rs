//! Unions, which are dense in Arrow.

use std::sync::Arc;

use arrow_array::{ArrayRef, UnionArray as ArrowUnion};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, UnionFields};
use gawky_array::{Array, Index, IndexedOptionArray, UnionArray};
use gawky_buffer::Buffer;
use gawky_form::{IndexType, Parameters};

use super::convert;
use crate::error::as_rows;
use crate::{ArrowError, ArrowProblem};

pub(super) fn union(
    array: &UnionArray,
    field: &Field,
    nulls: Option<&NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let missing = nulls.filter(|nulls| nulls.null_count() > 0);
    let Some(nulls) = missing else {
        let offsets = offsets(array.index(), array.len())?;
        let contents = array.contents().iter().map(Array::clone);
        return dense(array.tags(), offsets, contents, field);
    };
    // What is missing is one more element of the first content.
    let mut contents: Vec<Array> = array.contents().to_vec();
    let Some(first) = contents.first_mut() else {
        return super::unplanned(field, "UnionArray");
    };
    let missing = i64::try_from(first.len()).unwrap_or(i64::MAX);
    let with_missing: Vec<i64> = (0..missing).chain([-1]).collect();
    *first =
        IndexedOptionArray::try_new(with_missing.into(), first.clone(), Parameters::none())?.into();

    let tags = array.tags().bytes()?.iter().enumerate();
    let tags = tags.map(|(row, tag)| if nulls.is_null(row) { 0 } else { *tag });
    let index = array.index().to_i64()?.into_iter().enumerate();
    let index = index.map(|(row, place)| if nulls.is_null(row) { missing } else { place });
    let tags = Buffer::from_vec(tags.collect::<Vec<u8>>());
    let index = Index::from(index.collect::<Vec<i64>>());
    let offsets = offsets(&index, array.len())?;
    dense(&tags, offsets, contents.into_iter(), field)
}

/// `length` rows of a union of which nothing is there.
pub(super) fn all_missing(length: usize, field: &Field) -> Result<ArrayRef, ArrowError> {
    let DataType::Union(fields, _) = field.data_type() else {
        return super::unplanned(field, "UnionArray");
    };
    let children = fields.iter().enumerate().map(|(tag, (_, field))| {
        arrow_array::new_null_array(field.data_type(), usize::from(tag == 0))
    });
    Ok(Arc::new(ArrowUnion::try_new(
        fields.clone(),
        vec![0; length].into(),
        Some(vec![0; length].into()),
        children.collect(),
    )?))
}

fn dense(
    tags: &Buffer,
    offsets: ScalarBuffer<i32>,
    contents: impl Iterator<Item = Array>,
    field: &Field,
) -> Result<ArrayRef, ArrowError> {
    let DataType::Union(fields, _) = field.data_type() else {
        return super::unplanned(field, "UnionArray");
    };
    Ok(Arc::new(ArrowUnion::try_new(
        fields.clone(),
        ScalarBuffer::new(tags.to_arrow()?, 0, tags.len()),
        Some(offsets),
        children(fields, contents)?,
    )?))
}

fn children(
    fields: &UnionFields,
    contents: impl Iterator<Item = Array>,
) -> Result<Vec<ArrayRef>, ArrowError> {
    let pairs = fields.iter().zip(contents).enumerate();
    pairs
        .map(|(tag, ((_, field), content))| {
            convert(&content, field, None).map_err(|error| error.in_alternative(tag))
        })
        .collect()
}

/// Where each element is in its content, in Arrow's 32 bits.
fn offsets(index: &Index, length: usize) -> Result<ScalarBuffer<i32>, ArrowError> {
    if length == 0 {
        return Ok(ScalarBuffer::from(Vec::new()));
    }
    if index.kind() == IndexType::I32 {
        return Ok(ScalarBuffer::new(index.buffer().to_arrow()?, 0, length));
    }
    let mut narrow = Vec::with_capacity(length);
    for (row, place) in index.to_i64()?.into_iter().enumerate() {
        narrow.push(i32::try_from(place).map_err(|_| ArrowProblem::DoesNotFit {
            value: place,
            at: as_rows(row),
            wanted: "the 32 bits that Arrow's unions have for it",
            hint: "cut the array into partitions",
        })?);
    }
    Ok(narrow.into())
}
