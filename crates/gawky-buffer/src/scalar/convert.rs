//! Scalars to Rust numbers, to other dtypes, and to bytes.

use super::Scalar;
use crate::{BufferError, ByteOrder, DType, cast, float128_to_f64};

impl Scalar {
    /// Decodes one element in either byte order; `None` unless `bytes` has exactly its size.
    ///
    /// ```
    /// use gawky_buffer::{ByteOrder, DType, Scalar};
    /// let read = Scalar::from_bytes_in(DType::UInt16, ByteOrder::Big, &[1, 2]);
    /// assert_eq!(read, Some(Scalar::UInt16(258)));
    /// ```
    #[must_use]
    pub fn from_bytes_in(dtype: DType, order: ByteOrder, bytes: &[u8]) -> Option<Self> {
        if order.is_native() {
            return Self::from_bytes(dtype, bytes);
        }
        let mut swapped = [0; MAX_ITEMSIZE];
        let native = swapped.get_mut(..bytes.len())?;
        native.copy_from_slice(bytes);
        reverse_parts(native, dtype);
        Self::from_bytes(dtype, native)
    }

    /// The bytes of this element, [`DType::itemsize`] of them, in either byte order.
    #[must_use]
    pub fn to_bytes(self, order: ByteOrder) -> Vec<u8> {
        let mut bytes = match self {
            Self::Bool(v) => vec![u8::from(v)],
            Self::Int8(v) => v.to_ne_bytes().to_vec(),
            Self::Int16(v) => v.to_ne_bytes().to_vec(),
            Self::Int32(v) => v.to_ne_bytes().to_vec(),
            Self::Int64(v) => v.to_ne_bytes().to_vec(),
            Self::UInt8(v) => v.to_ne_bytes().to_vec(),
            Self::UInt16(v) => v.to_ne_bytes().to_vec(),
            Self::UInt32(v) => v.to_ne_bytes().to_vec(),
            Self::UInt64(v) => v.to_ne_bytes().to_vec(),
            Self::Float16(v) => v.to_ne_bytes().to_vec(),
            Self::Float32(v) => v.to_ne_bytes().to_vec(),
            Self::Float64(v) => v.to_ne_bytes().to_vec(),
            Self::Float128(v) => v.to_vec(),
            Self::Complex64(v) => bytemuck::bytes_of(&v).to_vec(),
            Self::Complex128(v) => bytemuck::bytes_of(&v).to_vec(),
            Self::Complex256(v) => v.as_flattened().to_vec(),
            Self::DateTime64(ticks, _) | Self::TimeDelta64(ticks, _) => {
                ticks.unwrap_or(i64::MIN).to_ne_bytes().to_vec()
            }
        };
        if !order.is_native() {
            reverse_parts(&mut bytes, self.dtype());
        }
        bytes
    }

    /// This value as another dtype, by the same rules as [`NdBuffer::astype`](crate::NdBuffer::astype).
    ///
    /// # Errors
    /// [`BufferError::Cast`] when there is no such conversion, and [`BufferError::Overflow`] when a date
    /// does not fit.
    pub fn cast(self, dtype: DType) -> Result<Self, BufferError> {
        let bytes = cast::cast(&self.to_bytes(ByteOrder::NATIVE), self.dtype(), dtype)?;
        Self::from_bytes(dtype, bytes.bytes()?).ok_or(BufferError::TooSmall {
            needed: dtype.itemsize(),
            len: bytes.len(),
        })
    }

    /// The truth of a `bool`; `None` for any other dtype.
    #[must_use]
    pub const fn as_bool(self) -> Option<bool> {
        match self {
            Self::Bool(v) => Some(v),
            _ => None,
        }
    }

    /// The value of an integer or a bool, if an `i64` holds it; `None` for all else.
    #[must_use]
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Self::Bool(v) => Some(i64::from(v)),
            Self::Int8(v) => Some(i64::from(v)),
            Self::Int16(v) => Some(i64::from(v)),
            Self::Int32(v) => Some(i64::from(v)),
            Self::Int64(v) => Some(v),
            Self::UInt8(v) => Some(i64::from(v)),
            Self::UInt16(v) => Some(i64::from(v)),
            Self::UInt32(v) => Some(i64::from(v)),
            Self::UInt64(v) => i64::try_from(v).ok(),
            _ => None,
        }
    }

    /// The value of an integer or a bool, if a `u64` holds it; `None` for all else.
    #[must_use]
    pub fn as_u64(self) -> Option<u64> {
        match self {
            Self::UInt64(v) => Some(v),
            other => other.as_i64().and_then(|v| u64::try_from(v).ok()),
        }
    }

    /// The value of any real number, rounded to the nearest `f64` where it must be; `None` for complex
    /// numbers, dates and durations.
    #[must_use]
    pub fn as_f64(self) -> Option<f64> {
        match self {
            Self::Float16(v) => Some(f64::from(v)),
            Self::Float32(v) => Some(f64::from(v)),
            Self::Float64(v) => Some(v),
            Self::Float128(v) => Some(float128_to_f64(&v)),
            #[allow(
                clippy::cast_precision_loss,
                reason = "the nearest is what is promised"
            )]
            Self::UInt64(v) => Some(v as f64),
            #[allow(
                clippy::cast_precision_loss,
                reason = "the nearest is what is promised"
            )]
            other => other.as_i64().map(|v| v as f64),
        }
    }

    /// The ticks of a date or a duration; `None` for not-a-time and for all else.
    #[must_use]
    pub const fn as_ticks(self) -> Option<i64> {
        match self {
            Self::DateTime64(ticks, _) | Self::TimeDelta64(ticks, _) => ticks,
            _ => None,
        }
    }
}

/// The size of a `complex256`.
const MAX_ITEMSIZE: usize = 32;

fn reverse_parts(element: &mut [u8], dtype: DType) {
    for part in element.chunks_mut(dtype.partsize()) {
        part.reverse();
    }
}
