//! [`Runs`]: rows that need not lie next to each other.

use std::ops::Range;
use std::slice;
use std::sync::Arc;

/// The rows of a node that are read: ranges in ascending order, with rows between them that are not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    /// Rows next to each other, as most reading has them.
    One(Range<u64>),
    /// None of these is empty.
    Many(Arc<[Range<u64>]>),
}

impl From<Range<u64>> for Runs {
    fn from(rows: Range<u64>) -> Self {
        Self::One(rows)
    }
}

impl Runs {
    /// The rows that are in any of these.
    pub(crate) fn merged(ranges: impl IntoIterator<Item = Range<u64>>) -> Self {
        let mut sorted: Vec<_> = ranges
            .into_iter()
            .filter(|range| !range.is_empty())
            .collect();
        sorted.sort_unstable_by_key(|range| range.start);
        let mut runs: Vec<Range<u64>> = Vec::with_capacity(sorted.len());
        for range in sorted {
            match runs.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => runs.push(range),
            }
        }
        match runs.as_slice() {
            [] => Self::One(0..0),
            [one] => Self::One(one.clone()),
            _ => Self::Many(runs.into()),
        }
    }

    /// The only one; `None` where there are several.
    #[inline]
    pub(crate) fn as_one(&self) -> Option<&Range<u64>> {
        match self {
            Self::One(rows) => Some(rows),
            Self::Many(_) => None,
        }
    }

    /// From the first to the last.
    pub(crate) fn extent(&self) -> Range<u64> {
        match self {
            Self::One(rows) => rows.clone(),
            Self::Many(runs) => {
                let start = runs.first().map_or(0, |run| run.start);
                start..runs.last().map_or(start, |run| run.end)
            }
        }
    }

    pub(crate) fn as_slice(&self) -> &[Range<u64>] {
        match self {
            Self::One(rows) => slice::from_ref(rows),
            Self::Many(runs) => runs,
        }
    }

    /// How many rows they have together.
    #[inline]
    pub(crate) fn rows(&self) -> u64 {
        match self {
            Self::One(rows) => rows.end.saturating_sub(rows.start),
            // They do not overlap.
            Self::Many(runs) => runs.iter().map(|run| run.end - run.start).sum(),
        }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.as_one().is_some_and(Range::is_empty)
    }
}

/// Where each of `rows` lies once only the rows in `runs` are left, one run after the other: how many of those come before it.
///
/// Runs are in ascending order and do not touch, as [`Reading::scattered`](crate::Reading::scattered) reads them. The end of a run is
/// where the next begins; rows in none of them lie where the next run does.
///
/// ```
/// let runs = [3..5, 10..14];
/// assert_eq!(gawky_array::positions_among(&runs, [3, 4, 12, 14]), [0, 1, 4, 6]);
/// ```
pub fn positions_among(runs: &[Range<u64>], rows: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let mut end: u64 = 0;
    let begins: Vec<u64> = runs
        .iter()
        .map(|run| {
            let begin = end;
            end = end.saturating_add(run.end.saturating_sub(run.start));
            begin
        })
        .collect();
    let mut last = 0;
    let positions = rows.into_iter().map(|row| {
        // Mostly rows come in order, so it is the run of the row before, or the next.
        let holds = |at: usize| {
            let before = at.checked_sub(1).and_then(|at| runs.get(at));
            runs.get(at).is_some_and(|run| row <= run.end) && before.is_none_or(|run| run.end < row)
        };
        let near = [last, last + 1].into_iter().find(|at| holds(*at));
        let at = near.unwrap_or_else(|| runs.partition_point(|run| run.end < row));
        last = at;
        let run = runs.get(at).zip(begins.get(at));
        run.map_or(end, |(run, begin)| {
            begin.saturating_add(row.saturating_sub(run.start))
        })
    });
    positions.collect()
}
