//! Scalars as Python prints them.

use std::fmt;

use half::f16;

use super::Scalar;
use crate::calendar::Date;
use crate::{TimeUnit, Unit, float128_to_f64};

impl fmt::Display for Scalar {
    /// As Python's `str` prints the value: `True`, `1e-05`, `(1+2j)`, `2020-01-01T00:00:00.000000`,
    /// `15 microseconds`, `nan`, `NaT`. Floats have the fewest digits that tell them from their neighbours;
    /// `float128` prints as the nearest `float64`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Bool(v) => f.pad(if v { "True" } else { "False" }),
            Self::Int8(v) => v.fmt(f),
            Self::Int16(v) => v.fmt(f),
            Self::Int32(v) => v.fmt(f),
            Self::Int64(v) => v.fmt(f),
            Self::UInt8(v) => v.fmt(f),
            Self::UInt16(v) => v.fmt(f),
            Self::UInt32(v) => v.fmt(f),
            Self::UInt64(v) => v.fmt(f),
            Self::Float16(v) => f.pad(&Shortest::of_f16(v).as_float()),
            Self::Float32(v) => f.pad(&Shortest::of_f32(v).as_float()),
            Self::Float64(v) => f.pad(&Shortest::of_f64(v).as_float()),
            Self::Float128(v) => f.pad(&Shortest::of_f64(float128_to_f64(&v)).as_float()),
            Self::Complex64(v) => f.pad(&complex(Shortest::of_f32(v.re), Shortest::of_f32(v.im))),
            Self::Complex128(v) => f.pad(&complex(Shortest::of_f64(v.re), Shortest::of_f64(v.im))),
            Self::Complex256([re, im]) => f.pad(&complex(
                Shortest::of_f64(float128_to_f64(&re)),
                Shortest::of_f64(float128_to_f64(&im)),
            )),
            Self::DateTime64(None, _) | Self::TimeDelta64(None, _) => f.pad("NaT"),
            Self::DateTime64(Some(ticks), tick) => f.pad(&date(ticks, tick)),
            Self::TimeDelta64(Some(ticks), tick) => f.pad(&duration(ticks, tick)),
        }
    }
}

/// A float in scientific notation, such as `-1.5e-7`, `inf` or `NaN`: the fewest digits that tell it from
/// its neighbours.
struct Shortest(String);

impl Shortest {
    fn of_f64(value: f64) -> Self {
        Self(format!("{value:e}"))
    }

    fn of_f32(value: f32) -> Self {
        Self(format!("{value:e}"))
    }

    fn of_f16(value: f16) -> Self {
        let wide = value.to_f32();
        // Five digits tell any two f16 apart.
        let text = (0..5)
            .map(|digits| format!("{wide:.digits$e}"))
            .find(|text| {
                text.parse()
                    .is_ok_and(|parsed| f16::from_f32(parsed) == value)
            });
        Self(text.unwrap_or_else(|| format!("{wide:e}")))
    }

    fn is_positive_zero(&self) -> bool {
        self.0 == "0e0"
    }

    /// Python's `repr` of a float: `1.0`, `1e+16`.
    fn as_float(&self) -> String {
        let text = self.as_part();
        if text.contains(['.', 'e', 'n']) {
            text
        } else {
            text + ".0"
        }
    }

    /// The same without `.0`, as in complex numbers: `1`, `1e+16`.
    ///
    /// The exponent is written where it is below -4 or above 15, as Python does.
    fn as_part(&self) -> String {
        let (sign, magnitude) = match self.0.strip_prefix('-') {
            Some(magnitude) => ("-", magnitude),
            None => ("", self.0.as_str()),
        };
        let Some((mantissa, exponent)) = magnitude.split_once('e') else {
            return format!("{sign}{}", magnitude.to_lowercase());
        };
        let exponent: i32 = exponent.parse().unwrap_or_default();
        let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
        let places = usize::try_from(exponent.unsigned_abs()).unwrap_or_default();
        let magnitude = match exponent {
            0..16 => {
                let digits = format!("{digits:0<width$}", width = places + 1);
                let (whole, fraction) = digits.split_at(places + 1);
                match fraction {
                    "" => whole.to_owned(),
                    _ => format!("{whole}.{fraction}"),
                }
            }
            -4..0 => format!("0.{:0>width$}", digits, width = digits.len() + places - 1),
            _ => format!(
                "{mantissa}e{}{places:02}",
                if exponent < 0 { '-' } else { '+' }
            ),
        };
        format!("{sign}{magnitude}")
    }
}

