//! [`Writer`]: one text of many arrays.

use std::fmt;
use std::io::Write;

use super::write::{Frame, Output};
use super::{JsonError, ToJson};
use crate::{Array, ArrayError};

/// How rows are put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// As the elements of one list, each on a line of its own.
    List,
    /// As [JSON lines](https://jsonlines.org): each on a line of its own.
    #[default]
    Lines,
}

impl Layout {
    const fn frame(self) -> Frame {
        match self {
            Self::List => Frame {
                first: "[",
                next: ",\n",
                behind: "",
                last: "]\n",
            },
            Self::Lines => Frame {
                first: "",
                next: "",
                behind: "\n",
                last: "",
            },
        }
    }
}

/// Writes arrays one after the other, as if they were one, which need not fit in memory.
///
/// ```
/// use gawky_array::json::{Layout, Writer};
/// use gawky_array::{Array, NumpyArray};
///
/// let mut writer = Writer::new(Vec::new(), Layout::List);
/// for numbers in [vec![1, 2], vec![], vec![3]] {
///     writer.write(&Array::from(NumpyArray::from_vec(numbers)))?;
/// }
/// assert_eq!(writer.rows(), 3);
/// assert_eq!(writer.finish()?, b"[1,\n2,\n3]\n");
/// # Ok::<(), gawky_array::json::JsonError>(())
/// ```
///
/// The arrays may be of different types. After an error the text ends in the midst of a row.
pub struct Writer<W> {
    rows: Output<W>,
    layout: Layout,
}

impl<W: Write> Writer<W> {
    /// Arrays, to be written to `output` by the defaults of [`ToJson`].
    pub fn new(output: W, layout: Layout) -> Self {
        Self::with_options(output, layout, &ToJson::new())
    }

    /// The same, otherwise than by the defaults.
    pub fn with_options(output: W, layout: Layout, options: &ToJson) -> Self {
        Self {
            rows: Output::new(options, layout.frame(), output),
            layout,
        }
    }

    /// Writes all rows of an array. They have gone to the output when this returns; of arrays with few rows a
    /// [`BufWriter`](std::io::BufWriter) makes larger pieces.
    ///
    /// # Errors
    /// As for [`ToJson::write`]; rows are counted through all arrays.
    pub fn write(&mut self, array: &Array) -> Result<(), JsonError> {
        array.require_host().map_err(ArrayError::from)?;
        self.rows.add(array)
    }

    /// How many rows have been written.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows.len()
    }

    /// Writes what comes behind the rows, and answers with the output, which is not flushed.
    ///
    /// # Errors
    /// [`JsonError::Write`] from the output.
    pub fn finish(mut self) -> Result<W, JsonError> {
        self.rows.end()?;
        Ok(self.rows.writer)
    }
}

impl<W> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("layout", &self.layout)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}
