//! [`Target`]: what `copy` writes.

use std::sync::Arc;

use gawky::dataset::{CreateDataset, DatasetFault, Packing};
use gawky::object_store::OpenOptions;
use gawky::prelude::*;
use gawky::safetensors::ToSafeTensors;
use gawky::store::npz::NpzWriter;
use gawky::store::{Blob, Key, Store};
use serde_json::{Map, Value as Json};

use crate::arguments::{self, Copy};
use crate::fault::Fault;
use crate::source::{AnyContainer, FORM, LENGTH, has_ending};

const MANIFEST: &str = "dataset.json";
/// Below it lie the claims of those that write a dataset, which may come into being at this moment.
const CLAIMS: &str = "claims/";

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
        let copy = self.copy;
        let rows = copy.rows_per_partition.map(|_| "--rows-per-partition");
        let bytes = copy.bytes_per_partition.map(|_| "--bytes-per-partition");
        let cuts = rows.or(bytes);
        let (kind, wrong) = match self.kind() {
            Dataset => return Ok(()),
            Blobs if copy.overwrite => {
                return Err(Fault::usage(format!(
                    "--overwrite is not for blobs, which would be gone before the new ones are whole: remove what lies in {}, \
                     or say --to dataset, which keeps the versions before",
                    copy.target
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

    /// Why the source cannot be read: that is told of the source.
    fn unread(&self, error: Error) -> Fault {
        Fault::from(error).of(&self.copy.source.place)
    }

    /// Why a place that is to be filled cannot be: it holds other things, which might be written over.
    fn taken(&self, store: &Arc<dyn Store>) -> Result<Option<Fault>, Fault> {
        let keys = store.list("")?;
        let other = keys.iter().find(|key| !key.starts_with(CLAIMS));
        Ok(other.map(|key| {
            Fault::failure(format!(
                "{}: other things lie there, such as {:?}: choose an empty place or a new one",
                self.copy.target,
                key.as_str()
            ))
        }))
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
        // What cannot be read at all is known before anything is written.
        let mut batches = array.batches_within(BATCH).peekable();
        if let Some(Err(error)) = batches.next_if(Result::is_err) {
            return Err(self.unread(error));
        }
        let mut batches = batches.map(|batch| batch.map_err(|error| self.unread(error)));
        let mut dataset = match found {
            Some(dataset) => dataset,
            None => {
                // Of what somebody else makes meanwhile, a manifest comes first.
                if let Some(taken) = self.taken(&store)?
                    && !store.contains(MANIFEST)?
                {
                    return Err(taken);
                }
                match create.create_in(Arc::clone(&store)) {
                    Ok(mut made) => return self.stream(&mut made, None, &mut batches, wrote),
                    // Somebody else was faster.
                    Err(error) if exists(&error) => Dataset::open_in(store)?,
                    Err(error) => return Err(error.into()),
                }
            }
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
            return self.stream(&mut dataset, None, &mut batches, wrote);
        }
        if copy.overwrite {
            return self.stream(&mut dataset, Some(&create), &mut batches, wrote);
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
        batches: &mut dyn Iterator<Item = Result<Array, Fault>>,
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

    /// One file, of an array that is put together in memory.
    fn file(&self, array: &LazyArray<AnyContainer>, wrote: &dyn Fn(u64)) -> Result<Written, Fault> {
        let (folder, key) = self.options.open_file(&self.copy.target)?;
        if !self.copy.overwrite && folder.contains(&key)? {
            return Err(self.exists("a file", "--overwrite"));
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
        if let Some(taken) = self.taken(&store)? {
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
                let array = array.map_err(|error| self.unread(error))?;
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

/// Whether a dataset is there where none was to be.
fn exists(error: &Error) -> bool {
    matches!(error, Error::Dataset { fault, .. } if matches!(**fault, DatasetFault::Exists { .. }))
}
