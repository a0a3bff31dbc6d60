//! Dates and durations from the texts of ISO 8601 and RFC 3339, and as such.

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
    /// without a sign, or as seconds with nine decimals, `-1.500000000`, which is how the crate `time` writes them. `NaT` is not-a-time.
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

    /// A date as ISO 8601 has it, to the second and with as much of a fraction as there is, `2020-02-29T12:30:00.25`; a duration likewise,
    /// `-PT90.5S`. [`parse_time`](Self::parse_time) reads both. Years that do not have four digits have a sign and at least six.
    ///
    /// ```
    /// use gawky_buffer::{Scalar, Unit};
    /// let hours = Scalar::DateTime64(Some(-1), Unit::Hour.into());
    /// assert_eq!((hours.to_string().as_str(), hours.to_iso().as_deref()), ("1969-12-31T23", Some("1969-12-31T23:00:00")));
    /// assert_eq!(Scalar::TimeDelta64(Some(90), Unit::Minute.into()).to_iso().as_deref(), Some("PT5400S"));
    /// ```
    ///
    /// `None` for not-a-time, for all that is neither a date nor a duration or has no unit, and where the attoseconds are too many to be counted.
    #[must_use]
    pub fn to_iso(self) -> Option<String> {
        match self {
            Self::DateTime64(Some(ticks), tick) => {
                let (seconds, attoseconds) = match Size::of(tick) {
                    Size::None => return None,
                    Size::Months(size) => {
                        let days = Date::of_months(i128::from(ticks) * size).days();
                        (days * SECONDS_OF_DAY, 0)
                    }
                    Size::Attoseconds(size) => seconds_of(ticks, size)?,
                };
                Some(date_text(seconds, attoseconds))
            }
            Self::TimeDelta64(Some(ticks), tick) => match Size::of(tick) {
                Size::None => None,
                Size::Months(size) => {
                    let sign = if ticks < 0 { "-" } else { "" };
                    let months = (i128::from(ticks) * size).unsigned_abs();
                    Some(format!("{sign}P{months}M"))
                }
                Size::Attoseconds(size) => {
                    // The least i64 is not-a-time.
                    let (seconds, attoseconds) = seconds_of(ticks.checked_abs()?, size)?;
                    Some(duration_text(ticks < 0, seconds, attoseconds))
                }
            },
            _ => None,
        }
    }
}

const SECONDS_OF_DAY: i128 = DAY / SECOND;

/// A date as ISO 8601 has it, so many seconds after 1970-01-01T00:00 and attoseconds beyond them.
pub(super) fn date_text(seconds: i128, attoseconds: i128) -> String {
    let Date { year, month, day } = Date::of_days(seconds.div_euclid(SECONDS_OF_DAY));
    let seconds = seconds.rem_euclid(SECONDS_OF_DAY);
    let year = match year {
        0..10_000 => format!("{year:04}"),
        _ => format!("{year:+07}"),
    };
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let fraction = fraction_of(attoseconds);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}")
}

/// A duration as ISO 8601 has it.
pub(super) fn duration_text(negative: bool, seconds: i128, attoseconds: i128) -> String {
    let sign = if negative { "-" } else { "" };
    format!("{sign}PT{seconds}{}S", fraction_of(attoseconds))
}

/// So many ticks of so many attoseconds, in whole seconds and attoseconds beyond them.
fn seconds_of(ticks: i64, size: i128) -> Option<(i128, i128)> {
    let ticks = i128::from(ticks);
    if size % SECOND == 0 {
        return Some((ticks * (size / SECOND), 0));
    }
    let total = ticks.checked_mul(size)?;
    Some((total.div_euclid(SECOND), total.rem_euclid(SECOND)))
}

/// The fraction of a second, with the dot before it; nothing where there is none.
fn fraction_of(attoseconds: i128) -> String {
    match attoseconds {
        0 => String::new(),
        _ => format!(".{attoseconds:018}")
            .trim_end_matches('0')
            .to_owned(),
    }
}

const NO_DATE: &str = "write dates as 2020-02-29 or 2020-02-29T12:30:00.25Z";
const NO_DURATION: &str = "write durations as P3DT4H30M1.5S";
pub(super) const NO_UNIT: &str = "it has no unit, so that nobody knows how long a tick is";
pub(super) const INEXACT: &str = "it is no whole number of ticks";
pub(super) const TOO_FAR: &str = "it is further away than 64 bits count ticks";
pub(super) const NO_FIXED_LENGTH: &str = "months and years have no fixed length";

type Read<T> = Result<T, &'static str>;

/// What remains to be read.
struct Text<'t>(&'t [u8]);

