//! Lists made of what they hold and how many elements each has.

use std::sync::Arc;

use gawky_form::Parameters;

use crate::node::{ListOffsetArray, as_rows, together};
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
    /// elements than there are rows; [`BufferError::TwoPlaces`](gawky_buffer::BufferError) where array and counts lie at
    /// two places, and [`BufferError::NotOnHost`](gawky_buffer::BufferError) where counts are on a device that computes
    /// nothing by itself.
    pub fn unflatten(&self, counts: &Index) -> Result<Self, ArrayError> {
        let offsets = counts.offsets_of_counts().and_then(|(offsets, counted)| {
            together(&[counts.buffer()], std::slice::from_ref(self))?;
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
