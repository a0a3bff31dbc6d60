//! [`Rejects`]: rows that are left out, written aside.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use gawky::json::{BadRow, JsonError};
use serde_json::json;

use crate::fault::Fault;

/// A file of JSON lines: where each row was, what is wrong with it, and its text.
#[derive(Debug)]
pub(super) struct Rejects {
    file: BufWriter<File>,
}

impl Rejects {
    /// A new file: what is there already may be what is imported.
    pub(super) fn create(path: &Path) -> Result<Self, Fault> {
        let file = File::create_new(path).map_err(|error| {
            Fault::failure(format!(
                "--rejects {}: {error}: choose another file",
                path.display()
            ))
        })?;
        Ok(Self {
            file: BufWriter::new(file),
        })
    }

    pub(super) fn add(&mut self, row: &BadRow<'_>) -> io::Result<()> {
        let (line, column) = match row.error {
            JsonError::Refused { line, column, .. } => (Some(line), Some(column)),
            _ => (None, None),
        };
        let told = json!({
            "line": line,
            "column": column,
            "error": row.error.to_string(),
            "text": String::from_utf8_lossy(row.text),
        });
        serde_json::to_writer(&mut self.file, &told)?;
        self.file.write_all(b"\n")
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.file.flush()
    }
}
