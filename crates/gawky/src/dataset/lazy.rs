//! Datasets as lazy arrays.

use std::ops::Range;
use std::sync::Arc;

use gawky_array::ReadOptions;
use gawky_buffer::{Buffer, Fetch, Key, Version};
#[cfg(feature = "safetensors")]
use gawky_store::safetensors::SafeTensorsFiles;
use gawky_store::{
    AsyncContainer, Container, ContainerId, FetchReport, Fetched, Profile, StoreError, async_trait,
};

use super::layout::Packing;
use super::{Dataset, DatasetFault, manifest};
use crate::partitions::{Numbers, Partitions};
use crate::{Array, Error, LazyArray};

impl<C> Dataset<C> {
    /// All its rows as an array of which nothing has been read yet; it shows this version, whatever is committed later.
    ///
    /// ```
    /// use gawky::prelude::*;
    /// # let numbers = |from: i64, to: i64| Array::from(NumpyArray::from_vec((from..to).collect::<Vec<i64>>()));
    /// # let events = |from, to| Array::from(RecordArray::from_fields([("x", numbers(from, to)), ("y", numbers(0, to - from))]));
    /// let mut dataset = Dataset::create("memory:")?;
    /// dataset.append(&events(0, 1000))?;
    /// dataset.append(&events(1000, 1500))?;
    ///
    /// let x = dataset.lazy().field("x")?.rows(998..1002)?;
    /// assert_eq!(x.read()?.to_string(), "<Array [998, 999, 1000, 1001] type='4 * int64'>");
    /// assert_eq!(x.explain()?.bytes(), 32);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lazy(&self) -> LazyArray<DatasetBlobs<C>> {
        let manifest = &self.stored.manifest;
        let layout = &manifest.layout;
        let mut options = ReadOptions::default();
        options.byteorder = layout.byteorder;
        let numbers = match manifest.partitions.explicit_ids() {
            Some(ids) => Numbers::These(ids.into()),
            None => Numbers::From(0),
        };
        let lengths = manifest.partitions.lengths();
        let partitions = Partitions::proved(lengths, numbers, layout.keys.clone(), options);
        LazyArray::over(
            Arc::new(layout.form.clone()),
            partitions,
            DatasetBlobs::of(layout.packing, &self.container),
        )
    }
}

impl<C: Container> Dataset<C> {
    /// Reads one partition.
    ///
    /// # Errors
    /// [`DatasetFault::NoPartition`]; as for [`from_buffers`](crate::from_buffers).
    pub fn read_partition(&self, position: usize) -> Result<Array, Error> {
        let rows = self.lazy().rows_of_partition(position).ok_or_else(|| {
            DatasetFault::NoPartition {
                partition: position,
                count: self.lengths().len(),
            }
            .of(manifest::MANIFEST)
        })?;
        self.lazy().rows(rows)?.read()
    }
}

/// The blobs of a dataset, by the keys that its key format makes, in whatever they are packed.
///
/// The headers of files that were opened last are kept, and shared by all views of one [`Dataset::lazy`].
#[derive(Debug)]
pub struct DatasetBlobs<C>(Packed<C>);

#[derive(Debug)]
enum Packed<C> {
    Blobs(Arc<C>),
    #[cfg(feature = "safetensors")]
    Files(SafeTensorsFiles<Arc<C>>),
}

impl<C> Clone for DatasetBlobs<C> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Packed::Blobs(blobs) => Packed::Blobs(Arc::clone(blobs)),
            #[cfg(feature = "safetensors")]
            Packed::Files(files) => Packed::Files(files.clone()),
        })
    }
}

impl<C> DatasetBlobs<C> {
    fn of(packing: Packing, container: &Arc<C>) -> Self {
        let container = Arc::clone(container);
        Self(match packing {
            #[cfg(feature = "safetensors")]
            Packing::Safetensors => Packed::Files(SafeTensorsFiles::new(container)),
            // Without that feature no such manifest is read.
            #[cfg(not(feature = "safetensors"))]
            Packing::Safetensors => Packed::Blobs(container),
            Packing::Blobs => Packed::Blobs(container),
        })
    }
}

/// Evaluates an expression for whatever the blobs are packed in.
macro_rules! packed {
    ($blobs:expr, $inner:ident => $told:expr) => {
        match &$blobs.0 {
            Packed::Blobs($inner) => $told,
            #[cfg(feature = "safetensors")]
            Packed::Files($inner) => $told,
        }
    };
}

impl<C: Container> Container for DatasetBlobs<C> {
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
impl<C: AsyncContainer> AsyncContainer for DatasetBlobs<C> {
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
