//! [`DatasetTarget`]: a dataset that arrays are written to, one after the other.

use std::sync::Arc;

use gawky::dataset::{CreateDataset, DatasetFault};
use gawky::object_store::OpenOptions;
use gawky::prelude::*;
use serde_json::{Map, Value as Json};

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
    /// How many bytes of partitions are written at once; as many as the library likes unless it is said.
    pub(crate) bytes_under_way: Option<u64>,
}

impl DatasetTarget<'_> {
    /// Writes arrays; `wrote` is told of rows that are on their way. Without a form, that of the first array is the dataset's.
    pub(crate) fn write(
        &self,
        form: Option<Form>,
        batches: &mut dyn Iterator<Item = Result<Array, Fault>>,
        wrote: &dyn Fn(u64),
    ) -> Result<Written, Fault> {
        let how = self.how;
        let store = self.options.open(self.place)?;
        let found = match Dataset::open_in(Arc::clone(&store)) {
            Err(Error::Dataset { fault, .. }) if matches!(*fault, DatasetFault::Missing) => None,
            found => Some(found?),
        };
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
        let packing = how.packing.map(arguments::Packing::of_dataset);
        let create = CreateDataset::new()
            .form(form)
            .packing(packing.unwrap_or_default())
            .attributes(self.attributes.clone());
        let mut dataset = match found {
            Some(dataset) => dataset,
            None => {
                // Of what somebody else makes meanwhile, a manifest comes first.
                if let Some(taken) = taken(self.place, &store)?
                    && !store.contains(MANIFEST)?
                {
                    return Err(taken);
                }
                match create.create_in(Arc::clone(&store)) {
                    Ok(mut made) => return self.stream(&mut made, None, &mut batches, wrote),
                    // Somebody else was faster.
                    Err(error) if is_there(&error) => Dataset::open_in(store)?,
                    Err(error) => return Err(error.into()),
                }
            }
        };
        if how.append {
            if let Some(packing) = packing.filter(|packing| *packing != dataset.packing()) {
                return Err(Fault::failure(format!(
                    "{}: the dataset is packed into {}, and not into {}: leave out --packing",
                    self.place,
                    dataset.packing().name(),
                    packing.name()
                )));
            }
            return self.stream(&mut dataset, None, &mut batches, wrote);
        }
        if how.overwrite {
            return self.stream(&mut dataset, Some(&create), &mut batches, wrote);
        }
        let version = dataset.version();
        Err(exists(
            self.place,
            &format!("a dataset, at version {version},"),
            "--append or --overwrite",
        ))
    }

    fn stream(
        &self,
        dataset: &mut Dataset,
        replacing: Option<&CreateDataset>,
        batches: &mut dyn Iterator<Item = Result<Array, Fault>>,
        wrote: &dyn Fn(u64),
    ) -> Result<Written, Fault> {
        let mut writer = dataset.writer()?;
        if let Some(rows) = self.how.rows_per_partition {
            writer = writer.rows_per_partition(rows.get());
        }
        if let Some(bytes) = self.how.bytes_per_partition {
            writer = writer.bytes_per_partition(bytes.get());
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
