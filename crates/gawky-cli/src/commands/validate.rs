//! `gawky validate`.

use std::io::Write;
use std::process::ExitCode;

use gawky::Validation;
use serde_json::json;

use super::progress;
use crate::amounts::{Bytes, count};
use crate::arguments::Validate;
use crate::fault::Outcome;
use crate::source::{Kind, Source, Verify, check_options};

pub(crate) fn run(validate: &Validate, out: &mut dyn Write) -> Outcome {
    check_options(&validate.place.options, &[&validate.place.place])?;
    let is_all = validate.select.select.is_empty();
    let verify = match is_all {
        true => Verify::No,
        false => Verify::WhereThereAre,
    };
    let source = Source::opened(&validate.place, verify)?;
    let array = source.narrowed(&validate.select, None)?;
    let steps: Box<dyn Iterator<Item = Validation>> = match &source.kind {
        // It proves by itself, headers and old manifests, too.
        Kind::Dataset(dataset) if is_all => Box::new(dataset.validations()),
        _ => Box::new(array.validations()),
    };
    let progress = progress(source.lengths.len() as u64, "partitions", validate.quiet);
    let mut all = Validation::default();
    for one in steps {
        if !validate.json {
            progress.suspend(|| write!(out, "{one}"))?;
        }
        progress.inc(one.partitions);
        all += one;
    }
    progress.finish_and_clear();
    let faults = all.faults.len() as u64;
    if validate.json {
        let faults = all.faults.iter().map(|fault| {
            json!({
                "partition": fault.partition,
                "id": fault.id,
                "path": fault.path,
                "key": fault.key,
                "problem": fault.problem(),
            })
        });
        let told = json!({
            "partitions": all.partitions,
            "blobs": all.blobs,
            "proved": all.proved,
            "bytes": all.bytes,
            "faults": faults.collect::<Vec<_>>(),
        });
        serde_json::to_writer_pretty(&mut *out, &told)?;
        writeln!(out)?;
    } else if !validate.quiet {
        writeln!(
            out,
            "{} in {} of {}, {}",
            match faults {
                0 => "no fault".to_owned(),
                some => count(some, "fault"),
            },
            count(all.blobs, "blob"),
            count(all.partitions, "partition"),
            Bytes::Rounded.shown(all.bytes)
        )?;
    }
    Ok(match faults {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
