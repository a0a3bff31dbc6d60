//! [`Partitions`]: arrays that lie in a container, one after the other.

use std::ops::Range;
use std::sync::Arc;

use gawky_array::{ArrayError, Outlining, ReadOptions, Reading, Validating};
use gawky_buffer::Place;
use gawky_form::{Form, KeyFormat};

use crate::Error;
use crate::partitioned::partition_number;
use crate::upward::Upward;

/// Blobs of at most so many bytes are fetched whole with the first step, where their sizes are known: 16 KiB. They cost
/// about as much as a part of them, and what they say is known a step earlier.
pub(crate) const SMALL_BLOB: u64 = 16 * 1024;

/// Arrays of one form that lie in a container, one after the other: how many rows each has, and what its blobs are
/// called.
#[derive(Clone, Debug)]
pub(crate) struct Partitions {
    /// How many rows there are up to the end of each.
    ends: Arc<[u64]>,
    numbers: Numbers,
    keys: KeyFormat,
    options: ReadOptions,
}

/// The numbers that partitions have in the keys of their blobs.
#[derive(Clone, Debug)]
pub(crate) enum Numbers {
    /// This one, and so on.
    From(u64),
    /// These; as many as there are partitions.
    These(Arc<[u64]>),
}

/// One partition to be read: which of them it is, its length, and which of its rows; `None` for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) position: usize,
    pub(crate) length: u64,
    pub(crate) rows: Option<Range<u64>>,
}

/// Rows of one partition that need not lie next to each other, in ascending order.
#[derive(Debug)]
pub(crate) struct Scattered {
    position: usize,
    length: u64,
    rows: Vec<Range<u64>>,
}

impl Partitions {
    /// Partitions of these lengths.
    pub(crate) fn try_new(
        lengths: &[u64],
        numbers: Numbers,
        keys: KeyFormat,
        options: ReadOptions,
    ) -> Result<Self, Error> {
        if lengths.len() > 1 && !keys.has_partition() {
            return Err(Error::PartitionsShareKeys {
                template: keys.as_template().unwrap_or_default().to_owned(),
            });
        }
        if let Numbers::From(start) = numbers
            && let Some(last) = lengths.len().checked_sub(1)
        {
            partition_number(start, last, lengths.len())?;
        }
        Ok(Self {
            ends: ends(lengths)?.into(),
            numbers,
            keys,
            options,
        })
    }

    /// Partitions of which everything that [`try_new`](Self::try_new) checks is known.
    pub(crate) fn proved(
        lengths: &[u64],
        numbers: Numbers,
        keys: KeyFormat,
        options: ReadOptions,
    ) -> Self {
        let mut end = 0_u64;
        let ends = lengths.iter().map(|length| {
            end = end.saturating_add(*length);
            end
        });
        Self {
            ends: ends.collect(),
            numbers,
            keys,
            options,
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    /// How many rows they have together.
    pub(crate) fn rows(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The rows of the partition at `position`, counted from the first row of all.
    pub(crate) fn rows_of(&self, position: usize) -> Option<Range<u64>> {
        let end = *self.ends.get(position)?;
        let before = position.checked_sub(1);
        let begin = before.and_then(|before| self.ends.get(before).copied());
        Some(begin.unwrap_or(0)..end)
    }

    /// The position of the partition that has this row.
    pub(crate) fn position_of(&self, row: u64) -> usize {
        self.ends.partition_point(|end| *end <= row)
    }

    /// The number of the partition at `position`.
    pub(crate) fn number(&self, position: usize) -> u64 {
        match &self.numbers {
            // The sum has been checked for the last of them.
            Numbers::From(start) => {
                u64::try_from(position).map_or(u64::MAX, |position| start.saturating_add(position))
            }
            Numbers::These(numbers) => numbers.get(position).copied().unwrap_or(u64::MAX),
        }
    }

    pub(crate) fn keys(&self) -> &KeyFormat {
        &self.keys
    }

    /// Every partition, whole.
    pub(crate) fn all(&self) -> impl Iterator<Item = Part> {
        (0..self.count()).filter_map(|position| {
            let rows = self.rows_of(position)?;
            Some(Part {
                position,
                length: rows.end - rows.start,
                rows: None,
            })
        })
    }

    /// The partitions that `rows` of all of them touch, in order, those without rows between them included.
    pub(crate) fn touched(
        &self,
        rows: Range<u64>,
    ) -> Result<impl Iterator<Item = Part>, ArrayError> {
        if rows.start > rows.end || rows.end > self.rows() {
            return Err(ArrayError::OutOfRange {
                start: rows.start,
                end: rows.end,
                length: self.rows(),
            });
        }
        let positions = match rows.is_empty() {
            true => 0..0,
            false => self.position_of(rows.start)..self.position_of(rows.end - 1) + 1,
        };
        Ok(positions.filter_map(move |position| {
            let Range { start, end } = self.rows_of(position)?;
            Some(Part {
                position,
                length: end - start,
                rows: Some(
                    rows.start.clamp(start, end) - start..rows.end.clamp(start, end) - start,
                ),
            })
        }))
    }

    /// The partitions that hold any of these rows of all of them, which are in ascending order.
    pub(crate) fn holding(&self, runs: &[Range<u64>]) -> Result<Vec<Scattered>, ArrayError> {
        let mut held: Vec<Scattered> = Vec::new();
        for run in runs {
            for part in self.touched(run.clone())? {
                // Partitions without rows have no part in it.
                let Some(rows) = part.rows.filter(|rows| !rows.is_empty()) else {
                    continue;
                };
                match held.last_mut() {
                    Some(last) if last.position == part.position => last.rows.push(rows),
                    _ => held.push(Scattered {
                        position: part.position,
                        length: part.length,
                        rows: vec![rows],
                    }),
                }
            }
        }
        Ok(held)
    }

    /// What of reading these goes up to `place` meanwhile.
    pub(crate) fn upward(&self, place: &Place) -> Option<Upward> {
        Upward::to(place, &self.options)
    }

    /// How the partition at `position` is to be read.
    fn options_of(&self, position: usize) -> ReadOptions {
        let mut options = self.options.clone();
        options.partition = self.keys.has_partition().then(|| self.number(position));
        options
    }

    /// The reading of one partition.
    ///
    /// `known_size` is what the container knows about sizes without asking: small blobs are fetched whole with the
    /// first step.
    pub(crate) fn reading<'f>(
        &self,
        form: &'f Form,
        part: &Part,
        known_size: impl Fn(&str) -> Option<u64>,
    ) -> Result<Reading<'f>, ArrayError> {
        let (keys, options) = (&self.keys, self.options_of(part.position));
        match &part.rows {
            None => Reading::whole(form, part.length, keys, options),
            Some(rows) => {
                let mut reading = Reading::rows(form, part.length, rows.clone(), keys, options)?;
                reading.fetch_small(SMALL_BLOB, known_size)?;
                Ok(reading)
            }
        }
    }

    /// The reading of rows that need not lie next to each other.
    pub(crate) fn scattered<'f>(
        &self,
        form: &'f Form,
        part: Scattered,
        known_size: impl Fn(&str) -> Option<u64>,
    ) -> Result<Reading<'f>, ArrayError> {
        let options = self.options_of(part.position);
        let mut reading = Reading::scattered(form, part.length, part.rows, &self.keys, options)?;
        reading.fetch_small(SMALL_BLOB, known_size)?;
        Ok(reading)
    }

    /// The check of one partition, whole.
    pub(crate) fn validating<'f>(
        &self,
        form: &'f Form,
        part: &Part,
    ) -> Result<Validating<'f>, ArrayError> {
        let options = self.options_of(part.position);
        Validating::new(form, part.length, &self.keys, options)
    }

    /// The outline of reading some rows of one partition.
    pub(crate) fn outlining<'f>(
        &self,
        form: &'f Form,
        part: &Part,
        known_size: impl Fn(&str) -> Option<u64>,
    ) -> Result<Outlining<'f>, ArrayError> {
        let rows = part.rows.clone().unwrap_or(0..part.length);
        let options = self.options_of(part.position);
        let mut outlining = Outlining::rows(form, part.length, rows, &self.keys, options)?;
        outlining.fetch_small(SMALL_BLOB, known_size)?;
        Ok(outlining)
    }
}

