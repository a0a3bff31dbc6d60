//! Whether arrays hold the same values.

use super::NdBuffer;
use crate::{BufferError, DType, Native, Scalar, f16};

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
                DType::Bool => {
                    let (a, b) = (self.typed::<u8>()?, other.typed::<u8>()?);
                    return Ok(a.iter().zip(b.iter()).all(|(a, b)| (*a != 0) == (*b != 0)));
                }
                DType::Float16 => return self.all_equal_floats::<f16>(other, equal_nan),
                DType::Float32 => return self.all_equal_floats::<f32>(other, equal_nan),
                DType::Float64 => return self.all_equal_floats::<f64>(other, equal_nan),
                _ => {}
            }
        }
        let (a, b) = (self.scalars()?, other.scalars()?);
        Ok(a.zip(b).all(|(a, b)| a.equals(b, equal_nan)))
    }

    fn all_equal_floats<T: Native + PartialEq>(
        &self,
        other: &Self,
        equal_nan: bool,
    ) -> Result<bool, BufferError> {
        let (a, b) = (self.typed::<T>()?, other.typed::<T>()?);
        // What does not equal itself is NaN.
        #[allow(
            clippy::eq_op,
            reason = "it is how NaN is told without naming the type"
        )]
        let is_nan = |value: &T| value != value;
        let same = |(a, b): (&T, &T)| a == b || (equal_nan && is_nan(a) && is_nan(b));
        Ok(a.iter().zip(b.iter()).all(same))
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
