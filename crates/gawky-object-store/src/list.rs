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
                Ok(meta) => keys.extend(self.key_of(&meta.location)),
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
        Ok(keys)
    }
}