impl Text<'_> {
    fn date(mut self, tick: TimeUnit) -> Read<i64> {
        let negative = self.sign();
        let (year, digits) = self.number().ok_or(NO_DATE)?;
        if !(4..20).contains(&digits) {
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
        // The crate `time` has a space there.
        if let Some(offset @ [b'+' | b'-', ..]) = self.0.strip_prefix(b" ") {
            self.0 = offset;
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
            if self.take(b":") {
                offset += self.two_digits(0..=59)?;
            }
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
        if let [b'0'..=b'9', ..] = self.0 {
            return self.decimal(negative, tick);
        }
        if !self.take(b"Pp") || self.0.is_empty() {
            return Err(NO_DURATION);
        }
        let (mut months, mut seconds, mut attoseconds, mut in_time) = (0_i128, 0_i128, 0, false);
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
                (false, Some(b'W')) => (&mut seconds, 7 * SECONDS_OF_DAY),
                (false, Some(b'D')) => (&mut seconds, SECONDS_OF_DAY),
                (true, Some(b'H')) => (&mut seconds, 3_600),
                (true, Some(b'M')) => (&mut seconds, 60),
                (true, Some(b'S')) => (&mut seconds, 1),
                _ => return Err(NO_DURATION),
            };
            *sum = count
                .checked_mul(size)
                .and_then(|product| product.checked_add(*sum))
                .ok_or(TOO_FAR)?;
            attoseconds += fraction;
        }
        match Size::of(tick) {
            Size::Months(size) if (seconds, attoseconds) == (0, 0) => {
                in_ticks(if negative { -months } else { months }, size)
            }
            _ if months != 0 => Err(NO_FIXED_LENGTH),
            _ => duration_in_ticks(negative, seconds, attoseconds, tick),
        }
    }

    /// Seconds with nine decimals.
    fn decimal(mut self, negative: bool, tick: TimeUnit) -> Read<i64> {
        let (seconds, _) = self.number().ok_or(NO_DURATION)?;
        if self.0.len() != 10 {
            return Err(NO_DURATION);
        }
        let fraction = self.fraction().ok_or(NO_DURATION)?;
        if !self.0.is_empty() {
            return Err(NO_DURATION);
        }
        duration_in_ticks(negative, seconds, fraction, tick)
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

    /// A number below 10^30, and how many digits it has.
    fn number(&mut self) -> Option<(i128, usize)> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit());
        let (digits, rest) = self.0.split_at_checked(digits.count())?;
        self.0 = rest;
        if digits.is_empty() || digits.len() > 30 {
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
        Size::Attoseconds(size) if time % SECOND == 0 && size % SECOND == 0 => {
            in_ticks(days * SECONDS_OF_DAY + time / SECOND, size / SECOND)
        }
        Size::Attoseconds(size) => {
            let total = days
                .checked_mul(DAY)
                .and_then(|days| days.checked_add(time));
            in_ticks(total.ok_or(TOO_FAR)?, size)
        }
    }
}

fn duration_in_ticks(
    negative: bool,
    seconds: i128,
    attoseconds: i128,
    tick: TimeUnit,
) -> Read<i64> {
    let size = match Size::of(tick) {
        Size::None => return Err(NO_UNIT),
        Size::Months(_) => return Err(NO_FIXED_LENGTH),
        Size::Attoseconds(size) => size,
    };
    // Of many seconds the attoseconds are too many for any integer.
    let (total, size) = match attoseconds == 0 && size % SECOND == 0 {
        true => (Some(seconds), size / SECOND),
        false => {
            let total = seconds.checked_mul(SECOND);
            (total.and_then(|total| total.checked_add(attoseconds)), size)
        }
    };
    let total = total.ok_or(TOO_FAR)?;
    in_ticks(if negative { -total } else { total }, size)
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
    use crate::Unit;

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
            ("1969-12-31 23:59:58.5 +00:00:30", "ms", -31_500),
            ("1970-01-01 00:00:00.0 -00:00:01", "s", 1),
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
    fn iso_texts_are_whole_and_read_back() {
        for tick in [
            "Y", "7M", "W", "D", "h", "m", "s", "ms", "1500ms", "us", "3ns", "ps", "fs", "as",
        ] {
            let tick: TimeUnit = tick.parse().unwrap();
            for ticks in [0, 1, -1, 12_345, -987_654_321, 1 << 40, -(1 << 50)] {
                for scalar in [
                    Scalar::DateTime64(Some(ticks), tick),
                    Scalar::TimeDelta64(Some(ticks), tick),
                ] {
                    let text = scalar.to_iso().unwrap();
                    let read = Scalar::parse_time(&text, scalar.dtype()).unwrap();
                    assert_eq!(read, scalar, "{text}");
                }
            }
        }
        let date = |ticks, unit: Unit| Scalar::DateTime64(Some(ticks), unit.into()).to_iso();
        assert_eq!(date(0, Unit::Year).unwrap(), "1970-01-01T00:00:00");
        assert_eq!(date(-1, Unit::Day).unwrap(), "1969-12-31T00:00:00");
        assert_eq!(
            date(-1, Unit::Attosecond).unwrap(),
            "1969-12-31T23:59:59.999999999999999999"
        );
        assert_eq!(date(8_030, Unit::Year).unwrap(), "+010000-01-01T00:00:00");
        assert_eq!(date(-1_971, Unit::Year).unwrap(), "-000001-01-01T00:00:00");
        for unit in [Unit::Year, Unit::Week, Unit::Hour, Unit::Millisecond] {
            assert!(date(i64::MAX, unit).is_some());
            assert!(date(i64::MIN + 1, unit).is_some());
        }
        assert_eq!(date(1, Unit::Generic), None);
        let day = TimeUnit::from(Unit::Day);
        assert_eq!(Scalar::DateTime64(None, day).to_iso(), None);
        assert_eq!(Scalar::TimeDelta64(Some(i64::MIN), day).to_iso(), None);
        assert_eq!(Scalar::Int64(1).to_iso(), None);
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
            ("-1.500000000", "ms", -1_500),
            ("0.000000001", "ns", 1),
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
            ("2020-02-29T12:00:00 ", "s", NO_DATE),
            ("2020-02-29T12:00:00 Z", "s", NO_DATE),
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
            ("1", "s", NO_DURATION),
            ("1.5", "ms", NO_DURATION),
            ("1.50000000x", "ms", NO_DURATION),
            ("1.500000000", "s", INEXACT),
            ("1.500000000", "M", NO_FIXED_LENGTH),
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
