//! Reading scattered rows.

use std::ops::Range;

use gawky_array::{Array, ArrayError, Reading, positions_among};
use gawky_store::{AsyncContainer, Container};

use super::LazyArray;
use crate::lockstep::Lockstep;
use crate::{Error, driver};

/// How many runs of rows are told apart; where there are more, those with the fewest rows between them are read as one.
const MAX_RUNS: usize = 4096;

impl<C> LazyArray<C> {
    fn taking(
        &self,
        rows: &[u64],
        known_size: impl Fn(&str) -> Option<u64>,
    ) -> Result<(Lockstep<Reading<'_>>, Vec<usize>), Error> {
        let length = self.len();
        if let Some(&row) = rows.iter().find(|row| **row >= length) {
            return Err(ArrayError::OutOfRange {
                start: row,
                end: row.saturating_add(1),
                length,
            }
            .into());
        }
        let absolute: Vec<u64> = rows.iter().map(|row| self.rows.start + row).collect();
        let runs = runs(&absolute, MAX_RUNS);
        let held = self.partitions.holding(&runs)?;
        let readings = held
            .into_iter()
            .map(|part| self.partitions.scattered(&self.selected, part, &known_size));
        let lockstep = Lockstep::new(readings.collect::<Result<_, _>>()?);
        let positions = positions_among(&runs, absolute);
        // They are positions in memory.
        let positions = positions.into_iter().filter_map(|row| row.try_into().ok());
        Ok((lockstep, positions.collect()))
    }

    fn taken(&self, arrays: Vec<Array>, positions: &[usize]) -> Result<Array, Error> {
        let read = self.joined(arrays)?;
        // What was read is what was asked for, unless rows are repeated, in another order, or were read because they lie between others.
        let in_order = positions.iter().copied().eq(0..read.len());
        self.placed(if in_order {
            read
        } else {
            read.take(positions)?
        })
    }
}

impl<C: Container> LazyArray<C> {
    /// Reads the rows at these positions, in this order; a row may be taken more than once. Every step is one
    /// fetch for all of them.
    ///
    /// What is at most 4 KiB apart in a blob is read together; where rows are in very many places, so are those that are close.
    /// Rows that are asked for in ascending order, each once, mostly come in the layout in which they are stored, others in the one that
    /// [`Array::take`] makes: the values are the same.
    ///
    /// ```
    /// use gawky::prelude::*;
    /// # let numbers = Array::from(NumpyArray::from_vec((0..1000).collect::<Vec<i64>>()));
    /// # let memory = MemoryContainer::new();
    /// # let (form, length) = gawky::to_buffers(&numbers, &memory)?;
    /// let lazy = LazyArray::new(&form, length, &memory)?;
    /// assert_eq!(lazy.take(&[999, 7, 8, 7])?.to_string(), "<Array [999, 7, 8, 7] type='4 * int64'>");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArrayError::OutOfRange`] when one is past the end; as for [`read`](Self::read).
    pub fn take(&self, rows: &[u64]) -> Result<Array, Error> {
        let (lockstep, positions) = self.taking(rows, |key| self.container.known_size(key))?;
        let (arrays, _) = driver::read(lockstep, &self.container)?;
        self.taken(arrays, &positions)
    }
}

impl<C: AsyncContainer> LazyArray<C> {
    /// [`take`](Self::take), without blocking.
    ///
    /// # Errors
    /// As there.
    pub async fn take_async(&self, rows: &[u64]) -> Result<Array, Error> {
        let (lockstep, positions) = self.taking(rows, |key| self.container.known_size(key))?;
        let (arrays, _) = driver::read_async(lockstep, &self.container).await?;
        self.taken(arrays, &positions)
    }
}

/// The runs of rows that hold these, in order, at most `max` of them.
fn runs(rows: &[u64], max: usize) -> Vec<Range<u64>> {
    let mut sorted = rows.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut gaps: Vec<u64> = sorted
        .iter()
        .zip(sorted.iter().skip(1))
        .map(|(row, next)| next - row - 1)
        .filter(|gap| *gap > 0)
        .collect();
    gaps.sort_unstable_by(|a, b| b.cmp(a));
    // Gaps of this many rows and fewer are read.
    let bridged = gaps.get(max.saturating_sub(1)).copied().unwrap_or(0);
    let mut runs: Vec<Range<u64>> = Vec::new();
    for row in sorted {
        match runs.last_mut() {
            Some(run) if row - run.end <= bridged => run.end = row + 1,
            _ => runs.push(row..row + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_next_to_each_other_are_one_run() {
        let rows = [9, 1, 2, 3, 9, 5];
        let all = runs(&rows, 100);
        assert_eq!(all, [1..4, 5..6, 9..10]);
        assert_eq!(positions_among(&all, rows), [4, 0, 1, 2, 4, 3]);
        assert_eq!(runs(&[], 100), []);
    }

    #[test]
    fn where_there_are_too_many_the_closest_are_joined() {
        let rows = [0, 10, 12, 100];
        assert_eq!(runs(&rows, 3), [0..1, 10..13, 100..101]);
        assert_eq!(runs(&rows, 1).as_slice(), std::slice::from_ref(&(0..101)));
        assert_eq!(positions_among(&runs(&rows, 3), rows), [0, 1, 3, 4]);
        let even: Vec<u64> = (0..100).map(|row| row * 2).collect();
        assert_eq!(runs(&even, 10).as_slice(), std::slice::from_ref(&(0..199)));
    }
}
