//! Deleting objects.

use std::collections::BTreeSet;
use std::ops::ControlFlow::{Break, Continue};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use gawky_store::{AsyncContainerDelete, Key, StoreError};

use crate::AsyncObjectContainer;
use crate::attempts::Attempts;
use crate::retries::Tries;
use crate::transfer_error::{Refusal, refusal};

#[async_trait]
impl AsyncContainerDelete for AsyncObjectContainer {
    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.delete_many(&[key.into()]).await
    }

    async fn delete_many(&self, keys: &[Key]) -> Result<(), StoreError> {
        let mut paths = BTreeSet::new();
        for key in keys {
            paths.insert(self.path_of(key)?);
        }
        let key = keys.first().map(Key::as_str).unwrap_or_default();
        let (tries, paths) = (Tries::default(), tokio::sync::Mutex::new(paths));
        let deleted = self.retries.run(&tries, || async {
            let mut paths = paths.lock().await;
            let rest = stream::iter(paths.clone().into_iter().map(Ok)).boxed();
            let mut answers = self.store.delete_stream(rest);
            let (mut passing, mut failed) = (None, None);
            while let Some(answer) = answers.next().await {
                match answer {
                    Ok(path) => {
                        paths.remove(&path);
                    }
                    Err(error) => match refusal(&error) {
                        Refusal::Missing => {}
                        // Deleting may be done twice.
                        Refusal::Nonsense | Refusal::Taken => {
                            passing.get_or_insert(error);
                        }
                        _ => {
                            failed.get_or_insert(error);
                        }
                    },
                }
            }
            tries.count(&Attempts::default());
            match (failed, passing) {
                (Some(error), _) => Break(Err(error)),
                (None, Some(error)) => Continue(error),
                (None, None) => Break(Ok(())),
            }
        });
        match deleted.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) | Err(error) => Err(match refusal(&error) {
                Refusal::Unsupported => self.unsupported(
                    key,
                    "delete",
                    "its server takes no DELETE: open a store that can be written",
                ),
                _ => self.failed(key, tries.sent(), error),
            }),
        }
    }
}
