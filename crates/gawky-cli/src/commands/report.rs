//! `gawky report`.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use gawky::store::LocalFile;
use gawky::{Buffer, LazyArray};

use super::progress;
use crate::amounts::{Bytes, count};
use crate::arguments;
use crate::fault::{Fault, Outcome};
use crate::report::Report;
use crate::source::{AnyContainer, Kind, READ_AT_ONCE, Source};

pub(crate) fn run(wanted: &arguments::Report, out: &mut dyn Write) -> Outcome {
    check(&wanted.output)?;
    let source = Source::open(&wanted.place)?;
    let array = source.narrowed(&wanted.select, Some(&wanted.rows))?;
    let mut report = Report::begin(&source, &array, facts(&source, &array))?;
    let progress = progress(array.len(), "rows", wanted.quiet);
    for batch in array.batches_within(READ_AT_ONCE) {
        let batch = batch?;
        report.add(&batch)?;
        progress.inc(u64::try_from(batch.len()).unwrap_or(u64::MAX));
    }
    progress.finish_and_clear();
    let html = report.html();
    let bytes = u64::try_from(html.len()).unwrap_or(u64::MAX);
    LocalFile::write(&wanted.output, &Buffer::from_vec(html.into_bytes()))?;
    if !wanted.quiet {
        let (path, bytes) = (wanted.output.display(), Bytes::Rounded.shown(bytes));
        writeln!(out, "{path}: {}, {bytes}", count(array.len(), "row"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Fails for what cannot be a file, before anything is read.
fn check(path: &Path) -> Result<(), Fault> {
    let unfit = |why: &str| Fault::failure(format!("--output {}: {why}", path.display()));
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match path {
        path if path.is_dir() => Err(unfit("it is a folder: give the name of a file in it")),
        path if path.file_name().is_none() => Err(unfit("it is no name of a file: give one")),
        _ if folder.is_some_and(|folder| !folder.is_dir()) => {
            Err(unfit("there is no such folder: make it first"))
        }
        _ => Ok(()),
    }
}

/// What is told first.
fn facts(source: &Source, array: &LazyArray<AnyContainer>) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    match &source.kind {
        Kind::Dataset(dataset) => {
            let packing = dataset.packing().name();
            facts.push(("kind", format!("dataset, packed into {packing}")));
            facts.push(("version", dataset.version().to_string()));
        }
        kind => facts.push(("kind", kind.name().to_owned())),
    }
    facts.push(("rows", array.len().to_string()));
    facts.push(("partitions", array.num_partitions().to_string()));
    facts.push(("keys", source.key_format.clone()));
    facts
}
