//! Records and tuples.

use std::sync::Arc;

use arrow_array::{ArrayRef, StructArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field};
use gawky_array::{Array, RecordArray};

use super::convert;
use crate::ArrowError;

pub(super) fn record(
    array: &RecordArray,
    field: &Field,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let DataType::Struct(fields) = field.data_type() else {
        return super::unplanned(field, "RecordArray");
    };
    let mut columns = Vec::with_capacity(fields.len());
    for (slot, (content, field)) in array.contents().iter().zip(fields).enumerate() {
        columns.push(column(array, slot, content, field)?);
    }
    Ok(Arc::new(StructArray::try_new_with_length(
        fields.clone(),
        columns,
        nulls,
        array.len(),
    )?))
}

/// One field of `array`, as long as that.
pub(crate) fn column(
    array: &RecordArray,
    slot: usize,
    content: &Array,
    field: &Field,
) -> Result<ArrayRef, ArrowError> {
    let attempt = || convert(&content.slice(0..array.len())?, field, None);
    attempt().map_err(|error: ArrowError| match array.is_tuple() {
        true => error.in_slot(slot),
        false => error.in_field(&array.field_name(slot)),
    })
}
