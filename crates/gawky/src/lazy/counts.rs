//! The lengths of lists, without what is in them.

use gawky_array::Array;
use gawky_store::{AsyncContainer, Container};

use super::LazyArray;
use crate::Error;

impl<C: Clone> LazyArray<C> {
    /// The lists at a path, without what is in them; and their axis.
    fn lengths_only(&self, path: &str) -> Result<(Self, usize), Error> {
        let names = match path.is_empty() {
            true => self.field.to_vec(),
            false => self.names_to(path)?,
        };
        let (form, field, axis) = self.selected.select_lengths(&names)?;
        Ok((self.showing(form, field)?, axis))
    }
}

impl<C: Container + Clone> LazyArray<C> {
    /// How many elements each list at `path` has, or this array's own lists where `path` is empty: Awkward's
    /// `ak.num`. Only offsets are read, and what says which of them: nothing of what is in the lists.
    ///
    /// Lists in lists give the lengths of the innermost, within the outer ones. What is missing stays missing.
    ///
    /// ```
    /// use gawky::prelude::*;
    /// # let pt = Array::from(NumpyArray::from_vec(vec![50.2_f32, 22.0, 7.5]));
    /// # let muons = Array::from(ListOffsetArray::try_new(vec![0_i64, 2, 2, 3].into(), pt, Parameters::none())?);
    /// # let events = Array::from(RecordArray::from_fields([("muon", muons)]));
    /// # let memory = MemoryContainer::new();
    /// # let (form, length) = gawky::to_buffers(&events, &memory)?;
    /// let lazy = LazyArray::new(&form, length, &memory)?;
    /// assert_eq!(lazy.counts("muon")?.to_string(), "<Array [2, 0, 1] type='3 * int64'>");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`FormError::NoColumn`](gawky_form::FormError::NoColumn) and
    /// [`FormError::NoLists`](gawky_form::FormError::NoLists); as for [`read`](Self::read).
    pub fn counts(&self, path: &str) -> Result<Array, Error> {
        let (lists, axis) = self.lengths_only(path)?;
        Ok(lists.read()?.num(axis)?)
    }
}

impl<C: AsyncContainer + Clone> LazyArray<C> {
    /// [`counts`](Self::counts), without blocking.
    ///
    /// # Errors
    /// As there.
    pub async fn counts_async(&self, path: &str) -> Result<Array, Error> {
        let (lists, axis) = self.lengths_only(path)?;
        Ok(lists.read_async().await?.num(axis)?)
    }
}
