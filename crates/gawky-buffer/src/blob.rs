//! What travels between arrays and containers: requests for bytes by key, and bytes to keep under a key.

use std::ops::Range;

use crate::{Buffer, ByteOrder, DType, Key};

/// A request for the bytes kept under a key: all of them, or an exact range.
///
/// It does not name a byte order: whoever reads the answer says in which order to take it.
///
/// ```
/// use gawky_buffer::{DType, Fetch};
/// let offsets = Fetch::range("node0-offsets", 8..24, DType::Int64);
/// let content = Fetch::whole("node1-data", DType::Float32);
/// assert_eq!((offsets.range, content.range), (Some(8..24), None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetch {
    /// The blob's name in its container.
    pub key: Key,
    /// Which of its bytes; `None` for all of them, however many there are.
    pub range: Option<Range<u64>>,
    /// What the bytes will be taken for. Containers that know what they hold refuse a contradiction;
    /// those that hold plain bytes ignore it.
    pub dtype: DType,
}

impl Fetch {
    /// All bytes under `key`, to be taken for `dtype`.
    #[must_use]
    #[inline]
    pub fn whole(key: impl Into<Key>, dtype: DType) -> Self {
        Self {
            key: key.into(),
            range: None,
            dtype,
        }
    }

    /// The bytes `range` under `key`, to be taken for `dtype`.
    ///
    /// Nothing is checked here; a container refuses a range that ends before it starts.
    #[must_use]
    #[inline]
    pub fn range(key: impl Into<Key>, range: Range<u64>, dtype: DType) -> Self {
        Self {
            key: key.into(),
            range: Some(range),
            dtype,
        }
    }
}

/// Bytes to be kept under a key.
///
/// ```
/// use gawky_buffer::{Blob, Buffer, ByteOrder, DType};
/// let bytes = Buffer::from_vec(1_i16.to_be_bytes().to_vec());
/// let blob = Blob::new("node0-data", DType::Int16, bytes).with_byteorder(ByteOrder::Big);
/// assert_eq!(blob.byteorder, ByteOrder::Big);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blob {
    /// The blob's name in its container.
    pub key: Key,
    /// What the bytes are; containers that know what they hold record it.
    pub dtype: DType,
    /// In which order the bytes lie within each element; formats that name one write it down. It says how the
    /// bytes are, and asks nobody to swap them.
    pub byteorder: ByteOrder,
    /// The bytes.
    pub bytes: Buffer,
}

impl Blob {
    /// Bytes in the default order, which is little-endian.
    #[must_use]
    #[inline]
    pub fn new(key: impl Into<Key>, dtype: DType, bytes: Buffer) -> Self {
        Self {
            key: key.into(),
            dtype,
            byteorder: ByteOrder::default(),
            bytes,
        }
    }

    /// The same bytes, said to be in this order; they are not swapped.
    #[must_use]
    #[inline]
    pub fn with_byteorder(mut self, byteorder: ByteOrder) -> Self {
        self.byteorder = byteorder;
        self
    }
}
