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
    /// Never call it with a number that was read from outside before checking that so many bytes exist; call
    /// [`try_with_capacity`](Self::try_with_capacity) then.
    ///
    /// # Panics
    /// When the allocation fails.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(MutableBuffer::with_capacity(capacity))
    }

    /// Room for `capacity` bytes, or an error.
    ///
    /// An operating system that promises more memory than it has may still end the process later, when the
    /// memory is written: what is read from outside is to be checked against bytes that exist all the same.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`] when the allocation fails or no address space could hold it.
    pub fn try_with_capacity(capacity: usize) -> Result<Self, BufferError> {
        MutableBuffer::try_with_capacity(capacity)
            .map(Self)
            .map_err(|_| out_of_memory(capacity))
    }

    /// `len` zero bytes; the same caution as for [`with_capacity`](Self::with_capacity).
    ///
    /// # Panics
    /// When the allocation fails.
    #[must_use]
    pub fn zeroed(len: usize) -> Self {
        Self(MutableBuffer::from_len_zeroed(len))
    }

    /// `len` zero bytes, or an error.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`], as [`try_with_capacity`](Self::try_with_capacity).
    pub fn try_zeroed(len: usize) -> Result<Self, BufferError> {
        MutableBuffer::try_from_len_zeroed(len)
            .map(Self)
            .map_err(|_| out_of_memory(len))
    }

    /// Makes room for `additional` bytes more.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`], as [`try_with_capacity`](Self::try_with_capacity).
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), BufferError> {
        self.0
            .try_reserve(additional)
            .map_err(|_| out_of_memory(self.0.len().saturating_add(additional)))
    }

    /// How many bytes there is room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.0.capacity()
    }

    /// Appends zero bytes.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`], as [`try_with_capacity`](Self::try_with_capacity).
    pub fn try_extend_zeros(&mut self, additional: usize) -> Result<(), BufferError> {
        self.0
            .try_extend_zeros(additional)
            .map_err(|_| out_of_memory(self.0.len().saturating_add(additional)))
    }

    /// Forgets all bytes after the first `len`; the memory stays reserved.
    pub fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
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

    /// Appends what `convert` makes of each element, in blocks small enough to stay in the first cache: new
    /// memory is neither zeroed first nor written element by element.
    pub(crate) fn extend_converted<const A: usize, const B: usize>(
        &mut self,
        source: &[[u8; A]],
        mut convert: impl FnMut([u8; A]) -> [u8; B],
    ) {
        const BLOCK: usize = 256;
        let mut block = [[0_u8; B]; BLOCK];
        for elements in source.chunks(BLOCK) {
            for (converted, element) in block.iter_mut().zip(elements) {
                *converted = convert(*element);
            }
            let (converted, _) = block.split_at(elements.len());
            self.0.extend_from_slice(converted.as_flattened());
        }
    }

    /// Makes the bytes immutable, without a copy.
    #[must_use]
    pub fn freeze(self) -> Buffer {
        Buffer::from(arrow_buffer::Buffer::from(self.0))
    }
}

impl From<BufferMut> for Buffer {
    fn from(bytes: BufferMut) -> Self {
        bytes.freeze()
    }
}

fn out_of_memory(bytes: usize) -> BufferError {
    BufferError::OutOfMemory {
        what: format!("a buffer of {bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::Alignment;

    #[test]
    fn what_no_memory_holds_is_an_error() {
        for bytes in [usize::MAX, isize::MAX.unsigned_abs(), usize::MAX - 63] {
            let error = BufferMut::try_with_capacity(bytes).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("a buffer of {bytes} bytes does not fit in memory")
            );
            assert!(BufferMut::try_zeroed(bytes).is_err());
            let mut some = BufferMut::zeroed(1);
            assert!(some.try_reserve(bytes).is_err());
            assert!(some.try_extend_zeros(bytes).is_err());
            assert_eq!(some.as_slice(), [0], "a failure leaves what was there");
        }
    }

    #[test]
    fn it_grows_and_stays_aligned() {
        let mut bytes = BufferMut::with_capacity(0);
        assert!(bytes.is_empty());
        for i in 0..1000_u32 {
            bytes.push(i);
        }
        bytes.try_extend_zeros(4).unwrap();
        assert!(bytes.capacity() >= bytes.len());
        bytes.typed_mut::<u32>().unwrap().reverse();
        bytes.truncate(8);
        let frozen = bytes.freeze();
        assert!(frozen.alignment().satisfies(Alignment::CACHE_LINE));
        assert_eq!(*frozen.typed::<u32>().unwrap(), [0, 999]);
    }

    #[test]
    fn half_an_element_has_no_typed_view() {
        assert!(BufferMut::zeroed(7).typed_mut::<u16>().is_err());
        assert!(BufferMut::zeroed(0).typed_mut::<f64>().unwrap().is_empty());
    }

    #[test]
    fn blocks_join_seamlessly() {
        for len in [0, 1, 255, 256, 257, 1000] {
            let source: Vec<[u8; 1]> = (0..=u8::MAX).cycle().take(len).map(|b| [b]).collect();
            let mut doubled = BufferMut::with_capacity(0);
            doubled.extend_converted(&source, |[b]| [b, !b]);
            let expected: Vec<u8> = source.iter().flat_map(|[b]| [*b, !b]).collect();
            assert_eq!(doubled.as_slice(), expected, "{len}");
        }
    }
}
