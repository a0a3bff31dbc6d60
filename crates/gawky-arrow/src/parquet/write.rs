//! [`Writer`]: a Parquet file that is written an array at a time.

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use gawky_array::Array;
use gawky_form::Form;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression as Codec, GzipLevel, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::lacks;
use crate::{ArrowError, ArrowProblem, ToArrow, ToBatches};

/// How pages are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    None,
    /// By Snappy: fast, and read by everybody.
    Snappy,
    /// By raw LZ4: fast.
    Lz4,
    /// By gzip.
    Gzip,
    /// By Zstandard, as `ak.to_parquet` does by default.
    #[default]
    Zstd,
}

impl Compression {
    fn codec(self) -> Codec {
        match self {
            Self::None => Codec::UNCOMPRESSED,
            Self::Snappy => Codec::SNAPPY,
            Self::Lz4 => Codec::LZ4_RAW,
            Self::Gzip => Codec::GZIP(GzipLevel::default()),
            Self::Zstd => Codec::ZSTD(ZstdLevel::default()),
        }
    }
}

/// Writes a Parquet file, an array at a time: each becomes a row group.
///
/// Parquet has no unions, and no records without fields: they are errors, of the node where they are.
pub struct Writer<W: Write + Send> {
    inner: ArrowWriter<W>,
    batches: ToBatches,
}

impl<W: Write + Send> Writer<W> {
    /// Arrays of `form`, to be written to `output` by the defaults.
    ///
    /// # Errors
    /// [`ArrowProblem::NoCounterpart`] where Arrow has no type for a node, [`ArrowProblem::NotInParquet`] where Parquet has none,
    /// and those of the output.
    pub fn new(output: W, form: &Form) -> Result<Self, ArrowError> {
        Self::with_options(output, form, &ToArrow::new(), Compression::default())
    }

    /// As [`new`](Self::new), otherwise than by the defaults.
    ///
    /// Categories are written as such if they are strings or bytestrings and none is missing: others do not come back as
    /// categories, or not at all in Python. Times in seconds are written in milliseconds, as Parquet has none in seconds.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn with_options(
        output: W,
        form: &Form,
        options: &ToArrow,
        compression: Compression,
    ) -> Result<Self, ArrowError> {
        let options = options.clone().for_parquet(true);
        let form = &lacks::in_milliseconds(form);
        // By the fields' metadata tuples are told from records.
        lacks::refuse(&options.clone().extensionarray(true).schema(form)?)?;
        let batches = ToBatches::metadata_in_schema(form, &options)?;
        let schema = batches.schema();
        // Not all readers look for the metadata in Arrow's schema.
        let metadata = schema.metadata().iter();
        let metadata = metadata.map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        let properties = WriterProperties::builder()
            .set_compression(compression.codec())
            .set_max_row_group_row_count(None)
            .set_key_value_metadata(Some(metadata.collect()))
            .build();
        let inner = ArrowWriter::try_new(output, Arc::clone(schema), Some(properties));
        Ok(Self {
            inner: inner.map_err(ArrowProblem::Parquet)?,
            batches,
        })
    }

    /// Writes an array as one row group.
    ///
    /// # Errors
    /// As for [`ToBatches::batch`], [`ArrowProblem::Parquet`], and those of the output.
    pub fn write(&mut self, array: &Array) -> Result<(), ArrowError> {
        let batch = self.batches.batch(array)?;
        let written = self.inner.write(&batch).and_then(|()| self.inner.flush());
        Ok(written.map_err(ArrowProblem::Parquet)?)
    }

    /// Writes the footer, and hands the output back. What is not finished is no Parquet file.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(self) -> Result<W, ArrowError> {
        let finished = if self.inner.flushed_row_groups().is_empty() {
            finish_empty(self.inner)
        } else {
            self.inner.into_inner()
        };
        Ok(finished.map_err(ArrowProblem::Parquet)?)
    }
}

/// Writes a row group of no rows, as Awkward does not read files without any.
fn finish_empty<W: Write + Send>(writer: ArrowWriter<W>) -> Result<W, ParquetError> {
    let (mut writer, groups) = writer.into_serialized_writer()?;
    let mut group = writer.next_row_group()?;
    for column in groups.create_column_writers(0)? {
        column.close()?.append_to_row_group(&mut group)?;
    }
    group.close()?;
    writer.into_inner()
}

impl<W: Write + Send> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("schema", self.batches.schema())
            .finish_non_exhaustive()
    }
}
