//! `gawky cat`.

use std::io::Write;
use std::process::ExitCode;

use gawky::json::Layout;

use crate::arguments::{Cat, Format};
use crate::exchange::json_writer;
use crate::fault::Outcome;
use crate::source::{Source, Verify, check_options};

/// About how many bytes are read at once. Rows become JSON one after the other.
const BATCH: u64 = 32 << 20;

pub(crate) fn run(cat: &Cat, out: &mut dyn Write) -> Outcome {
    check_options(&cat.place.options, &[&cat.place.place])?;
    let verify = match cat.verify {
        true => Verify::All,
        false => Verify::No,
    };
    let source = Source::opened(&cat.place, verify)?;
    let array = source.narrowed(&cat.select, Some(&cat.rows))?;
    let layout = match cat.format {
        Format::Jsonl => Layout::Lines,
        Format::Json => Layout::List,
    };
    let mut writer = json_writer(out, layout);
    for batch in array.batches_within(BATCH) {
        writer.write(&batch?)?;
    }
    writer.finish()?;
    Ok(ExitCode::SUCCESS)
}
