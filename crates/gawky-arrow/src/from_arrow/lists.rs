//! Lists of all kinds, and maps.

use arrow_buffer::NullBuffer;
use arrow_data::ArrayData;
use arrow_schema::DataType;
use gawky_array::{Array, Index, ListArray, ListOffsetArray, RecordArray, RegularArray};
use gawky_buffer::Buffer;
use gawky_form::{IndexType, Parameters};

use super::plan::FieldPlan;
use super::{FromArrow, parts, refused};
use crate::error::as_rows;
use crate::{ArrowError, ArrowProblem};

impl FromArrow {
    pub(super) fn list(&self, data: &ArrayData, plan: &FieldPlan) -> Result<Array, ArrowError> {
        let offsets = parts::offsets(data, matches!(plan.data_type, DataType::LargeList(_)))?;
        let content = self.convert(parts::child(data, 0)?, plan.child(0)?, None)?;
        let parameters = plan.node_parameters();
        Ok(ListOffsetArray::try_new(offsets, content, parameters)?.into())
    }

    pub(super) fn list_view(
        &self,
        data: &ArrayData,
        plan: &FieldPlan,
    ) -> Result<Array, ArrowError> {
        let kind = match plan.data_type {
            DataType::LargeListView(_) => IndexType::I64,
            _ => IndexType::I32,
        };
        let numbers = |position| -> Result<Index, ArrowError> {
            let bytes = parts::own(data, position, kind.dtype().itemsize())?;
            Ok(Index::try_new(bytes, kind)?)
        };
        let (starts, sizes) = (numbers(0)?, numbers(1)?);
        let stops = stops(&starts, &sizes)?;
        let content = self.convert(parts::child(data, 0)?, plan.child(0)?, None)?;
        let parameters = plan.node_parameters();
        Ok(ListArray::try_new(starts, stops, content, parameters)?.into())
    }

    pub(super) fn fixed_size_list(
        &self,
        data: &ArrayData,
        plan: &FieldPlan,
        size: i32,
        above: Option<&NullBuffer>,
    ) -> Result<Array, ArrowError> {
        let size = usize::try_from(size)
            .map_err(|_| refused(data.data_type(), "a size must not be negative"))?;
        let begin = data.offset().saturating_mul(size);
        let elements = data.len().saturating_mul(size);
        let child = parts::rows(parts::child(data, 0)?, begin, elements)?;
        let above = NullBuffer::union(above, data.nulls()).map(|nulls| nulls.expand(size));
        let content = self.convert(&child, plan.child(0)?, above.as_ref())?;
        let parameters = plan.node_parameters();
        Ok(RegularArray::try_new(content, size, data.len(), parameters)?.into())
    }

    /// Lists of pairs, which are called `map` or `sorted_map`: Awkward's `contents/content.py` allows the latter at records
    /// only.
    pub(super) fn map(
        &self,
        data: &ArrayData,
        plan: &FieldPlan,
        is_sorted: bool,
    ) -> Result<Array, ArrowError> {
        let offsets = parts::offsets(data, false)?;
        let pairs = match self.convert(parts::child(data, 0)?, plan.child(0)?, None)? {
            Array::Record(record) => {
                let name = if is_sorted { "sorted_map" } else { "map" };
                let parameters = record.parameters().with("__array__", name);
                RecordArray::try_new(None, record.contents().to_vec(), record.len(), parameters)?
            }
            _ => {
                return Err(refused(
                    data.data_type(),
                    "its entries are no structs of two",
                ));
            }
        };
        Ok(ListOffsetArray::try_new(offsets, pairs.into(), Parameters::none())?.into())
    }
}

/// Where lists end that begin at `starts` and have `sizes` elements.
fn stops(starts: &Index, sizes: &Index) -> Result<Index, ArrowError> {
    let mut stops = Vec::with_capacity(starts.len());
    for (row, (start, size)) in starts
        .to_i64()?
        .into_iter()
        .zip(sizes.to_i64()?)
        .enumerate()
    {
        let stop = start.checked_add(size).filter(|_| size >= 0);
        stops.push(stop.ok_or(ArrowProblem::OutOfBounds {
            at: as_rows(row),
            what: "a list of elements",
            index: size,
            length: 0,
        })?);
    }
    if starts.kind() == IndexType::I64 {
        return Ok(Index::from(stops));
    }
    let narrow = stops.into_iter().enumerate().map(|(row, stop)| {
        i32::try_from(stop).map_err(|_| ArrowProblem::OutOfBounds {
            at: as_rows(row),
            what: "element",
            index: stop,
            length: i32::MAX.unsigned_abs().into(),
        })
    });
    let narrow = narrow.collect::<Result<Vec<i32>, _>>()?;
    Ok(Index::try_new(Buffer::from_vec(narrow), IndexType::I32)?)
}
