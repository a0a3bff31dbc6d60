//! Whether arrays hold the same values.

use super::NdBuffer;
use crate::{BufferError, DType, Scalar};

impl NdBuffer {
    /// Whether shapes and all values are the same, whatever dtype and byte order: NumPy's `array_equal`.
    ///
    /// Values compare as [`Scalar::equals`] does: exactly, and NaN to NaN only with `equal_nan`.
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`] when bytes live on a device, and [`BufferError::OutOfMemory`].
    pub fn all_equal(&self, other: &Self, equal_nan: bool) -> Result<bool, BufferError> {
        if self.shape() != other.shape() {
            return Ok(false);
        }
        if self.dtype == other.dtype {
            match self.dtype {
                DType::Int8
                | DType::Int16
                | DType::Int32
                | DType::Int64
                | DType::UInt8
                | DType::UInt16
                | DType::UInt32
                | DType::UInt64 => {
                    let (a, b) = (
                        self.to_buffer(self.byteorder)?,
                        other.to_buffer(self.byteorder)?,
                    );
                    return Ok(a.bytes()? == b.bytes()?);
                }
                DType::Float32 => {
                    let (a, b) = (self.typed::<f32>()?, other.typed::<f32>()?);
                    let same =
                        |(a, b): (&f32, &f32)| a == b || (equal_nan && a.is_nan() && b.is_nan());
                    return Ok(a.iter().zip(b.iter()).all(same));
                }
                DType::Float64 => {
                    let (a, b) = (self.typed::<f64>()?, other.typed::<f64>()?);
                    let same =
                        |(a, b): (&f64, &f64)| a == b || (equal_nan && a.is_nan() && b.is_nan());
                    return Ok(a.iter().zip(b.iter()).all(same));
                }
                _ => {}
            }
        }
        let (a, b) = (self.scalars()?, other.scalars()?);
        Ok(a.zip(b).all(|(a, b)| a.equals(b, equal_nan)))
    }

    /// Whether every element is `value`, whatever the dtypes; true where there are none.
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`] when the bytes live on a device.
    pub fn all_equal_to(&self, value: Scalar, equal_nan: bool) -> Result<bool, BufferError> {
        Ok(self
            .scalars()?
            .all(|element| element.equals(value, equal_nan)))
    }
}
