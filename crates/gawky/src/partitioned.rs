//! [`Partitioned`]: arrays that share a form, one after the other.

use std::ops::Range;

use gawky_array::{Array, ArrayError};
use gawky_form::{EmptyForm, Form};

use crate::Error;

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
        let lengths = partitions.iter().map(rows_of);
        total(lengths)?;
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

/// How many rows partitions have together, which must be a number that an array could have.
fn total(lengths: impl Iterator<Item = u64>) -> Result<u64, ArrayError> {
    let mut total = 0_u64;
    for length in lengths {
        total = total
            .checked_add(length)
            .filter(|total| i64::try_from(*total).is_ok())
            .ok_or(ArrayError::TooManyRows {
                before: total,
                length,
            })?;
    }
    Ok(total)
}

/// One partition to be read: which of them it is, its length, and which of its rows; `None` for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) position: usize,
    pub(crate) length: u64,
    pub(crate) rows: Option<Range<u64>>,
}

/// The partitions that `rows` of all of them touch, in order; every one where `rows` is `None`.
pub(crate) fn parts(lengths: &[u64], rows: Option<&Range<u64>>) -> Result<Vec<Part>, ArrayError> {
    let length = total(lengths.iter().copied())?;
    if let Some(rows) = rows
        && (rows.start > rows.end || rows.end > length)
    {
        return Err(ArrayError::OutOfRange {
            start: rows.start,
            end: rows.end,
            length,
        });
    }
    let mut parts = Vec::new();
    let mut begin = 0_u64;
    for (position, &length) in lengths.iter().enumerate() {
        let end = begin.saturating_add(length);
        let own = rows
            .map(|rows| rows.start.clamp(begin, end) - begin..rows.end.clamp(begin, end) - begin);
        // An empty partition between others is read too: its rows are all there.
        if rows.is_none_or(|rows| !rows.is_empty() && begin < rows.end && rows.start < end) {
            parts.push(Part {
                position,
                length,
                rows: own,
            });
        }
        begin = end;
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touched(rows: Range<u64>) -> Vec<(usize, Range<u64>)> {
        parts(&[3, 0, 2], Some(&rows))
            .unwrap_or_default()
            .into_iter()
            .filter_map(|part| Some((part.position, part.rows?)))
            .collect()
    }

    #[test]
    fn rows_touch_the_partitions_that_they_lie_in() {
        assert_eq!(touched(0..5), [(0, 0..3), (1, 0..0), (2, 0..2)]);
        assert_eq!(touched(2..4), [(0, 2..3), (1, 0..0), (2, 0..1)]);
        assert_eq!(touched(3..4), [(2, 0..1)]);
        assert_eq!(touched(2..2), []);
    }

    #[test]
    fn all_of_them_are_read_where_no_rows_are_asked() {
        let all = parts(&[3, 0, 2], None).unwrap_or_default();
        let positions: Vec<_> = all
            .iter()
            .map(|part| (part.position, part.length))
            .collect();
        assert_eq!(positions, [(0, 3), (1, 0), (2, 2)]);
    }

    #[test]
    fn rows_past_the_end_are_refused() {
        for rows in [4..6, Range { start: 2, end: 1 }] {
            assert!(matches!(
                parts(&[3, 0, 2], Some(&rows)),
                Err(ArrayError::OutOfRange { length: 5, .. })
            ));
        }
        for rows in [None, Some(0..1)] {
            assert!(matches!(
                parts(&[1 << 62, 1 << 62], rows.as_ref()),
                Err(ArrayError::TooManyRows { .. })
            ));
        }
    }
}
