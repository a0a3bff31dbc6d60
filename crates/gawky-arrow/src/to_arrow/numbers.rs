//! Numbers, booleans and times.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, FixedSizeListArray, NullArray, make_array};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field};
use gawky_array::NumpyArray;
use gawky_buffer::{Buffer, DType};

use crate::error::as_rows;
use crate::{ArrowError, ArrowProblem};

pub(super) fn numpy(
    array: &NumpyArray,
    field: &Field,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let data = array.data();
    shaped(
        data,
        array.dtype(),
        array.inner_shape(),
        array.len(),
        field.data_type(),
        nulls,
    )
}

/// Rows of the shape `shape`: lists of one size for each of its axes.
fn shaped(
    data: &Buffer,
    dtype: DType,
    shape: &[u64],
    length: usize,
    data_type: &DataType,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let (Some((_, inner)), DataType::FixedSizeList(item, size)) = (shape.split_first(), data_type)
    else {
        return flat(data, dtype, length, data_type, nulls);
    };
    let elements = length.saturating_mul(usize::try_from(*size).unwrap_or(0));
    let values = shaped(data, dtype, inner, elements, item.data_type(), None)?;
    Ok(Arc::new(FixedSizeListArray::try_new_with_length(
        Arc::clone(item),
        *size,
        values,
        nulls,
        length,
    )?))
}

fn flat(
    data: &Buffer,
    dtype: DType,
    length: usize,
    data_type: &DataType,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let data = match (data_type, dtype) {
        (DataType::Boolean, _) => {
            let mut bytes = data.bytes()?.iter();
            let bits = BooleanBuffer::collect_bool(length, |_| {
                bytes.next().is_some_and(|byte| *byte != 0)
            });
            return Ok(Arc::new(BooleanArray::new(bits, nulls)));
        }
        (DataType::Null, _) => return Ok(Arc::new(NullArray::new(length))),
        (DataType::Date32, DType::DateTime64(_)) => &days(data, nulls.as_ref())?,
        _ => data,
    };
    // Of no bytes, the address may be any.
    let data = if data.is_empty() {
        arrow_buffer::Buffer::from_vec(Vec::<i128>::new())
    } else {
        data.to_arrow()?
    };
    let parts = ArrayData::builder(data_type.clone())
        .len(length)
        .add_buffer(data)
        .nulls(nulls)
        .build()?;
    Ok(make_array(parts))
}

/// Days of 64 bits as days of 32.
fn days(data: &Buffer, nulls: Option<&NullBuffer>) -> Result<Buffer, ArrowError> {
    let wide = data.typed::<i64>()?;
    let mut narrow = Vec::with_capacity(wide.len());
    for (row, day) in wide.iter().enumerate() {
        let is_null = nulls.is_some_and(|nulls| nulls.is_null(row));
        narrow.push(match i32::try_from(*day) {
            Ok(day) => day,
            Err(_) if is_null => 0,
            Err(_) => {
                return Err(ArrowProblem::DoesNotFit {
                    value: *day,
                    at: as_rows(row),
                    wanted: "a date of 32 bits",
                    hint: "convert it to datetime64[s]; what is no time has to be missing",
                }
                .into());
            }
        });
    }
    Ok(Buffer::from_vec(narrow))
}
