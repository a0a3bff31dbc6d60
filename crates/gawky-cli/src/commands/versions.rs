//! `gawky versions`.

use std::io::Write;
use std::process::ExitCode;

use serde_json::json;

use crate::arguments::Versions;
use crate::fault::Outcome;
use crate::source::dataset;

pub(crate) fn run(versions: &Versions, out: &mut dyn Write) -> Outcome {
    let dataset = dataset(&versions.place, &versions.options)?;
    let found = dataset.versions()?;
    if versions.json {
        let found = found.iter().map(
            |one| json!({"version": one.version, "partitions": one.partitions, "rows": one.rows}),
        );
        serde_json::to_writer_pretty(&mut *out, &found.collect::<Vec<_>>())?;
        writeln!(out)?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "{:>10} {:>12} {:>20}", "version", "partitions", "rows")?;
    for one in found {
        writeln!(
            out,
            "{:>10} {:>12} {:>20}",
            one.version, one.partitions, one.rows
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
