//! The integers that structure buffers are made of.

use gawky_buffer::DType;

/// The integer type of offsets, starts, stops and indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IndexType {
    /// `i32`
    I32,
    /// `u32`
    U32,
    /// `i64`
    I64,
}

impl IndexType {
    /// The name that forms use: `i32`, `u32` or `i64`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::I32 => "i32",
            Self::U32 => "u32",
            Self::I64 => "i64",
        }
    }

    /// The dtype of a buffer of these.
    #[must_use]
    pub fn dtype(self) -> DType {
        match self {
            Self::I32 => DType::Int32,
            Self::U32 => DType::UInt32,
            Self::I64 => DType::Int64,
        }
    }
}

/// The integer type of an index in which negative numbers mean missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignedIndexType {
    /// `i32`
    I32,
    /// `i64`
    I64,
}

impl From<SignedIndexType> for IndexType {
    fn from(signed: SignedIndexType) -> Self {
        match signed {
            SignedIndexType::I32 => Self::I32,
            SignedIndexType::I64 => Self::I64,
        }
    }
}
