//! [`Looking`]: the check of one partition; blocking and by futures, which differ in how blobs are fetched.

use std::collections::{HashMap, HashSet};

use gawky_array::Validating;
use gawky_buffer::{Buffer, Fetch};
use gawky_store::{AsyncContainer, Container, StoreError};

use super::{Validation, ValidationFault};

/// What came of one fetch.
type Came = Result<Option<Buffer>, StoreError>;

/// How many bytes the blob under a key should have, where that is known.
type SizeOf = dyn Fn(&str) -> Option<u64> + Send + Sync;

/// The check of one partition, without any I/O.
pub(crate) struct Looking<'f> {
    validating: Validating<'f>,
    partition: u64,
    id: Option<u64>,
    found: Validation,
    /// The keys that faults have been told of: of a file that cannot be opened, that is one fault and not one for
    /// each tensor.
    told: HashSet<String>,
    expected: Option<Box<SizeOf>>,
}

impl<'f> Looking<'f> {
    /// Of the partition that stands at `partition`, and is called `id`.
    pub(crate) fn new(validating: Validating<'f>, partition: u64, id: Option<u64>) -> Self {
        Self {
            validating,
            partition,
            id,
            found: Validation {
                partitions: 1,
                ..Validation::default()
            },
            told: HashSet::new(),
            expected: None,
        }
    }

    /// The same, where it is known how many bytes blobs should have, and the container proves what they are.
    pub(crate) fn expecting(
        mut self,
        size: impl Fn(&str) -> Option<u64> + Send + Sync + 'static,
    ) -> Self {
        self.expected = Some(Box::new(size));
        self
    }

    fn expected(&self, key: &str) -> Option<u64> {
        self.expected.as_ref()?(key)
    }

    /// Goes on to the next columns; whether there are any.
    fn step(&mut self, known_size: impl Fn(&str) -> Option<u64>) -> bool {
        let expected = self.expected.as_ref();
        let size = |key: &str| known_size(key).or_else(|| expected?(key));
        match self.validating.step(size) {
            Ok(is_left) => is_left,
            Err(error) => {
                self.tell(ValidationFault::of_array(self.partition, self.id, error));
                false
            }
        }
    }

    fn fetches(&self) -> &[Fetch] {
        self.validating.fetches()
    }

    /// The files that blobs should lie in which are not there: is it that there is no such file?
    fn files_in_doubt(&self, came: &[Came]) -> Vec<String> {
        let absent = self.fetches().iter().zip(came);
        let absent = absent.filter(|(_, came)| matches!(came, Ok(None)));
        let mut files: Vec<String> = absent
            .filter_map(|(fetch, _)| file_of(&fetch.key))
            .collect();
        files.dedup();
        files.retain(|file| !self.told.contains(file));
        files
    }

    /// There is no such file.
    fn no_file(&mut self, file: String) {
        let error = StoreError::NotFound { key: file };
        self.tell(ValidationFault::of_store(
            self.partition,
            self.id,
            None,
            error,
        ));
    }

