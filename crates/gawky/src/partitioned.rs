//! [`Partitioned`]: arrays that share a form, one after the other.

use gawky_array::{Array, ArrayError};
use gawky_form::{EmptyForm, Form};

use crate::Error;
use crate::partitions::ends;

/// Arrays that share a form, one after the other: what Awkward 1 called a partitioned array.
///
/// ```
/// use gawky::prelude::*;
/// let first = Array::from(NumpyArray::from_vec(vec![1_i64, 2]));
/// let second = Array::from(NumpyArray::from_vec(vec![3_i64]));
/// let both = Partitioned::try_new(vec![first, second])?;
/// assert_eq!(both.lengths(), [2, 1]);
/// assert_eq!(both.concatenate()?.to_string(), "<Array [1, 2, 3] type='3 * int64'>");
/// # Ok::<(), gawky::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Partitioned {
    form: Form,
    partitions: Vec<Array>,
}

impl Partitioned {
    /// Partitions of one form; no partitions at all are of no known type.
    ///
    /// # Errors
    /// [`ArrayError::FormsDiffer`] when two forms differ, [`ArrayError::TooManyRows`] when there are more rows in
    /// all than any array can have.
    pub fn try_new(partitions: Vec<Array>) -> Result<Self, Error> {
        let form = partitions
            .first()
            .map_or_else(|| EmptyForm::default().into(), Array::form);
        for partition in &partitions {
            let own = partition.form();
            if own != form {
                return Err(ArrayError::FormsDiffer {
                    first: Box::new(form),
                    second: Box::new(own),
                }
                .into());
            }
        }
        let lengths: Vec<u64> = partitions.iter().map(rows_of).collect();
        ends(&lengths)?;
        Ok(Self { form, partitions })
    }

    /// Partitions that were read by one form; where there are none, `none` is what is read of no rows.
    pub(crate) fn read_as(none: Option<&Array>, partitions: Vec<Array>) -> Self {
        let form = partitions
            .first()
            .or(none)
            .map_or_else(|| EmptyForm::default().into(), Array::form);
        Self { form, partitions }
    }

    /// The form that all partitions share, without form keys.
    #[must_use]
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// How many rows there are in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.partitions.iter().map(Array::len).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.partitions.iter().all(Array::is_empty)
    }

    /// How many rows each partition has.
    #[must_use]
    pub fn lengths(&self) -> Vec<u64> {
        self.partitions.iter().map(rows_of).collect()
    }

    /// The partitions, in order.
    #[must_use]
    pub fn partitions(&self) -> &[Array] {
        &self.partitions
    }

    /// The partitions, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Array> {
        self.partitions.iter()
    }

    /// All rows as one array; with no partitions at all, an empty array of this form.
    ///
    /// # Errors
    /// As for [`Array::concatenate`].
    pub fn concatenate(&self) -> Result<Array, Error> {
        if self.partitions.is_empty() {
            return Ok(Array::empty(&self.form)?);
        }
        Ok(Array::concatenate(&self.partitions)?)
    }
}

impl<'a> IntoIterator for &'a Partitioned {
    type Item = &'a Array;
    type IntoIter = std::slice::Iter<'a, Array>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The number of the partition at `position` of `count`, counting from `start`.
pub(crate) fn partition_number(start: u64, position: usize, count: usize) -> Result<u64, Error> {
    u64::try_from(position)
        .ok()
        .and_then(|position| start.checked_add(position))
        .ok_or(Error::PartitionNumber { start, count })
}

fn rows_of(array: &Array) -> u64 {
    u64::try_from(array.len()).unwrap_or(u64::MAX)
}
