//! [`HookedContainer`]: what if somebody else does something just now?

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gawky_store::{
    Blob, Buffer, Container, ContainerConditional, ContainerDelete, ContainerId, ContainerList,
    ContainerWrite, Fetch, FetchReport, Fetched, Key, Profile, StoreError, Version,
};

type Hook = Box<dyn FnOnce() + Send>;

/// A container that does something else before it does what it is asked.
///
/// Calls are numbered from 0, whatever they ask for; a closure is run before the call of its number. So two users of
/// one container can be interleaved at every point there is, without threads and without luck.
///
/// ```
/// use gawky_store::{Buffer, Container, MemoryContainer};
/// use gawky_testkit::containers::HookedContainer;
/// use std::sync::Arc;
///
/// let memory = Arc::new(MemoryContainer::new());
/// let hooked = HookedContainer::new(Arc::clone(&memory));
/// hooked.before(1, move || memory.insert("x", Buffer::empty()).unwrap());
/// assert_eq!(hooked.get("x")?, None);
/// assert!(hooked.get("x")?.is_some());
/// assert_eq!(hooked.calls(), 2);
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
#[derive(Default)]
pub struct HookedContainer<C> {
    inner: C,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    calls: u64,
    hooks: BTreeMap<u64, Hook>,
}

impl<C: fmt::Debug> fmt::Debug for HookedContainer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookedContainer")
            .field("inner", &self.inner)
            .field("calls", &self.calls())
            .finish_non_exhaustive()
    }
}

impl<C> HookedContainer<C> {
    /// A container that does nothing else yet.
    pub fn new(inner: C) -> Self {
        Self {
            inner,
            state: Mutex::default(),
        }
    }

    /// The container inside; what is asked of it directly does not count.
    pub fn inner(&self) -> &C {
        &self.inner
    }

    /// Does `hook` before call `n`, counted from the beginning.
    pub fn before(&self, n: u64, hook: impl FnOnce() + Send + 'static) {
        self.state().hooks.insert(n, Box::new(hook));
    }

    /// How many calls there have been.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call(&self) -> &C {
        let mut state = self.state();
        let now = state.calls;
        state.calls += 1;
        let hook = state.hooks.remove(&now);
        // It may well use this container itself.
        drop(state);
        if let Some(hook) = hook {
            hook();
        }
        &self.inner
    }
}

impl<C: Container> Container for HookedContainer<C> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.call().get(key)
    }

    fn get_range(
        &self,
        key: &str,
        range: std::ops::Range<u64>,
    ) -> Result<Option<Buffer>, StoreError> {
        self.call().get_range(key, range)
    }

    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        self.call().size(key)
    }

    fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        self.call().sizes(keys)
    }

    fn contains(&self, key: &str) -> Result<bool, StoreError> {
        self.call().contains(key)
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        self.call().fetch_versioned(fetches, report)
    }

    fn profile(&self) -> Profile {
        self.inner.profile()
    }

    fn id(&self) -> Option<ContainerId> {
        self.inner.id()
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.call().version(key)
    }

    fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        self.call().versions(keys)
    }
}

impl<C: ContainerWrite> ContainerWrite for HookedContainer<C> {
    fn put(&self, blob: Blob) -> Result<(), StoreError> {
        self.call().put(blob)
    }
}

impl<C: ContainerDelete> ContainerDelete for HookedContainer<C> {
    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.call().delete(key)
    }

    fn delete_drafts(&self, older_than: std::time::Duration) -> Result<u64, StoreError> {
        self.inner.delete_drafts(older_than)
    }
}

impl<C: ContainerList> ContainerList for HookedContainer<C> {
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        self.call().list(prefix)
    }
}

impl<C: ContainerConditional> ContainerConditional for HookedContainer<C> {
    fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        self.call().get_versioned(key)
    }

    fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
        self.call().put_if_absent(blob)
    }

    fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
        self.call().put_if_match(blob, version)
    }
}
