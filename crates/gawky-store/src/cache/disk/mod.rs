//! [`DiskTier`]: what was read is kept on disk, too, for other processes and for later.

mod entry;
mod folder;
mod workers;

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use gawky_buffer::Fetch;

use super::{CachePolicy, Retention};
use crate::file::io_error;
use crate::{ContainerId, Fetched, StoreError};
use entry::Refused;
use folder::Folder;
use workers::Workers;

// How long nothing is written after the lock was not had: waiting for it holds up whoever reads.
const PAUSE: Duration = Duration::from_secs(60);

/// A folder in which a [`Cache`](super::Cache) keeps what it fetched, for other processes and for later ones.
///
/// It is for containers behind a network: reading a file takes less time than a round trip. Each answer is a file of
/// its own; all of them together have at most `capacity` bytes, names and sums included. What was not used for longest goes first,
/// by the time that the file system keeps for each file (its modification time, which reading sets).
///
/// **Any number of processes** may use the folder at once, each with a capacity of its own to which it makes room. Entries are
/// written under another name and renamed; inserting and evicting is done under a lock on one file, which a
/// process that is killed lets go; what it leaves half-written is removed by the next one that opens the folder or
/// makes room. A process that cannot get the lock within two seconds goes on without keeping anything, and
/// tries again after a minute.
///
/// **Nothing damaged is served.** A file names the container, the key, the range and the version that it is of, and has a `crc32c` of
/// every 64 KiB of its bytes. What is truncated, changed or not what its name says is removed, and fetched again. That
/// guards against accidents, not against people: whoever may write to the folder can also write the sums, so it should
/// belong to those who trust each other. Files in the folder that are not the tier's own are left alone.
///
/// **Nothing old is served.** Bytes are kept with the version that they were fetched with, and served
///
/// - to a fetch that asks for that very version ([`Fetch::at_version`]): without asking anybody;
/// - to a fetch that asks for none: after the container was asked for the blob's current
///   [`version`](crate::Container::version), once for each blob in a call. That is a round trip, many at a time; where the blob has
///   changed, another one follows;
/// - where the content is declared never to change ([`Cached::immutable`](super::Cached::immutable)): without asking anybody, whatever the
///   version.
///
/// What is overwritten or deleted through a [`Cached`](super::Cached) container is removed. Bytes without a version are kept only where the content is declared never to change, and bytes of a container that has no name
/// outside of this process ([`ContainerId::is_lasting`]) never.
///
/// **No read fails because of it.** What cannot be read from the folder is fetched, what cannot be written is not kept,
/// and [`stats`](Self::stats) tells how often. Blocking readers read and write its files themselves, after those who wait for
/// the bytes have been told; for futures, up to four threads of its own do.
///
/// ```
/// use gawky_store::cache::{Cache, DiskTier};
///
/// let folder = tempfile::tempdir().unwrap();
/// let disk = DiskTier::open(folder.path().join("gawky"), 10 << 30)?;
/// let cache = Cache::new(1 << 30).with_disk(disk);
/// # assert!(cache.disk().is_some());
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
#[derive(Clone, Debug)]
pub struct DiskTier {
    shared: Arc<Shared>,
    policy: CachePolicy,
}

#[derive(Debug)]
struct Shared {
    folder: Folder,
    workers: Workers,
    /// Until when nothing is written, because the lock was not had.
    resumes: Mutex<Option<Instant>>,
    hits: AtomicU64,
    misses: AtomicU64,
    insertions: AtomicU64,
    evictions: AtomicU64,
    damaged: AtomicU64,
    failures: AtomicU64,
}

/// What this process has done with a folder since it opened it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiskStats {
    /// Fetches for which the folder had bytes. Some of them may have been of an old version.
    pub hits: u64,
    /// Fetches for which it had none.
    pub misses: u64,
    /// Entries that were written.
    pub insertions: u64,
    /// Entries that this process removed to make room.
    pub evictions: u64,
    /// Entries that were removed because they were damaged.
    pub damaged: u64,
    /// Entries that could not be read or written: no room on the disk, no permission, no lock.
    pub failures: u64,
}

