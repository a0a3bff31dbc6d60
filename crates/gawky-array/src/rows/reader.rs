//! [`RowReader`]: rows of an array as Rust values.

use std::ops::Range;

use serde::Deserialize;

use super::source::Source;
use super::{RowsError, deserialize};
use crate::node::as_rows;
use crate::{Array, ArrayError};

/// Rows of an array as Rust values, one by one: its buffers are looked up once, for all rows.
///
/// ```
/// use gawky_array::Array;
///
/// let array = Array::from_rows([(1, "a"), (2, "bc"), (3, "d")])?;
/// let reader = array.row_reader()?;
/// assert_eq!(reader.row::<(i64, &str)>(1)?, (2, "bc"));
/// let numbers: Result<Vec<(u8, String)>, _> = reader.rows(1..3).collect();
/// assert_eq!(numbers?, [(2, "bc".to_owned()), (3, "d".to_owned())]);
/// # Ok::<(), gawky_array::rows::RowsError>(())
/// ```
#[derive(Debug)]
pub struct RowReader<'a> {
    source: Source<'a>,
    length: usize,
}

impl<'a> RowReader<'a> {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// One row.
    ///
    /// # Errors
    /// [`RowsError`] where the row is not of the type, which says where in it; [`RowsProblem::Array`](super::RowsProblem::Array) past the end.
    pub fn row<T: Deserialize<'a>>(&self, row: usize) -> Result<T, RowsError> {
        if row >= self.length {
            return Err(ArrayError::OutOfRange {
                start: as_rows(row),
                end: as_rows(row).saturating_add(1),
                length: as_rows(self.length),
            }
            .into());
        }
        deserialize::row(&self.source, row).map_err(|error: RowsError| error.in_row(as_rows(row)))
    }

    /// Some rows, one after the other.
    ///
    /// # Errors
    /// Each item may be one, as of [`row`](Self::row); those past the end are.
    pub fn rows<T: Deserialize<'a>>(
        &self,
        rows: Range<usize>,
    ) -> impl ExactSizeIterator<Item = Result<T, RowsError>> {
        rows.map(|row| self.row(row))
    }
}

impl Array {
    /// The rows as Rust values; strings and bytestrings can be borrowed.
    ///
    /// # Errors
    /// [`RowsError`] where a row is not of the type, which says which, and where in it;
    /// [`RowsProblem::Array`](crate::rows::RowsProblem::Array) where bytes are on a device.
    pub fn to_rows<'a, T: Deserialize<'a>>(&'a self) -> Result<Vec<T>, RowsError> {
        let reader = self.row_reader()?;
        // As many as may be had without a thought: rows of nothing are as many as they like.
        let room = self.len().min((1 << 20) / size_of::<T>().max(1));
        let mut rows = Vec::with_capacity(room);
        for row in reader.rows(0..self.len()) {
            rows.push(row?);
        }
        Ok(rows)
    }

    /// The rows as Rust values, one after the other.
    ///
    /// ```
    /// use gawky_array::Array;
    /// let array = Array::from_rows(["a", "bc"])?;
    /// for text in array.rows_as::<&str>()? {
    ///     println!("{}", text?);
    /// }
    /// # Ok::<(), gawky_array::rows::RowsError>(())
    /// ```
    ///
    /// # Errors
    /// [`RowsProblem::Array`](crate::rows::RowsProblem::Array) where bytes are on a device; each row as for [`to_rows`](Self::to_rows).
    pub fn rows_as<'a, T: Deserialize<'a>>(
        &'a self,
    ) -> Result<impl Iterator<Item = Result<T, RowsError>>, RowsError> {
        let reader = self.row_reader()?;
        Ok((0..self.len()).map(move |row| reader.row(row)))
    }

    /// A reader of rows as Rust values, for one row here and another there.
    ///
    /// # Errors
    /// [`RowsProblem::Array`](crate::rows::RowsProblem::Array) where bytes are on a device.
    pub fn row_reader(&self) -> Result<RowReader<'_>, RowsError> {
        self.require_host().map_err(ArrayError::from)?;
        Ok(RowReader {
            source: Source::new(self)?,
            length: self.len(),
        })
    }
}
