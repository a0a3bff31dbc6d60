//! [`BufferMut`]: bytes being written.

use arrow_buffer::MutableBuffer;

use crate::{Buffer, BufferError, Native};

/// Aligned, growable bytes on the host that [freeze](BufferMut::freeze) into a [`Buffer`].
///
/// The memory is aligned to 64 bytes or more (arrow's own allocation alignment).
#[derive(Debug)]
pub struct BufferMut(MutableBuffer);

impl BufferMut {
    /// Room for `capacity` bytes.
    ///
    /// Aborts when the allocation fails, as `Vec` does: never call it with a number that was read from
    /// outside before checking that so many bytes exist.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(MutableBuffer::with_capacity(capacity))
    }

    /// `len` zero bytes; the same caution as for [`with_capacity`](Self::with_capacity).
    #[must_use]
    pub fn zeroed(len: usize) -> Self {
        Self(MutableBuffer::from_len_zeroed(len))
    }

    /// How many bytes have been written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none have.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends bytes.
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Appends one native-endian element.
    pub fn push<T: Native>(&mut self, value: T) {
        self.0.extend_from_slice(bytemuck::bytes_of(&value));
    }

    /// The bytes written so far.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The bytes written so far, to be changed in place.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        self.0.as_slice_mut()
    }

    /// The bytes as native-endian elements, to be changed in place.
    ///
    /// # Errors
    /// [`BufferError::NotMultiple`] when the length is no multiple of the size of `T`.
    pub fn typed_mut<T: Native>(&mut self) -> Result<&mut [T], BufferError> {
        let len = self.0.len();
        bytemuck::try_cast_slice_mut(self.0.as_slice_mut()).map_err(|_| BufferError::NotMultiple {
            len,
            itemsize: size_of::<T>(),
        })
    }

    /// Makes the bytes immutable, without a copy.
    #[must_use]
    pub fn freeze(self) -> Buffer {
        Buffer::from(arrow_buffer::Buffer::from(self.0))
    }
}
