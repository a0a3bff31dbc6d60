//! [`SafeTensorsFiles`]: the tensors of all files in a container.

mod open_files;
mod resolving;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use gawky_buffer::{Buffer, Fetch, Key, Version};

use crate::fetched::{check_count, only};
use crate::{
    AsyncContainer, Container, ContainerId, FetchReport, Fetched, Profile, StoreError, key,
};
use open_files::OpenFiles;
use resolving::{Resolving, Step};

pub use open_files::DEFAULT_CAPACITY;

/// What the name of a file ends with.
const EXTENSION: &str = ".safetensors";

/// The tensors of all safetensors files in a container: under `part0.safetensors/node1-data` lies the tensor
/// `node1-data` of the file `part0.safetensors`. Keys that lead into no such file are the container's own.
///
/// A file is opened when a tensor of it is wanted; the headers of all files that one call needs are fetched together,
/// and then all tensors together. The headers of the files that were used last are kept; clones share them. When a
/// file was replaced since then, as far as the container can tell, it is opened again.
///
/// ```
/// use gawky_store::safetensors::{SafeTensorsFiles, SafeTensorsWriter};
/// use gawky_store::{Blob, Buffer, Container, ContainerWrite, DType, MemoryContainer};
///
/// let bucket = MemoryContainer::new();
/// for (name, number) in [("part0.safetensors", 1_i64), ("part1.safetensors", 2)] {
///     let writer = SafeTensorsWriter::new();
///     writer.put(Blob::new("node0-data", DType::Int64, Buffer::from_vec(vec![number])))?;
///     writer.write(&bucket, name)?;
/// }
/// let tensors = SafeTensorsFiles::new(&bucket);
/// assert_eq!(tensors.get("part1.safetensors/node0-data")?, Some(Buffer::from_vec(vec![2_i64])));
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SafeTensorsFiles<C> {
    inner: C,
    files: Arc<OpenFiles>,
    header_bytes: Option<u64>,
}

impl<C> SafeTensorsFiles<C> {
    /// All files in `inner`; of their headers, up to [`DEFAULT_CAPACITY`] bytes are kept.
    #[must_use]
    pub fn new(inner: C) -> Self {
        Self {
            inner,
            files: Arc::new(OpenFiles::new(DEFAULT_CAPACITY)),
            header_bytes: None,
        }
    }

    /// Keeps headers of about so many bytes; with 0 every call opens its files anew.
    #[must_use]
    pub fn with_capacity(mut self, bytes: u64) -> Self {
        self.files = Arc::new(OpenFiles::new(bytes));
        self
    }

    /// How many bytes to fetch of a file before it is known how many its header has, where that is known: each file
    /// must have as many. Otherwise one file alone is asked for as many as [`SafeTensors`](super::SafeTensors)
    /// asks for, and of several the lengths of their headers come first.
    #[must_use]
    pub fn header_bytes(mut self, bytes: u64) -> Self {
        self.header_bytes = Some(bytes);
        self
    }

    /// The container of the files.
    #[must_use]
    pub fn inner(&self) -> &C {
        &self.inner
    }

    fn resolving<'a>(
        &'a self,
        fetches: &'a [Fetch],
        profile: Profile,
    ) -> Result<Resolving<'a>, StoreError> {
        Resolving::new(&self.files, fetches, profile, self.header_bytes)
    }

    fn opening(&self, files: &[&str], profile: Profile) -> Result<Resolving<'_>, StoreError> {
        Resolving::opening(&self.files, files, profile, self.header_bytes)
    }

    fn size_told(&self, key: &str, below: impl Fn(&str) -> Option<u64>) -> Option<u64> {
        match file_and_tensor(key) {
            None => below(key),
            Some((file, tensor)) => self.files.get(file)?.size_of(tensor),
        }
    }
}

/// Keys of which the sizes are asked: the container's own, and those that lead into files.
struct Sizing<'k> {
    own: Vec<Key>,
    files: Vec<&'k str>,
    /// For each key the number of its file, and the tensor; `None` for the container's own.
    inside: Vec<Option<(usize, &'k str)>>,
}

impl<'k> Sizing<'k> {
    fn of(keys: &'k [Key]) -> Result<Self, StoreError> {
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let mut sizing = Self {
            own: Vec::new(),
            files: Vec::new(),
            inside: Vec::with_capacity(keys.len()),
        };
        for key in keys {
            let Some((file, tensor)) = file_and_tensor(key) else {
                sizing.own.push(key.clone());
                sizing.inside.push(None);
                continue;
            };
            key::validate(key)?;
            let next = sizing.files.len();
            let number = *numbers.entry(file).or_insert(next);
            if number == next {
                sizing.files.push(file);
            }
            sizing.inside.push(Some((number, tensor)));
        }
        Ok(sizing)
    }

    /// The sizes of all, of what the container told of its own, and what the files are like.
    fn told(
        &self,
        own: Vec<Option<u64>>,
        files: &Resolving<'_>,
    ) -> Result<Vec<Option<u64>>, StoreError> {
        check_count(self.own.iter(), &own)?;
        let mut own = own.into_iter();
        let sizes = self.inside.iter().map(|inside| match inside {
            Some((file, tensor)) => files.size(*file, tensor),
            None => own.next().flatten(),
        });
        Ok(sizes.collect())
    }
}

