//! Random arrays, forms and blobs, for property tests and fuzzing.
//!
//! All of it is read off a [`Tape`]: random bytes, each of which decides something. A shorter tape, or one
//! with smaller bytes, means something simpler, so that proptest's shrinking of a list of bytes shrinks
//! arrays too; and what a fuzzer mutates is a tape as well.
//!
//! | item | what it is |
//! |---|---|
//! | [`arrays`] | a strategy for valid arrays of all 12 classes, nested up to [`DEPTH`] |
//! | [`puzzles`] | a strategy for random forms with random blobs, most of which do not fit |
//! | [`other_layout`] | another form that says the same |
//! | [`exercise`] | does to an array whatever can be done to one, and panics where something does not hold |
//! | [`exercise_npz`] | reads any bytes as an archive of NumPy's, and panics where something does not hold |

mod archive;
mod array;
mod exercise;
mod form;
mod layout;
mod meaning;
mod puzzle;
mod tape;

use std::fmt;

use gawky::Array;
use gawky::form::Dialect;
use proptest::prelude::*;

pub use archive::exercise_npz;
pub use array::{array, array_of};
pub use exercise::{exercise, has_sensible_parameters, is_small};
pub use form::form;
pub use layout::other_layout;
pub use meaning::says_the_same;
pub use puzzle::Puzzle;
pub use tape::Tape;

/// How deep nodes nest in what [`arrays`] and [`puzzles`] make, leaves not counted.
pub const DEPTH: usize = 4;

/// Valid arrays of all classes: sliced and not, packed and not, with whatever is legal and odd.
pub fn arrays() -> impl Strategy<Value = Sample> {
    prop::collection::vec(any::<u8>(), 0..400)
        .prop_map(|bytes| Sample(array(&mut Tape::new(&bytes))))
}

/// An array that a failing test shows by its values and its form.
#[derive(Clone)]
pub struct Sample(pub Array);

impl std::ops::Deref for Sample {
    type Target = Array;

    fn deref(&self) -> &Array {
        &self.0
    }
}

impl fmt::Debug for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = self.form().to_json(Dialect::V2, false);
        write!(f, "{} of form {}", self.0, form.unwrap_or_default())
    }
}

/// Random forms with random blobs, lengths, rows and byte orders.
pub fn puzzles() -> impl Strategy<Value = Puzzle> {
    prop::collection::vec(any::<u8>(), 0..300)
        .prop_map(|bytes| Puzzle::from_tape(&mut Tape::new(&bytes)))
}
