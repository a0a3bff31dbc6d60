//! Writing, deleting and listing beside the cache: nothing is kept, and what is overwritten is dropped.

use async_trait::async_trait;
use gawky_buffer::{Blob, Buffer, Key, Version};

use super::Cached;
use super::cached::Shelved;
use crate::{
    AsyncContainer, AsyncContainerWrite, Container, ContainerConditional, ContainerDelete,
    ContainerList, ContainerWrite, StoreError,
};

/// Drops what is kept of some blobs when it is made and again when it goes away, whatever became of the writing in
/// between. Who began to read before the end of it may have the old bytes, which are not kept then.
struct Overwritten<'a> {
    shelved: Option<Shelved<'a>>,
    keys: Vec<Key>,
}

impl<'a> Overwritten<'a> {
    fn new(shelved: Option<Shelved<'a>>, keys: impl IntoIterator<Item = Key>) -> Self {
        let keys: Vec<Key> = keys.into_iter().collect();
        if let Some(shelved) = shelved {
            shelved.before_overwriting(&keys);
        }
        Self { shelved, keys }
    }
}

impl Drop for Overwritten<'_> {
    fn drop(&mut self) {
        if let Some(shelved) = self.shelved {
            shelved.after_overwriting(&self.keys);
        }
    }
}

fn keys(blobs: &[Blob]) -> impl Iterator<Item = Key> {
    blobs.iter().map(|blob| blob.key.clone())
}

impl<C: Container + ContainerWrite> ContainerWrite for Cached<C> {
    fn put(&self, blob: Blob) -> Result<(), StoreError> {
        let _overwritten = Overwritten::new(self.blocking(), [blob.key.clone()]);
        self.inner.put(blob)
    }

    fn put_many(&self, blobs: Vec<Blob>) -> Result<(), StoreError> {
        let _overwritten = Overwritten::new(self.blocking(), keys(&blobs));
        self.inner.put_many(blobs)
    }
}

#[async_trait]
impl<C: AsyncContainer + AsyncContainerWrite> AsyncContainerWrite for Cached<C> {
    async fn put(&self, blob: Blob) -> Result<(), StoreError> {
        let _overwritten = Overwritten::new(self.by_futures(), [blob.key.clone()]);
        self.inner.put(blob).await
    }

    async fn put_many(&self, blobs: Vec<Blob>) -> Result<(), StoreError> {
        let _overwritten = Overwritten::new(self.by_futures(), keys(&blobs));
        self.inner.put_many(blobs).await
    }
}

impl<C: Container + ContainerDelete> ContainerDelete for Cached<C> {
    fn delete(&self, key: &str) -> Result<(), StoreError> {
        let _overwritten = Overwritten::new(self.blocking(), [Key::from(key)]);
        self.inner.delete(key)
    }

    fn delete_many(&self, keys: &[Key]) -> Result<(), StoreError> {
        let _overwritten = Overwritten::new(self.blocking(), keys.iter().cloned());
        self.inner.delete_many(keys)
    }
}

impl<C: ContainerList> ContainerList for Cached<C> {
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        self.inner.list(prefix)
    }
}

impl<C: Container + ContainerConditional> ContainerConditional for Cached<C> {
    /// What the container says, now: who compares and swaps wants no bytes that were read before.
    fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        let Some(shelved) = self.blocking() else {
            return self.inner.get_versioned(key);
        };
        let began = shelved.clock();
        let answer = self.inner.get_versioned(key)?;
        shelved.observe(key, answer.as_ref().map(|(_, version)| version), began);
        Ok(answer)
    }

    fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
        let _overwritten = Overwritten::new(self.blocking(), [blob.key.clone()]);
        self.inner.put_if_absent(blob)
    }

    fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
        let _overwritten = Overwritten::new(self.blocking(), [blob.key.clone()]);
        self.inner.put_if_match(blob, version)
    }
}
