//! One element of any dtype.

use half::f16;
use num_complex::Complex;

use crate::TimeUnit;

/// One element of any dtype.
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
