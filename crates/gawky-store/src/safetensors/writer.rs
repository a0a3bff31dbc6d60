//! [`SafeTensorsWriter`]: blobs into one file.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use ::safetensors::Dtype;
use ::safetensors::tensor::TensorInfo;
use foldhash::fast::RandomState;
use gawky_buffer::{Blob, Buffer, ByteOrder, Key};
use indexmap::IndexMap;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::header::{MAX_HEADER, METADATA, PREFIX};
use super::{SafeTensorsFault, dtype};
use crate::write::{host_bytes, joined};
use crate::{AsyncContainerWrite, ContainerWrite, StoreError, key};

/// Where tensors begin: at a multiple of this, so that every dtype is aligned, `float128` included. (The crate
/// `safetensors` aligns to 8, and readers take either.)
const DATA_ALIGNMENT: usize = 16;

/// Collects blobs, and makes one safetensors file of them.
///
/// Each blob becomes a tensor of one dimension, named by its key, of its dtype. What the format lacks is stored
/// in as many bytes: dates and durations as `I64`, and `complex128`, `float128` and `complex256` as `U8`; so is a
/// blob that is no whole number of its elements. The form knows better, and readers go by it. The format is
/// little-endian, so big-endian blobs are refused: who reads them as such would get wrong values, and so would
/// everybody else.
///
/// The tensors lie in order of their alignment, greatest first, so that each is aligned in the file; among equals
/// in the order in which they were put, so that the columns of a record are neighbours. The same blobs and
/// metadata give the same file, byte for byte.
///
/// ```
/// use gawky_store::safetensors::{SafeTensors, SafeTensorsWriter};
/// use gawky_store::{Blob, Buffer, ContainerList, ContainerWrite, DType};
///
/// let writer = SafeTensorsWriter::new();
/// writer.put(Blob::new("mask", DType::Bool, Buffer::from_vec(vec![1_u8, 0, 1])))?;
/// writer.put(Blob::new("met", DType::Float64, Buffer::from_vec(vec![33.1_f64, 12.9])))?;
/// let file = writer.finish()?;
///
/// let tensors = SafeTensors::from_buffer(file)?;
/// assert_eq!(tensors.layer().keys(), ["met", "mask"]);
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
#[derive(Debug, Default)]
pub struct SafeTensorsWriter {
    /// In the order in which their keys were first put.
    tensors: Mutex<IndexMap<Key, Blob, RandomState>>,
    metadata: BTreeMap<String, String>,
}

