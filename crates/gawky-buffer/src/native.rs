//! Types whose every bit pattern is a value, so that bytes may be viewed as them.

use half::f16;
use num_complex::Complex;

mod sealed {
    pub trait Sealed {}
}

/// An element type that bytes can be viewed as without a copy.
///
/// Sealed, and implemented only for types in which every bit pattern is a value; `bool` is not one
/// (2 is no `bool`), which is why booleans are viewed as `u8`.
pub trait Native: sealed::Sealed + bytemuck::Pod + Send + Sync {
    /// The dtype whose native-endian bytes this is.
    const DTYPE: crate::DType;
}

macro_rules! natives {
    ($($rust:ty => $dtype:ident),* $(,)?) => {$(
        impl sealed::Sealed for $rust {}
        impl Native for $rust {
            const DTYPE: crate::DType = crate::DType::$dtype;
        }
    )*};
}

natives! {
    i8 => Int8, i16 => Int16, i32 => Int32, i64 => Int64,
    u8 => UInt8, u16 => UInt16, u32 => UInt32, u64 => UInt64,
    f16 => Float16, f32 => Float32, f64 => Float64,
    Complex<f32> => Complex64, Complex<f64> => Complex128,
}
