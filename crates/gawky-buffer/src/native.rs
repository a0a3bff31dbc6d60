//! Types whose every bit pattern is a value, so that bytes may be viewed as them.

use half::f16;
use num_complex::Complex;

pub(crate) mod sealed {
    pub trait Sealed: Sized {
        /// Hands the memory of a vector to arrow, whose own native trait is narrower than ours.
        fn into_arrow(values: Vec<Self>) -> arrow_buffer::Buffer;
    }
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
    ($($rust:ty => $dtype:ident, $values:ident => $arrow:expr);* $(;)?) => {$(
        impl sealed::Sealed for $rust {
            fn into_arrow($values: Vec<Self>) -> arrow_buffer::Buffer {
                $arrow
            }
        }
        impl Native for $rust {
            const DTYPE: crate::DType = crate::DType::$dtype;
        }
    )*};
}

natives! {
    i8 => Int8, values => arrow_buffer::Buffer::from_vec(values);
    i16 => Int16, values => arrow_buffer::Buffer::from_vec(values);
    i32 => Int32, values => arrow_buffer::Buffer::from_vec(values);
    i64 => Int64, values => arrow_buffer::Buffer::from_vec(values);
    u8 => UInt8, values => arrow_buffer::Buffer::from_vec(values);
    u16 => UInt16, values => arrow_buffer::Buffer::from_vec(values);
    u32 => UInt32, values => arrow_buffer::Buffer::from_vec(values);
    u64 => UInt64, values => arrow_buffer::Buffer::from_vec(values);
    f16 => Float16, values => arrow_buffer::Buffer::from_vec(values);
    f32 => Float32, values => arrow_buffer::Buffer::from_vec(values);
    f64 => Float64, values => arrow_buffer::Buffer::from_vec(values);
    // Twice as many of half the size, at the same alignment: the same memory.
    Complex<f32> => Complex64, values => {
        arrow_buffer::Buffer::from_vec(bytemuck::allocation::cast_vec::<_, f32>(values))
    };
    Complex<f64> => Complex128, values => {
        arrow_buffer::Buffer::from_vec(bytemuck::allocation::cast_vec::<_, f64>(values))
    };
}
