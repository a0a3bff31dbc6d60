//! When two scalars are the same value.

use super::Scalar;
use crate::cast::time::TickChange;
use crate::float128::Extended;

impl Scalar {
    /// Whether both are the same value, whatever their dtypes: `1 == 1.0`, `1970 == 1970-01-01`.
    ///
    /// Numbers compare exactly, without rounding to a common dtype first: 2^53 + 1 as `int64` is not 2^53 as
    /// `float64`, which for NumPy it is. With `equal_nan`, NaN equals NaN and NaT equals NaT; in complex
    /// numbers it is enough that both have a NaN, as for NumPy.
    ///
    /// ```
    /// use gawky_buffer::Scalar;
    /// assert!(Scalar::Int8(1).equals(Scalar::Float64(1.0), false));
    /// assert!(Scalar::Float32(f32::NAN).equals(Scalar::Float64(f64::NAN), true));
    /// ```
    #[must_use]
    pub fn equals(self, other: Self, equal_nan: bool) -> bool {
        match (self, other) {
            (Self::DateTime64(a, a_tick), Self::DateTime64(b, b_tick)) => match (a, b) {
                (None, None) => equal_nan,
                (Some(a), Some(b)) => TickChange::of_dates(a_tick, b_tick).equates(a, b),
                _ => false,
            },
            (Self::TimeDelta64(a, a_tick), Self::TimeDelta64(b, b_tick)) => match (a, b) {
                (None, None) => equal_nan,
                (Some(a), Some(b)) => TickChange::of_durations(a_tick, b_tick)
                    .is_some_and(|change| change.equates(a, b)),
                _ => false,
            },
            _ => match (self.parts(), other.parts()) {
                (Some(a), Some(b)) => a == b || (equal_nan && is_nan(a) && is_nan(b)),
                _ => false,
            },
        }
    }

    /// Whether this is not-a-number, or not-a-time, or complex with a part that is.
    #[must_use]
    pub fn is_nan(self) -> bool {
        match self {
            Self::DateTime64(ticks, _) | Self::TimeDelta64(ticks, _) => ticks.is_none(),
            _ => self.parts().is_some_and(is_nan),
        }
    }

    /// Real and imaginary part of any number.
    fn parts(self) -> Option<[Extended; 2]> {
        let zero = Extended::from_u64(0);
        Some(match self {
            Self::Float16(v) => [Extended::from_f64(f64::from(v)), zero],
            Self::Float32(v) => [Extended::from_f64(f64::from(v)), zero],
            Self::Float64(v) => [Extended::from_f64(v), zero],
            Self::Float128(v) => [Extended::decode(&v), zero],
            Self::Complex64(v) => [v.re, v.im].map(|part| Extended::from_f64(f64::from(part))),
            Self::Complex128(v) => [v.re, v.im].map(Extended::from_f64),
            Self::Complex256(v) => v.map(|part| Extended::decode(&part)),
            Self::UInt64(v) => [Extended::from_u64(v), zero],
            other => [Extended::from_i64(other.as_i64()?), zero],
        })
    }
}

fn is_nan([re, im]: [Extended; 2]) -> bool {
    re.is_nan() || im.is_nan()
}
