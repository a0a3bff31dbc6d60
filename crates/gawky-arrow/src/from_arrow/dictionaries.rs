//! Dictionaries, and runs.

use arrow_array::{Array as _, new_null_array};
use arrow_buffer::NullBuffer;
use arrow_data::ArrayData;
use arrow_schema::DataType;
use gawky_array::{Array, Index, IndexedArray, IndexedOptionArray};
use gawky_buffer::Buffer;
use gawky_form::{IndexType, Parameters};

use super::plan::FieldPlan;
use super::{FromArrow, nulls, parts};
use crate::error::as_rows;
use crate::row_size::row_size;
use crate::{ArrowError, ArrowProblem};

/// The most bytes that are made up for a category of which there is none.
const LARGEST_MADE_UP: usize = 1 << 16;

impl FromArrow {
    /// Categories. What is missing may be so by a null of the keys, or by a key of a null of the values. No field says
    /// whether there are the latter: where the form is to follow from the field, they become nulls of the keys.
    pub(super) fn dictionary(
        &self,
        data: &ArrayData,
        plan: &FieldPlan,
        key: &DataType,
        above: Option<&NullBuffer>,
    ) -> Result<Array, ArrowError> {
        let values = parts::child(data, 0)?;
        let own = plan.child(0)?;
        let are_told_missing = own.annotation.mask_type.is_some();
        let own = FieldPlan {
            is_option: match self.generate_bitmasks {
                true => are_told_missing,
                false => values.nulls().is_some(),
            },
            ..own.clone()
        };
        let gaps = values.nulls().filter(|nulls| {
            self.generate_bitmasks && !are_told_missing && nulls::missing(nulls) > 0
        });
        let mut content = self.convert(values, &own, gaps)?;
        let places = match gaps {
            Some(gaps) => {
                let there: Vec<usize> = gaps.valid_indices().collect();
                content = content.take(&there)?.conform_to(&content.form())?;
                Some(places(gaps))
            }
            None => None,
        };
        let count = data.nulls().map_or(0, nulls::missing);
        let is_option = nulls::means_option(plan, count);
        let is_covered = data
            .nulls()
            .zip(above)
            .is_some_and(|(own, above)| above.contains(own));
        if !is_option && count > 0 {
            // Below a record that is missing, any category will do; where there is none, one is made up, unless it were large.
            let can_be_made =
                || row_size(values.data_type()).is_some_and(|bytes| bytes <= LARGEST_MADE_UP);
            if !is_covered || content.is_empty() && !can_be_made() {
                return Err(ArrowProblem::UnexpectedNulls { nulls: count }.into());
            }
            if content.is_empty() {
                let any = new_null_array(values.data_type(), 1).to_data();
                content = self.convert(&any, &own, Some(&NullBuffer::new_null(1)))?;
            }
        }
        let given = plan.annotation.node_parameters.clone();
        let parameters = match given {
            Some(own) => own.union(&plan.annotation.mask_parameters),
            None => Parameters::from_iter([("__array__", "categorical")]),
        };
        let index = keys(data, key, is_option, places.as_deref())?;
        if is_option {
            Ok(IndexedOptionArray::try_new(index, content, parameters)?.into())
        } else {
            Ok(IndexedArray::try_new(index, content, parameters)?.into())
        }
    }

    /// The values of runs, each as often as its run is long.
    pub(super) fn run_ends(&self, data: &ArrayData, plan: &FieldPlan) -> Result<Array, ArrowError> {
        let ends = parts::child(data, 0)?;
        let ends = integers(ends, ends.data_type())?;
        let values = self.convert(parts::child(data, 1)?, plan.child(0)?, None)?;
        let (first, end) = (data.offset(), data.offset().saturating_add(data.len()));
        let mut rows: Vec<usize> = parts::room(data.len())?;
        let mut at = 0;
        for (run, stop) in ends.into_iter().enumerate() {
            let stop = usize::try_from(stop).ok().filter(|stop| *stop >= at);
            let stop = stop.ok_or(ArrowProblem::OutOfBounds {
                at: as_rows(run),
                what: "the end of a run,",
                index: -1,
                length: as_rows(end),
            })?;
            let (from, to) = (at.max(first), stop.min(end));
            if to > from {
                if run >= values.len() {
                    return Err(ArrowProblem::OutOfBounds {
                        at: as_rows(from - first),
                        what: "value",
                        index: i64::try_from(run).unwrap_or(i64::MAX),
                        length: as_rows(values.len()),
                    }
                    .into());
                }
                rows.extend(std::iter::repeat_n(run, to - from));
            }
            at = stop;
        }
        if rows.len() != data.len() {
            return Err(ArrowProblem::OutOfBounds {
                at: as_rows(rows.len()),
                what: "row",
                index: i64::try_from(end).unwrap_or(i64::MAX),
                length: as_rows(at),
            }
            .into());
        }
        Ok(values.take(&rows)?)
    }
}

