//! Rust values as rows of an array, and rows as Rust values, through [serde].
//!
//! ```
//! use gawky_array::Array;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize, PartialEq, Debug)]
//! struct Event {
//!     met: f32,
//!     muons: Vec<(f32, i8)>,
//! }
//!
//! let rows = vec![Event { met: 33.1, muons: vec![(50.2, -1)] }, Event { met: 12.9, muons: vec![] }];
//! let events = Array::from_rows(&rows)?;
//! assert_eq!(events.array_type().to_string(), "2 * {met: float32, muons: var * (float32, int8)}");
//! assert_eq!(events.to_rows::<Event>()?, rows);
//! # Ok::<(), gawky_array::rows::RowsError>(())
//! ```
//!
//! | what | becomes |
//! |---|---|
//! | a boolean, a number | the dtype of that name; `i128` and `u128` are refused |
//! | a `char`, a string | a string |
//! | bytes (of `serde_bytes`, say) | a bytestring |
//! | an `Option` | a row that may be missing; `()` and unit structs are missing, too |
//! | a newtype | what is in it |
//! | a sequence | a list |
//! | a tuple, a tuple struct, an array `[T; N]` | a tuple |
//! | a struct | a record |
//! | a map | a record with the keys for fields, or a list of pairs: see [`Maps`] |
//! | a variant without anything in it | a categorical string |
//! | a variant with something in it | a record of one field, with the variant's name |
//! | what is of several kinds | a union |
//! | a date or a duration of `chrono`, `jiff`, `time` or the standard library | `datetime64` or `timedelta64`, by an attribute: see [`datetime64`]; without it what serde makes of it |
//!
//! The layout follows from the rows: fields that some of them lack may be missing, and numbers of several dtypes are of one that
//! holds them all exactly, if there is one: of `u64::MAX` and -1 comes a union. An option in an option is one, so that `Some(None)` comes
//! back as `None`. What no row has told remains unknown: of a list that is always empty, what
//! would be in it. Or the type of the rows is declared, by [`FromRows::of_type`].
//!
//! Going back, what is missing is `None`, or whatever else takes nothing for a value; a field of a struct that takes no such thing is left
//! out of the rows in which it is missing, so that `#[serde(default)]` holds for it. Maps, and what is flattened, have the fields that are
//! not missing. A string or a bytestring can be borrowed.

mod deserialize;
mod error;
mod reader;
mod seed;
mod serialize;
mod source;
mod times;
mod tree;

use gawky_form::{Form, FormError, Type};
use serde::Serialize;

pub use error::{RowsError, RowsProblem};
pub use reader::RowReader;
pub use seed::{Learned, from_deserializer};
pub use times::{datetime64, timedelta64};

pub use crate::build::Undeclared;

use crate::Array;
use crate::build::{Column, Pairs};
use crate::node::as_rows;

/// What becomes of maps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Maps {
    /// Records, whose fields are the keys of all rows; for maps of which the keys are few, and for structs with
    /// `#[serde(flatten)]`. Keys are strings, characters, integers or booleans.
    #[default]
    Records,
    /// Lists of pairs, tuples of key and value; for any keys, and any number of them.
    Pairs,
    /// The same, of pairs with the parameter `__array__: "map"`, as Arrow's maps have it.
    Map,
    /// The same, of pairs with the parameter `__array__: "sorted_map"`, which Awkward reserves for maps and Uproot gives to those of C++: the keys of each
    /// map ascend, and none is there twice, as in a [`BTreeMap`](std::collections::BTreeMap). This is looked at, and a map that is not sorted is an error; so
    /// are keys that are not strings, numbers, dates or booleans. Strings are in the order of their characters' code points.
    SortedMap,
}

impl Maps {
    /// What the pairs are called.
    pub(crate) fn pairs(self) -> Pairs {
        match self {
            Self::Records | Self::Pairs => Pairs::Plain,
            Self::Map => Pairs::Map,
            Self::SortedMap => Pairs::SortedMap,
        }
    }
}

/// How Rust values become rows of an array.
///
/// ```
/// use std::collections::BTreeMap;
/// use gawky_array::rows::{FromRows, Maps};
///
/// let rows = [BTreeMap::from([(1, "a"), (7, "b")]), BTreeMap::new()];
/// let array = FromRows::new().maps(Maps::Pairs).build(&rows)?;
/// assert_eq!(array.to_string(), "<Array [[(1, 'a'), (7, 'b')], []] type='2 * var * (int32, string)'>");
/// assert_eq!(array.to_rows::<BTreeMap<i32, &str>>()?, rows);
/// # Ok::<(), gawky_array::rows::RowsError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is made before build()"]
pub struct FromRows {
    maps: Maps,
    /// An empty one, of what is declared.
    column: Column,
}

impl FromRows {
    /// Maps become records, and the layout follows from the rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of maps, where no type is declared for them.
    pub fn maps(mut self, maps: Maps) -> Self {
        self.maps = maps;
        self
    }

