//! Strings and bytestrings: contiguous, views, and of one size.

use arrow_data::ArrayData;
use arrow_schema::DataType;
use gawky_array::{Array, ListOffsetArray, NumpyArray, RegularArray};
use gawky_buffer::{Buffer, DType};
use gawky_form::Parameters;

use super::parts;
use super::plan::FieldPlan;
use crate::error::as_rows;
use crate::{ArrowError, ArrowProblem};

pub(super) fn text(data: &ArrayData, plan: &FieldPlan) -> Result<Array, ArrowError> {
    let data_type = &plan.data_type;
    let is_string = matches!(
        data_type,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    );
    let (list, element) = if is_string {
        ("string", "char")
    } else {
        ("bytestring", "byte")
    };
    let of = |kind: &str| Parameters::from_iter([("__array__", kind)]);
    let parameters = match &plan.annotation.node_parameters {
        Some(told) => told.clone(),
        None => of(list),
    };
    let content = |bytes: Buffer| -> Result<Array, ArrowError> {
        let length = bytes.len();
        let numbers = NumpyArray::try_new(bytes, DType::UInt8, [].into(), length, of(element))?;
        Ok(numbers.into())
    };
    match data_type {
        DataType::FixedSizeBinary(size) => {
            let size = usize::try_from(*size).unwrap_or(0);
            let bytes = parts::own(data, 0, size)?;
            Ok(RegularArray::try_new(content(bytes)?, size, data.len(), parameters)?.into())
        }
        DataType::Utf8View | DataType::BinaryView => {
            let (offsets, bytes) = gathered(data)?;
            Ok(
                ListOffsetArray::try_new(offsets.into(), content(bytes.into())?, parameters)?
                    .into(),
            )
        }
        _ => {
            let is_large = matches!(data_type, DataType::LargeUtf8 | DataType::LargeBinary);
            let offsets = parts::offsets(data, is_large)?;
            let content = content(parts::whole(data, 1))?;
            Ok(ListOffsetArray::try_new(offsets, content, parameters)?.into())
        }
    }
}

/// How many bytes a view holds itself.
const INLINE: usize = 12;

/// What views show, one after the other.
fn gathered(data: &ArrayData) -> Result<(Vec<i64>, Vec<u8>), ArrowError> {
    let views = parts::own(data, 0, 16)?;
    let is_there = |row| data.nulls().is_none_or(|nulls| nulls.is_valid(row));
    let mut offsets = vec![0_i64];
    let mut total = 0_usize;
    for (row, view) in views.bytes()?.chunks_exact(16).enumerate() {
        if is_there(row) {
            total = total.saturating_add(shown(data, row, view)?.len());
        }
        offsets.push(i64::try_from(total).unwrap_or(i64::MAX));
    }
    // Views may show the same bytes over and over.
    let mut bytes: Vec<u8> = parts::room(total)?;
    for (row, view) in views.bytes()?.chunks_exact(16).enumerate() {
        if is_there(row) {
            bytes.extend_from_slice(shown(data, row, view)?);
        }
    }
    Ok((offsets, bytes))
}

/// What one view shows: its own bytes, or some of one of the buffers.
fn shown<'a>(data: &'a ArrayData, row: usize, view: &'a [u8]) -> Result<&'a [u8], ArrowError> {
    let number = |at: usize| {
        let bytes = view.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        i32::from_le_bytes(bytes.unwrap_or_default())
    };
    let length = number(0);
    let refused = |what, index, length| ArrowProblem::OutOfBounds {
        at: as_rows(row),
        what,
        index: i64::from(index),
        length: as_rows(length),
    };
    let size = usize::try_from(length).map_err(|_| refused("a string of bytes", length, 0))?;
    if size <= INLINE {
        return Ok(view.get(4..4 + size).unwrap_or_default());
    }
    // The first buffer has the views.
    let buffers = data.buffers().get(1..).unwrap_or_default();
    let (which, begin) = (number(8), number(12));
    let buffer = usize::try_from(which)
        .ok()
        .and_then(|which| buffers.get(which))
        .ok_or_else(|| refused("buffer", which, buffers.len()))?;
    let range = usize::try_from(begin)
        .ok()
        .and_then(|begin| Some(begin..begin.checked_add(size)?));
    range
        .and_then(|range| buffer.get(range))
        .ok_or_else(|| refused("byte", begin, buffer.len()).into())
}
