//! A full check of what is stored.

use gawky_array::ArrayError;
use gawky_store::{AsyncContainer, Container};

use super::LazyArray;
use crate::partitions::Part;
use crate::validate::{Looking, Validation, look, look_async};

impl<C> LazyArray<C> {
    /// The partitions that are looked at, whole: those that its rows lie in, and all where it has all rows.
    pub(crate) fn parts_to_validate(&self) -> Vec<Part> {
        if self.rows == (0..self.partitions.rows()) {
            return self.partitions.all().collect();
        }
        // The rows are within those of the partitions, as everything that sets them has checked.
        let touched = self.partitions.touched(self.rows.clone()).ok();
        let whole = |part| Part { rows: None, ..part };
        touched.into_iter().flatten().map(whole).collect()
    }

    /// The number by which the blobs of a partition are called.
    pub(crate) fn id_of(&self, part: &Part) -> Option<u64> {
        let has_number = self.partitions.keys().has_partition();
        has_number.then(|| self.partitions.number(part.position))
    }

    pub(crate) fn looking(&self, part: &Part) -> Result<Looking<'_>, ArrayError> {
        let validating = self.partitions.validating(&self.selected, part)?;
        let partition = u64::try_from(part.position).unwrap_or(u64::MAX);
        Ok(Looking::new(validating, partition, self.id_of(part)))
    }
}

impl<C: Container> LazyArray<C> {
    /// Checks everything that is stored of it: every blob of the columns that it shows, in every partition that its rows lie
    /// in, whole. It does not end with the first that is wrong; [`Validation`] has them all.
    ///
    /// Blobs must be there, long enough, and structure (offsets, index, tags) in order, as for [`read`](Self::read);
    /// data is proved only where the container proves it by checksums, as that of a [`Dataset`](crate::Dataset) can.
    /// Strings must be UTF-8, although neither reading nor Awkward asks that of them: of what is stored, whether a row
    /// reaches it or not. What lies below a node that is damaged is not told of, unless by the container, as nobody knows
    /// which of it there should be.
    ///
    /// A few columns of one partition are in memory at a time.
    ///
    /// ```
    /// use gawky::prelude::*;
    /// # let numbers = |from: i64, to: i64| Array::from(NumpyArray::from_vec((from..to).collect::<Vec<i64>>()));
    /// # let partitioned = Partitioned::try_new(vec![numbers(0, 3), numbers(3, 5)])?;
    /// let memory = MemoryContainer::new();
    /// let (form, lengths) = gawky::to_buffers(&partitioned, &memory)?;
    /// let lazy = LazyArray::new(&form, lengths, &memory)?;
    /// assert!(lazy.validate().is_clean());
    ///
    /// memory.insert("part1-node0-data", vec![3_i64].into())?;
    /// assert_eq!(
    ///     lazy.validate().to_string(),
    ///     "partition 1, \"part1-node0-data\": needs 16 bytes, but has 8: the blob was cut short or belongs to another \
    ///      form or length\n",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn validate(&self) -> Validation {
        let mut all = Validation::default();
        for one in self.validations() {
            all += one;
        }
        all
    }

    /// [`validate`](Self::validate), partition by partition, so that it can be told how far it is. Each is looked at
    /// when it is asked for.
    pub fn validations(&self) -> impl ExactSizeIterator<Item = Validation> + use<'_, C> {
        let parts = self.parts_to_validate().into_iter();
        parts.map(|part| self.validation_of(&part))
    }

    fn validation_of(&self, part: &Part) -> Validation {
        match self.looking(part) {
            Ok(looking) => look(looking, &self.container),
            Err(error) => Validation::failed(part.position, error),
        }
    }
}

impl<C: AsyncContainer> LazyArray<C> {
    /// [`validate`](Self::validate), without blocking.
    pub async fn validate_async(&self) -> Validation {
        let mut all = Validation::default();
        for part in self.parts_to_validate() {
            all += match self.looking(&part) {
                Ok(looking) => look_async(looking, &self.container).await,
                Err(error) => Validation::failed(part.position, error),
            };
        }
        all
    }
}
