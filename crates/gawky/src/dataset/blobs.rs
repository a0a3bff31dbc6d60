//! [`DatasetBlobs`]: the container that lazy arrays of datasets read.

use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::{Buffer, Fetch, Key, Version};
use gawky_store::{
    AsyncContainer, Container, ContainerId, FetchReport, Fetched, Profile, StoreError, async_trait,
};

use super::layout::Packing;
use super::packed::Packed;
use super::proof::Proof;

/// The blobs of a dataset, by the keys that its key format makes, in whatever they are packed; proved by their checksums where
/// the dataset is [`verified`](super::Dataset::verified).
///
/// The headers of files that were opened last are kept, and shared by all views of one [`Dataset::lazy`](super::Dataset::lazy).
#[derive(Debug)]
pub struct DatasetBlobs<C> {
    packed: Packed<C>,
    proof: Option<Proof>,
}

impl<C> Clone for DatasetBlobs<C> {
    fn clone(&self) -> Self {
        Self {
            packed: self.packed.clone(),
            proof: self.proof.clone(),
        }
    }
}

impl<C> DatasetBlobs<C> {
    pub(super) fn of(packing: Packing, container: &Arc<C>, proof: Option<Proof>) -> Self {
        Self {
            packed: Packed::of(packing, container),
            proof,
        }
    }
}

impl<C: Container> Container for DatasetBlobs<C> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        only(self.fetch(&[Fetch::raw(key, None)]))
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        only(self.fetch(&[Fetch::raw(key, Some(range))]))
    }

    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        self.packed.size(key)
    }

    fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        self.packed.sizes(keys)
    }

    fn contains(&self, key: &str) -> Result<bool, StoreError> {
        self.packed.contains(key)
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let Some(proof) = &self.proof else {
            return self.packed.fetch_versioned(fetches, report);
        };
        let mut proving = proof.begin(fetches);
        if !proving.fetches().is_empty() {
            let found = self.packed.container();
            let found = found.fetch_versioned(proving.fetches(), report)?;
            proving.supply(found)?;
        }
        let proved = proving.verifying(fetches, &self.packed)?;
        let answers = proved.fetch_versioned(fetches, report)?;
        proving.all_proved(fetches, &answers)?;
        Ok(answers)
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        self.packed.known_size(key)
    }

    fn profile(&self) -> Profile {
        Proof::profile(self.proof.as_ref(), self.packed.profile())
    }

    fn id(&self) -> Option<ContainerId> {
        Proof::id(self.proof.as_ref(), self.packed.id())
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.packed.version(key)
    }

    fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        self.packed.versions(keys)
    }
}

#[async_trait]
impl<C: AsyncContainer> AsyncContainer for DatasetBlobs<C> {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        only(self.fetch(&[Fetch::raw(key, None)]).await)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        only(self.fetch(&[Fetch::raw(key, Some(range))]).await)
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        self.packed.size(key).await
    }

    async fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        self.packed.sizes(keys).await
    }

    async fn contains(&self, key: &str) -> Result<bool, StoreError> {
        self.packed.contains(key).await
    }

    async fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let Some(proof) = &self.proof else {
            return self.packed.fetch_versioned(fetches, report).await;
        };
        let mut proving = proof.begin(fetches);
        if !proving.fetches().is_empty() {
            let found = self.packed.container();
            let found = found.fetch_versioned(proving.fetches(), report).await?;
            proving.supply(found)?;
        }
        let proved = proving.verifying(fetches, &self.packed)?;
        let answers = proved.fetch_versioned(fetches, report).await?;
        proving.all_proved(fetches, &answers)?;
        Ok(answers)
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        self.packed.known_size(key)
    }

    fn profile(&self) -> Profile {
        Proof::profile(self.proof.as_ref(), self.packed.profile())
    }

    fn id(&self) -> Option<ContainerId> {
        Proof::id(self.proof.as_ref(), self.packed.id())
    }

    async fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.packed.version(key).await
    }

    async fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        self.packed.versions(keys).await
    }
}

/// The one answer to one fetch.
fn only(answers: Result<Vec<Option<Buffer>>, StoreError>) -> Result<Option<Buffer>, StoreError> {
    answers.map(|mut answers| answers.pop().flatten())
}
