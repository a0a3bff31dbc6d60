//! Datasets as lazy arrays.

use std::sync::Arc;

use gawky_array::ReadOptions;
use gawky_store::Container;

use super::blobs::DatasetBlobs;
use super::proof::Proof;
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
        let layout = &self.stored.manifest.layout;
        let proof = match self.verified {
            true => Proof::by(layout),
            false => None,
        };
        self.lazy_by(proof)
    }

    /// The same, proved in another way.
    pub(super) fn lazy_by(&self, proof: Option<Proof>) -> LazyArray<DatasetBlobs<C>> {
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
            DatasetBlobs::of(layout.packing, &self.container, proof),
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
