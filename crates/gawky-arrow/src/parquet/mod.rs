//! Parquet files as sequences of arrays, a row group or a part of one at a time.
//!
//! | type | what it is |
//! |---|---|
//! | [`Reader`] | what a file says of itself, and its arrays, of chosen columns and row groups |
//! | [`Writer`] | a file that is written an array at a time, each a row group |
//!
//! Awkward's metadata is in the schema, as `ak.to_parquet` writes it and `ak.from_parquet` reads it. Compressed pages are
//! read and written by Snappy, Zstandard, LZ4 and gzip.
//!
//! ```
//! use bytes::Bytes;
//! use gawky_array::{Array, NumpyArray, RecordArray};
//! use gawky_arrow::parquet::{Reader, Writer};
//!
//! let x = Array::from(NumpyArray::from_vec(vec![1.5, 2.5, 3.5]));
//! let y = Array::from(NumpyArray::from_vec(vec![10_i64, 20, 30]));
//! let points = Array::from(RecordArray::from_fields([("x", x), ("y", y)]));
//!
//! let mut writer = Writer::new(Vec::new(), &points.form())?;
//! writer.write(&points.slice(0..2)?)?;
//! writer.write(&points.slice(2..3)?)?;
//! let file = Bytes::from(writer.finish()?);
//!
//! let reader = Reader::new(file)?.columns("y")?;
//! assert_eq!(reader.form()?.type_().to_string(), "{y: int64}");
//! let lengths = reader.arrays().map(|array| Ok(array?.len()));
//! assert_eq!(lengths.collect::<Result<Vec<_>, gawky_arrow::ArrowError>>()?, [2, 1]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod lacks;
mod read;
mod write;

pub use read::{Arrays, Reader};
pub use write::{Compression, Writer};
