//! [`Shelf`]: what is kept and what is under way, under one lock; no I/O, and no code of anybody else's.

mod entries;
mod slot;
mod states;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::RandomState;
use gawky_buffer::{Buffer, DType, Fetch, Key, Version};
use lru::LruCache;

use super::flight::{Flight, Waits, Want};
use super::{CacheStats, Retention};
use crate::{ContainerId, Fetched};
use slot::Slot;

pub(super) use entries::{ENTRY_COST, Entry, Trash};
pub(super) use states::Seen;

type Map<K, V> = HashMap<K, V, RandomState>;
type Blobs = Map<Key, Slot>;

/// Where a blob's state is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// The container was asked since the flight began.
    FromContainer,
    /// It was kept on disk, by whomever; who asks for this state may have it.
    FromDisk,
    /// It was kept on disk, and the content never changes.
    Forever,
}

/// What a flight brought.
#[derive(Debug)]
pub(super) struct Landing<'a> {
    pub(super) answer: Option<&'a Fetched>,
    /// What is to be kept of it.
    pub(super) fit: Option<(Buffer, Retention)>,
    pub(super) known: Known,
}

/// What a reader is to do about a fetch.
#[derive(Debug)]
pub(super) enum Placed {
    /// Take this.
    Hit(Fetched),
    /// Make the request, for all who come to wait for it.
    Lead(Arc<Flight>),
    /// Wait for somebody else's request.
    Wait(Arc<Flight>),
}

#[derive(Debug)]
pub(super) struct Shelf {
    capacity: u64,
    containers: Map<ContainerId, Blobs>,
    kept: LruCache<u64, Entry, RandomState>,
    pinned: LruCache<u64, Entry, RandomState>,
    next: u64,
    /// Counts the states of blobs that were seen.
    clock: u64,
    /// Counts the writings through the cache.
    pub(super) overwrites: u64,
    pub(super) stats: CacheStats,
}

impl Shelf {
    pub(super) fn new(capacity: u64) -> Self {
        let lru = || LruCache::unbounded_with_hasher(RandomState::default());
        Self {
            capacity,
            containers: Map::default(),
            kept: lru(),
            pinned: lru(),
            next: 0,
            clock: 0,
            overwrites: 0,
            stats: CacheStats::default(),
        }
    }

    /// These bytes, if they are there: as they were kept, out of the whole blob, or out of a longer range.
    pub(super) fn find(
        &mut self,
        container: &ContainerId,
        key: &str,
        range: Option<&Range<u64>>,
        version: Option<&Version>,
        dtype: Option<DType>,
    ) -> Option<Fetched> {
        let slot = self.containers.get(container)?.get(key)?;
        let serves = match version {
            Some(_) => slot.version() == version,
            None => slot.is_confirmed(),
        };
        if !serves {
            return None;
        }
        // Only the container knows what it would hand the blob out as; plain bytes it hands out always.
        if dtype.is_some_and(|dtype| !slot.dtypes.contains(&dtype)) {
            return None;
        }
        let (place, start) = match (slot.whole, range) {
            (Some(place), _) => (place, 0),
            (None, None) => return None,
            (None, Some(range)) => slot.holding(range)?,
        };
        let entry = match place.pinned {
            true => self.pinned.get(&place.number)?,
            false => self.kept.get(&place.number)?,
        };
        let bytes = match range {
            None => entry.bytes.clone(),
            Some(range) => {
                let start_of = |at: u64| usize::try_from(at.checked_sub(start)?).ok();
                let within = start_of(range.start)?..start_of(range.end)?;
                // Past its end the blob may have grown: the container knows.
                entry.bytes.slice(within).ok()?
            }
        };
        Some(Fetched {
            bytes,
            version: slot.version().cloned(),
        })
    }

    /// How many bytes a blob has that is there whole.
    pub(super) fn size(&self, container: &ContainerId, key: &str) -> Option<u64> {
        let slot = self.containers.get(container)?.get(key)?;
        let place = slot.whole.filter(|_| slot.is_confirmed())?;
        Some(self.peek(place)?.bytes.len() as u64)
    }

