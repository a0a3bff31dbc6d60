//! Deleting objects.

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use gawky_store::{AsyncContainerDelete, Key, StoreError};

use crate::AsyncObjectContainer;
use crate::transfer_error::{Refusal, refusal};

#[async_trait]
impl AsyncContainerDelete for AsyncObjectContainer {
    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.delete_many(&[key.into()]).await
    }

    async fn delete_many(&self, keys: &[Key]) -> Result<(), StoreError> {
        let mut paths = Vec::with_capacity(keys.len());
        for key in keys {
            paths.push(self.path_of(key)?);
        }
        paths.sort_unstable();
        paths.dedup();
        let key = keys.first().map(Key::as_str).unwrap_or_default();
        let mut deleted = self
            .store
            .delete_stream(stream::iter(paths.into_iter().map(Ok)).boxed());
        let mut failed = None;
        while let Some(answer) = deleted.next().await {
            let Err(error) = answer else { continue };
            let error = match refusal(&error) {
                Refusal::Missing => continue,
                Refusal::Unsupported => self.unsupported(
                    key,
                    "delete",
                    "its server takes no DELETE: open a store that can be written",
                ),
                _ => self.failed(key, 1, error),
            };
            failed.get_or_insert(error);
        }
        failed.map_or(Ok(()), Err)
    }
}
