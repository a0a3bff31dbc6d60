//! Files of other programs: what they are, [reading](Intake) and [writing](write) them.

mod intake;
mod json;
mod outlet;
#[cfg(feature = "arrow")]
mod parquet;
mod rejects;

use std::path::Path;

#[cfg(feature = "arrow")]
use gawky::Form;

#[cfg(feature = "arrow")]
use crate::arguments::{self, Import};
use crate::fault::Fault;
use crate::source::has_ending;

pub(crate) use intake::{Intake, check};
pub(crate) use json::json_writer;
pub(crate) use outlet::write;
pub(crate) use rejects::Rejects;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    Parquet,
    /// Arrow's file, Feather 2.
    Arrow,
    /// Arrow's stream.
    ArrowStream,
    /// One text of JSON.
    Json,
    /// JSON, a row a line.
    JsonLines,
}

impl FileKind {
    const ENDINGS: [(&'static str, Self); 9] = [
        (".parquet", Self::Parquet),
        (".pq", Self::Parquet),
        (".arrow", Self::Arrow),
        (".feather", Self::Arrow),
        (".ipc", Self::Arrow),
        (".arrows", Self::ArrowStream),
        (".json", Self::Json),
        (".jsonl", Self::JsonLines),
        (".ndjson", Self::JsonLines),
    ];

    /// What a file is, by its name; `-` is JSON lines.
    pub(crate) fn of(path: &Path) -> Result<Self, Fault> {
        let shown = path.display().to_string();
        if shown == "-" {
            return Ok(Self::JsonLines);
        }
        let known = Self::ENDINGS
            .iter()
            .find(|(end, _)| has_ending(&shown, end));
        known.map(|(_, kind)| *kind).ok_or_else(|| {
            let endings = Self::ENDINGS.map(|(end, _)| end).join(", ");
            Fault::failure(format!(
                "{shown}: its name does not tell what it is: let it end in one of {endings}"
            ))
        })
    }
}

/// How Arrow's types are read.
#[cfg(feature = "arrow")]
fn from_arrow(import: &Import) -> gawky::arrow::FromArrow {
    use gawky::arrow::Decimals;

    gawky::arrow::FromArrow::new().decimals(match import.decimals {
        arguments::Decimals::Refuse => Decimals::Refuse,
        arguments::Decimals::Float64 => Decimals::Float64,
        arguments::Decimals::Bytes => Decimals::Bytes,
    })
}

/// The names of the columns that patterns choose, each as a whole.
#[cfg(feature = "arrow")]
fn whole_columns(form: &Form, patterns: &[String]) -> Result<Vec<String>, Fault> {
    let chosen = form.select(patterns)?;
    let (Form::Record(all), Form::Record(some)) = (form, &chosen) else {
        return Err(Fault::usage(
            "--select: the file has no named columns: leave it out",
        ));
    };
    let fields = |record: &gawky::form::RecordForm| -> Vec<String> {
        let fields = record.fields().into_iter().flat_map(|fields| fields.iter());
        fields.map(ToString::to_string).collect()
    };
    let (names, columns) = (fields(all), fields(some));
    for (name, content) in columns.iter().zip(chosen.children()) {
        let whole = names
            .iter()
            .zip(form.children())
            .find(|(other, _)| *other == name);
        if whole.is_none_or(|(_, whole)| whole.columns() != content.columns()) {
            return Err(Fault::failure(format!(
                "--select: of an Arrow file columns are chosen as a whole: choose {name}, or copy what is imported with --select"
            )));
        }
    }
    Ok(columns)
}

/// Why nothing of Arrow's is read or written.
#[cfg(not(feature = "arrow"))]
fn without_arrow(path: &Path) -> Fault {
    Fault::failure(format!(
        "{}: this command was built without Parquet and Arrow: build it with the feature arrow, or use JSON lines",
        path.display()
    ))
}
