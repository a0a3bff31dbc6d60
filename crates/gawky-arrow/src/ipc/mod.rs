//! Arrow's own files and streams (IPC, Feather 2), as sequences of arrays: one for each record batch.
//!
//! | type | what it is |
//! |---|---|
//! | [`FileWriter`], [`FileReader`] | files, in which any batch can be found; what `ak.to_feather` writes |
//! | [`StreamWriter`], [`StreamReader`] | streams, read from the beginning to the end |
//!
//! One batch is in memory at a time. Batches are proved as they are read, as Arrow's reader proves them and the arrays
//! that are made of them are.
//!
//! ```
//! use std::io::Cursor;
//! use gawky_array::{Array, NumpyArray, RecordArray};
//! use gawky_arrow::ipc::{Compression, FileReader, FileWriter};
//! use gawky_arrow::{FromArrow, ToArrow};
//!
//! let x = Array::from(NumpyArray::from_vec(vec![1.5, 2.5, 3.5]));
//! let points = Array::from(RecordArray::from_fields([("x", x)]));
//!
//! let mut writer =
//!     FileWriter::new(Vec::new(), &points.form(), &ToArrow::new(), Compression::Zstd)?;
//! writer.write(&points.slice(0..2)?)?;
//! writer.write(&points.slice(2..3)?)?;
//! let file = writer.finish()?;
//!
//! let reader = FileReader::new(Cursor::new(file), &FromArrow::new())?;
//! let arrays = reader.collect::<Result<Vec<Array>, _>>()?;
//! assert_eq!(Array::concatenate(&arrays)?, points);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod watched;

use std::fmt;
use std::io::{Read, Seek, Write};

use arrow_array::RecordBatch;
use arrow_ipc::CompressionType;
use arrow_ipc::reader as ipc_reader;
use arrow_ipc::writer as ipc_writer;
use arrow_ipc::writer::IpcWriteOptions;
use arrow_schema::Schema;
use gawky_array::Array;
use gawky_form::Form;

use self::watched::{WatchedFile, WatchedStream};
use crate::guard::guarded;
use crate::{ArrowError, ArrowProblem, FromArrow, FromBatches, ToArrow, ToBatches};

/// How buffers are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all, so that a file can be mapped into memory as it is.
    #[default]
    None,
    /// By LZ4 frames: fast.
    Lz4,
    /// By Zstandard: small.
    Zstd,
}

impl Compression {
    fn options(self) -> Result<IpcWriteOptions, ArrowError> {
        let codec = match self {
            Self::None => None,
            Self::Lz4 => Some(CompressionType::LZ4_FRAME),
            Self::Zstd => Some(CompressionType::ZSTD),
        };
        Ok(IpcWriteOptions::default().try_with_compression(codec)?)
    }
}

/// The numbers of the columns of these names.
fn positions(schema: &Schema, columns: &[&str]) -> Result<Vec<usize>, ArrowError> {
    let columns = columns.iter();
    Ok(columns
        .map(|name| schema.index_of(name))
        .collect::<Result<_, _>>()?)
}

macro_rules! writer {
    ($(#[$doc:meta])* $writer:ident) => {
        $(#[$doc])*
        pub struct $writer<W: Write> {
            inner: ipc_writer::$writer<W>,
            batches: ToBatches,
        }

        impl<W: Write> $writer<W> {
            /// Arrays of `form`, to be written to `output`.
            ///
            /// # Errors
            /// [`ArrowProblem::NoCounterpart`] where Arrow has no type for a node, and those of the output.
            pub fn new(
                output: W,
                form: &Form,
                options: &ToArrow,
                compression: Compression,
            ) -> Result<Self, ArrowError> {
                let batches = ToBatches::new(form, options)?;
                let options = compression.options()?;
                Ok(Self {
                    inner: ipc_writer::$writer::try_new_with_options(
                        output,
                        batches.schema(),
                        options,
                    )?,
                    batches,
                })
            }

            /// Writes an array as one record batch.
            ///
            /// # Errors
            /// As for [`ToBatches::batch`], and those of the output.
            pub fn write(&mut self, array: &Array) -> Result<(), ArrowError> {
                Ok(self.inner.write(&self.batches.batch(array)?)?)
            }

            /// Writes what ends it, and hands the output back. What is not finished is not whole.
            ///
            /// # Errors
            /// Those of the output.
            pub fn finish(mut self) -> Result<W, ArrowError> {
                self.inner.finish()?;
                Ok(self.inner.into_inner()?)
            }
        }

        impl<W: Write> fmt::Debug for $writer<W> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($writer))
                    .field("schema", self.batches.schema())
                    .finish_non_exhaustive()
            }
        }
    };
}