/// Bytes on their way to the disk.
#[derive(Clone, Debug)]
pub(super) struct Keepsake {
    pub(super) container: ContainerId,
    pub(super) fetch: Fetch,
    pub(super) fetched: Fetched,
    /// Whether it would be served though its blob has another version by then.
    pub(super) forever: bool,
}

impl DiskTier {
    /// Opens a folder, making it and those above it if they are missing, with room for `capacity` bytes.
    ///
    /// # Errors
    /// [`StoreError::Io`] when it cannot be made, written to, or locked.
    pub fn open(folder: impl AsRef<Path>, capacity: u64) -> Result<Self, StoreError> {
        let root = folder.as_ref();
        Ok(Self {
            shared: Arc::new(Shared {
                folder: Folder::open(root, capacity).map_err(io_error("", root))?,
                workers: Workers::default(),
                resumes: Mutex::default(),
                hits: AtomicU64::new(0),
                misses: AtomicU64::new(0),
                insertions: AtomicU64::new(0),
                evictions: AtomicU64::new(0),
                damaged: AtomicU64::new(0),
                failures: AtomicU64::new(0),
            }),
            policy: CachePolicy::everything(),
        })
    }

    /// The same folder, keeping only what the policy keeps; pinned is the same as kept.
    #[must_use]
    pub fn with_policy(mut self, policy: CachePolicy) -> Self {
        self.policy = policy;
        self
    }

    /// What this process has done with it.
    #[must_use]
    pub fn stats(&self) -> DiskStats {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        DiskStats {
            hits: of(&self.shared.hits),
            misses: of(&self.shared.misses),
            insertions: of(&self.shared.insertions),
            evictions: of(&self.shared.evictions),
            damaged: of(&self.shared.damaged),
            failures: of(&self.shared.failures),
        }
    }

    /// How many entries there are in the folder, and how many bytes their files have; it looks at each.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the folder cannot be listed.
    pub fn usage(&self) -> Result<(u64, u64), StoreError> {
        let folder = &self.shared.folder;
        folder.usage().map_err(io_error("", folder.home()))
    }

    /// Removes every entry, whoever wrote it.
    ///
    /// # Errors
    /// [`StoreError::Io`] when one cannot be removed, or another process has held the lock for two seconds.
    pub fn clear(&self) -> Result<(), StoreError> {
        let folder = &self.shared.folder;
        folder.clear().map_err(io_error("", folder.home()))
    }

    /// Whether the bytes of this fetch may be kept.
    pub(super) fn keeps(&self, fetch: &Fetch) -> bool {
        self.policy.decide(fetch) != Retention::Pass
    }

    /// What the folder has for these fetches. It may be of an old version, where none is asked for.
    pub(super) fn load(&self, container: &ContainerId, fetches: &[Fetch]) -> Vec<Option<Fetched>> {
        let load = |fetch| self.shared.load(container, fetch);
        fetches.iter().map(load).collect()
    }

    /// [`load`](Self::load), on another thread.
    pub(super) async fn load_elsewhere(
        &self,
        container: &ContainerId,
        fetches: Vec<Fetch>,
    ) -> Vec<Option<Fetched>> {
        let (tier, container, asked) = (self.clone(), container.clone(), fetches.len());
        let loaded = self
            .shared
            .workers
            .run(move || tier.load(&container, &fetches));
        loaded.await.unwrap_or_else(|| vec![None; asked])
    }

    /// Keeps bytes. Those that would be served whatever their version go again if `overwritten` answers true
    /// afterwards.
    pub(super) fn store(&self, keepsakes: &[Keepsake], overwritten: impl Fn() -> bool) {
        if self.shared.is_pausing() {
            return;
        }
        for keepsake in keepsakes {
            if !self.shared.store(keepsake) {
                // Nor would it be had for the others.
                self.shared.pause();
                return;
            }
            if keepsake.forever && overwritten() {
                self.forget(&keepsake.container, [keepsake.fetch.key.as_str()]);
            }
        }
    }

    /// [`store`](Self::store), on another thread.
    pub(super) async fn store_elsewhere(
        &self,
        keepsakes: Vec<Keepsake>,
        overwritten: impl Fn() -> bool + Send + 'static,
    ) {
        let tier = self.clone();
        let stored = self
            .shared
            .workers
            .run(move || tier.store(&keepsakes, overwritten));
        stored.await;
    }

