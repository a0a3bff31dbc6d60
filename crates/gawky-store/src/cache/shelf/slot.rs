//! [`Slot`]: what is known about one blob.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::{DType, Version};

use super::super::flight::{Flight, Want};
use super::Map;
use super::entries::Place;

// How many ranges that begin earlier are looked at for one that holds the wanted range.
const LOOK_BACK: usize = 4;

// Readers of one blob mostly agree what it is.
const MOST_DTYPES: usize = 8;

/// What is known about one blob. All its entries are of one state of it.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) state: Option<State>,
    /// What the container has handed the blob out as, in this state.
    pub(super) dtypes: Vec<DType>,
    pub(super) whole: Option<Place>,
    /// By start and end. Empty when there is the whole.
    pub(super) ranges: BTreeMap<(u64, u64), Place>,
    pub(super) flights: Map<Want, Arc<Flight>>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) version: Option<Version>,
    /// What the clock showed when it was seen first.
    pub(super) seen: u64,
    /// Whether the container itself was seen in it, or is known never to change. Who asks for no version is not
    /// served what another process saw once.
    pub(super) confirmed: bool,
}

impl Slot {
    pub(super) fn is_idle(&self) -> bool {
        self.whole.is_none() && self.ranges.is_empty() && self.flights.is_empty()
    }

    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        self.whole.into_iter().chain(self.ranges.values().copied())
    }

    pub(super) fn version(&self) -> Option<&Version> {
        self.state.as_ref()?.version.as_ref()
    }

    pub(super) fn is_confirmed(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.confirmed)
    }

    /// A range that is kept and holds `range`, and where it starts.
    pub(super) fn holding(&self, range: &Range<u64>) -> Option<(Place, u64)> {
        let earlier = self.ranges.range(..=(range.start, u64::MAX)).rev();
        earlier
            .take(LOOK_BACK)
            .find(|((_, end), _)| *end >= range.end)
            .map(|((start, _), place)| (*place, *start))
    }

    /// Takes note of what the container has handed the blob out as.
    pub(super) fn handed_out_as(&mut self, dtype: DType) {
        if !self.dtypes.contains(&dtype) {
            self.dtypes.truncate(MOST_DTYPES - 1);
            self.dtypes.insert(0, dtype);
        }
    }
}
