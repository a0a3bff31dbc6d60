//! Scalars: as another dtype, if every one of them survives.

use std::sync::Arc;

use gawky_buffer::{Buffer, BufferMut, ByteOrder, DType, NdBuffer, Scalar, Unit};
use gawky_form::{Form, NumpyForm, Parameters};

use super::misfit::{Fitting, Obstacle, Refusal, bytes_or};
use super::rows::{Origin, Rows, Run};
use super::{Rules, plain, shapes};
use crate::node::{NumpyArray, as_rows};
use crate::{Array, Problem};

pub(super) fn numpy(
    rows: Rows<'_>,
    form: &Form,
    own: &NumpyForm,
    above: &Parameters,
    rules: Rules,
) -> Fitting<Array> {
    if !own.inner_shape.is_empty() {
        return shapes::numpy(rows, own, above, rules);
    }
    let rows = plain(rows, form, above, rules)?;
    for source in rows.sources() {
        if let Some(array) = source.array() {
            let Array::Numpy(numbers) = array else {
                return Err(Refusal::new(array, form, Obstacle::Kind));
            };
            if let Some(obstacle) = refused(numbers.dtype(), own, rules) {
                return Err(Refusal::new(array, form, obstacle));
            }
        }
    }
    let array = NumpyArray::try_new(
        data(&rows, form, own.dtype)?,
        own.dtype,
        Arc::new([]),
        rows.len(),
        own.info.parameters.clone(),
    );
    Ok(array
        .map_err(|_| Problem::TooLarge {
            what: "bytes",
            length: as_rows(rows.len()),
        })?
        .into())
}

/// The elements of all rows, as `to`.
fn data(rows: &Rows<'_>, form: &Form, to: DType) -> Fitting<Buffer> {
    if let Some((_, Array::Numpy(numbers), run)) = rows.whole() {
        let bytes = bytes_of(numbers, run)?;
        return converted(bytes, form, numbers.dtype(), to, 0);
    }
    let mut out = BufferMut::try_with_capacity(room(rows.len(), to)?)?;
    let (mut rest, mut place) = (rows.runs(), 0);
    while !rest.is_empty() {
        // As many runs as are of one dtype are converted together.
        let (mut from, mut count, mut len) = (None, 0, 0);
        for run in rest {
            let dtype = match rows.origin(*run) {
                Origin::Array(Array::Numpy(numbers)) => Some(numbers.dtype()),
                _ => None,
            };
            match (from, dtype) {
                (Some(from), Some(dtype)) if from != dtype => break,
                _ => from = from.or(dtype),
            }
            (count, len) = (count + 1, len + run.len);
        }
        let from = from.unwrap_or(to);
        let (segment, others) = rest.split_at(count);
        if from == to {
            gather(rows, segment, from, &mut out)?;
        } else {
            let mut gathered = BufferMut::try_with_capacity(room(len, from)?)?;
            gather(rows, segment, from, &mut gathered)?;
            let bytes = converted(gathered.freeze(), form, from, to, place)?;
            out.extend_from_slice(bytes.bytes()?);
        }
        (rest, place) = (others, place + len);
    }
    Ok(out.freeze())
}

fn room(elements: usize, dtype: DType) -> Result<usize, Problem> {
    elements
        .checked_mul(dtype.itemsize())
        .ok_or(Problem::OutOfMemory {
            elements: as_rows(elements),
        })
}

fn bytes_of(numbers: &NumpyArray, run: Run) -> Result<Buffer, Problem> {
    let itemsize = numbers.dtype().itemsize();
    let start = run.start.saturating_mul(itemsize);
    let stop = run.start.saturating_add(run.len).saturating_mul(itemsize);
    Ok(numbers.data().slice(start..stop)?)
}

/// Appends the bytes of runs of one dtype; of what nobody sees, zeros.
fn gather(rows: &Rows<'_>, runs: &[Run], dtype: DType, out: &mut BufferMut) -> Result<(), Problem> {
    for run in runs {
        match rows.origin(*run) {
            Origin::Array(Array::Numpy(numbers)) => {
                out.extend_from_slice(bytes_of(numbers, *run)?.bytes()?);
            }
            _ => out.try_extend_zeros(room(run.len, dtype)?)?,
        }
    }
    Ok(())
}

