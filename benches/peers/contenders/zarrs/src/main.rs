//! Zarr by the crate `zarrs`, with nested data as the flat columns of `gawky-peers-columns`, one array of Zarr's each.
//!
//! | task | API |
//! |---|---|
//! | write | `GroupBuilder` (whose attributes say how columns are nested), `ArrayBuilder`, `store_array_subset`; no compression, which is its default |
//! | open | `Group::open`, and its attributes |
//! | read | `Array::open`, `retrieve_array_subset` |
//! | scattered rows | `Array::partial_decoder` of each chunk, for all rows in it at once |
//! | S3 | `zarrs_object_store`, by an `AsyncToSyncStorageAdapter` |
//!
//! Chunks are of 1 MiB, which is the least that Zarr's documentation advises. Arrays are written and read in parallel, by Rayon, as the
//! crate does for chunks.

use std::future::Future;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use arrow_array::{ArrayRef, RecordBatch};
use gawky_peers_columns::{self as columns, Flat, Node, Part, Source, Type};
use gawky_peers_contest::{
    Contender, Digest, Failure, Opened, Outcome, Place, Rows, Wanted, arrow, serve,
};
use indexmap::IndexMap;
use object_store::aws::AmazonS3Builder;
use object_store::prefix::PrefixStore;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;
use zarrs::array::{Array, ArrayBuilder, ArrayBytes, CodecOptions};
use zarrs::filesystem::FilesystemStore;
use zarrs::group::{Group, GroupBuilder};
use zarrs::metadata::FillValueMetadata;
use zarrs::storage::ReadableStorage;
use zarrs::storage::storage_adapter::async_to_sync::{
    AsyncToSyncBlockOn, AsyncToSyncStorageAdapter,
};
use zarrs_object_store::AsyncObjectStore;

#[derive(Default)]
struct Zarrs {
    /// The client of an object store, which keeps its connections but nothing of what was read.
    bucket: OnceLock<ReadableStorage>,
}

const CHUNK: usize = 1 << 20;

/// What the attributes of the group say.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Attributes {
    rows: u64,
    columns: IndexMap<String, Node>,
}

struct Flattened {
    attributes: Attributes,
    columns: Vec<Flat>,
}

struct Tokio(Runtime);

impl AsyncToSyncBlockOn for Tokio {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }
}

impl Zarrs {
    fn stored(&self, place: &Place) -> Outcome<Stored> {
        Ok(Stored(match place {
            Place::Folder(folder) => Arc::new(FilesystemStore::new(folder)?),
            Place::Bucket { url, endpoint } => self.bucket(url, endpoint)?,
        }))
    }

    fn bucket(&self, url: &str, endpoint: &str) -> Outcome<ReadableStorage> {
        if let Some(bucket) = self.bucket.get() {
            return Ok(Arc::clone(bucket));
        }
        let builder = AmazonS3Builder::new()
            .with_url(url)
            .with_endpoint(endpoint)
            .with_allow_http(true)
            .with_skip_signature(true);
        let prefix = url
            .trim_start_matches("s3://")
            .split_once('/')
            .map_or("", |(_, prefix)| prefix);
        let store = AsyncObjectStore::new(PrefixStore::new(builder.build()?, prefix));
        let store = AsyncToSyncStorageAdapter::new(Arc::new(store), Tokio(Runtime::new()?));
        Ok(Arc::clone(self.bucket.get_or_init(|| Arc::new(store))))
    }
}

/// A group that is there.
struct Stored(ReadableStorage);

impl Stored {
    fn attributes(&self) -> Outcome<Attributes> {
        let group = Group::open(Arc::clone(&self.0), "/")?;
        Ok(serde_json::from_value(group.attributes().clone().into())?)
    }
}

fn write(store: &Arc<FilesystemStore>, column: &Flat) -> Outcome<()> {
    let width = column.r#type.width();
    let length = (column.bytes.len() / width) as u64;
    let chunk = length.clamp(1, (CHUNK / width) as u64);
    let path = format!("/{}", column.name);
    let builder = match column.r#type {
        Type::Bool => ArrayBuilder::new(
            vec![length],
            vec![chunk],
            column.r#type.zarr(),
            FillValueMetadata::from(false),
        ),
        _ => ArrayBuilder::new(vec![length], vec![chunk], column.r#type.zarr(), 0),
    };
    let array = builder.build(Arc::clone(store), &path)?;
    array.store_metadata()?;
    if length > 0 {
        array.store_array_subset(
            &array.subset_all(),
            ArrayBytes::new_flen(column.bytes.as_slice()),
        )?;
    }
    Ok(())
}

