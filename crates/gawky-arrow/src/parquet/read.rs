//! [`Reader`]: the arrays of a Parquet file.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow_schema::{DataType, FieldRef, Schema};
use gawky_array::Array;
use gawky_form::{Columns, Form, FormKeyFormat};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{ChunkReader, Length};

use crate::guard::guarded;
use crate::{ArrowError, ArrowProblem, FromArrow, FromBatches};

/// How many bytes of a row group an array has at most, by what its rows take on average.
const BATCH_BYTES: usize = 32 << 20;

/// How many rows an array has at most, as dictionaries and runs may take few bytes for many of them.
const BATCH_ROWS: usize = 1 << 17;

/// A Parquet file, of which nothing but the footer has been read yet.
///
/// The input is any of the crate `parquet`'s: a [`File`](std::fs::File), or [`Bytes`](bytes::Bytes).
pub struct Reader<R> {
    input: Shared<R>,
    metadata: ArrowReaderMetadata,
    options: FromArrow,
    mask: ProjectionMask,
    row_groups: Range<usize>,
    batch_rows: usize,
    batch_bytes: usize,
}

impl<R: ChunkReader + 'static> Reader<R> {
    /// Reads the footer.
    ///
    /// # Errors
    /// [`ArrowProblem::Parquet`] where this is no Parquet file, or one that cannot be read.
    pub fn new(input: R) -> Result<Self, ArrowError> {
        let input = Shared(Arc::new(input));
        let metadata = guarded(|| {
            let metadata = ArrowReaderMetadata::load(&input, ArrowReaderOptions::new());
            Ok(metadata.map_err(ArrowProblem::Parquet)?)
        })?;
        Ok(Self {
            input,
            row_groups: 0..metadata.metadata().num_row_groups(),
            metadata,
            options: FromArrow::new(),
            mask: ProjectionMask::all(),
            batch_rows: BATCH_ROWS,
            batch_bytes: BATCH_BYTES,
        })
    }

    /// How Arrow's types become arrays.
    #[must_use]
    pub fn options(mut self, options: &FromArrow) -> Self {
        self.options = options.clone();
        self
    }

    /// Only these columns, by the patterns of [`Form::select`]; the others are not read.
    ///
    /// # Errors
    /// [`ArrowProblem::Form`] where a pattern leads to no column.
    pub fn columns(mut self, columns: impl Columns) -> Result<Self, ArrowError> {
        self.mask = ProjectionMask::all();
        // Nodes are known by their keys, as selecting may number the slots of tuples anew.
        let form = self.form()?.with_form_keys(&FormKeyFormat::default(), 0)?;
        let mut selected = HashSet::new();
        add_keys(&form.select(columns)?, &mut selected);
        let mut leaves = Vec::new();
        add_leaves_of_columns(self.metadata.schema(), &form, &mut leaves);
        let leaves = leaves.iter().enumerate();
        let wanted =
            leaves.filter(|(_, node)| node.form_key().is_some_and(|key| selected.contains(key)));
        let wanted = wanted.map(|(leaf, _)| leaf);
        self.mask = ProjectionMask::leaves(self.metadata.parquet_schema(), wanted);
        Ok(self)
    }

    /// Only these row groups.
    ///
    /// # Errors
    /// [`ArrowProblem::Parquet`] where there are not so many.
    pub fn row_groups(mut self, row_groups: Range<usize>) -> Result<Self, ArrowError> {
        let count = self.count_row_groups();
        if row_groups.start > row_groups.end || row_groups.end > count {
            let error =
                format!("row groups {row_groups:?} were asked for, of which there are {count}");
            return Err(ArrowProblem::Parquet(ParquetError::General(error)).into());
        }
        self.row_groups = row_groups;
        Ok(self)
    }

    /// How large arrays are at most: row groups of more rows, or of more bytes without compression, come in several.
    #[must_use]
    pub fn batches_of(mut self, rows: usize, bytes: usize) -> Self {
        (self.batch_rows, self.batch_bytes) = (rows.max(1), bytes.max(1));
        self
    }

    /// How many row groups the file has.
    #[must_use]
    pub fn count_row_groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    /// How many rows the file has.
    #[must_use]
    pub fn count_rows(&self) -> u64 {
        u64::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// The form of all arrays: what may be missing has a bitmask.
    ///
    /// # Errors
    /// [`ArrowProblem::Unsupported`] where arrays have no counterpart for a type.
    pub fn form(&self) -> Result<Form, ArrowError> {
        Ok(self.empty()?.form())
    }

    /// An array of no rows, of that form.
    ///
    /// # Errors
    /// As for [`form`](Self::form).
    pub fn empty(&self) -> Result<Array, ArrowError> {
        guarded(|| {
            let builder = self.builder().with_row_groups(Vec::new());
            let reader = builder.build().map_err(ArrowProblem::Parquet)?;
            self.arrays_of(&reader)?.empty()
        })
    }

    /// The arrays, one after the other: none of more than a row group. One is in memory at a time.
    #[must_use]
    pub fn arrays(&self) -> Arrays<R> {
        Arrays {
            reader: self.clone(),
            row_groups: self.row_groups.clone(),
            current: None,
            is_over: false,
        }
    }

    fn builder(&self) -> ParquetRecordBatchReaderBuilder<Shared<R>> {
        let (input, metadata) = (self.input.clone(), self.metadata.clone());
        ParquetRecordBatchReaderBuilder::new_with_metadata(input, metadata)
            .with_projection(self.mask.clone())
    }

    fn arrays_of(&self, reader: &ParquetRecordBatchReader) -> Result<FromBatches, ArrowError> {
        use arrow_array::RecordBatchReader;
        // The reader's own schema lacks the metadata.
        let metadata = self.metadata.schema().metadata().clone();
        let schema = Schema::new_with_metadata(reader.schema().fields().clone(), metadata);
        FromBatches::new(&schema, &self.options)
    }

    fn row_group(
        &self,
        number: usize,
    ) -> Result<(ParquetRecordBatchReader, FromBatches), ArrowError> {
        let rows = self.rows_of_batches(self.metadata.metadata().row_group(number));
        let builder = self
            .builder()
            .with_row_groups(vec![number])
            .with_batch_size(rows);
        let reader = builder.build().map_err(ArrowProblem::Parquet)?;
        let arrays = self.arrays_of(&reader)?;
        Ok((reader, arrays))
    }

    /// So many rows at a time that they are neither too many nor of too many bytes.
    fn rows_of_batches(&self, group: &RowGroupMetaData) -> usize {
        let positive = |number: i64| usize::try_from(number).unwrap_or(0).max(1);
        let rows = positive(group.num_rows());
        let columns = group.columns().iter().enumerate();
        let read = columns.filter(|(leaf, _)| self.mask.leaf_included(*leaf));
        let bytes = read.fold(0_usize, |sum, (_, column)| {
            sum.saturating_add(positive(column.uncompressed_size()))
        });
        let row = bytes.div_ceil(rows).max(1);
        (self.batch_bytes / row).clamp(1, self.batch_rows).min(rows)
    }
}

