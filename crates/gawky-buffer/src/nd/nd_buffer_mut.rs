//! [`NdBufferMut`]: an array being written.

use super::layout::{self, Layout, MemoryOrder};
use super::{NdBuffer, Pick, walk};
use crate::{BufferError, BufferMut, ByteOrder, DType, Native, Scalar};

/// Elements in new row-major memory, to be written and then [frozen](Self::freeze) into an [`NdBuffer`].
///
/// ```
/// use gawky_buffer::{ByteOrder, DType, NdBuffer, NdBufferMut, Pick, Scalar};
/// let mut table = NdBufferMut::create(DType::Int16, ByteOrder::NATIVE, &[2, 3], None)?;
/// table.fill(Scalar::Int16(7))?;
/// let row = NdBuffer::from_vec(vec![1.0, 2.0, 3.0], &[3])?;
/// table.assign(&[Pick::At(0)], &row)?;
/// table.set(&[1, 1], Scalar::UInt8(9))?;
/// assert_eq!(*table.freeze().typed::<i16>()?, [1, 2, 3, 7, 9, 7]);
/// # Ok::<(), gawky_buffer::BufferError>(())
/// ```
#[derive(Debug)]
pub struct NdBufferMut {
    bytes: BufferMut,
    dtype: DType,
    byteorder: ByteOrder,
    layout: Layout,
}

impl NdBufferMut {
    /// New memory with each element `fill`, cast to `dtype` as [`NdBuffer::astype`] does; or zero.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`], and [`BufferError::Cast`] when `fill` does not become `dtype`.
    pub fn create(
        dtype: DType,
        byteorder: ByteOrder,
        shape: &[usize],
        fill: Option<Scalar>,
    ) -> Result<Self, BufferError> {
        // `count` has checked that the bytes can be counted.
        let bytes = layout::count(shape, dtype)? * dtype.itemsize();
        let mut created = Self {
            bytes: BufferMut::try_zeroed(bytes)?,
            dtype,
            byteorder,
            layout: Layout::contiguous(shape, dtype.itemsize(), MemoryOrder::C),
        };
        if let Some(fill) = fill {
            created.fill(fill)?;
        }
        Ok(created)
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

    /// Makes every element `value`, cast to the dtype.
    ///
    /// # Errors
    /// [`BufferError::Cast`] when `value` does not become the dtype.
    pub fn fill(&mut self, value: Scalar) -> Result<(), BufferError> {
        self.write(&self.layout.clone(), value)
    }

    /// Makes the element at one index per axis `value`, cast to the dtype.
    ///
    /// # Errors
    /// [`BufferError::Shape`] unless there is one index per axis, [`BufferError::Index`] when one is past the
    /// end, and [`BufferError::Cast`].
    pub fn set(&mut self, index: &[usize], value: Scalar) -> Result<(), BufferError> {
        let picks: Vec<_> = index
            .iter()
            .map(|i| Pick::At(isize::try_from(*i).unwrap_or(isize::MAX)))
            .collect();
        let part = self.layout.pick(&picks)?;
        if !part.shape.is_empty() {
            return Err(BufferError::Shape {
                from: self.layout.shape.clone(),
                to: format!("the element at {index:?}"),
                reason: "there must be one index for each axis",
            });
        }
        self.write(&part, value)
    }

    /// Writes `source`, cast to the dtype, over the part picked; a source without axes fills it.
    ///
    /// # Errors
    /// [`BufferError::Shape`] unless the shapes are the same, as [`NdBuffer::slice`] for the picks, and as
    /// [`NdBuffer::astype`] for the source.
    pub fn assign(&mut self, picks: &[Pick], source: &NdBuffer) -> Result<(), BufferError> {
        let part = self.layout.pick(picks)?;
        if source.ndim() == 0 {
            return self.write(&part, source.as_scalar()?);
        }
        if part.shape != source.shape() {
            return Err(BufferError::Shape {
                from: source.shape().to_vec(),
                to: format!("{:?}", part.shape),
                reason: "the source must have the shape of what it is written to",
            });
        }
        let source = source.astype(self.dtype)?.to_buffer(self.byteorder)?;
        let itemsize = self.dtype.itemsize();
        walk::scatter(self.bytes.as_mut_slice(), &part, source.bytes()?, itemsize)
    }

    fn write(&mut self, part: &Layout, value: Scalar) -> Result<(), BufferError> {
        let element = value.cast(self.dtype)?.to_bytes(self.byteorder);
        let itemsize = self.dtype.itemsize();
        if part.is_contiguous(itemsize, MemoryOrder::C) {
            let (start, len) = (part.offset, part.elements() * itemsize);
            let whole = self.bytes.as_mut_slice();
            if let Some(run) = whole.get_mut(start..).and_then(|b| b.get_mut(..len)) {
                repeat(run, &element);
                return Ok(());
            }
        }
        walk::scatter(self.bytes.as_mut_slice(), part, &element, itemsize)
    }

    /// All elements in row-major order, to be changed in place.
    ///
    /// Dates and durations may be viewed as the `i64` of their ticks, booleans as `u8`.
    ///
    /// # Errors
    /// [`BufferError::DTypeMismatch`] when the elements are something else, and
    /// [`BufferError::ForeignByteOrder`] when they are not in this machine's byte order.
    pub fn typed_mut<T: Native>(&mut self) -> Result<&mut [T], BufferError> {
        super::element::expect::<T>(self.dtype)?;
        if !self.byteorder.is_native() && self.dtype.itemsize() > 1 {
            return Err(BufferError::ForeignByteOrder);
        }
        self.bytes.typed_mut()
    }

    /// All bytes, to be changed in place.
    pub fn as_mut_bytes(&mut self) -> &mut [u8] {
        self.bytes.as_mut_slice()
    }

    /// Makes the elements immutable, without a copy.
    #[must_use]
    pub fn freeze(self) -> NdBuffer {
        NdBuffer {
            buffer: self.bytes.freeze(),
            dtype: self.dtype,
            byteorder: self.byteorder,
            layout: self.layout,
        }
    }
}

/// Writes `element` over and over, each time as much as has been written already.
fn repeat(run: &mut [u8], element: &[u8]) {
    if let Some(first) = run.get_mut(..element.len()) {
        first.copy_from_slice(element);
    }
    let mut done = element.len();
    while done < run.len() {
        let more = done.min(run.len() - done);
        run.copy_within(..more, done);
        done += more;
    }
}

impl NdBuffer {
    /// A copy that can be written to, of the same dtype and byte order.
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`] when the bytes live on a device, whose memory is not written to from here, and
    /// [`BufferError::OutOfMemory`].
    pub fn to_mut(&self) -> Result<NdBufferMut, BufferError> {
        let itemsize = self.dtype.itemsize();
        let mut bytes = BufferMut::try_with_capacity(self.nbytes())?;
        walk::gather(&mut bytes, self.buffer.bytes()?, &self.layout, itemsize)?;
        Ok(NdBufferMut {
            bytes,
            dtype: self.dtype,
            byteorder: self.byteorder,
            layout: Layout::contiguous(self.shape(), itemsize, MemoryOrder::C),
        })
    }
}
