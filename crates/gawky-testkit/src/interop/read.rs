//! `interop read`: what gawky finds in folders that somebody else has written.

use std::fs;
use std::io::{self, Write};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use gawky::{Array, Container, FromBuffers, Partitioned};
use serde_json::{Map, Value as Json};

use super::Trouble;
use super::folder::{Description, FORM, blobs};
use crate::golden::encode;

/// Reads every folder of an array in `root`, in order of their names, and writes a line of JSON for each:
/// `case` with `list` and `type`, or with `error`.
///
/// # Errors
/// When `root` cannot be listed, or `out` cannot be written; not when an array cannot be read.
pub fn read_all(root: &Path, out: &mut dyn Write) -> io::Result<()> {
    read_each(root, FORM, read_one, out)
}

/// Reads every folder in `root` that has a file of this name, each on its own.
pub(super) fn read_each(
    root: &Path,
    file: &str,
    read_one: fn(&Path) -> Result<Array, Trouble>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut folders: Vec<PathBuf> = fs::read_dir(root)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    folders.retain(|folder| folder.join(file).is_file());
    folders.sort();
    for folder in folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let mut line = Map::from_iter([("case".to_owned(), Json::from(name))]);
        // One folder that panics must not keep the others from being read.
        let found = catch_unwind(|| {
            let array = read_one(&folder).map_err(|error| error.to_string())?;
            describe(&array).map_err(|error| error.to_string())
        });
        match found.unwrap_or_else(|_| Err("it panicked".to_owned())) {
            Ok(members) => line.extend(members),
            Err(error) => line.extend([("error".to_owned(), Json::from(error))]),
        }
        writeln!(out, "{}", Json::Object(line))?;
    }
    Ok(())
}

fn read_one(folder: &Path) -> Result<Array, Trouble> {
    read_blobs(folder, &blobs(folder)?)
}

/// Reads an array of which a folder says everything but the blobs.
pub(super) fn read_blobs<C: Container>(folder: &Path, blobs: &C) -> Result<Array, Trouble> {
    let description = Description::read(folder)?;
    let partitions: Partitioned =
        FromBuffers::new(&description.form()?, description.lengths.as_slice())
            .key_format(&description.key_format)?
            .partition_start(description.partition_start)
            .byteorder(description.byteorder)
            .read(blobs)?;
    match partitions.partitions() {
        [only] => Ok(only.clone()),
        _ => Ok(partitions.concatenate()?),
    }
}

fn describe(array: &Array) -> Result<Vec<(String, Json)>, Trouble> {
    let list = encode(&array.value()?).map(|list| ("list".to_owned(), list));
    let datashape = Json::from(array.array_type().to_string());
    Ok(list
        .into_iter()
        .chain([("type".to_owned(), datashape)])
        .collect())
}
