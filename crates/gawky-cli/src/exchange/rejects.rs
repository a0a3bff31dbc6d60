//! [`Rejects`]: rows that are left out, written aside.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gawky::json::{BadRow, JsonError, JsonFault};
use gawky::store::FileDraft;
use serde_json::{Map, Value as Json};

use crate::fault::{Fault, in_own_words};

/// A file of JSON lines: where each row was, what is wrong with it, and its text.
///
/// It has its name when all is imported, so that it is in nobody's way when that fails.
#[derive(Debug)]
pub(crate) struct Rejects {
    path: PathBuf,
    lines: BufWriter<File>,
    /// None for what is no file, such as `/dev/stderr`, which is written at once.
    draft: Option<FileDraft>,
}

impl Rejects {
    /// A new file: what is there already may be what is imported. What is no file is written as it is.
    pub(crate) fn create(path: &Path) -> Result<Self, Fault> {
        let (file, draft) = match fs::metadata(path) {
            Ok(found) if found.is_file() => Err(io::ErrorKind::AlreadyExists.into()),
            Ok(_) => File::options()
                .write(true)
                .open(path)
                .map(|file| (file, None)),
            Err(_) => FileDraft::begin(path)
                .and_then(|draft| Ok((draft.file().try_clone()?, Some(draft)))),
        }
        .map_err(|error| unwritten(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            lines: BufWriter::new(file),
            draft,
        })
    }

    pub(super) fn add(&mut self, row: &BadRow<'_>) -> io::Result<()> {
        let mut told = Map::new();
        if let JsonError::Refused {
            line, column, row, ..
        } = row.error
        {
            for (name, number) in [("line", line), ("column", column), ("row", row)] {
                told.insert(name.to_owned(), Json::from(*number));
            }
        }
        let error = in_own_words(&row.error.to_string());
        told.insert("error".to_owned(), Json::from(error));
        let is_too_long = matches!(
            row.error,
            JsonError::Refused {
                fault: JsonFault::TooLong { .. },
                ..
            }
        );
        match str::from_utf8(row.text) {
            _ if is_too_long => {}
            Ok(text) => drop(told.insert("text".to_owned(), Json::from(text))),
            // As it is, where JSON has no words for it.
            Err(_) => {
                drop(told.insert("base64".to_owned(), Json::from(STANDARD.encode(row.text))));
            }
        }
        serde_json::to_writer(&mut self.lines, &told)?;
        self.lines.write_all(b"\n")?;
        // What cannot be written is known before anything is committed.
        self.lines.flush()
    }

    /// Gives the file its name.
    pub(crate) fn finish(mut self) -> Result<(), Fault> {
        let flushed = self.lines.flush();
        let kept = flushed.and_then(|()| self.draft.map_or(Ok(()), FileDraft::keep));
        kept.map_err(|error| unwritten(&self.path, &error))
    }
}

fn unwritten(path: &Path, error: &io::Error) -> Fault {
    Fault::failure(format!(
        "--rejects {}: {error}: choose another file",
        path.display()
    ))
}
