//! [`DatasetTarget`]: a dataset that arrays are written to, one after the other.

use std::io;
use std::num::NonZeroU64;
use std::sync::Arc;

use gawky::dataset::{CreateDataset, DatasetFault, Packing};
use gawky::object_store::{OpenError, OpenOptions};
use gawky::prelude::*;
use gawky::store::StoreError;
use serde_json::{Map, Value as Json};

use super::new_folders::NewFolders;
use super::{MANIFEST, Written, exists, taken};
use crate::arguments::{self, DatasetOptions};
use crate::fault::Fault;

/// A dataset that is made, added to or replaced.
pub(crate) struct DatasetTarget<'a> {
    pub(crate) place: &'a str,
    pub(crate) options: OpenOptions,
    pub(crate) how: &'a DatasetOptions,
    /// What is kept with the data of a new one.
    pub(crate) attributes: Map<String, Json>,
    /// How many bytes partitions have unless it is said; as many as the library likes where this is not set either.
    pub(crate) bytes_per_partition: Option<u64>,
    /// How many bytes of partitions are written at once; as many as the library likes unless it is said.
    pub(crate) bytes_under_way: Option<u64>,
}

impl DatasetTarget<'_> {
    /// The dataset that is there, which is to be added to or replaced. Fails where something is in the way; nothing is made.
    pub(crate) fn look(&self) -> Result<Option<Dataset>, Fault> {
        let store = match self.options.clone().create(false).open(self.place) {
            Err(OpenError::Store(StoreError::Io { source, .. }))
                if source.kind() == io::ErrorKind::NotFound =>
            {
                return Ok(None);
            }
            opened => opened?,
        };
        match Dataset::open_in(Arc::clone(&store)) {
            Err(Error::Dataset { fault, .. }) if matches!(*fault, DatasetFault::Missing) => {
                match taken(self.place, &store)? {
                    // Of what somebody else makes meanwhile, a manifest comes first.
                    Some(taken) if !store.contains(MANIFEST)? => Err(taken),
                    _ => Ok(None),
                }
            }
            found => {
                let dataset = found?;
                self.check(&dataset)?;
                Ok(Some(dataset))
            }
        }
    }

    /// Fails for a dataset that is there, where nothing is said of it, or what cannot be.
    fn check(&self, dataset: &Dataset) -> Result<(), Fault> {
        if !self.how.append && !self.how.overwrite {
            let version = dataset.version();
            let what = format!("a dataset, at version {version},");
            return Err(exists(self.place, &what, "--append or --overwrite"));
        }
        match self.packing() {
            Some(packing) if self.how.append && packing != dataset.packing() => {
                Err(Fault::failure(format!(
                    "{}: the dataset is packed into {}, and not into {}: leave out --packing",
                    self.place,
                    dataset.packing().name(),
                    packing.name()
                )))
            }
            _ => Ok(()),
        }
    }

    fn packing(&self) -> Option<Packing> {
        self.how.packing.map(arguments::Packing::of_dataset)
    }

    /// Writes arrays to what was [found](Self::look); `wrote` is told of rows that are on their way. Without a form, that of the
    /// first array is the dataset's. A dataset that is made for it goes again where it fails.
    pub(crate) fn write(
        &self,
        found: Option<Dataset>,
        form: Option<Form>,
        batches: &mut dyn Iterator<Item = Result<Array, Fault>>,
        wrote: &dyn Fn(u64),
    ) -> Result<Written, Fault> {
        // What cannot be read at all is known before anything is written.
        let mut batches = batches.peekable();
        let form = match batches.peek() {
            Some(Ok(first)) => form.unwrap_or_else(|| first.form()),
            Some(Err(_)) => match batches.next() {
                Some(Err(fault)) => return Err(fault),
                _ => return Ok(Written::default()),
            },
            None => form.unwrap_or_else(|| Array::from(EmptyArray).form()),
        };
        let create = CreateDataset::new()
            .form(form)
            .packing(self.packing().unwrap_or_default())
            .attributes(self.attributes.clone());
        let mut dataset = match found {
            Some(dataset) => dataset,
            None => {
                let folders = NewFolders::of(self.place);
                let store = self.options.open(self.place)?;
                match create.create_in(Arc::clone(&store)) {
                    Ok(mut made) => {
                        let written = self.stream(&mut made, None, &mut batches, wrote);
                        // Where that fails too, what is there is a dataset without rows.
                        if written.is_err() && matches!(made.remove_empty(), Ok(true)) {
                            folders.remove();
                        }
                        return written;
                    }
                    // Somebody else was faster.
                    Err(error) if is_there(&error) => {
                        let dataset = Dataset::open_in(store)?;
                        self.check(&dataset)?;
                        dataset
                    }
                    Err(error) => {
                        folders.remove();
                        return Err(error.into());
                    }
                }
            }
        };
        let replacing = self.how.overwrite.then_some(&create);
        self.stream(&mut dataset, replacing, &mut batches, wrote)
    }

    fn stream(
        &self,
        dataset: &mut Dataset,
        replacing: Option<&CreateDataset>,
        batches: &mut dyn Iterator<Item = Result<Array, Fault>>,
        wrote: &dyn Fn(u64),
    ) -> Result<Written, Fault> {
        let mut writer = dataset.writer()?.remove_uncommitted(true);
        if let Some(rows) = self.how.rows_per_partition {
            writer = writer.rows_per_partition(rows.get());
        }
        let said = self.how.bytes_per_partition.map(NonZeroU64::get);
        if let Some(bytes) = said.or(self.bytes_per_partition) {
            writer = writer.bytes_per_partition(bytes);
        }
        if let Some(bytes) = self.bytes_under_way {
            writer = writer.in_flight(2, bytes);
        }
        if let Some(create) = replacing {
            writer = writer.replacing(create)?;
        }
        for batch in batches {
            let batch = batch?;
            writer.append(&batch)?;
            wrote(batch.len() as u64);
        }
        let written = writer.finish()?;
        Ok(Written {
            rows: written.rows,
            partitions: written.partitions,
            bytes: written.bytes,
        })
    }
}

/// Whether a dataset is there where none was to be.
fn is_there(error: &Error) -> bool {
    matches!(error, Error::Dataset { fault, .. } if matches!(**fault, DatasetFault::Exists { .. }))
}