impl SafeTensorsWriter {
    /// One without blobs or metadata.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves a text in the header, replacing what had its name.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), text.into());
        self
    }

    /// The file, in memory aligned to 64 bytes.
    ///
    /// # Errors
    /// [`StoreError::SafeTensors`] when the header would be longer than the format allows, and
    /// [`StoreError::Buffer`] when it does not fit in memory. Nothing else can fail: blobs were checked when they
    /// were put.
    pub fn finish(self) -> Result<Buffer, StoreError> {
        joined("", &self.encode("")?)
    }

    /// Puts the file into a container, at once; where that can write pieces, no tensor is copied.
    ///
    /// # Errors
    /// As [`finish`](Self::finish) and [`ContainerWrite::put`].
    pub fn write<C: ContainerWrite + ?Sized>(
        self,
        container: &C,
        key: &str,
    ) -> Result<(), StoreError> {
        container.put_pieces(Key::from(key), &self.into_pieces(key)?)
    }

    /// Puts the file into a container, at once and without blocking; where that can write pieces, no tensor is copied.
    ///
    /// # Errors
    /// As [`finish`](Self::finish) and [`AsyncContainerWrite::put_pieces`].
    pub async fn write_async<C: AsyncContainerWrite + ?Sized>(
        self,
        container: &C,
        key: &str,
    ) -> Result<(), StoreError> {
        let pieces = self.into_pieces(key)?;
        container.put_pieces(Key::from(key), &pieces).await
    }

    /// The file in pieces that lie one behind the other: all that comes before the tensors, and each of them.
    ///
    /// # Errors
    /// As [`finish`](Self::finish), and [`StoreError::InvalidKey`].
    pub fn into_pieces(self, key: &str) -> Result<Vec<Buffer>, StoreError> {
        key::validate(key)?;
        self.encode(key)
    }

    /// The header, and all tensors behind it; errors call the file `key`.
    fn encode(self, key: &str) -> Result<Vec<Buffer>, StoreError> {
        let tensors = self
            .tensors
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let mut blobs: Vec<Blob> = tensors.into_values().collect();
        blobs.sort_by_key(|blob| std::cmp::Reverse(alignment(blob)));
        let fault = |fault| StoreError::SafeTensors {
            key: key.to_owned(),
            fault,
        };
        let header = Header {
            metadata: &self.metadata,
            blobs: &blobs,
        };
        let header = serde_json::to_vec(&header).map_err(|error| {
            fault(SafeTensorsFault::Header {
                message: error.to_string(),
            })
        })?;
        let header_len = padded(header.len());
        let len = header_len as u64;
        if len > MAX_HEADER {
            return Err(fault(SafeTensorsFault::HeaderTooLong { len }));
        }
        let mut beginning = Vec::with_capacity(prefix() + header_len);
        beginning.extend_from_slice(&len.to_le_bytes());
        beginning.extend_from_slice(&header);
        beginning.resize(prefix() + header_len, b' ');
        let tensors = blobs.into_iter().map(|blob| blob.bytes);
        Ok(std::iter::once(Buffer::from_vec(beginning))
            .chain(tensors)
            .collect())
    }

    fn check(blob: &Blob) -> Result<(), StoreError> {
        key::validate(&blob.key)?;
        let refused = |fault| {
            Err(StoreError::SafeTensors {
                key: blob.key.to_string(),
                fault,
            })
        };
        if blob.key == *METADATA {
            return refused(SafeTensorsFault::Reserved);
        }
        if blob.byteorder == ByteOrder::Big && blob.dtype.partsize() > 1 {
            return refused(SafeTensorsFault::BigEndian);
        }
        host_bytes(&blob.key, &blob.bytes).map(drop)
    }
}

impl ContainerWrite for SafeTensorsWriter {
    fn put(&self, blob: Blob) -> Result<(), StoreError> {
        self.put_many(vec![blob])
    }

    fn put_many(&self, blobs: Vec<Blob>) -> Result<(), StoreError> {
        blobs.iter().try_for_each(Self::check)?;
        let mut tensors = self.tensors.lock().unwrap_or_else(PoisonError::into_inner);
        tensors.extend(blobs.into_iter().map(|blob| (blob.key.clone(), blob)));
        Ok(())
    }
}

/// How many bytes say how long the header is.
fn prefix() -> usize {
    size_of_val(&PREFIX)
}

/// How long a header of `len` bytes is with the spaces that align what follows.
fn padded(len: usize) -> usize {
    (prefix() + len).next_multiple_of(DATA_ALIGNMENT) - prefix()
}

fn is_whole(blob: &Blob) -> bool {
    blob.bytes.len().is_multiple_of(blob.dtype.itemsize())
}

/// The alignment to keep; that of half elements is lost anyway, and would cost the others theirs.
fn alignment(blob: &Blob) -> usize {
    if is_whole(blob) {
        blob.dtype.alignment()
    } else {
        0
    }
}

/// The header, as the crate and Python spell it: the metadata first, without spaces.
struct Header<'a> {
    metadata: &'a BTreeMap<String, String>,
    blobs: &'a [Blob],
}

impl Serialize for Header<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        if !self.metadata.is_empty() {
            members.serialize_entry(METADATA, self.metadata)?;
        }
        let mut start = 0_usize;
        for blob in self.blobs {
            let stored = if is_whole(blob) {
                dtype::stored_as(blob.dtype)
            } else {
                Dtype::U8
            };
            let len = blob.bytes.len();
            let end = start.saturating_add(len);
            let info = TensorInfo {
                dtype: stored,
                shape: vec![len / (stored.bitsize() / 8).max(1)],
                data_offsets: (start, end),
            };
            members.serialize_entry(blob.key.as_str(), &info)?;
            start = end;
        }
        members.end()
    }
}
