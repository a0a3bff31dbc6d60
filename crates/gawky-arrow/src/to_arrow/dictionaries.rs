//! Categories.

use std::sync::Arc;

use arrow_array::types::{Int32Type, Int64Type, UInt32Type};
use arrow_array::{ArrayRef, DictionaryArray, PrimitiveArray};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field};
use gawky_array::{Array, Index};

use super::convert;
use crate::ArrowError;

/// The most values of a dictionary, by Arrow's validation.
const MOST_VALUES: usize = isize::MAX.unsigned_abs();

pub(super) fn dictionary(
    index: &Index,
    content: &Array,
    field: &Field,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let DataType::Dictionary(key, value) = field.data_type() else {
        return super::unplanned(field, "IndexedArray");
    };
    // Values that hold nothing can be more than Arrow counts; no key picks those beyond.
    let reachable = content.len().min(MOST_VALUES);
    let content = content.slice(0..reachable)?;
    let values = convert(
        &content,
        &Field::new("value", (**value).clone(), true),
        None,
    )?;
    macro_rules! of_keys {
        ($key:ty) => {{
            let keys = ScalarBuffer::new(index.buffer().to_arrow()?, 0, index.len());
            let keys = PrimitiveArray::<$key>::try_new(keys, nulls)?;
            Arc::new(DictionaryArray::try_new(keys, values)?)
        }};
    }
    if index.is_empty() {
        return Ok(arrow_array::new_empty_array(field.data_type()));
    }
    Ok(match **key {
        DataType::Int32 => of_keys!(Int32Type),
        DataType::UInt32 => of_keys!(UInt32Type),
        _ => of_keys!(Int64Type),
    })
}