/// The elements as another dtype; `place` is where the first of them is, for errors.
fn converted(bytes: Buffer, form: &Form, from: DType, to: DType, place: usize) -> Fitting<Buffer> {
    if from == to {
        return Ok(bytes);
    }
    match (is_complex(from), is_complex(to)) {
        (false, true) if from != part_of(to) => {
            let parts = converted(bytes, form, from, part_of(to), place)?;
            return converted(parts, form, part_of(to), to, place);
        }
        (true, false) => {
            let parts = real_parts(&bytes, form, from, to, place)?;
            return converted(parts, form, part_of(from), to, place);
        }
        _ => {}
    }
    let count = bytes.len() / from.itemsize();
    let cast = NdBuffer::try_new(bytes.clone(), from, ByteOrder::NATIVE, &[count])
        .and_then(|view| view.astype(to))
        .and_then(|view| view.to_buffer(ByteOrder::NATIVE))
        .map_err(|error| bytes_or(error, form, from, to, place))?;
    if always_survives(from, to) {
        return Ok(cast);
    }
    // Of a complex number both parts must survive.
    let (part, cast_part) = (part_of(from), part_of(to));
    let parts = from.itemsize() / part.itemsize();
    let (source, target) = (bytes.bytes()?, cast.bytes()?);
    for position in 0..count * parts {
        let (Some(before), Some(after)) = (
            Scalar::read(part, source, position),
            Scalar::read(cast_part, target, position),
        ) else {
            break;
        };
        if !survived(before, after) {
            let at = position / parts;
            let value = Scalar::read(from, source, at).unwrap_or(before);
            return Err(Refusal::of(
                format!("NumpyArray ({})", from.primitive()),
                form,
                Obstacle::Value {
                    at: as_rows(place.saturating_add(at)),
                    value: value.to_string(),
                    to,
                },
            ));
        }
    }
    Ok(cast)
}

/// The real parts of complex numbers that have no imaginary ones.
fn real_parts(
    bytes: &Buffer,
    form: &Form,
    from: DType,
    to: DType,
    place: usize,
) -> Fitting<Buffer> {
    let part = part_of(from);
    // The rest of what holds 80 bits may be anything.
    let used = match part {
        DType::Float128 => 10,
        other => other.itemsize(),
    };
    let mut real = BufferMut::try_with_capacity(bytes.len() / 2)?;
    let numbers = bytes.bytes()?.chunks_exact(from.itemsize());
    for (at, number) in numbers.enumerate() {
        let (own, imaginary) = number.split_at(part.itemsize());
        if imaginary.iter().take(used).any(|byte| *byte != 0) {
            let value = Scalar::read(from, number, 0).map(|value| value.to_string());
            return Err(Refusal::of(
                format!("NumpyArray ({})", from.primitive()),
                form,
                Obstacle::Value {
                    at: as_rows(place.saturating_add(at)),
                    value: value.unwrap_or_default(),
                    to,
                },
            ));
        }
        real.extend_from_slice(own);
    }
    Ok(real.freeze())
}

fn is_complex(dtype: DType) -> bool {
    meaning(dtype) == Meaning::Complex
}

/// What scalars mean: only within one meaning they are converted.
#[derive(PartialEq, Eq)]
enum Meaning {
    Bool,
    Number,
    Complex,
    Date,
    Duration,
}

impl Meaning {
    /// Whether these are numbers, if booleans are 0 and 1.
    fn is_number(&self) -> bool {
        matches!(self, Self::Bool | Self::Number | Self::Complex)
    }
}

fn meaning(dtype: DType) -> Meaning {
    match dtype {
        DType::Bool => Meaning::Bool,
        DType::Complex64 | DType::Complex128 | DType::Complex256 => Meaning::Complex,
        DType::DateTime64(_) => Meaning::Date,
        DType::TimeDelta64(_) => Meaning::Duration,
        _ => Meaning::Number,
    }
}

