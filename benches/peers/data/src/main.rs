//! Makes the data that contenders are given:
//!
//!     gawky-peers-data FOLDER BYTES JSON_BYTES [SET...]
//!
//! Of each data set there is a folder, in which lie
//!
//! | file | what it is |
//! |---|---|
//! | `about.json` | rows, fields, bytes, the two columns that are read alone, and the same of the lines |
//! | `neutral.arrow` | an Arrow file of one record batch, without metadata of anybody's |
//! | `blobs/` | the same as Awkward has it: a file for each buffer, and `form.json`, `form1.json` (in Awkward 1's dialect), `length.json` |
//! | `lines.jsonl` | the first rows as lines of JSON, in so many bytes or so |
//! | `lines.arrow`, `lines-blobs/` | those rows as above |

mod numbers;
mod sets;

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use gawky::arrow::ToArrow;
use gawky::arrow::ipc::{Compression, FileWriter};
use gawky::form::Dialect;
use gawky::json::ToJson;
use gawky::prelude::*;
use serde_json::json;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, bytes, json_bytes, names @ ..] = &arguments[..] else {
        return Err("gawky-peers-data FOLDER BYTES JSON_BYTES [SET...]".into());
    };
    let names: Vec<&str> = match names {
        [] => sets::NAMES.to_vec(),
        names => names.iter().map(String::as_str).collect(),
    };
    for name in names {
        let folder = Path::new(folder).join(name);
        if folder.join("about.json").exists() {
            continue;
        }
        match sets::make(name, bytes.parse()?)? {
            Some(set) => write(&folder, &set, json_bytes.parse()?)?,
            None => eprintln!(
                "{name} is left out: there is no nanoaod.safetensors; GAWKY_REAL_DATA names its folder"
            ),
        }
    }
    Ok(())
}

fn write(folder: &Path, set: &sets::Set, json_bytes: u64) -> Outcome {
    fs::create_dir_all(folder)?;
    let array = &set.array;
    neutral(array, &folder.join("neutral.arrow"))?;
    blobs(array, &folder.join("blobs"))?;

    let fields = array.children().len();
    let lines = without(array, set.no_json)?;
    let sample = lines.len().min(200);
    let mut text = Vec::new();
    ToJson::new().write_lines(&lines.slice(0..sample)?, &mut text)?;
    let rows = (json_bytes as usize * sample / text.len()).clamp(1, lines.len());
    let lines = lines.slice(0..rows)?.pack()?;
    let mut out = BufWriter::new(File::create(folder.join("lines.jsonl"))?);
    ToJson::new().write_lines(&lines, &mut out)?;
    out.flush()?;
    neutral(&lines, &folder.join("lines.arrow"))?;
    blobs(&lines, &folder.join("lines-blobs"))?;

    let about = json!({
        "rows": array.len(),
        "fields": fields,
        "bytes": array.nbytes(),
        "columns": set.columns,
        "lines": {"rows": rows, "bytes": fs::metadata(folder.join("lines.jsonl"))?.len(), "without": set.no_json},
    });
    // Last, as it tells that all else is there.
    fs::write(folder.join("about.json"), about.to_string())?;
    Ok(())
}

fn without(array: &Array, names: &[&str]) -> Result<Array, Box<dyn Error>> {
    let Array::Record(record) = array else {
        return Err("a data set is records".into());
    };
    let fields = record
        .fields()
        .unwrap_or_default()
        .iter()
        .zip(record.contents());
    let left = fields.filter(|(name, _)| !names.contains(&&***name));
    Ok(
        RecordArray::from_fields(left.map(|(name, content)| (name.to_string(), content.clone())))
            .into(),
    )
}

fn neutral(array: &Array, file: &Path) -> Outcome {
    let options = ToArrow::new().extensionarray(false);
    let out = BufWriter::new(File::create(file)?);
    let mut writer = FileWriter::new(out, &array.form(), &options, Compression::None)?;
    writer.write(array)?;
    writer.finish()?.flush()?;
    Ok(())
}

fn blobs(array: &Array, folder: &Path) -> Outcome {
    let (form, length) = gawky::to_buffers(array, &Directory::create(folder)?)?;
    fs::write(folder.join("form.json"), form.to_json(Dialect::V2, false)?)?;
    fs::write(folder.join("form1.json"), form.to_json(Dialect::V1, false)?)?;
    fs::write(folder.join("length.json"), length.to_string())?;
    Ok(())
}
