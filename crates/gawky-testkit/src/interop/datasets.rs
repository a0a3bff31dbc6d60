//! The same as datasets, for the Python of `docs/datasets.md` and for `docs/reader.py` to read.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use gawky::dataset::{CreateDataset, Packing, Vacuum};
use gawky::{Array, ByteOrder, Container, Dataset, Directory};
use serde_json::{Map, Value as Json};

use super::Trouble;
use super::safetensors::read_case;
use super::write::write_each;

/// A key format of which every part has to be read from the page: numbers and names in another order, folders, escaped
/// braces, characters that are none of a file's name, and more of them than a name holds.
fn odd_keys() -> String {
    let long = "ä?".repeat(70);
    format!("p{{partition:03d}}/{{attribute}}{long}{{{{of}}}}/NUL.{{form_key}}: 100%.")
}

/// Reads the cases of a golden file and writes that of line n as the datasets `out/n/blobs`, `out/n/safetensors` and
/// `out/n/odd` (big-endian blobs under odd keys), each in two partitions, leaving out those that the reference calls
/// invalid. Whatever fails is told to `complain`, line by line.
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
            let options = CreateDataset::new().packing(packing);
            write_dataset(&array, options, &folder.join(packing.name()))?;
        }
        let odd = CreateDataset::new()
            .key_format(odd_keys())
            .byteorder(ByteOrder::Big);
        write_dataset(&array, odd, &folder.join("odd"))
    })
}

fn write_dataset(array: &Array, options: CreateDataset, folder: &Path) -> Result<(), Trouble> {
    let packed = array.pack()?;
    let mut dataset = options
        .form(packed.form())
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

/// Writes datasets that have a history, each with a file `expected.json` beside its folder: from version to value.
///
/// # Errors
/// When anything fails.
pub fn write_histories(out: &Path) -> Result<(), Trouble> {
    for packing in [Packing::Blobs, Packing::Safetensors] {
        write_history(packing, &out.join(packing.name()))?;
    }
    write_many(&out.join("many"))
}

/// All that can happen to a dataset: a form that learns, partitions that go, come together, and are replaced.
fn write_history(packing: Packing, place: &Path) -> Result<(), Trouble> {
    let folder = Directory::create(place.join("dataset"))?;
    let mut dataset = CreateDataset::new().packing(packing).create_in(folder)?;
    let rows = |text: &str| gawky::json::from_str(text);
    dataset.append(&rows(r#"[{"run": 1, "x": []}, {"run": 2, "x": []}]"#)?)?;
    dataset.append_all(&[
        rows(r#"[{"run": 3, "x": ["a", "bc"]}]"#)?,
        rows(r#"[{"run": 4, "x": []}]"#)?,
    ])?;
    dataset.append(&rows("[]")?)?;
    dataset.append(&rows(r#"[{"run": 5, "x": ["d"]}, {"run": 6, "x": [""]}]"#)?)?;
    dataset.delete_partitions([1])?;
    dataset.append(&rows(r#"[{"run": 7, "x": ["e"]}]"#)?)?;
    dataset.compact(3)?;
    dataset.overwrite(&[rows(r#"[{"other": [1, 2.5]}]"#)?])?;
    dataset.append(&rows(r#"[{"other": []}]"#)?)?;
    dataset.vacuum(Vacuum::keep(8))?;
    let versions: Vec<u64> = dataset
        .versions()?
        .iter()
        .map(|version| version.version)
        .collect();
    expect(&dataset, &versions, place)
}

/// More partitions than a manifest names itself. Their rows have no fields, and so no blobs.
fn write_many(place: &Path) -> Result<(), Trouble> {
    let mut dataset = Dataset::create(&place.join("dataset").to_string_lossy())?;
    let parts: Vec<Array> = (0..10_003)
        .map(|part| gawky::json::from_str(&format!("[{}]", vec!["{}"; part % 3].join(","))))
        .collect::<Result<_, _>>()?;
    dataset.append_all(&parts)?;
    dataset.append(&gawky::json::from_str("[{}, {}, {}, {}, {}]")?)?;
    dataset.delete_partitions([4])?;
    expect(&dataset, &[2, 3, 4], place)
}

/// Writes what a dataset is at these versions.
fn expect<C: Container>(
    dataset: &Dataset<C>,
    versions: &[u64],
    place: &Path,
) -> Result<(), Trouble> {
    let mut expected = Map::new();
    for version in versions {
        let array = dataset.open_at(*version)?.lazy().read()?;
        let value: Json = serde_json::from_str(&gawky::json::to_string(&array)?)?;
        expected.insert(version.to_string(), value);
    }
    fs::write(
        place.join("expected.json"),
        Json::from(expected).to_string(),
    )?;
    Ok(())
}
