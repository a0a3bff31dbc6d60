//! What Parquet has no counterpart for.

use std::sync::Arc;

use arrow_schema::{DataType, Schema};
use gawky_buffer::{DType, TimeUnit, Unit};
use gawky_form::Form;

use crate::extension::Annotation;
use crate::{ArrowError, ArrowProblem};

/// Refuses types that Parquet has not, naming the node.
pub(super) fn refuse(schema: &Schema) -> Result<(), ArrowError> {
    if schema.fields().is_empty() {
        return below(&DataType::Struct(schema.fields().clone()), None);
    }
    let mut fields = schema.fields().iter();
    fields.try_for_each(|field| {
        below(field.data_type(), Annotation::of(field)?.as_ref()).map_err(|error| {
            if field.name().is_empty() {
                error
            } else {
                error.in_field(field.name())
            }
        })
    })
}

/// The same form with dates in milliseconds where they are in seconds, as `ak.to_parquet` writes them.
pub(super) fn in_milliseconds(form: &Form) -> Form {
    let seconds = DType::DateTime64(TimeUnit::from(Unit::Second));
    let mut form = form.clone();
    if let Form::Numpy(numbers) = &mut form
        && numbers.dtype == seconds
    {
        numbers.dtype = DType::DateTime64(TimeUnit::from(Unit::Millisecond));
    }
    for child in form.children_mut() {
        let changed = in_milliseconds(child);
        if changed != **child {
            *child = Arc::new(changed);
        }
    }
    form
}

fn below(data_type: &DataType, annotation: Option<&Annotation>) -> Result<(), ArrowError> {
    let lacks = |what: &str, hint| -> Result<(), ArrowError> {
        Err(ArrowProblem::NotInParquet {
            what: what.to_owned(),
            hint,
        }
        .into())
    };
    match data_type {
        DataType::Union(..) => lacks(
            "unions",
            "make it a record of one option for each alternative",
        ),
        DataType::Struct(fields) if fields.is_empty() => {
            lacks("records without fields", "give it a field, or leave it out")
        }
        DataType::Struct(fields) => {
            let is_tuple = annotation.is_some_and(|told| told.record_is_tuple == Some(true));
            let mut fields = fields.iter().enumerate();
            fields.try_for_each(|(slot, field)| {
                below(field.data_type(), Annotation::of(field)?.as_ref()).map_err(|error| {
                    if is_tuple {
                        error.in_slot(slot)
                    } else {
                        error.in_field(field.name())
                    }
                })
            })
        }
        DataType::FixedSizeList(_, 0) => lacks(
            "lists of which all have no elements",
            "use lists with offsets",
        ),
        DataType::FixedSizeBinary(0) => lacks(
            "bytestrings of which all are empty",
            "use lists with offsets",
        ),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            below(item.data_type(), Annotation::of(item)?.as_ref())
        }
        DataType::Dictionary(_, value) => below(value, None),
        _ => Ok(()),
    }
}
