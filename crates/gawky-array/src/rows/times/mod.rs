//! Dates and durations of Rust, through serde's attribute `with`.
//!
//! The attribute serialises a newtype struct of a name that tells the dtype. Rows know that name; other formats pass over it, so that
//! a value is there what it would be without the attribute.

mod grow;
mod parts;
mod read;

use gawky_buffer::DType;
use serde::{Deserialize, Deserializer};

pub(super) use grow::GrowTime;
pub(super) use parts::GrowParts;
pub(super) use read::row;

/// The dtype that a newtype struct of this name is of, if it is one of the attribute.
#[inline]
pub(super) fn dtype_of(name: &str) -> Option<DType> {
    DType::from_primitive(name.strip_prefix("gawky::")?).ok()
}

fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    name: &'static str,
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_newtype_struct(name, read::Wanted::new())
}

macro_rules! units {
    ($dtype:literal: $($module:ident $unit:literal)*) => {$(
        #[doc = concat!("`", $dtype, "[", $unit, "]`, for `#[serde(with = \"…\")]`: see the module above.")]
        pub mod $module {
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            const NAME: &str = concat!("gawky::", $dtype, "[", $unit, "]");

            #[doc = concat!("Serialises a value that rows have as `", $dtype, "[", $unit, "]`.")]
            ///
            /// # Errors
            /// Those of the serialiser; of rows see the [module above](super).
            pub fn serialize<T: Serialize + ?Sized, S: Serializer>(
                value: &T,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                serializer.serialize_newtype_struct(NAME, value)
            }

            #[doc = concat!("Deserialises a value that rows have as `", $dtype, "`, of any unit.")]
            ///
            /// # Errors
            /// Those of the deserialiser; of rows see the [module above](super).
            pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<T, D::Error> {
                crate::rows::times::deserialize(NAME, deserializer)
            }
        }
    )*};
}

/// Dates of Rust as `datetime64`, by an attribute that tells the unit: `#[serde(with = "gawky::rows::datetime64::milliseconds")]`.
///
/// ```
/// # use gawky_array as gawky;
/// use chrono::{DateTime, NaiveDate, Utc};
/// use gawky::Array;
///
/// #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
/// struct Run {
///     #[serde(with = "gawky::rows::datetime64::milliseconds")]
///     began: DateTime<Utc>,
///     #[serde(default, with = "gawky::rows::datetime64::milliseconds")]
///     ended: Option<DateTime<Utc>>,
///     #[serde(with = "gawky::rows::datetime64::days")]
///     holidays: Vec<NaiveDate>,
/// }
///
/// let runs = [Run {
///     began: "1969-12-31T23:59:59.750Z".parse()?,
///     ended: None,
///     holidays: vec![NaiveDate::from_ymd_opt(2026, 12, 25).unwrap()],
/// }];
/// let array = Array::from_rows(&runs)?;
/// assert_eq!(
///     array.array_type().to_string(),
///     "1 * {began: datetime64[ms], ended: ?datetime64[ms], holidays: var * datetime64[D]}"
/// );
/// assert_eq!(array.to_rows::<Run>()?, runs);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The attribute stands before a date, and before options and lists of dates. It is for whatever serde makes a date of:
///
/// | crate | types |
/// |---|---|
/// | `chrono` | `DateTime`, `NaiveDateTime`, `NaiveDate` |
/// | `jiff` | `Timestamp`, `Zoned`, `civil::DateTime`, `civil::Date` |
/// | `time` | `OffsetDateTime`, `UtcDateTime`, `PrimitiveDateTime`, `Date`, `Timestamp`; with its feature `serde-human-readable` or without it |
/// | the standard library | `SystemTime`, which serde has from 1970 on |
/// | others | texts of ISO 8601 and RFC 3339, as [`Scalar::parse_time`](gawky_buffer::Scalar::parse_time) reads them, and integers, which count ticks |
///
/// Dates with a zone are stored in UTC, and come back in UTC; those without one are stored as they stand. Before an `Option` serde needs
/// [`default`](https://serde.rs/field-attrs.html#default) beside the attribute, as rows have no field where it is missing. What is in a
/// tuple, or is the row itself, can have the attribute in a struct that is
/// [`transparent`](https://serde.rs/container-attrs.html#transparent).
///
/// A date that is no whole number of ticks, or too far away, is an error with row and path; none is rounded. Reading takes a column of any
/// unit. If the column is of a declared type, that decides about the unit. In formats other than rows the values are what they are without the attribute.
pub mod datetime64 {
    units! {
        "datetime64":
        days "D" hours "h" minutes "m" seconds "s" milliseconds "ms" microseconds "us" nanoseconds "ns"
    }
}

/// Durations of Rust as `timedelta64`, by an attribute that tells the unit: `#[serde(with = "gawky::rows::timedelta64::microseconds")]`.
///
/// ```
/// # use gawky_array as gawky;
/// use std::time::Duration;
/// use gawky::Array;
///
/// #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
/// struct Lap {
///     #[serde(with = "gawky::rows::timedelta64::milliseconds")]
///     took: Duration,
/// }
///
/// let laps = [Lap { took: Duration::from_millis(61_250) }];
/// let array = Array::from_rows(&laps)?;
/// assert_eq!(array.array_type().to_string(), "1 * {took: timedelta64[ms]}");
/// assert_eq!(array.to_rows::<Lap>()?, laps);
///
/// let error = Array::from_rows([Lap { took: Duration::from_nanos(1) }]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "row 0, took: \"PT0.000000001S\" is no timedelta64[ms]: it is no whole number of ticks"
/// );
/// # Ok::<(), gawky::rows::RowsError>(())
/// ```
///
/// It is for the `Duration` of the standard library and of `time`, for `chrono::TimeDelta`, `jiff::SignedDuration` and `jiff::Span`, for texts such as
/// `-PT1.5S`, and for integers, which count ticks. For all else see [`datetime64`].
pub mod timedelta64 {
    units! {
        "timedelta64":
        days "D" hours "h" minutes "m" seconds "s" milliseconds "ms" microseconds "us" nanoseconds "ns"
    }
}
