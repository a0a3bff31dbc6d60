//! The same for Arrow and Parquet files, which Awkward reads and writes by way of pyarrow.

use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::Path;

use gawky::Array;
use gawky_arrow::ipc::{self, FileReader, FileWriter, StreamReader};
use gawky_arrow::parquet::{Reader, Writer};
use gawky_arrow::{ArrowError, ArrowProblem, FromArrow, ToArrow};

use super::Trouble;
use super::read::read_each;
use super::safetensors::read_case;
use super::write::write_each;

/// The files that make a folder one of an array.
const FILES: [&str; 3] = ["array.arrow", "array.arrows", "array.parquet"];

/// Reads every folder in `root` that has an Arrow file, an Arrow stream or a Parquet file, as
/// [`read_all`](super::read_all) reads folders of blobs.
///
/// # Errors
/// As there.
pub fn read_arrow(root: &Path, out: &mut dyn Write) -> io::Result<()> {
    for (file, read_one) in FILES
        .into_iter()
        .zip([read_file, read_stream, read_parquet])
    {
        read_each(root, file, read_one, out)?;
    }
    Ok(())
}

/// The arrays one after the other; where there are none, one of no rows.
fn together(
    arrays: impl Iterator<Item = Result<Array, ArrowError>>,
    empty: Array,
) -> Result<Array, Trouble> {
    let arrays = arrays.collect::<Result<Vec<Array>, _>>()?;
    if arrays.is_empty() {
        return Ok(empty);
    }
    Ok(Array::concatenate(&arrays)?)
}

fn read_file(folder: &Path) -> Result<Array, Trouble> {
    let file = BufReader::new(File::open(folder.join("array.arrow"))?);
    let reader = FileReader::new(file, &FromArrow::new())?;
    let empty = reader.empty()?;
    together(reader, empty)
}

fn read_stream(folder: &Path) -> Result<Array, Trouble> {
    let file = BufReader::new(File::open(folder.join("array.arrows"))?);
    let reader = StreamReader::new(file, &FromArrow::new())?;
    let empty = reader.empty()?;
    together(reader, empty)
}

fn read_parquet(folder: &Path) -> Result<Array, Trouble> {
    let reader = Reader::new(File::open(folder.join("array.parquet"))?)?;
    together(reader.arrays(), reader.empty()?)
}

/// Reads the cases of a golden file and writes that of line n into the files `out/n.arrow` and `out/n.parquet`, leaving out
/// those that the reference calls invalid, and the files that would have to hold what the format lacks; of these
/// `out/lacking.txt` has the names and the reasons. Whatever else fails is told to `complain`, line by line.
///
/// Returns how many failed.
///
/// # Errors
/// When the golden file cannot be read, `out` cannot be made, or nothing can be told to `complain`.
pub fn write_arrow(golden: &Path, out: &Path, complain: &mut dyn Write) -> io::Result<usize> {
    fs::create_dir_all(out)?;
    let lacking = std::cell::RefCell::new(File::create(out.join("lacking.txt"))?);
    write_each(golden, complain, |number, case| {
        let array = &read_case(case)?;
        let ways: [(_, WriteOne); 2] = [("arrow", write_file), ("parquet", write_parquet)];
        for (extension, write_one) in ways {
            let name = format!("{number}.{extension}");
            let path = out.join(&name);
            if let Err(error) = write_one(array, &path) {
                let lacks = error.downcast_ref::<ArrowError>().is_some_and(is_lacking);
                if !lacks {
                    return Err(error);
                }
                fs::remove_file(&path)?;
                writeln!(lacking.borrow_mut(), "{name}: {}: {error}", case.name)?;
            }
        }
        Ok(())
    })
}

type WriteOne = fn(&Array, &Path) -> Result<(), Trouble>;

fn is_lacking(error: &ArrowError) -> bool {
    matches!(
        error.problem(),
        ArrowProblem::NoCounterpart { .. }
            | ArrowProblem::NotUtf8 { .. }
            | ArrowProblem::DoesNotFit { .. }
            | ArrowProblem::NotInParquet { .. }
    )
}

fn write_file(array: &Array, path: &Path) -> Result<(), Trouble> {
    let file = File::create(path)?;
    let compression = ipc::Compression::Zstd;
    let mut writer = FileWriter::new(file, &array.form(), &ToArrow::new(), compression)?;
    writer.write(array)?;
    writer.finish()?;
    Ok(())
}

fn write_parquet(array: &Array, path: &Path) -> Result<(), Trouble> {
    let mut writer = Writer::new(File::create(path)?, &array.form())?;
    writer.write(array)?;
    writer.finish()?;
    Ok(())
}
