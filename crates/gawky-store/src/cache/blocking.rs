//! Reading through a cache, blocking.

use std::ops::Range;

use event_listener::Listener;
use gawky_buffer::{Buffer, Fetch, Key, Version};

use super::Cached;
use super::cached::{Asking, Shelved, complete, kept_sizes};
use super::flight::Waits;
use super::lookup::Step;
use crate::fetched::only;
use crate::{Container, ContainerId, FetchReport, Fetched, Profile, StoreError};

impl<C: Container> Cached<C> {
    pub(super) fn blocking(&self) -> Option<Shelved<'_>> {
        self.shelved(|| self.inner.id())
    }

    /// Reads into the cache what it lacks, for whoever wants it later; answers what that took.
    ///
    /// # Errors
    /// As [`Container::fetch_versioned`].
    pub fn prefetch(&self, fetches: &[Fetch]) -> Result<FetchReport, StoreError> {
        let mut report = FetchReport::default();
        self.fetch_versioned(fetches, &mut report)?;
        Ok(report)
    }

    /// Asks the container in which states these blobs are, and drops what is kept of others; answers how many blobs that
    /// concerned. Blobs of which nothing is kept are not asked for, and those without a version are dropped.
    ///
    /// # Errors
    /// As [`Container::versions`]; then nothing is dropped.
    pub fn refresh<K: AsRef<str>>(&self, keys: &[K]) -> Result<usize, StoreError> {
        let asking = Asking::new(self.blocking());
        let keys = asking.known(keys);
        let versions = self.inner.versions(&keys)?;
        asking.confirm(&keys, &versions)
    }

    fn read(&self, key: &str, range: Option<Range<u64>>) -> Result<Option<Buffer>, StoreError> {
        let Some(shelved) = self.blocking() else {
            return match range {
                None => self.inner.get(key),
                Some(range) => self.inner.get_range(key, range),
            };
        };
        let hit = shelved.find(key, range.as_ref());
        if hit.is_some() {
            return Ok(hit);
        }
        let fetches = [Fetch::raw(key, range)];
        Container::fetch(self, &fetches).map(only)
    }
}

impl<C: Container> Container for Cached<C> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.read(key, None)
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        self.read(key, Some(range))
    }

    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        match self.blocking().and_then(|shelved| shelved.size(key)) {
            Some(size) => Ok(Some(size)),
            None => self.inner.size(key),
        }
    }

    fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        let (mut sizes, unknown) = kept_sizes(self.blocking(), keys);
        if !unknown.is_empty() {
            let told = self.inner.sizes(&unknown)?;
            complete(&mut sizes, &unknown, told)?;
        }
        Ok(sizes)
    }

    fn contains(&self, key: &str) -> Result<bool, StoreError> {
        match self.blocking() {
            Some(shelved) if shelved.serves(key) => Ok(true),
            _ => self.inner.contains(key),
        }
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let shelved = self.blocking();
        let lookup =
            shelved.map(|shelved| (shelved, shelved.lookup(fetches, Waits::Thread, report)));
        let Some((shelved, Some(mut lookup))) = lookup else {
            return self.inner.fetch_versioned(fetches, report);
        };
        loop {
            match lookup.step(report)? {
                Step::Load(wanted) => {
                    let loaded = shelved
                        .disk()
                        .map(|disk| disk.load(shelved.container, &wanted));
                    lookup.loaded(loaded.unwrap_or_default(), report);
                }
                Step::Versions(keys) => {
                    lookup.current(self.inner.versions(&keys), report);
                }
                Step::Store(keepsakes) => {
                    if let Some(disk) = shelved.disk() {
                        disk.store(&keepsakes, shelved.overwritten(lookup.overwrites()));
                    }
                }
                Step::Fetch(missing) => {
                    let fetched = self.inner.fetch_versioned(&missing, report);
                    lookup.supply(fetched, report)?;
                }
                Step::Wait(listener) => listener.wait(),
                Step::Done(answers) => return Ok(answers),
            }
        }
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        self.inner.known_size(key)
    }

    fn profile(&self) -> Profile {
        self.inner.profile()
    }

    fn id(&self) -> Option<ContainerId> {
        self.named(self.inner.id())
    }

    /// What the container says, now; what is kept of another state is dropped.
    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        let asking = Asking::new(self.blocking());
        let version = self.inner.version(key)?;
        asking.observe(key, version.as_ref());
        Ok(version)
    }

    /// As [`version`](Container::version).
    fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        let asking = Asking::new(self.blocking());
        let versions = self.inner.versions(keys)?;
        asking.observe_all(keys, &versions);
        Ok(versions)
    }
}
