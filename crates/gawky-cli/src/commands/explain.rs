//! `gawky explain`.

use std::io::Write;
use std::process::ExitCode;

use serde_json::json;

use crate::arguments::Explain;
use crate::fault::Outcome;
use crate::source::Source;

pub(crate) fn run(explain: &Explain, out: &mut dyn Write) -> Outcome {
    let source = Source::open(&explain.place)?;
    let told = source
        .narrowed(&explain.select, Some(&explain.rows))?
        .explain()?;
    if !explain.json {
        write!(out, "{told}")?;
        return Ok(ExitCode::SUCCESS);
    }
    let buffers = told.buffers.iter().map(|buffer| {
        json!({
            "path": buffer.path,
            "form_key": buffer.form_key.as_str(),
            "attribute": buffer.attribute.name(),
            "step": buffer.step,
            "fetches": buffer.fetches,
            "bytes": buffer.bytes,
            "of_unknown_size": buffer.of_unknown_size,
            "key": buffer.key.as_str(),
            "range": buffer.range.as_ref().map(|range| [range.start, range.end]),
        })
    });
    let told = json!({
        "rows": told.rows,
        "partitions": told.partitions,
        "steps": told.steps,
        "fetches": told.fetches(),
        "bytes": told.bytes(),
        "of_unknown_size": told.of_unknown_size(),
        "buffers": buffers.collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &told)?;
    writeln!(out)?;
    Ok(ExitCode::SUCCESS)
}
