//! [`Writer`]: a Parquet file that is written an array at a time.

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use arrow_schema::{DataType, Schema};
use gawky_array::Array;
use gawky_form::Form;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression as Codec, GzipLevel, ZstdLevel};
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
    /// Categories that are neither numbers nor text are written as what they pick, as Parquet has no dictionaries of others.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn with_options(
        output: W,
        form: &Form,
        options: &ToArrow,
        compression: Compression,
    ) -> Result<Self, ArrowError> {
        // By the fields' metadata tuples are told from records.
        lacks::refuse(&options.clone().extensionarray(true).schema(form)?)?;
        let mut batches = ToBatches::native(form, options)?;
        if has_nested_categories(batches.schema()) {
            let plain = options.clone().categorical_as_dictionary(false);
            batches = ToBatches::native(form, &plain)?;
        }
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
        Ok(self.inner.into_inner().map_err(ArrowProblem::Parquet)?)
    }
}

impl<W: Write + Send> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("schema", self.batches.schema())
            .finish_non_exhaustive()
    }
}

/// Whether there are dictionaries of anything but numbers and text.
fn has_nested_categories(schema: &Schema) -> bool {
    fn is_of(data_type: &DataType) -> bool {
        match data_type {
            DataType::Dictionary(_, value) => value.is_nested() || **value == DataType::Boolean,
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                is_of(item.data_type())
            }
            DataType::Struct(fields) => fields.iter().any(|field| is_of(field.data_type())),
            _ => false,
        }
    }
    schema.fields().iter().any(|field| is_of(field.data_type()))
}
