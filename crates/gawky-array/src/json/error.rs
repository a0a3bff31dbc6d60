//! What can go wrong with JSON.

use std::io;

use crate::ArrayError;

/// What can go wrong with JSON.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// What JSON has no words for.
    #[error("row {row}{}: {problem}", at(path))]
    Unfit {
        /// Which row of the array.
        row: u64,
        /// Where in the row, by the fields that lead there: `muon.pt`; empty for the row itself, and the same for lists in
        /// lists.
        path: String,
        /// What it is, and what to do.
        problem: JsonProblem,
    },
    /// The writer failed.
    #[error("JSON could not be written: {0}")]
    Write(#[from] io::Error),
    /// Something about the array.
    #[error(transparent)]
    Array(#[from] ArrayError),
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
