//! [`MemoryContainer`]: a typed map in memory.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use foldhash::fast::RandomState;
use gawky_buffer::{Blob, Buffer, ByteOrder, DType, Fetch, Key, NdBuffer, Version};

use crate::conditional::check_version;
use crate::range::{check_range, slice_exactly};
use crate::{
    Container, ContainerConditional, ContainerDelete, ContainerId, ContainerList, ContainerWrite,
    FetchReport, Fetched, Profile, StoreError, dtypes_agree, key,
};

/// Blobs in memory, shared between threads by `&self`.
///
/// Nothing is copied: what is put in is a clone of the caller's [`Buffer`], and what comes out is a clone of
/// that, at the same address. Buffers of any place are kept as they are, those on a device too.
///
/// A blob that was [`put`](ContainerWrite::put) is typed, and [`fetch`](Container::fetch) refuses to hand it out
/// as something else ([`dtypes_agree`] says what is else); a buffer that was [`insert`](Self::insert)ed is
/// bytes, and is handed out as anything.
///
/// ```
/// use gawky_store::{Blob, Buffer, Container, ContainerWrite, DType, Fetch, MemoryContainer};
///
/// let memory = MemoryContainer::new();
/// let pt = Buffer::from_vec(vec![50.2_f64, 22.0]);
/// memory.put(Blob::new("node1-data", DType::Float64, pt.clone()))?;
///
/// let out = memory.get("node1-data")?.unwrap();
/// assert_eq!(out.address(), pt.address());
///
/// let as_integers = Fetch::whole("node1-data", DType::Int64);
/// assert!(memory.fetch(&[as_integers]).is_err());
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
#[derive(Debug)]
pub struct MemoryContainer {
    id: ContainerId,
    blobs: RwLock<Blobs>,
}

#[derive(Debug, Default)]
struct Blobs {
    // Seeded afresh for each map, so that keys from outside cannot be chosen to collide.
    by_key: HashMap<Key, Kept, RandomState>,
    // Counts every change; a kept blob's version is what it was then.
    changes: u64,
}

#[derive(Debug)]
struct Kept {
    bytes: Buffer,
    // None for bytes of which nobody has said what they are.
    kind: Option<(DType, ByteOrder)>,
    version: Version,
}

impl Kept {
    fn check(&self, fetch: &Fetch) -> Result<(), StoreError> {
        if let (Some((stored, _)), Some(asked)) = (self.kind, fetch.dtype)
            && !dtypes_agree(stored, asked)
        {
            return Err(StoreError::DType {
                key: fetch.key.to_string(),
                stored,
                asked,
            });
        }
        match &fetch.version {
            Some(expected) => check_version(&fetch.key, expected, Some(self.version.clone())),
            None => Ok(()),
        }
    }
}

impl Blobs {
    fn keep(&mut self, key: Key, kind: Option<(DType, ByteOrder)>, bytes: Buffer) -> Version {
        self.changes += 1;
        let version = Version::new(self.changes.to_string());
        let kept = Kept {
            bytes,
            kind,
            version: version.clone(),
        };
        self.by_key.insert(key, kept);
        version
    }

    fn keep_blob(&mut self, blob: Blob) -> Version {
        self.keep(blob.key, Some((blob.dtype, blob.byteorder)), blob.bytes)
    }
}

