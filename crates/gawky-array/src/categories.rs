//! Categories: making them distinct, so that each is there once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::index::rows::Rows;
use crate::node::{as_rows, reserved};
use crate::take::Gather;
use crate::{Array, ArrayError, Problem};

/// Categories of which each is there once.
pub(crate) struct Distinct {
    /// The first of each, in the form of all.
    pub(crate) content: Array,
    /// Which of them each of all is.
    places: Vec<i64>,
}

impl Distinct {
    /// Of rows that are the same the first. The rows are of no union, whose numbers of two dtypes may look alike.
    pub(crate) fn of(all: &Array) -> Result<Self, Problem> {
        // Categories are few: what tells them apart is how they are written.
        let mut seen: HashMap<String, i64> = HashMap::new();
        let (mut kept, mut places) = (Vec::new(), reserved(all.len())?);
        for row in 0..all.len() {
            let written = all.value_at(row).map(|value| value.to_string());
            let next = i64::try_from(seen.len()).map_err(|_| Problem::TooLarge {
                what: "categories",
                length: as_rows(seen.len()),
            })?;
            places.push(match seen.entry(written.unwrap_or_default()) {
                Entry::Occupied(entry) => *entry.get(),
                Entry::Vacant(entry) => {
                    kept.push(row);
                    *entry.insert(next)
                }
            });
        }
        let content = if kept.len() == all.len() {
            all.clone()
        } else {
            gathered(all, &kept)?
        };
        Ok(Self { content, places })
    }

    /// An index into all as one into the distinct ones; what is missing stays so.
    pub(crate) fn reindex(&self, index: &mut [i64]) {
        for number in index {
            let row = usize::try_from(*number).ok();
            if let Some(place) = row.and_then(|row| self.places.get(row)) {
                *number = *place;
            }
        }
    }
}

/// These rows in the array's own form: rows of lists that are taken are lists in any order, until they are laid out.
fn gathered(array: &Array, rows: &[usize]) -> Result<Array, Problem> {
    let taken = array.carry(&Rows::from(rows), Gather::Now)?;
    taken
        .conform_to(&array.form())
        .map_err(|error| match error {
            ArrayError::Node { problem, .. } => problem,
            ArrayError::Buffer(error) => error.into(),
            other => Problem::NotCanonical(other.to_string()),
        })
}
