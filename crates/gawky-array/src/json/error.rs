//! What can go wrong with JSON.

use std::io;

use crate::ArrayError;
use crate::rows::RowsProblem;

/// What can go wrong with JSON.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// What JSON has no words for.
    #[error("row {row}{}: {problem}", at(path))]
    Unfit {
        /// Which row of the array.
        row: u64,
        /// Where in the row: `muons[2].pt`; empty for the row itself.
        path: String,
        /// What it is, and what to do.
        problem: JsonProblem,
    },
    /// What was read is no JSON, or does not fit.
    #[error("line {line}, column {column} (row {row}{}): {fault}", at(path))]
    Refused {
        /// In which line of the text, the first being 1.
        line: u64,
        /// At which byte of the line, the first being 1.
        column: u64,
        /// Which row it would have been, the first being 0.
        row: u64,
        /// Where in the row: `muons[2].pt`; empty for the row itself.
        path: String,
        /// What is wrong.
        fault: JsonFault,
    },
    /// A schema that says nothing that an array can be.
    #[error("the JSON Schema is of no use here, at {at}: {problem}")]
    Schema {
        /// Where in the schema, as a JSON Pointer.
        at: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// Records have the fields of a complex number, but not the numbers.
    #[error(
        "row {row}{}: of objects with {}, complex_record_fields makes complex numbers, but of all rows these are {}",
        at(path), .fields.each_ref().map(|name| format!("{name:?}")).join(" and "), .found.join(" and ")
    )]
    NoComplex {
        /// The first row that is known to have them, of those that were not left out.
        row: u64,
        /// Where in the row: `hits[2].z`; empty for the row itself.
        path: String,
        /// The fields that make complex numbers.
        fields: Box<[String; 2]>,
        /// Of what types they are.
        found: Box<[String; 2]>,
    },
    /// The reader failed.
    #[error("JSON could not be read: {0}")]
    Read(#[source] io::Error),
    /// The writer failed.
    #[error("JSON could not be written: {0}")]
    Write(#[source] io::Error),
    /// Who is [told](super::Batches::skip_bad) of rows that are left out failed.
    #[error("a row that was left out could not be kept: {0}")]
    Aside(#[source] io::Error),
    /// Something about the array.
    #[error(transparent)]
    Array(#[from] ArrayError),
}

impl From<gawky_form::FormError> for JsonError {
    fn from(error: gawky_form::FormError) -> Self {
        ArrayError::from(error).into()
    }
}

fn at(path: &str) -> String {
    match path {
        "" => String::new(),
        path => format!(", {path}"),
    }
}

/// What JSON has no words for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonProblem {
    /// Not a number.
    #[error("JSON has no NaN: say by nan_string how to write it")]
    Nan,
    /// Infinity.
    #[error("JSON has no infinity: say by posinf_string how to write it")]
    PosInf,
    /// Minus infinity.
    #[error("JSON has no infinity: say by neginf_string how to write it")]
    NegInf,
    /// A complex number.
    #[error("JSON has no complex numbers: say by complex_record_fields how to write them")]
    Complex,
    /// A bytestring.
    #[error("JSON has no bytestrings: say by convert_bytes how to write them")]
    Bytes,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonFault {
    /// It is no JSON.
    #[error("{0}")]
    Syntax(String),
    /// It ends too early.
    #[error("the text ends in the midst of a value")]
    Truncated,
    /// Something comes after the value.
    #[error(
        "something comes after the value: of many values, one after the other, line_delimited makes rows"
    )]
    Trailing,
    /// Bytes of a string are no text.
    #[error("the string is not UTF-8")]
    Utf8,
    /// Half a surrogate pair in a string.
    #[error("the string has half a surrogate pair, which is no Unicode text")]
    Surrogate,
    /// An integer for which there is no dtype.
    #[error(
        "the integer {0} has more than 64 bits: a schema with float64 there rounds it, and as a string it stays as it is"
    )]
    Integer(String),
    /// A number larger than the largest.
    #[error("the number {0} is beyond what float64 holds")]
    Float(String),
    /// A string that is no text of a bytestring.
    #[error("the string was refused as a bytestring, by convert_strings")]
    Bytes,
    /// An object that is no complex number.
    #[error("the object is no complex number: of those, {0:?} and {1:?} are the parts")]
    Complex(String, String),
    /// A row that is too long to be kept in memory.
    #[error("the row has more than {limit} bytes, which row_bytes allows")]
    TooLong {
        /// So many it may have.
        limit: usize,
    },
    /// The row has no place in the array.
    #[error(transparent)]
    Unfit(Box<RowsProblem>),
}

impl From<RowsProblem> for JsonFault {
    fn from(problem: RowsProblem) -> Self {
        Self::Unfit(Box::new(problem))
    }
}
