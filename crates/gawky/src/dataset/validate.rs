//! A full check of a dataset.

use std::iter::once;

use gawky_store::{AsyncContainer, Container};

use super::Dataset;
use super::fault::no_manifest;
use super::history::version_key;
use super::manifest::MANIFEST;
use super::stored::{Stored, Versions, load, load_async};
use crate::Error;
use crate::validate::{Validation, ValidationFault};

/// The check of the manifests before this one.
struct Pasts {
    versions: Versions,
    found: Validation,
}

impl Pasts {
    fn of<C>(dataset: &Dataset<C>) -> Self {
        Self {
            versions: Versions::of(&dataset.stored.manifest),
            found: Validation::default(),
        }
    }

    fn next(&self) -> Option<u64> {
        self.versions.next()
    }

    /// Takes what is under the name of the next; `newest` is the dataset's manifest as it is now, where nothing was there.
    fn supply(
        &mut self,
        version: u64,
        found: Result<Option<Stored>, Error>,
        newest: Option<Stored>,
    ) {
        let is_gone = newest.is_some_and(|newest| newest.manifest.oldest > version);
        let key = version_key(version);
        let outcome = match found {
            Ok(None) if !is_gone => Err(no_manifest(&key, "it is missing")),
            Ok(found) => {
                self.found.bytes += found.as_ref().map_or(0, |found| found.bytes.len() as u64);
                self.versions.supply(found)
            }
            Err(error) => Err(error),
        };
        self.found.blobs += 1;
        if let Err(error) = outcome {
            self.found
                .faults
                .push(ValidationFault::of_dataset(key, error));
            // What was before it is not known.
            let _ = self.versions.supply(None);
        }
    }
}

impl<C: Container> Dataset<C> {
    /// Checks everything that is stored of this version: every blob of every partition; and that the manifests of the versions before
    /// can be read, whose partitions are checked by [`open_at`](Self::open_at). It does not end with the first that is wrong.
    ///
    /// [`LazyArray::validate`](crate::LazyArray::validate) tells what is looked at, and checks a part of a dataset. What dead
    /// writers left is no fault.
    ///
    /// ```
    /// use gawky::prelude::*;
    ///
    /// let memory = std::sync::Arc::new(MemoryContainer::new());
    /// let mut dataset = gawky::dataset::CreateDataset::new().create_in(memory.clone())?;
    /// dataset.append(&NumpyArray::from_vec(vec![1_i64, 2, 3]).into())?;
    /// assert!(dataset.validate().is_clean());
    ///
    /// gawky::store::ContainerDelete::delete(&memory, "part0-node0-data")?;
    /// let fault = &dataset.validate().faults[0];
    /// assert_eq!((fault.partition, fault.key.as_str()), (Some(0), "part0-node0-data"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn validate(&self) -> Validation {
        let mut all = Validation::default();
        for one in self.validations() {
            all += one;
        }
        all
    }

    /// [`validate`](Self::validate), step by step, so that it can be told how far it is: first the manifests, then one
    /// partition after the other. Each is looked at when it is asked for.
    pub fn validations(&self) -> impl Iterator<Item = Validation> + use<'_, C> {
        let lazy = self.lazy();
        let parts = lazy.parts_to_validate().into_iter();
        let partitions = parts.map(move |part| lazy.validation_of(&part));
        once(())
            .map(|()| self.validation_of_pasts())
            .chain(partitions)
    }

    fn validation_of_pasts(&self) -> Validation {
        let mut pasts = Pasts::of(self);
        while let Some(version) = pasts.next() {
            let found = load(&*self.container, &version_key(version));
            let newest = match &found {
                // Vacuum may have come in between.
                Ok(None) => load(&*self.container, MANIFEST).ok().flatten(),
                _ => None,
            };
            pasts.supply(version, found, newest);
        }
        pasts.found
    }
}

impl<C: AsyncContainer> Dataset<C> {
    /// [`validate`](Dataset::validate), without blocking.
    pub async fn validate_async(&self) -> Validation {
        let mut pasts = Pasts::of(self);
        while let Some(version) = pasts.next() {
            let found = load_async(&*self.container, &version_key(version)).await;
            let newest = match &found {
                Ok(None) => load_async(&*self.container, MANIFEST).await.ok().flatten(),
                _ => None,
            };
            pasts.supply(version, found, newest);
        }
        let mut all = pasts.found;
        all += self.lazy().validate_async().await;
        all
    }
}
