//! What Parquet has no counterpart for.

use arrow_schema::{DataType, Schema};

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
