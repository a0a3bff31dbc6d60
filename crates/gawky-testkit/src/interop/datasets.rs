//! The same as datasets, in both packings, for the Python of `docs/datasets.md` to read.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use gawky::dataset::{CreateDataset, Packing};
use gawky::{Array, Directory};

use super::Trouble;
use super::safetensors::read_case;
use super::write::write_each;

/// Reads the cases of a golden file and writes that of line n as the datasets `out/n/blobs` and `out/n/safetensors`, each in
/// two partitions, leaving out those that the reference calls invalid. Whatever fails is told to `complain`, line by
/// line.
///
/// Returns how many failed.
///
/// # Errors
/// When the golden file cannot be read, or nothing can be told to `complain`.
pub fn write_datasets(golden: &Path, out: &Path, complain: &mut dyn Write) -> io::Result<usize> {
    write_each(golden, complain, |number, case| {
        let array = read_case(case)?;
        let folder = out.join(number.to_string());
        fs::create_dir_all(&folder)?;
        for packing in [Packing::Blobs, Packing::Safetensors] {
            write_dataset(&array, packing, &folder.join(packing.name()))?;
        }
        Ok(())
    })
}

fn write_dataset(array: &Array, packing: Packing, folder: &Path) -> Result<(), Trouble> {
    let packed = array.pack()?;
    let mut dataset = CreateDataset::new()
        .form(packed.form())
        .packing(packing)
        .create_in(Directory::create(folder)?)?;
    let half = array.len() / 2;
    dataset.append(&array.slice(0..half)?)?;
    dataset.append(&array.slice(half..array.len())?)?;
    let again = dataset.lazy().read()?;
    if !again.equal_values(&packed, true)? {
        return Err("it reads as something else".into());
    }
    Ok(())
}
