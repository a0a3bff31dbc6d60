//! The same values as another dtype or in the other byte order.

use super::NdBuffer;
use crate::cast::{cast, part_of};
use crate::{Alignment, Buffer, BufferError, ByteOrder, DType, Kernels, Scalar};

/// What narrowing to 32 bits does with values that 32 bits do not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Narrowing {
    /// Integers wrap and floats become infinite, without a word: what JAX does unless its 64-bit mode is on.
    Wrap,
    /// The first integer out of range, and the first finite float that would be infinite, is an error.
    /// Rounding is not.
    Check,
}

impl DType {
    /// What this dtype is called where numbers have at most 32 bits: `int64` becomes `int32`, `uint64`
    /// `uint32`, `float64` `float32`, `complex128` `complex64`; all others stay.
    #[must_use]
    pub const fn narrowed(self) -> Self {
        match self {
            Self::Int64 => Self::Int32,
            Self::UInt64 => Self::UInt32,
            Self::Float64 => Self::Float32,
            Self::Complex128 => Self::Complex64,
            other => other,
        }
    }
}

impl NdBuffer {
    /// The values as another dtype, in new row-major memory and this machine's byte order; this very view
    /// when the dtype is the same and the order, too.
    ///
    /// It follows NumPy's `astype` with `casting="unsafe"`, made definite where C leaves it open:
    ///
    /// - integers wrap, as C casts do: 300 as `uint8` is 44;
    /// - floats become integers by truncation towards zero; out of range saturates, NaN is 0;
    /// - floats overflow to infinity; everything is rounded once, to the nearest, ties to even;
    /// - zero is false, all else true, NaN and NaT too; true is 1;
    /// - numbers become dates and durations as ticks, NaN as NaT; the other way round NaT is `i64::MIN` as
    ///   an integer and NaN as a float (NumPy makes it -2^63);
    /// - dates go from tick to tick by way of the calendar, floored; durations as well, but not between
    ///   months or years and anything of fixed length; a bare `datetime64` takes any unit as it is. What does
    ///   not fit is an error (NumPy wraps);
    /// - a date does not become a duration, nor the other way round: that is an error (NumPy takes the ticks of
    ///   the one for the other's). Go by way of `int64` where that is meant.
    ///
    /// ```
    /// use gawky_buffer::{DType, NdBuffer};
    /// let floats = NdBuffer::from_vec(vec![-1.9, 300.0, f64::NAN], &[3])?;
    /// assert_eq!(*floats.astype(DType::UInt8)?.typed::<u8>()?, [0, 255, 0]);
    /// let days = NdBuffer::from_vec(vec![59_i64], &[1])?.astype("datetime64[D]".parse()?)?;
    /// let months = days.astype("datetime64[M]".parse()?)?;
    /// assert_eq!(months.as_scalar()?.to_string(), "1970-03");
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::Cast`] for complex to real (take [`real`](Self::real) or [`imag`](Self::imag)) and
    /// where time has no conversion, [`BufferError::Overflow`] for a date that does not fit, and as
    /// [`to_buffer`](Self::to_buffer).
    pub fn astype(&self, dtype: DType) -> Result<Self, BufferError> {
        if dtype == self.dtype {
            return self.to_byteorder(ByteOrder::NATIVE);
        }
        let native = self.to_buffer(ByteOrder::NATIVE)?;
        let converted = match native.place().kernels()? {
            None => cast(native.bytes()?, self.dtype, dtype)?,
            Some(kernels) => kernels.cast(&self.aligned(&native)?, self.dtype, dtype)?,
        };
        Self::try_new(converted, dtype, ByteOrder::NATIVE, self.shape())
    }

    /// Bytes of elements of this dtype, as kernels want them.
    pub(super) fn aligned(&self, elements: &Buffer) -> Result<Buffer, BufferError> {
        let alignment = Alignment::try_new(self.dtype.alignment())?;
        Ok(elements.aligned(alignment)?.0)
    }

    /// The same values in the byte order asked: this very view when they are so already, else a row-major
    /// copy. One-byte dtypes have no order, and are only told apart.
    ///
    /// # Errors
    /// As [`to_buffer`](Self::to_buffer).
    pub fn to_byteorder(&self, byteorder: ByteOrder) -> Result<Self, BufferError> {
        if byteorder == self.byteorder || self.dtype.itemsize() == 1 {
            return Ok(Self {
                byteorder,
                ..self.clone()
            });
        }
        Self::try_new(
            self.to_buffer(byteorder)?,
            self.dtype,
            byteorder,
            self.shape(),
        )
    }

    /// The real parts of complex numbers, as a view; anything else is itself.
    ///
    /// ```
    /// use gawky_buffer::{Complex, NdBuffer};
    /// let complex = NdBuffer::from_vec(vec![Complex::new(1.0_f64, 2.0); 3], &[3])?;
    /// assert_eq!(*complex.real().typed::<f64>()?, [1.0; 3]);
    /// assert_eq!(*complex.imag()?.typed::<f64>()?, [2.0; 3]);
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    #[must_use]
    pub fn real(&self) -> Self {
        Self {
            dtype: part_of(self.dtype),
            ..self.clone()
        }
    }

