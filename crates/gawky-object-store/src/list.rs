//! Listing objects.

use async_trait::async_trait;
use futures_util::StreamExt;
use gawky_store::{AsyncContainerList, Key, StoreError, key};
use object_store::path::Path;

use crate::AsyncObjectContainer;
use crate::transfer_error::{Refusal, refusal};

#[async_trait]
impl AsyncContainerList for AsyncObjectContainer {
    async fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        key::validate_prefix(prefix)?;
        let stem = prefix.strip_suffix('/').unwrap_or(prefix);
        let mut keys = Vec::new();
        let mut empty = Vec::new();
        let below = if stem.is_empty() {
            self.prefix.clone()
        } else {
            let path = self.path_of(stem)?;
            // Stores list what is below a path, and not what is there itself.
            if stem == prefix && self.head(stem, &path).await?.is_some() {
                keys.push(stem.into());
            }
            path
        };
        let mut listed = self
            .store
            .list((below != Path::default()).then_some(&below));
        while let Some(answer) = listed.next().await {
            match answer {
                Ok(meta) => {
                    if let Some(key) = self.key_of(&meta.location) {
                        if meta.size == 0 {
                            empty.push(key.clone());
                        }
                        keys.push(key);
                    }
                }
                Err(error) => match refusal(&error) {
                    // Nothing is below it.
                    Refusal::Missing => {}
                    Refusal::Unsupported => {
                        return Err(self.unsupported(
                            prefix,
                            "list its keys",
                            "its server does not answer PROPFIND: ask for keys that you know",
                        ));
                    }
                    _ => return Err(self.failed(prefix, 1, error)),
                },
            }
        }
        keys.retain(|key| key::is_under(key, prefix));
        keys.sort_unstable();
        keys.dedup();
        for key in empty {
            if self.is_folder_marker(&key, &keys).await? {
                keys.retain(|listed| *listed != key);
            }
        }
        Ok(keys)
    }
}

impl AsyncObjectContainer {
    /// Whether what is listed as an empty object is `key/`, which consoles put where they show a folder. The crate
    /// `object_store` lists both alike. Only keys that have others below them are looked at.
    async fn is_folder_marker(&self, key: &str, sorted: &[Key]) -> Result<bool, StoreError> {
        let folder = format!("{key}/");
        let first = sorted.partition_point(|listed| listed.as_str() < folder.as_str());
        let is_above = sorted
            .get(first)
            .is_some_and(|listed| listed.starts_with(&folder));
        if !is_above {
            return Ok(false);
        }
        let path = self.path_of(key)?;
        Ok(self.head(key, &path).await?.is_none())
    }
}
