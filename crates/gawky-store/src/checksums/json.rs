//! Checksums as JSON.
//!
//! ```json
//! {"algorithm": "crc32c", "blobs": {"node0-data": {"bytes": 9, "crc32c": "e3069283"}}}
//! ```
//!
//! `crc32c` is the number in 8 hexadecimal digits, as it is usually written. Members that are missing, unknown or
//! there twice are errors: a checksum that was not understood would not be checked.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use gawky_buffer::Key;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Checksum, Checksums};
use crate::{StoreError, key};

const ALGORITHM: &str = "crc32c";

impl Checksums {
    /// One JSON object, without line breaks.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Nothing of it can fail: there are texts and numbers, and they are written to memory.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the JSON that [`to_json`](Self::to_json) writes.
    ///
    /// # Errors
    /// [`StoreError::NotChecksums`] for anything else.
    pub fn from_json(json: &[u8]) -> Result<Self, StoreError> {
        serde_json::from_slice(json).map_err(|error| StoreError::NotChecksums {
            reason: error.to_string().chars().take(MAX_REASON).collect(),
        })
    }
}

// How many characters of what is wrong are repeated.
const MAX_REASON: usize = 300;

/// The object that [`Checksums::to_json`] writes.
impl Serialize for Checksums {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(2))?;
        members.serialize_entry("algorithm", ALGORITHM)?;
        members.serialize_entry("blobs", &BlobsWritten(&self.by_key))?;
        members.end()
    }
}

/// The member `blobs`, written without making values of JSON first: there may be tens of thousands of them.
struct BlobsWritten<'a>(&'a BTreeMap<Key, Checksum>);

impl Serialize for BlobsWritten<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(self.0.len()))?;
        for (key, checksum) in self.0 {
            members.serialize_entry(key.as_str(), &EntryWritten(*checksum))?;
        }
        members.end()
    }
}

struct EntryWritten(Checksum);

impl Serialize for EntryWritten {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = eight_digits(self.0.crc32c);
        let mut members = serializer.serialize_map(Some(2))?;
        members.serialize_entry("bytes", &self.0.bytes)?;
        members.serialize_entry("crc32c", str::from_utf8(&digits).unwrap_or_default())?;
        members.end()
    }
}

impl<'de> Deserialize<'de> for Checksums {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(document) = Object::<Document>::deserialize(deserializer)?;
        if document.algorithm != ALGORITHM {
            return Err(D::Error::custom(format_args!(
                "the algorithm {:?} is not known here, only {ALGORITHM:?} is",
                document.algorithm
            )));
        }
        Ok(Self {
            by_key: document.blobs.0,
        })
    }
}

/// What is written as an object and nothing else: serde would take an array for it, too.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, members: M) -> Result<Object<T>, M::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Object)
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    algorithm: String,
    blobs: Blobs,
}

struct Blobs(BTreeMap<Key, Checksum>);

impl<'de> Deserialize<'de> for Blobs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(BlobsVisitor)
    }
}

struct BlobsVisitor;

impl<'de> Visitor<'de> for BlobsVisitor {
    type Value = Blobs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Blobs, M::Error> {
        let mut by_key = BTreeMap::new();
        while let Some(key) = members.next_key::<String>()? {
            key::validate(&key).map_err(M::Error::custom)?;
            let Object(Entry { bytes, crc32c }) = members.next_value()?;
            let crc32c = digits(&crc32c).ok_or_else(|| {
                M::Error::custom(format_args!("{crc32c:?} is not 8 hexadecimal digits"))
            })?;
            let checksum = Checksum { bytes, crc32c };
            if by_key.insert(Key::from(key.as_str()), checksum).is_some() {
                return Err(M::Error::custom(format_args!("{key:?} is there twice")));
            }
        }
        Ok(Blobs(by_key))
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    bytes: u64,
    crc32c: String,
}

fn digits(text: &str) -> Option<u32> {
    let is_hexadecimal = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hexadecimal
        .then(|| u32::from_str_radix(text, 16).ok())
        .flatten()
}

/// A number in hexadecimal, with leading zeros.
fn eight_digits(number: u32) -> [u8; 8] {
    let mut rest = number;
    let mut digits = [0; 8];
    for digit in digits.iter_mut().rev() {
        let value = (rest & 0xf) as u8;
        *digit = value + if value < 10 { b'0' } else { b'a' - 10 };
        rest >>= 4;
    }
    digits
}
