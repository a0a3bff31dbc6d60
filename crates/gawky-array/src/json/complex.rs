//! Records that are complex numbers.

use std::sync::Arc;

use gawky_buffer::{Complex, DType};
use gawky_form::Parameters;

use super::JsonError;
use crate::node::{IndexedOptionArray, ListOffsetArray, NumpyArray, RecordArray, UnionArray};
use crate::{Array, ArrayError};

/// The array, of which records that have fields of both names are complex numbers, wherever they are nested.
pub(super) fn folded(array: Array, names: &[String; 2]) -> Result<Array, JsonError> {
    let below = |content: &Array| folded(content.clone(), names).map(Arc::new);
    Ok(match array {
        Array::ListOffset(lists) => ListOffsetArray {
            content: below(&lists.content)?,
            ..lists
        }
        .into(),
        Array::IndexedOption(option) => IndexedOptionArray {
            content: below(&option.content)?,
            ..option
        }
        .into(),
        Array::Union(union) => {
            let contents = union
                .contents
                .iter()
                .map(|content| folded(content.clone(), names));
            UnionArray {
                contents: contents.collect::<Result<_, _>>()?,
                ..union
            }
            .into()
        }
        Array::Record(record) => match numbers(&record, names) {
            Some(numbers) => numbers?,
            None => {
                let contents = record
                    .contents()
                    .iter()
                    .map(|content| folded(content.clone(), names));
                let contents = contents.collect::<Result<Vec<_>, _>>()?;
                let record = RecordArray::try_new(
                    record.fields().map(Arc::from),
                    contents,
                    record.len(),
                    Parameters::none(),
                )?;
                record.into()
            }
        },
        other => other,
    })
}

/// The records as complex numbers; `None` where they lack a part.
fn numbers(record: &RecordArray, names: &[String; 2]) -> Option<Result<Array, JsonError>> {
    let fields = record.fields()?;
    let part = |name: &String| {
        let slot = fields.iter().position(|field| **field == **name)?;
        record.contents().get(slot)
    };
    let [real, imaginary] = names;
    let parts = [part(real)?, part(imaginary)?];
    let [Some(real), Some(imaginary)] = parts.map(floats) else {
        return Some(Err(JsonError::NoComplex {
            fields: names.clone(),
            found: parts.map(|part| part.form().type_().to_string()),
        }));
    };
    let numbers = real.into_iter().zip(imaginary);
    let numbers: Vec<Complex<f64>> = numbers.map(|(re, im)| Complex::new(re, im)).collect();
    Some(Ok(NumpyArray::from_vec(numbers).into()))
}

fn floats(part: &Array) -> Option<Vec<f64>> {
    let Array::Numpy(numbers) = part else {
        return None;
    };
    if !matches!(
        numbers.dtype(),
        DType::Int64 | DType::UInt64 | DType::Float64
    ) {
        return None;
    }
    (0..part.len())
        .map(|row| numbers.element(row)?.as_f64())
        .collect()
}

impl From<gawky_form::FormError> for JsonError {
    fn from(error: gawky_form::FormError) -> Self {
        ArrayError::from(error).into()
    }
}