    /// The imaginary parts of complex numbers, as a view; for anything else, zeros.
    ///
    /// # Errors
    /// As [`create_at`](Self::create_at), for the zeros.
    pub fn imag(&self) -> Result<Self, BufferError> {
        let part = part_of(self.dtype);
        if part == self.dtype {
            return self.filled(Scalar::Bool(false));
        }
        let mut imag = self.real();
        if self.size() > 0 {
            imag.layout.offset += part.itemsize();
        }
        Ok(imag)
    }

    /// 64-bit numbers as 32-bit ones ([`DType::narrowed`]), for where there are no others; anything else is
    /// this very view.
    ///
    /// ```
    /// use gawky_buffer::{DType, Narrowing, NdBuffer};
    /// let wide = NdBuffer::from_vec(vec![1_i64, 1 << 32], &[2])?;
    /// assert_eq!(*wide.narrow(Narrowing::Wrap)?.typed::<i32>()?, [1, 0]);
    /// assert!(wide.narrow(Narrowing::Check).is_err());
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::Overflow`] with [`Narrowing::Check`], and as [`to_buffer`](Self::to_buffer).
    pub fn narrow(&self, narrowing: Narrowing) -> Result<Self, BufferError> {
        let to = self.dtype.narrowed();
        if to == self.dtype {
            return Ok(self.clone());
        }
        if narrowing == Narrowing::Check
            && let Some((index, value)) = self.first_too_wide()?
        {
            return Err(BufferError::Overflow {
                index,
                value: value.to_string(),
                to,
            });
        }
        self.astype(to)
    }

    /// The first element that 32 bits do not hold, and where it is.
    fn first_too_wide(&self) -> Result<Option<(usize, Scalar)>, BufferError> {
        let place = self.buffer.place();
        let Some(kernels) = place.kernels()? else {
            let mut elements = self.scalars()?.enumerate();
            return Ok(elements.find(|(_, value)| !fits_32_bits(*value)));
        };
        let native = self.aligned(&self.to_buffer(ByteOrder::NATIVE)?)?;
        let found = match self.dtype {
            DType::UInt64 => kernels.first_outside(&native, 0, 1 << 32)?,
            DType::Int64 => kernels.first_outside(&native, -(1 << 31), 1 << 31)?,
            _ => first_overflow(kernels, &native)?,
        };
        let Some(place) = found else {
            return Ok(None);
        };
        let index = place / (self.dtype.itemsize() / self.dtype.partsize());
        let itemsize = self.dtype.itemsize();
        let start = index.saturating_mul(itemsize);
        let element = native
            .slice(start..start.saturating_add(itemsize))?
            .to_host()?;
        Ok(element.scalar(self.dtype, 0)?.map(|value| (index, value)))
    }
}

/// The first finite `float64` that rounds to an infinite `float32`, by its place.
///
/// Of either sign, those are the ones whose bits, as integers, lie in one range: it is moved up to where integers end,
/// so that all else lies below it.
fn first_overflow(kernels: &dyn Kernels, floats: &Buffer) -> Result<Option<usize>, BufferError> {
    // Halfway between the greatest float32 and 2^128 the tie goes to the latter, which is infinite.
    let halfway = f64::midpoint(f64::from(f32::MAX), 2_f64.powi(128));
    let (first, end) = (halfway.to_bits(), f64::INFINITY.to_bits());
    let width = (end - first).cast_signed();
    let lowest = i64::MAX - width + 1;
    let mut found = None;
    for sign in [0, 1 << 63] {
        let up = lowest.wrapping_sub((first | sign).cast_signed());
        let moved = kernels.add(floats, up)?;
        let place = kernels.first_outside(&moved, i64::MIN, lowest)?;
        found = found.into_iter().chain(place).min();
    }
    Ok(found)
}

fn fits_32_bits(value: Scalar) -> bool {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "whether it overflows is the question"
    )]
    let float = |value: f64| !value.is_finite() || (value as f32).is_finite();
    match value {
        Scalar::Int64(value) => i32::try_from(value).is_ok(),
        Scalar::UInt64(value) => u32::try_from(value).is_ok(),
        Scalar::Float64(value) => float(value),
        Scalar::Complex128(value) => float(value.re) && float(value.im),
        _ => true,
    }
}