    /// Whether anything of a blob is there; with `confirmed`, for who asks for no version.
    pub(super) fn knows(&self, container: &ContainerId, key: &str, confirmed: bool) -> bool {
        let blobs = self.containers.get(container);
        let slot = blobs.and_then(|blobs| blobs.get(key));
        slot.is_some_and(|slot| {
            slot.places().next().is_some() && (slot.is_confirmed() || !confirmed)
        })
    }

    /// What the clock shows.
    pub(super) fn clock(&self) -> u64 {
        self.clock
    }

    /// Finds the bytes, or a flight that will bring them, or begins one. With `join` false a flight that is under
    /// way is not waited for but replaced.
    pub(super) fn place(
        &mut self,
        container: &ContainerId,
        fetch: &Fetch,
        waits: Waits,
        join: bool,
    ) -> Placed {
        let Fetch {
            key,
            range,
            version,
            dtype,
            ..
        } = fetch;
        if let Some(hit) = self.find(container, key, range.as_ref(), version.as_ref(), *dtype) {
            return Placed::Hit(hit);
        }
        let blobs = self.containers.entry(container.clone()).or_default();
        let slot = blobs.entry(key.clone()).or_default();
        let want = Want::of(fetch);
        if let Some(flight) = slot.flights.get(&want)
            && join
            && flight.may_be_joined(waits)
        {
            return Placed::Wait(Arc::clone(flight));
        }
        let flight = Arc::new(Flight::new(waits, self.clock));
        slot.flights.insert(want, Arc::clone(&flight));
        Placed::Lead(flight)
    }

    /// Takes note of what a flight brought, and keeps what is to be kept of it. Answers whether the flight still
    /// counted: since it began, nobody has overwritten the blob, or seen a newer state of it.
    pub(super) fn land(
        &mut self,
        container: &ContainerId,
        fetch: &Fetch,
        flight: &Arc<Flight>,
        landing: Landing<'_>,
        trash: &mut Trash,
    ) -> bool {
        if !self.detach(container, fetch, flight) {
            return false;
        }
        let Landing { answer, fit, known } = landing;
        let seen = Seen::in_answer(answer);
        let current = match (known, seen) {
            (Known::FromDisk | Known::Forever, Seen::In(version)) => {
                let confirmed = known == Known::Forever;
                self.recall(container, &fetch.key, version, confirmed)
            }
            _ => self.compare(container, &fetch.key, seen, flight.began, trash),
        };
        if current
            && let Some(slot) = self.slot(container, &fetch.key)
            && let Some(dtype) = fetch.dtype
        {
            slot.handed_out_as(dtype);
        }
        if current && let Some((bytes, retention)) = fit {
            self.keep(container, fetch, bytes, retention, trash);
        }
        self.tidy(container, &fetch.key);
        current
    }

    /// Forgets a flight that will bring nothing.
    pub(super) fn abandon(&mut self, container: &ContainerId, fetch: &Fetch, flight: &Arc<Flight>) {
        self.detach(container, fetch, flight);
        self.tidy(container, &fetch.key);
    }

    fn detach(&mut self, container: &ContainerId, fetch: &Fetch, flight: &Arc<Flight>) -> bool {
        let Some(slot) = self.slot(container, &fetch.key) else {
            return false;
        };
        let want = Want::of(fetch);
        let counts = slot
            .flights
            .get(&want)
            .is_some_and(|registered| Arc::ptr_eq(registered, flight));
        if counts {
            slot.flights.remove(&want);
        }
        counts
    }

    /// Lets go of a slot that has nothing in it and nothing under way.
    fn tidy(&mut self, container: &ContainerId, key: &str) {
        let Some(blobs) = self.containers.get_mut(container) else {
            return;
        };
        if blobs.get(key).is_some_and(Slot::is_idle) {
            blobs.remove(key);
        }
        if blobs.is_empty() {
            self.containers.remove(container);
        }
    }

    fn slot(&mut self, container: &ContainerId, key: &str) -> Option<&mut Slot> {
        self.containers.get_mut(container)?.get_mut(key)
    }
}

#[cfg(test)]
mod tests;
