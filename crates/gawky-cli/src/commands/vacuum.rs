//! `gawky vacuum`.

use std::io::Write;
use std::process::ExitCode;

use crate::amounts::{Bytes, count};
use crate::arguments::Vacuum;
use crate::fault::Outcome;
use crate::source::dataset;

pub(crate) fn run(vacuum: &Vacuum, out: &mut dyn Write) -> Outcome {
    let mut dataset = dataset(&vacuum.place, &vacuum.options)?;
    let what = gawky::dataset::Vacuum::keep(vacuum.keep.get())
        .older_than(vacuum.older_than)
        .measure(true);
    let gone = dataset.vacuum(what)?;
    writeln!(
        out,
        "removed {}, {}, {}, {}: {} in {}",
        count(gone.versions, "version"),
        count(gone.partitions, "partition"),
        count(gone.claims, "claim"),
        count(gone.drafts, "unfinished file"),
        Bytes::Rounded.shown(gone.bytes.unwrap_or(0)),
        count(gone.keys.len() as u64, "blob")
    )?;
    Ok(ExitCode::SUCCESS)
}
