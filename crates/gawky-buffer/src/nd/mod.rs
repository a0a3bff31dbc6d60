//! [`NdBuffer`]: NumPy's view of memory.

mod compare;
mod convert;
mod element;
mod layout;
mod nd_buffer_mut;
#[cfg(feature = "ndarray")]
mod ndarray;
mod shape;
mod slice;
mod walk;

pub use convert::Narrowing;
pub use layout::MemoryOrder;
pub use nd_buffer_mut::NdBufferMut;
pub use slice::{Pick, Slice};

use crate::{Buffer, BufferError, BufferMut, ByteOrder, DType, Native, Scalar};
use layout::Layout;

/// Elements of one dtype and byte order, of any shape and strides, over a [`Buffer`].
///
/// It is read-only, as its buffer is: views share memory without danger, and what changes values makes a
/// new array ([`filled`](Self::filled), [`astype`](Self::astype)) or happens in an [`NdBufferMut`] before it
/// [freezes](NdBufferMut::freeze). Strides are in bytes, and may be negative or zero; that all elements lie
/// within the buffer is checked before a view exists. Slicing, transposing and most reshaping copy nothing,
/// and work on buffers of a device, too.
///
/// ```
/// use gawky_buffer::{DType, NdBuffer, Pick, Scalar, Slice};
/// let table = NdBuffer::from_vec(vec![1_i32, 2, 3, 4, 5, 6], &[2, 3])?;
/// let column = table.slice(&[Pick::from(..), Pick::At(-1)])?;
/// assert_eq!(*column.typed::<i32>()?, [3, 6]);
/// let backwards = table.t().slice(&[Slice::every(-1).into()])?;
/// assert_eq!(*backwards.typed::<i32>()?, [3, 6, 2, 5, 1, 4]);
/// assert_eq!(table.astype(DType::Float64)?.get(&[1, 0])?, Scalar::Float64(4.0));
/// # Ok::<(), gawky_buffer::BufferError>(())
/// ```
#[derive(Clone, Debug)]
pub struct NdBuffer {
    buffer: Buffer,
    dtype: DType,
    byteorder: ByteOrder,
    layout: Layout,
}

impl NdBuffer {
    /// The bytes of `buffer` as elements in row-major order; bytes after the last are ignored.
    ///
    /// # Errors
    /// [`BufferError::TooSmall`] when there are too few bytes, and [`BufferError::OutOfMemory`] when no
    /// address space would hold such a shape.
    pub fn try_new(
        buffer: Buffer,
        dtype: DType,
        byteorder: ByteOrder,
        shape: &[usize],
    ) -> Result<Self, BufferError> {
        // `count` has checked that the bytes can be counted.
        let needed = layout::count(shape, dtype)? * dtype.itemsize();
        if needed > buffer.len() {
            return Err(BufferError::TooSmall {
                needed,
                len: buffer.len(),
            });
        }
        Ok(Self {
            buffer,
            dtype,
            byteorder,
            layout: Layout::contiguous(shape, dtype.itemsize(), MemoryOrder::C),
        })
    }

