//! The same for arrays in safetensors files, which Awkward reads and writes by itself.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use gawky::safetensors::{SafeTensorsArray, ToSafeTensors};
use gawky::{Array, ByteOrder, Form, FromBuffers};

use super::Trouble;
use super::folder::byteorder;
use super::read::read_each;
use super::write::write_each;
use crate::golden::{Case, Length};

/// The file that makes a folder one of an array.
const FILE: &str = "array.safetensors";

/// Reads every folder in `root` that has an `array.safetensors`, as [`read_all`](super::read_all) reads folders of
/// blobs.
///
/// # Errors
/// As there.
pub fn read_safetensors(root: &Path, out: &mut dyn Write) -> io::Result<()> {
    read_each(root, FILE, read_one, out)
}

fn read_one(folder: &Path) -> Result<Array, Trouble> {
    let file = SafeTensorsArray::open_file(folder.join(FILE))?;
    let order = byteorder(folder)?;
    let array = file.reader().byteorder(order).read(file.tensors())?;
    if order == ByteOrder::Little {
        let bytes = fs::read(folder.join(FILE))?;
        let again = SafeTensorsArray::from_buffer(bytes.into())?.read()?;
        if !again.equal_values(&array, true)? {
            return Err("from memory it reads as something else".into());
        }
    }
    Ok(array)
}

/// Reads the cases of a golden file and writes that of line n into the file `out/n.safetensors`, leaving out those
/// that the reference calls invalid; partitions are put together first. Whatever fails is told to `complain`, line by
/// line.
///
/// Returns how many failed.
///
/// # Errors
/// When the golden file cannot be read, `out` cannot be made, or nothing can be told to `complain`.
pub fn write_safetensors(golden: &Path, out: &Path, complain: &mut dyn Write) -> io::Result<usize> {
    fs::create_dir_all(out)?;
    write_each(golden, complain, |number, case| {
        let array = read_case(case)?;
        ToSafeTensors::new(&array).write_file(out.join(format!("{number}.safetensors")))?;
        Ok(())
    })
}

/// The array of a case, its partitions put together.
pub(super) fn read_case(case: &Case) -> Result<Array, Trouble> {
    let form = Form::from_json(case.form.get())?;
    let (keys, start) = (case.keys(&form)?, case.partition_start.unwrap_or(0));
    let buffers = Case::blobs(&case.buffers)?;
    Ok(match &case.length {
        Length::One(length) => FromBuffers::new(&form, *length)
            .keys(keys)
            .partition_start(start)
            .read(&buffers)?,
        Length::Many(lengths) => FromBuffers::new(&form, lengths)
            .keys(keys)
            .partition_start(start)
            .read(&buffers)?
            .concatenate()?,
    })
}
