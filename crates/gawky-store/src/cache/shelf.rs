//! [`Shelf`]: what is kept and what is under way, under one lock; no I/O, and no code of anybody else's.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::RandomState;
use gawky_buffer::{Buffer, DType, Fetch, Key, Version};
use lru::LruCache;

use super::flight::{Flight, Waits, Want};
use super::{CacheStats, CachedEntry, Retention};
use crate::{ContainerId, Fetched};

/// What an entry costs beside its bytes: its names, its place in the maps.
pub(super) const ENTRY_COST: u64 = 256;

// How many ranges that begin earlier are looked at for one that holds the wanted range.
const LOOK_BACK: usize = 4;

// Readers of one blob mostly agree what it is.
const MOST_DTYPES: usize = 8;

type Map<K, V> = HashMap<K, V, RandomState>;
type Blobs = Map<Key, Slot>;

/// What left the shelf, to be dropped when nothing is locked: freeing much memory takes time.
pub(super) type Trash = Vec<Entry>;

/// Bytes that are kept.
#[derive(Debug)]
pub(super) struct Entry {
    container: ContainerId,
    key: Key,
    range: Option<Range<u64>>,
    bytes: Buffer,
    weight: u64,
}

/// Where an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    number: u64,
    pinned: bool,
}

/// What is known about one blob. All its entries are of one state of it.
#[derive(Debug, Default)]
struct Slot {
    state: Option<State>,
    /// What the container has handed the blob out as, in this state.
    dtypes: Vec<DType>,
    whole: Option<Place>,
    /// By start and end. Empty when there is the whole.
    ranges: BTreeMap<(u64, u64), Place>,
    flights: Map<Want, Arc<Flight>>,
}

#[derive(Debug)]
struct State {
    version: Option<Version>,
    /// What the clock showed when it was seen first.
    seen: u64,
    /// Whether the container itself was seen in it, or is known never to change. Who asks for no version is not
    /// served what another process saw once.
    confirmed: bool,
}

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

impl Slot {
    fn is_idle(&self) -> bool {
        self.whole.is_none() && self.ranges.is_empty() && self.flights.is_empty()
    }

    fn places(&self) -> impl Iterator<Item = Place> {
        self.whole.into_iter().chain(self.ranges.values().copied())
    }

    fn version(&self) -> Option<&Version> {
        self.state.as_ref()?.version.as_ref()
    }

