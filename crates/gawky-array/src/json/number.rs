//! Numbers and times of JSON.

use std::io::Write;

use gawky_buffer::{Scalar, float128_to_f64};

use super::text::quoted;
use super::{JsonProblem, ToJson};

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
        Scalar::Float32(value) => match value.is_finite() {
            true => digits(out, value),
            false => not_finite(out, json, f64::from(value))?,
        },
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
