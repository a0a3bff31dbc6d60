//! The buffers that a node declares, as data: readers, writers and validators derive from it.

use std::ops::{Deref, Range};

use gawky_buffer::{Attribute, DType};

/// How many elements a buffer has for the rows of its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// So many elements for each row: 1 but for NumPy nodes with an inner shape.
    PerRow(u64),
    /// One for each row and one more: offsets.
    Fenceposts,
    /// One bit for each row, whole bytes: bit masks.
    Bits,
}

impl Extent {
    /// Which elements of the buffer `rows` of the node need; `None` where the numbers overflow.
    #[must_use]
    #[inline]
    pub fn elements(self, rows: Range<u64>) -> Option<Range<u64>> {
        match self {
            Self::PerRow(n) => Some(rows.start.checked_mul(n)?..rows.end.checked_mul(n)?),
            Self::Fenceposts => Some(rows.start..rows.end.checked_add(1)?),
            Self::Bits if rows.is_empty() => Some(rows.start / 8..rows.start / 8),
            Self::Bits => Some(rows.start / 8..rows.end.div_ceil(8)),
        }
    }
}

/// One buffer that a node declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BufferSpec {
    /// What the buffer is to its node.
    pub attribute: Attribute,
    /// What its bytes mean.
    pub dtype: DType,
    /// How many elements it has for the rows of its node.
    pub extent: Extent,
}

/// The buffers that a node declares: none, one or two, in writing order. Derefs to a slice.
#[derive(Clone, Copy, Debug)]
pub struct BufferSpecs {
    specs: [BufferSpec; 2],
    len: usize,
}

impl BufferSpecs {
    const UNUSED: BufferSpec = BufferSpec {
        attribute: Attribute::Data,
        dtype: DType::UInt8,
        extent: Extent::PerRow(1),
    };

    #[inline]
    pub(crate) fn none() -> Self {
        Self {
            specs: [Self::UNUSED; 2],
            len: 0,
        }
    }

    #[inline]
    pub(crate) fn one(spec: BufferSpec) -> Self {
        Self {
            specs: [spec, Self::UNUSED],
            len: 1,
        }
    }

    #[inline]
    pub(crate) fn two(first: BufferSpec, second: BufferSpec) -> Self {
        Self {
            specs: [first, second],
            len: 2,
        }
    }
}

impl Deref for BufferSpecs {
    type Target = [BufferSpec];

    fn deref(&self) -> &[BufferSpec] {
        self.specs.get(..self.len).unwrap_or_default()
    }
}

impl BufferSpec {
    /// One element for each row.
    pub(crate) fn per_row(attribute: Attribute, dtype: DType) -> Self {
        Self {
            attribute,
            dtype,
            extent: Extent::PerRow(1),
        }
    }
}