    /// Declares the type of the rows: the array is of the form that [`Form::from_type`] gives it, and what the type does not hold
    /// exactly is an error. What is `unknown` in the type follows from the rows.
    ///
    /// - A number becomes one of the declared dtype, if that holds it exactly; a pair or a real number becomes a complex one.
    /// - A date, or a duration, is declared as `datetime64[us]` or `timedelta64[s]`: it comes as a count of ticks, as a text of
    ///   ISO 8601 or RFC 3339, or in the parts that serde makes of a `Duration`. No [attribute](datetime64) is needed for that, but for reading them again as
    ///   dates.
    /// - Lists and tuples become lists of any size, lists of one size (`3 * float32`) or tuples; lists of bytes bytestrings, and the other way round.
    /// - A record has the declared fields in their order, whatever the order they come in. One that is not there is
    ///   missing, if it may be; one that is not declared is an error.
    /// - Maps are records, or lists of pairs, as is declared.
    /// - A string may be categorical. A variant without anything in it may be a plain string; one with something in it is a record of one field,
    ///   with its name, or of several that may be missing.
    /// - Of the contents of a union that one is taken which takes the value: a number goes where its own dtype is, if there is such a
    ///   one.
    ///
    /// ```
    /// use gawky_array::rows::FromRows;
    ///
    /// #[derive(serde::Serialize)]
    /// struct Hit { time: &'static str, at: [f64; 3], charge: Option<i64> }
    ///
    /// let declared = "{time: datetime64[ms], at: 3 * float32, charge: ?int8}";
    /// let rows = FromRows::new().of_type(&declared.parse()?)?;
    /// let hit = |charge| Hit { time: "2026-11-21T12:00:00.250Z", at: [0.5, 1.0, 1.5], charge };
    /// assert_eq!(rows.build([hit(None)])?.array_type().to_string(), format!("1 * {declared}"));
    ///
    /// let error = rows.build([hit(None), hit(Some(300))]).unwrap_err();
    /// assert_eq!(error.to_string(), "row 1, charge: 300 is no ?int8, the declared type");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`FormError`] for a type that no form has.
    pub fn of_type(mut self, declared: &Type) -> Result<Self, FormError> {
        self.column = Column::of_type(declared)?;
        Ok(self)
    }

    /// Declares the form of the array: as [`of_type`](Self::of_type) with the type of the form, but laid out as the form says. Form
    /// keys are ignored.
    ///
    /// # Errors
    /// [`FormError`] for a form that has no type.
    pub fn of_form(mut self, declared: &Form) -> Result<Self, FormError> {
        self.column = Column::of_form(declared)?;
        Ok(self)
    }

    /// Whether a type or a form is declared.
    #[must_use]
    pub fn is_declared(&self) -> bool {
        self.column.is_declared()
    }

    /// An array of these rows.
    ///
    /// # Errors
    /// [`RowsError`], which says in which row, and where in it: an integer of 128 bits, a key that is none of a record, more kinds than a
    /// union has room for, what a declared type does not take, and whatever the rows themselves have to say.
    pub fn build<T: Serialize>(
        &self,
        rows: impl IntoIterator<Item = T>,
    ) -> Result<Array, RowsError> {
        let mut builder = self.begin();
        for row in rows {
            builder.push(&row)?;
        }
        builder.finish()
    }

    /// Begins an array to which rows are added one by one.
    #[must_use]
    pub fn begin(&self) -> RowBuilder {
        RowBuilder {
            column: self.column.clone(),
            maps: self.maps,
        }
    }
}

/// An array that grows by Rust values, row by row.
///
/// ```
/// use gawky_array::rows::FromRows;
/// let mut builder = FromRows::new().begin();
/// builder.push("a")?;
/// builder.push("bc")?;
/// assert_eq!((builder.len(), builder.nbytes()), (2, 27));
/// assert_eq!(builder.finish()?.to_string(), "<Array ['a', 'bc'] type='2 * string'>");
/// # Ok::<(), gawky_array::rows::RowsError>(())
/// ```
#[derive(Debug)]
pub struct RowBuilder {
    column: Column,
    maps: Maps,
}

impl RowBuilder {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.column.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes the buffers have so far.
    #[must_use]
    pub fn nbytes(&self) -> usize {
        self.column.nbytes()
    }

    /// Adds a row.
    ///
    /// # Errors
    /// As for [`FromRows::build`]. Nothing is left of the row then, but for what it has taught about the dtypes of numbers: they may be
    /// wider than the other rows need. More rows can be added.
    pub fn push<T: Serialize + ?Sized>(&mut self, row: &T) -> Result<(), RowsError> {
        let rows = self.len();
        serialize::push(&mut self.column, self.maps, 0, row).map_err(|error| {
            self.column.truncate(rows);
            error.in_row(as_rows(rows))
        })
    }

    /// The rows as an array.
    ///
    /// # Errors
    /// [`RowsProblem::Array`] where the rows, all of which were taken, have no place in a declared form.
    pub fn finish(self) -> Result<Array, RowsError> {
        Ok(self.column.finish()?)
    }
}

impl Array {
    /// An array of these rows, whatever can be serialised; its form follows from them. See [`rows`](crate::rows) for what
    /// becomes what, and [`FromRows`] for options.
    ///
    /// ```
    /// use gawky_array::Array;
    ///
    /// #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
    /// struct Muon { pt: f32, charge: i8 }
    /// #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
    /// struct Event { met: f64, muons: Vec<Muon> }
    ///
    /// let events = vec![
    ///     Event { met: 33.1, muons: vec![Muon { pt: 50.2, charge: -1 }, Muon { pt: 22.0, charge: 1 }] },
    ///     Event { met: 12.9, muons: vec![] },
    /// ];
    /// let array = Array::from_rows(&events)?;
    /// assert_eq!(
    ///     array.array_type().to_string(),
    ///     "2 * {met: float64, muons: var * {pt: float32, charge: int8}}"
    /// );
    /// assert_eq!(array.to_rows::<Event>()?, events);
    /// # Ok::<(), gawky_array::rows::RowsError>(())
    /// ```
    ///
    /// # Errors
    /// As for [`FromRows::build`].
    pub fn from_rows<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Result<Self, RowsError> {
        FromRows::new().build(rows)
    }
}
