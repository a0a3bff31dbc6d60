//! `gawky copy`.

use std::io::Write;
use std::process::ExitCode;

use super::progress;
use crate::amounts::{Bytes, count};
use crate::arguments::Copy;
use crate::fault::Outcome;
use crate::source::{Kind, Source, Verify, check_options, opening};
use crate::target::Target;

pub(crate) fn run(copy: &Copy, out: &mut dyn Write) -> Outcome {
    check_options(&copy.source.options, &[&copy.source.place, &copy.target])?;
    let verify = match copy.no_verify {
        true => Verify::No,
        false => Verify::WhereThereAre,
    };
    let source = Source::opened(&copy.source, verify)?;
    let array = source.narrowed(&copy.select, Some(&copy.rows))?;
    let attributes = match &source.kind {
        Kind::Dataset(dataset) => dataset.attributes().clone(),
        _ => serde_json::Map::new(),
    };
    let target = Target::new(
        copy,
        opening(&copy.target, &copy.source.options),
        attributes,
    );
    target.check()?;
    let progress = progress(array.len(), "rows", copy.quiet);
    let written = target.write(&array, &|rows| progress.inc(rows));
    progress.finish_and_clear();
    let written = written?;
    if !copy.quiet {
        writeln!(
            out,
            "{} in {}, {}",
            count(written.rows, "row"),
            count(written.partitions, "partition"),
            Bytes::Rounded.shown(written.bytes)
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
