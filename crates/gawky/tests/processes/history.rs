//! What a writer does, one thing after the other, and what must be there in between: each follows from how much has been done.

use std::time::Duration;

use gawky::dataset::Vacuum;
use gawky::prelude::*;

use super::events;

/// The partitions after so many changes: which events each has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State(Vec<Vec<i64>>);

/// How many changes there are before they come again.
const CYCLE: i64 = 8;

impl State {
    /// After `done` changes.
    pub(crate) fn after(done: i64) -> Self {
        let begun = done - done % CYCLE;
        let mut state = Self(Vec::new());
        if begun > 0 {
            state.0.push(vec![10 * (begun - 1)]);
        }
        for change in begun..done {
            state.change(change);
        }
        state
    }

    fn change(&mut self, number: i64) {
        let partitions = &mut self.0;
        let first = 10 * number;
        match number % CYCLE {
            0 | 3 | 5 => partitions.push(vec![first]),
            1 => partitions.extend([vec![first], vec![first + 1]]),
            2 => partitions.extend([vec![first], vec![first + 1], vec![first + 2]]),
            4 => *partitions = vec![partitions.concat()],
            6 => drop(partitions.remove(0)),
            _ => *partitions = vec![vec![first]],
        }
    }

    /// Whether a dataset has just these partitions, value by value.
    pub(crate) fn is_that_of(&self, dataset: &Dataset) -> bool {
        let lengths: Vec<u64> = self
            .0
            .iter()
            .map(|events| 3 * events.len() as u64)
            .collect();
        lengths == dataset.lengths()
            && self.0.iter().enumerate().all(|(position, which)| {
                let arrays: Vec<Array> = which.iter().map(|which| events(*which)).collect();
                let expected = Array::concatenate(&arrays).unwrap();
                let found = dataset.read_partition(position).unwrap();
                found.equal_values(&expected, false).unwrap()
            })
    }
}

/// Does the change number `number`, and a vacuum before some of them.
pub(crate) fn change(dataset: &mut Dataset, number: i64) -> Result<(), Error> {
    if number % 3 == 0 {
        // Nobody else is alive.
        dataset.vacuum(Vacuum::keep(3).older_than(Duration::ZERO))?;
    }
    let first = 10 * number;
    match number % CYCLE {
        0 | 3 | 5 => dataset.append(&events(first)).map(drop),
        1 => {
            let both = [events(first), events(first + 1)];
            dataset.append_all(&both).map(drop)
        }
        2 => {
            let mut writer = dataset.writer()?.rows_per_partition(3);
            for which in first..first + 3 {
                writer.append(&events(which))?;
            }
            writer.finish().map(drop)
        }
        4 => dataset.compact(u64::MAX).map(drop),
        6 => dataset.delete_partitions([0]),
        _ => dataset.overwrite([&events(first)]).map(drop),
    }
}