/// Goes on until all is there.
fn drive<C: Container>(
    resolving: &mut Resolving<'_>,
    inner: &C,
    report: &mut FetchReport,
) -> Result<Vec<Option<Fetched>>, StoreError> {
    loop {
        match resolving.step(report)? {
            Step::Done(answers) => return Ok(answers),
            Step::Need(below) => resolving.supply(inner.fetch_versioned(&below, report))?,
        }
    }
}

/// [`drive`], by futures.
async fn drive_async<C: AsyncContainer>(
    resolving: &mut Resolving<'_>,
    inner: &C,
    report: &mut FetchReport,
) -> Result<Vec<Option<Fetched>>, StoreError> {
    loop {
        match resolving.step(report)? {
            Step::Done(answers) => return Ok(answers),
            Step::Need(below) => resolving.supply(inner.fetch_versioned(&below, report).await)?,
        }
    }
}

/// The file that a key of [`SafeTensorsFiles`] leads into, and the tensor in it; `None` for keys that lead into none.
///
/// ```
/// use gawky_store::safetensors::file_and_tensor;
/// assert_eq!(file_and_tensor("run/part0.safetensors/node1-data"), Some(("run/part0.safetensors", "node1-data")));
/// assert_eq!(file_and_tensor("run/part0-node1-data"), None);
/// ```
#[must_use]
pub fn file_and_tensor(key: &str) -> Option<(&str, &str)> {
    let mut end = 0;
    for segment in key.split_inclusive('/') {
        end += segment.len();
        if segment
            .strip_suffix('/')
            .is_some_and(|name| name.ends_with(EXTENSION))
        {
            return Some((key.get(..end - 1)?, key.get(end..)?));
        }
    }
    None
}

impl<C: Container> Container for SafeTensorsFiles<C> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.fetch(&[Fetch::raw(key, None)])
            .map(|mut answers| answers.pop().flatten())
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        self.fetch(&[Fetch::raw(key, Some(range))])
            .map(|mut answers| answers.pop().flatten())
    }

    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        self.sizes(&[key.into()]).map(only)
    }

    fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        let sizing = Sizing::of(keys)?;
        let mut own = Vec::new();
        if !sizing.own.is_empty() {
            own = self.inner.sizes(&sizing.own)?;
        }
        let mut opening = self.opening(&sizing.files, self.inner.profile())?;
        drive(&mut opening, &self.inner, &mut FetchReport::default())?;
        sizing.told(own, &opening)
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let mut resolving = self.resolving(fetches, self.inner.profile())?;
        drive(&mut resolving, &self.inner, report)
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        self.size_told(key, |key| self.inner.known_size(key))
    }

    fn profile(&self) -> Profile {
        self.inner.profile()
    }

    fn id(&self) -> Option<ContainerId> {
        Some(self.inner.id()?.seen_through("safetensors", ""))
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        let Some((file, tensor)) = file_and_tensor(key) else {
            return self.inner.version(key);
        };
        key::validate(key)?;
        let version = self.inner.version(file)?;
        let mut opening = self.opening(&[file], self.inner.profile())?;
        drive(&mut opening, &self.inner, &mut FetchReport::default())?;
        Ok(version.filter(|_| opening.size(0, tensor).is_some()))
    }
}

#[async_trait]
impl<C: AsyncContainer> AsyncContainer for SafeTensorsFiles<C> {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        let fetches = [Fetch::raw(key, None)];
        let answers = self
            .fetch_versioned(&fetches, &mut FetchReport::default())
            .await?;
        Ok(only(answers).map(|fetched| fetched.bytes))
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        let fetches = [Fetch::raw(key, Some(range))];
        let answers = self
            .fetch_versioned(&fetches, &mut FetchReport::default())
            .await?;
        Ok(only(answers).map(|fetched| fetched.bytes))
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        self.sizes(&[key.into()]).await.map(only)
    }

    async fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        let sizing = Sizing::of(keys)?;
        let mut own = Vec::new();
        if !sizing.own.is_empty() {
            own = self.inner.sizes(&sizing.own).await?;
        }
        let mut opening = self.opening(&sizing.files, self.inner.profile())?;
        drive_async(&mut opening, &self.inner, &mut FetchReport::default()).await?;
        sizing.told(own, &opening)
    }

    async fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let mut resolving = self.resolving(fetches, self.inner.profile())?;
        drive_async(&mut resolving, &self.inner, report).await
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        self.size_told(key, |key| self.inner.known_size(key))
    }

    fn profile(&self) -> Profile {
        self.inner.profile()
    }

    fn id(&self) -> Option<ContainerId> {
        Some(self.inner.id()?.seen_through("safetensors", ""))
    }

    async fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        let Some((file, tensor)) = file_and_tensor(key) else {
            return self.inner.version(key).await;
        };
        key::validate(key)?;
        let version = self.inner.version(file).await?;
        let mut opening = self.opening(&[file], self.inner.profile())?;
        drive_async(&mut opening, &self.inner, &mut FetchReport::default()).await?;
        Ok(version.filter(|_| opening.size(0, tensor).is_some()))
    }
}
