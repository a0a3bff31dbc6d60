//! Numbers, booleans and times.

use arrow_buffer::BooleanBuffer;
use arrow_data::ArrayData;
use arrow_schema::{DataType, TimeUnit as ArrowUnit};
use gawky_array::{Array, NumpyArray};
use gawky_buffer::{Buffer, DType, TimeUnit, Unit};

use super::plan::FieldPlan;
use super::{FromArrow, parts};
use crate::ArrowError;
use crate::to_arrow::TIMEZONE;

impl FromArrow {
    pub(super) fn numbers(&self, data: &ArrayData, plan: &FieldPlan) -> Result<Array, ArrowError> {
        let (dtype, bytes) = match &plan.data_type {
            DataType::Boolean => (DType::Bool, booleans(data)?),
            DataType::Date32 => (datetime(Unit::Day), widened(data)?),
            DataType::Time32(unit) => (datetime(tick(*unit)), widened(data)?),
            other => {
                let dtype = dtype(other);
                (dtype, parts::own(data, 0, dtype.itemsize())?)
            }
        };
        let mut parameters = plan.node_parameters();
        if let (DataType::Timestamp(_, Some(zone)), true) = (&plan.data_type, self.timezones) {
            parameters = parameters.with(TIMEZONE, &**zone);
        }
        Ok(NumpyArray::try_new(bytes, dtype, [].into(), data.len(), parameters)?.into())
    }
}

fn datetime(unit: Unit) -> DType {
    DType::DateTime64(TimeUnit::from(unit))
}

fn tick(unit: ArrowUnit) -> Unit {
    match unit {
        ArrowUnit::Second => Unit::Second,
        ArrowUnit::Millisecond => Unit::Millisecond,
        ArrowUnit::Microsecond => Unit::Microsecond,
        ArrowUnit::Nanosecond => Unit::Nanosecond,
    }
}

/// What numbers are whose bytes are the same in Arrow. Times of the day are datetimes of the first day of all, as for
/// Awkward.
fn dtype(data_type: &DataType) -> DType {
    match data_type {
        DataType::Int8 => DType::Int8,
        DataType::Int16 => DType::Int16,
        DataType::Int32 => DType::Int32,
        DataType::Int64 => DType::Int64,
        DataType::UInt8 => DType::UInt8,
        DataType::UInt16 => DType::UInt16,
        DataType::UInt32 => DType::UInt32,
        DataType::UInt64 => DType::UInt64,
        DataType::Float16 => DType::Float16,
        DataType::Float32 => DType::Float32,
        DataType::Date64 => datetime(Unit::Millisecond),
        DataType::Timestamp(unit, _) | DataType::Time64(unit) => datetime(tick(*unit)),
        DataType::Duration(unit) => DType::TimeDelta64(TimeUnit::from(tick(*unit))),
        // The caller has matched the type.
        _ => DType::Float64,
    }
}

fn booleans(data: &ArrayData) -> Result<Buffer, ArrowError> {
    let needed = data.offset().saturating_add(data.len()).div_ceil(8);
    let bytes = parts::elements(data, 0, 1, 0, needed)?;
    let bits = BooleanBuffer::new(bytes.to_arrow()?, data.offset(), data.len());
    let bytes: Vec<u8> = bits.iter().map(u8::from).collect();
    Ok(Buffer::from_vec(bytes))
}

/// Ticks of 32 bits as ticks of 64.
fn widened(data: &ArrayData) -> Result<Buffer, ArrowError> {
    let narrow = parts::own(data, 0, size_of::<i32>())?;
    let wide: Vec<i64> = narrow
        .typed::<i32>()?
        .iter()
        .map(|tick| i64::from(*tick))
        .collect();
    Ok(Buffer::from_vec(wide))
}
