//! In which state a blob is, by what was seen of it.

use gawky_buffer::Version;

use super::slot::{Slot, State};
use super::{Shelf, Trash};
use crate::{ContainerId, Fetched};

/// In which state a container was seen to have a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cache) enum Seen<'a> {
    /// There is none.
    Gone,
    /// In this one; `None` when the container has no versions.
    In(Option<&'a Version>),
}

impl<'a> Seen<'a> {
    /// In the state of an answer.
    pub(in crate::cache) fn in_answer(answer: Option<&'a Fetched>) -> Self {
        match answer {
            None => Self::Gone,
            Some(fetched) => Self::In(fetched.version.as_ref()),
        }
    }
}

impl Shelf {
    /// Takes note of the state that the container has just been seen to have a blob in, by whoever asked when the clock
    /// showed `began`. Answers whether bytes of that state may be kept.
    pub(in crate::cache) fn observe(
        &mut self,
        container: &ContainerId,
        key: &str,
        seen: Seen<'_>,
        began: u64,
        trash: &mut Trash,
    ) -> bool {
        let current = self.compare(container, key, seen, began, trash);
        self.tidy(container, key);
        current
    }

    /// As [`observe`](Self::observe), for who has something to put into the slot: it is left there though it be empty.
    pub(super) fn compare(
        &mut self,
        container: &ContainerId,
        key: &str,
        seen: Seen<'_>,
        began: u64,
        trash: &mut Trash,
    ) -> bool {
        let Some(slot) = self.slot(container, key) else {
            return false;
        };
        let Seen::In(version) = seen else {
            self.forget(container, key, trash);
            return false;
        };
        match &mut slot.state {
            Some(state) if state.version.as_ref() == version => state.confirmed = true,
            // Two looks that overlapped saw two states, and which is the newer one nobody can tell.
            Some(state) if state.confirmed && began < state.seen => {
                self.forget(container, key, trash);
                return false;
            }
            Some(_) => {
                // Whoever began before may bring the old state.
                slot.flights.clear();
                self.drop_entries(container, key, trash);
                self.enter(container, key, version, true);
            }
            None => self.enter(container, key, version, true),
        }
        true
    }

    /// Takes note of a state that was kept on disk, unless another one is known: that is the newer one, or
    /// as good. Answers whether bytes of it may be kept.
    pub(super) fn recall(
        &mut self,
        container: &ContainerId,
        key: &str,
        version: Option<&Version>,
        confirmed: bool,
    ) -> bool {
        let Some(slot) = self.slot(container, key) else {
            return false;
        };
        if let Some(state) = &mut slot.state {
            let same = state.version.as_ref() == version;
            state.confirmed |= confirmed && same;
            return same;
        }
        self.enter(container, key, version, confirmed);
        true
    }

    /// Begins a new state of a blob.
    fn enter(
        &mut self,
        container: &ContainerId,
        key: &str,
        version: Option<&Version>,
        confirmed: bool,
    ) {
        let clock = self.clock + 1;
        if let Some(slot) = self.slot(container, key) {
            slot.state = Some(State {
                version: version.cloned(),
                seen: clock,
                confirmed,
            });
            slot.dtypes.clear();
            self.clock = clock;
        }
    }

    /// Drops all that is known about a blob. What is under way will not be kept, and nobody new waits for it.
    pub(in crate::cache) fn forget(
        &mut self,
        container: &ContainerId,
        key: &str,
        trash: &mut Trash,
    ) {
        self.drop_entries(container, key, trash);
        if let Some(slot) = self.slot(container, key) {
            *slot = Slot::default();
            self.tidy(container, key);
        }
    }
}
