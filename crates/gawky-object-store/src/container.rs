//! [`AsyncObjectContainer`]: an object store and a prefix.

use std::sync::Arc;

use gawky_store::{ContainerId, Key, Profile, StoreError, key, names};
use object_store::ObjectStore;
use object_store::path::Path;

use crate::{Retries, TransferError};

/// The blobs under a prefix of an object store, by futures.
///
/// **Reading.** One `fetch` plans its requests ([`plan`](gawky_store::plan)) and has several under way, as many as
/// its [`Profile`] says; each is one GET. Every answer is proved: its range must be the one that was asked, and its
/// body exactly as long. A body that breaks off, or is too short or too long, is fetched again from its beginning, as
/// [`Retries`] says; refused connections and answers such as 503 are retried below, by the store itself. What remains is
/// an error that says how often it was tried and why it failed. How large a whole blob is, only its answer tells: its
/// body comes as soon as there is room for it. Bytes arrive in aligned memory; pieces of a
/// merged range lie as they would if the whole object were in memory.
///
/// **Writing.** An object is replaced at once, or not at all; a large one is sent in [parts](Self::with_part_size),
/// which become visible together. Nothing of it stays when that fails. A conditional put of which a first attempt had landed
/// unnoticed succeeds when the blob holds the bytes that were to be put, whoever put them: what is to tell which of several
/// writers came first must hold something that only one of them would write.
///
/// **Versions** are ETags, with the generation where there is one; where there is neither, the time of the last change with the size. S3
/// makes them of the bytes: an object that is put back as it was is at its old version again.
///
/// **Runtime.** Stores behind a network, and waiting between retries, need Tokio with I/O and time. On a runtime of
/// several threads the requests of one call are tasks of it, which end when the call is dropped, so all its
/// threads move bytes; elsewhere the call does everything itself.
///
/// Cloning is cheap, and clones are the same container.
#[derive(Clone, Debug)]
pub struct AsyncObjectContainer {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) prefix: Path,
    pub(crate) id: ContainerId,
    pub(crate) profile: Profile,
    pub(crate) retries: Retries,
    pub(crate) part_size: u64,
}

impl AsyncObjectContainer {
    /// The objects of `store` under `prefix`; the empty path is all of them.
    ///
    /// It counts as a container of its own, which shares no cache with any other: see [`with_id`](Self::with_id).
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, prefix: Path) -> Self {
        Self {
            store,
            prefix,
            id: ContainerId::unique("object-store"),
            profile: Profile::REMOTE,
            retries: Retries::default(),
            part_size: 16 * 1024 * 1024,
        }
    }

    /// The same, called `id`: containers of equal ids share what a cache has read of them, so it must tell
    /// endpoint, bucket and prefix.
    #[must_use]
    pub fn with_id(mut self, id: ContainerId) -> Self {
        self.id = id;
        self
    }

    /// The same, asked in another way; [`Profile::REMOTE`] unless set.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// The same, with other retries of transfers.
    #[must_use]
    pub fn with_retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// The same, sending blobs of more than this many bytes in parts of about this size; 16 MiB unless set. S3
    /// takes no parts below 5 MiB. Blobs that are put conditionally go in one.
    #[must_use]
    pub fn with_part_size(mut self, bytes: u64) -> Self {
        self.part_size = bytes.max(1);
        self
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// Where in the store the blobs are.
    #[must_use]
    pub fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// The object that `key` has, or would have.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`].
    pub fn path_of(&self, key: &str) -> Result<Path, StoreError> {
        key::validate(key)?;
        let name = names::path_of(key);
        let path = match self.prefix.as_ref() {
            "" => Path::parse(&*name),
            prefix => Path::parse(format!("{prefix}/{name}")),
        };
        path.map_err(|source| self.failed(key, 0, object_store::Error::from(source)))
    }

    /// The key whose object lies there; `None` when it is nobody's.
    pub(crate) fn key_of(&self, path: &Path) -> Option<Key> {
        let name = match self.prefix.as_ref() {
            "" => path.as_ref(),
            prefix => path.as_ref().strip_prefix(prefix)?.strip_prefix('/')?,
        };
        names::key_of(name).map(Key::from)
    }

    pub(crate) fn failed(
        &self,
        key: &str,
        attempts: u32,
        error: impl Into<TransferError>,
    ) -> StoreError {
        StoreError::Remote {
            key: key.to_owned(),
            attempts,
            source: Arc::new(error.into()),
        }
    }

    pub(crate) fn unsupported(
        &self,
        key: &str,
        what: &'static str,
        hint: &'static str,
    ) -> StoreError {
        StoreError::Unsupported {
            key: key.to_owned(),
            container: self.store.to_string(),
            what,
            hint,
        }
    }
}
