//! [`Partitions`]: which partitions there are, and how long.

use std::borrow::Cow;

use super::column::Column;

/// Which partitions there are, in order: their lengths, and the numbers by which their blobs are called.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Partitions {
    lengths: Column,
    /// Only where they are not 0, 1, 2, …
    ids: Option<Column>,
    /// All numbers below have been given away.
    next_id: u64,
    rows: u64,
}

/// The most rows, and the greatest number of a partition: what an `int64` holds.
pub(super) const MOST: u64 = i64::MAX.unsigned_abs();

impl Partitions {
    /// Puts together what a manifest says; an error says what contradicts what.
    pub(super) fn try_new(
        lengths: Column,
        ids: Option<Column>,
        next_id: Option<u64>,
    ) -> Result<Self, String> {
        let count = lengths.numbers().len() as u64;
        let next_id = next_id.unwrap_or(count);
        if next_id > MOST {
            return Err(format!("next_id is {next_id}, and {MOST} is the most"));
        }
        match &ids {
            None if next_id < count => {
                return Err(format!(
                    "next_id is {next_id}, but there are {count} partitions"
                ));
            }
            None => {}
            Some(ids) => check_ids(ids.numbers(), count, next_id)?,
        }
        Self::checked(lengths, ids, next_id)
    }

    fn checked(lengths: Column, ids: Option<Column>, next_id: u64) -> Result<Self, String> {
        let rows = lengths
            .numbers()
            .iter()
            .try_fold(0_u64, |rows, length| {
                rows.checked_add(*length).filter(|rows| *rows <= MOST)
            })
            .ok_or_else(|| format!("the lengths add up to more than {MOST} rows"))?;
        let ids = ids.filter(|ids| !are_counted(ids.numbers()));
        Ok(Self {
            lengths,
            ids,
            next_id,
            rows,
        })
    }

    pub(super) fn lengths(&self) -> &[u64] {
        self.lengths.numbers()
    }

    /// The numbers of the partitions; `None` where they are 0, 1, 2, …
    pub(super) fn explicit_ids(&self) -> Option<&[u64]> {
        self.ids.as_ref().map(Column::numbers)
    }

    pub(super) fn ids(&self) -> Cow<'_, [u64]> {
        match &self.ids {
            Some(ids) => Cow::Borrowed(ids.numbers()),
            None => Cow::Owned((0..self.count()).collect()),
        }
    }

    pub(super) fn id(&self, position: usize) -> Option<u64> {
        match &self.ids {
            Some(ids) => ids.numbers().get(position).copied(),
            None => u64::try_from(position).ok().filter(|id| *id < self.count()),
        }
    }

    /// Where the partition called `id` stands.
    pub(super) fn position(&self, id: u64) -> Option<usize> {
        match &self.ids {
            Some(ids) => ids.numbers().iter().position(|other| *other == id),
            None => usize::try_from(id).ok().filter(|_| id < self.count()),
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.lengths().len() as u64
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn next_id(&self) -> u64 {
        self.next_id
    }

    /// The columns, to be written; `next_id` only where it does not follow from them.
    pub(super) fn columns(&mut self) -> (&mut Column, Option<&mut Column>, Option<u64>) {
        let next_id = Some(self.next_id).filter(|next_id| *next_id != self.count());
        (&mut self.lengths, self.ids.as_mut(), next_id)
    }

    /// The keys of the blobs that hold a beginning of these numbers.
    pub(super) fn aside_keys(&self) -> impl Iterator<Item = String> {
        let ids = self.ids.as_ref();
        [self.lengths.aside_key(), ids.and_then(Column::aside_key)]
            .into_iter()
            .flatten()
    }

    /// With more of them behind.
    pub(super) fn followed_by(&self, ids: &[u64], lengths: &[u64]) -> Result<Self, String> {
        if let Some(taken) = ids
            .iter()
            .find(|id| **id < self.next_id && self.position(**id).is_some())
        {
            return Err(format!("partition {taken} is there already"));
        }
        check_unique(ids)?;
        let follow_on = ids
            .iter()
            .copied()
            .eq(self.count()..self.count() + ids.len() as u64);
        let all_ids = match &self.ids {
            None if follow_on => None,
            None => Some(Column::new([&*self.ids(), ids].concat())),
            Some(own) => Some(own.followed_by(ids)),
        };
        let next_id = beyond(self.next_id, ids)?;
        Self::checked(self.lengths.followed_by(lengths), all_ids, next_id)
    }

    /// These instead; numbers that have been given away stay so.
    pub(super) fn replaced_by(&self, ids: Vec<u64>, lengths: Vec<u64>) -> Result<Self, String> {
        let next_id = beyond(self.next_id, &ids)?;
        check_unique(&ids)?;
        Self::checked(Column::new(lengths), Some(Column::new(ids)), next_id)
    }

    /// The first `count`.
    pub(super) fn prefix(&self, count: usize) -> Self {
        let lengths = self.lengths.prefix(count);
        let ids = self.ids.as_ref().map(|ids| ids.prefix(count));
        Self {
            rows: lengths.numbers().iter().sum(),
            ids: ids.filter(|ids| !are_counted(ids.numbers())),
            lengths,
            next_id: self.next_id,
        }
    }

    /// The same partitions, with all numbers below `next_id` given away.
    pub(super) fn with_next_id(&self, next_id: u64) -> Self {
        Self {
            next_id: self.next_id.max(next_id).min(MOST),
            ..self.clone()
        }
    }
}

/// The first number past those that are given away and these.
fn beyond(next_id: u64, ids: &[u64]) -> Result<u64, String> {
    let last = ids.iter().copied().max();
    let beyond = last.map_or(Some(0), |last| last.checked_add(1));
    match beyond {
        Some(beyond) if beyond <= MOST => Ok(next_id.max(beyond)),
        _ => Err("there are no numbers of partitions left".to_owned()),
    }
}

fn are_counted(ids: &[u64]) -> bool {
    ids.iter().copied().eq(0..ids.len() as u64)
}

fn check_ids(ids: &[u64], count: u64, next_id: u64) -> Result<(), String> {
    if ids.len() as u64 != count {
        return Err(format!("there are {} ids for {count} lengths", ids.len()));
    }
    if let Some(id) = ids.iter().find(|id| **id >= next_id) {
        return Err(format!("partition {id} is not below next_id, {next_id}"));
    }
    check_unique(ids)
}

fn check_unique(ids: &[u64]) -> Result<(), String> {
    let mut sorted = Cow::Borrowed(ids);
    if !sorted.is_sorted() {
        sorted.to_mut().sort_unstable();
    }
    let pairs = sorted.iter().zip(sorted.iter().skip(1));
    match pairs.into_iter().find(|(one, next)| one == next) {
        Some((twice, _)) => Err(format!("partition {twice} is there twice")),
        None => Ok(()),
    }
}
