//! Listing objects.

use std::ops::ControlFlow::{Break, Continue};

use async_trait::async_trait;
use futures_util::StreamExt;
use gawky_store::{AsyncContainerList, Key, StoreError, key};
use object_store::path::Path;

use crate::AsyncObjectContainer;
use crate::attempts::Attempts;
use crate::retries::Tries;
use crate::transfer_error::{Refusal, refusal};

#[async_trait]
impl AsyncContainerList for AsyncObjectContainer {
    async fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        key::validate_prefix(prefix)?;
        let stem = prefix.strip_suffix('/').unwrap_or(prefix);
        let mut at_itself = None;
        let below = if stem.is_empty() {
            self.prefix.clone()
        } else {
            let path = self.path_of(stem)?;
            // Stores list what is below a path, and not what is there itself.
            if stem == prefix && self.head(stem, &path).await?.is_some() {
                at_itself = Some(Key::from(stem));
            }
            path
        };
        let tries = Tries::default();
        let listed = self.retries.run(&tries, || async {
            match self.all_below(&below).await {
                Ok(listed) => Break(Ok(listed)),
                Err(error) => {
                    tries.count(&Attempts::default());
                    match refusal(&error) {
                        Refusal::Nonsense => Continue(error),
                        Refusal::Unsupported => Break(Err(self.unsupported(
                            prefix,
                            "list its keys",
                            "its server does not answer PROPFIND: ask for keys that you know",
                        ))),
                        _ => Break(Err(self.failed(prefix, tries.sent(), error))),
                    }
                }
            }
        });
        let listed = listed.await;
        let (mut keys, empty) =
            listed.unwrap_or_else(|error| Err(self.failed(prefix, tries.sent(), error)))?;
        keys.extend(at_itself);
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
    /// The keys of the objects below a path, and of those that are empty.
    async fn all_below(&self, below: &Path) -> object_store::Result<(Vec<Key>, Vec<Key>)> {
        let (mut keys, mut empty) = (Vec::new(), Vec::new());
        let below = (*below != Path::default()).then_some(below);
        let mut listed = self.store.list(below);
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
                // Nothing is below it.
                Err(error) if refusal(&error) == Refusal::Missing => {}
                Err(error) => return Err(error),
            }
        }
        Ok((keys, empty))
    }

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
