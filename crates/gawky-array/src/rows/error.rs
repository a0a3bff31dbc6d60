//! What can go wrong between Rust values and rows.

use std::fmt;

use crate::ArrayError;
use crate::build::{MAX_FIELDS, MOST_MISSING, Undeclared, Unfit};
use crate::builder::Nesting;
use crate::node::as_rows;
use gawky_form::MAX_DEPTH;

/// What can go wrong between Rust values, or calls of a builder, and rows, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct RowsError(Box<Details>);

#[derive(Clone, Debug, PartialEq)]
struct Details {
    row: Option<u64>,
    /// The innermost first.
    fields: Vec<String>,
    problem: RowsProblem,
    /// Whether it is that a field took nothing for a value, and was to be left out where it is missing.
    is_of_missing: bool,
}

/// What can go wrong between Rust values and rows.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RowsProblem {
    /// What the value, or its type, has to say.
    #[error("{0}")]
    Told(String),
    /// An integer for which there is no dtype.
    #[error("there is no dtype of 128 bits: make it a string, or two integers")]
    Wide,
    /// A key that is no field of a record.
    #[error(
        "a record has strings, characters, integers or booleans for keys, and this is {found}: make maps lists of \
         pairs, by Maps::Pairs"
    )]
    Key {
        /// What it is.
        found: String,
    },
    /// A key twice in one map.
    #[error("the map has the key {key:?} twice: make maps lists of pairs, by Maps::Pairs")]
    KeyTwice {
        /// Which.
        key: String,
    },
    /// More keys than a record has fields.
    #[error(
        "the maps have more than {MAX_FIELDS} different keys, and each would be a field of all rows: make maps lists of \
         pairs, by Maps::Pairs"
    )]
    TooManyKeys,
    /// More slots of a tuple than a record has fields.
    #[error("a tuple has more than {MAX_FIELDS} slots: make it a list")]
    TooManySlots,
    /// Keys of which each row has next to none.
    #[error(
        "of the fields of all rows not one in {MOST_MISSING} is there, and those that are missing take memory, too: make \
         maps lists of pairs, by Maps::Pairs"
    )]
    TooSparse,
    /// A key of a sorted map that is not behind the one before it.
    #[error(
        "the keys of a sorted_map ascend, and key {key} is not behind the one before it: sort them, or make maps plain \
         ones, by Maps::Map"
    )]
    Unsorted {
        /// Which one it is, counted from 0.
        key: u64,
    },
    /// Keys of a sorted map that have no order.
    #[error(
        "the keys of a sorted_map are strings, numbers, dates or booleans, and none is missing: make maps plain ones, \
         by Maps::Map"
    )]
    NoOrder,
    /// Values in values in values.
    #[error("the values are nested more than {MAX_DEPTH} deep, which is as deep as forms go")]
    TooDeep,
    /// More kinds of values than a union has contents.
    #[error("the values are of more kinds than a union has room for")]
    TooManyKinds,
    /// What the declared type does not take.
    #[error(transparent)]
    Undeclared(#[from] Undeclared),
    /// What none of the contents of a declared union takes.
    #[error("no content of the declared union takes it: {}", .reasons.join("; "))]
    NoContent {
        /// Why not, for each content.
        reasons: Vec<String>,
    },
    /// A call of a builder that is not for what is open.
    #[error(transparent)]
    Nesting(#[from] Nesting),
    /// A string whose bytes are no UTF-8.
    #[error("the string is no UTF-8: its bytes were damaged, or are no text")]
    NotUtf8,
    /// Something about the array.
    #[error(transparent)]
    Array(#[from] ArrayError),
}

impl RowsError {
    /// Which row it is about, if it is about one.
    #[must_use]
    pub fn row(&self) -> Option<u64> {
        self.0.row
    }

    /// Where in the row, by the fields that lead there: `muons[2].pt`; empty for the row itself.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = String::new();
        for name in self.0.fields.iter().rev() {
            if !path.is_empty() && !name.starts_with('[') {
                path.push('.');
            }
            path.push_str(name);
        }
        path
    }

    /// What is wrong.
    #[must_use]
    pub fn problem(&self) -> &RowsProblem {
        &self.0.problem
    }

    /// The same where so many rows came before those that were counted.
    #[must_use]
    pub fn after_rows(mut self, before: u64) -> Self {
        self.0.row = self.0.row.map(|row| row.saturating_add(before));
        self
    }

    /// What none of the contents of a declared union takes, and why not.
    pub(crate) fn no_content(errors: Vec<Self>) -> Self {
        let reasons = errors.iter().map(ToString::to_string).collect();
        RowsProblem::NoContent { reasons }.into()
    }

    #[cold]
    pub(super) fn of_missing(mut self) -> Self {
        self.0.is_of_missing = true;
        self
    }

    pub(super) fn is_of_missing(&self) -> bool {
        self.0.is_of_missing
    }

    #[cold]
    pub(crate) fn in_row(mut self, row: u64) -> Self {
        self.0.row = Some(row);
        self
    }

    #[cold]
    pub(crate) fn in_position(mut self, position: u64) -> Self {
        self.0.fields.push(format!("[{position}]"));
        self
    }

    #[cold]
    pub(crate) fn in_field(mut self, name: &str) -> Self {
        self.0.fields.push(name.to_owned());
        self
    }
}

impl fmt::Display for RowsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        match (self.0.row, path.as_str()) {
            (None, "") => write!(f, "{}", self.0.problem),
            (None, path) => write!(f, "{path}: {}", self.0.problem),
            (Some(row), "") => write!(f, "row {row}: {}", self.0.problem),
            (Some(row), path) => write!(f, "row {row}, {path}: {}", self.0.problem),
        }
    }
}

impl std::error::Error for RowsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.problem.source()
    }
}

impl From<RowsProblem> for RowsError {
    fn from(problem: RowsProblem) -> Self {
        Self(Box::new(Details {
            row: None,
            fields: Vec::new(),
            problem,
            is_of_missing: false,
        }))
    }
}

impl From<ArrayError> for RowsError {
    fn from(error: ArrayError) -> Self {
        RowsProblem::from(error).into()
    }
}

impl From<Unfit> for RowsError {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::TooManyKinds => RowsProblem::TooManyKinds,
            Unfit::TooManyFields => RowsProblem::TooManyKeys,
            Unfit::TooManySlots => RowsProblem::TooManySlots,
            Unfit::TooSparse => RowsProblem::TooSparse,
            Unfit::Unsorted { key } => RowsProblem::Unsorted { key: as_rows(key) },
            Unfit::NoOrder => RowsProblem::NoOrder,
            Unfit::Undeclared(undeclared) => RowsProblem::Undeclared(*undeclared),
            Unfit::FieldTwice => RowsProblem::Told("a field is there twice".to_owned()),
        }
        .into()
    }
}

impl serde::ser::Error for RowsError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        RowsProblem::Told(message.to_string()).into()
    }
}

impl serde::de::Error for RowsError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        RowsProblem::Told(message.to_string()).into()
    }
}
