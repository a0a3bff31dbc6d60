//! `gawky compact`.

use std::io::Write;
use std::process::ExitCode;

use crate::amounts::count;
use crate::arguments::Compact;
use crate::fault::Outcome;
use crate::source::dataset;

pub(crate) fn run(compact: &Compact, out: &mut dyn Write) -> Outcome {
    let mut dataset = dataset(&compact.place, &compact.options)?;
    let before = dataset.lengths().len() as u64;
    let written = dataset.compact(compact.rows_per_partition.get())?;
    let after = dataset.lengths().len() as u64;
    match written.partitions {
        0 => writeln!(
            out,
            "{}: none is to be put together with the next",
            count(before, "partition")
        )?,
        new => writeln!(
            out,
            "{} became {}: {new} written, of {}",
            count(before, "partition"),
            after,
            count(written.rows, "row")
        )?,
    }
    Ok(ExitCode::SUCCESS)
}
