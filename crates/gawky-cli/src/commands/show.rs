//! `gawky show`.

use std::io::Write;
use std::num::NonZeroU64;
use std::process::ExitCode;

use terminal_size::{Width, terminal_size_of};

use crate::arguments::Show;
use crate::fault::Outcome;
use crate::source::Source;

/// How wide a line is where there is no terminal.
const WIDTH: usize = 80;

/// How many digits are the most that a float can have.
const MOST_DIGITS: usize = 800;

pub(crate) fn run(show: &Show, out: &mut dyn Write) -> Outcome {
    let source = Source::open(&show.place)?;
    let array = source.narrowed(&show.select, Some(&show.rows))?;
    // One row is shown with a line for those that are not.
    let rows = show.limit_rows.get().max(2);
    let ends = array.ends(rows)?;
    let shown = ends
        .show()
        .limit_rows(usize::try_from(rows).unwrap_or(usize::MAX))
        .limit_cols(show.limit_cols.map_or_else(columns, as_usize))
        .precision(as_usize(show.precision).min(MOST_DIGITS))
        .with_type(show.with_type);
    writeln!(out, "{shown}")?;
    Ok(ExitCode::SUCCESS)
}

/// How wide the terminal is.
fn columns() -> usize {
    terminal_size_of(std::io::stdout()).map_or(WIDTH, |(Width(columns), _)| usize::from(columns))
}

fn as_usize(number: NonZeroU64) -> usize {
    usize::try_from(number.get()).unwrap_or(usize::MAX)
}
