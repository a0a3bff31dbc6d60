//! What is kept: which bytes go in, and which have to go.

use std::ops::Range;

use gawky_buffer::{Buffer, Fetch, Key};

use super::super::{CachedEntry, Retention};
use super::Shelf;
use super::slot::Slot;
use crate::ContainerId;

/// What an entry costs beside its bytes: its names, its place in the maps.
pub(in crate::cache) const ENTRY_COST: u64 = 256;

/// What left the shelf, to be dropped when nothing is locked: freeing much memory takes time.
pub(in crate::cache) type Trash = Vec<Entry>;

/// Bytes that are kept.
#[derive(Debug)]
pub(in crate::cache) struct Entry {
    pub(super) container: ContainerId,
    pub(super) key: Key,
    pub(super) range: Option<Range<u64>>,
    pub(super) bytes: Buffer,
    pub(super) weight: u64,
}

/// Where an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) number: u64,
    pub(super) pinned: bool,
}

impl Shelf {
    /// Everything that is kept, what was used least recently first.
    pub(in crate::cache) fn entries(&self) -> Vec<(u64, CachedEntry)> {
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
    pub(in crate::cache) fn evict(&mut self, numbers: &[u64], trash: &mut Trash) {
        for number in numbers {
            let entry = self.kept.pop(number).or_else(|| self.pinned.pop(number));
            if let Some(entry) = entry {
                self.stats.dropped += 1;
                self.unlink(*number, entry, trash);
            }
        }
    }

    /// Drops everything, of one container or of all.
    pub(in crate::cache) fn clear(&mut self, container: Option<&ContainerId>, trash: &mut Trash) {
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

    pub(super) fn keep(
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

    pub(super) fn drop_entries(&mut self, container: &ContainerId, key: &str, trash: &mut Trash) {
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

    pub(super) fn peek(&self, place: Place) -> Option<&Entry> {
        match place.pinned {
            true => self.pinned.peek(&place.number),
            false => self.kept.peek(&place.number),
        }
    }
}

/// What keeping these bytes costs.
fn weight_of(bytes: &Buffer) -> u64 {
    (bytes.retained().max(bytes.len()) as u64).saturating_add(ENTRY_COST)
}
