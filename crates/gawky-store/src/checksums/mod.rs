//! [`Checksums`]: what blobs had for bytes when they were written; [`Verified`]: a proof that they still have.

mod json;
mod verified;

use std::collections::BTreeMap;
use std::fmt;

use gawky_buffer::{Blob, Buffer, DType, Key};

use crate::fnv::Fnv;
use crate::{StoreError, key};

pub use verified::Verified;

/// How many bytes a blob has, and their CRC-32C (Castagnoli's polynomial, as iSCSI and object stores use it).
///
/// It finds damage, not forgery: anyone can make other bytes with the same checksum.
///
/// ```
/// use gawky_store::Checksum;
/// let checksum = Checksum::of(b"123456789");
/// assert_eq!((checksum.bytes, checksum.crc32c), (9, 0xe306_9283));
/// assert_eq!(checksum.to_string(), "crc32c e3069283 of 9 bytes");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Checksum {
    /// How many bytes there are.
    pub bytes: u64,
    /// Their CRC-32C.
    pub crc32c: u32,
}

impl Checksum {
    /// That of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.len() as u64,
            crc32c: crc32c::crc32c(bytes),
        }
    }

    fn of_blob(key: &str, bytes: &Buffer) -> Result<Self, StoreError> {
        bytes
            .bytes()
            .map(Self::of)
            .map_err(|source| StoreError::Buffer {
                key: key.to_owned(),
                source,
            })
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "crc32c {:08x} of {} bytes", self.crc32c, self.bytes)
    }
}

/// The checksums of whole blobs, by their keys; kept beside the form, or in a blob of its own.
///
/// As JSON they are one object, sorted by key, the same for the same checksums:
///
/// ```
/// use gawky_store::{Buffer, Checksums};
///
/// let mut checksums = Checksums::new();
/// checksums.insert("node0-data", &Buffer::copied_from(b"123456789"))?;
/// let json = r#"{"algorithm":"crc32c","blobs":{"node0-data":{"bytes":9,"crc32c":"e3069283"}}}"#;
/// assert_eq!(checksums.to_json(), json);
/// assert_eq!(Checksums::from_json(json.as_bytes())?, checksums);
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
///
/// [`Verified`] has them checked while reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checksums {
    by_key: BTreeMap<Key, Checksum>,
}

impl Checksums {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Those of blobs that are about to be put.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    pub fn of<'b>(blobs: impl IntoIterator<Item = &'b Blob>) -> Result<Self, StoreError> {
        // Collected, as what is sorted at once is sorted faster than what comes one by one.
        let by_key = blobs.into_iter().map(|blob| {
            key::validate(&blob.key)?;
            let checksum = Checksum::of_blob(&blob.key, &blob.bytes)?;
            Ok((blob.key.clone(), checksum))
        });
        let by_key = by_key.collect::<Result<_, StoreError>>()?;
        Ok(Self { by_key })
    }

    /// Keeps the checksum of the whole blob under `key`, replacing the one that was there.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`], and [`StoreError::Buffer`] when the bytes are on a device.
    pub fn insert(&mut self, key: impl Into<Key>, bytes: &Buffer) -> Result<(), StoreError> {
        let key = key.into();
        let checksum = Checksum::of_blob(&key, bytes)?;
        self.insert_checksum(key, checksum)
    }

    /// Keeps a checksum that is known already, replacing the one that was there.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`].
    pub fn insert_checksum(
        &mut self,
        key: impl Into<Key>,
        checksum: Checksum,
    ) -> Result<(), StoreError> {
        let key = key.into();
        key::validate(&key)?;
        self.by_key.insert(key, checksum);
        Ok(())
    }

    /// Forgets the checksum of a blob; answers what it was.
    pub fn remove(&mut self, key: &str) -> Option<Checksum> {
        self.by_key.remove(key)
    }

    /// Takes over those of `others`; where both have one of a blob, theirs is kept.
    pub fn merge(&mut self, others: Self) {
        self.by_key.extend(others.by_key);
    }

    /// The checksum of the blob under `key`, if there is one.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Checksum> {
        self.by_key.get(key).copied()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// All of them, sorted by key.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Key, Checksum)> {
        self.by_key.iter().map(|(key, checksum)| (key, *checksum))
    }

    /// Whether `bytes`, all of the blob under `key`, are what they were; `false` when there is no checksum for it.
    ///
    /// # Errors
    /// [`StoreError::ChecksumMismatch`], and [`StoreError::Buffer`] when the bytes are on a device.
    pub fn verify(&self, key: &str, bytes: &Buffer) -> Result<bool, StoreError> {
        let Some(expected) = self.get(key) else {
            return Ok(false);
        };
        let found = Checksum::of_blob(key, bytes)?;
        if found == expected {
            return Ok(true);
        }
        Err(StoreError::ChecksumMismatch {
            key: key.to_owned(),
            expected,
            found,
        })
    }

    /// These checksums as a blob, to be put beside those that they are of.
    #[must_use]
    pub fn to_blob(&self, key: impl Into<Key>) -> Blob {
        let json = Buffer::from_vec(self.to_json().into_bytes());
        Blob::new(key, DType::UInt8, json)
    }

    /// A name that other checksums do not have, the same in every process.
    fn fingerprint(&self) -> String {
        let all = self.by_key.iter().fold(Fnv::new(), |all, (key, checksum)| {
            // No key has a NUL, so none can be taken for a part of what follows it.
            all.and(key.as_bytes())
                .and(&[0])
                .and(&checksum.bytes.to_le_bytes())
                .and(&checksum.crc32c.to_le_bytes())
        });
        all.hex()
    }
}

#[cfg(test)]
mod tests;
