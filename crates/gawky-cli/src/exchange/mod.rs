//! Files of other programs: what they are, [reading](Intake) and [writing](write) them.

mod intake;
mod json;
mod outlet;
mod rejects;

use std::path::Path;

use crate::fault::Fault;
use crate::source::has_ending;

pub(crate) use intake::Intake;
pub(crate) use json::json_writer;
pub(crate) use outlet::write;

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

/// Why nothing of Arrow's is read or written.
#[cfg(not(feature = "arrow"))]
fn without_arrow(path: &Path) -> Fault {
    Fault::failure(format!(
        "{}: this command was built without Parquet and Arrow: build it with the feature arrow, or use JSON lines",
        path.display()
    ))
}
