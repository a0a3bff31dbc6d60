//! [`FaultyContainer`]: what if it fails just there?

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gawky_store::{
    Blob, Buffer, Container, ContainerConditional, ContainerDelete, ContainerId, ContainerList,
    ContainerWrite, Fetch, FetchReport, Fetched, Key, Profile, StoreError, Version,
};

/// How a [`FaultyContainer`] fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An error of the container's own, and nothing happens.
    Error,
    /// An error, although the blob was written: the answer got lost. For reading the same as `Error`.
    ErrorAfterwards,
    /// The key is said to be missing. A write does nothing and claims success.
    Missing,
    /// The last byte is left out.
    Short,
    /// One byte too many.
    Long,
    /// Every bit of the first byte is turned over.
    Corrupt,
}

/// A container that fails where it is told to.
///
/// Operations are numbered from 0, each blob of a `fetch` or `put_many` by itself. Faults change what comes out
/// of `fetch` unchecked, as a bad container's own `fetch` might.
///
/// ```
/// use gawky_store::{Buffer, Container, MemoryContainer};
/// use gawky_testkit::containers::{Fault, FaultyContainer};
///
/// let faulty = FaultyContainer::new(MemoryContainer::new());
/// faulty.inner().insert("x", Buffer::from_vec(vec![1_u8, 2]))?;
/// faulty.fail_nth(1, Fault::Error);
/// assert!(faulty.get("x").is_ok());
/// assert_eq!(faulty.get("x").unwrap_err().to_string(), r#""x": told to fail at operation 1"#);
/// assert!(faulty.get("x").is_ok());
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
#[derive(Debug, Default)]
pub struct FaultyContainer<C> {
    inner: C,
    plan: Mutex<Plan>,
}

#[derive(Debug, Default)]
struct Plan {
    done: u64,
    nth: BTreeMap<u64, Fault>,
    from: Option<(u64, Fault)>,
    keys: BTreeMap<String, Fault>,
    fetches: Vec<Fetch>,
}

/// One operation, and how it should fail.
#[derive(Clone, Copy, Debug)]
struct Next {
    operation: u64,
    fault: Option<Fault>,
}

impl Next {
    fn error(self, key: &str) -> StoreError {
        StoreError::backend(key, format!("told to fail at operation {}", self.operation))
    }

    fn spoil(
        self,
        key: &str,
        answer: Result<Option<Buffer>, StoreError>,
    ) -> Result<Option<Buffer>, StoreError> {
        let Some(fault) = self.fault else {
            return answer;
        };
        let Some(bytes) = answer? else {
            return match fault {
                Fault::Error | Fault::ErrorAfterwards => Err(self.error(key)),
                _ => Ok(None),
            };
        };
        let mut bytes = match bytes.bytes() {
            Ok(bytes) => bytes.to_vec(),
            Err(_) => return Ok(Some(bytes)),
        };
        match fault {
            Fault::Error | Fault::ErrorAfterwards => return Err(self.error(key)),
            Fault::Missing => return Ok(None),
            Fault::Short => drop(bytes.pop()),
            Fault::Long => bytes.push(0),
            Fault::Corrupt => {
                if let Some(first) = bytes.first_mut() {
                    *first = !*first;
                }
            }
        }
        Ok(Some(Buffer::from_vec(bytes)))
    }
}

impl<C> FaultyContainer<C> {
    /// A container that does not fail yet.
    pub fn new(inner: C) -> Self {
        Self {
            inner,
            plan: Mutex::default(),
        }
    }

    /// The container inside, which does not fail.
    pub fn inner(&self) -> &C {
        &self.inner
    }

    /// Fails at operation `n`, counted from the beginning.
    pub fn fail_nth(&self, n: u64, fault: Fault) {
        self.plan().nth.insert(n, fault);
    }

    /// Fails from operation `n` on, as a process does that is killed there.
    pub fn fail_from(&self, n: u64, fault: Fault) {
        self.plan().from = Some((n, fault));
    }

