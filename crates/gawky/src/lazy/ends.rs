//! Reading the first and the last rows, to look at them.

use gawky_array::{Array, Show};
use gawky_store::{AsyncContainer, Container};

use super::LazyArray;
use crate::Error;

/// The first and the last rows of an array. Made by [`LazyArray::ends`].
#[derive(Clone, Debug)]
pub struct Ends {
    array: Array,
    /// How many of them are the first.
    front: u64,
    /// How many rows are between them.
    between: u64,
}

impl Ends {
    /// The rows that were read, the first before the last.
    #[must_use]
    pub fn array(&self) -> &Array {
        &self.array
    }

    /// The whole array as text, with `...` for what was not read; see [`Array::show`].
    pub fn show(&self) -> Show<'_> {
        match self.between {
            0 => self.array.show(),
            between => self.array.show().not_read(self.front, between),
        }
    }
}

impl<C> LazyArray<C> {
    /// The positions of so many rows at both ends, of which there is one more at the front if their number is odd.
    fn ends_of(&self, rows: u64) -> (Vec<u64>, u64) {
        let rows = rows.min(self.len());
        let front = rows.div_ceil(2);
        let back = self.len() - (rows - front)..self.len();
        ((0..front).chain(back).collect(), front)
    }

    fn as_ends(&self, array: Array, front: u64) -> Ends {
        let read = u64::try_from(array.len()).unwrap_or(u64::MAX);
        Ends {
            array,
            front,
            between: self.len().saturating_sub(read),
        }
    }
}

impl<C: Container> LazyArray<C> {
    /// Reads the first and the last rows, so many together, to look at them.
    ///
    /// ```
    /// use gawky::prelude::*;
    /// # let numbers = Array::from(NumpyArray::from_vec((0..1000).collect::<Vec<i64>>()));
    /// # let memory = MemoryContainer::new();
    /// # let (form, length) = gawky::to_buffers(&numbers, &memory)?;
    /// let lazy = LazyArray::new(&form, length, &memory)?; // 1,000 numbers
    /// let shown = lazy.ends(4)?.show().limit_rows(4).with_type(true).to_string();
    /// assert_eq!(shown, "type: 1000 * int64\n[0,\n 1,\n ...,\n 999]");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`take`](Self::take).
    pub fn ends(&self, rows: u64) -> Result<Ends, Error> {
        let (positions, front) = self.ends_of(rows);
        Ok(self.as_ends(self.take(&positions)?, front))
    }
}

impl<C: AsyncContainer> LazyArray<C> {
    /// [`ends`](Self::ends), without blocking.
    ///
    /// # Errors
    /// As there.
    pub async fn ends_async(&self, rows: u64) -> Result<Ends, Error> {
        let (positions, front) = self.ends_of(rows);
        Ok(self.as_ends(self.take_async(&positions).await?, front))
    }
}