    fn supply(&mut self, came: Vec<Came>) {
        self.found.blobs += came.len() as u64;
        let mut blobs = Vec::with_capacity(came.len());
        let mut faults = Vec::new();
        let mut missing = Vec::new();
        let mut proved = 0;
        for (fetch, came) in self.validating.fetches().iter().zip(came) {
            blobs.push(match came {
                Ok(None) if file_of(&fetch.key).is_some_and(|file| self.told.contains(&file)) => {
                    Err(())
                }
                Ok(None) => {
                    if self.expected(&fetch.key).is_some_and(|bytes| bytes > 0) {
                        let location = self.validating.locate(&fetch.key);
                        let key = fetch.key.to_string();
                        missing.push((location, StoreError::NotFound { key }));
                    }
                    Ok(None)
                }
                Ok(Some(blob)) => {
                    self.found.bytes += blob.len() as u64;
                    proved += u64::from(self.expected(&fetch.key).is_some());
                    Ok(Some(blob))
                }
                Err(error) => {
                    let location = self.validating.locate(&fetch.key);
                    let (partition, id) = (self.partition, self.id);
                    faults.push(ValidationFault::of_store(partition, id, location, error));
                    Err(())
                }
            });
        }
        let order: HashMap<String, usize> = self
            .fetches()
            .iter()
            .enumerate()
            .map(|(position, fetch)| (fetch.key.to_string(), position))
            .collect();
        // As many as were asked for, so that it cannot fail.
        let wrong = self
            .validating
            .supply(blobs)
            .unwrap_or_else(|error| vec![error]);
        let (partition, id) = (self.partition, self.id);
        faults.extend(
            wrong
                .into_iter()
                .map(|error| ValidationFault::of_array(partition, id, error)),
        );
        // What nothing needs, as far as is known, and was written all the same.
        faults.extend(
            missing
                .into_iter()
                .map(|(location, error)| ValidationFault::of_store(partition, id, location, error)),
        );
        faults.sort_by_key(|fault| order.get(&fault.key).copied());
        self.found.proved += proved;
        for fault in faults {
            self.tell(fault);
        }
    }

    fn tell(&mut self, fault: ValidationFault) {
        if fault.key.is_empty() || self.told.insert(fault.key.clone()) {
            self.found.faults.push(fault);
        }
    }

    fn finish(self) -> Validation {
        self.found
    }
}

/// The file that a blob lies in, if it lies in one.
pub(super) fn file_of(key: &str) -> Option<String> {
    #[cfg(feature = "safetensors")]
    {
        let (file, _) = gawky_store::safetensors::file_and_tensor(key)?;
        Some(file.to_owned())
    }
    #[cfg(not(feature = "safetensors"))]
    {
        let _ = key;
        None
    }
}

/// Checks one partition.
pub(crate) fn look<C: Container + ?Sized>(mut looking: Looking<'_>, container: &C) -> Validation {
    while looking.step(|key| container.known_size(key)) {
        let came = fetch_each(container, looking.fetches());
        for file in looking.files_in_doubt(&came) {
            if let Ok(false) = container.contains(&file) {
                looking.no_file(file);
            }
        }
        looking.supply(came);
    }
    looking.finish()
}

/// [`look`], without blocking.
pub(crate) async fn look_async<C: AsyncContainer + ?Sized>(
    mut looking: Looking<'_>,
    container: &C,
) -> Validation {
    while looking.step(|key| container.known_size(key)) {
        let came = fetch_each_async(container, looking.fetches()).await;
        for file in looking.files_in_doubt(&came) {
            if let Ok(false) = container.contains(&file).await {
                looking.no_file(file);
            }
        }
        looking.supply(came);
    }
    looking.finish()
}

/// All at once where nothing fails; otherwise one by one, so that it is known which.
fn fetch_each<C: Container + ?Sized>(container: &C, fetches: &[Fetch]) -> Vec<Came> {
    if let Ok(blobs) = container.fetch(fetches)
        && blobs.len() == fetches.len()
    {
        return blobs.into_iter().map(Ok).collect();
    }
    let one = |fetch| container.fetch(std::slice::from_ref(fetch));
    let one = |fetch| one(fetch).map(|mut blobs| blobs.pop().flatten());
    fetches.iter().map(one).collect()
}

/// [`fetch_each`], without blocking.
async fn fetch_each_async<C: AsyncContainer + ?Sized>(
    container: &C,
    fetches: &[Fetch],
) -> Vec<Came> {
    if let Ok(blobs) = container.fetch(fetches).await
        && blobs.len() == fetches.len()
    {
        return blobs.into_iter().map(Ok).collect();
    }
    let mut each = Vec::with_capacity(fetches.len());
    for fetch in fetches {
        let one = container.fetch(std::slice::from_ref(fetch)).await;
        each.push(one.map(|mut blobs| blobs.pop().flatten()));
    }
    each
}
