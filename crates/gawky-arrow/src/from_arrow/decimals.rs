//! Decimals, as the options have them.

use arrow_data::ArrayData;
use arrow_schema::DataType;
use gawky_array::{Array, NumpyArray, RegularArray};
use gawky_buffer::DType;
use gawky_form::Parameters;
use serde_json::json;

use super::{Decimals, FromArrow, parts, refused};
use crate::ArrowError;

impl FromArrow {
    pub(super) fn decimal(
        &self,
        data: &ArrayData,
        data_type: &DataType,
    ) -> Result<Array, ArrowError> {
        let (size, precision, scale) = match data_type {
            DataType::Decimal32(precision, scale) => (4, *precision, *scale),
            DataType::Decimal64(precision, scale) => (8, *precision, *scale),
            DataType::Decimal128(precision, scale) => (16, *precision, *scale),
            DataType::Decimal256(precision, scale) => (32, *precision, *scale),
            _ => return Err(refused(data_type, "it is no decimal")),
        };
        match self.decimals {
            Decimals::Refuse => Err(refused(
                data_type,
                "have them read as float64 or as bytes (FromArrow::decimals)",
            )),
            Decimals::Bytes => {
                let bytes = parts::own(data, 0, size)?;
                let content = NumpyArray::try_new(
                    bytes.clone(),
                    DType::UInt8,
                    [].into(),
                    bytes.len(),
                    Parameters::from_iter([("__array__", "byte")]),
                )?;
                let parameters = Parameters::from_iter([("__array__", "bytestring")])
                    .with("decimal", json!({"precision": precision, "scale": scale}));
                Ok(RegularArray::try_new(content.into(), size, data.len(), parameters)?.into())
            }
            Decimals::Float64 => {
                let bytes = parts::own(data, 0, size)?;
                let unit = 10_f64.powi(i32::from(scale));
                let floats = bytes
                    .bytes()?
                    .chunks_exact(size)
                    .map(|digits| float(digits) / unit);
                Ok(NumpyArray::from_vec(floats.collect::<Vec<f64>>()).into())
            }
        }
    }
}

/// A little-endian integer of any size, as the nearest float (to a unit in the last place).
fn float(bytes: &[u8]) -> f64 {
    let is_negative = bytes.last().is_some_and(|byte| *byte >= 0x80);
    // Of a negative number, the digits of what is one less than its absolute value.
    let magnitude = bytes.iter().rev().fold(0.0, |sum, byte| {
        let digit = if is_negative { !byte } else { *byte };
        sum * 256.0 + f64::from(digit)
    });
    if is_negative {
        -magnitude - 1.0
    } else {
        magnitude
    }
}
