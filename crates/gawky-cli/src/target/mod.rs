//! What is written: [`Target`] of a copy, whatever it becomes, and [`DatasetTarget`], a dataset.

mod blobs;
mod dataset;
mod new_folders;

use std::sync::Arc;

use gawky::object_store::OpenOptions;
use gawky::prelude::*;
use gawky::safetensors::ToSafeTensors;
use gawky::store::Store;
use gawky::store::npz::NpzWriter;
use serde_json::{Map, Value as Json};

use crate::arguments::{self, Copy};
use crate::fault::Fault;
use crate::source::{AnyContainer, FORM, LENGTH, READ_AT_ONCE, has_ending};
use blobs::Blobs;

pub(crate) use dataset::DatasetTarget;

const MANIFEST: &str = "dataset.json";
/// Below it lie the claims of those that write a dataset, which may come into being at this moment.
const CLAIMS: &str = "claims/";

/// How many bytes partitions have, unless it is said otherwise.
const PARTITION: u64 = 128 << 20;

/// What has been written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Written {
    pub(crate) rows: u64,
    pub(crate) partitions: u64,
    pub(crate) bytes: u64,
}

impl Written {
    fn add(&mut self, array: &Array) {
        self.rows += array.len() as u64;
        self.partitions += 1;
        self.bytes += array.nbytes() as u64;
    }
}

/// Something that is not written over unless that is said.
fn exists(place: &str, what: &str, how: &str) -> Fault {
    Fault::failure(format!("{place}: {what} is there already: say {how}"))
}

/// Why a place that is to be filled cannot be: it holds other things, which might be written over.
fn taken(place: &str, store: &Arc<dyn Store>) -> Result<Option<Fault>, Fault> {
    let keys = store.list("")?;
    let other = keys.iter().find(|key| !key.starts_with(CLAIMS));
    Ok(other.map(|key| {
        Fault::failure(format!(
            "{place}: other things lie there, such as {:?}: choose an empty place or a new one",
            key.as_str()
        ))
    }))
}

/// Where a copy goes, and how.
pub(crate) struct Target<'a> {
    copy: &'a Copy,
    options: OpenOptions,
    /// What is kept with the data.
    attributes: Map<String, Json>,
}

impl<'a> Target<'a> {
    pub(crate) fn new(copy: &'a Copy, options: OpenOptions, attributes: Map<String, Json>) -> Self {
        Self {
            copy,
            options: options.create(true),
            attributes,
        }
    }

    /// What it becomes: as is said, or as its name says.
    pub(crate) fn kind(&self) -> arguments::Kind {
        let ends = |end| has_ending(&self.copy.target, end);
        match self.copy.to {
            Some(kind) => kind,
            None if ends(".safetensors") => arguments::Kind::Safetensors,
            None if ends(".npz") => arguments::Kind::Npz,
            None => arguments::Kind::Dataset,
        }
    }

