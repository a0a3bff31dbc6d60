//! One element of any dtype.

use half::f16;
use num_complex::Complex;

use crate::{DType, TimeUnit};

mod convert;
mod display;
mod equality;
mod iso;
mod nanoseconds;

/// One element of any dtype.
///
/// `==` compares dtype and value, NaN unequal to itself and float128 byte by byte; to compare numbers of
/// different dtypes, or to let NaN equal NaN, use [`Scalar::equals`]. It prints as Python prints the value.
///
/// ```
/// use gawky_buffer::{DType, Scalar};
/// let half = Scalar::Float32(0.5);
/// assert_eq!(half.to_string(), "0.5");
/// assert_eq!(half.as_f64(), Some(0.5));
/// assert_eq!(half.cast(DType::Complex64)?.to_string(), "(0.5+0j)");
/// # Ok::<(), gawky_buffer::BufferError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// `bool`
    Bool(bool),
    /// `int8`
    Int8(i8),
    /// `int16`
    Int16(i16),
    /// `int32`
    Int32(i32),
    /// `int64`
    Int64(i64),
    /// `uint8`
    UInt8(u8),
    /// `uint16`
    UInt16(u16),
    /// `uint32`
    UInt32(u32),
    /// `uint64`
    UInt64(u64),
    /// `float16`
    Float16(f16),
    /// `float32`
    Float32(f32),
    /// `float64`
    Float64(f64),
    /// `float128`: x86's 80-bit float, padded to 16 native-endian bytes.
    Float128([u8; 16]),
    /// `complex64`
    Complex64(Complex<f32>),
    /// `complex128`
    Complex128(Complex<f64>),
    /// `complex256`: real, imaginary.
    Complex256([[u8; 16]; 2]),
    /// `datetime64`: ticks since 1970-01-01T00:00, `None` for not-a-time.
    DateTime64(Option<i64>, TimeUnit),
    /// `timedelta64`: ticks, `None` for not-a-time.
    TimeDelta64(Option<i64>, TimeUnit),
}

impl Scalar {
    /// Decodes one native-endian element; `None` unless `bytes` has exactly its size.
    ///
    /// ```
    /// use gawky_buffer::{DType, Scalar};
    /// assert_eq!(Scalar::from_bytes(DType::Int16, &7_i16.to_ne_bytes()), Some(Scalar::Int16(7)));
    /// assert_eq!(Scalar::from_bytes(DType::Int16, &[7]), None);
    /// ```
    #[must_use]
    pub fn from_bytes(dtype: DType, bytes: &[u8]) -> Option<Self> {
        fn complex<const N: usize, T>(bytes: &[u8], part: fn([u8; N]) -> T) -> Option<[T; 2]> {
            let (re, rest) = bytes.split_first_chunk()?;
            Some([part(*re), part(rest.try_into().ok()?)])
        }
        let ticks = |bytes: &[u8]| -> Option<Option<i64>> {
            let ticks = i64::from_ne_bytes(bytes.try_into().ok()?);
            Some((ticks != i64::MIN).then_some(ticks))
        };
        Some(match dtype {
            DType::Bool => {
                let [byte] = bytes.try_into().ok()?;
                Self::Bool(byte != 0)
            }
            DType::Int8 => Self::Int8(i8::from_ne_bytes(bytes.try_into().ok()?)),
            DType::Int16 => Self::Int16(i16::from_ne_bytes(bytes.try_into().ok()?)),
            DType::Int32 => Self::Int32(i32::from_ne_bytes(bytes.try_into().ok()?)),
            DType::Int64 => Self::Int64(i64::from_ne_bytes(bytes.try_into().ok()?)),
            DType::UInt8 => Self::UInt8(u8::from_ne_bytes(bytes.try_into().ok()?)),
            DType::UInt16 => Self::UInt16(u16::from_ne_bytes(bytes.try_into().ok()?)),
            DType::UInt32 => Self::UInt32(u32::from_ne_bytes(bytes.try_into().ok()?)),
            DType::UInt64 => Self::UInt64(u64::from_ne_bytes(bytes.try_into().ok()?)),
            DType::Float16 => Self::Float16(f16::from_ne_bytes(bytes.try_into().ok()?)),
            DType::Float32 => Self::Float32(f32::from_ne_bytes(bytes.try_into().ok()?)),
            DType::Float64 => Self::Float64(f64::from_ne_bytes(bytes.try_into().ok()?)),
            DType::Float128 => Self::Float128(bytes.try_into().ok()?),
            DType::Complex64 => {
                let [re, im] = complex(bytes, f32::from_ne_bytes)?;
                Self::Complex64(Complex::new(re, im))
            }
            DType::Complex128 => {
                let [re, im] = complex(bytes, f64::from_ne_bytes)?;
                Self::Complex128(Complex::new(re, im))
            }
            DType::Complex256 => Self::Complex256(complex(bytes, |part: [u8; 16]| part)?),
            DType::DateTime64(tick) => Self::DateTime64(ticks(bytes)?, tick),
            DType::TimeDelta64(tick) => Self::TimeDelta64(ticks(bytes)?, tick),
        })
    }

    /// Decodes the native-endian element number `index` of `bytes`; `None` when `bytes` ends before it does.
    ///
    /// ```
    /// use gawky_buffer::{Buffer, DType, Scalar};
    /// let buffer = Buffer::from_vec(vec![1.5_f64, 2.5]);
    /// assert_eq!(Scalar::read(DType::Float64, buffer.bytes()?, 1), Some(Scalar::Float64(2.5)));
    /// assert_eq!(Scalar::read(DType::Float64, buffer.bytes()?, 2), None);
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    #[must_use]
    pub fn read(dtype: DType, bytes: &[u8], index: usize) -> Option<Self> {
        let start = index.checked_mul(dtype.itemsize())?;
        let end = start.checked_add(dtype.itemsize())?;
        Self::from_bytes(dtype, bytes.get(start..end)?)
    }

    /// The dtype that this is an element of.
    #[must_use]
    pub const fn dtype(self) -> DType {
        match self {
            Self::Bool(_) => DType::Bool,
            Self::Int8(_) => DType::Int8,
            Self::Int16(_) => DType::Int16,
            Self::Int32(_) => DType::Int32,
            Self::Int64(_) => DType::Int64,
            Self::UInt8(_) => DType::UInt8,
            Self::UInt16(_) => DType::UInt16,
            Self::UInt32(_) => DType::UInt32,
            Self::UInt64(_) => DType::UInt64,
            Self::Float16(_) => DType::Float16,
            Self::Float32(_) => DType::Float32,
            Self::Float64(_) => DType::Float64,
            Self::Float128(_) => DType::Float128,
            Self::Complex64(_) => DType::Complex64,
            Self::Complex128(_) => DType::Complex128,
            Self::Complex256(_) => DType::Complex256,
            Self::DateTime64(_, tick) => DType::DateTime64(tick),
            Self::TimeDelta64(_, tick) => DType::TimeDelta64(tick),
        }
    }
}

#[cfg(test)]
mod tests;
