//! Putting objects only if nobody else has.

use async_trait::async_trait;
use gawky_buffer::{Blob, Buffer, Fetch, Version};
use gawky_store::{
    AsyncContainer, AsyncContainerConditional, FetchReport, StoreError, check_version,
};
use object_store::PutMode;

use crate::transfer_error::{Refusal, refusal};
use crate::version::{condition, version, version_of};
use crate::write::Ready;
use crate::{AsyncObjectContainer, TransferError};

const NO_CONDITION: &str = "put on a condition";
const OPEN_ANOTHER: &str =
    "keep what several writers change in a store with ETags, or let one writer put it plainly";

impl AsyncObjectContainer {
    async fn put_on_condition(
        &self,
        ready: &Ready,
        expected: Option<&Version>,
    ) -> Result<Version, StoreError> {
        let mode = match expected {
            None => PutMode::Create,
            Some(version) => PutMode::Update(condition(version)),
        };
        let (mut tries, mut asked) = (0, 0);
        loop {
            tries += 1;
            let (put, times) = self.put_at_once(ready, mode.clone()).await;
            asked += times;
            let error = match put {
                Ok(put) => {
                    // Asking for it now might tell the version of another writer.
                    return version(put.e_tag.as_deref(), put.version.as_deref())
                        .ok_or_else(|| self.no_condition(ready));
                }
                Err(error) => error,
            };
            match refusal(&error) {
                Refusal::Unsupported => return Err(self.no_condition(ready)),
                Refusal::Condition | Refusal::Taken | Refusal::Missing => {
                    match self.lost(ready, expected).await {
                        Ok(()) => {}
                        // The client below sent it more than once, and only the last answer came here.
                        Err(conflict) if conflict.is_conflict() && times > 1 => {
                            let unsettled = TransferError::Unsettled(conflict);
                            return Err(self.failed(&ready.key, asked, unsettled));
                        }
                        Err(error) => return Err(error),
                    }
                }
                // What else it may be, it may have landed: it is not tried again.
                _ => return Err(self.not_put(ready, asked, error).await),
            }
            // Refused, although all is as it should be: a 409 between writers of whom none has landed.
            if !self.retries.again(tries).await {
                return Err(self.failed(&ready.key, asked, error));
            }
        }
    }

    /// Fails if the object is not in the state that was expected.
    async fn lost(&self, ready: &Ready, expected: Option<&Version>) -> Result<(), StoreError> {
        let meta = self.head(&ready.key, &ready.path).await?;
        match (expected, meta) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err(StoreError::Exists {
                key: ready.key.to_string(),
            }),
            (Some(expected), meta) => {
                check_version(&ready.key, expected, meta.as_ref().and_then(version_of))
            }
        }
    }

    fn no_condition(&self, ready: &Ready) -> StoreError {
        self.unsupported(&ready.key, NO_CONDITION, OPEN_ANOTHER)
    }
}

#[async_trait]
impl AsyncContainerConditional for AsyncObjectContainer {
    async fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        let fetch = [Fetch::raw(key, None)];
        let mut answers = self
            .fetch_versioned(&fetch, &mut FetchReport::default())
            .await?;
        let Some(fetched) = answers.pop().flatten() else {
            return Ok(None);
        };
        match fetched.version {
            Some(version) => Ok(Some((fetched.bytes, version))),
            None => Err(self.unsupported(key, "tell the version of a blob", OPEN_ANOTHER)),
        }
    }

    async fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
        let ready = self.ready(blob)?;
        self.put_on_condition(&ready, None).await
    }

    async fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
        let ready = self.ready(blob)?;
        let asked = condition(version);
        if asked.e_tag.is_none() && asked.version.is_none() {
            return Err(self.no_condition(&ready));
        }
        self.put_on_condition(&ready, Some(version)).await
    }
}