/// Where values are when those that are null are left out; -1 for these.
fn places(gaps: &NullBuffer) -> Vec<i64> {
    let mut next = 0;
    let place = |is_there: bool| {
        let place = if is_there { next } else { -1 };
        next += i64::from(is_there);
        place
    };
    gaps.iter().map(place).collect()
}

/// The keys as an index; shared where they are such integers, and none is null. A null is -1, or 0 in what is no option.
/// Where values have other `places`, so do the keys.
fn keys(
    data: &ArrayData,
    key: &DataType,
    is_option: bool,
    places: Option<&[i64]>,
) -> Result<Index, ArrowError> {
    let kind = match key {
        DataType::Int32 => Some(IndexType::I32),
        DataType::Int64 => Some(IndexType::I64),
        DataType::UInt32 if !is_option => Some(IndexType::U32),
        _ => None,
    };
    let missing = data.nulls().filter(|nulls| nulls::missing(nulls) > 0);
    if let (Some(kind), None, None) = (kind, missing, places) {
        let bytes = parts::own(data, 0, kind.dtype().itemsize())?;
        return Ok(Index::try_new(bytes, kind)?);
    }
    let mut keys = integers(data, key)?;
    for (row, key) in keys.iter_mut().enumerate() {
        if missing.is_some_and(|nulls| nulls.is_null(row)) {
            *key = if is_option { -1 } else { 0 };
            continue;
        }
        let place = match (usize::try_from(*key), places) {
            (Ok(value), Some(places)) => places.get(value).copied(),
            (Ok(_), None) => Some(*key),
            (Err(_), _) => None,
        };
        let place = place.ok_or(ArrowProblem::OutOfBounds {
            at: as_rows(row),
            what: "value",
            index: *key,
            length: as_rows(parts::child(data, 0)?.len()),
        })?;
        if place < 0 && !is_option {
            return Err(ArrowProblem::UnexpectedNulls { nulls: 1 }.into());
        }
        *key = place;
    }
    let is_narrow = !matches!(key, DataType::Int64 | DataType::UInt32 | DataType::UInt64);
    if is_narrow {
        let narrow: Result<Vec<i32>, _> = keys.iter().map(|key| i32::try_from(*key)).collect();
        if let Ok(narrow) = narrow {
            return Ok(Index::from(narrow));
        }
    }
    Ok(Index::from(keys))
}

/// Integers of any width; what lies below a null may be anything.
fn integers(data: &ArrayData, data_type: &DataType) -> Result<Vec<i64>, ArrowError> {
    fn wide<T: gawky_buffer::Native + Copy>(
        bytes: &Buffer,
        widen: impl Fn(T) -> i64,
    ) -> Result<Vec<i64>, ArrowError> {
        Ok(bytes.typed::<T>()?.iter().map(|key| widen(*key)).collect())
    }
    let bytes = |size| parts::own(data, 0, size);
    match data_type {
        DataType::Int8 => wide::<i8>(&bytes(1)?, i64::from),
        DataType::Int16 => wide::<i16>(&bytes(2)?, i64::from),
        DataType::Int32 => wide::<i32>(&bytes(4)?, i64::from),
        DataType::Int64 => wide::<i64>(&bytes(8)?, i64::from),
        DataType::UInt8 => wide::<u8>(&bytes(1)?, i64::from),
        DataType::UInt16 => wide::<u16>(&bytes(2)?, i64::from),
        DataType::UInt32 => wide::<u32>(&bytes(4)?, i64::from),
        // No dictionary has so many values: such a key is out of its bounds as it is.
        DataType::UInt64 => wide::<u64>(&bytes(8)?, |key| i64::try_from(key).unwrap_or(i64::MAX)),
        other => Err(super::refused(other, "keys and run ends are integers")),
    }
}
