//! Whether arrays hold the same values.

use super::NdBuffer;
use crate::{BufferError, ByteOrder, DType, Native, Scalar, f16};

impl NdBuffer {
    /// Whether shapes and all values are the same, whatever dtype and byte order: NumPy's `array_equal`.
    ///
    /// Values compare as [`Scalar::equals`] does: exactly, and NaN to NaN only with `equal_nan`.
    ///
    /// # Errors
    /// [`BufferError::TwoPlaces`] unless both lie at one, and [`BufferError::OutOfMemory`]; when that is a device,
    /// [`BufferError::NotOnHost`] if it only keeps bytes, [`BufferError::NotComputed`] for two dtypes, and
    /// [`BufferError::Device`] when it fails.
    pub fn all_equal(&self, other: &Self, equal_nan: bool) -> Result<bool, BufferError> {
        self.buffer.beside(&other.buffer)?;
        if self.shape() != other.shape() {
            return Ok(false);
        }
        let place = self.buffer.place();
        if let Some(kernels) = place.kernels()? {
            if self.dtype != other.dtype {
                return Err(BufferError::NotComputed {
                    place: place.to_string(),
                    what: format!("compare {} with {}", self.dtype, other.dtype),
                    instead: "make both of one dtype with astype() first",
                });
            }
            let elements = |own: &Self| own.aligned(&own.to_buffer(ByteOrder::NATIVE)?);
            return kernels.all_equal(&elements(self)?, &elements(other)?, self.dtype, equal_nan);
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
    /// On a device this compares with as many elements of that value.
    ///
    /// # Errors
    /// On a device, [`BufferError::NotOnHost`] if it only keeps bytes, and as [`create_at`](Self::create_at).
    pub fn all_equal_to(&self, value: Scalar, equal_nan: bool) -> Result<bool, BufferError> {
        if self.buffer.place().kernels()?.is_none() {
            return Ok(self
                .scalars()?
                .all(|element| element.equals(value, equal_nan)));
        }
        // What the dtype cannot say exactly, no element is.
        match nearest(value, self.dtype) {
            Some(own) if own.equals(value, equal_nan) => {
                self.all_equal(&self.filled(own)?, equal_nan)
            }
            _ => Ok(self.size() == 0),
        }
    }
}

/// The element of a dtype that is equal to `value`, if any is.
fn nearest(value: Scalar, dtype: DType) -> Option<Scalar> {
    let real = match value {
        _ if dtype.itemsize() > dtype.partsize() => value,
        Scalar::Complex64(_) | Scalar::Complex128(_) | Scalar::Complex256(_) if value.is_nan() => {
            Scalar::Float64(f64::NAN)
        }
        Scalar::Complex64(value) => Scalar::Float32(value.re),
        Scalar::Complex128(value) => Scalar::Float64(value.re),
        Scalar::Complex256([re, _]) => Scalar::Float128(re),
        other => other,
    };
    real.cast(dtype).ok()
}
