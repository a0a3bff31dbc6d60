//! Arrays as JSON, and JSON as arrays.
//!
//! ```
//! use gawky_array::json::{self, FromJson};
//!
//! let events = json::from_str(r#"[{"met": 33.1, "muons": [{"pt": 50.2}]}, {"met": 12.9, "muons": []}]"#)?;
//! assert_eq!(events.array_type().to_string(), "2 * {met: float64, muons: var * {pt: float64}}");
//!
//! let text = "{\"met\":33.1}\n{\"met\":null}\n";
//! let typed = FromJson::new().line_delimited(true).schema(&"{met: ?float32}".parse()?)?.read_str(text)?;
//! let mut again = Vec::new();
//! json::to_lines(&typed, &mut again)?;
//! assert_eq!(again, text.as_bytes());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Writing
//!
//! | what | becomes |
//! |---|---|
//! | a missing value, not-a-time | `null` |
//! | a boolean, an integer | the same |
//! | a float | the fewest digits that tell it from its neighbours of the same dtype: 0.1 for a `float32`, too; `float16` as the `float64` that it is, `float128` as the nearest one |
//! | NaN, the infinities | what [`ToJson::nan_string`] and its sisters say |
//! | a complex number | what [`ToJson::complex_record_fields`] says |
//! | a date | a string, as NumPy prints it: `"2020-01-01T12:30:00"` |
//! | a span of time | how many of its unit, an integer |
//! | a string | a string; bytes that are no UTF-8 become `\udc80` to `\udcff`, which Python calls `surrogateescape` |
//! | a bytestring | what [`ToJson::convert_bytes`] says |
//! | a list, of any length or a fixed one | a list |
//! | a record | an object; a name that two fields have is in it twice |
//! | a tuple | an object whose names are `"0"`, `"1"`, … |
//! | a row of a union | whatever it is |
//!
//! A [`Writer`] makes one text of many arrays.
//!
//! That is how [`ak.to_json`](https://awkward-array.org/doc/main/reference/generated/ak.to_json.html) has it, and its options
//! have the same names; but it widens `float32` to `float64` first, spells what is not ASCII by escapes, and knows no times.
//!
//! # Reading
//!
//! [`from_str`] and its sisters make an array of the elements of a list, [`from_lines`] one of values that follow one another, each on
//! a line of its own or not. [`FromJson`] has the options, of which those that
//! [`ak.from_json`](https://awkward-array.org/doc/main/reference/generated/ak.from_json.html) has are called as there, and reads what is
//! larger than memory in [batches](FromJson::batches).
//!
//! | what | becomes |
//! |---|---|
//! | `null` | a missing value |
//! | `true`, `false` | a boolean |
//! | an integer | an `int64`, or a `uint64` beyond that; one that neither holds is an error, as a `float64` would round it |
//! | a number with a point or an exponent | the nearest `float64`; beyond the largest it is an error |
//! | a string | a string; one with half a surrogate pair (`\udc80`) is no Unicode text, and an error |
//! | a list | a list of any length |
//! | an object | a record, which lacks no field that another has at the same place: it may be missing there; or a list of pairs, by [`FromJson::maps`] |
//! | integers and other numbers | `float64` together, where none of the integers changes by it |
//! | values of several kinds | a union |
//!
//! So it is without a type. Where one [is given](FromJson::schema), the rows are what it says: numbers of its dtypes, dates of strings, tuples of
//! lists or of objects that have `"0"`, `"1"`, … for names. What does not fit is an error with line, row and path, and never wrapped or cut;
//! only numbers for a float are rounded to the nearest there is.

mod batches;
mod complex;
mod error;
mod from_json;
mod grow;
mod number;
mod path;
mod schema;
mod text;
mod to_json;
mod walk;
mod write;
mod writer;

use std::io::{Read, Write};

pub use batches::{BadRow, Batches};
pub use error::{JsonError, JsonFault, JsonProblem};
pub use from_json::FromJson;
pub use to_json::ToJson;
pub use writer::{Layout, Writer};

use crate::Array;

/// The array as one text of JSON: a list of its rows.
///
/// ```
/// use gawky_array::{Array, NumpyArray, json};
/// let array = Array::from(NumpyArray::from_vec(vec![1.5_f32, 0.1]));
/// assert_eq!(json::to_string(&array)?, "[1.5,0.1]");
/// # Ok::<(), json::JsonError>(())
/// ```
///
/// # Errors
/// As for [`ToJson::write`].
pub fn to_string(array: &Array) -> Result<String, JsonError> {
    ToJson::new().to_string(array)
}

/// Writes the array as one text of JSON: a list of its rows.
///
/// # Errors
/// As for [`ToJson::write`].
pub fn to_writer(array: &Array, writer: impl Write) -> Result<(), JsonError> {
    ToJson::new().write(array, writer)
}

/// Writes the rows as [JSON lines](https://jsonlines.org): each on a line of its own.
///
/// # Errors
/// As for [`ToJson::write`].
pub fn to_lines(array: &Array, writer: impl Write) -> Result<(), JsonError> {
    ToJson::new().write_lines(array, writer)
}

/// An array of the elements of a list. What is no list is one row by itself.
///
/// ```
/// use gawky_array::json;
/// let events = json::from_str(r#"[{"met": 33.1, "muons": [{"pt": 50.2}, {"pt": 22.0}]}, {"met": 12.9, "muons": []}]"#)?;
/// assert_eq!(events.array_type().to_string(), "2 * {met: float64, muons: var * {pt: float64}}");
/// # Ok::<(), json::JsonError>(())
/// ```
///
/// # Errors
/// As for [`FromJson::read`].
pub fn from_str(text: &str) -> Result<Array, JsonError> {
    FromJson::new().read_str(text)
}

/// The same of bytes, which are to be UTF-8.
///
/// # Errors
/// As for [`FromJson::read`].
pub fn from_slice(text: &[u8]) -> Result<Array, JsonError> {
    FromJson::new().read_slice(text)
}

/// The same of all that a reader gives.
///
/// # Errors
/// As for [`FromJson::read`].
pub fn from_reader(reader: impl Read) -> Result<Array, JsonError> {
    FromJson::new().read(reader)
}

/// An array of [JSON lines](https://jsonlines.org): each value is a row.
///
/// ```
/// use gawky_array::json;
/// let points = json::from_lines("{\"x\": 1}\n{\"x\": 2.5}\n".as_bytes())?;
/// assert_eq!(points.to_string(), "<Array [{x: 1.0}, {x: 2.5}] type='2 * {x: float64}'>");
/// # Ok::<(), json::JsonError>(())
/// ```
///
/// # Errors
/// As for [`FromJson::read`].
pub fn from_lines(reader: impl Read) -> Result<Array, JsonError> {
    FromJson::new().line_delimited(true).read(reader)
}
