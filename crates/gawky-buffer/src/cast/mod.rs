//! Elements of one dtype to elements of another.
//!
//! The table is that of NumPy's `astype` with `casting="unsafe"`, made definite where C leaves it open:
//!
//! | from | to | what happens |
//! |---|---|---|
//! | integer | integer | wraps, as C casts do |
//! | float | integer | truncates towards zero; out of range saturates; NaN is 0 |
//! | integer, float | float | the nearest; overflow is infinite |
//! | anything | bool | false where it is zero; NaN and NaT are true |
//! | bool | anything | 0 or 1 |
//! | real | complex | the imaginary part is 0 |
//! | complex | real | an error: take the real part |
//! | integer, bool | date, duration | the number of ticks; `i64::MIN` is NaT |
//! | float | date, duration | as to `int64`, but NaN is NaT |
//! | date, duration | integer | the number of ticks, wrapped; NaT is `i64::MIN` |
//! | date, duration | float | the number of ticks; NaT is NaN (NumPy: -2^63) |
//! | date | date | floors to the coarser tick, through the calendar where months are involved |
//! | duration | duration | floors; an error between months or years and anything else |
//! | date | duration, and back | an error (NumPy: the same ticks) |

mod real;
pub(crate) mod time;

use crate::{Buffer, BufferError, BufferMut, DType};

/// Why a complex number does not become a real one.
const COMPLEX_TO_REAL: &str = "the imaginary part would be lost; use real() or imag()";

/// Converts native-endian elements, as many as `source` holds in full.
///
/// # Errors
/// [`BufferError::Cast`] when there is no such conversion, [`BufferError::Overflow`] when a date does not
/// fit, and [`BufferError::OutOfMemory`].
pub(crate) fn cast(source: &[u8], from: DType, to: DType) -> Result<Buffer, BufferError> {
    let elements = source.len() / from.itemsize();
    let bytes = elements.saturating_mul(to.itemsize());
    let mut out = BufferMut::try_with_capacity(bytes)?;
    extend(&mut out, source, from, to)?;
    Ok(out.freeze())
}

fn extend(out: &mut BufferMut, source: &[u8], from: DType, to: DType) -> Result<(), BufferError> {
    let refused = |reason| Err(BufferError::Cast { from, to, reason });
    match (from, to) {
        // Any non-zero byte is true, and is written as 1.
        (DType::Bool, DType::Bool) => {
            out.extend_converted(source.as_chunks().0, |[byte]| [u8::from(byte != 0)]);
        }
        (from, to) if from == to => out.extend_from_slice(source),
        (_, DType::Complex64 | DType::Complex128 | DType::Complex256) => {
            let part = part_of(to);
            if is_complex(from) {
                return extend(out, source, part_of(from), part);
            }
            let real = cast(source, from, part)?;
            let real = real.bytes()?;
            match part.itemsize() {
                4 => out.extend_converted::<4, 8>(real.as_chunks().0, with_zero_after),
                8 => out.extend_converted::<8, 16>(real.as_chunks().0, with_zero_after),
                _ => out.extend_converted::<16, 32>(real.as_chunks().0, with_zero_after),
            }
        }
        (DType::Complex64 | DType::Complex128 | DType::Complex256, DType::Bool) => {
            let parts = cast(source, part_of(from), DType::Bool)?;
            out.extend_converted(parts.bytes()?.as_chunks().0, |[re, im]| [re | im]);
        }
        (DType::Complex64 | DType::Complex128 | DType::Complex256, _) => {
            return refused(COMPLEX_TO_REAL);
        }
        (DType::DateTime64(a), DType::DateTime64(b)) => {
            return time::convert(out, source, from, to, time::TickChange::of_dates(a, b));
        }
        (DType::TimeDelta64(a), DType::TimeDelta64(b)) => {
            match time::TickChange::of_durations(a, b) {
                Some(change) => return time::convert(out, source, from, to, change),
                None => {
                    return refused("months and years have no fixed length; go through int64");
                }
            }
        }
        (DType::DateTime64(_), DType::TimeDelta64(_))
        | (DType::TimeDelta64(_), DType::DateTime64(_)) => {
            return refused("a date is no duration; go through int64");
        }
        (_, DType::DateTime64(_) | DType::TimeDelta64(_)) => real::extend_ticks(out, source, from),
        (DType::DateTime64(_) | DType::TimeDelta64(_), _) => {
            real::extend_from_ticks(out, source, to);
        }
        (from, to) => real::extend(out, source, from, to),
    }
    Ok(())
}

fn is_complex(dtype: DType) -> bool {
    dtype.itemsize() != dtype.partsize()
}

/// The real dtype of which a complex number has two; any other dtype itself.
pub(crate) fn part_of(dtype: DType) -> DType {
    match dtype {
        DType::Complex64 => DType::Float32,
        DType::Complex128 => DType::Float64,
        DType::Complex256 => DType::Float128,
        other => other,
    }
}

fn with_zero_after<const A: usize, const B: usize>(part: [u8; A]) -> [u8; B] {
    let mut element = [0; B];
    if let Some(real) = element.first_chunk_mut() {
        *real = part;
    }
    element
}

#[cfg(test)]
mod tests;
