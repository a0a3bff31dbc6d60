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

use crate::{Buffer, BufferError, BufferMut, ByteOrder, DType, Native, Place, Scalar, StridedView};
use layout::Layout;

/// Elements of one dtype and byte order, of any shape and strides, over a [`Buffer`].
///
/// It is read-only, as its buffer is: views share memory without danger, and what changes values makes a
/// new array ([`filled`](Self::filled), [`astype`](Self::astype)) or happens in an [`NdBufferMut`] before it
/// [freezes](NdBufferMut::freeze). Strides are in bytes, and may be negative or zero; that all elements lie
/// within the buffer is checked before a view exists. Slicing, transposing and most reshaping copy nothing.
///
/// Whatever makes new elements makes them where the buffer lies: on a device, its [`Kernels`](crate::Kernels) do, and
/// nothing comes back, but for what answers with a number or a yes or no. Where a device only keeps bytes, that is
/// [`BufferError::NotOnHost`].
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

    /// New memory on the host, in row-major order, in this machine's byte order, with each element `fill`, or zero.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`], and [`BufferError::Cast`] when `fill` does not become `dtype`.
    pub fn create(
        dtype: DType,
        shape: &[usize],
        fill: Option<Scalar>,
    ) -> Result<Self, BufferError> {
        Self::create_at(&Place::Host, dtype, shape, MemoryOrder::C, fill)
    }

    /// New memory at any place, in any order, with each element `fill`, or zero: what zarr's `NDBuffer` calls `create`,
    /// `empty`, `zeros` and `full`.
    ///
    /// ```
    /// use gawky_buffer::{DType, MemoryOrder, NdBuffer, Place, Scalar};
    /// let place = Place::Host; // or a device
    /// let ones = Some(Scalar::UInt8(1));
    /// let table = NdBuffer::create_at(&place, DType::Int16, &[2, 3], MemoryOrder::F, ones)?;
    /// assert_eq!((table.shape(), table.strides()), (&[2, 3][..], &[2, 4][..]));
    /// assert!(table.all_equal_to(Scalar::UInt8(1), false)?);
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`], [`BufferError::Cast`] when `fill` does not become `dtype`,
    /// [`BufferError::NotComputed`] for a device that only keeps bytes, and [`BufferError::Device`] when the device
    /// fails.
    pub fn create_at(
        place: &Place,
        dtype: DType,
        shape: &[usize],
        order: MemoryOrder,
        fill: Option<Scalar>,
    ) -> Result<Self, BufferError> {
        let native = ByteOrder::NATIVE;
        match order {
            MemoryOrder::C => Self::made(place, dtype, native, shape, fill),
            MemoryOrder::F => {
                let turned: Vec<usize> = shape.iter().rev().copied().collect();
                Ok(Self::made(place, dtype, native, &turned, fill)?.t())
            }
        }
    }

    fn made(
        place: &Place,
        dtype: DType,
        byteorder: ByteOrder,
        shape: &[usize],
        fill: Option<Scalar>,
    ) -> Result<Self, BufferError> {
        if place.is_host() {
            return Ok(NdBufferMut::create(dtype, byteorder, shape, fill)?.freeze());
        }
        let Ok(Some(kernels)) = place.kernels() else {
            return Err(BufferError::NotComputed {
                place: place.to_string(),
                what: "fill new memory".to_owned(),
                instead: "make it on the host and send it there with to_place()",
            });
        };
        let count = layout::count(shape, dtype)?;
        let element = match fill {
            Some(fill) => fill.cast(dtype)?.to_bytes(byteorder),
            None => vec![0; dtype.itemsize()],
        };
        Self::try_new(kernels.fill(&element, count)?, dtype, byteorder, shape)
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

    /// Where the elements lie.
    #[must_use]
    pub fn place(&self) -> Place {
        self.buffer.place()
    }

    /// Whether the elements lie without gaps in `order`.
    #[must_use]
    pub fn is_contiguous(&self, order: MemoryOrder) -> bool {
        self.layout.is_contiguous(self.dtype.itemsize(), order)
    }

    /// The bytes of the elements in row-major order and the byte order asked, without gaps: a slice of the
    /// buffer when they are so already, else copied once, where they are (twice when both strides and byte order
    /// differ).
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`] when the bytes must be copied and live on a device that only keeps them,
    /// [`BufferError::OutOfMemory`], and [`BufferError::Device`] when the device fails.
    pub fn to_buffer(&self, byteorder: ByteOrder) -> Result<Buffer, BufferError> {
        let gapless = if self.is_contiguous(MemoryOrder::C) {
            let start = self.layout.offset;
            self.buffer.slice(start..start + self.nbytes())?
        } else {
            self.gathered()?
        };
        if byteorder == self.byteorder {
            Ok(gapless)
        } else {
            gapless.byte_swapped(self.dtype)
        }
    }

    /// The bytes of the elements in row-major order, in new memory where they are.
    fn gathered(&self) -> Result<Buffer, BufferError> {
        let itemsize = self.dtype.itemsize();
        let place = self.buffer.place();
        let Some(kernels) = place.kernels()? else {
            let mut out = BufferMut::try_with_capacity(self.nbytes())?;
            walk::gather(&mut out, self.buffer.bytes()?, &self.layout, itemsize)?;
            return Ok(out.freeze());
        };
        if self.is_contiguous(MemoryOrder::C) {
            let start = self.layout.offset;
            let own = self.buffer.slice(start..start + self.nbytes())?;
            return if own.is_empty() {
                Ok(own)
            } else {
                kernels.concatenate(&[own])
            };
        }
        let (shape, strides) = walk::Runs::new(&self.layout).into_axes();
        let view = StridedView {
            itemsize,
            shape: &shape,
            strides: &strides,
            offset: self.layout.offset,
        };
        kernels.gather_strided(&self.buffer, &view)
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
        Self::try_new(self.gathered()?, self.dtype, self.byteorder, self.shape())
    }

    /// The same elements at `place`: this very view if they are there, else a transfer of the bytes between the first
    /// and the last of them, or of the elements without the gaps, gathered where they are, when those are fewer.
    ///
    /// ```
    /// use gawky_buffer::{NdBuffer, Place};
    /// let table = NdBuffer::from_vec(vec![1_i32, 2, 3, 4], &[2, 2])?;
    /// let place = Place::Host; // or a device
    /// let there = table.t().to_place(&place)?;
    /// assert_eq!(there.shape(), [2, 2]);
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`], and [`BufferError::Device`] when a device fails.
    pub fn to_place(&self, place: &Place) -> Result<Self, BufferError> {
        let from = self.buffer.place();
        if from == *place {
            return Ok(self.clone());
        }
        let (nbytes, itemsize) = (self.nbytes(), self.dtype.itemsize());
        let reach = self.layout.extent(itemsize).filter(|_| nbytes > 0);
        let (start, end) = reach.unwrap_or_default();
        if end.saturating_sub(start) > nbytes && from.kernels().is_ok() {
            return self.copy()?.to_place(place);
        }
        let mut layout = self.layout.clone();
        layout.offset = layout.offset.saturating_sub(start);
        if nbytes == 0 {
            layout = Layout::contiguous(self.shape(), itemsize, MemoryOrder::C);
        }
        Ok(Self {
            buffer: self.buffer.slice(start..end)?.to_place(place)?,
            dtype: self.dtype,
            byteorder: self.byteorder,
            layout,
        })
    }

    /// The same elements on the host: [`to_place`](Self::to_place) with [`Place::Host`].
    ///
    /// # Errors
    /// As [`to_place`](Self::to_place).
    pub fn to_host(&self) -> Result<Self, BufferError> {
        self.to_place(&Place::Host)
    }

    /// A new array of this shape, dtype and byte order, at this place, with each element `value`, cast to the dtype.
    ///
    /// # Errors
    /// As [`create_at`](Self::create_at).
    pub fn filled(&self, value: Scalar) -> Result<Self, BufferError> {
        let place = self.buffer.place();
        Self::made(
            &place,
            self.dtype,
            self.byteorder,
            self.shape(),
            Some(value),
        )
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
