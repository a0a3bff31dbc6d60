//! Dates and durations of other crates in rows, by the attribute and by a declared type.

mod any_ticks;
mod dates;
mod declared;
mod durations;
mod nested;
mod other_formats;
mod parts;
mod refusals;

use gawky_array::{Array, rows};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A struct of one field that has the attribute.
macro_rules! dated {
    ($($name:ident $with:literal)*) => {$(
        #[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
        #[serde(bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
        struct $name<T> {
            #[serde(with = $with)]
            t: T,
        }
    )*};
}

dated! {
    Days "rows::datetime64::days"
    Seconds "rows::datetime64::seconds"
    Millis "rows::datetime64::milliseconds"
    Nanos "rows::datetime64::nanoseconds"
    Waits "rows::timedelta64::seconds"
    Millitook "rows::timedelta64::milliseconds"
    Took "rows::timedelta64::nanoseconds"
}

/// The same where it may be missing.
#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
struct Maybe<T> {
    #[serde(default, with = "rows::datetime64::microseconds")]
    t: Option<T>,
}

fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    row: T,
    of: &str,
    ticks: i64,
) {
    let rows = [row];
    let array = Array::from_rows(&rows).unwrap();
    assert_eq!(array.array_type().to_string(), format!("1 * {{t: {of}}}"));
    let Array::Numpy(numbers) = array.field("t").unwrap() else {
        panic!("{array}")
    };
    let found = numbers.element(0).unwrap().as_ticks();
    assert_eq!(found, Some(ticks), "{rows:?}");
    assert_eq!(array.to_rows::<T>().unwrap(), rows);
}

fn error<T: Serialize>(row: T) -> String {
    Array::from_rows([row]).unwrap_err().to_string()
}

fn parsed<T: std::str::FromStr>(text: &str) -> T {
    let Ok(value) = text.parse() else {
        panic!("{text}")
    };
    value
}
