//! How many bytes the rows of an array reach.

use std::ops::Range;

use crate::{Array, ArrayError, Problem};

impl Array {
    /// How many bytes of the buffers belong to what the rows of this array reach: about as many as it would have
    /// packed, which is what a partition of these rows takes to keep.
    ///
    /// No byte of data is looked at: offsets are looked at where they begin and end, so that it takes as long as there
    /// are nodes; only for starts and stops, indexes and unions the numbers of the rows are gone through, and from
    /// the first element to the last that they pick all count. Categories count whole.
    /// [`nbytes`](Self::nbytes) counts what is held.
    ///
    /// ```
    /// use gawky_array::{Array, ListOffsetArray, NumpyArray};
    /// use gawky_form::Parameters;
    /// let content = Array::from(NumpyArray::from_vec((0..1000).collect::<Vec<i64>>()));
    /// let lists = ListOffsetArray::try_new(vec![0_i64, 10, 1000].into(), content, Parameters::none())?;
    /// let first = Array::from(lists).slice(0..1)?;
    /// assert_eq!(first.reached_nbytes()?, 2 * 8 + 10 * 8);
    /// assert_eq!(first.nbytes(), 2 * 8 + 1000 * 8);
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where structure is on a device.
    pub fn reached_nbytes(&self) -> Result<usize, ArrayError> {
        self.reached(0..self.len())
            .map_err(|problem| ArrayError::of_node(self.class(), None, problem))
    }

    /// The bytes that `rows` reach, which are within the array.
    fn reached(&self, rows: Range<usize>) -> Result<usize, Problem> {
        let len = rows.len();
        let all = |each: usize| len.saturating_mul(each);
        let (own, content) = match self {
            Self::Empty(_) => return Ok(0),
            Self::Numpy(array) => return Ok(all(array.row_bytes())),
            Self::Record(array) => return sum(&array.contents, |_| rows.clone()),
            Self::Union(array) => {
                let picked = array.slice(rows)?;
                let extents = picked.extents()?;
                let own = picked.tags.len() + picked.index.buffer().len();
                let below = sum(&array.contents, |tag| {
                    extents.get(tag).cloned().unwrap_or(0..0)
                })?;
                return Ok(own.saturating_add(below));
            }
            Self::Regular(array) => {
                let scale = |row: usize| row.saturating_mul(array.size);
                (0, scale(rows.start)..scale(rows.end))
            }
            Self::List(array) => {
                let lists = array.slice(rows)?;
                let own = lists.starts.buffer().len() + lists.stops.buffer().len();
                (own, lists.extent()?)
            }
            Self::ListOffset(array) => {
                let lists = array.slice(rows)?;
                (lists.offsets.buffer().len(), lists.extent()?)
            }
            Self::Indexed(array) => {
                let picked = array.slice(rows)?;
                let extent = if array.is_categorical() {
                    0..array.content.len()
                } else {
                    picked.extent()?
                };
                (picked.index.buffer().len(), extent)
            }
            Self::IndexedOption(array) => {
                let picked = array.slice(rows)?;
                let extent = if array.is_categorical() {
                    0..array.content.len()
                } else {
                    picked.extent()?
                };
                (picked.index.buffer().len(), extent)
            }
            Self::ByteMasked(_) => (len, rows),
            Self::BitMasked(_) => (len.div_ceil(8), rows),
            Self::Unmasked(_) => (0, rows),
        };
        let below = sum(self.children(), |_| content.clone())?;
        Ok(own.saturating_add(below))
    }
}

/// The bytes that the rows `of` each content reach, together.
fn sum(contents: &[Array], of: impl Fn(usize) -> Range<usize>) -> Result<usize, Problem> {
    let mut total = 0_usize;
    for (position, content) in contents.iter().enumerate() {
        total = total.saturating_add(content.reached(of(position))?);
    }
    Ok(total)
}