fn complex(re: Shortest, im: Shortest) -> String {
    let imaginary = im.as_part();
    if re.is_positive_zero() {
        return format!("{imaginary}j");
    }
    let plus = if imaginary.starts_with('-') { "" } else { "+" };
    format!("({}{plus}{imaginary}j)", re.as_part())
}

/// ISO 8601, as far as the unit reaches.
fn date(ticks: i64, tick: TimeUnit) -> String {
    let count = i128::from(ticks) * i128::from(tick.count.get());
    let month = |date: Date| {
        let sign = if date.year < 0 { "-" } else { "" };
        format!("{sign}{:04}-{:02}", date.year.unsigned_abs(), date.month)
    };
    let day = |days: i128| {
        let date = Date::of_days(days);
        format!("{}-{:02}", month(date), date.day)
    };
    // Units per day, and what of the time of day is written: the digits after the seconds, if seconds are.
    let (per_day, fraction) = match tick.unit {
        Unit::Year => {
            let text = month(Date::of_months(count * 12));
            return text.strip_suffix("-01").unwrap_or(&text).to_owned();
        }
        Unit::Month => return month(Date::of_months(count)),
        Unit::Week => return day(count * 7),
        Unit::Day => return day(count),
        Unit::Generic => return format!("{ticks} generic time units"),
        Unit::Hour => {
            let (days, hour) = (count.div_euclid(24), count.rem_euclid(24));
            return format!("{}T{hour:02}", day(days));
        }
        Unit::Minute => {
            let (days, minute) = (count.div_euclid(1440), count.rem_euclid(1440));
            return format!("{}T{:02}:{:02}", day(days), minute / 60, minute % 60);
        }
        Unit::Second => (86_400, 0),
        Unit::Millisecond => (86_400_000, 3),
        Unit::Microsecond => (86_400_000_000, 6),
        Unit::Nanosecond => (86_400_000_000_000, 9),
        Unit::Picosecond => (86_400_000_000_000_000, 12),
        Unit::Femtosecond => (86_400_000_000_000_000_000, 15),
        Unit::Attosecond => (86_400_000_000_000_000_000_000_i128, 18),
    };
    let (days, rest) = (count.div_euclid(per_day), count.rem_euclid(per_day));
    let per_second = per_day / 86_400;
    let (second, part) = (rest / per_second, rest % per_second);
    let mut text = format!(
        "{}T{:02}:{:02}:{:02}",
        day(days),
        second / 3_600,
        second / 60 % 60,
        second % 60
    );
    if fraction > 0 {
        text += &format!(".{part:0>fraction$}");
    }
    text
}

fn duration(ticks: i64, tick: TimeUnit) -> String {
    let units = match tick.unit {
        Unit::Year => "years",
        Unit::Month => "months",
        Unit::Week => "weeks",
        Unit::Day => "days",
        Unit::Hour => "hours",
        Unit::Minute => "minutes",
        Unit::Second => "seconds",
        Unit::Millisecond => "milliseconds",
        Unit::Microsecond => "microseconds",
        Unit::Nanosecond => "nanoseconds",
        Unit::Picosecond => "picoseconds",
        Unit::Femtosecond => "femtoseconds",
        Unit::Attosecond => "attoseconds",
        Unit::Generic => "generic time units",
    };
    let count = i128::from(ticks) * i128::from(tick.count.get());
    format!("{count} {units}")
}
