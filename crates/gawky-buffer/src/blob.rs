//! [`Blob`]: bytes to be kept under a key.

use crate::{Buffer, ByteOrder, DType, Key};

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
