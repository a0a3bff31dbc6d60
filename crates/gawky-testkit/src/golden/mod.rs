//! Golden cases: arrays that Awkward has written, and what it says of them.
//!
//! `tests/golden/README.md` describes the files. [`Case::parse`] reads one line, [`check`] does what the
//! README asks for it, [`run`] does so for whole files.

mod case;
mod check;
mod encoding;
mod run;

pub use case::{Case, Length, MAX_NESTING};
pub use check::{Failure, check, check_at};
pub use encoding::{difference, encode};
pub use run::{Tally, run, run_with};
