//! Reading elements, one at a time or as Rust slices.

use std::borrow::Cow;

use super::walk::{Runs, outside};
use super::{MemoryOrder, NdBuffer};
use crate::{BufferError, ByteOrder, DType, Native, Scalar};

impl NdBuffer {
    /// The element at one index per axis, which is fetched back from a device, as by [`as_scalar`](Self::as_scalar).
    ///
    /// # Errors
    /// [`BufferError::Shape`] unless there is one index per axis, [`BufferError::Index`] when one is past the
    /// end, and [`BufferError::Device`] when the device fails.
    pub fn get(&self, index: &[usize]) -> Result<Scalar, BufferError> {
        let picks: Vec<_> = index
            .iter()
            .map(|i| super::Pick::At(isize::try_from(*i).unwrap_or(isize::MAX)))
            .collect();
        let element = self.slice(&picks)?;
        if element.ndim() > 0 {
            return Err(BufferError::Shape {
                from: self.shape().to_vec(),
                to: format!("the element at {index:?}"),
                reason: "there must be one index for each axis",
            });
        }
        element.as_scalar()
    }

    /// The only element of an array that has just one, whatever its number of axes.
    ///
    /// From a device the bytes of that one element are fetched back, as whoever asks for a scalar wants it on the
    /// host: a transfer, and a small one. For many elements, fetch them together by [`to_place`](Self::to_place).
    ///
    /// # Errors
    /// [`BufferError::Shape`] unless there is exactly one element, and [`BufferError::Device`] when the device fails.
    pub fn as_scalar(&self) -> Result<Scalar, BufferError> {
        if self.size() != 1 {
            return Err(BufferError::Shape {
                from: self.shape().to_vec(),
                to: "a scalar".to_owned(),
                reason: "it must have exactly one element",
            });
        }
        let (start, itemsize) = (self.layout.offset, self.dtype.itemsize());
        let element = self.buffer.slice(start..start.saturating_add(itemsize))?;
        self.scalar_at(element.to_host()?.bytes()?, 0)
            .ok_or_else(|| outside(start, itemsize, self.buffer.len()))
    }

    /// All elements in row-major order.
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`] when the bytes live on a device.
    pub fn scalars(&self) -> Result<impl Iterator<Item = Scalar>, BufferError> {
        let bytes = self.buffer.bytes()?;
        // All positions lie within the buffer, so none is lost here.
        Ok(Runs::new(&self.layout)
            .positions()
            .filter_map(move |position| self.scalar_at(bytes, position)))
    }

    fn scalar_at(&self, bytes: &[u8], position: usize) -> Option<Scalar> {
        let end = position.checked_add(self.dtype.itemsize())?;
        Scalar::from_bytes_in(self.dtype, self.byteorder, bytes.get(position..end)?)
    }

    /// All elements in row-major order as a Rust slice: borrowed when they are without gaps, aligned, and in
    /// this machine's byte order; else copied.
    ///
    /// Booleans may be viewed as `u8`, dates and durations as the `i64` of their ticks.
    ///
    /// # Errors
    /// [`BufferError::DTypeMismatch`] when the elements are something else, [`BufferError::NotOnHost`] when
    /// the bytes live on a device, and [`BufferError::OutOfMemory`].
    pub fn typed<T: Native>(&self) -> Result<Cow<'_, [T]>, BufferError> {
        expect::<T>(self.dtype)?;
        if self.byteorder.is_native() && self.is_contiguous(MemoryOrder::C) {
            let bytes = self.buffer.bytes()?;
            let end = self.layout.offset + self.nbytes();
            let bytes = bytes
                .get(self.layout.offset..end)
                .ok_or_else(|| outside(self.layout.offset, self.nbytes(), bytes.len()))?;
            return Ok(if bytes.is_empty() {
                Cow::Borrowed(&[])
            } else {
                bytemuck::try_cast_slice(bytes).map_or_else(
                    |_| Cow::Owned(bytemuck::allocation::pod_collect_to_vec(bytes)),
                    Cow::Borrowed,
                )
            });
        }
        let copied = self.to_buffer(ByteOrder::NATIVE)?;
        Ok(Cow::Owned(copied.typed::<T>()?.into_owned()))
    }
}

/// Whether elements of `dtype` may be viewed as `T`.
///
/// # Errors
/// [`BufferError::DTypeMismatch`] when not.
pub(super) fn expect<T: Native>(dtype: DType) -> Result<(), BufferError> {
    let viewed_as = match dtype {
        DType::Bool => DType::UInt8,
        DType::DateTime64(_) | DType::TimeDelta64(_) => DType::Int64,
        dtype => dtype,
    };
    if viewed_as == T::DTYPE {
        return Ok(());
    }
    Err(BufferError::DTypeMismatch {
        have: dtype,
        asked: T::DTYPE,
    })
}
