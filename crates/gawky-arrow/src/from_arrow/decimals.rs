//! Decimals, as the options have them.

use arrow_buffer::i256;
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
                let floats = bytes
                    .bytes()?
                    .chunks_exact(size)
                    .map(|digits| nearest(integer(digits), scale));
                Ok(NumpyArray::from_vec(floats.collect::<Vec<f64>>()).into())
            }
        }
    }
}

/// Powers of ten that a float is exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// A little-endian integer of at most 32 bytes.
fn integer(bytes: &[u8]) -> i256 {
    let is_negative = bytes.last().is_some_and(|byte| *byte >= 0x80);
    let mut wide = [if is_negative { 0xff } else { 0 }; 32];
    for (to, from) in wide.iter_mut().zip(bytes) {
        *to = *from;
    }
    i256::from_le_bytes(wide)
}

/// The float that is nearest to `digits` divided by ten to the power of `scale`.
fn nearest(digits: i256, scale: i8) -> f64 {
    let small = digits.to_i128().filter(|n| n.unsigned_abs() <= 1 << 53);
    let power = POWERS.get(usize::from(scale.unsigned_abs()));
    match (small, power) {
        // Both are exact, so that only the result is rounded. What `powi` gives is not promised to be.
        (Some(small), Some(power)) if scale < 0 => small as f64 * power,
        (Some(small), Some(power)) => small as f64 / power,
        // The parser rounds correctly, and takes any integer with any exponent.
        _ => {
            let text = format!("{digits}e{}", -i32::from(scale));
            text.parse().unwrap_or(f64::NAN)
        }
    }
}