    /// Elements at any strides (in bytes), the first of them at byte `offset`.
    ///
    /// ```
    /// use gawky_buffer::{Buffer, ByteOrder, DType, NdBuffer};
    /// let bytes = Buffer::from_vec(vec![1_u8, 2, 3, 4]);
    /// let windows = NdBuffer::strided(bytes, DType::UInt8, ByteOrder::NATIVE, &[3, 2], &[1, 1], 0)?;
    /// assert_eq!(*windows.typed::<u8>()?, [1, 2, 2, 3, 3, 4]);
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::StridesOutOfBounds`] when an element would lie outside the buffer,
    /// [`BufferError::OffsetPastEnd`] when the offset does, [`BufferError::Shape`] when there is not one
    /// stride per axis, and [`BufferError::OutOfMemory`] when a copy without gaps would not fit.
    pub fn strided(
        buffer: Buffer,
        dtype: DType,
        byteorder: ByteOrder,
        shape: &[usize],
        strides: &[isize],
        offset: usize,
    ) -> Result<Self, BufferError> {
        let layout = Layout::checked(shape, strides, offset, dtype, buffer.len())?;
        Ok(Self {
            buffer,
            dtype,
            byteorder,
            layout,
        })
    }

    /// The memory of `values`, not copied, in row-major order.
    ///
    /// # Errors
    /// [`BufferError::Shape`] unless there are exactly as many values as the shape says.
    pub fn from_vec<T: Native>(values: Vec<T>, shape: &[usize]) -> Result<Self, BufferError> {
        if layout::count(shape, T::DTYPE)? != values.len() {
            return Err(BufferError::Shape {
                from: vec![values.len()],
                to: format!("{shape:?}"),
                reason: "the numbers of elements differ",
            });
        }
        Self::try_new(Buffer::from_vec(values), T::DTYPE, ByteOrder::NATIVE, shape)
    }

    /// New memory in row-major order, in this machine's byte order, with each element `fill`, or zero.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`], and [`BufferError::Cast`] when `fill` does not become `dtype`.
    pub fn create(
        dtype: DType,
        shape: &[usize],
        fill: Option<Scalar>,
    ) -> Result<Self, BufferError> {
        Ok(NdBufferMut::create(dtype, ByteOrder::NATIVE, shape, fill)?.freeze())
    }

    /// New memory whose values do not matter; they are zeros, since reading memory that nobody has written
    /// is no business of safe code.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`].
    pub fn empty(dtype: DType, shape: &[usize]) -> Result<Self, BufferError> {
        Self::create(dtype, shape, None)
    }

    /// New memory of zeros (false, 1970-01-01).
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`].
    pub fn zeros(dtype: DType, shape: &[usize]) -> Result<Self, BufferError> {
        Self::create(dtype, shape, None)
    }

    /// New memory of ones (true, one tick).
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`].
    pub fn ones(dtype: DType, shape: &[usize]) -> Result<Self, BufferError> {
        Self::create(dtype, shape, Some(Scalar::UInt8(1)))
    }

    /// New memory of one value, cast to `dtype` as [`astype`](Self::astype) does.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`], and [`BufferError::Cast`] when `value` does not become `dtype`.
    pub fn full(dtype: DType, shape: &[usize], value: Scalar) -> Result<Self, BufferError> {
        Self::create(dtype, shape, Some(value))
    }

    /// What each element is.
    #[must_use]
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The byte order of each element.
    #[must_use]
    pub fn byteorder(&self) -> ByteOrder {
        self.byteorder
    }

    /// Elements along each axis.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.layout.shape
    }

    /// Bytes from one element to the next along each axis.
    #[must_use]
    pub fn strides(&self) -> &[isize] {
        &self.layout.strides
    }

    /// The byte of the buffer at which the first element starts.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.layout.offset
    }

    /// How many axes there are; none for a single element.
    #[must_use]
    pub fn ndim(&self) -> usize {
        self.layout.shape.len()
    }

    /// How many elements there are in all.
    #[must_use]
    pub fn size(&self) -> usize {
        self.layout.elements()
    }

    /// How many bytes the elements take, each counted once per place it appears in.
    #[must_use]
    pub fn nbytes(&self) -> usize {
        self.size() * self.dtype.itemsize()
    }

    /// The whole buffer below, of which this may be a small part.
    #[must_use]
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// Whether the elements lie without gaps in `order`.
    #[must_use]
    pub fn is_contiguous(&self, order: MemoryOrder) -> bool {
        self.layout.is_contiguous(self.dtype.itemsize(), order)
    }

    /// The bytes of the elements in row-major order and the byte order asked, without gaps: a slice of the
    /// buffer when they are so already, else copied once (twice when both strides and byte order differ).
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`] when the bytes must be copied and live on a device, and
    /// [`BufferError::OutOfMemory`].
    pub fn to_buffer(&self, byteorder: ByteOrder) -> Result<Buffer, BufferError> {
        let itemsize = self.dtype.itemsize();
        let gapless = if self.is_contiguous(MemoryOrder::C) {
            let start = self.layout.offset;
            self.buffer.slice(start..start + self.nbytes())?
        } else {
            let mut out = BufferMut::try_with_capacity(self.nbytes())?;
            walk::gather(&mut out, self.buffer.bytes()?, &self.layout, itemsize)?;
            out.freeze()
        };
        if byteorder == self.byteorder {
            Ok(gapless)
        } else {
            gapless.byte_swapped(self.dtype)
        }
    }

    /// The same elements without gaps in `order`: this very view when they are so already, else a copy.
    ///
    /// # Errors
    /// As [`to_buffer`](Self::to_buffer).
    pub fn to_contiguous(&self, order: MemoryOrder) -> Result<Self, BufferError> {
        if self.is_contiguous(order) {
            return Ok(self.clone());
        }
        match order {
            MemoryOrder::C => self.copy(),
            // The transpose of a row-major copy of the transpose.
            MemoryOrder::F => Ok(self.t().to_contiguous(MemoryOrder::C)?.t()),
        }
    }

    /// A copy in new memory, in row-major order.
    ///
    /// # Errors
    /// As [`to_buffer`](Self::to_buffer).
    pub fn copy(&self) -> Result<Self, BufferError> {
        Ok(self.to_mut()?.freeze())
    }

    /// A new array of this shape, dtype and byte order with each element `value`, cast to the dtype.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`], and [`BufferError::Cast`] when `value` does not become the dtype.
    pub fn filled(&self, value: Scalar) -> Result<Self, BufferError> {
        let filled = NdBufferMut::create(self.dtype, self.byteorder, self.shape(), Some(value))?;
        Ok(filled.freeze())
    }

    fn with_layout(&self, layout: Layout) -> Self {
        Self {
            buffer: self.buffer.clone(),
            dtype: self.dtype,
            byteorder: self.byteorder,
            layout,
        }
    }
}

#[cfg(test)]
mod tests;
