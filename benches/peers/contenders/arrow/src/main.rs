//! The crates `arrow-ipc` and `parquet` as contenders: `gawky-peers-arrow ipc [mapped]` and `gawky-peers-arrow parquet`.

mod ipc;
mod json;
mod parquet;

use std::ops::Range;

use arrow_array::{RecordBatch, UInt64Array};
use arrow_schema::ArrowError;
use arrow_select::concat::concat_batches;
use arrow_select::take::take_record_batch;
use gawky_peers_contest::{Rows, serve};

fn main() -> std::io::Result<()> {
    let ways: Vec<String> = std::env::args().skip(1).collect();
    match ways.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ipc"] => serve(ipc::Ipc { mapped: false }),
        ["ipc", "mapped"] => serve(ipc::Ipc { mapped: true }),
        ["parquet"] => serve(parquet::Parquet::default()),
        _ => Err(std::io::Error::other("which way? See the head of main.rs")),
    }
}

/// How many rows a batch has that is written: as many as pyarrow's `write_feather` takes.
const BATCH: usize = 1 << 16;

fn batches(array: &RecordBatch) -> impl Iterator<Item = RecordBatch> {
    let starts = (0..array.num_rows()).step_by(BATCH);
    starts.map(|start| array.slice(start, BATCH.min(array.num_rows() - start)))
}

/// Of batches that lie one after the other, those that have wanted rows, and which of their rows these are.
fn wanted(lengths: &[usize], rows: &Rows) -> Vec<(usize, Part)> {
    let mut found = Vec::new();
    let mut start = 0;
    for (number, &length) in lengths.iter().enumerate() {
        let all = start..start + length as u64;
        let part = match rows {
            Rows::All => Some(Part::Range(0..length)),
            Rows::Range(range) => {
                let (first, end) = (range.start.max(all.start), range.end.min(all.end));
                (first < end)
                    .then(|| Part::Range((first - all.start) as usize..(end - all.start) as usize))
            }
            Rows::Scattered(rows) => {
                let here = &rows[rows.partition_point(|&row| row < all.start)
                    ..rows.partition_point(|&row| row < all.end)];
                (!here.is_empty())
                    .then(|| Part::Scattered(here.iter().map(|row| row - all.start).collect()))
            }
        };
        found.extend(part.map(|part| (number, part)));
        start = all.end;
    }
    found
}

enum Part {
    Range(Range<usize>),
    Scattered(Vec<u64>),
}

impl Part {
    fn of(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        match self {
            Self::Range(range) => Ok(batch.slice(range.start, range.len())),
            Self::Scattered(rows) => take_record_batch(batch, &UInt64Array::from(rows.clone())),
        }
    }
}

/// Scattered rows as one batch; of ranges as many as there are.
fn together(batches: Vec<RecordBatch>, rows: &Rows) -> Result<Vec<RecordBatch>, ArrowError> {
    match (rows, batches.first()) {
        (Rows::Scattered(_), Some(first)) if batches.len() > 1 => {
            Ok(vec![concat_batches(&first.schema(), &batches)?])
        }
        _ => Ok(batches),
    }
}
