//! Values of arrays, added to columns.

use gawky_form::MAX_DEPTH;

use super::Nesting;
use crate::Value;
use crate::build::Column;
use crate::node::as_rows;
use crate::rows::{RowsError, RowsProblem};

/// Adds a value, with all that is in it.
pub(super) fn append(column: &mut Column, value: Value<'_>, depth: usize) -> Result<(), RowsError> {
    if depth > MAX_DEPTH {
        return Err(RowsProblem::Nesting(Nesting::TooDeep).into());
    }
    column.add(RowsError::no_content, |column| push(column, value, depth))
}

fn push(column: &mut Column, value: Value<'_>, depth: usize) -> Result<(), RowsError> {
    match value {
        Value::Null => column.null()?,
        Value::Scalar(scalar) => column.number(scalar)?,
        Value::Str(text) => column.text(text)?,
        Value::NonUtf8(_) => return Err(RowsProblem::NotUtf8.into()),
        Value::Bytes(bytes) => column.bytes(bytes)?,
        Value::List(list) => {
            let mut elements = column.list()?;
            for (position, element) in list.iter().enumerate() {
                append(elements.next()?, element, depth + 1)
                    .map_err(|error| error.in_position(as_rows(position)))?;
            }
            elements.end()?;
        }
        Value::Record(record) if record.is_tuple() => {
            let mut elements = column.tuple(record.len())?;
            for (position, element) in record.values().enumerate() {
                append(elements.next()?, element, depth + 1)
                    .map_err(|error| error.in_field(&position.to_string()))?;
            }
            elements.end()?;
        }
        Value::Record(record) => {
            let records = column.record_called(record.record_name())?;
            for (name, value) in record.names().into_iter().flatten().zip(record.values()) {
                append(records.field(name)?, value, depth + 1)
                    .map_err(|error| error.in_field(name))?;
            }
            records.end()?;
        }
    }
    Ok(())
}
