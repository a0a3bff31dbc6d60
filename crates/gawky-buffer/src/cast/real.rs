//! Booleans, integers and floats to one another, and to and from ticks of time.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the casting table of this module is what Rust's `as` does"
)]

use half::f16;

use crate::float128::{Extended, Rounding};
use crate::{BufferMut, DType};

/// Converts between any two dtypes that are neither complex nor time; those do not come here.
pub(super) fn extend(out: &mut BufferMut, source: &[u8], from: DType, to: DType) {
    // To every target, from bytes that `$load` makes a Rust number of. An `as` does all of the table.
    macro_rules! to_all {
        ($load:expr, $extended:expr) => {{
            let load = $load;
            let source = source.as_chunks().0;
            match to {
                DType::Bool => {
                    out.extend_converted(source, |b| [u8::from(load(b) != Default::default())]);
                }
                DType::Int8 => out.extend_converted(source, |b| (load(b) as i8).to_ne_bytes()),
                DType::Int16 => out.extend_converted(source, |b| (load(b) as i16).to_ne_bytes()),
                DType::Int32 => out.extend_converted(source, |b| (load(b) as i32).to_ne_bytes()),
                DType::Int64 => out.extend_converted(source, |b| (load(b) as i64).to_ne_bytes()),
                DType::UInt8 => out.extend_converted(source, |b| (load(b) as u8).to_ne_bytes()),
                DType::UInt16 => out.extend_converted(source, |b| (load(b) as u16).to_ne_bytes()),
                DType::UInt32 => out.extend_converted(source, |b| (load(b) as u32).to_ne_bytes()),
                DType::UInt64 => out.extend_converted(source, |b| (load(b) as u64).to_ne_bytes()),
                DType::Float16 => {
                    out.extend_converted(source, |b| nearest_f16(load(b) as f64).to_ne_bytes());
                }
                DType::Float32 => out.extend_converted(source, |b| (load(b) as f32).to_ne_bytes()),
                DType::Float64 => out.extend_converted(source, |b| (load(b) as f64).to_ne_bytes()),
                _ => out.extend_converted(source, |b| $extended(load(b)).encode()),
            }
        }};
    }
    let from_signed = Extended::from_i64;
    let from_unsigned = Extended::from_u64;
    let from_float = Extended::from_f64;
    match from {
        DType::Bool => to_all!(|[b]: [u8; 1]| u8::from(b != 0), |v| from_unsigned(
            u64::from(v)
        )),
        DType::Int8 => to_all!(i8::from_ne_bytes, |v| from_signed(i64::from(v))),
        DType::Int16 => to_all!(i16::from_ne_bytes, |v| from_signed(i64::from(v))),
        DType::Int32 => to_all!(i32::from_ne_bytes, |v| from_signed(i64::from(v))),
        DType::Int64 => to_all!(i64::from_ne_bytes, from_signed),
        DType::UInt8 => to_all!(u8::from_ne_bytes, |v| from_unsigned(u64::from(v))),
        DType::UInt16 => to_all!(u16::from_ne_bytes, |v| from_unsigned(u64::from(v))),
        DType::UInt32 => to_all!(u32::from_ne_bytes, |v| from_unsigned(u64::from(v))),
        DType::UInt64 => to_all!(u64::from_ne_bytes, from_unsigned),
        DType::Float16 => to_all!(|b| f16::from_ne_bytes(b).to_f32(), |v| from_float(
            f64::from(v)
        )),
        DType::Float32 => to_all!(f32::from_ne_bytes, |v| from_float(f64::from(v))),
        DType::Float64 => to_all!(f64::from_ne_bytes, from_float),
        _ => extend_from_float128(out, source, to),
    }
}

