//! Numbers and times of JSON.

use std::borrow::Cow;
use std::io::Write;

use gawky_buffer::{DType, Native, Scalar, float128_to_f64};

use super::text::quoted;
use super::{JsonProblem, ToJson};
use crate::Array;
use crate::node::NumpyArray;

/// Numbers of the kinds that there are most of, aligned, as slices: what is told of a column need not be told of each value.
pub(super) enum Numbers<'a> {
    Int8(&'a [i8]),
    Int16(&'a [i16]),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    UInt8(&'a [u8]),
    UInt16(&'a [u16]),
    UInt32(&'a [u32]),
    UInt64(&'a [u64]),
    Float32(&'a [f32]),
    Float64(&'a [f64]),
}

impl<'a> Numbers<'a> {
    /// Those of an array of which each row is one; bytes that may be characters are none.
    pub(super) fn of(array: &'a Array) -> Option<Self> {
        let Array::Numpy(array) = array else {
            return None;
        };
        if !array.inner_shape().is_empty() || array.parameters().array().is_some() {
            return None;
        }
        Some(match array.dtype() {
            DType::Int8 => Self::Int8(aligned(array)?),
            DType::Int16 => Self::Int16(aligned(array)?),
            DType::Int32 => Self::Int32(aligned(array)?),
            DType::Int64 => Self::Int64(aligned(array)?),
            DType::UInt8 => Self::UInt8(aligned(array)?),
            DType::UInt16 => Self::UInt16(aligned(array)?),
            DType::UInt32 => Self::UInt32(aligned(array)?),
            DType::UInt64 => Self::UInt64(aligned(array)?),
            DType::Float32 => Self::Float32(aligned(array)?),
            DType::Float64 => Self::Float64(aligned(array)?),
            _ => return None,
        })
    }

    /// Writes one of them, which is there.
    pub(super) fn write(
        &self,
        out: &mut Vec<u8>,
        json: &ToJson,
        row: usize,
    ) -> Result<(), JsonProblem> {
        match self {
            Self::Int8(all) => of_integers(out, all, row),
            Self::Int16(all) => of_integers(out, all, row),
            Self::Int32(all) => of_integers(out, all, row),
            Self::Int64(all) => of_integers(out, all, row),
            Self::UInt8(all) => of_integers(out, all, row),
            Self::UInt16(all) => of_integers(out, all, row),
            Self::UInt32(all) => of_integers(out, all, row),
            Self::UInt64(all) => of_integers(out, all, row),
            Self::Float32(all) => {
                if let Some(value) = all.get(row) {
                    float32(out, json, *value)?;
                }
            }
            Self::Float64(all) => {
                if let Some(value) = all.get(row) {
                    float64(out, json, *value)?;
                }
            }
        }
        Ok(())
    }
}

fn aligned<T: Native>(array: &NumpyArray) -> Option<&[T]> {
    match array.data().typed().ok()? {
        Cow::Borrowed(numbers) => Some(numbers),
        Cow::Owned(_) => None,
    }
}

fn of_integers(out: &mut Vec<u8>, all: &[impl itoa::Integer + Copy], row: usize) {
    if let Some(value) = all.get(row) {
        integer(out, *value);
    }
}

/// Writes one element.
pub(super) fn scalar(out: &mut Vec<u8>, json: &ToJson, scalar: Scalar) -> Result<(), JsonProblem> {
    match scalar {
        Scalar::Bool(true) => out.extend_from_slice(b"true"),
        Scalar::Bool(false) => out.extend_from_slice(b"false"),
        Scalar::Int8(value) => integer(out, value),
        Scalar::Int16(value) => integer(out, value),
        Scalar::Int32(value) => integer(out, value),
        Scalar::Int64(value) => integer(out, value),
        Scalar::UInt8(value) => integer(out, value),
        Scalar::UInt16(value) => integer(out, value),
        Scalar::UInt32(value) => integer(out, value),
        Scalar::UInt64(value) => integer(out, value),
        // Few know float16, and for those who do not its fewest digits are another number: 65500 for 65504.
        Scalar::Float16(value) => float64(out, json, value.to_f64())?,
        Scalar::Float32(value) => float32(out, json, value)?,
        Scalar::Float64(value) => float64(out, json, value)?,
        Scalar::Float128(bytes) => float64(out, json, float128_to_f64(&bytes))?,
        Scalar::Complex64(value) => {
            let parts = [Scalar::Float32(value.re), Scalar::Float32(value.im)];
            complex(out, json, parts)?;
        }
        Scalar::Complex128(value) => {
            let parts = [Scalar::Float64(value.re), Scalar::Float64(value.im)];
            complex(out, json, parts)?;
        }
        Scalar::Complex256(parts) => complex(out, json, parts.map(Scalar::Float128))?,
        Scalar::DateTime64(None, _) | Scalar::TimeDelta64(None, _) => {
            out.extend_from_slice(b"null");
        }
        Scalar::DateTime64(Some(_), _) => {
            out.push(b'"');
            printed(out, scalar);
            out.push(b'"');
        }
        Scalar::TimeDelta64(Some(ticks), _) => integer(out, ticks),
    }
    Ok(())
}

fn integer(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn digits(out: &mut Vec<u8>, value: impl zmij::Float) {
    out.extend_from_slice(zmij::Buffer::new().format_finite(value).as_bytes());
}

/// As the scalar prints.
fn printed(out: &mut Vec<u8>, scalar: Scalar) {
    // Memory takes all that is written to it.
    let _ = write!(out, "{scalar}");
}

fn float32(out: &mut Vec<u8>, json: &ToJson, value: f32) -> Result<(), JsonProblem> {
    match value.is_finite() {
        true => digits(out, value),
        false => not_finite(out, json, f64::from(value))?,
    }
    Ok(())
}

fn float64(out: &mut Vec<u8>, json: &ToJson, value: f64) -> Result<(), JsonProblem> {
    match value.is_finite() {
        true => digits(out, value),
        false => not_finite(out, json, value)?,
    }
    Ok(())
}

fn not_finite(out: &mut Vec<u8>, json: &ToJson, value: f64) -> Result<(), JsonProblem> {
    let (text, problem) = if value.is_nan() {
        (&json.nan_string, JsonProblem::Nan)
    } else if value > 0.0 {
        (&json.posinf_string, JsonProblem::PosInf)
    } else {
        (&json.neginf_string, JsonProblem::NegInf)
    };
    quoted(out, text.as_ref().ok_or(problem)?.as_bytes());
    Ok(())
}

fn complex(out: &mut Vec<u8>, json: &ToJson, parts: [Scalar; 2]) -> Result<(), JsonProblem> {
    let names = json
        .complex_record_fields
        .as_ref()
        .ok_or(JsonProblem::Complex)?;
    for ((name, part), before) in names.iter().zip(parts).zip([b'{', b',']) {
        out.push(before);
        quoted(out, name.as_bytes());
        out.push(b':');
        scalar(out, json, part)?;
    }
    out.push(b'}');
    Ok(())
}