impl MemoryContainer {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self {
            id: ContainerId::unique("memory"),
            blobs: RwLock::default(),
        }
    }

    /// Keeps bytes of no known dtype, replacing what was under `key`.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`].
    pub fn insert(&self, key: impl Into<Key>, bytes: Buffer) -> Result<(), StoreError> {
        let key = key.into();
        key::validate(&key)?;
        self.write().keep(key, None, bytes);
        Ok(())
    }

    /// Keeps an array as a typed blob: its elements in row-major order, little-endian, which is what readers
    /// take blobs for unless they are told otherwise.
    ///
    /// Without a copy where they lie so already. Views with other strides (transposed, Fortran order, every
    /// second row) and big-endian ones are written out in order.
    ///
    /// ```
    /// use gawky_buffer::NdBuffer;
    /// use gawky_store::{Container, DType, MemoryContainer};
    ///
    /// let memory = MemoryContainer::new();
    /// let table = NdBuffer::from_vec(vec![1_u16, 2, 3, 4, 5, 6], &[2, 3]).unwrap();
    /// memory.insert_array("columns-data", &table.t())?;
    /// assert_eq!(memory.dtype("columns-data"), Some(DType::UInt16));
    /// let bytes = memory.get("columns-data")?.unwrap();
    /// assert_eq!(*bytes.typed::<u16>().unwrap(), [1, 4, 2, 5, 3, 6].map(u16::to_le));
    /// # Ok::<(), gawky_store::StoreError>(())
    /// ```
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`], and [`StoreError::Buffer`] when elements that must be moved are on a device.
    pub fn insert_array(&self, key: impl Into<Key>, array: &NdBuffer) -> Result<(), StoreError> {
        let key = key.into();
        key::validate(&key)?;
        match array.to_buffer(ByteOrder::Little) {
            Ok(bytes) => self.put(Blob::new(key, array.dtype(), bytes)),
            Err(source) => Err(StoreError::Buffer {
                key: key.into(),
                source,
            }),
        }
    }

    /// What the blob under `key` was put as; `None` when there is no such blob, or it was inserted as bytes.
    #[must_use]
    pub fn dtype(&self, key: &str) -> Option<DType> {
        Some(self.read().by_key.get(key)?.kind?.0)
    }

    /// In which byte order the blob under `key` was put; `None` when there is no such blob, or it was inserted
    /// as bytes.
    #[must_use]
    pub fn byteorder(&self, key: &str) -> Option<ByteOrder> {
        Some(self.read().by_key.get(key)?.kind?.1)
    }

    /// How many blobs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.read().by_key.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes all blobs have together. Blobs that share memory count each.
    #[must_use]
    pub fn nbytes(&self) -> usize {
        self.read()
            .by_key
            .values()
            .map(|kept| kept.bytes.len())
            .fold(0, usize::saturating_add)
    }

    /// Removes everything.
    pub fn clear(&self) {
        self.write().by_key.clear();
    }

    // No code that can panic runs while the lock is held, so a poisoned lock still guards a whole map.
    fn read(&self) -> RwLockReadGuard<'_, Blobs> {
        self.blobs.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Blobs> {
        self.blobs.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryContainer {
    fn default() -> Self {
        Self::new()
    }
}

impl Container for MemoryContainer {
    // Only valid keys get in, so the rules are asked only about a key that is not there.
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        match self.read().by_key.get(key) {
            Some(kept) => Ok(Some(kept.bytes.clone())),
            None => key::validate(key).map(|()| None),
        }
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        match self.read().by_key.get(key) {
            Some(kept) => slice_exactly(key, &kept.bytes, range).map(Some),
            None => {
                key::validate(key)?;
                Ok((!check_range(key, &range)?).then(Buffer::empty))
            }
        }
    }

    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        match self.read().by_key.get(key) {
            Some(kept) => Ok(Some(kept.bytes.len() as u64)),
            None => key::validate(key).map(|()| None),
        }
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let blobs = self.read();
        let mut answers = Vec::with_capacity(fetches.len());
        for fetch in fetches {
            let key = &fetch.key;
            let Some(kept) = blobs.by_key.get(key.as_str()) else {
                key::validate(key)?;
                let empty = match &fetch.range {
                    None => false,
                    Some(range) => !check_range(key, range)?,
                };
                if !empty {
                    report.request(0);
                }
                answers.push(empty.then(|| Buffer::empty().into()));
                continue;
            };
            kept.check(fetch)?;
            let bytes = match &fetch.range {
                None => kept.bytes.clone(),
                Some(range) => slice_exactly(key, &kept.bytes, range.clone())?,
            };
            if fetch.range.is_none() || !bytes.is_empty() {
                report.request(bytes.len() as u64);
            }
            answers.push(Some(Fetched {
                bytes,
                version: Some(kept.version.clone()),
            }));
        }
        Ok(answers)
    }

    fn profile(&self) -> Profile {
        Profile::MEMORY
    }

    fn id(&self) -> Option<ContainerId> {
        Some(self.id.clone())
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        match self.read().by_key.get(key) {
            Some(kept) => Ok(Some(kept.version.clone())),
            None => key::validate(key).map(|()| None),
        }
    }
}

impl ContainerWrite for MemoryContainer {
    fn put(&self, blob: Blob) -> Result<(), StoreError> {
        key::validate(&blob.key)?;
        self.write().keep_blob(blob);
        Ok(())
    }

    fn put_many(&self, many: Vec<Blob>) -> Result<(), StoreError> {
        for blob in &many {
            key::validate(&blob.key)?;
        }
        let mut blobs = self.write();
        blobs.by_key.reserve(many.len());
        for blob in many {
            blobs.keep_blob(blob);
        }
        Ok(())
    }
}

impl ContainerDelete for MemoryContainer {
    fn delete(&self, key: &str) -> Result<(), StoreError> {
        key::validate(key)?;
        self.write().by_key.remove(key);
        Ok(())
    }
}

impl ContainerList for MemoryContainer {
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        key::validate_prefix(prefix)?;
        let mut keys: Vec<Key> = self
            .read()
            .by_key
            .keys()
            .filter(|key| key::is_under(key, prefix))
            .cloned()
            .collect();
        keys.sort_unstable();
        Ok(keys)
    }
}

impl ContainerConditional for MemoryContainer {
    fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        match self.read().by_key.get(key) {
            Some(kept) => Ok(Some((kept.bytes.clone(), kept.version.clone()))),
            None => key::validate(key).map(|()| None),
        }
    }

    fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
        key::validate(&blob.key)?;
        let mut blobs = self.write();
        if blobs.by_key.contains_key(blob.key.as_str()) {
            return Err(StoreError::Exists {
                key: blob.key.into(),
            });
        }
        Ok(blobs.keep_blob(blob))
    }

    fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
        key::validate(&blob.key)?;
        let mut blobs = self.write();
        let found = blobs.by_key.get(blob.key.as_str());
        check_version(&blob.key, version, found.map(|kept| kept.version.clone()))?;
        Ok(blobs.keep_blob(blob))
    }
}
