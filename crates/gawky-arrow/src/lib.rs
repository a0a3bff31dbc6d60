//! Arrays to and from Apache Arrow, without a copy where the layouts agree.
//!
//! | item | what it is |
//! |---|---|
//! | [`to_arrow`], [`from_arrow`] | one array, with the defaults |
//! | [`to_record_batch`], [`from_record_batch`] | records as the columns of a batch, with the defaults |
//! | [`ToArrow`], [`FromArrow`] | the same with options, whose names are those of Python's `ak.to_arrow` and `ak.from_arrow`; and of a form the field or the schema, and back |
//! | [`ToBatches`], [`FromBatches`] | arrays of one form as batches of one schema, and back: for what is written or read piece by piece |
//! | `ipc` | Arrow's files and streams, with the feature of that name |
//! | `parquet` | Parquet files, with the feature of that name |
//! | `ffi` | the C Data Interface, with the feature of that name |
//! | [`ArrowError`] | what can go wrong, and at which node |
//!
//! Parameters, tuples, names of records and classes of options travel in Awkward's own metadata of Arrow fields, so that
//! Python's `ak.from_arrow`, `ak.from_feather` and their like read the same type, and what they wrote is read here.
//! Which type becomes which, and what is copied when, is a table in the repository's `docs/arrow.md`.
//!
//! ```
//! use gawky_array::{Array, NumpyArray, RecordArray};
//!
//! let numbers = NumpyArray::from_vec(vec![1.5, 2.5, 3.5]);
//! let address = numbers.data().address();
//! let points = Array::from(RecordArray::from_fields([("x", Array::from(numbers))]));
//!
//! let batch = gawky_arrow::to_record_batch(&points)?;
//! assert_eq!(batch.num_rows(), 3);
//! let again = gawky_arrow::from_record_batch(&batch)?;
//! assert_eq!(again, points);
//!
//! // Nothing was copied on the way.
//! let Array::Numpy(numbers) = again.field("x")? else { unreachable!() };
//! assert_eq!(numbers.data().address(), address);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod batches;
mod error;
mod extension;
#[cfg(feature = "ffi")]
pub mod ffi;
mod from_arrow;
mod guard;
#[cfg(feature = "ipc")]
pub mod ipc;
mod layers;
mod made_up;
#[cfg(feature = "parquet")]
pub mod parquet;
mod row_size;
mod schema_metadata;
mod to_arrow;

use arrow_array::{ArrayRef, RecordBatch};
use gawky_array::Array;

pub use arrow_array;
pub use arrow_schema;
pub use batches::{FromBatches, ToBatches};
pub use error::{ArrowError, ArrowProblem};
pub use from_arrow::{Decimals, FromArrow};
pub use to_arrow::ToArrow;

/// An array as an Arrow array, as [`ToArrow::array`] by default.
///
/// # Errors
/// As for [`ToArrow::array`].
pub fn to_arrow(array: &Array) -> Result<ArrayRef, ArrowError> {
    ToArrow::new().array(array)
}

/// An array as a record batch, as [`ToArrow::record_batch`] by default.
///
/// # Errors
/// As for [`ToArrow::array`].
pub fn to_record_batch(array: &Array) -> Result<RecordBatch, ArrowError> {
    ToArrow::new().record_batch(array)
}

/// An Arrow array as an array, as [`FromArrow::array`] by default.
///
/// # Errors
/// As for [`FromArrow::array`].
pub fn from_arrow(array: &dyn arrow_array::Array) -> Result<Array, ArrowError> {
    FromArrow::new().array(array)
}

/// A record batch as an array, as [`FromArrow::record_batch`] by default.
///
/// # Errors
/// As for [`FromArrow::column`].
pub fn from_record_batch(batch: &RecordBatch) -> Result<Array, ArrowError> {
    FromArrow::new().record_batch(batch)
}
