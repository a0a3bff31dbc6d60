//! Files of Parquet, in a folder or an object store.

mod bucket;

use std::fs::File;
use std::path::Path;
use std::sync::OnceLock;

use arrow_array::RecordBatch;
use gawky_peers_contest::{Contender, Digest, Opened, Outcome, Place, Rows, Wanted, arrow};
use parquet::arrow::arrow_reader::{
    ArrowReaderBuilder, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::file::metadata::PageIndexPolicy;

use crate::{batches, together};
use bucket::Bucket;

#[derive(Default)]
pub struct Parquet {
    bucket: OnceLock<Bucket>,
}

const NAME: &str = "data.parquet";

impl Contender for Parquet {
    type Array = RecordBatch;
    type Read = Vec<RecordBatch>;

    fn name(&self) -> String {
        "parquet".to_owned()
    }

    fn version(&self) -> String {
        "60.1".to_owned()
    }

    fn threads(&self) -> usize {
        1
    }

    fn load(&self, neutral: &Path) -> Outcome<RecordBatch> {
        Ok(arrow::neutral(neutral)?)
    }

    fn write(&self, array: &RecordBatch, to: &Path) -> Outcome<()> {
        let mut writer = ArrowWriter::try_new(File::create(to.join(NAME))?, array.schema(), None)?;
        for batch in batches(array) {
            writer.write(&batch)?;
        }
        writer.close()?;
        Ok(())
    }

    fn open(&self, at: &Place) -> Outcome<Opened> {
        let folder = match at {
            Place::Folder(folder) => folder,
            Place::Bucket { url, endpoint } => {
                return Bucket::kept(&self.bucket, url, endpoint)?.open(url);
            }
        };
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(folder.join(NAME))?)?;
        Ok(opened(&builder))
    }

    fn read(&self, at: &Place, wanted: &Wanted) -> Outcome<Vec<RecordBatch>> {
        let batches = match at {
            Place::Folder(folder) => {
                let file = File::open(folder.join(NAME))?;
                let options = reading(wanted);
                let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)?;
                picked(builder, wanted)?
                    .build()?
                    .collect::<Result<Vec<_>, _>>()?
            }
            Place::Bucket { url, endpoint } => {
                Bucket::kept(&self.bucket, url, endpoint)?.read(url, wanted)?
            }
        };
        Ok(together(batches, &wanted.rows)?)
    }

    fn buffers(&self, read: &Vec<RecordBatch>, see: &mut dyn FnMut(&[u8])) {
        for column in read.iter().flat_map(RecordBatch::columns) {
            arrow::buffers(column, see);
        }
    }

    fn digest(&self, read: &Vec<RecordBatch>) -> Outcome<Digest> {
        Ok(arrow::digest(read)?)
    }
}

fn opened<T>(builder: &ArrowReaderBuilder<T>) -> Opened {
    let rows = builder.metadata().file_metadata().num_rows();
    Opened {
        rows: rows.unsigned_abs(),
        fields: builder.schema().fields().len() as u64,
    }
}

fn reading(wanted: &Wanted) -> ArrowReaderOptions {
    // Where pages begin is read where pages can be passed over.
    let index = match wanted.rows {
        Rows::All => PageIndexPolicy::Skip,
        Rows::Range(_) | Rows::Scattered(_) => PageIndexPolicy::Optional,
    };
    ArrowReaderOptions::new().with_offset_index_policy(index)
}

/// The wanted columns and rows of a file.
fn picked<T>(
    mut builder: ArrowReaderBuilder<T>,
    wanted: &Wanted,
) -> Outcome<ArrowReaderBuilder<T>> {
    if let Some(columns) = &wanted.columns {
        let roots: Vec<usize> = columns
            .iter()
            .map(|name| builder.schema().index_of(name))
            .collect::<Result<_, _>>()?;
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        builder = builder.with_projection(mask);
    }
    let rows = builder.metadata().file_metadata().num_rows() as usize;
    let selection = match &wanted.rows {
        Rows::All => return Ok(builder),
        Rows::Range(range) => vec![range.start as usize..range.end as usize],
        Rows::Scattered(rows) => rows
            .iter()
            .map(|&row| row as usize..row as usize + 1)
            .collect(),
    };
    let selection = RowSelection::from_consecutive_ranges(selection.into_iter(), rows);
    Ok(builder.with_row_selection(selection))
}
