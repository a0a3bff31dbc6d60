//! The crate `safetensors`: one mapped file, whose tensors are the flat columns of nested data. It reads tensors as a whole.
//!
//! How columns are nested is JSON in the file's metadata. What is read are views into the map; only for the digest they are made arrays.

use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::path::Path;

use arrow_array::RecordBatch;
use gawky_peers_columns::{Flat, Node, Source, Type, flatten, read, to_arrow};
use gawky_peers_contest::{
    Contender, Digest, Failure, Opened, Outcome, Place, Rows, Wanted, arrow, serve,
};
use indexmap::IndexMap;
use memmap2::Mmap;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

struct Tensors;

/// What the metadata says under the name `nested`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Nested {
    rows: u64,
    columns: IndexMap<String, Node>,
}

struct Flattened {
    nested: Nested,
    columns: Vec<Flat>,
}

/// The tensors that were wanted, as bytes of the map.
struct Read {
    map: Mmap,
    nested: Nested,
    tensors: Vec<(String, usize, Range<usize>)>,
}

fn mapped(at: &Place) -> Outcome<Mmap> {
    let file = File::open(at.folder()?.join(NAME))?;
    // SAFETY: nobody changes the files while a contender reads them.
    Ok(unsafe { Mmap::map(&file)? })
}

const NAME: &str = "data.safetensors";

fn nested(map: &[u8]) -> Outcome<Nested> {
    let (_, header) = SafeTensors::read_metadata(map)?;
    let text = header
        .metadata()
        .as_ref()
        .and_then(|metadata| metadata.get("nested"));
    let text = text.ok_or_else(|| {
        Failure::Failed("the file does not say how columns are nested".to_owned())
    })?;
    Ok(serde_json::from_str(text)?)
}

fn dtype(r#type: Type) -> Dtype {
    match r#type {
        Type::Bool => Dtype::BOOL,
        Type::Int8 => Dtype::I8,
        Type::Int16 => Dtype::I16,
        Type::Int32 => Dtype::I32,
        Type::Int64 => Dtype::I64,
        Type::Uint8 => Dtype::U8,
        Type::Uint16 => Dtype::U16,
        Type::Uint32 => Dtype::U32,
        Type::Uint64 => Dtype::U64,
        Type::Float32 => Dtype::F32,
        Type::Float64 => Dtype::F64,
    }
}

impl Source for Read {
    fn elements(&self, name: &str, ranges: &[Range<u64>]) -> Outcome<Vec<u8>> {
        let tensor = self.tensors.iter().find(|(has, ..)| has == name);
        let (_, width, tensor) =
            tensor.ok_or_else(|| Failure::Failed(format!("no tensor {name}")))?;
        let bytes = &self.map[tensor.clone()];
        let parts = ranges
            .iter()
            .map(|range| &bytes[range.start as usize * width..range.end as usize * width]);
        Ok(parts.collect::<Vec<_>>().concat())
    }
}

impl Contender for Tensors {
    type Array = Flattened;
    type Read = Read;

    fn name(&self) -> String {
        "safetensors (mapped)".to_owned()
    }

    fn version(&self) -> String {
        "0.8".to_owned()
    }

    fn threads(&self) -> usize {
        1
    }

    fn load(&self, neutral: &Path) -> Outcome<Flattened> {
        let batch = arrow::neutral(neutral)?;
        let mut columns = Vec::new();
        let schema = batch.schema();
        let nodes = schema.fields().iter().zip(batch.columns());
        let nodes = nodes.map(|(field, column)| {
            Ok((
                field.name().clone(),
                flatten(field.name(), column, &mut columns)?,
            ))
        });
        let nested = Nested {
            rows: batch.num_rows() as u64,
            columns: nodes.collect::<Outcome<_>>()?,
        };
        Ok(Flattened { nested, columns })
    }

    fn write(&self, array: &Flattened, to: &Path) -> Outcome<()> {
        let tensors = array.columns.iter().map(|column| {
            let shape = vec![column.bytes.len() / column.r#type.width()];
            Ok((
                column.name.as_str(),
                TensorView::new(dtype(column.r#type), shape, column.bytes.as_slice())?,
            ))
        });
        let tensors = tensors.collect::<Outcome<Vec<_>>>()?;
        let metadata =
            HashMap::from([("nested".to_owned(), serde_json::to_string(&array.nested)?)]);
        Ok(safetensors::serialize_to_file(
            tensors,
            Some(metadata),
            &to.join(NAME),
        )?)
    }

    fn open(&self, at: &Place) -> Outcome<Opened> {
        let nested = nested(&mapped(at)?)?;
        Ok(Opened {
            rows: nested.rows,
            fields: nested.columns.len() as u64,
        })
    }

    fn read(&self, at: &Place, wanted: &Wanted) -> Outcome<Read> {
        if wanted.rows != Rows::All {
            return Err(Failure::cannot(
                "has tensors, and knows of no rows of nested data",
            ));
        }
        let map = mapped(at)?;
        let file = SafeTensors::deserialize(&map)?;
        let begin = map.as_ptr() as usize;
        let place = |view: &TensorView<'_>| {
            let start = view.data().as_ptr() as usize - begin;
            (view.dtype().bitsize() / 8, start..start + view.data().len())
        };
        let is_of = |name: &str, column: &String| {
            name.strip_prefix(column.as_str())
                .is_some_and(|rest| rest.starts_with(['-', '/']))
        };
        let wants = |name: &str| {
            wanted
                .columns
                .as_ref()
                .is_none_or(|columns| columns.iter().any(|column| is_of(name, column)))
        };
        let found = file
            .iter()
            .filter(|(name, _)| wants(name))
            .map(|(name, view)| {
                let (width, range) = place(&view);
                (name.to_owned(), width, range)
            });
        let tensors = found.collect();
        let mut nested = nested(&map)?;
        if let Some(columns) = &wanted.columns {
            nested.columns.retain(|name, _| columns.contains(name));
        }
        Ok(Read {
            map,
            nested,
            tensors,
        })
    }

    fn buffers(&self, read: &Read, see: &mut dyn FnMut(&[u8])) {
        for (_, _, range) in &read.tensors {
            see(&read.map[range.clone()]);
        }
    }

    fn digest(&self, found: &Read) -> Outcome<Digest> {
        let Nested { rows, columns } = &found.nested;
        let columns = columns.iter().map(|(name, node)| {
            let part = read(found, name, node, std::slice::from_ref(&(0..*rows)))?;
            Ok((name.as_str(), to_arrow(part)?, true))
        });
        let batch =
            RecordBatch::try_from_iter_with_nullable(columns.collect::<Outcome<Vec<_>>>()?)?;
        Ok(arrow::digest(&[batch])?)
    }
}

fn main() -> std::io::Result<()> {
    serve(Tensors)
}