    fn is_confirmed(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.confirmed)
    }
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
        let version = answer.map(|fetched| &fetched.version);
        let current = match (known, version) {
            (Known::FromContainer, _) | (_, None) => {
                self.compare(container, &fetch.key, version, flight.began, trash)
            }
            (_, Some(version)) => {
                let confirmed = known == Known::Forever;
                self.recall(container, &fetch.key, version, confirmed)
            }
        };
        if current
            && let Some(slot) = self.slot(container, &fetch.key)
            && let Some(dtype) = fetch.dtype
            && !slot.dtypes.contains(&dtype)
        {
            slot.dtypes.truncate(MOST_DTYPES - 1);
            slot.dtypes.insert(0, dtype);
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

    /// Takes note of the state that the container has just been seen to have a blob in, by whoever asked when the clock
    /// showed `began`: `None` when it is gone, `Some(None)` when the container has no versions.
    pub(super) fn observe(
        &mut self,
        container: &ContainerId,
        key: &str,
        version: Option<&Option<Version>>,
        began: u64,
        trash: &mut Trash,
    ) -> bool {
        let current = self.compare(container, key, version, began, trash);
        self.tidy(container, key);
        current
    }

    /// Compares what is kept of a blob with a state that was seen, and drops what is of another. Answers whether bytes
    /// of that state may be kept.
    fn compare(
        &mut self,
        container: &ContainerId,
        key: &str,
        version: Option<&Option<Version>>,
        began: u64,
        trash: &mut Trash,
    ) -> bool {
        let clock = self.clock + 1;
        let Some(slot) = self.slot(container, key) else {
            return false;
        };
        if let (Some(state), Some(version)) = (&mut slot.state, version)
            && state.version == *version
        {
            state.confirmed = true;
            return true;
        }
        match (&slot.state, version) {
            // Two looks that overlapped saw two states, and which is the newer one nobody can tell.
            (Some(state), _) if state.confirmed && began < state.seen => {
                self.forget(container, key, trash);
                return false;
            }
            (_, None) => {
                self.forget(container, key, trash);
                return false;
            }
            (None, Some(_)) => {}
            (Some(_), Some(_)) => {
                // Whoever began before may bring the old state.
                slot.flights.clear();
                self.drop_entries(container, key, trash);
            }
        }
        if let (Some(slot), Some(version)) = (self.slot(container, key), version) {
            slot.state = Some(State {
                version: version.clone(),
                seen: clock,
                confirmed: true,
            });
            slot.dtypes.clear();
            self.clock = clock;
        }
        true
    }

    /// Takes note of a state that was kept on disk, unless another one is known: that is the newer one, or
    /// as good. Answers whether bytes of it may be kept.
    fn recall(
        &mut self,
        container: &ContainerId,
        key: &str,
        version: &Option<Version>,
        confirmed: bool,
    ) -> bool {
        let clock = self.clock + 1;
        let Some(slot) = self.slot(container, key) else {
            return false;
        };
        if let Some(state) = &mut slot.state {
            state.confirmed |= confirmed && state.version == *version;
            return state.version == *version;
        }
        slot.state = Some(State {
            version: version.clone(),
            seen: clock,
            confirmed,
        });
        slot.dtypes.clear();
        self.clock = clock;
        true
    }

    /// Drops all that is known about a blob. What is under way will not be kept, and nobody new waits for it.
    pub(super) fn forget(&mut self, container: &ContainerId, key: &str, trash: &mut Trash) {
        self.drop_entries(container, key, trash);
        if let Some(slot) = self.slot(container, key) {
            *slot = Slot::default();
            self.tidy(container, key);
        }
    }

    /// Everything that is kept, what was used least recently first.
    pub(super) fn entries(&self) -> Vec<(u64, CachedEntry)> {
        let of = |pinned| {
            move |(number, entry): (&u64, &Entry)| {
                let slot = self
                    .containers
                    .get(&entry.container)
                    .and_then(|blobs| blobs.get(entry.key.as_str()));
                let seen = CachedEntry {
                    container: entry.container.clone(),
                    key: entry.key.clone(),
                    range: entry.range.clone(),
                    version: slot.and_then(Slot::version).cloned(),
                    len: entry.bytes.len() as u64,
                    pinned,
                };
                (*number, seen)
            }
        };
        let kept = self.kept.iter().rev().map(of(false));
        kept.chain(self.pinned.iter().rev().map(of(true))).collect()
    }

    /// Drops entries by their numbers; those that are gone already are left out of the count.
    pub(super) fn evict(&mut self, numbers: &[u64], trash: &mut Trash) {
        for number in numbers {
            let entry = self.kept.pop(number).or_else(|| self.pinned.pop(number));
            if let Some(entry) = entry {
                self.stats.dropped += 1;
                self.unlink(*number, entry, trash);
            }
        }
    }

    /// Drops everything, of one container or of all.
    pub(super) fn clear(&mut self, container: Option<&ContainerId>, trash: &mut Trash) {
        let blobs: Vec<(ContainerId, Key)> = self
            .containers
            .iter()
            .filter(|(id, _)| container.is_none_or(|only| *id == only))
            .flat_map(|(id, blobs)| blobs.keys().map(move |key| (id.clone(), key.clone())))
            .collect();
        for (container, key) in blobs {
            self.forget(&container, &key, trash);
        }
    }

    fn keep(
        &mut self,
        container: &ContainerId,
        fetch: &Fetch,
        bytes: Buffer,
        retention: Retention,
        trash: &mut Trash,
    ) {
        let weight = weight_of(&bytes);
        if retention == Retention::Pass || weight > self.capacity {
            return;
        }
        let pinned = retention == Retention::Pin;
        let place = Place {
            number: self.next,
            pinned,
        };
        self.next += 1;
        let Some(slot) = self.slot(container, &fetch.key) else {
            return;
        };
        let replaced: Vec<Place> = match &fetch.range {
            None => {
                let replaced = slot.places().collect();
                slot.whole = Some(place);
                slot.ranges.clear();
                replaced
            }
            Some(_) if slot.whole.is_some() => return,
            Some(range) => {
                let replaced = slot.ranges.insert((range.start, range.end), place);
                replaced.into_iter().collect()
            }
        };
        self.remove(&replaced, trash);
        let entry = Entry {
            container: container.clone(),
            key: fetch.key.clone(),
            range: fetch.range.clone(),
            bytes,
            weight,
        };
        match pinned {
            true => self.pinned.put(place.number, entry),
            false => self.kept.put(place.number, entry),
        };
        self.stats.insertions += 1;
        self.stats.entries += 1;
        self.stats.bytes += weight;
        self.make_room(trash);
    }

    fn make_room(&mut self, trash: &mut Trash) {
        while self.stats.bytes > self.capacity {
            let Some((number, entry)) = self.kept.pop_lru().or_else(|| self.pinned.pop_lru())
            else {
                return;
            };
            self.stats.evictions += 1;
            self.unlink(number, entry, trash);
        }
    }

    /// Takes an entry that has left its list out of its slot and out of the sums.
    fn unlink(&mut self, number: u64, entry: Entry, trash: &mut Trash) {
        if let Some(slot) = self.slot(&entry.container, &entry.key) {
            match &entry.range {
                None => {
                    slot.whole.take_if(|place| place.number == number);
                }
                Some(range) => {
                    let at = (range.start, range.end);
                    if slot
                        .ranges
                        .get(&at)
                        .is_some_and(|place| place.number == number)
                    {
                        slot.ranges.remove(&at);
                    }
                }
            }
        }
        self.stats.entries -= 1;
        self.stats.bytes -= entry.weight;
        self.tidy(&entry.container, &entry.key);
        trash.push(entry);
    }

    fn drop_entries(&mut self, container: &ContainerId, key: &str, trash: &mut Trash) {
        let Some(slot) = self.slot(container, key) else {
            return;
        };
        let places: Vec<Place> = slot.places().collect();
        slot.whole = None;
        slot.ranges.clear();
        self.stats.dropped += places.len() as u64;
        self.remove(&places, trash);
    }

    /// Removes entries that their slot has let go of.
    fn remove(&mut self, places: &[Place], trash: &mut Trash) {
        for place in places {
            let entry = match place.pinned {
                true => self.pinned.pop(&place.number),
                false => self.kept.pop(&place.number),
            };
            if let Some(entry) = entry {
                self.stats.entries -= 1;
                self.stats.bytes -= entry.weight;
                trash.push(entry);
            }
        }
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

    fn peek(&self, place: Place) -> Option<&Entry> {
        match place.pinned {
            true => self.pinned.peek(&place.number),
            false => self.kept.peek(&place.number),
        }
    }
}

impl Slot {
    /// A range that is kept and holds `range`, and where it starts.
    fn holding(&self, range: &Range<u64>) -> Option<(Place, u64)> {
        let earlier = self.ranges.range(..=(range.start, u64::MAX)).rev();
        earlier
            .take(LOOK_BACK)
            .find(|((_, end), _)| *end >= range.end)
            .map(|((start, _), place)| (*place, *start))
    }
}

/// What keeping these bytes costs.
pub(super) fn weight_of(bytes: &Buffer) -> u64 {
    (bytes.retained().max(bytes.len()) as u64).saturating_add(ENTRY_COST)
}

#[cfg(test)]
mod tests;