/// Shares the input.
impl<R> Clone for Reader<R> {
    fn clone(&self) -> Self {
        Self {
            input: self.input.clone(),
            metadata: self.metadata.clone(),
            options: self.options.clone(),
            mask: self.mask.clone(),
            row_groups: self.row_groups.clone(),
            ..*self
        }
    }
}

impl<R> fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("schema", self.metadata.schema())
            .field("row_groups", &self.row_groups)
            .finish_non_exhaustive()
    }
}

/// Adds the form keys of all nodes.
fn add_keys(form: &Form, keys: &mut HashSet<String>) {
    keys.extend(form.form_key().map(str::to_owned));
    form.children()
        .iter()
        .for_each(|child| add_keys(child, keys));
}

/// Adds the node of each of Parquet's columns, `form` being that of arrays of `schema`.
fn add_leaves_of_columns<'f>(schema: &Schema, form: &'f Form, leaves: &mut Vec<&'f Form>) {
    match &**schema.fields() {
        [field] if field.name().is_empty() => add_leaves(field.data_type(), form, leaves),
        fields => add_leaves_of_fields(fields, form, leaves),
    }
}

fn add_leaves_of_fields<'f>(fields: &[FieldRef], form: &'f Form, leaves: &mut Vec<&'f Form>) {
    for (field, content) in fields.iter().zip(beneath_options(form).children()) {
        add_leaves(field.data_type(), content, leaves);
    }
}

fn add_leaves<'f>(data_type: &DataType, form: &'f Form, leaves: &mut Vec<&'f Form>) {
    let form = beneath_options(form);
    match (data_type, form.children()) {
        (DataType::Struct(fields), _) => add_leaves_of_fields(fields, form, leaves),
        (
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _)
            | DataType::Map(item, _),
            [content],
        ) => add_leaves(item.data_type(), content, leaves),
        _ => leaves.push(form),
    }
}

fn beneath_options(mut form: &Form) -> &Form {
    while let (true, [content]) = (form.is_option(), form.children()) {
        form = content;
    }
    form
}

/// The arrays of a Parquet file.
pub struct Arrays<R> {
    reader: Reader<R>,
    row_groups: Range<usize>,
    current: Option<(ParquetRecordBatchReader, FromBatches)>,
    is_over: bool,
}

impl<R: ChunkReader + 'static> Arrays<R> {
    fn following(&mut self) -> Result<Option<Array>, ArrowError> {
        loop {
            if let Some((reader, arrays)) = &mut self.current {
                match reader.next() {
                    Some(batch) => {
                        let array = arrays.array(&batch.map_err(ArrowProblem::Arrow)?)?;
                        return Ok(Some(array));
                    }
                    None => self.current = None,
                }
            }
            match self.row_groups.next() {
                Some(number) => self.current = Some(self.reader.row_group(number)?),
                None => return Ok(None),
            }
        }
    }
}

/// Nothing follows an error.
impl<R: ChunkReader + 'static> Iterator for Arrays<R> {
    type Item = Result<Array, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let next = guarded(|| self.following()).transpose();
        self.is_over = !matches!(next, Some(Ok(_)));
        next
    }
}

impl<R> fmt::Debug for Arrays<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrays")
            .field("row_groups", &self.row_groups)
            .finish_non_exhaustive()
    }
}

/// One input for the readers of all row groups.
struct Shared<R>(Arc<R>);

impl<R> Clone for Shared<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R: Length> Length for Shared<R> {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl<R: ChunkReader> ChunkReader for Shared<R> {
    type T = R::T;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        self.0.get_read(start)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<bytes::Bytes, ParquetError> {
        self.0.get_bytes(start, length)
    }
}
