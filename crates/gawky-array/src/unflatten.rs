//! Lists made of what they hold and how many elements each has, and counts and offsets of one another.

use std::sync::Arc;

use gawky_form::Parameters;

use crate::index::{lists, reach};
use crate::node::{ListOffsetArray, as_rows};
use crate::{Array, ArrayError, Index, Problem};

impl Array {
    /// The rows as lists, one after the other, of which `counts` says how many each has.
    ///
    /// It is Awkward's `ak.unflatten(array, counts)` (`operations/ak_unflatten.py`), and [`flatten`](Self::flatten) is
    /// its opposite. Array and counts are on the host, or both on one device.
    ///
    /// ```
    /// use gawky_array::{Array, Index, NumpyArray};
    /// let array = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3, 4]));
    /// let lists = array.unflatten(&Index::from(vec![1_u32, 0, 3]))?;
    /// assert_eq!(lists.to_string(), "<Array [[1], [], [2, 3, 4]] type='3 * var * int64'>");
    /// let error = array.unflatten(&Index::from(vec![1_u32, 2])).unwrap_err();
    /// assert!(error.to_string().ends_with("would have 3 elements together, but there are 4"), "{error}");
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`Problem::NegativeCount`] for the first count below 0, [`Problem::CountsDiffer`] when they make more or fewer
    /// elements than there are rows; [`BufferError::NotOnHost`](gawky_buffer::BufferError) where counts are on a device
    /// that computes nothing by itself.
    pub fn unflatten(&self, counts: &Index) -> Result<Self, ArrayError> {
        let offsets = from_counts(counts).and_then(|(offsets, counted)| {
            if counted == self.len() {
                return Ok(offsets);
            }
            Err(Problem::CountsDiffer {
                counted: as_rows(counted),
                length: as_rows(self.len()),
            })
        });
        Ok(ListOffsetArray {
            offsets: offsets
                .map_err(|problem| ArrayError::of_node("ListOffsetArray", None, problem))?,
            content: Arc::new(self.clone()),
            parameters: Parameters::none(),
        }
        .into())
    }
}

fn from_counts(counts: &Index) -> Result<(Index, usize), Problem> {
    match reach::first_outside(counts, 0, usize::MAX)? {
        None => lists::offsets(&counts.widened()?),
        Some((_, count @ 0..)) => Err(Problem::OutOfMemory {
            elements: count.unsigned_abs(),
        }),
        Some((at, count)) => Err(Problem::NegativeCount {
            at: as_rows(at),
            count,
        }),
    }
}

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
        reach::offsets(self, true)?;
        Ok(lists::counts_between(self)?)
    }

    /// These numbers, taken for counts, as offsets of lists that lie one after the other from 0 on. They are `i64`, one
    /// more than counts, and lie where the counts lie.
    ///
    /// # Errors
    /// [`Problem::NegativeCount`] for the first count below 0; [`Problem::OutOfMemory`] when they are more than any memory
    /// holds; [`BufferError::NotOnHost`](gawky_buffer::BufferError) where they are on a device that computes
    /// nothing by itself.
    pub fn to_offsets(&self) -> Result<Self, Problem> {
        Ok(from_counts(self)?.0)
    }
}
