//! What a column cannot take.

use gawky_buffer::BufferError;
use gawky_form::most_alike;

/// What a column cannot take.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Unfit {
    /// A kind more than a union has room for.
    TooManyKinds,
    /// A field that the record has already.
    FieldTwice,
    /// A name more than records may have.
    TooManyFields,
    /// A tuple of more than records may have fields.
    TooManySlots,
    /// Records that have next to none of all fields.
    TooSparse,
    /// A key of a sorted map that is not behind the one before it.
    Unsorted {
        /// Which one it is.
        key: usize,
    },
    /// Keys of a sorted map that have no order.
    NoOrder,
    /// What the declared type does not take.
    Undeclared(Box<Undeclared>),
}

impl From<Undeclared> for Unfit {
    fn from(undeclared: Undeclared) -> Self {
        Self::Undeclared(Box::new(undeclared))
    }
}

/// What a declared type does not take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Undeclared {
    /// A value of another kind.
    #[error("{found} does not go into the declared type {declared}")]
    Kind {
        /// What it is.
        found: String,
        /// What is declared there.
        declared: String,
    },
    /// A string that is none of the declared categories.
    #[error("{name:?} is none of the declared categories{}", choices(.name, .categories, "; there are none"))]
    NoCategory {
        /// The string.
        name: String,
        /// All that are declared.
        categories: Vec<String>,
    },
    /// A number that the declared dtype does not hold exactly.
    #[error("{value} is no {declared}, the declared type")]
    Inexact {
        /// The number.
        value: String,
        /// What is declared there.
        declared: String,
    },
    /// A text that tells no date, or no duration, of the declared unit.
    #[error(transparent)]
    Time(#[from] BufferError),
    /// Nothing, where nothing may be missing.
    #[error("it is missing, and the declared type {declared} is no option")]
    Missing {
        /// What is declared there.
        declared: String,
    },
    /// A list that is not as long as all of them.
    #[error("the list has {}{found} elements, and {size} * … is declared", if *more { "at least " } else { "" })]
    ListLength {
        /// How many elements it has, or how many of them have been seen.
        found: u64,
        /// Whether it has more.
        more: bool,
        /// How many it should have.
        size: u64,
    },
    /// A tuple, or a list for one, that is not as long as all of them.
    #[error("there are {}{found} elements, and a tuple of {size} is declared", if *more { "at least " } else { "" })]
    TupleLength {
        /// How many elements there are, or how many of them have been seen.
        found: usize,
        /// Whether there are more.
        more: bool,
        /// How many there should be.
        size: usize,
    },
    /// A field that is not declared.
    #[error("no field {field:?} is declared{}", choices(.field, .fields, "; the record has no fields"))]
    NoSuchField {
        /// The field.
        field: String,
        /// Those that are declared.
        fields: Vec<String>,
    },
    /// A field that is declared, and not there.
    #[error("the field {field:?} is not there, and its declared type {declared} is no option")]
    NoField {
        /// The field.
        field: String,
        /// What is declared there.
        declared: String,
    },
}

fn choices(name: &str, names: &[String], none: &str) -> String {
    match most_alike(name, names) {
        None => none.to_owned(),
        Some(alike) => format!("; there are {alike}"),
    }
}