fn extend_from_float128(out: &mut BufferMut, source: &[u8], to: DType) {
    let source = source.as_chunks::<16>().0;
    macro_rules! integer {
        ($to:ty) => {
            out.extend_converted(source, |b| {
                let limits = (i128::from(<$to>::MIN), i128::from(<$to>::MAX));
                let value = Extended::decode(&b).to_i128().clamp(limits.0, limits.1);
                (value as $to).to_ne_bytes()
            })
        };
    }
    let odd = |b: [u8; 16]| Extended::decode(&b).to_f64(Rounding::Odd);
    match to {
        DType::Bool => {
            out.extend_converted(source, |b| [u8::from(!Extended::decode(&b).is_zero())]);
        }
        DType::Int8 => integer!(i8),
        DType::Int16 => integer!(i16),
        DType::Int32 => integer!(i32),
        DType::Int64 => integer!(i64),
        DType::UInt8 => integer!(u8),
        DType::UInt16 => integer!(u16),
        DType::UInt32 => integer!(u32),
        DType::UInt64 => integer!(u64),
        DType::Float16 => out.extend_converted(source, |b| nearest_f16(odd(b)).to_ne_bytes()),
        DType::Float32 => out.extend_converted(source, |b| (odd(b) as f32).to_ne_bytes()),
        _ => out.extend_converted(source, |b| crate::float128_to_f64(&b).to_ne_bytes()),
    }
}

/// The `f16` nearest to an `f64`, ties to even.
///
/// `half` rounds twice or drops low bits, depending on the processor; so the `f32` on the way is rounded
/// to odd, after which its conversion is right.
pub(crate) fn nearest_f16(value: f64) -> f16 {
    let near = value as f32;
    let back = f64::from(near);
    if back == value || value.is_nan() {
        return f16::from_f32(near);
    }
    let toward_zero = near.to_bits() - u32::from(back.abs() > value.abs());
    f16::from_f32(f32::from_bits(toward_zero | 1))
}

/// Ticks from any dtype that is neither complex nor time.
pub(super) fn extend_ticks(out: &mut BufferMut, source: &[u8], from: DType) {
    macro_rules! float {
        ($load:expr) => {
            out.extend_converted(source.as_chunks().0, |b| {
                let value = $load(b);
                let ticks = if value.is_nan() {
                    i64::MIN
                } else {
                    value as i64
                };
                ticks.to_ne_bytes()
            })
        };
    }
    match from {
        DType::Float16 => float!(|b| f16::from_ne_bytes(b).to_f32()),
        DType::Float32 => float!(f32::from_ne_bytes),
        DType::Float64 => float!(f64::from_ne_bytes),
        DType::Float128 => out.extend_converted(source.as_chunks().0, |b| {
            let value = Extended::decode(&b);
            let limits = (i128::from(i64::MIN), i128::from(i64::MAX));
            let ticks = if value.is_nan() {
                i64::MIN
            } else {
                value.to_i128().clamp(limits.0, limits.1) as i64
            };
            ticks.to_ne_bytes()
        }),
        integer => extend(out, source, integer, DType::Int64),
    }
}

/// Ticks to any dtype that is neither complex nor time.
pub(super) fn extend_from_ticks(out: &mut BufferMut, source: &[u8], to: DType) {
    macro_rules! float {
        ($nan:expr, $convert:expr) => {
            out.extend_converted(source.as_chunks().0, |b| match i64::from_ne_bytes(b) {
                i64::MIN => $nan.to_ne_bytes(),
                ticks => $convert(ticks).to_ne_bytes(),
            })
        };
    }
    match to {
        DType::Float16 => float!(f16::NAN, |ticks| nearest_f16(ticks as f64)),
        DType::Float32 => float!(f32::NAN, |ticks| ticks as f32),
        DType::Float64 => float!(f64::NAN, |ticks| ticks as f64),
        DType::Float128 => {
            out.extend_converted(source.as_chunks().0, |b| match i64::from_ne_bytes(b) {
                i64::MIN => Extended::from_f64(f64::NAN).encode(),
                ticks => Extended::from_i64(ticks).encode(),
            })
        }
        integer => extend(out, source, DType::Int64, integer),
    }
}