    /// Fails whenever `key` is used.
    pub fn fail_key(&self, key: impl Into<String>, fault: Fault) {
        self.plan().keys.insert(key.into(), fault);
    }

    /// Fails no more.
    pub fn heal(&self) {
        let mut plan = self.plan();
        *plan = Plan {
            done: plan.done,
            fetches: std::mem::take(&mut plan.fetches),
            ..Plan::default()
        };
    }

    /// What `fetch` and `fetch_versioned` were called with, all calls in a row, those that failed too.
    pub fn fetches(&self) -> Vec<Fetch> {
        self.plan().fetches.clone()
    }

    /// How many operations there have been.
    pub fn operations(&self) -> u64 {
        self.plan().done
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, key: &str) -> Next {
        let mut plan = self.plan();
        let now = plan.done;
        plan.done += 1;
        let nth = plan.nth.get(&now).copied();
        let from = plan
            .from
            .filter(|(from, _)| *from <= now)
            .map(|(_, fault)| fault);
        Next {
            fault: nth.or(from).or_else(|| plan.keys.get(key).copied()),
            operation: now,
        }
    }

    fn write<T>(
        &self,
        key: &str,
        claimed: impl FnOnce() -> T,
        write: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let next = self.next(key);
        match next.fault {
            Some(Fault::Error) => Err(next.error(key)),
            Some(Fault::ErrorAfterwards) => write().and(Err(next.error(key))),
            Some(Fault::Missing) => Ok(claimed()),
            _ => write(),
        }
    }
}

impl<C: Container> Container for FaultyContainer<C> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.next(key).spoil(key, self.inner.get(key))
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        self.next(key).spoil(key, self.inner.get_range(key, range))
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        self.plan().fetches.extend_from_slice(fetches);
        let answers = self.inner.fetch_versioned(fetches, report)?;
        fetches
            .iter()
            .zip(answers)
            .map(|(fetch, answer)| {
                let (bytes, version) = match answer {
                    Some(fetched) => (Some(fetched.bytes), fetched.version),
                    None => (None, None),
                };
                let bytes = self.next(&fetch.key).spoil(&fetch.key, Ok(bytes))?;
                Ok(bytes.map(|bytes| Fetched { bytes, version }))
            })
            .collect()
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        self.inner.known_size(key)
    }

    fn profile(&self) -> Profile {
        self.inner.profile()
    }

    fn id(&self) -> Option<ContainerId> {
        self.inner.id()
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        let next = self.next(key);
        match next.fault {
            Some(Fault::Error | Fault::ErrorAfterwards) => Err(next.error(key)),
            _ => self.inner.version(key),
        }
    }
}

impl<C: ContainerWrite> ContainerWrite for FaultyContainer<C> {
    fn put(&self, blob: Blob) -> Result<(), StoreError> {
        let key = blob.key.clone();
        self.write(&key, || (), || self.inner.put(blob))
    }
}

impl<C: ContainerDelete> ContainerDelete for FaultyContainer<C> {
    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.write(key, || (), || self.inner.delete(key))
    }

    fn delete_drafts(&self, older_than: std::time::Duration) -> Result<u64, StoreError> {
        self.inner.delete_drafts(older_than)
    }
}

impl<C: ContainerList> ContainerList for FaultyContainer<C> {
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        self.write(prefix, Vec::new, || self.inner.list(prefix))
    }
}

impl<C: ContainerConditional> ContainerConditional for FaultyContainer<C> {
    fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        let next = self.next(key);
        let Some((bytes, version)) = self.inner.get_versioned(key)? else {
            return next.spoil(key, Ok(None)).map(|_| None);
        };
        let spoilt = next.spoil(key, Ok(Some(bytes)))?;
        Ok(spoilt.map(|bytes| (bytes, version)))
    }

    fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
        let key = blob.key.clone();
        let claimed = || Version::new("claimed");
        self.write(&key, claimed, || self.inner.put_if_absent(blob))
    }

    fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
        let key = blob.key.clone();
        let claimed = || Version::new("claimed");
        self.write(&key, claimed, || self.inner.put_if_match(blob, version))
    }
}
