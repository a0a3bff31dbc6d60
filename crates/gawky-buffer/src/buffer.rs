//! [`Buffer`]: an immutable, cheaply cloned run of bytes.

mod elsewhere;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use crate::{Alignment, BufferError, BufferMut, DType, DeviceBytes, Native, Place, Scalar};

/// An immutable run of bytes, on the host or on a device; cloning and slicing are O(1).
///
/// On the host it is an [`arrow_buffer::Buffer`], so a `Vec`, `bytes::Bytes`, a memory map or an Arrow
/// array comes in without a copy. On a device it is whatever implements [`DeviceBytes`]; asking such a
/// buffer for host bytes is an error that names the place, never a hidden transfer.
///
/// ```
/// use gawky_buffer::Buffer;
/// let buffer = Buffer::from_vec(vec![1_i64, 2, 3]);
/// assert_eq!(buffer.len(), 24);
/// assert_eq!(*buffer.slice(8..24)?.typed::<i64>()?, [2, 3]);
/// # Ok::<(), gawky_buffer::BufferError>(())
/// ```
#[derive(Clone)]
pub struct Buffer(Repr);

#[derive(Clone)]
enum Repr {
    Host(arrow_buffer::Buffer),
    // Boxed, so that buffers on the host, of which an array has thousands, stay three words.
    Device(Box<OnDevice>),
}

#[derive(Clone)]
struct OnDevice {
    bytes: Arc<dyn DeviceBytes>,
    range: Range<usize>,
}

impl Buffer {
    /// No bytes, on the host.
    #[must_use]
    #[inline]
    pub fn empty() -> Self {
        // arrow allocates even for no bytes, so all empty buffers share one.
        static EMPTY: LazyLock<arrow_buffer::Buffer> = LazyLock::new(Default::default);
        Self(Repr::Host(EMPTY.clone()))
    }

    /// This buffer as arrow's, without a copy.
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`] when the bytes live on a device.
    pub fn to_arrow(&self) -> Result<arrow_buffer::Buffer, BufferError> {
        match &self.0 {
            Repr::Host(host) => Ok(host.clone()),
            Repr::Device(_) => Err(BufferError::NotOnHost {
                place: self.place().to_string(),
            }),
        }
    }

    /// The native-endian element number `index`; `None` past the end.
    ///
    /// ```
    /// use gawky_buffer::{Buffer, DType, Scalar};
    /// let buffer = Buffer::from_vec(vec![3_i16, 4]);
    /// assert_eq!(buffer.scalar(DType::Int16, 1)?, Some(Scalar::Int16(4)));
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`] when the bytes live on a device.
    pub fn scalar(&self, dtype: DType, index: usize) -> Result<Option<Scalar>, BufferError> {
        Ok(Scalar::read(dtype, self.bytes()?, index))
    }

    /// Takes the memory of `values` without copying it.
    #[must_use]
    pub fn from_vec<T: Native>(values: Vec<T>) -> Self {
        Self(Repr::Host(T::into_arrow(values)))
    }

    /// Takes bytes from whatever owns them, a memory map for example, without copying them.
    ///
    /// The owner is dropped when the last buffer over it is.
    #[must_use]
    pub fn from_owner<O: AsRef<[u8]> + Send + 'static>(owner: O) -> Self {
        Self(Repr::Host(arrow_buffer::Buffer::from(
            bytes::Bytes::from_owner(owner),
        )))
    }

    /// Copies `bytes` into memory aligned to [`Alignment::CACHE_LINE`].
    ///
    /// # Panics
    /// When the allocation fails, as `Vec` would abort; `bytes` exist, so it is not asked for the impossible.
    #[must_use]
    pub fn copied_from(bytes: &[u8]) -> Self {
        let mut copy = BufferMut::with_capacity(bytes.len());
        copy.extend_from_slice(bytes);
        copy.freeze()
    }

    /// Wraps the bytes of a device.
    #[must_use]
    pub fn from_device(bytes: Arc<dyn DeviceBytes>) -> Self {
        let range = 0..bytes.len();
        Self(Repr::Device(Box::new(OnDevice { bytes, range })))
    }

    /// The device memory that this buffer lies in, and which of its bytes are this buffer; `None` on the host.
    ///
    /// A backend downcasts it to its own type, to hand kernels what they take:
    ///
    /// ```
    /// # use std::{ops::Range, sync::Arc};
    /// # use gawky_buffer::{BufferError, Device};
    /// use std::any::Any;
    /// use gawky_buffer::{Buffer, DeviceBytes};
    ///
    /// #[derive(Debug)]
    /// struct MyBytes { pointer: usize, len: usize }
    /// # impl DeviceBytes for MyBytes {
    /// #     fn len(&self) -> usize { self.len }
    /// #     fn device(&self) -> Arc<dyn Device> { unreachable!() }
    /// #     fn address(&self) -> usize { self.pointer }
    /// #     fn to_host(&self, _: Range<usize>) -> Result<Buffer, BufferError> { unreachable!() }
    /// # }
    ///
    /// fn pointer(buffer: &Buffer) -> Option<usize> {
    ///     let (bytes, range) = buffer.device_bytes()?;
    ///     let bytes: &dyn Any = &**bytes;
    ///     Some(bytes.downcast_ref::<MyBytes>()?.pointer + range.start)
    /// }
    ///
    /// let buffer = Buffer::from_device(Arc::new(MyBytes { pointer: 4096, len: 24 }));
    /// assert_eq!(pointer(&buffer.slice(8..24)?), Some(4104));
    /// assert_eq!(pointer(&Buffer::from_vec(vec![1_u8])), None);
    /// # Ok::<(), BufferError>(())
    /// ```
    #[must_use]
    pub fn device_bytes(&self) -> Option<(&Arc<dyn DeviceBytes>, Range<usize>)> {
        match &self.0 {
            Repr::Host(_) => None,
            Repr::Device(device) => Some((&device.bytes, device.range.clone())),
        }
    }

