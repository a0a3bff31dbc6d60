//! `gawky cat`.

use std::io::Write;
use std::process::ExitCode;

use crate::arguments::{Cat, Format};
use crate::exchange::{List, to_json};
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
    let json = to_json();
    match cat.format {
        Format::Jsonl => {
            for batch in array.batches_within(BATCH) {
                json.write_lines(&batch?, &mut *out)?;
            }
        }
        Format::Json => {
            let mut list = List::new(out);
            for batch in array.batches_within(BATCH) {
                json.write_lines(&batch?, &mut list)?;
            }
            list.finish()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
