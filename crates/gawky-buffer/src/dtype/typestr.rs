//! NumPy's byte-order strings, `<i4`, and its other names for dtypes.
//!
//! See NumPy's pages "The array interface protocol" (typestr) and "Data type objects" (one-character
//! codes and names). What the C compiler decides (`l`, `long`) is decided here by Rust's `c_long`.

use std::ffi::{c_int, c_long, c_longlong, c_short};

use super::{DType, TimeUnit, Unit};
use crate::{BufferError, ByteOrder};

impl DType {
    /// NumPy's byte-order string: `<i4`, `>c16`, `|b1`, `<M8[15us]`; one-byte dtypes have no order, `|`.
    ///
    /// ```
    /// use gawky_buffer::{ByteOrder, DType};
    /// assert_eq!(DType::Int32.typestr(ByteOrder::Big), ">i4");
    /// assert_eq!(DType::Bool.typestr(ByteOrder::Big), "|b1");
    /// ```
    #[must_use]
    pub fn typestr(self, order: ByteOrder) -> String {
        let order = match order {
            _ if self.itemsize() == 1 => '|',
            ByteOrder::Little => '<',
            ByteOrder::Big => '>',
        };
        let kind = match self {
            Self::Bool => 'b',
            Self::Int8 | Self::Int16 | Self::Int32 | Self::Int64 => 'i',
            Self::UInt8 | Self::UInt16 | Self::UInt32 | Self::UInt64 => 'u',
            Self::Float16 | Self::Float32 | Self::Float64 | Self::Float128 => 'f',
            Self::Complex64 | Self::Complex128 | Self::Complex256 => 'c',
            Self::DateTime64(_) => 'M',
            Self::TimeDelta64(_) => 'm',
        };
        let size = self.itemsize();
        match self {
            Self::DateTime64(tick) | Self::TimeDelta64(tick) if tick.unit != Unit::Generic => {
                format!("{order}{kind}{size}[{tick}]")
            }
            _ => format!("{order}{kind}{size}"),
        }
    }

    /// Reads what NumPy's `dtype(...)` reads, as far as there is a dtype for it: `<i4`, `>M8[15us]`, `f8`,
    /// `?`, `int32`, `longdouble`.
    ///
    /// Without an order, and with `=` or `|`, it is this machine's.
    ///
    /// ```
    /// use gawky_buffer::{ByteOrder, DType};
    /// assert_eq!(DType::from_typestr(">i4")?, (DType::Int32, ByteOrder::Big));
    /// assert_eq!(DType::from_typestr("double")?, (DType::Float64, ByteOrder::NATIVE));
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::UnknownDType`] for anything else, strings and records among it.
    pub fn from_typestr(text: &str) -> Result<(Self, ByteOrder), BufferError> {
        let (order, rest) = match text.as_bytes().first() {
            Some(b'<') => (Some(ByteOrder::Little), text.get(1..)),
            Some(b'>') => (Some(ByteOrder::Big), text.get(1..)),
            Some(b'=' | b'|') => (Some(ByteOrder::NATIVE), text.get(1..)),
            _ => (None, Some(text)),
        };
        let rest = rest.unwrap_or_default();
        let found = match order {
            // NumPy takes an order before codes only, and before the names of dates.
            Some(_) => by_code(rest).or_else(|| by_tick(rest)),
            None => by_code(rest)
                .or_else(|| by_tick(rest))
                .or_else(|| by_name(rest)),
        };
        match found {
            Some(dtype) => Ok((dtype, order.unwrap_or(ByteOrder::NATIVE))),
            None => Err(BufferError::UnknownDType {
                text: text.to_owned(),
                what: "NumPy dtype that gawky knows",
                hint: ": write for example \"<i4\", \"|b1\", \">f8\", \"<M8[us]\" or \"int32\"; \
                       strings, objects and records have no dtype",
            }),
        }
    }
}

/// The signed or unsigned integer of `size` bytes.
pub(super) const fn integer(size: usize, signed: bool) -> Option<DType> {
    Some(match (size, signed) {
        (1, true) => DType::Int8,
        (2, true) => DType::Int16,
        (4, true) => DType::Int32,
        (8, true) => DType::Int64,
        (1, false) => DType::UInt8,
        (2, false) => DType::UInt16,
        (4, false) => DType::UInt32,
        (8, false) => DType::UInt64,
        _ => return None,
    })
}

/// A one-character code, or a kind with a size.
fn by_code(code: &str) -> Option<DType> {
    Some(match code {
        "?" | "b1" => DType::Bool,
        "b" | "i1" => DType::Int8,
        "B" | "u1" => DType::UInt8,
        "i2" => DType::Int16,
        "u2" => DType::UInt16,
        "i4" => DType::Int32,
        "u4" => DType::UInt32,
        "i8" => DType::Int64,
        "u8" => DType::UInt64,
        "h" => integer(size_of::<c_short>(), true)?,
        "H" => integer(size_of::<c_short>(), false)?,
        "i" => integer(size_of::<c_int>(), true)?,
        "I" => integer(size_of::<c_int>(), false)?,
        "l" => integer(size_of::<c_long>(), true)?,
        "L" => integer(size_of::<c_long>(), false)?,
        "q" => integer(size_of::<c_longlong>(), true)?,
        "Q" => integer(size_of::<c_longlong>(), false)?,
        "n" | "p" => integer(size_of::<isize>(), true)?,
        "N" | "P" => integer(size_of::<usize>(), false)?,
        "e" | "f2" => DType::Float16,
        "f" | "f4" => DType::Float32,
        "d" | "f8" => DType::Float64,
        "g" | "f16" => DType::Float128,
        "F" | "c8" => DType::Complex64,
        "D" | "c16" => DType::Complex128,
        "G" | "c32" => DType::Complex256,
        "M" => DType::DateTime64(TimeUnit::GENERIC),
        "m" => DType::TimeDelta64(TimeUnit::GENERIC),
        _ => return None,
    })
}

/// A date or a duration, by either of NumPy's names for it.
fn by_tick(text: &str) -> Option<DType> {
    let (kind, tick) = match text.split_once('[') {
        Some((kind, rest)) => (kind, rest.strip_suffix(']')?.parse().ok()?),
        None => (text, TimeUnit::GENERIC),
    };
    match kind {
        "M8" | "datetime64" => Some(DType::DateTime64(tick)),
        "m8" | "timedelta64" => Some(DType::TimeDelta64(tick)),
        _ => None,
    }
}

/// A name in words.
fn by_name(name: &str) -> Option<DType> {
    Some(match name {
        "byte" => DType::Int8,
        "ubyte" => DType::UInt8,
        "short" => by_code("h")?,
        "ushort" => by_code("H")?,
        "intc" => by_code("i")?,
        "uintc" => by_code("I")?,
        "long" => by_code("l")?,
        "ulong" => by_code("L")?,
        "longlong" => by_code("q")?,
        "ulonglong" => by_code("Q")?,
        "int" | "intp" | "int_" => by_code("n")?,
        "uint" | "uintp" => by_code("N")?,
        "half" => DType::Float16,
        "single" => DType::Float32,
        "double" | "float" => DType::Float64,
        "longdouble" => DType::Float128,
        "csingle" => DType::Complex64,
        "cdouble" | "complex" => DType::Complex128,
        "clongdouble" => DType::Complex256,
        "bool_" => DType::Bool,
        name => DType::TIMELESS
            .into_iter()
            .find(|d| d.kind_name() == name)?,
    })
}
