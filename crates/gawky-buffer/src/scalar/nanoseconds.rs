//! Dates and durations counted in nanoseconds, as most programs count them.

use super::Scalar;
use super::iso::{INEXACT, NO_FIXED_LENGTH, NO_UNIT, TOO_FAR, date_text, duration_text};
use crate::cast::time::{DAY, SECOND, Size};
use crate::{BufferError, DType};

/// Attoseconds.
const NANOSECOND: i128 = 1_000_000_000;

impl Scalar {
    /// The date so many nanoseconds after 1970-01-01T00:00, or the duration of so many, as an element of a `datetime64` or a
    /// `timedelta64`.
    ///
    /// ```
    /// use gawky_buffer::{DType, Scalar, Unit};
    /// let seconds = DType::TimeDelta64(Unit::Second.into());
    /// assert_eq!(Scalar::of_nanoseconds(-2_000_000_000, seconds)?.as_ticks(), Some(-2));
    /// let error = Scalar::of_nanoseconds(1_500_000_000, seconds).unwrap_err();
    /// assert_eq!(error.to_string(), "\"PT1.5S\" is no timedelta64[s]: it is no whole number of ticks");
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::Time`] for what the ticks of the dtype do not tell exactly, and where the dtype is of neither dates nor
    /// durations, has no unit, or counts months.
    pub fn of_nanoseconds(nanoseconds: i128, dtype: DType) -> Result<Self, BufferError> {
        let told = |reason| {
            let second = SECOND / NANOSECOND;
            let (seconds, rest) = (nanoseconds / second, nanoseconds % second * NANOSECOND);
            let text = match dtype {
                DType::TimeDelta64(_) => duration_text(nanoseconds < 0, seconds.abs(), rest.abs()),
                _ => date_text(
                    nanoseconds.div_euclid(second),
                    nanoseconds.rem_euclid(second) * NANOSECOND,
                ),
            };
            BufferError::Time {
                text,
                dtype,
                reason,
            }
        };
        let (DType::DateTime64(tick) | DType::TimeDelta64(tick)) = dtype else {
            return Err(told("it is of neither dates nor durations"));
        };
        let ticks = match Size::of(tick) {
            Size::None => return Err(told(NO_UNIT)),
            Size::Months(_) => return Err(told(NO_FIXED_LENGTH)),
            Size::Attoseconds(size) if size % NANOSECOND == 0 => {
                let size = size / NANOSECOND;
                (nanoseconds % size == 0).then_some(nanoseconds / size)
            }
            Size::Attoseconds(size) => {
                let attoseconds = nanoseconds.checked_mul(NANOSECOND);
                let attoseconds = attoseconds.ok_or_else(|| told(TOO_FAR))?;
                (attoseconds % size == 0).then_some(attoseconds / size)
            }
        };
        let ticks = ticks.ok_or_else(|| told(INEXACT))?;
        // The least i64 is not-a-time.
        let ticks = i64::try_from(ticks)
            .ok()
            .filter(|ticks| *ticks != i64::MIN)
            .ok_or_else(|| told(TOO_FAR))?;
        Ok(match dtype {
            DType::DateTime64(_) => Self::DateTime64(Some(ticks), tick),
            _ => Self::TimeDelta64(Some(ticks), tick),
        })
    }

    /// How many nanoseconds after 1970-01-01T00:00 a date is, or how many a duration has; dates that count months or years begin with them.
    ///
    /// ```
    /// use gawky_buffer::{Scalar, Unit};
    /// assert_eq!(Scalar::DateTime64(Some(1), Unit::Year.into()).as_nanoseconds(), Some(365 * 86_400 * 1_000_000_000));
    /// assert_eq!(Scalar::TimeDelta64(Some(1), Unit::Picosecond.into()).as_nanoseconds(), None);
    /// ```
    ///
    /// `None` for not-a-time, for parts of a nanosecond, and for all that is neither a date nor a duration of a fixed length.
    #[must_use]
    pub fn as_nanoseconds(self) -> Option<i128> {
        let (Self::DateTime64(Some(ticks), tick) | Self::TimeDelta64(Some(ticks), tick)) = self
        else {
            return None;
        };
        let (is_date, ticks) = (matches!(self, Self::DateTime64(..)), i128::from(ticks));
        match Size::of(tick) {
            Size::Months(size) if is_date => {
                let days = crate::calendar::Date::of_months(ticks * size).days();
                Some(days * (DAY / NANOSECOND))
            }
            Size::None | Size::Months(_) => None,
            Size::Attoseconds(size) if size % NANOSECOND == 0 => Some(ticks * (size / NANOSECOND)),
            Size::Attoseconds(size) => {
                let attoseconds = ticks.checked_mul(size)?;
                (attoseconds % NANOSECOND == 0).then_some(attoseconds / NANOSECOND)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::TimeUnit;

    #[test]
    fn nanoseconds_there_and_back() {
        for tick in ["W", "D", "h", "m", "s", "ms", "1500ms", "us", "ns", "7ns"] {
            let tick: TimeUnit = tick.parse().unwrap();
            for ticks in [0, 1, -1, 12_345, -987_654, i64::MAX, i64::MIN + 1] {
                for scalar in [
                    Scalar::DateTime64(Some(ticks), tick),
                    Scalar::TimeDelta64(Some(ticks), tick),
                ] {
                    let nanoseconds = scalar.as_nanoseconds().unwrap();
                    let back = Scalar::of_nanoseconds(nanoseconds, scalar.dtype());
                    assert_eq!(back.unwrap(), scalar);
                }
            }
        }
        let finer = |ticks, tick: &str| Scalar::TimeDelta64(Some(ticks), tick.parse().unwrap());
        assert_eq!(finer(-3_000, "ps").as_nanoseconds(), Some(-3));
        assert_eq!(finer(-3_001, "ps").as_nanoseconds(), None);
        assert_eq!(
            Scalar::of_nanoseconds(-3, finer(0, "ps").dtype()).unwrap(),
            finer(-3_000, "ps")
        );
        for none in [finer(1, "M"), finer(1, "generic"), Scalar::Int64(1)] {
            assert_eq!(none.as_nanoseconds(), None);
        }
    }

    #[test]
    fn what_is_not_exact_is_refused() {
        for (nanoseconds, dtype, told) in [
            (
                -1,
                "datetime64[us]",
                "\"1969-12-31T23:59:59.999999999\" is no datetime64[us]: it is no whole number of ticks",
            ),
            (
                -1,
                "timedelta64[us]",
                "\"-PT0.000000001S\" is no timedelta64[us]: it is no whole number of ticks",
            ),
            (
                1 << 64,
                "timedelta64[ns]",
                "\"PT18446744073.709551616S\" is no timedelta64[ns]: it is further away than 64 bits count ticks",
            ),
            (
                i64::MIN.into(),
                "timedelta64[ns]",
                "\"-PT9223372036.854775808S\" is no timedelta64[ns]: it is further away than 64 bits count ticks",
            ),
            (
                i128::MAX,
                "timedelta64[as]",
                "\"PT170141183460469231731687303715.884105727S\" is no timedelta64[as]: it is further away than 64 bits count ticks",
            ),
            (
                0,
                "timedelta64[M]",
                "\"PT0S\" is no timedelta64[M]: months and years have no fixed length",
            ),
            (
                0,
                "int64",
                "\"1970-01-01T00:00:00\" is no int64: it is of neither dates nor durations",
            ),
        ] {
            let dtype = DType::from_primitive(dtype).unwrap();
            let error = Scalar::of_nanoseconds(nanoseconds, dtype).unwrap_err();
            assert_eq!(error.to_string(), told);
        }
    }
}
