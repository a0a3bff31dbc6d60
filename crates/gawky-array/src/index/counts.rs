//! Counts and offsets made of one another.

use super::{lists, reach};
use crate::node::as_rows;
use crate::{Index, Problem};

impl Index {
    /// These numbers, taken for offsets, as counts: how many elements there are from each to the next. They are `i64`,
    /// one fewer than offsets, and lie where the offsets lie.
    ///
    /// ```
    /// use gawky_array::Index;
    /// let counts = Index::from(vec![2_u32, 5, 5, 6]).to_counts()?;
    /// assert_eq!(counts, Index::from(vec![3_i64, 0, 1]));
    /// assert_eq!(counts.to_offsets()?, Index::from(vec![0_i64, 3, 3, 4]));
    /// # Ok::<(), gawky_array::Problem>(())
    /// ```
    ///
    /// # Errors
    /// [`Problem::NegativeOffset`] and [`Problem::OffsetsDecrease`] for what are no offsets;
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where they are on a device that computes nothing by itself.
    pub fn to_counts(&self) -> Result<Self, Problem> {
        reach::of_offsets(self, true)?;
        Ok(lists::counts_between(self)?)
    }

    /// These numbers, taken for counts, as offsets of lists that lie one after the other from 0 on. They are `i64`, one
    /// more than counts, and lie where the counts lie.
    ///
    /// # Errors
    /// [`Problem::NegativeCount`] for the first count below 0; [`BufferError::OutOfMemory`](gawky_buffer::BufferError)
    /// when they are more than `i64` holds; [`BufferError::NotOnHost`](gawky_buffer::BufferError) where they are on a device that computes
    /// nothing by itself.
    pub fn to_offsets(&self) -> Result<Self, Problem> {
        Ok(self.offsets_of_counts()?.0)
    }

    /// The offsets of lists of these counts, and the last of them.
    pub(crate) fn offsets_of_counts(&self) -> Result<(Self, usize), Problem> {
        match reach::first_outside(self, 0, usize::MAX)? {
            None => lists::offsets(&self.widened()?),
            Some((_, 0..)) => Err(lists::more_than_counted().into()),
            Some((at, count)) => Err(Problem::NegativeCount {
                at: as_rows(at),
                count,
            }),
        }
    }
}
