//! [`Fetch`]: a request for bytes by key.

use std::fmt;
use std::ops::Range;

use crate::{Attribute, DType, Key};

/// A request for the bytes kept under a key: all of them, or an exact range.
///
/// It does not name a byte order: whoever reads the answer says in which order to take it.
///
/// ```
/// use gawky_buffer::{DType, Fetch};
/// let offsets = Fetch::range("node0-offsets", 8..24, DType::Int64);
/// let content = Fetch::whole("node1-data", DType::Float32);
/// let manifest = Fetch::raw("dataset.json", None);
/// assert_eq!((offsets.range, content.range), (Some(8..24), None));
/// assert_eq!((content.dtype, manifest.dtype), (Some(DType::Float32), None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetch {
    /// The blob's name in its container.
    pub key: Key,
    /// Which of its bytes; `None` for all of them, however many there are.
    pub range: Option<Range<u64>>,
    /// What the bytes will be taken for; `None` when they are wanted as bytes, whatever they are. Containers
    /// that know what they hold refuse a contradiction; those that hold plain bytes ignore it.
    pub dtype: Option<DType>,
    /// The state in which the blob must still be; `None` for any. A container that has versions refuses any
    /// other; one that has none ignores it.
    pub version: Option<Version>,
    /// Which buffer of which node the bytes are; `None` when they belong to no form. Containers ignore it;
    /// caches may keep some buffers and not others by it.
    pub origin: Option<Origin>,
}

impl Fetch {
    /// All bytes under `key`, to be taken for `dtype`.
    #[must_use]
    #[inline]
    pub fn whole(key: impl Into<Key>, dtype: DType) -> Self {
        Self {
            dtype: Some(dtype),
            ..Self::raw(key, None)
        }
    }

    /// The bytes `range` under `key`, to be taken for `dtype`.
    ///
    /// Nothing is checked here; a container refuses a range that ends before it starts.
    #[must_use]
    #[inline]
    pub fn range(key: impl Into<Key>, range: Range<u64>, dtype: DType) -> Self {
        Self {
            dtype: Some(dtype),
            ..Self::raw(key, Some(range))
        }
    }

    /// Bytes under `key`, all of them or a range, whatever they are.
    #[must_use]
    #[inline]
    pub fn raw(key: impl Into<Key>, range: Option<Range<u64>>) -> Self {
        Self {
            key: key.into(),
            range,
            dtype: None,
            version: None,
            origin: None,
        }
    }

    /// The same bytes, only if the blob is still in this state.
    #[must_use]
    #[inline]
    pub fn at_version(mut self, version: Option<Version>) -> Self {
        self.version = version;
        self
    }

    /// The same bytes, said to be this buffer of a form.
    #[must_use]
    #[inline]
    pub fn with_origin(mut self, origin: Option<Origin>) -> Self {
        self.origin = origin;
        self
    }
}

/// Which buffer of which node bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The form key of the node.
    pub form_key: Key,
    /// What the buffer is to the node.
    pub attribute: Attribute,
}

/// The state of one blob: an ETag, a generation, a modification time with a size. Opaque; compare for equality.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(Key);

impl Version {
    /// The version that a container writes like this.
    #[must_use]
    pub fn new(token: impl Into<Key>) -> Self {
        Self(token.into())
    }

    /// As the container writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
