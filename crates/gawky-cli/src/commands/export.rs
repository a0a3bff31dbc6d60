//! `gawky export`.

use std::io::Write;
use std::process::ExitCode;

use super::progress;
use crate::amounts::{Bytes, count};
use crate::arguments::Export;
use crate::exchange::write;
use crate::fault::Outcome;
use crate::source::{Source, Verify, check_options};

pub(crate) fn run(export: &Export, out: &mut dyn Write) -> Outcome {
    check_options(&export.place.options, &[&export.place.place])?;
    let verify = match export.verify {
        true => Verify::All,
        false => Verify::No,
    };
    let source = Source::opened(&export.place, verify)?;
    let array = source.narrowed(&export.select, Some(&export.rows))?;
    let progress = progress(array.len(), "rows", export.quiet);
    let bytes = write(&array, export, &|rows| progress.inc(rows));
    progress.finish_and_clear();
    let bytes = bytes?;
    if !export.quiet {
        writeln!(
            out,
            "{}, {}",
            count(array.len(), "row"),
            Bytes::Rounded.shown(bytes)
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
