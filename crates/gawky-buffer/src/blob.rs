//! What travels between arrays and containers: requests for bytes by key, and bytes to keep under a key.

use std::ops::Range;

use crate::{Buffer, DType, Key};

/// A request for the bytes kept under a key: all of them, or an exact range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// The blob's name in its container.
    pub key: Key,
    /// Which of its bytes; `None` for all of them, however many there are.
    pub range: Option<Range<u64>>,
    /// What the bytes will be taken for. Containers that know what they hold refuse a contradiction;
    /// those that hold plain bytes ignore it.
    pub dtype: DType,
}

/// Bytes to be kept under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// The blob's name in its container.
    pub key: Key,
    /// What the bytes are; containers that know what they hold record it.
    pub dtype: DType,
    /// The bytes.
    pub bytes: Buffer,
}
