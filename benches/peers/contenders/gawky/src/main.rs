//! gawky as a contender: `gawky-peers-gawky blobs|safetensors [mapped]`.

use std::fs::{self, File};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use gawky::arrow::ipc::FileReader;
use gawky::arrow::{FromArrow, ToArrow};
use gawky::dataset::{CreateDataset, Packing};
use gawky::json::{FromJson, ToJson};
use gawky::object_store::OpenOptions;
use gawky::prelude::*;
use gawky::store::Store;
use gawky_peers_contest::{
    Clock, Contender, Digest, Failure, Opened, Outcome, Place, Rows, Wanted, arrow, serve,
};

struct Gawky {
    packing: Packing,
    mapped: bool,
    /// The client of an object store, which keeps its connections but nothing of what was read.
    bucket: OnceLock<Arc<dyn Store>>,
}

impl Gawky {
    fn container(&self, at: &Place) -> Outcome<Arc<dyn Store>> {
        let folder = match at {
            Place::Folder(folder) => Directory::open(folder)?,
            Place::Bucket { url, endpoint } => return self.bucket(url, endpoint),
        };
        // SAFETY: nobody changes the files while a contender reads them.
        Ok(Arc::new(if self.mapped {
            unsafe { folder.mapped() }
        } else {
            folder
        }))
    }

    fn bucket(&self, url: &str, endpoint: &str) -> Outcome<Arc<dyn Store>> {
        if let Some(bucket) = self.bucket.get() {
            return Ok(Arc::clone(bucket));
        }
        let bucket = OpenOptions::new()
            .environment(false)
            .option("endpoint", endpoint)
            .option("allow_http", "true")
            .option("skip_signature", "true")
            .open(url)?;
        Ok(Arc::clone(self.bucket.get_or_init(|| bucket)))
    }
}

impl Contender for Gawky {
    type Array = Array;
    type Read = Array;

    fn name(&self) -> String {
        let mapped = if self.mapped { ", mapped" } else { "" };
        format!("gawky ({}{mapped})", self.packing.name())
    }

    fn version(&self) -> String {
        "of this repository".to_owned()
    }

    fn load(&self, neutral: &Path) -> Outcome<Array> {
        let mut arrays = FileReader::new(File::open(neutral)?, &FromArrow::new())?;
        let array = arrays
            .next()
            .ok_or_else(|| Failure::Failed("no record batch".to_owned()))?;
        Ok(array?)
    }

    fn write(&self, array: &Array, to: &Path) -> Outcome<()> {
        let mut dataset = CreateDataset::new()
            .packing(self.packing)
            .create_in(Directory::create(to)?)?;
        dataset.append(array)?;
        Ok(())
    }

    fn open(&self, at: &Place) -> Outcome<Opened> {
        let dataset = Dataset::open_in(self.container(at)?)?;
        let fields = dataset.lazy().field_names().len() as u64;
        Ok(Opened {
            rows: dataset.len(),
            fields,
        })
    }

    fn read(&self, at: &Place, wanted: &Wanted) -> Outcome<Array> {
        let container = self.container(at)?;
        let lazy = match &wanted.columns {
            Some(columns) => LazyArray::open_in(container, columns)?,
            None => Dataset::open_in(container)?.lazy(),
        };
        Ok(match &wanted.rows {
            Rows::All => lazy.read()?,
            Rows::Range(range) => lazy.rows(range.clone())?.read()?,
            Rows::Scattered(rows) => lazy.take(rows)?,
        })
    }

    fn buffers(&self, read: &Array, see: &mut dyn FnMut(&[u8])) {
        let mut see_buffer = |buffer: &Buffer| see(buffer.bytes().unwrap_or_default());
        match read {
            Array::Numpy(array) => see_buffer(array.data()),
            Array::List(array) => {
                see_buffer(array.starts().buffer());
                see_buffer(array.stops().buffer());
            }
            Array::ListOffset(array) => see_buffer(array.offsets().buffer()),
            Array::Indexed(array) => see_buffer(array.index().buffer()),
            Array::IndexedOption(array) => see_buffer(array.index().buffer()),
            Array::ByteMasked(array) => see_buffer(array.mask()),
            Array::BitMasked(array) => {
                see_buffer(&array.mask().unwrap_or_else(|_| Buffer::empty()))
            }
            Array::Union(array) => {
                see_buffer(array.tags());
                see_buffer(array.index().buffer());
            }
            Array::Empty(_) | Array::Regular(_) | Array::Record(_) | Array::Unmasked(_) => {}
        }
        for child in read.children() {
            self.buffers(child, see);
        }
    }

    fn digest(&self, read: &Array) -> Outcome<Digest> {
        let batch = ToArrow::new().extensionarray(false).record_batch(read)?;
        Ok(arrow::digest(&[batch])?)
    }

    fn json_in(&self, file: &Path, _clock: &mut Clock) -> Outcome<Array> {
        Ok(FromJson::new()
            .line_delimited(true)
            .read_slice(&fs::read(file)?)?)
    }

    fn json_out(&self, array: &Array) -> Outcome<Vec<u8>> {
        let mut text = Vec::new();
        ToJson::new().write_lines(array, &mut text)?;
        Ok(text)
    }
}

fn main() -> std::io::Result<()> {
    let ways: Vec<String> = std::env::args().skip(1).collect();
    let packing = if ways.iter().any(|way| way == "safetensors") {
        Packing::Safetensors
    } else {
        Packing::Blobs
    };
    serve(Gawky {
        packing,
        mapped: ways.iter().any(|way| way == "mapped"),
        bucket: OnceLock::new(),
    })
}
