//! [`Packed`]: the blobs of partitions, in whatever they are packed.

use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::{Buffer, Fetch, Key, Version};
#[cfg(feature = "safetensors")]
use gawky_store::safetensors::SafeTensorsFiles;
use gawky_store::{
    AsyncContainer, Container, ContainerId, FetchReport, Fetched, Profile, StoreError, async_trait,
};

use super::layout::Packing;

/// The blobs of partitions, by the keys of the dataset's key format.
#[derive(Debug)]
pub(super) enum Packed<C> {
    Blobs(Arc<C>),
    #[cfg(feature = "safetensors")]
    Files(SafeTensorsFiles<Arc<C>>),
}

impl<C> Clone for Packed<C> {
    fn clone(&self) -> Self {
        match self {
            Self::Blobs(blobs) => Self::Blobs(Arc::clone(blobs)),
            #[cfg(feature = "safetensors")]
            Self::Files(files) => Self::Files(files.clone()),
        }
    }
}

impl<C> Packed<C> {
    pub(super) fn of(packing: Packing, container: &Arc<C>) -> Self {
        let container = Arc::clone(container);
        match packing {
            #[cfg(feature = "safetensors")]
            Packing::Safetensors => Self::Files(SafeTensorsFiles::new(container)),
            // Without that feature no such manifest is read.
            #[cfg(not(feature = "safetensors"))]
            Packing::Safetensors => Self::Blobs(container),
            Packing::Blobs => Self::Blobs(container),
        }
    }

    /// The container that all of it lies in.
    pub(super) fn container(&self) -> &Arc<C> {
        match self {
            Self::Blobs(container) => container,
            #[cfg(feature = "safetensors")]
            Self::Files(files) => files.inner(),
        }
    }
}

/// Evaluates an expression for whatever the blobs are packed in.
macro_rules! packed {
    ($blobs:expr, $inner:ident => $told:expr) => {
        match $blobs {
            Packed::Blobs($inner) => $told,
            #[cfg(feature = "safetensors")]
            Packed::Files($inner) => $told,
        }
    };
}

impl<C: Container> Container for Packed<C> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        packed!(self, blobs => blobs.get(key))
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        packed!(self, blobs => blobs.get_range(key, range))
    }

    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        packed!(self, blobs => blobs.size(key))
    }

    fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        packed!(self, blobs => blobs.sizes(keys))
    }

    fn contains(&self, key: &str) -> Result<bool, StoreError> {
        packed!(self, blobs => blobs.contains(key))
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        packed!(self, blobs => blobs.fetch_versioned(fetches, report))
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        packed!(self, blobs => blobs.known_size(key))
    }

    fn profile(&self) -> Profile {
        packed!(self, blobs => blobs.profile())
    }

    fn id(&self) -> Option<ContainerId> {
        packed!(self, blobs => blobs.id())
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        packed!(self, blobs => blobs.version(key))
    }

    fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        packed!(self, blobs => blobs.versions(keys))
    }
}

#[async_trait]
impl<C: AsyncContainer> AsyncContainer for Packed<C> {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        packed!(self, blobs => blobs.get(key).await)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        packed!(self, blobs => blobs.get_range(key, range).await)
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        packed!(self, blobs => blobs.size(key).await)
    }

    async fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        packed!(self, blobs => blobs.sizes(keys).await)
    }

    async fn contains(&self, key: &str) -> Result<bool, StoreError> {
        packed!(self, blobs => blobs.contains(key).await)
    }

    async fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        packed!(self, blobs => blobs.fetch_versioned(fetches, report).await)
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        packed!(self, blobs => blobs.known_size(key))
    }

    fn profile(&self) -> Profile {
        packed!(self, blobs => blobs.profile())
    }

    fn id(&self) -> Option<ContainerId> {
        packed!(self, blobs => blobs.id())
    }

    async fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        packed!(self, blobs => blobs.version(key).await)
    }

    async fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        packed!(self, blobs => blobs.versions(keys).await)
    }
}
