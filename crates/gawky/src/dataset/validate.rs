//! A full check of a dataset.

use std::iter::once;

use gawky_array::ArrayError;
use gawky_buffer::{Buffer, Fetch};
use gawky_store::{AsyncContainer, Container, FetchReport, StoreError};

use super::Dataset;
use super::blobs::DatasetBlobs;
use super::fault::no_manifest;
use super::history::version_key;
use super::layout::Layout;
use super::manifest::MANIFEST;
use super::proof::{Proof, Proving};
use super::stored::{Stored, Versions, load, load_async};
use crate::partitions::Part;
use crate::validate::{Looking, Validation, ValidationFault, look, look_async};
use crate::{Error, LazyArray};

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

/// The ways to look at partitions: as they are, and proved by their checksums.
struct Ways<C> {
    plain: LazyArray<DatasetBlobs<C>>,
    proved: Option<(Proof, LazyArray<DatasetBlobs<C>>)>,
}

impl<C> Ways<C> {
    fn of(dataset: &Dataset<C>) -> Self {
        let proof = match dataset.has_checksums() {
            true => Proof::by(&dataset.stored.manifest.layout),
            false => None,
        };
        Self {
            plain: dataset.lazy_by(None),
            proved: proof.map(|proof| (proof.clone(), dataset.lazy_by(Some(proof)))),
        }
    }

    /// What is to be read first of a partition.
    fn proving(&self, part: &Part) -> Option<Proving<'_>> {
        let (proof, _) = self.proved.as_ref()?;
        Some(proof.begin_partition(self.plain.id_of(part)?))
    }

    /// The check of a partition, and of which blobs; `loaded` is what became of its checksums.
    fn looking(
        &self,
        part: &Part,
        loaded: Option<Result<u64, StoreError>>,
        found: &mut Validation,
    ) -> Result<(Looking<'_>, &DatasetBlobs<C>), ArrayError> {
        found.blobs += u64::from(loaded.is_some());
        match (&self.proved, loaded) {
            (Some((proof, lazy)), Some(Ok(bytes))) => {
                found.bytes += bytes;
                let proof = proof.clone();
                let looking = lazy.looking(part)?.expecting(move |key| proof.size_of(key));
                return Ok((looking, lazy.container()));
            }
            (_, Some(Err(error))) => {
                let position = u64::try_from(part.position).unwrap_or(u64::MAX);
                let id = self.plain.id_of(part);
                found
                    .faults
                    .push(ValidationFault::of_other(position, id, error));
            }
            _ => {}
        }
        Ok((self.plain.looking(part)?, self.plain.container()))
    }

    /// The header of a partition's file, which is to be proved as well.
    fn header(&self, part: &Part, layout: &Layout) -> Option<Fetch> {
        let (proof, _) = self.proved.as_ref()?;
        proof.header(layout, self.plain.id_of(part)?)
    }

    /// Tells of a header that is damaged, unless it has been found out already that its file cannot be read.
    fn tell_of_header(
        &self,
        part: &Part,
        header: &Fetch,
        came: Result<Vec<Option<Buffer>>, StoreError>,
        found: &mut Validation,
    ) {
        let proved = came.and_then(|came| match &self.proved {
            Some((proof, _)) => proof.prove_header(header, came.first().and_then(Option::as_ref)),
            None => Ok(()),
        });
        if let Err(error) = proved
            && !found.faults.iter().any(|fault| header.key == *fault.key)
        {
            let (position, id) = (part.position, self.plain.id_of(part));
            let position = u64::try_from(position).unwrap_or(u64::MAX);
            found
                .faults
                .push(ValidationFault::of_other(position, id, error));
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
        let ways = Ways::of(self);
        let parts = ways.plain.parts_to_validate().into_iter();
        let partitions = parts.map(move |part| self.validation_of(&ways, &part));
        once(())
            .map(|()| self.validation_of_pasts())
            .chain(partitions)
    }

    /// The check of one partition: its checksums first, and by them the rest.
    fn validation_of(&self, ways: &Ways<C>, part: &Part) -> Validation {
        let mut proving = ways.proving(part);
        let loaded = proving.as_mut().map(|proving| {
            let mut took = FetchReport::default();
            let found = self.container.fetch_versioned(proving.fetches(), &mut took);
            proving.supply(found?)
        });
        let mut found = Validation::default();
        let looking = ways.looking(part, loaded, &mut found);
        found += match looking {
            Ok((looking, blobs)) => look(looking, blobs),
            Err(error) => Validation::failed(part.position, error),
        };
        if let Some(header) = ways.header(part, &self.stored.manifest.layout) {
            let came = self.container.fetch(std::slice::from_ref(&header));
            ways.tell_of_header(part, &header, came, &mut found);
        }
        found
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
        let ways = Ways::of(self);
        for part in ways.plain.parts_to_validate() {
            let loaded = match ways.proving(&part) {
                None => None,
                Some(mut proving) => {
                    let mut took = FetchReport::default();
                    let fetches = proving.fetches();
                    let found = self.container.fetch_versioned(fetches, &mut took).await;
                    Some(found.and_then(|found| proving.supply(found)))
                }
            };
            let mut found = Validation::default();
            let looking = ways.looking(&part, loaded, &mut found);
            found += match looking {
                Ok((looking, blobs)) => look_async(looking, blobs).await,
                Err(error) => Validation::failed(part.position, error),
            };
            if let Some(header) = ways.header(&part, &self.stored.manifest.layout) {
                let came = self.container.fetch(std::slice::from_ref(&header)).await;
                ways.tell_of_header(&part, &header, came, &mut found);
            }
            all += found;
        }
        all
    }
}
