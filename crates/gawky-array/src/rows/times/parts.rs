//! Dates and durations that come in parts: seconds and nanoseconds, or a year, its day and so on.

use gawky_buffer::{BufferError, DType, Scalar, Unit};
use serde::Serialize;
use serde::ser::{SerializeStruct, SerializeTuple, SerializeTupleStruct};

use super::super::RowsError;
use crate::build::{Column, Undeclared, Unfit};

const SECOND: i128 = 1_000_000_000;

/// The fields of `std::time::Duration`, as serde calls them.
pub(super) const DURATION: [&str; 2] = ["secs", "nanos"];

/// The fields of `std::time::SystemTime`, as serde calls them.
pub(super) const SYSTEM_TIME: [&str; 2] = ["secs_since_epoch", "nanos_since_epoch"];

/// What a value is that is no date, where there should be one.
pub(super) fn no_time(found: impl Into<String>, dtype: DType) -> RowsError {
    let undeclared = Undeclared::Kind {
        found: found.into(),
        declared: dtype.primitive().into_owned(),
    };
    Unfit::from(undeclared).into()
}

/// What a text or a count is, that is no date of the dtype.
pub(super) fn no_such_time(error: BufferError) -> RowsError {
    Unfit::from(Undeclared::Time(error)).into()
}

/// A date or a duration of which the parts are coming.
pub(in super::super) struct GrowParts<'c> {
    column: &'c mut Column,
    dtype: DType,
    size: usize,
    parts: Vec<i128>,
    /// How the parts are called, if they are.
    names: Option<[&'static str; 2]>,
}

impl<'c> GrowParts<'c> {
    pub(super) fn tuple(
        column: &'c mut Column,
        dtype: DType,
        size: usize,
    ) -> Result<Self, RowsError> {
        let known = match dtype {
            DType::TimeDelta64(_) => size == 2,
            _ => matches!(size, 2 | 6 | 9),
        };
        match known {
            true => Ok(Self::new(column, dtype, size, None)),
            false => Err(no_time(format!("a tuple of {size}"), dtype)),
        }
    }

    pub(super) fn record(
        column: &'c mut Column,
        dtype: DType,
        name: &str,
    ) -> Result<Self, RowsError> {
        let names = match (dtype, name) {
            (DType::TimeDelta64(_), "Duration") => DURATION,
            (DType::DateTime64(_), "SystemTime") => SYSTEM_TIME,
            _ => return Err(no_time(format!("a struct {name:?}"), dtype)),
        };
        Ok(Self::new(column, dtype, 2, Some(names)))
    }

    fn new(
        column: &'c mut Column,
        dtype: DType,
        size: usize,
        names: Option<[&'static str; 2]>,
    ) -> Self {
        Self {
            column,
            dtype,
            size,
            parts: Vec::with_capacity(size),
            names,
        }
    }

    fn unknown(&self) -> RowsError {
        let found = match self.names {
            Some(_) => "a struct of other fields".to_owned(),
            None => format!("a tuple of {} that are not all integers", self.size),
        };
        no_time(found, self.dtype)
    }

    fn part<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RowsError> {
        let value = serde_json::to_value(value).ok();
        let integer = value.as_ref().and_then(|value| {
            let signed = value.as_i64().map(i128::from);
            signed.or_else(|| value.as_u64().map(i128::from))
        });
        self.parts.push(integer.ok_or_else(|| self.unknown())?);
        Ok(())
    }

    fn finish(self) -> Result<(), RowsError> {
        let nanoseconds = match *self.parts {
            [seconds, nanoseconds]
                if self.names.is_some() || matches!(self.dtype, DType::TimeDelta64(_)) =>
            {
                seconds.checked_mul(SECOND).map(|whole| whole + nanoseconds)
            }
            [year, day] => since_1970(year, day, [0; 4]),
            [year, day, hour, minute, second, nanosecond] => {
                since_1970(year, day, [hour, minute, second, nanosecond])
            }
            [
                year,
                day,
                hour,
                minute,
                second,
                nanosecond,
                hours,
                minutes,
                seconds,
            ] => {
                let time = [hour - hours, minute - minutes, second - seconds, nanosecond];
                since_1970(year, day, time)
            }
            _ => None,
        };
        let nanoseconds = nanoseconds.ok_or_else(|| self.unknown())?;
        let scalar = Scalar::of_nanoseconds(nanoseconds, self.dtype).map_err(no_such_time)?;
        Ok(self.column.number(scalar)?)
    }
}

/// Hours, minutes, seconds and nanoseconds after the beginning of a day of a year, in nanoseconds after 1970.
fn since_1970(year: i128, day: i128, [hours, minutes, seconds, rest]: [i128; 4]) -> Option<i128> {
    let begins = year_begins(year)?;
    if !(1..=year_begins(year + 1)? - begins).contains(&day) {
        return None;
    }
    let days = begins + day - 1;
    let seconds = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
    Some(seconds * SECOND + rest)
}

/// How many days after 1970-01-01 a year begins.
fn year_begins(year: i128) -> Option<i128> {
    // The years that any crate has.
    if !(-1_000_000..1_000_000).contains(&year) {
        return None;
    }
    let days = DType::DateTime64(Unit::Day.into());
    let begins = Scalar::parse_time(&format!("{year:+05}"), days).ok()?;
    begins.as_ticks().map(i128::from)
}

/// The parts of which a tuple of so many is made; `None` where there is no such tuple.
pub(super) fn parts_of(scalar: Scalar, size: usize) -> Option<Vec<i64>> {
    let nanoseconds = scalar.as_nanoseconds()?;
    let (seconds, rest) = (
        nanoseconds.div_euclid(SECOND),
        nanoseconds.rem_euclid(SECOND),
    );
    let parts = match (scalar, size) {
        (Scalar::TimeDelta64(..), 2) => vec![seconds, rest],
        (Scalar::DateTime64(..), 2 | 6 | 9) => {
            let (days, seconds) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
            let year: i128 = {
                let text = scalar.to_iso()?;
                let (date, _) = text.split_once('T')?;
                date.get(..date.len().checked_sub("-01-01".len())?)?
                    .parse()
                    .ok()?
            };
            let day = days - year_begins(year)? + 1;
            match size {
                2 if (seconds, rest) != (0, 0) => return None,
                2 => vec![year, day],
                _ => {
                    let time = [seconds / 3_600, seconds / 60 % 60, seconds % 60, rest];
                    let mut parts = vec![year, day];
                    parts.extend(time);
                    parts.resize(size, 0);
                    parts
                }
            }
        }
        _ => return None,
    };
    parts
        .into_iter()
        .map(|part| i64::try_from(part).ok())
        .collect()
}

impl SerializeTuple for GrowParts<'_> {
    type Ok = ();
    type Error = RowsError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RowsError> {
        self.part(value)
    }

    fn end(self) -> Result<(), RowsError> {
        self.finish()
    }
}

impl SerializeTupleStruct for GrowParts<'_> {
    type Ok = ();
    type Error = RowsError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RowsError> {
        self.part(value)
    }

    fn end(self) -> Result<(), RowsError> {
        self.finish()
    }
}

impl SerializeStruct for GrowParts<'_> {
    type Ok = ();
    type Error = RowsError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), RowsError> {
        let expected = self
            .names
            .and_then(|names| names.get(self.parts.len()).copied());
        match expected == Some(name) {
            true => self.part(value),
            false => Err(self.unknown()),
        }
    }

    fn end(self) -> Result<(), RowsError> {
        self.finish()
    }
}
