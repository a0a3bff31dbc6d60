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
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Checksum, Checksums};
use crate::{StoreError, key};

const ALGORITHM: &str = "crc32c";

impl Checksums {
    /// One JSON object, without line breaks.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.to_value().to_string()
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

    fn to_value(&self) -> Value {
        let blobs = self.iter().map(|(key, checksum)| {
            let mut own = Map::new();
            own.insert("bytes".to_owned(), checksum.bytes.into());
            own.insert(
                "crc32c".to_owned(),
                format!("{:08x}", checksum.crc32c).into(),
            );
            (key.to_string(), Value::Object(own))
        });
        let mut all = Map::new();
        all.insert("algorithm".to_owned(), ALGORITHM.into());
        all.insert("blobs".to_owned(), Value::Object(blobs.collect()));
        Value::Object(all)
    }
}

// How many characters of what is wrong are repeated.
const MAX_REASON: usize = 300;

/// The object that [`Checksums::to_json`] writes.
impl Serialize for Checksums {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
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