    /// Fails for what makes no sense with what the target becomes.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        use arguments::Kind::{Blobs, Dataset, Npz, Safetensors};
        let copy = &self.copy.dataset;
        let rows = copy.rows_per_partition.map(|_| "--rows-per-partition");
        let bytes = copy.bytes_per_partition.map(|_| "--bytes-per-partition");
        let cuts = rows.or(bytes);
        let (kind, wrong) = match self.kind() {
            Dataset => return Ok(()),
            Blobs if copy.overwrite => {
                return Err(Fault::usage(format!(
                    "--overwrite is not for blobs, which would be gone before the new ones are whole: remove what lies in {}, \
                     or say --to dataset, which keeps the versions before",
                    self.copy.target
                )));
            }
            Blobs => ("blobs", None),
            Safetensors => ("a safetensors file", cuts),
            Npz => ("an npz archive", cuts),
        };
        let wrong = wrong
            .or(copy.packing.map(|_| "--packing"))
            .or(copy.append.then_some("--append"));
        match wrong {
            None => Ok(()),
            Some(option) => Err(Fault::usage(format!(
                "{option} is for datasets, and {} becomes {kind}: leave it out, or say --to dataset",
                self.copy.target
            ))),
        }
    }

    /// Writes all of an array; `wrote` is told of rows that are on their way.
    pub(crate) fn write(
        &self,
        array: &LazyArray<AnyContainer>,
        wrote: &dyn Fn(u64),
    ) -> Result<Written, Fault> {
        let written = match self.kind() {
            arguments::Kind::Dataset => self.dataset(array, wrote),
            arguments::Kind::Blobs => self.blobs(array, wrote),
            arguments::Kind::Safetensors | arguments::Kind::Npz => self.file(array, wrote),
        };
        written.map_err(|fault| fault.of(&self.copy.target))
    }

    /// Why the source cannot be read: that is told of the source.
    fn unread(&self, error: Error) -> Fault {
        Fault::from(error).of(&self.copy.source.place)
    }

    fn dataset(
        &self,
        array: &LazyArray<AnyContainer>,
        wrote: &dyn Fn(u64),
    ) -> Result<Written, Fault> {
        let none = Array::empty(array.form()).and_then(|none| none.pack());
        let form = none.map_err(Error::from)?.form();
        let batches = array.batches_within(READ_AT_ONCE);
        let target = DatasetTarget {
            place: &self.copy.target,
            options: self.options.clone(),
            how: &self.copy.dataset,
            attributes: self.attributes.clone(),
            bytes_per_partition: None,
            bytes_under_way: None,
        };
        let found = target.look()?;
        let mut batches = batches.map(|batch| batch.map_err(|error| self.unread(error)));
        target.write(found, Some(form), &mut batches, wrote)
    }

    /// One file, of an array that is put together in memory.
    fn file(&self, array: &LazyArray<AnyContainer>, wrote: &dyn Fn(u64)) -> Result<Written, Fault> {
        let (folder, key) = self.options.open_file(&self.copy.target)?;
        if !self.copy.dataset.overwrite && folder.contains(&key)? {
            return Err(exists(&self.copy.target, "a file", "--overwrite"));
        }
        let array = array.read().map_err(|error| self.unread(error))?;
        let array = array.pack().map_err(Error::from)?;
        if self.kind() == arguments::Kind::Safetensors {
            ToSafeTensors::new(&array).write(&folder, &key)?;
        } else {
            let archive = NpzWriter::new();
            let (form, length) = ToBuffers::new(&array).write(&archive)?;
            archive.put_file(FORM, Buffer::copied_from(form.to_string().as_bytes()))?;
            archive.put_file(LENGTH, Buffer::copied_from(length.to_string().as_bytes()))?;
            archive.write(&folder, &key)?;
        }
        wrote(array.len() as u64);
        let mut written = Written::default();
        written.add(&array);
        Ok(written)
    }

    /// Blobs, partition by partition, and form and length beside them at last.
    fn blobs(
        &self,
        array: &LazyArray<AnyContainer>,
        wrote: &dyn Fn(u64),
    ) -> Result<Written, Fault> {
        let store = self.options.open(&self.copy.target)?;
        if store.contains(MANIFEST)? {
            return Err(Fault::failure(format!(
                "{}: a dataset is there: choose another place, or leave out --to blobs",
                self.copy.target
            )));
        }
        if let Some(taken) = taken(&self.copy.target, &store)? {
            return Err(taken);
        }
        let mut partitions = self.cut(array);
        // One alone is no partition: its blobs are called as those of any array.
        let first = partitions.next().unwrap_or_else(|| array.read());
        let first = first.map_err(|error| self.unread(error))?;
        let second = partitions.next();
        let keys = match second {
            None => KeyFormat::array(),
            Some(_) => KeyFormat::partitioned(),
        };
        let mut blobs = Blobs::new(store, keys);
        let is_one = second.is_none();
        let mut all = [Ok(first)].into_iter().chain(second).chain(partitions);
        let done = all
            .try_for_each(|array| {
                let array = array.map_err(|error| self.unread(error))?;
                blobs.put(&array)?;
                wrote(array.len() as u64);
                Ok(())
            })
            .and_then(|()| blobs.finish(is_one));
        if done.is_err() {
            blobs.take_back();
        }
        done.map(|()| blobs.written())
    }

    /// The partitions that are to be written.
    fn cut(
        &self,
        array: &LazyArray<AnyContainer>,
    ) -> Box<dyn Iterator<Item = Result<Array, Error>>> {
        let bytes = self
            .copy
            .dataset
            .bytes_per_partition
            .map_or(PARTITION, |bytes| bytes.get());
        let Some(rows) = self.copy.dataset.rows_per_partition else {
            return Box::new(array.batches_within(bytes));
        };
        let (array, mut start) = (array.clone(), 0);
        Box::new(std::iter::from_fn(move || {
            let end = array.len().min(start + rows.get());
            (start < end).then(|| {
                let piece = array.rows(start..end);
                start = end;
                piece?.read()
            })
        }))
    }
}
