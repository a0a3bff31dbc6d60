//! [`Target`]: what `copy` writes.

use std::sync::Arc;

use gawky::dataset::{CreateDataset, DatasetFault, Packing, Vacuum};
use gawky::object_store::OpenOptions;
use gawky::prelude::*;
use gawky::safetensors::ToSafeTensors;
use gawky::store::npz::NpzWriter;
use gawky::store::{Blob, Key, Store};
use serde_json::{Map, Value as Json};

use crate::arguments::{self, Copy};
use crate::fault::Fault;
use crate::source::{AnyContainer, FORM, LENGTH, Lengths, parsed_form};

const MANIFEST: &str = "dataset.json";

/// About how many bytes are read at once where they are cut anew.
const BATCH: u64 = 32 << 20;
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
        let ends = |end| self.copy.target.ends_with(end);
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
        let copy = self.copy;
        let rows = copy.rows_per_partition.map(|_| "--rows-per-partition");
        let bytes = copy.bytes_per_partition.map(|_| "--bytes-per-partition");
        let cuts = rows.or(bytes);
        let (kind, wrong) = match self.kind() {
            Dataset => return Ok(()),
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
                copy.target
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

    fn exists(&self, what: &str, how: &str) -> Fault {
        Fault::failure(format!(
            "{}: {what} is there already: say {how}",
            self.copy.target
        ))
    }

    fn dataset(
        &self,
        array: &LazyArray<AnyContainer>,
        wrote: &dyn Fn(u64),
    ) -> Result<Written, Fault> {
        let copy = self.copy;
        let store = self.options.open(&copy.target)?;
        let found = match Dataset::open_in(Arc::clone(&store)) {
            Err(Error::Dataset { fault, .. }) if matches!(*fault, DatasetFault::Missing) => None,
            found => Some(found?),
        };
        let packing = copy.packing.map(|packing| match packing {
            arguments::Packing::Blobs => Packing::Blobs,
            arguments::Packing::Safetensors => Packing::Safetensors,
        });
        let create = CreateDataset::new()
            .form(
                Array::empty(array.form())
                    .and_then(|none| none.pack())
                    .map_err(Error::from)?
                    .form(),
            )
            .packing(packing.unwrap_or_default())
            .attributes(self.attributes.clone());
        let Some(mut dataset) = found else {
            if store.contains(FORM)? {
                return Err(Fault::failure(format!(
                    "{}: {FORM} of blobs lies there: choose another place, or remove them",
                    copy.target
                )));
            }
            let mut dataset = create.create_in(Arc::clone(&store))?;
            let written = self.stream(&mut dataset, None, array, wrote);
            if written.is_err() {
                take_back(&store);
            }
            return written;
        };
        if copy.append {
            if let Some(packing) = packing.filter(|packing| *packing != dataset.packing()) {
                return Err(Fault::failure(format!(
                    "{}: the dataset is packed into {}, and not into {}: leave out --packing",
                    copy.target,
                    dataset.packing().name(),
                    packing.name()
                )));
            }
            return self.stream(&mut dataset, None, array, wrote);
        }
        if copy.overwrite {
            return self.stream(&mut dataset, Some(&create), array, wrote);
        }
        let version = dataset.version();
        Err(self.exists(
            &format!("a dataset, at version {version},"),
            "--append or --overwrite",
        ))
    }

    fn stream(
        &self,
        dataset: &mut Dataset,
        replacing: Option<&CreateDataset>,
        array: &LazyArray<AnyContainer>,
        wrote: &dyn Fn(u64),
    ) -> Result<Written, Fault> {
        let mut writer = dataset.writer()?;
        if let Some(rows) = self.copy.rows_per_partition {
            writer = writer.rows_per_partition(rows.get());
        }
        if let Some(bytes) = self.copy.bytes_per_partition {
            writer = writer.bytes_per_partition(bytes.get());
        }
        if let Some(create) = replacing {
            writer = writer.replacing(create)?;
        }
        for batch in array.batches_within(BATCH) {
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

    /// One file, of an array that is put together in memory.
    fn file(&self, array: &LazyArray<AnyContainer>, wrote: &dyn Fn(u64)) -> Result<Written, Fault> {
        let (folder, key) = self.options.open_file(&self.copy.target)?;
        if !self.copy.overwrite && folder.contains(&key)? {
            return Err(self.exists("a file", "--overwrite"));
        }
        let array = array.read()?.pack().map_err(Error::from)?;
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
        if store.contains(FORM)? {
            if !self.copy.overwrite {
                return Err(self.exists(&format!("{FORM} of blobs"), "--overwrite"));
            }
            if store.id().is_some() && store.id() == array.container().id() {
                return Err(Fault::failure(format!(
                    "{}: these are the blobs that are to be copied: choose another place",
                    self.copy.target
                )));
            }
            remove(&store)?;
        }
        let mut partitions = self.cut(array);
        // One alone is no partition: its blobs are called as those of any array.
        let first = partitions.next().unwrap_or_else(|| array.read())?;
        let second = partitions.next();
        let keys = match second {
            None => KeyFormat::array(),
            Some(_) => KeyFormat::partitioned(),
        };
        let mut blobs = Blobs {
            store,
            keys,
            form: None,
            lengths: Vec::new(),
            written: Written::default(),
        };
        let is_one = second.is_none();
        let mut all = [Ok(first)].into_iter().chain(second).chain(partitions);
        let done = all
            .try_for_each(|array| {
                let array = array?;
                blobs.put(&array)?;
                wrote(array.len() as u64);
                Ok(())
            })
            .and_then(|()| blobs.finish(is_one));
        if done.is_err() {
            blobs.take_back();
        }
        done.map(|()| blobs.written)
    }

    /// The partitions that are to be written.
    fn cut(
        &self,
        array: &LazyArray<AnyContainer>,
    ) -> Box<dyn Iterator<Item = Result<Array, Error>>> {
        let bytes = self
            .copy
            .bytes_per_partition
            .map_or(PARTITION, |bytes| bytes.get());
        let Some(rows) = self.copy.rows_per_partition else {
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

/// Blobs that are being written.
struct Blobs {
    store: Arc<dyn Store>,
    keys: KeyFormat,
    /// That of the first partition, with form keys.
    form: Option<Form>,
    lengths: Vec<u64>,
    written: Written,
}

impl Blobs {
    fn put(&mut self, array: &Array) -> Result<(), Fault> {
        let mut packed = array.pack().map_err(Error::from)?;
        if let Some(form) = &self.form
            && !packed.is_of_form(form)
        {
            packed = packed.conform_to(form).map_err(Error::from)?;
        }
        let form = match &self.form {
            Some(form) => form.clone(),
            None => packed.form().into_form_keys(&FormKeyFormat::default(), 0)?,
        };
        // It may be there in part, even where it fails.
        self.lengths.push(packed.len() as u64);
        let number = self.lengths.len() as u64 - 1;
        ToBuffers::new(&packed)
            .form(self.form.insert(form))
            .keys(self.keys.clone())
            .partition_start(number)
            .write(&self.store)?;
        self.written.add(&packed);
        Ok(())
    }

    /// Puts form and length beside them, the form at last: without it nothing is read.
    fn finish(&self, is_one: bool) -> Result<(), Fault> {
        let length = match (is_one, self.lengths.first()) {
            (true, Some(length)) => length.to_string(),
            _ => serde_json::to_string(&self.lengths)?,
        };
        let form = self.form.as_ref().map(Form::to_string).unwrap_or_default();
        for (key, text) in [(LENGTH, length), (FORM, form)] {
            let bytes = Buffer::copied_from(text.as_bytes());
            self.store.put(Blob::new(key, DType::UInt8, bytes))?;
        }
        Ok(())
    }

    /// Removes what there is of a copy that failed, as far as it can be.
    fn take_back(&self) {
        let mut keys = vec![Key::from(FORM), Key::from(LENGTH)];
        if let Some(form) = &self.form {
            keys.extend(blobs_of(form, &self.keys, self.lengths.len() as u64));
        }
        let _ = self.store.delete_many(&keys);
    }
}

/// The keys of the blobs of so many partitions.
fn blobs_of(form: &Form, keys: &KeyFormat, partitions: u64) -> Vec<Key> {
    let of_one = |partition| {
        let partition = keys.has_partition().then_some(partition);
        form.expected_buffers(keys, partition).unwrap_or_default()
    };
    let all = (0..partitions).flat_map(of_one);
    all.map(|blob| Key::from(blob.key)).collect()
}

/// Removes blobs that are to be replaced: first what makes them readable, then themselves.
fn remove(store: &Arc<dyn Store>) -> Result<(), Fault> {
    let form = store.get(FORM)?.and_then(|json| parsed_form(&json).ok());
    let length = store.get(LENGTH)?;
    let length = length.and_then(|json| Lengths::parse(json.bytes().unwrap_or_default()));
    store.delete(FORM)?;
    store.delete(LENGTH)?;
    let blobs = match (form, length) {
        (Some(form), Some(Lengths::One(_))) => blobs_of(&form, &KeyFormat::array(), 1),
        (Some(form), Some(Lengths::Many(lengths))) => {
            blobs_of(&form, &KeyFormat::partitioned(), lengths.len() as u64)
        }
        _ => Vec::new(),
    };
    store.delete_many(&blobs)?;
    Ok(())
}

/// Removes a dataset that was made for a copy that failed, and is still empty; what cannot be removed stays, without a row.
fn take_back(store: &Arc<dyn Store>) {
    let Ok(mut dataset) = Dataset::open_in(Arc::clone(store)) else {
        return;
    };
    if dataset.version() == 1 {
        let _ = dataset.vacuum(Vacuum::keep(1).older_than(std::time::Duration::ZERO));
        if dataset.refresh().is_ok() && dataset.is_empty() {
            let _ = store.delete(MANIFEST);
        }
    }
}
