//! [`DType`]: what the bytes of a buffer mean.

mod format;
mod primitive;
mod time_unit;
mod typestr;

pub use time_unit::{TimeUnit, Unit};

/// What the bytes of one element mean; byte order is told apart from it, by [`ByteOrder`](crate::ByteOrder).
///
/// The names are NumPy's. `Float128` and `Complex256` are x86's 80-bit extended floats, each padded to 16
/// bytes, which is what Awkward writes on that machine: they pass through byte for byte, and print as the
/// nearest `float64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DType {
    /// One byte: zero is false, anything else true.
    Bool,
    /// Signed, 1 byte.
    Int8,
    /// Signed, 2 bytes.
    Int16,
    /// Signed, 4 bytes.
    Int32,
    /// Signed, 8 bytes.
    Int64,
    /// Unsigned, 1 byte.
    UInt8,
    /// Unsigned, 2 bytes.
    UInt16,
    /// Unsigned, 4 bytes.
    UInt32,
    /// Unsigned, 8 bytes.
    UInt64,
    /// IEEE 754 binary16.
    Float16,
    /// IEEE 754 binary32.
    Float32,
    /// IEEE 754 binary64.
    Float64,
    /// x86's 80-bit extended float in 16 bytes.
    Float128,
    /// Two `Float32`: real, imaginary.
    Complex64,
    /// Two `Float64`: real, imaginary.
    Complex128,
    /// Two `Float128`: real, imaginary.
    Complex256,
    /// `i64` ticks since 1970-01-01T00:00; `i64::MIN` is not-a-time.
    DateTime64(TimeUnit),
    /// `i64` ticks; `i64::MIN` is not-a-time.
    TimeDelta64(TimeUnit),
}

impl DType {
    /// Bytes per element.
    #[must_use]
    #[inline]
    pub const fn itemsize(self) -> usize {
        match self {
            Self::Bool | Self::Int8 | Self::UInt8 => 1,
            Self::Int16 | Self::UInt16 | Self::Float16 => 2,
            Self::Int32 | Self::UInt32 | Self::Float32 => 4,
            Self::Int64
            | Self::UInt64
            | Self::Float64
            | Self::Complex64
            | Self::DateTime64(_)
            | Self::TimeDelta64(_) => 8,
            Self::Float128 | Self::Complex128 => 16,
            Self::Complex256 => 32,
        }
    }

    /// Bytes per part of an element that byte order applies to: half the item size for complex numbers,
    /// the item size for all others.
    #[must_use]
    #[inline]
    pub const fn partsize(self) -> usize {
        match self {
            Self::Complex64 | Self::Complex128 | Self::Complex256 => self.itemsize() / 2,
            _ => self.itemsize(),
        }
    }

    /// The alignment, in bytes, that an element wants.
    #[must_use]
    #[inline]
    pub const fn alignment(self) -> usize {
        self.partsize()
    }
}

#[cfg(test)]
mod tests;
