//! Where in a row something is.

use std::fmt::Write;

/// A step into a row.
#[derive(Debug)]
pub(super) enum Step {
    Field(String),
    Position(u64),
}

/// Where steps lead, of which the innermost comes first: `muons[2].pt`; empty for the row itself.
pub(super) fn path_of(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps.iter().rev() {
        let dot = if path.is_empty() { "" } else { "." };
        // A string takes all that is written to it.
        let _ = match step {
            Step::Field(name) => write!(path, "{dot}{name}"),
            Step::Position(position) => write!(path, "[{position}]"),
        };
    }
    path
}
