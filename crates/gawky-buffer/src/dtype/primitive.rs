//! Awkward's names for dtypes, the `primitive` of its forms.
//!
//! The rules are those of Awkward 2's `awkward/types/numpytype.py`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::{DType, TimeUnit, Unit};
use crate::BufferError;

impl DType {
    /// All dtypes that are not a date or a duration, in the order of the enum.
    pub const TIMELESS: [Self; 16] = [
        Self::Bool,
        Self::Int8,
        Self::Int16,
        Self::Int32,
        Self::Int64,
        Self::UInt8,
        Self::UInt16,
        Self::UInt32,
        Self::UInt64,
        Self::Float16,
        Self::Float32,
        Self::Float64,
        Self::Float128,
        Self::Complex64,
        Self::Complex128,
        Self::Complex256,
    ];

    /// The name without a unit of time: `int64`, `datetime64`.
    #[must_use]
    pub const fn kind_name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::UInt8 => "uint8",
            Self::UInt16 => "uint16",
            Self::UInt32 => "uint32",
            Self::UInt64 => "uint64",
            Self::Float16 => "float16",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Float128 => "float128",
            Self::Complex64 => "complex64",
            Self::Complex128 => "complex128",
            Self::Complex256 => "complex256",
            Self::DateTime64(_) => "datetime64",
            Self::TimeDelta64(_) => "timedelta64",
        }
    }

    /// Awkward's name: `int64`, `datetime64[15us]`; without a unit, `datetime64`.
    ///
    /// ```
    /// use gawky_buffer::{DType, TimeUnit, Unit};
    /// assert_eq!(DType::Float32.primitive(), "float32");
    /// assert_eq!(DType::DateTime64(TimeUnit::from(Unit::Day)).primitive(), "datetime64[D]");
    /// ```
    #[must_use]
    pub fn primitive(&self) -> Cow<'static, str> {
        match self {
            Self::DateTime64(tick) | Self::TimeDelta64(tick) if tick.unit != Unit::Generic => {
                Cow::Owned(format!("{}[{tick}]", self.kind_name()))
            }
            _ => Cow::Borrowed(self.kind_name()),
        }
    }

    /// Reads Awkward's name for a dtype.
    ///
    /// ```
    /// use gawky_buffer::DType;
    /// assert_eq!(DType::from_primitive("int64")?, DType::Int64);
    /// assert_eq!(DType::from_primitive("datetime64[1us]")?.to_string(), "datetime64[us]");
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::UnknownDType`] when there is no dtype of that name.
    pub fn from_primitive(name: &str) -> Result<Self, BufferError> {
        if let Some(found) = Self::TIMELESS.into_iter().find(|d| d.kind_name() == name) {
            return Ok(found);
        }
        let unknown = || BufferError::UnknownDType {
            text: name.to_owned(),
            what: "primitive",
            hint: ": use bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16, \
                   float32, float64, float128, complex64, complex128, complex256, or datetime64 or \
                   timedelta64 with a unit, such as datetime64[15us]",
        };
        type OfTick = fn(TimeUnit) -> DType;
        let kinds: [(&str, OfTick); 2] = [
            ("datetime64", DType::DateTime64),
            ("timedelta64", DType::TimeDelta64),
        ];
        for (kind, of_tick) in kinds {
            match name.strip_prefix(kind) {
                Some("") => return Ok(of_tick(TimeUnit::GENERIC)),
                Some(rest) => {
                    let tick = rest
                        .strip_prefix('[')
                        .and_then(|rest| rest.strip_suffix(']'))
                        .ok_or_else(unknown)?;
                    return tick.parse().map(of_tick).map_err(|_| unknown());
                }
                None => {}
            }
        }
        Err(unknown())
    }
}

impl fmt::Display for DType {
    /// Awkward's name, as [`DType::primitive`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.primitive())
    }
}

impl FromStr for DType {
    type Err = BufferError;

    /// Reads Awkward's name, as [`DType::from_primitive`].
    fn from_str(name: &str) -> Result<Self, BufferError> {
        Self::from_primitive(name)
    }
}
