//! Records that are complex numbers.

use std::sync::Arc;

use gawky_buffer::{Complex, DType};
use gawky_form::Parameters;

use super::JsonError;
use super::path::{Step, path_of};
use crate::node::{
    IndexedOptionArray, ListOffsetArray, NumpyArray, RecordArray, UnionArray, as_rows,
};
use crate::{Array, ArrayError};

/// Why records are no complex numbers.
enum Stop {
    Array(ArrayError),
    NoComplex {
        /// Of what types the parts are.
        found: Box<[String; 2]>,
        /// Which row of the array it is that is looked at.
        row: usize,
        /// Where in that, the innermost first.
        steps: Vec<Step>,
    },
}

impl<E: Into<ArrayError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Array(error.into())
    }
}

impl Stop {
    /// The same as what is wrong with the row around it, which is so many steps out.
    fn within(mut self, around: impl FnOnce(usize) -> (usize, Option<Step>)) -> Self {
        if let Self::NoComplex { row, steps, .. } = &mut self {
            let (outer, step) = around(*row);
            *row = outer;
            steps.extend(step);
        }
        self
    }
}

/// The array, of which records that have fields of both names are complex numbers, wherever they are nested.
pub(super) fn folded(
    array: Array,
    names: &[String; 2],
    rows_before: u64,
) -> Result<Array, JsonError> {
    fold(array, names).map_err(|stop| match stop {
        Stop::Array(error) => error.into(),
        Stop::NoComplex { found, row, steps } => JsonError::NoComplex {
            row: rows_before + as_rows(row),
            path: path_of(&steps),
            fields: Box::new(names.clone()),
            found,
        },
    })
}

fn fold(array: Array, names: &[String; 2]) -> Result<Array, Stop> {
    let below = |content: &Array| fold(content.clone(), names).map(Arc::new);
    Ok(match array {
        Array::ListOffset(lists) => {
            let content = below(&lists.content).map_err(|stop| {
                stop.within(|element| {
                    let bounds = |list: &usize| lists.bounds(*list).unwrap_or_default();
                    let mut all = 0..lists.len();
                    let list = all.find(|list| bounds(list).contains(&element));
                    let list = list.unwrap_or_default();
                    let position = element.saturating_sub(bounds(&list).start);
                    (list, Some(Step::Position(as_rows(position))))
                })
            })?;
            ListOffsetArray { content, ..lists }.into()
        }
        Array::IndexedOption(option) => {
            let content = below(&option.content).map_err(|stop| {
                stop.within(|element| {
                    let is_it = |row: &usize| option.index.get(*row) == Some(place(element));
                    let row = (0..option.len()).find(is_it);
                    (row.unwrap_or_default(), None)
                })
            })?;
            IndexedOptionArray { content, ..option }.into()
        }
        Array::Union(union) => {
            let contents = union.contents.iter().enumerate();
            let contents = contents.map(|(tag, content)| {
                fold(content.clone(), names).map_err(|stop| {
                    stop.within(|element| {
                        let is_it = |row: &usize| union.pick(*row) == Some((tag, element));
                        let row = (0..union.len()).find(is_it);
                        (row.unwrap_or_default(), None)
                    })
                })
            });
            UnionArray {
                contents: contents.collect::<Result<_, _>>()?,
                ..union
            }
            .into()
        }
        Array::Record(record) => match numbers(&record, names) {
            Some(numbers) => numbers?,
            None => {
                let contents = record.contents().iter().enumerate();
                let contents = contents.map(|(slot, content)| {
                    fold(content.clone(), names).map_err(|stop| {
                        let name = record.fields().and_then(|names| names.get(slot));
                        let name = name.map_or_else(String::new, ToString::to_string);
                        stop.within(|row| (row, Some(Step::Field(name))))
                    })
                });
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

fn place(element: usize) -> i64 {
    i64::try_from(element).unwrap_or(i64::MAX)
}

/// The records as complex numbers; `None` where they lack a part.
fn numbers(record: &RecordArray, names: &[String; 2]) -> Option<Result<Array, Stop>> {
    let fields = record.fields()?;
    let part = |name: &String| {
        let slot = fields.iter().position(|field| **field == **name)?;
        record.contents().get(slot)
    };
    let [real, imaginary] = names;
    let parts = [part(real)?, part(imaginary)?];
    let [Some(real), Some(imaginary)] = parts.map(floats) else {
        let wrong = parts.into_iter().filter_map(first_that_is_none);
        return Some(Err(Stop::NoComplex {
            found: Box::new(parts.map(|part| part.form().type_().to_string())),
            row: wrong.min().unwrap_or_default(),
            steps: Vec::new(),
        }));
    };
    let numbers = real.into_iter().zip(imaginary);
    let numbers: Vec<Complex<f64>> = numbers.map(|(re, im)| Complex::new(re, im)).collect();
    Some(Ok(NumpyArray::from_vec(numbers).into()))
}

fn is_of_reals(part: &Array) -> bool {
    let dtypes = [DType::Int64, DType::UInt64, DType::Float64];
    matches!(part, Array::Numpy(numbers) if dtypes.contains(&numbers.dtype()))
}

fn floats(part: &Array) -> Option<Vec<f64>> {
    let Array::Numpy(numbers) = part else {
        return None;
    };
    if !is_of_reals(part) {
        return None;
    }
    (0..part.len())
        .map(|row| numbers.element(row)?.as_f64())
        .collect()
}

/// The first row that is no real number.
fn first_that_is_none(part: &Array) -> Option<usize> {
    (0..part.len()).find(|row| match part {
        Array::IndexedOption(option) => {
            option.index.get(*row).is_none_or(|picked| picked < 0) || !is_of_reals(&option.content)
        }
        Array::Union(union) => {
            let content = union
                .pick(*row)
                .and_then(|(tag, _)| union.contents.get(tag));
            content.is_none_or(|content| !is_of_reals(content))
        }
        part => !is_of_reals(part),
    })
}