writer! {
    /// Writes an Arrow file, an array at a time.
    ///
    /// All batches of a file have the same dictionary: where the categories of arrays differ, write them without
    /// (`ToArrow::categorical_as_dictionary(false)`), or as a stream.
    FileWriter
}

writer! {
    /// Writes an Arrow stream, an array at a time.
    StreamWriter
}

macro_rules! reader {
    ($(#[$doc:meta])* $reader:ident, $watched:ident: $($bound:ident),+) => {
        $(#[$doc])*
        pub struct $reader<R> {
            inner: ipc_reader::$reader<$watched<R>>,
            arrays: FromBatches,
            has_failed: bool,
        }

        impl<R: $($bound +)+> $reader<R> {
            /// Reads what describes the arrays.
            ///
            /// # Errors
            /// [`ArrowProblem::Arrow`] where it cannot be read.
            pub fn new(input: R, options: &FromArrow) -> Result<Self, ArrowError> {
                guarded(|| {
                    let input = $watched::new(input).map_err(arrow_schema::ArrowError::from)?;
                    Self::of(ipc_reader::$reader::try_new(input, None)?, options)
                })
            }

            fn of(
                inner: ipc_reader::$reader<$watched<R>>,
                options: &FromArrow,
            ) -> Result<Self, ArrowError> {
                Ok(Self {
                    arrays: FromBatches::new(&inner.schema(), options)?,
                    inner,
                    has_failed: false,
                })
            }

            /// The form of all arrays: what may be missing has a bitmask. Where Awkward's metadata says of a field that nothing is missing, and
            /// in some rows something is, an array of these rows is an option there all the same, as in Awkward.
            ///
            /// # Errors
            /// [`ArrowProblem::Unsupported`] where arrays have no counterpart for a type.
            pub fn form(&self) -> Result<Form, ArrowError> {
                self.arrays.form()
            }

            /// An array of no rows, of that form.
            ///
            /// # Errors
            /// As for [`form`](Self::form).
            pub fn empty(&self) -> Result<Array, ArrowError> {
                self.arrays.empty()
            }
        }

        /// An array for each record batch; nothing follows an error.
        impl<R: $($bound +)+> Iterator for $reader<R> {
            type Item = Result<Array, ArrowError>;

            fn next(&mut self) -> Option<Self::Item> {
                if self.has_failed {
                    return None;
                }
                let next = guarded(|| match self.inner.next() {
                    Some(batch) => made(&self.arrays, batch).map(Some),
                    None => Ok(None),
                });
                self.has_failed = next.is_err();
                next.transpose()
            }
        }

        impl<R> fmt::Debug for $reader<R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($reader))
                    .field("arrays", &self.arrays)
                    .finish_non_exhaustive()
            }
        }
    };
}

fn made(
    arrays: &FromBatches,
    batch: Result<RecordBatch, arrow_schema::ArrowError>,
) -> Result<Array, ArrowError> {
    arrays.array(&batch.map_err(ArrowProblem::Arrow)?)
}

reader! {
    /// The arrays of an Arrow file.
    FileReader, WatchedFile: Read, Seek
}

reader! {
    /// The arrays of an Arrow stream.
    StreamReader, WatchedStream: Read
}

impl<R: Read + Seek> FileReader<R> {
    /// As [`new`](Self::new), of the columns of these names only, in the order of the file.
    ///
    /// # Errors
    /// As for [`new`](Self::new), and where there is no column of a name.
    pub fn of_columns(input: R, columns: &[&str], options: &FromArrow) -> Result<Self, ArrowError> {
        guarded(|| {
            let mut input = WatchedFile::new(input).map_err(arrow_schema::ArrowError::from)?;
            let schema = ipc_reader::FileReader::try_new(&mut input, None)?.schema();
            let mut positions = positions(&schema, columns)?;
            positions.sort_unstable();
            positions.dedup();
            let inner = ipc_reader::FileReader::try_new(input, Some(positions))?;
            Self::of(inner, options)
        })
    }

    /// How many arrays there are.
    #[must_use]
    pub fn count_batches(&self) -> usize {
        self.inner.num_batches()
    }

    /// Goes on with the array number `batch`.
    ///
    /// # Errors
    /// [`ArrowProblem::Arrow`] where there are not so many. After an error of an array it changes nothing: nothing follows
    /// that.
    pub fn seek(&mut self, batch: usize) -> Result<(), ArrowError> {
        Ok(self.inner.set_index(batch)?)
    }
}
