//! Dates and durations from the texts of ISO 8601 and RFC 3339.

use super::Scalar;
use crate::calendar::Date;
use crate::cast::time::{DAY, SECOND, Size};
use crate::{BufferError, DType, TimeUnit};

impl Scalar {
    /// The date or the duration that a text tells, as an element of a `datetime64` or a `timedelta64`.
    ///
    /// Dates are written as ISO 8601 and RFC 3339 have them and as they print: a year, `2020-02`, `2020-02-29`, and after that
    /// the time, `2020-02-29T12:30:00.25`, with `T` or a space before it. After the time `Z` or an offset such as `+02:00` may
    /// follow, and a time zone in brackets behind that, which has no say: the date is the one in UTC. Durations are written `P3DT4H30M1.5S`, with or
    /// without a sign. `NaT` is not-a-time.
    ///
    /// ```
    /// use gawky_buffer::{DType, Scalar, Unit};
    /// let seconds = DType::DateTime64(Unit::Second.into());
    /// let date = Scalar::parse_time("1970-01-01T01:00:10+01:00", seconds)?;
    /// assert_eq!(date, Scalar::DateTime64(Some(10), Unit::Second.into()));
    ///
    /// let error = Scalar::parse_time("1970-01-01T00:00:00.5Z", seconds).unwrap_err();
    /// assert_eq!(error.to_string(), "\"1970-01-01T00:00:00.5Z\" is no datetime64[s]: it is no whole number of ticks");
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::Time`] for a text that tells none, for one that the ticks of the dtype do not tell exactly, and where the dtype is
    /// of neither dates nor durations or has no unit.
    pub fn parse_time(text: &str, dtype: DType) -> Result<Self, BufferError> {
        let told = |reason| BufferError::Time {
            text: text.to_owned(),
            dtype,
            reason,
        };
        let is_nat = text == "NaT";
        match dtype {
            DType::DateTime64(tick) if is_nat => Ok(Self::DateTime64(None, tick)),
            DType::TimeDelta64(tick) if is_nat => Ok(Self::TimeDelta64(None, tick)),
            DType::DateTime64(tick) => {
                let ticks = Text(text.as_bytes()).date(tick).map_err(told)?;
                Ok(Self::DateTime64(Some(ticks), tick))
            }
            DType::TimeDelta64(tick) => {
                let ticks = Text(text.as_bytes()).duration(tick).map_err(told)?;
                Ok(Self::TimeDelta64(Some(ticks), tick))
            }
            _ => Err(told("it is of neither dates nor durations")),
        }
    }
}

const NO_DATE: &str = "write dates as 2020-02-29 or 2020-02-29T12:30:00.25Z";
const NO_DURATION: &str = "write durations as P3DT4H30M1.5S";
const NO_UNIT: &str = "it has no unit, so that nobody knows how long a tick is";
const INEXACT: &str = "it is no whole number of ticks";
const TOO_FAR: &str = "it is further away than 64 bits count ticks";
const NO_FIXED_LENGTH: &str = "months and years have no fixed length";

type Read<T> = Result<T, &'static str>;

/// What remains to be read.
struct Text<'t>(&'t [u8]);

impl Text<'_> {
    fn date(mut self, tick: TimeUnit) -> Read<i64> {
        let negative = self.sign();
        let (year, digits) = self.number().ok_or(NO_DATE)?;
        if digits < 4 {
            return Err(NO_DATE);
        }
        let mut date = Date {
            year: if negative { -year } else { year },
            month: 1,
            day: 1,
        };
        let mut time = 0;
        if self.take(b"-") {
            date.month = self.two_digits(1..=12).ok_or(NO_DATE)?;
            if self.take(b"-") {
                date.day = self.two_digits(1..=31).ok_or(NO_DATE)?;
                if Date::of_days(date.days()) != date {
                    return Err("the month has no such day");
                }
                if self.take(b"Tt ") {
                    time = self.time().ok_or(NO_DATE)?;
                }
            }
        }
        if !self.0.is_empty() {
            return Err(NO_DATE);
        }
        date_in_ticks(date, time, tick)
    }

    /// A time of the day and where it is so late, in attoseconds of the day in UTC.
    fn time(&mut self) -> Option<i128> {
        let mut time = self.two_digits(0..=23)? * 3_600 * SECOND;
        if self.take(b":") {
            time += self.two_digits(0..=59)? * 60 * SECOND;
            if self.take(b":") {
                time += self.two_digits(0..=59)? * SECOND + self.fraction()?;
            }
        }
        if self.take(b"Zz") {
            self.zone_name();
            return Some(time);
        }
        let east = match self.0.first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Some(time),
        };
        self.take(b"+-");
        let mut offset = self.two_digits(0..=23)? * 3_600;
        if self.take(b":") || self.0.first().is_some_and(u8::is_ascii_digit) {
            offset += self.two_digits(0..=59)? * 60;
        }
        self.zone_name();
        Some(time - east * offset * SECOND)
    }

    /// `[Europe/Berlin]`, which says nothing that the offset has not said.
    fn zone_name(&mut self) {
        if let (Some(b'['), Some(b']')) = (self.0.first(), self.0.last()) {
            self.0 = &[];
        }
    }

    fn duration(mut self, tick: TimeUnit) -> Read<i64> {
        let negative = self.sign();
        if !self.take(b"Pp") || self.0.is_empty() {
            return Err(NO_DURATION);
        }
        let (mut months, mut rest, mut in_time) = (0_i128, 0_i128, false);
        while !self.0.is_empty() {
            if !in_time && self.take(b"Tt") {
                in_time = true;
                if self.0.is_empty() {
                    return Err(NO_DURATION);
                }
            }
            let (count, _) = self.number().ok_or(NO_DURATION)?;
            let fraction = self.fraction().ok_or(NO_DURATION)?;
            let unit = self.letter();
            if unit != Some(b'S') && fraction != 0 {
                return Err("only seconds have a fraction");
            }
            let (sum, size) = match (in_time, unit) {
                (false, Some(b'Y')) => (&mut months, 12),
                (false, Some(b'M')) => (&mut months, 1),
                (false, Some(b'W')) => (&mut rest, 7 * DAY),
                (false, Some(b'D')) => (&mut rest, DAY),
                (true, Some(b'H')) => (&mut rest, 3_600 * SECOND),
                (true, Some(b'M')) => (&mut rest, 60 * SECOND),
                (true, Some(b'S')) => (&mut rest, SECOND),
                _ => return Err(NO_DURATION),
            };
            *sum = count
                .checked_mul(size)
                .and_then(|product| product.checked_add(fraction)?.checked_add(*sum))
                .ok_or(TOO_FAR)?;
        }
        let (total, size) = match Size::of(tick) {
            Size::None => return Err(NO_UNIT),
            Size::Months(size) if rest == 0 => (months, size),
            Size::Attoseconds(size) if months == 0 => (rest, size),
            _ => return Err(NO_FIXED_LENGTH),
        };
        in_ticks(if negative { -total } else { total }, size)
    }

    /// Whether there is a minus.
    fn sign(&mut self) -> bool {
        let negative = self.0.first() == Some(&b'-');
        self.take(b"+-");
        negative
    }

    fn take(&mut self, one_of: &[u8]) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if one_of.contains(first) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// The next letter, as a capital one.
    fn letter(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first.to_ascii_uppercase())
    }

    /// A number below 10^19, and how many digits it has.
    fn number(&mut self) -> Option<(i128, usize)> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit());
        let (digits, rest) = self.0.split_at_checked(digits.count())?;
        self.0 = rest;
        if digits.is_empty() || digits.len() > 19 {
            return None;
        }
        let value = digits
            .iter()
            .fold(0, |value, digit| value * 10 + i128::from(digit - b'0'));
        Some((value, digits.len()))
    }

    fn two_digits(&mut self, range: std::ops::RangeInclusive<i128>) -> Option<i128> {
        let (two, rest) = self.0.split_at_checked(2)?;
        self.0 = rest;
        let (value, digits) = Text(two).number()?;
        (digits == 2 && range.contains(&value)).then_some(value)
    }

    /// The fraction of a second, in attoseconds; none is none.
    fn fraction(&mut self) -> Option<i128> {
        if !self.take(b".,") {
            return Some(0);
        }
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit());
        let (digits, rest) = self.0.split_at_checked(digits.count())?;
        self.0 = rest;
        let (told, beyond) = digits.split_at_checked(18).unwrap_or((digits, &[]));
        if digits.is_empty() || beyond.iter().any(|digit| *digit != b'0') {
            return None;
        }
        let (value, places) = Text(told).number()?;
        (places..18).try_fold(value, |value, _| value.checked_mul(10))
    }
}

fn date_in_ticks(date: Date, time: i128, tick: TimeUnit) -> Read<i64> {
    let days = date.days();
    match Size::of(tick) {
        Size::None => Err(NO_UNIT),
        Size::Months(_) if date.day != 1 || time != 0 => Err(INEXACT),
        Size::Months(size) => in_ticks(date.months(), size),
        // Years are many enough that their attoseconds are too many for any integer.
        Size::Attoseconds(size) if time == 0 && size % DAY == 0 => in_ticks(days, size / DAY),
        Size::Attoseconds(size) => {
            let total = days
                .checked_mul(DAY)
                .and_then(|days| days.checked_add(time));
            in_ticks(total.ok_or(TOO_FAR)?, size)
        }
    }
}

fn in_ticks(total: i128, size: i128) -> Read<i64> {
    if total % size != 0 {
        return Err(INEXACT);
    }
    // The least i64 is not-a-time.
    let ticks = i64::try_from(total / size)
        .ok()
        .filter(|ticks| *ticks != i64::MIN);
    ticks.ok_or(TOO_FAR)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn date(text: &str, tick: &str) -> Result<i64, BufferError> {
        let tick: TimeUnit = tick.parse()?;
        let read = Scalar::parse_time(text, DType::DateTime64(tick))?;
        Ok(read.as_ticks().unwrap())
    }

    fn duration(text: &str, tick: &str) -> Result<i64, BufferError> {
        let tick: TimeUnit = tick.parse()?;
        let read = Scalar::parse_time(text, DType::TimeDelta64(tick))?;
        Ok(read.as_ticks().unwrap())
    }

    #[test]
    fn dates_of_all_lengths_are_read() {
        for (text, tick, ticks) in [
            ("1971", "Y", 1),
            ("1971", "D", 365),
            ("-0001", "Y", -1971),
            ("+12345-01", "M", (12_345 - 1970) * 12),
            ("1970-02", "M", 1),
            ("2000-02-29", "D", 11_016),
            ("1970-01-15", "2W", 1),
            ("1970-01-01T05", "h", 5),
            ("1970-01-01 05:07", "m", 307),
            ("1970-01-01t00:00:01", "s", 1),
            ("1970-01-01T00:00:01.5", "ms", 1_500),
            ("1969-12-31T23:59:59.999999", "us", -1),
            ("1970-01-01T00:00:00.000000030", "15ns", 2),
            ("1970-01-01T00:00:00.000000000000000007", "as", 7),
            ("1970-01-01T00:00:00.0000000000000000070000", "as", 7),
            ("1970-01-01T00:00:00Z", "s", 0),
            ("1970-01-01T00:00:00+01:30", "s", -5_400),
            ("1970-01-01T00:00:00-0130", "s", 5_400),
            ("1970-01-01T02:00+02[Europe/Berlin]", "s", 0),
            ("1970-01-01T01:00:00+01:00", "D", 0),
            ("9999999999999999", "Y", 9_999_999_999_998_029),
        ] {
            assert_eq!(date(text, tick).unwrap(), ticks, "{text} {tick}");
        }
        let nat = Scalar::parse_time("NaT", DType::DateTime64(TimeUnit::GENERIC)).unwrap();
        assert!(nat.is_nan());
    }

    #[test]
    fn what_prints_is_read() {
        for tick in [
            "Y", "7M", "W", "D", "h", "m", "s", "ms", "us", "3ns", "ps", "fs", "as",
        ] {
            let tick: TimeUnit = tick.parse().unwrap();
            for ticks in [0, 1, -1, 12_345, -987_654_321, 1 << 40, -(1 << 50)] {
                let scalar = Scalar::DateTime64(Some(ticks), tick);
                let read = Scalar::parse_time(&scalar.to_string(), scalar.dtype()).unwrap();
                assert_eq!(read, scalar);
            }
        }
    }

    #[test]
    fn durations_are_read() {
        for (text, tick, ticks) in [
            ("P1Y2M", "M", 14),
            ("P2Y", "Y", 2),
            ("P1W", "D", 7),
            (
                "P3DT4H30M1.5S",
                "ms",
                ((3 * 24 + 4) * 3_600 + 1_800) * 1_000 + 1_500,
            ),
            ("-PT90S", "s", -90),
            ("pt0.000000001s", "ns", 1),
            ("PT0S", "W", 0),
        ] {
            assert_eq!(duration(text, tick).unwrap(), ticks, "{text} {tick}");
        }
    }

    #[test]
    fn what_is_none_or_not_exact_is_refused() {
        for (text, tick, reason) in [
            ("", "s", NO_DATE),
            ("today", "s", NO_DATE),
            ("202", "Y", NO_DATE),
            ("2020-2", "M", NO_DATE),
            ("2020-13", "M", NO_DATE),
            ("2020-02-30", "D", "the month has no such day"),
            ("2020-02-29T24", "h", NO_DATE),
            ("2020-02-29T12:60", "m", NO_DATE),
            ("2020-02-29T12:00:60", "s", NO_DATE),
            ("2020-02-29T12:00:00.", "ms", NO_DATE),
            ("2020-02-29Z", "D", NO_DATE),
            ("2020-02-29T12:00:00Zulu", "s", NO_DATE),
            ("2020-02-29T12:00:00[UTC]", "s", NO_DATE),
            ("99999999999999999999", "Y", NO_DATE),
            ("2020-02-29", "Y", INEXACT),
            ("2020-02-29T12", "D", INEXACT),
            ("1970-01-02", "W", INEXACT),
            ("2020-02-29T12:00:00.1234567", "us", INEXACT),
            ("2300", "ns", TOO_FAR),
            ("9999999999999999999", "D", TOO_FAR),
            ("9999999999999999999", "as", TOO_FAR),
            ("2020", "generic", NO_UNIT),
        ] {
            let BufferError::Time { reason: found, .. } = date(text, tick).unwrap_err() else {
                unreachable!();
            };
            assert_eq!(found, reason, "{text} {tick}");
        }
        for (text, tick, reason) in [
            ("", "s", NO_DURATION),
            ("P", "s", NO_DURATION),
            ("PT", "s", NO_DURATION),
            ("P1DT", "s", NO_DURATION),
            ("P1H", "s", NO_DURATION),
            ("1h", "s", NO_DURATION),
            ("PT1.5M", "s", "only seconds have a fraction"),
            ("P1M", "s", NO_FIXED_LENGTH),
            ("P1D", "Y", NO_FIXED_LENGTH),
            ("PT1.5S", "s", INEXACT),
            ("P9999999999999999999W", "W", TOO_FAR),
            ("P1D", "generic", NO_UNIT),
        ] {
            let BufferError::Time { reason: found, .. } = duration(text, tick).unwrap_err() else {
                unreachable!();
            };
            assert_eq!(found, reason, "{text} {tick}");
        }
        assert!(Scalar::parse_time("2020", DType::Int64).is_err());
    }
}
