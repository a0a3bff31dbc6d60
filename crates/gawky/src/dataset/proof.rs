//! [`Proof`]: what is read of a dataset is what was written.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use gawky_buffer::{Buffer, Fetch};
use gawky_store::{
    Checksum, Checksums, ContainerId, Fetched, Layered, Profile, StoreError, Verified,
};

use super::checksums::{fetch_of, header_key, read};
use super::layout::{Layout, Packing};
use super::litter::KnownLayout;

/// The checksums of how many partitions are kept, so that the steps of one read do not ask for them again.
const KEPT: usize = 16;

/// Checksums by the numbers of partitions, those that were read last behind.
type Recent = VecDeque<(u64, Arc<Checksums>)>;

/// Proves blobs by the checksums of their partitions, which it asks for when something of these is read.
#[derive(Clone, Debug)]
pub(super) struct Proof {
    /// `None` where the dataset has no checksums.
    known: Option<Arc<KnownLayout>>,
    recent: Arc<Mutex<Recent>>,
}

impl Proof {
    /// By what a dataset of this layout keeps.
    pub(super) fn by(layout: &Layout) -> Option<Self> {
        let known = || KnownLayout::of(|id| layout.keys_of(id)).ok();
        Some(Self {
            known: layout.checksums.then(known).flatten().map(Arc::new),
            recent: Arc::default(),
        })
    }

    /// The number of the partition that a blob belongs to.
    fn partition_of(&self, key: &str) -> Option<u64> {
        #[cfg(feature = "safetensors")]
        let key = gawky_store::safetensors::file_and_tensor(key).map_or(key, |(file, _)| file);
        self.known.as_ref()?.id(key)
    }

    /// The proof of some fetches.
    pub(super) fn begin(&self, fetches: &[Fetch]) -> Proving<'_> {
        let mut proving = Proving {
            proof: self,
            by_partition: HashMap::new(),
            awaited: Vec::new(),
            fetches: Vec::new(),
        };
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        for fetch in fetches {
            let Some(id) = self.partition_of(&fetch.key) else {
                continue;
            };
            if proving.by_partition.contains_key(&id) || proving.awaited.contains(&id) {
                continue;
            }
            match recent.iter().find(|(own, _)| *own == id) {
                Some((_, checksums)) => {
                    proving.by_partition.insert(id, Arc::clone(checksums));
                }
                None => {
                    proving.awaited.push(id);
                    proving.fetches.push(fetch_of(id));
                }
            }
        }
        proving
    }

    /// The checksums of one partition.
    pub(super) fn begin_partition(&self, id: u64) -> Proving<'_> {
        Proving {
            proof: self,
            by_partition: HashMap::new(),
            awaited: vec![id],
            fetches: vec![fetch_of(id)],
        }
    }

    /// How many bytes a blob should have, of a partition whose checksums were read last.
    pub(super) fn size_of(&self, key: &str) -> Option<u64> {
        self.checksum_of(key).map(|checksum| checksum.bytes)
    }

    /// The header of the file of a partition whose checksums were read last, where there is a checksum of it.
    pub(super) fn header(&self, layout: &Layout, id: u64) -> Option<Fetch> {
        if layout.packing != Packing::Safetensors {
            return None;
        }
        let file = layout.keys_of(id).ok()?.pop()?;
        let bytes = self.checksum_of(&header_key(&file))?.bytes;
        Some(Fetch::raw(file, Some(0..bytes)))
    }

    /// Whether a header is what it was.
    pub(super) fn prove_header(
        &self,
        header: &Fetch,
        came: Option<&Buffer>,
    ) -> Result<(), StoreError> {
        let expected = self.checksum_of(&header_key(&header.key));
        let (Some(expected), Some(came)) = (expected, came) else {
            // That the file is missing is told of its tensors.
            return Ok(());
        };
        let key = header.key.to_string();
        let bytes = came.bytes().map_err(|source| StoreError::Buffer {
            key: key.clone(),
            source,
        })?;
        let found = Checksum::of(bytes);
        match found == expected {
            true => Ok(()),
            false => Err(StoreError::ChecksumMismatch {
                key,
                expected,
                found,
            }),
        }
    }

    fn checksum_of(&self, key: &str) -> Option<Checksum> {
        let id = self.partition_of(key)?;
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, checksums) = recent.iter().find(|(own, _)| *own == id)?;
        checksums.get(key)
    }

    /// A checksum is of a whole blob.
    pub(super) fn profile(proof: Option<&Self>, below: Profile) -> Profile {
        let mut profile = below;
        profile.cheap_ranges &= proof.is_none();
        profile
    }

    /// Another container than the one below: what was read there has not been proved.
    pub(super) fn id(proof: Option<&Self>, below: Option<ContainerId>) -> Option<ContainerId> {
        match proof {
            None => below,
            Some(_) => Some(below?.seen_through("dataset-crc32c", "")),
        }
    }
}

/// The proof of some fetches, for which the checksums of partitions may have to be fetched first.
#[derive(Debug)]
pub(super) struct Proving<'p> {
    proof: &'p Proof,
    by_partition: HashMap<u64, Arc<Checksums>>,
    awaited: Vec<u64>,
    fetches: Vec<Fetch>,
}

impl Proving<'_> {
    /// What is awaited, from the container that all of the dataset lies in.
    pub(super) fn fetches(&self) -> &[Fetch] {
        &self.fetches
    }

    /// Takes what came; answers how many bytes that was.
    pub(super) fn supply(&mut self, fetched: Vec<Option<Fetched>>) -> Result<u64, StoreError> {
        let mut fetched = fetched.into_iter();
        let mut bytes = 0;
        let recent = &self.proof.recent;
        for id in std::mem::take(&mut self.awaited) {
            let fetched = fetched.next().flatten();
            bytes += fetched
                .as_ref()
                .map_or(0, |fetched| fetched.bytes.len() as u64);
            let checksums = Arc::new(read(id, fetched)?);
            let mut recent = recent.lock().unwrap_or_else(PoisonError::into_inner);
            if recent.len() >= KEPT {
                recent.pop_front();
            }
            recent.push_back((id, Arc::clone(&checksums)));
            drop(recent);
            self.by_partition.insert(id, checksums);
        }
        Ok(bytes)
    }

    /// A container that proves what these fetches are of, as far as there are checksums.
    pub(super) fn verifying<C>(
        &self,
        fetches: &[Fetch],
        packed: C,
    ) -> Result<Layered<Verified, C>, StoreError> {
        let mut checksums = Checksums::new();
        for fetch in fetches {
            if let Some(own) = self.checksum_of(&fetch.key) {
                checksums.insert_checksum(fetch.key.clone(), own)?;
            }
        }
        Ok(Layered::new(Verified::new(checksums), packed))
    }

    /// Makes sure that nothing was read of which there is no checksum. What is not there has none, where nobody had
    /// rows for it.
    pub(super) fn all_proved(
        &self,
        fetches: &[Fetch],
        answers: &[Option<Fetched>],
    ) -> Result<(), StoreError> {
        for (fetch, answer) in fetches.iter().zip(answers) {
            let has_bytes = answer.as_ref().is_some_and(|found| !found.bytes.is_empty());
            if has_bytes && self.checksum_of(&fetch.key).is_none() {
                let key = fetch.key.to_string();
                return Err(StoreError::NoChecksum { key });
            }
        }
        Ok(())
    }

    fn checksum_of(&self, key: &str) -> Option<Checksum> {
        let id = self.proof.partition_of(key)?;
        self.by_partition.get(&id)?.get(key)
    }
}
