//! To and from the arrays of the `ndarray` crate.

use ndarray::{ArrayBase, ArrayD, ArrayViewD, Axis, Data, Dimension, IxDyn, ShapeBuilder};

use super::{NdBuffer, element};
use crate::{Buffer, BufferError, ByteOrder, Native};

impl NdBuffer {
    /// The elements as a view of `ndarray`, strides of any sign included.
    ///
    /// Booleans may be viewed as `u8`, dates and durations as the `i64` of their ticks.
    ///
    /// ```
    /// use gawky_buffer::NdBuffer;
    /// let table = NdBuffer::from_vec(vec![1_i32, 2, 3, 4, 5, 6], &[2, 3])?.t();
    /// assert_eq!(table.ndarray::<i32>()?[[2, 0]], 3);
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::DTypeMismatch`] when the elements are something else,
    /// [`BufferError::ForeignByteOrder`] when they are not in this machine's byte order,
    /// [`BufferError::NoView`] when they are misaligned, or lie at distances that are no multiples of
    /// their size, and [`BufferError::NotOnHost`] when they live on a device.
    pub fn ndarray<T: Native>(&self) -> Result<ArrayViewD<'_, T>, BufferError> {
        element::expect::<T>(self.dtype)?;
        if !self.byteorder.is_native() && self.dtype.itemsize() > 1 {
            return Err(BufferError::ForeignByteOrder);
        }
        let refused = |reason| BufferError::NoView {
            dtype: self.dtype,
            reason,
        };
        let bytes = self.buffer.bytes()?;
        let itemsize = self.dtype.itemsize();
        let shape = IxDyn(self.shape());
        if self.size() == 0 {
            return ArrayViewD::from_shape(shape, &[])
                .map_err(|_| refused("ndarray cannot hold such a shape"));
        }
        let extent = self.layout.extent(itemsize);
        let bytes = extent
            .and_then(|(start, end)| bytes.get(start..end))
            .ok_or_else(|| refused("an element lies outside the buffer"))?;
        let mut strides = Vec::with_capacity(self.ndim());
        for (stride, len) in self.strides().iter().zip(self.shape()) {
            let stride = if *len == 1 { 0 } else { stride.unsigned_abs() };
            if !stride.is_multiple_of(itemsize) {
                return Err(refused(
                    "its strides are no multiples of the item size: use to_contiguous first",
                ));
            }
            strides.push(stride / itemsize);
        }
        let elements = bytemuck::try_cast_slice(bytes)
            .map_err(|_| refused("its memory is misaligned: use copy first"))?;
        // ndarray takes strides that are not negative; an axis that runs backwards is turned around after.
        let mut view = ArrayViewD::from_shape(shape.strides(IxDyn(&strides)), elements)
            .map_err(|_| refused("ndarray cannot hold such strides"))?;
        for (axis, stride) in self.strides().iter().enumerate() {
            if *stride < 0 {
                view.invert_axis(Axis(axis));
            }
        }
        Ok(view)
    }

    /// The memory of an owned array, not copied; its strides stay.
    ///
    /// # Errors
    /// [`BufferError::StridesOutOfBounds`], which no array of `ndarray` should give rise to.
    pub fn from_ndarray<T: Native>(array: ArrayD<T>) -> Result<Self, BufferError> {
        let itemsize = size_of::<T>();
        let shape = array.shape().to_vec();
        let strides: Vec<_> = array
            .strides()
            .iter()
            .map(|stride| stride.saturating_mul(itemsize.cast_signed()))
            .collect();
        let (values, offset) = array.into_raw_vec_and_offset();
        Self::strided(
            Buffer::from_vec(values),
            T::DTYPE,
            ByteOrder::NATIVE,
            &shape,
            &strides,
            offset.unwrap_or(0).saturating_mul(itemsize),
        )
    }

    /// A copy of an array or view of `ndarray`, in row-major order.
    ///
    /// # Errors
    /// [`BufferError::Shape`], which no array of `ndarray` should give rise to.
    pub fn copied_from_ndarray<T, S, D>(array: &ArrayBase<S, D>) -> Result<Self, BufferError>
    where
        T: Native,
        S: Data<Elem = T>,
        D: Dimension,
    {
        Self::from_vec(array.iter().copied().collect(), array.shape())
    }
}