impl Source for Stored {
    fn elements(&self, name: &str, ranges: &[Range<u64>]) -> Outcome<Vec<u8>> {
        if ranges.iter().all(Range::is_empty) {
            return Ok(Vec::new());
        }
        let array = Array::open(Arc::clone(&self.0), &format!("/{name}"))?;
        if let [range] = ranges {
            let bytes: ArrayBytes<'static> = array.retrieve_array_subset(&[range.clone()])?;
            return Ok(bytes.into_fixed()?.into_owned());
        }
        // Ranges are cut where chunks end; a chunk gives all of its own in one go.
        let chunk = array.chunk_shape(&[0])?[0].get();
        let mut bytes = Vec::new();
        let mut cut: Vec<[Range<u64>; 1]> = Vec::new();
        let mut of = 0;
        let mut give = |of: u64, cut: &mut Vec<[Range<u64>; 1]>| -> Outcome<()> {
            if !cut.is_empty() {
                let decoder = array.partial_decoder(&[of])?;
                bytes.extend_from_slice(
                    &decoder
                        .partial_decode(cut, &CodecOptions::default())?
                        .into_fixed()?,
                );
                cut.clear();
            }
            Ok(())
        };
        for range in ranges.iter().filter(|range| !range.is_empty()) {
            let mut start = range.start;
            while start < range.end {
                let (number, end) = (start / chunk, range.end.min((start / chunk + 1) * chunk));
                if number != of {
                    give(of, &mut cut)?;
                    of = number;
                }
                cut.push([start - number * chunk..end - number * chunk]);
                start = end;
            }
        }
        give(of, &mut cut)?;
        Ok(bytes)
    }
}

impl Contender for Zarrs {
    type Array = Flattened;
    type Read = Vec<(String, Part)>;

    fn name(&self) -> String {
        "zarrs".into()
    }

    fn version(&self) -> String {
        zarrs::version::version_str().into()
    }

    fn load(&self, neutral: &Path) -> Outcome<Flattened> {
        let batch = arrow::neutral(neutral)?;
        let mut columns = Vec::new();
        let schema = batch.schema();
        let nodes = schema.fields().iter().zip(batch.columns());
        let nodes = nodes.map(|(field, column)| {
            Ok((
                field.name().clone(),
                columns::flatten(field.name(), column, &mut columns)?,
            ))
        });
        let attributes = Attributes {
            rows: batch.num_rows() as u64,
            columns: nodes.collect::<Outcome<_>>()?,
        };
        Ok(Flattened {
            attributes,
            columns,
        })
    }

    fn write(&self, array: &Flattened, to: &Path) -> Outcome<()> {
        let store = Arc::new(FilesystemStore::new(to)?);
        let mut group = GroupBuilder::new().build(Arc::clone(&store), "/")?;
        if let serde_json::Value::Object(attributes) = serde_json::to_value(&array.attributes)? {
            *group.attributes_mut() = attributes;
        }
        group.store_metadata()?;
        array
            .columns
            .par_iter()
            .try_for_each(|column| write(&store, column))
    }

    fn open(&self, at: &Place) -> Outcome<Opened> {
        let attributes = self.stored(at)?.attributes()?;
        Ok(Opened {
            rows: attributes.rows,
            fields: attributes.columns.len() as u64,
        })
    }

    fn read(&self, at: &Place, wanted: &Wanted) -> Outcome<Vec<(String, Part)>> {
        let stored = self.stored(at)?;
        let Attributes { rows, columns } = stored.attributes()?;
        let ranges = match &wanted.rows {
            Rows::All => vec![0..rows],
            Rows::Range(range) => vec![range.clone()],
            Rows::Scattered(rows) => columns::runs(rows),
        };
        let names = wanted
            .columns
            .clone()
            .unwrap_or_else(|| columns.keys().cloned().collect());
        let parts = names.into_par_iter().map(|name| {
            let node = columns
                .get(&name)
                .ok_or_else(|| Failure::Failed(format!("there is no column {name}")))?;
            let part = columns::read(&stored, &name, node, &ranges)?;
            Ok((name, part))
        });
        parts.collect()
    }

    fn buffers(&self, read: &Vec<(String, Part)>, see: &mut dyn FnMut(&[u8])) {
        read.iter()
            .for_each(|(_, part)| columns::buffers(part, see));
    }

    fn digest(&self, read: &Vec<(String, Part)>) -> Outcome<Digest> {
        let arrays = read
            .iter()
            .map(|(name, part)| Ok((name.clone(), columns::to_arrow(part.clone())?)));
        let arrays = arrays.collect::<Outcome<Vec<(String, ArrayRef)>>>()?;
        Ok(arrow::digest(&[RecordBatch::try_from_iter(arrays)?])?)
    }
}

fn main() -> std::io::Result<()> {
    serve(Zarrs::default())
}
