//! Writing, deleting and listing beside the cache: nothing is kept, and what is overwritten is dropped.

use std::time::Duration;

use async_trait::async_trait;
use gawky_buffer::{Blob, Buffer, Key, Version};

use super::Cached;
use super::cached::{Asking, Shelved};
use crate::{
    AsyncContainer, AsyncContainerConditional, AsyncContainerDelete, AsyncContainerList,
    AsyncContainerWrite, Container, ContainerConditional, ContainerDelete, ContainerList,
    ContainerWrite, StoreError,
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

    fn put_pieces(&self, key: Key, pieces: &[Buffer]) -> Result<(), StoreError> {
        let _overwritten = Overwritten::new(self.blocking(), [key.clone()]);
        self.inner.put_pieces(key, pieces)
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

    async fn put_pieces(&self, key: Key, pieces: &[Buffer]) -> Result<(), StoreError> {
        let _overwritten = Overwritten::new(self.by_futures(), [key.clone()]);
        self.inner.put_pieces(key, pieces).await
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

    fn delete_drafts(&self, older_than: Duration) -> Result<u64, StoreError> {
        self.inner.delete_drafts(older_than)
    }
}

#[async_trait]
impl<C: AsyncContainer + AsyncContainerDelete> AsyncContainerDelete for Cached<C> {
    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let _overwritten = Overwritten::new(self.by_futures(), [Key::from(key)]);
        self.inner.delete(key).await
    }

    async fn delete_many(&self, keys: &[Key]) -> Result<(), StoreError> {
        let _overwritten = Overwritten::new(self.by_futures(), keys.iter().cloned());
        self.inner.delete_many(keys).await
    }
}

impl<C: ContainerList> ContainerList for Cached<C> {
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        self.inner.list(prefix)
    }
}

#[async_trait]
impl<C: AsyncContainerList> AsyncContainerList for Cached<C> {
    async fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        self.inner.list(prefix).await
    }
}

impl<C: Container + ContainerConditional> ContainerConditional for Cached<C> {
    /// What the container says, now: who compares and swaps wants no bytes that were read before.
    fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        let asking = Asking::new(self.blocking());
        let answer = self.inner.get_versioned(key)?;
        asking.observe(key, answer.as_ref().map(|(_, version)| version));
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

#[async_trait]
impl<C: AsyncContainer + AsyncContainerConditional> AsyncContainerConditional for Cached<C> {
    async fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        let asking = Asking::new(self.by_futures());
        let answer = self.inner.get_versioned(key).await?;
        asking.observe(key, answer.as_ref().map(|(_, version)| version));
        Ok(answer)
    }

    async fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
        let _overwritten = Overwritten::new(self.by_futures(), [blob.key.clone()]);
        self.inner.put_if_absent(blob).await
    }

    async fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
        let _overwritten = Overwritten::new(self.by_futures(), [blob.key.clone()]);
        self.inner.put_if_match(blob, version).await
    }
}
