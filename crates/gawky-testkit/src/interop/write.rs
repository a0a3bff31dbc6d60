//! `interop write`: golden cases, written by gawky for somebody else to read.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use gawky::form::Dialect;
use gawky::{ByteOrder, ContainerWrite, Form, FromBuffers, KeyFormat, ToBuffers, Writable};

use super::Trouble;
use super::folder::{Description, blobs};
use crate::golden::{Case, Length};

/// Reads the cases of a golden file and writes that of line n into the folder `out/n`, leaving out those that
/// the reference calls invalid; whatever fails is told to `complain`, line by line.
///
/// Returns how many failed.
///
/// # Errors
/// When the golden file cannot be read, or nothing can be told to `complain`.
pub fn write_all(
    golden: &Path,
    out: &Path,
    dialect: Dialect,
    complain: &mut dyn Write,
) -> io::Result<usize> {
    write_each(golden, complain, |number, case| {
        let folder = out.join(number.to_string());
        write_case(case, &blobs(&folder)?, &folder, dialect)
    })
}

/// Writes every case of a golden file that the reference does not call invalid, with the number of its line.
pub(super) fn write_each(
    golden: &Path,
    complain: &mut dyn Write,
    write_one: impl Fn(usize, &Case) -> Result<(), Trouble>,
) -> io::Result<usize> {
    let mut failed = 0;
    for (position, line) in fs::read_to_string(golden)?.lines().enumerate() {
        let number = position + 1;
        let written = Case::parse(line).map_err(Trouble::from).and_then(|case| {
            if case.valid == Some(false) {
                return Ok(());
            }
            write_one(number, &case)
        });
        if let Err(error) = written {
            failed += 1;
            writeln!(complain, "line {number}: {error}")?;
        }
    }
    Ok(failed)
}

/// Writes a case: its blobs into a container, and into a folder what else there is to say.
pub(super) fn write_case<C: ContainerWrite>(
    case: &Case,
    blobs: &C,
    folder: &Path,
    dialect: Dialect,
) -> Result<(), Trouble> {
    let form = Form::from_json(case.form.get())?;
    let (keys, start) = (case.keys(&form)?, case.partition_start.unwrap_or(0));
    let buffers = Case::blobs(&case.buffers)?;
    match &case.length {
        Length::One(length) => {
            let array = FromBuffers::new(&form, *length)
                .keys(keys)
                .partition_start(start)
                .read(&buffers)?;
            write_array(case, &array, &[*length], blobs, folder, dialect)
        }
        Length::Many(lengths) => {
            let partitions = FromBuffers::new(&form, lengths)
                .keys(keys)
                .partition_start(start)
                .read(&buffers)?;
            write_array(case, &partitions, lengths, blobs, folder, dialect)
        }
    }
}

fn write_array<W: Writable, C: ContainerWrite>(
    case: &Case,
    array: &W,
    lengths: &[u64],
    blobs: &C,
    folder: &Path,
    dialect: Dialect,
) -> Result<(), Trouble> {
    let default = match (&case.length, dialect) {
        (Length::One(_), Dialect::V2) => KeyFormat::array(),
        _ => KeyFormat::partitioned(),
    };
    let template = case.template().or_else(|| default.as_template());
    let key_format = template.ok_or("the default names no keys")?.to_owned();
    let partition_start = case.partition_start.unwrap_or(0);
    let mut writer = ToBuffers::new(array)
        .key_format(&key_format)?
        .id_start(case.id_start.unwrap_or(0))
        .partition_start(partition_start);
    if let Some(template) = &case.form_key {
        writer = writer.form_key(template)?;
    }
    let (form, _) = writer.write(blobs)?;
    let description = Description {
        form: form.to_json(dialect, false)?,
        lengths: lengths.to_vec(),
        key_format,
        partition_start,
        byteorder: ByteOrder::Little,
    };
    description.write(folder)
}
