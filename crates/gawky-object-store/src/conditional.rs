//! Putting objects only if nobody else has.

use std::ops::ControlFlow::{Break, Continue};

use async_trait::async_trait;
use gawky_buffer::{Blob, Buffer, Fetch, Version};
use gawky_store::{
    AsyncContainer, AsyncContainerConditional, FetchReport, StoreError, check_version,
};
use object_store::PutMode;

use crate::payload::is_of;
use crate::retries::Tries;
use crate::transfer_error::{Refusal, is_unversioned, refusal};
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
        let tries = Tries::default();
        let put = self.retries.run(&tries, || async {
            let (put, times) = self.put_at_once(ready, mode.clone(), &tries).await;
            let asked = tries.sent();
            let error = match put {
                Ok(put) => match version(put.e_tag.as_deref(), put.version.as_deref()) {
                    Some(version) => return Break(Ok(version)),
                    None => return Break(self.unversioned(ready, asked).await),
                },
                Err(error) if is_unversioned(&error) => {
                    return Break(self.unversioned(ready, asked).await);
                }
                Err(error) => error,
            };
            match refusal(&error) {
                Refusal::Unsupported => Break(Err(self.no_condition(ready))),
                Refusal::Condition | Refusal::Taken | Refusal::Missing => {
                    match self.lost(ready, expected).await {
                        // Refused, although all is as it should be: a 409 between writers of whom none has landed.
                        Ok(()) => Continue(error),
                        // The client below sent it more than once, and only the last answer came here.
                        Err(conflict) if conflict.is_conflict() && times > 1 => {
                            if let Ok(Some(version)) = self.read_back(ready).await {
                                return Break(Ok(version));
                            }
                            let unsettled = TransferError::Unsettled(conflict);
                            Break(Err(self.failed(&ready.key, asked, unsettled)))
                        }
                        Err(error) => Break(Err(error)),
                    }
                }
                // What else it may be, it may have landed: it is not tried again.
                _ => Break(Err(self.not_put(ready, asked, error).await)),
            }
        });
        let put = put.await;
        put.unwrap_or_else(|error| Err(self.failed(&ready.key, tries.sent(), error)))
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

    /// The version of the object, if it holds exactly what was to be put.
    ///
    /// Then the put has come to what it was for, whoever did it: the store holds these bytes, and this is the version
    /// under which it does. It does not prove that this writer put them. Two writers of equal bytes may both be told that
    /// they succeeded, so what is to tell who came first must hold something that only one would write.
    async fn read_back(&self, ready: &Ready) -> Result<Option<Version>, StoreError> {
        let fetch = [Fetch::raw(ready.key.clone(), None)];
        let mut answers = self
            .fetch_versioned(&fetch, &mut FetchReport::default())
            .await?;
        let fetched = answers.pop().flatten();
        let same = fetched.filter(|fetched| {
            let bytes = fetched.bytes.bytes();
            bytes.is_ok_and(|bytes| is_of(&ready.payload, bytes))
        });
        // A time is nothing that a store could prove.
        let version = same.and_then(|fetched| fetched.version);
        Ok(version.filter(is_provable))
    }

    /// What comes of a put that landed without a version. Asking for that alone might tell the one of another writer.
    async fn unversioned(&self, ready: &Ready, attempts: u32) -> Result<Version, StoreError> {
        match self.read_back(ready).await {
            Ok(Some(version)) => Ok(version),
            _ => Err(self.failed(&ready.key, attempts, TransferError::Unversioned)),
        }
    }

    fn no_condition(&self, ready: &Ready) -> StoreError {
        self.unsupported(&ready.key, NO_CONDITION, OPEN_ANOTHER)
    }
}

/// Whether a store can prove it.
fn is_provable(version: &Version) -> bool {
    let asked = condition(version);
    asked.e_tag.is_some() || asked.version.is_some()
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
        if !is_provable(version) {
            return Err(self.no_condition(&ready));
        }
        self.put_on_condition(&ready, Some(version)).await
    }
}