    /// Removes all that is kept of some blobs.
    pub(super) fn forget<'k>(
        &self,
        container: &ContainerId,
        keys: impl IntoIterator<Item = &'k str>,
    ) {
        self.shared.folder.forget(container, keys);
    }
}

impl Shared {
    fn load(&self, container: &ContainerId, fetch: &Fetch) -> Option<Fetched> {
        let whole = self.look(container, fetch, true);
        let found = whole.or_else(|| match fetch.range {
            Some(_) => self.look(container, fetch, false),
            None => None,
        });
        let counted = if found.is_some() {
            &self.hits
        } else {
            &self.misses
        };
        counted.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// What the file of the whole blob, or of this very range, has.
    fn look(&self, container: &ContainerId, fetch: &Fetch, whole: bool) -> Option<Fetched> {
        let range = fetch.range.as_ref().filter(|_| !whole);
        let path = self.folder.path_of(container, &fetch.key, range);
        let read = || -> io::Result<Result<Fetched, Refused>> {
            let file = File::open(&path)?;
            let read = entry::read(&file, container, fetch, whole)?;
            if read.is_ok() {
                Folder::touch(&file);
            }
            Ok(read)
        };
        match read() {
            Ok(Ok(fetched)) => Some(fetched),
            Ok(Err(Refused::Other)) => None,
            Ok(Err(Refused::Damaged)) => {
                self.damaged.fetch_add(1, Ordering::Relaxed);
                let _ = std::fs::remove_file(&path);
                None
            }
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(_) => self.failed(),
        }
    }

    /// Whether somebody kept the lock from this process a moment ago.
    fn is_pausing(&self) -> bool {
        let resumes = self.resumes.lock().unwrap_or_else(PoisonError::into_inner);
        resumes.is_some_and(|resumes| Instant::now() < resumes)
    }

    fn pause(&self) {
        let mut resumes = self.resumes.lock().unwrap_or_else(PoisonError::into_inner);
        *resumes = Some(Instant::now() + PAUSE);
    }

    /// Keeps bytes; `false` when the lock could not be had.
    fn store(&self, keepsake: &Keepsake) -> bool {
        let Keepsake {
            container,
            fetch,
            fetched,
            ..
        } = keepsake;
        let Ok(bytes) = fetched.bytes.bytes() else {
            return true;
        };
        let write = || -> io::Result<Option<u64>> {
            let mut draft = self.folder.draft()?;
            let version = fetched.version.as_ref();
            entry::write(draft.file(), container, fetch, version, bytes)?;
            let path = self
                .folder
                .path_of(container, &fetch.key, fetch.range.as_ref());
            self.folder.insert(draft, &path)
        };
        match write() {
            Ok(Some(evicted)) => {
                self.insertions.fetch_add(1, Ordering::Relaxed);
                self.evictions.fetch_add(evicted, Ordering::Relaxed);
                true
            }
            Ok(None) => {
                self.failed();
                true
            }
            Err(error) => {
                self.failed();
                error.kind() != ErrorKind::WouldBlock
            }
        }
    }

    fn failed(&self) -> Option<Fetched> {
        self.failures.fetch_add(1, Ordering::Relaxed);
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use gawky_buffer::Buffer;

    use super::*;

    #[test]
    fn who_cannot_get_the_lock_does_not_try_for_every_blob() {
        let home = tempfile::tempdir().unwrap();
        let tier = DiskTier::open(home.path(), 1 << 20).unwrap();
        let keepsakes: Vec<_> = (0..10)
            .map(|number| Keepsake {
                container: ContainerId::new("s3://bucket"),
                fetch: Fetch::raw(number.to_string(), None),
                fetched: Buffer::from_vec(vec![number]).into(),
                forever: true,
            })
            .collect();
        let held = tier.shared.folder.lock().unwrap().unwrap();
        tier.store(&keepsakes, || false);
        assert_eq!(tier.stats().failures, 1, "the others were not tried");
        drop(held);
        tier.store(&keepsakes, || false);
        assert_eq!(tier.stats().insertions, 0, "it is too soon");
        *tier.shared.resumes.lock().unwrap() = Some(Instant::now());
        tier.store(&keepsakes, || false);
        assert_eq!(tier.stats().insertions, 10);
    }
}
