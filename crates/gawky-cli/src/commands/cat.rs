//! `gawky cat`.

use std::io::Write;
use std::process::ExitCode;

use gawky::json::Layout;

use crate::arguments::{Cat, Format};
use crate::exchange::json_writer;
use crate::fault::Outcome;
use crate::source::{READ_AT_ONCE, Source, Verify, check_options};

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
    for batch in array.batches_within(READ_AT_ONCE) {
        writer.write(&batch?)?;
    }
    writer.finish()?;
    Ok(ExitCode::SUCCESS)
}