/// Where partitions of these lengths end; they must have together as many rows as an array could have.
pub(crate) fn ends(lengths: &[u64]) -> Result<Vec<u64>, ArrayError> {
    let mut total = 0_u64;
    lengths
        .iter()
        .map(|&length| {
            total = total
                .checked_add(length)
                .filter(|total| i64::try_from(*total).is_ok())
                .ok_or(ArrayError::TooManyRows {
                    before: total,
                    length,
                })?;
            Ok(total)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

    use super::*;

    fn partitions(lengths: &[u64]) -> Result<Partitions, Error> {
        let keys = KeyFormat::partitioned();
        Partitions::try_new(lengths, Numbers::From(0), keys, ReadOptions::default())
    }

    fn touched(rows: Range<u64>) -> Vec<(usize, Range<u64>)> {
        partitions(&[3, 0, 2])
            .unwrap()
            .touched(rows)
            .unwrap()
            .filter_map(|part| Some((part.position, part.rows?)))
            .collect()
    }

    #[test]
    fn rows_touch_the_partitions_that_they_lie_in() {
        assert_eq!(touched(0..5), [(0, 0..3), (1, 0..0), (2, 0..2)]);
        assert_eq!(touched(2..4), [(0, 2..3), (1, 0..0), (2, 0..1)]);
        assert_eq!(touched(3..4), [(2, 0..1)]);
        assert_eq!(touched(2..2), []);
        assert_eq!(touched(5..5), []);
    }

    #[test]
    fn all_of_them_are_read_where_no_rows_are_asked() {
        let partitions = partitions(&[3, 0, 2]).unwrap();
        let all: Vec<_> = partitions
            .all()
            .map(|part| (part.position, part.length, part.rows))
            .collect();
        assert_eq!(all, [(0, 3, None), (1, 0, None), (2, 2, None)]);
    }

    #[test]
    fn rows_past_the_end_are_refused() {
        let partitions = partitions(&[3, 0, 2]).unwrap();
        for rows in [4..6, Range { start: 2, end: 1 }] {
            assert!(matches!(
                partitions.touched(rows).err(),
                Some(ArrayError::OutOfRange { length: 5, .. })
            ));
        }
    }

    #[test]
    fn too_many_rows_or_numbers_are_refused() {
        assert!(matches!(
            partitions(&[1 << 62, 1 << 62]),
            Err(Error::Array(ArrayError::TooManyRows { .. }))
        ));
        let keys = KeyFormat::partitioned();
        let numbers = Numbers::From(u64::MAX);
        assert!(matches!(
            Partitions::try_new(&[1, 1], numbers, keys, ReadOptions::default()),
            Err(Error::PartitionNumber { .. })
        ));
    }

    #[test]
    fn numbers_may_be_given_one_by_one() {
        let numbers = Numbers::These(Arc::from([7, 2]));
        let keys = KeyFormat::partitioned();
        let partitions =
            Partitions::try_new(&[1, 1], numbers, keys, ReadOptions::default()).unwrap();
        assert_eq!((partitions.number(0), partitions.number(1)), (7, 2));
    }
}
