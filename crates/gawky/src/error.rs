//! What can go wrong with the verbs.

use gawky_array::json::JsonError;
use gawky_array::rows::RowsError;
use gawky_array::{ArrayError, Location};
use gawky_buffer::BufferError;
use gawky_form::FormError;
use gawky_store::StoreError;

use crate::dataset::DatasetFault;

/// What can go wrong with the verbs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something about the array: its message names partition, node and key.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// Something about a form, a type or a key format.
    #[error(transparent)]
    Form(#[from] FormError),
    /// Something about Rust values that are, or come from, rows: its message names row and field.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// Something about JSON: its message names line, column and field.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Something about Arrow or Parquet: its message names the column.
    #[cfg(feature = "arrow")]
    #[error(transparent)]
    Arrow(#[from] gawky_arrow::ArrowError),
    /// Something about a CUDA device.
    #[cfg(feature = "cuda")]
    #[error(transparent)]
    Cuda(#[from] gawky_cuda::CudaError),
    /// Something about the container: its message names the key and, on reading, partition and node.
    #[error("{}{source}", location.as_ref().map(|location| format!("{location}: ")).unwrap_or_default())]
    Store {
        /// Where in the array the bytes belong, when they were being read for one.
        location: Option<Box<Location>>,
        /// What the container said.
        #[source]
        source: Box<StoreError>,
    },
    /// Something about bytes that belongs to no array.
    #[error(transparent)]
    Buffer(#[from] BufferError),
    /// A file that holds no array, though it can be read.
    #[error("{key:?} holds no array: {problem}")]
    NoArray {
        /// The key of the file.
        key: String,
        /// What is wrong or missing, and what to do.
        problem: String,
    },
    /// Something about a dataset.
    #[error("{key:?}: {fault}")]
    Dataset {
        /// The file that it is about, mostly the manifest.
        key: String,
        /// What is wrong.
        #[source]
        fault: Box<DatasetFault>,
    },
    /// A partition of a dataset that could not be written.
    #[error("partition {partition} of what is to be written: {source}")]
    Partition {
        /// Which of those that are to be written, from 0.
        partition: u64,
        /// What befell it.
        #[source]
        source: Box<Error>,
    },
    /// A place that cannot be opened.
    #[cfg(feature = "remote")]
    #[error(transparent)]
    Open(#[from] gawky_object_store::OpenError),
    /// A key format without `{partition}`, for several partitions.
    #[error(
        "the key format {template:?} would give every partition the same keys: \
         put {{partition}} into it"
    )]
    PartitionsShareKeys {
        /// The template.
        template: String,
    },
    /// Partition numbers that pass the greatest that there is.
    #[error("partition numbers from {start} on do not suffice for {count} partitions")]
    PartitionNumber {
        /// The number of the first partition.
        start: u64,
        /// How many partitions there are.
        count: usize,
    },
}

impl From<StoreError> for Error {
    fn from(source: StoreError) -> Self {
        Self::Store {
            location: None,
            source: Box::new(source),
        }
    }
}
