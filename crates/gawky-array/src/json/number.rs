//! Numbers and times of JSON.

use std::io::Write;

use gawky_buffer::{Scalar, float128_to_f64};

use super::text::quoted;
use super::{JsonProblem, ToJson};

/// Numbers of the kinds that there are most of.
pub(super) trait Number: Copy {
    fn write(self, out: &mut Vec<u8>, json: &ToJson) -> Result<(), JsonProblem>;
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl Number for $integer {
            #[inline]
            fn write(self, out: &mut Vec<u8>, _json: &ToJson) -> Result<(), JsonProblem> {
                integer(out, self);
                Ok(())
            }
        }
    )*};
}

integers! { i8 i16 i32 i64 u8 u16 u32 u64 }

macro_rules! floats {
    ($($float:ty)*) => {$(
        impl Number for $float {
            #[inline]
            fn write(self, out: &mut Vec<u8>, json: &ToJson) -> Result<(), JsonProblem> {
                match self.is_finite() {
                    true => digits(out, self),
                    false => not_finite(out, json, self.into())?,
                }
                Ok(())
            }
        }
    )*};
}

floats! { f32 f64 }

pub(super) fn boolean(out: &mut Vec<u8>, value: bool) {
    match value {
        true => out.extend_from_slice(b"true"),
        false => out.extend_from_slice(b"false"),
    }
}

/// Writes one element.
pub(super) fn scalar(out: &mut Vec<u8>, json: &ToJson, scalar: Scalar) -> Result<(), JsonProblem> {
    match scalar {
        Scalar::Bool(value) => boolean(out, value),
        Scalar::Int8(value) => integer(out, value),
        Scalar::Int16(value) => integer(out, value),
        Scalar::Int32(value) => integer(out, value),
        Scalar::Int64(value) => integer(out, value),
        Scalar::UInt8(value) => integer(out, value),
        Scalar::UInt16(value) => integer(out, value),
        Scalar::UInt32(value) => integer(out, value),
        Scalar::UInt64(value) => integer(out, value),
        // Few know float16, and for those who do not its fewest digits are another number: 65500 for 65504.
        Scalar::Float16(value) => value.to_f64().write(out, json)?,
        Scalar::Float32(value) => value.write(out, json)?,
        Scalar::Float64(value) => value.write(out, json)?,
        Scalar::Float128(bytes) => float128_to_f64(&bytes).write(out, json)?,
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

/// Where a number is written before it is copied. It lies in one line of the processor's cache: over the border of two, which the place
/// on the stack decided otherwise, writing a float took up to twice as long.
#[repr(align(64))]
struct InOneLine<T>(T);

#[inline]
fn integer(out: &mut Vec<u8>, value: impl itoa::Integer) {
    let mut text = InOneLine(itoa::Buffer::new());
    out.extend_from_slice(text.0.format(value).as_bytes());
}

#[inline]
fn digits(out: &mut Vec<u8>, value: impl zmij::Float) {
    let mut text = InOneLine(zmij::Buffer::new());
    out.extend_from_slice(text.0.format_finite(value).as_bytes());
}

/// As the scalar prints.
fn printed(out: &mut Vec<u8>, scalar: Scalar) {
    // Memory takes all that is written to it.
    let _ = write!(out, "{scalar}");
}

#[cold]
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
