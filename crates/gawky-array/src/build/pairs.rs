//! Maps as lists of pairs, and the proof that their keys ascend.

use super::column::{Column, Values};
use super::index_of;
use super::lists::{Strings, Tuples};
use super::numbers::Numbers;
use super::unfit::Unfit;

/// What the pairs of maps are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pairs {
    /// Nothing: tuples as any others.
    #[default]
    Plain,
    Map,
    /// Maps whose keys ascend.
    SortedMap,
}

impl Pairs {
    /// The parameter `__array__` of the tuples.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Map => Some("map"),
            Self::SortedMap => Some("sorted_map"),
        }
    }

    pub(super) fn called(name: Option<&str>) -> Self {
        match name {
            Some("map") => Self::Map,
            Some("sorted_map") => Self::SortedMap,
            _ => Self::Plain,
        }
    }
}

impl Values {
    /// Ends a list of these, of which those that are pairs of a sorted map have to ascend.
    #[inline]
    pub(super) fn end_list(&mut self) -> Result<(), Unfit> {
        match self {
            Self::Tuple(tuples) if tuples.pairs == Pairs::SortedMap => tuples.prove_ascending(),
            Self::Union(choices) => {
                let mut contents = choices.contents.iter_mut();
                contents.try_for_each(|content| content.values.end_list())
            }
            _ => Ok(()),
        }
    }
}

impl Tuples {
    fn prove_ascending(&mut self) -> Result<(), Unfit> {
        let first = self.ascending.min(self.length);
        if first == self.length {
            return Ok(());
        }
        let keys = self.contents.first().ok_or(Unfit::NoOrder)?;
        for key in first..self.length {
            let before = key.checked_sub(1).filter(|before| *before >= first);
            match keys.is_behind(key, before) {
                Some(true) => {}
                Some(false) => return Err(Unfit::Unsorted { key: key - first }),
                None => return Err(Unfit::NoOrder),
            }
        }
        self.ascending = self.length;
        Ok(())
    }
}

impl Column {
    /// Whether a value is behind another one, if there is another; `None` for values that have no order.
    fn is_behind(&self, at: usize, before: Option<usize>) -> Option<bool> {
        fn behind<T: PartialOrd + Copy>(
            values: &[T],
            at: usize,
            before: Option<usize>,
        ) -> Option<bool> {
            let value = *values.get(at)?;
            // What is no number is behind nothing.
            let is_some = value.partial_cmp(&value).is_some();
            match before {
                None => Some(is_some),
                Some(before) => Some(*values.get(before)? < value),
            }
        }
        if self.picks.is_some() {
            return None;
        }
        match &self.values {
            Values::Bool(values) => behind(values, at, before),
            Values::Numbers(numbers) => match numbers {
                Numbers::Int8(values) => behind(values, at, before),
                Numbers::Int16(values) => behind(values, at, before),
                Numbers::Int32(values) => behind(values, at, before),
                Numbers::Int64(values) => behind(values, at, before),
                Numbers::UInt8(values) => behind(values, at, before),
                Numbers::UInt16(values) => behind(values, at, before),
                Numbers::UInt32(values) => behind(values, at, before),
                Numbers::UInt64(values) => behind(values, at, before),
                Numbers::Float16(values) => behind(values, at, before),
                Numbers::Float32(values) => behind(values, at, before),
                Numbers::Float64(values) => behind(values, at, before),
                Numbers::Ticks(_, ticks) => {
                    let is_time = *ticks.get(at)? != i64::MIN;
                    Some(is_time && behind(ticks, at, before)?)
                }
                Numbers::Float128(_) => None,
            },
            Values::Text(strings) => Some(match before {
                None => true,
                Some(before) => strings.get(before)? < strings.get(at)?,
            }),
            Values::Category(categories) => {
                let name = |at: usize| categories.names.get(index_of(*categories.index.get(at)?));
                Some(match before {
                    None => true,
                    Some(before) => name(before)? < name(at)?,
                })
            }
            _ => None,
        }
    }
}

impl Strings {
    fn get(&self, at: usize) -> Option<&[u8]> {
        let (start, end) = (self.offsets.get(at)?, self.offsets.get(at + 1)?);
        self.bytes.get(index_of(*start)..index_of(*end))
    }
}