/// Why scalars of one dtype are not even tried as those of a form.
fn refused(from: DType, form: &NumpyForm, rules: Rules) -> Option<Obstacle> {
    let to = form.dtype;
    let refused = |reason| Some(Obstacle::DType { from, to, reason });
    let unit = |dtype| match dtype {
        DType::DateTime64(tick) | DType::TimeDelta64(tick) => Some(tick.unit),
        _ => None,
    };
    if from == to {
        return None;
    }
    let (own, other) = (meaning(from), meaning(to));
    if own != other && !(rules == Rules::Casting && own.is_number() && other.is_number()) {
        return refused(
            "booleans, numbers, complex numbers, dates and durations mean different things",
        );
    }
    if matches!(form.info.parameters.array(), Some("char" | "byte")) {
        return refused("characters are bytes");
    }
    if (unit(from) == Some(Unit::Generic)) != (unit(to) == Some(Unit::Generic)) {
        return refused("without a unit, nobody knows how long a tick is");
    }
    None
}

/// Whether an integer is signed, and its bits.
fn integer(dtype: DType) -> Option<(bool, u32)> {
    Some(match dtype {
        DType::Int8 => (true, 8),
        DType::Int16 => (true, 16),
        DType::Int32 => (true, 32),
        DType::Int64 => (true, 64),
        DType::UInt8 => (false, 8),
        DType::UInt16 => (false, 16),
        DType::UInt32 => (false, 32),
        DType::UInt64 => (false, 64),
        _ => return None,
    })
}

/// The bits of a float's significand.
fn significand(dtype: DType) -> Option<u32> {
    Some(match dtype {
        DType::Float16 => 11,
        DType::Float32 => 24,
        DType::Float64 => 53,
        DType::Float128 => 64,
        _ => return None,
    })
}

fn part_of(dtype: DType) -> DType {
    match dtype {
        DType::Complex64 => DType::Float32,
        DType::Complex128 => DType::Float64,
        DType::Complex256 => DType::Float128,
        other => other,
    }
}

/// Whether every value of the one dtype is one of the other, so that none need be looked at.
fn always_survives(from: DType, to: DType) -> bool {
    let (from, to) = (part_of(from), part_of(to));
    if from == DType::Bool {
        return true;
    }
    match (
        integer(from),
        integer(to),
        significand(from),
        significand(to),
    ) {
        (Some((signed, bits)), Some((to_signed, to_bits)), _, _) => match (signed, to_signed) {
            (true, false) => false,
            (false, true) => to_bits > bits,
            _ => to_bits >= bits,
        },
        (Some((signed, bits)), _, _, Some(digits)) => bits - u32::from(signed) <= digits,
        (_, _, Some(digits), Some(to_digits)) => to_digits >= digits,
        _ => false,
    }
}

/// A real number, exactly.
enum Exact {
    Integer(i128),
    Float(f64),
}

fn exact(scalar: Scalar) -> Option<Exact> {
    Some(match scalar {
        Scalar::UInt64(value) => Exact::Integer(value.into()),
        Scalar::Float16(_) | Scalar::Float32(_) | Scalar::Float64(_) => {
            Exact::Float(scalar.as_f64()?)
        }
        other => Exact::Integer(other.as_i64()?.into()),
    })
}

/// Whether a value is still the same after a cast, the sign of zero included.
fn survived(before: Scalar, after: Scalar) -> bool {
    match (exact(before), exact(after)) {
        (Some(Exact::Integer(a)), Some(Exact::Integer(b))) => a == b,
        (Some(Exact::Float(a)), Some(Exact::Float(b))) => {
            a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
        }
        (Some(Exact::Float(float)), Some(Exact::Integer(integer)))
        | (Some(Exact::Integer(integer)), Some(Exact::Float(float))) => {
            let is_negative_zero = float == 0.0 && float.is_sign_negative();
            float.fract() == 0.0 && !is_negative_zero && as_integer(float) == integer
        }
        _ => before.equals(after, true),
    }
}

/// A float without a fraction as an integer; what is too large for one stays too large.
#[allow(
    clippy::cast_possible_truncation,
    reason = "a cast saturates, at numbers that no integer dtype holds"
)]
fn as_integer(float: f64) -> i128 {
    float as i128
}
