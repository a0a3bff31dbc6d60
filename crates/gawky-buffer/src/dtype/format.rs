//! PEP 3118 format characters, as Awkward 1 keeps them in its forms beside an item size.

use std::borrow::Cow;
use std::ffi::c_long;

use super::typestr::integer;
use super::{DType, Unit};
use crate::{BufferError, ByteOrder};

impl DType {
    /// The format that Awkward 1 writes for this dtype: `l` for `int64`, `Zd` for `complex128`, and NumPy's
    /// `M8[15us]` for dates, for which PEP 3118 has no character.
    ///
    /// It is what C compilers with an 8-byte `long` (Linux and macOS) make of it; see `dtype_to_format` in
    /// Awkward 1's `util.cpp`.
    ///
    /// ```
    /// use gawky_buffer::DType;
    /// assert_eq!(DType::Int64.format(), "l");
    /// assert_eq!(DType::Complex64.format(), "Zf");
    /// ```
    #[must_use]
    pub fn format(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Bool => "?",
            Self::Int8 => "b",
            Self::Int16 => "h",
            Self::Int32 => "i",
            Self::Int64 => "l",
            Self::UInt8 => "B",
            Self::UInt16 => "H",
            Self::UInt32 => "I",
            Self::UInt64 => "L",
            Self::Float16 => "e",
            Self::Float32 => "f",
            Self::Float64 => "d",
            Self::Float128 => "g",
            Self::Complex64 => "Zf",
            Self::Complex128 => "Zd",
            Self::Complex256 => "Zg",
            Self::DateTime64(tick) if tick.unit == Unit::Generic => "M8",
            Self::TimeDelta64(tick) if tick.unit == Unit::Generic => "m8",
            Self::DateTime64(tick) => return Cow::Owned(format!("M8[{tick}]")),
            Self::TimeDelta64(tick) => return Cow::Owned(format!("m8[{tick}]")),
        })
    }

    /// Reads a format with the item size that stands beside it in an Awkward 1 form.
    ///
    /// `l` and `L` are 4 bytes on Windows and 8 elsewhere: the item size says which. Without one, Python's
    /// `struct` rules do: 4 after `<`, `>`, `=` or `!`, this machine's otherwise. All other letters have one
    /// size, which the item size must be. (Awkward goes by the item size alone, and takes `q` beside 4 for
    /// `int32`.) The order is this machine's unless `<`, `>` or `!` says. What PEP 3118 has no character for
    /// is read as [`DType::from_typestr`] does.
    ///
    /// ```
    /// use gawky_buffer::{ByteOrder, DType};
    /// assert_eq!(DType::from_format("l", Some(4))?, (DType::Int32, ByteOrder::NATIVE));
    /// assert_eq!(DType::from_format(">q", Some(8))?, (DType::Int64, ByteOrder::Big));
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::UnknownDType`] for other formats, and when the item size contradicts the format.
    pub fn from_format(
        format: &str,
        itemsize: Option<usize>,
    ) -> Result<(Self, ByteOrder), BufferError> {
        let unknown = |hint| BufferError::UnknownDType {
            text: format.to_owned(),
            what: "PEP 3118 format that gawky knows",
            hint,
        };
        let (order, code, standard) = match format.as_bytes().first() {
            Some(b'<') => (ByteOrder::Little, format.get(1..), true),
            Some(b'>' | b'!') => (ByteOrder::Big, format.get(1..), true),
            Some(b'=') => (ByteOrder::NATIVE, format.get(1..), true),
            Some(b'@' | b'|') => (ByteOrder::NATIVE, format.get(1..), false),
            _ => (ByteOrder::NATIVE, Some(format), false),
        };
        let code = code.unwrap_or_default();
        let long = match itemsize {
            Some(size @ (4 | 8)) => size,
            _ if standard => 4,
            _ => size_of::<c_long>(),
        };
        let dtype = match code {
            "b" => Some(Self::Int8),
            "h" => Some(Self::Int16),
            "i" => Some(Self::Int32),
            "l" => integer(long, true),
            "q" => Some(Self::Int64),
            "c" | "B" => Some(Self::UInt8),
            "H" => Some(Self::UInt16),
            "I" => Some(Self::UInt32),
            "L" => integer(long, false),
            "Q" => Some(Self::UInt64),
            "Zf" => Some(Self::Complex64),
            "Zd" => Some(Self::Complex128),
            "Zg" => Some(Self::Complex256),
            // A second order, as in `<>i4`, is for nobody to read.
            code if code.starts_with(['<', '>', '=', '|']) => None,
            code => Self::from_typestr(code).ok().map(|(dtype, _)| dtype),
        };
        let dtype = dtype.ok_or_else(|| {
            unknown(": write for example \"?\", \"b\", \"l\", \"d\", \"Zd\" or \"M8[us]\"")
        })?;
        match itemsize {
            Some(itemsize) if itemsize != dtype.itemsize() => {
                Err(unknown(": the item size beside it is another dtype's"))
            }
            _ => Ok((dtype, order)),
        }
    }
}
