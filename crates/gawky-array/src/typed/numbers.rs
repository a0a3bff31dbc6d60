//! Numbers and booleans as values.

use std::sync::Arc;

use gawky_buffer::{Buffer, Complex, DType, Native, f16};

use super::{Element, Refused, Sealed, Typed, Values};
use crate::Array;
use crate::node::NumpyArray;

macro_rules! numbers {
    ($($number:ty),* $(,)?) => {$(
        impl Sealed for $number {}

        impl Typed for $number {
            type Column = Values<Self>;

            fn wanted() -> String {
                <Self as Native>::DTYPE.primitive().into_owned()
            }

            fn column(array: &Array, is_copy: bool) -> Result<Values<Self>, Refused> {
                column(array, is_copy, &|dtype| dtype == <Self as Native>::DTYPE)
            }
        }

        impl Element for $number {
            const DTYPE: DType = <Self as Native>::DTYPE;

            #[inline]
            fn view(bytes: &[u8]) -> Option<&[Self]> {
                if bytes.is_empty() {
                    return Some(&[]);
                }
                bytemuck::try_cast_slice(bytes).ok()
            }

            fn copied(bytes: &[u8]) -> Arc<[Self]> {
                bytemuck::allocation::pod_collect_to_vec(bytes).into()
            }
        }
    )*};
}

numbers!(
    i8,
    i16,
    i32,
    i64,
    u8,
    u16,
    u32,
    u64,
    f16,
    f32,
    f64,
    Complex<f32>,
    Complex<f64>
);

impl Sealed for bool {}

impl Typed for bool {
    type Column = Values<Self>;

    fn wanted() -> String {
        "bool".to_owned()
    }

    fn column(array: &Array, is_copy: bool) -> Result<Values<Self>, Refused> {
        column(array, is_copy, &|dtype| dtype == DType::Bool)
    }
}

impl Element for bool {
    const DTYPE: DType = DType::Bool;

    /// Every byte is looked at, as one that is neither 0 nor 1 is no `bool`.
    fn view(bytes: &[u8]) -> Option<&[Self]> {
        bytemuck::checked::try_cast_slice(bytes).ok()
    }

    fn proven(_: &[u8]) -> Option<&[Self]> {
        None
    }

    fn copied(bytes: &[u8]) -> Arc<[Self]> {
        bytes.iter().map(|byte| *byte != 0).collect()
    }
}

/// The values of an array whose dtype is `wanted`.
pub(super) fn column<T: Element>(
    array: &Array,
    is_copy: bool,
    wanted: &dyn Fn(DType) -> bool,
) -> Result<Values<T>, Refused> {
    match array {
        Array::Numpy(numbers) => Ok(Values::new(flat(array, numbers, wanted)?.clone(), is_copy)?),
        Array::Empty(_) => Ok(Values::new(Buffer::empty(), false)?),
        Array::Indexed(own) => column(&own.project()?, true, wanted),
        _ => Err(other(array)),
    }
}

/// The values of a flat array, borrowed.
pub(super) fn slice<T: Element>(array: &Array) -> Result<&[T], Refused> {
    match array {
        Array::Numpy(numbers) => {
            let bytes = flat(array, numbers, &|found| found == T::DTYPE)?.bytes()?;
            T::view(bytes).ok_or_else(|| {
                Refused::other(array, "some bytes are neither 0 nor 1: use as_values")
            })
        }
        Array::Empty(_) => Ok(&[]),
        Array::Indexed(_) => Err(Refused::other(
            array,
            "its rows are picked by an index and lie anywhere: use as_values, which gathers them",
        )),
        _ => Err(other(array)),
    }
}

/// The bytes of numbers in one dimension, of a dtype that is wanted.
fn flat<'a>(
    array: &Array,
    numbers: &'a NumpyArray,
    wanted: &dyn Fn(DType) -> bool,
) -> Result<&'a Buffer, Refused> {
    if !numbers.inner_shape().is_empty() {
        return Err(Refused::other(
            array,
            "its rows are lists of one length: use as_list",
        ));
    }
    if !wanted(numbers.dtype()) {
        return Err(Refused::other(array, instead(numbers.dtype())));
    }
    Ok(numbers.data())
}

/// What to ask for instead.
fn instead(dtype: DType) -> String {
    let rust = match dtype {
        DType::Bool => "bool",
        DType::Int8 => "i8",
        DType::Int16 => "i16",
        DType::Int32 => "i32",
        DType::Int64 => "i64",
        DType::UInt8 => "u8",
        DType::UInt16 => "u16",
        DType::UInt32 => "u32",
        DType::UInt64 => "u64",
        DType::Float16 => "f16",
        DType::Float32 => "f32",
        DType::Float64 => "f64",
        DType::Complex64 => "Complex<f32>",
        DType::Complex128 => "Complex<f64>",
        DType::DateTime64(_) => "typed::DateTime64",
        DType::TimeDelta64(_) => "typed::TimeDelta64",
        DType::Float128 | DType::Complex256 => {
            return "Rust has no such numbers: use cast_to".to_owned();
        }
    };
    format!("ask for `{rust}`, or use cast_to")
}

/// What to do about rows that are no plain values.
pub(super) fn other(array: &Array) -> Refused {
    let hint = match array {
        Array::Regular(_) | Array::List(_) | Array::ListOffset(_) => {
            match array.parameters().array() {
                Some("string") => "its rows are strings: use as_strings, or `String` as the type",
                Some("bytestring") => {
                    "its rows are bytes: use as_bytes, or `typed::ByteString` as the type"
                }
                _ => "its rows are lists: use as_list, or `Vec<_>` as the type",
            }
        }
        Array::Record(_) => "its rows are records: take one of their fields with field() first",
        Array::IndexedOption(_)
        | Array::ByteMasked(_)
        | Array::BitMasked(_)
        | Array::Unmasked(_) => {
            "its rows may be missing: use as_option, or `Option<_>` as the type"
        }
        Array::Union(_) => "its rows are of several types: use iter(), or cast_to one type first",
        Array::Empty(_) | Array::Numpy(_) | Array::Indexed(_) => "its rows are plain values",
    };
    Refused::other(array, hint)
}