    /// How many bytes there are.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Host(host) => host.len(),
            Repr::Device(device) => device.range.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes of memory stay alive because of this buffer: those of the whole allocation that it is a
    /// slice of.
    #[must_use]
    pub fn retained(&self) -> usize {
        match &self.0 {
            Repr::Host(host) => host.capacity().max(host.len()),
            Repr::Device(device) => device.bytes.len(),
        }
    }

    /// Where the bytes live.
    #[must_use]
    pub fn place(&self) -> Place {
        match &self.0 {
            Repr::Host(_) => Place::Host,
            Repr::Device(device) => Place::Device(device.bytes.device()),
        }
    }

    /// The address of the first byte, on the host or on the device.
    #[must_use]
    #[inline]
    pub fn address(&self) -> usize {
        match &self.0 {
            Repr::Host(host) => host.as_ptr().addr(),
            Repr::Device(device) => device.bytes.address().wrapping_add(device.range.start),
        }
    }

    /// The alignment that the first byte happens to have.
    #[must_use]
    #[inline]
    pub fn alignment(&self) -> Alignment {
        Alignment::of_address(self.address())
    }

    /// The bytes `range` of this buffer, without a copy.
    ///
    /// # Errors
    /// [`BufferError::OutOfRange`] when `range` does not lie within the buffer.
    #[inline]
    pub fn slice(&self, range: Range<usize>) -> Result<Self, BufferError> {
        if range.start > range.end || range.end > self.len() {
            return Err(BufferError::OutOfRange {
                start: range.start,
                end: range.end,
                len: self.len(),
            });
        }
        Ok(Self(match &self.0 {
            Repr::Host(host) => {
                Repr::Host(host.slice_with_length(range.start, range.end - range.start))
            }
            Repr::Device(device) => {
                let own = device.range.start;
                Repr::Device(Box::new(OnDevice {
                    bytes: Arc::clone(&device.bytes),
                    range: own + range.start..own + range.end,
                }))
            }
        }))
    }

    /// The bytes, borrowed.
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`] when they live on a device; use [`Buffer::to_host`] to fetch them.
    #[inline]
    pub fn bytes(&self) -> Result<&[u8], BufferError> {
        match &self.0 {
            Repr::Host(host) => Ok(host.as_slice()),
            Repr::Device(_) => Err(BufferError::NotOnHost {
                place: self.place().to_string(),
            }),
        }
    }

    /// The bytes on the host: this buffer itself if it is there, else one transfer.
    ///
    /// # Errors
    /// [`BufferError::Device`] when the device fails.
    pub fn to_host(&self) -> Result<Self, BufferError> {
        match &self.0 {
            Repr::Host(_) => Ok(self.clone()),
            Repr::Device(device) => device.bytes.to_host(device.range.clone()),
        }
    }

    /// The bytes as native-endian elements: borrowed when they are aligned for `T`, else copied.
    ///
    /// An empty buffer is an empty slice wherever it lies.
    ///
    /// # Errors
    /// [`BufferError::NotMultiple`] when the length is no multiple of the size of `T`, and
    /// [`BufferError::NotOnHost`] when the bytes live on a device.
    pub fn typed<T: Native>(&self) -> Result<Cow<'_, [T]>, BufferError> {
        let bytes = self.bytes()?;
        if bytes.is_empty() {
            return Ok(Cow::Borrowed(&[]));
        }
        match bytemuck::try_cast_slice(bytes) {
            Ok(elements) => Ok(Cow::Borrowed(elements)),
            Err(_) if !bytes.len().is_multiple_of(size_of::<T>()) => {
                Err(BufferError::NotMultiple {
                    len: bytes.len(),
                    itemsize: size_of::<T>(),
                })
            }
            Err(_) => Ok(Cow::Owned(bytemuck::allocation::pod_collect_to_vec(bytes))),
        }
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<arrow_buffer::Buffer> for Buffer {
    fn from(buffer: arrow_buffer::Buffer) -> Self {
        Self(Repr::Host(buffer))
    }
}

impl From<bytes::Bytes> for Buffer {
    fn from(bytes: bytes::Bytes) -> Self {
        Self(Repr::Host(arrow_buffer::Buffer::from(bytes)))
    }
}

impl<T: Native> From<Vec<T>> for Buffer {
    fn from(values: Vec<T>) -> Self {
        Self::from_vec(values)
    }
}

/// Two buffers are equal when they hold the same bytes on the host, or are the same bytes of one device;
/// [`same_bytes`](Buffer::same_bytes) has a device look.
impl PartialEq for Buffer {
    fn eq(&self, other: &Self) -> bool {
        match (self.bytes(), other.bytes()) {
            (Ok(a), Ok(b)) => a == b,
            (Err(_), Err(_)) => {
                self.place() == other.place()
                    && self.len() == other.len()
                    && self.address() == other.address()
            }
            _ => false,
        }
    }
}

impl Eq for Buffer {}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} bytes on {})", self.len(), self.place())
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::elsewhere;
