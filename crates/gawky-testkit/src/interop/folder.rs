//! One array in one folder.

use std::fs;
use std::io;
use std::path::Path;

use gawky::{ByteOrder, Directory, Form};

use super::Trouble;

/// The file that makes a folder one of an array.
pub(super) const FORM: &str = "form.json";

const LENGTHS: &str = "lengths.json";
const KEY_FORMAT: &str = "key_format.txt";
const PARTITION_START: &str = "partition_start.txt";
const BYTE_ORDER: &str = "byteorder.txt";
const BLOBS: &str = "blobs";

/// What the files of a folder say, but for the blobs.
pub(super) struct Description {
    /// The form, as JSON of any dialect.
    pub(super) form: String,
    /// The lengths of the partitions.
    pub(super) lengths: Vec<u64>,
    /// The template that names blobs.
    pub(super) key_format: String,
    /// The number of the first partition.
    pub(super) partition_start: u64,
    /// The order of the bytes in the blobs.
    pub(super) byteorder: ByteOrder,
}

impl Description {
    pub(super) fn read(folder: &Path) -> Result<Self, Trouble> {
        let partition_start = match optional(folder, PARTITION_START)? {
            None => 0,
            Some(text) => text.parse()?,
        };
        Ok(Self {
            form: required(folder, FORM)?,
            lengths: serde_json::from_str(&required(folder, LENGTHS)?)?,
            key_format: required(folder, KEY_FORMAT)?,
            partition_start,
            byteorder: byteorder(folder)?,
        })
    }

    /// Writes the files, but for the blobs; what is as by default is left out.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Trouble> {
        fs::write(folder.join(FORM), &self.form)?;
        fs::write(folder.join(LENGTHS), serde_json::to_string(&self.lengths)?)?;
        fs::write(folder.join(KEY_FORMAT), &self.key_format)?;
        if self.partition_start != 0 {
            let number = self.partition_start.to_string();
            fs::write(folder.join(PARTITION_START), number)?;
        }
        if self.byteorder == ByteOrder::Big {
            fs::write(folder.join(BYTE_ORDER), ">")?;
        }
        Ok(())
    }

    pub(super) fn form(&self) -> Result<Form, Trouble> {
        Ok(Form::from_json(&self.form)?)
    }
}

/// The container of a folder's blobs.
pub(super) fn blobs(folder: &Path) -> Result<Directory, Trouble> {
    Ok(Directory::create(folder.join(BLOBS))?)
}

/// The order of the bytes in what a folder holds.
pub(super) fn byteorder(folder: &Path) -> Result<ByteOrder, Trouble> {
    match optional(folder, BYTE_ORDER)?.as_deref() {
        None | Some("<") => Ok(ByteOrder::Little),
        Some(">") => Ok(ByteOrder::Big),
        Some(other) => Err(format!("{other:?} is no byte order").into()),
    }
}

fn required(folder: &Path, name: &str) -> Result<String, Trouble> {
    fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}").into())
}

fn optional(folder: &Path, name: &str) -> Result<Option<String>, Trouble> {
    match fs::read_to_string(folder.join(name)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{name}: {error}").into()),
    }
}
