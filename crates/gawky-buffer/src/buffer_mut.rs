//! [`BufferMut`]: bytes being written.

use arrow_buffer::MutableBuffer;

use crate::{Alignment, Buffer, BufferError, Native};

/// Aligned, growable bytes on the host that [freeze](BufferMut::freeze) into a [`Buffer`].
///
/// The memory is aligned to 64 bytes or more (arrow's own allocation alignment), unless it was asked for
/// [`at a phase`](BufferMut::try_with_capacity_at_phase).
#[derive(Debug)]
pub struct BufferMut {
    memory: MutableBuffer,
    // Bytes in front of the first one, fewer than 64: they put it where it is wanted.
    head: usize,
}

impl BufferMut {
    fn aligned(memory: MutableBuffer) -> Self {
        Self { memory, head: 0 }
    }

    /// Room for `capacity` bytes.
    ///
    /// Never call it with a number that was read from outside before checking that so many bytes exist; call
    /// [`try_with_capacity`](Self::try_with_capacity) then.
    ///
    /// # Panics
    /// When the allocation fails.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::aligned(MutableBuffer::with_capacity(capacity))
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
            .map(Self::aligned)
            .map_err(|_| out_of_memory(capacity))
    }

    /// Room for `capacity` bytes of which the first is to lie at an address that is `phase` past a multiple of 64,
    /// or an error.
    ///
    /// For a part of a file, of which smaller parts are to be views: with its offset in the file as the phase (only
    /// the remainder by 64 counts), what is aligned in the file is aligned in memory.
    ///
    /// ```
    /// use gawky_buffer::BufferMut;
    /// // Bytes 13..32 of a file; an int64 begins at its byte 16.
    /// let mut part = BufferMut::try_with_capacity_at_phase(19, 13)?;
    /// part.extend_from_slice(&[0; 19]);
    /// let part = part.freeze();
    /// assert_eq!(part.address() % 64, 13);
    /// assert_eq!(part.slice(3..11)?.address() % 8, 0);
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// As [`try_with_capacity`](Self::try_with_capacity).
    pub fn try_with_capacity_at_phase(capacity: usize, phase: u64) -> Result<Self, BufferError> {
        let head = head(phase);
        let memory = capacity
            .checked_add(head)
            .and_then(|bytes| MutableBuffer::try_with_capacity(bytes).ok());
        let mut memory = memory.ok_or_else(|| out_of_memory(capacity))?;
        memory.extend_zeros(head);
        Ok(Self { memory, head })
    }

    /// `len` zero bytes whose first lies at a phase, or an error.
    ///
    /// # Errors
    /// As [`try_with_capacity_at_phase`](Self::try_with_capacity_at_phase).
    pub fn try_zeroed_at_phase(len: usize, phase: u64) -> Result<Self, BufferError> {
        let head = head(phase);
        let memory = len
            .checked_add(head)
            .and_then(|bytes| MutableBuffer::try_from_len_zeroed(bytes).ok());
        let memory = memory.ok_or_else(|| out_of_memory(len))?;
        Ok(Self { memory, head })
    }

    /// `len` zero bytes; the same caution as for [`with_capacity`](Self::with_capacity).
    ///
    /// # Panics
    /// When the allocation fails.
    #[must_use]
    pub fn zeroed(len: usize) -> Self {
        Self::aligned(MutableBuffer::from_len_zeroed(len))
    }

    /// `len` zero bytes, or an error.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`], as [`try_with_capacity`](Self::try_with_capacity).
    pub fn try_zeroed(len: usize) -> Result<Self, BufferError> {
        MutableBuffer::try_from_len_zeroed(len)
            .map(Self::aligned)
            .map_err(|_| out_of_memory(len))
    }

    /// Makes room for `additional` bytes more.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`], as [`try_with_capacity`](Self::try_with_capacity).
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), BufferError> {
        self.memory
            .try_reserve(additional)
            .map_err(|_| out_of_memory(self.len().saturating_add(additional)))
    }

    /// How many bytes there is room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.memory.capacity() - self.head
    }

    /// Appends zero bytes.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`], as [`try_with_capacity`](Self::try_with_capacity).
    pub fn try_extend_zeros(&mut self, additional: usize) -> Result<(), BufferError> {
        self.memory
            .try_extend_zeros(additional)
            .map_err(|_| out_of_memory(self.len().saturating_add(additional)))
    }

    /// Forgets all bytes after the first `len`; the memory stays reserved.
    pub fn truncate(&mut self, len: usize) {
        self.memory.truncate(self.head.saturating_add(len));
    }

    /// How many bytes have been written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.memory.len() - self.head
    }

    /// Whether none have.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends bytes.
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.memory.extend_from_slice(bytes);
    }

    /// Appends one native-endian element.
    pub fn push<T: Native>(&mut self, value: T) {
        self.memory.extend_from_slice(bytemuck::bytes_of(&value));
    }

    /// The bytes written so far.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.memory.as_slice().split_at(self.head).1
    }

    /// The bytes written so far, to be changed in place.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        self.memory.as_slice_mut().split_at_mut(self.head).1
    }

    /// The bytes as native-endian elements, to be changed in place.
    ///
    /// # Errors
    /// [`BufferError::NotMultiple`] when the length is no multiple of the size of `T`, and [`BufferError::NoView`]
    /// when the bytes lie at a phase at which no `T` can.
    pub fn typed_mut<T: Native>(&mut self) -> Result<&mut [T], BufferError> {
        let len = self.len();
        let is_whole = len.is_multiple_of(size_of::<T>());
        bytemuck::try_cast_slice_mut(self.as_mut_slice()).map_err(|_| {
            if is_whole {
                BufferError::NoView {
                    dtype: T::DTYPE,
                    reason: "the bytes were placed at a phase that is no multiple of its alignment",
                }
            } else {
                BufferError::NotMultiple {
                    len,
                    itemsize: size_of::<T>(),
                }
            }
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
            self.memory.extend_from_slice(converted.as_flattened());
        }
    }

    /// Makes the bytes immutable, without a copy.
    #[must_use]
    pub fn freeze(self) -> Buffer {
        let whole = arrow_buffer::Buffer::from(self.memory);
        Buffer::from(match self.head {
            0 => whole,
            head => whole.slice(head),
        })
    }
}

impl From<BufferMut> for Buffer {
    fn from(bytes: BufferMut) -> Self {
        bytes.freeze()
    }
}

/// How many bytes go in front of the first, in memory that begins at a multiple of 64.
fn head(phase: u64) -> usize {
    let line = Alignment::CACHE_LINE.get();
    usize::try_from(phase % line as u64).unwrap_or(0)
}

fn out_of_memory(bytes: usize) -> BufferError {
    BufferError::OutOfMemory {
        what: format!("a buffer of {bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test may panic"
    )]

    use super::*;

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
    fn the_first_byte_lies_where_it_is_wanted() {
        for phase in [0, 1, 8, 13, 63, 64, 65, u64::MAX] {
            let mut bytes = BufferMut::try_with_capacity_at_phase(10, phase).unwrap();
            assert!(bytes.is_empty() && bytes.capacity() >= 10);
            bytes.extend_from_slice(&[1, 2, 3]);
            bytes.try_extend_zeros(1000).unwrap();
            bytes.truncate(4);
            bytes.try_reserve(5000).unwrap();
            bytes.as_mut_slice().reverse();
            assert_eq!((bytes.as_slice(), bytes.len()), (&[0, 3, 2, 1][..], 4));
            let frozen = bytes.freeze();
            assert_eq!(frozen.address() as u64 % 64, phase % 64);
            assert_eq!(frozen.bytes().unwrap(), [0, 3, 2, 1]);

            let zeroed = BufferMut::try_zeroed_at_phase(9, phase).unwrap().freeze();
            assert_eq!(zeroed.address() as u64 % 64, phase % 64);
            assert_eq!(zeroed.bytes().unwrap(), [0; 9]);
        }
        for bytes in [usize::MAX, usize::MAX - 62, isize::MAX.unsigned_abs()] {
            assert!(BufferMut::try_with_capacity_at_phase(bytes, 63).is_err());
            assert!(BufferMut::try_zeroed_at_phase(bytes, 63).is_err());
        }
    }

    #[test]
    fn nothing_at_a_phase_is_nothing() {
        let mut bytes = BufferMut::try_with_capacity_at_phase(0, 5).unwrap();
        assert_eq!(bytes.as_mut_slice(), [0_u8; 0]);
        bytes.truncate(usize::MAX);
        assert!(bytes.freeze().is_empty());
    }

    #[test]
    fn at_some_phases_some_types_have_no_view() {
        let mut bytes = BufferMut::try_zeroed_at_phase(8, 4).unwrap();
        bytes.typed_mut::<u32>().unwrap()[1] = 7;
        assert_eq!(
            bytes.typed_mut::<u64>().unwrap_err().to_string(),
            "a view of uint64 is impossible: the bytes were placed at a phase that is no multiple of its alignment"
        );
        assert!(matches!(
            BufferMut::try_zeroed_at_phase(7, 4)
                .unwrap()
                .typed_mut::<u16>(),
            Err(BufferError::NotMultiple { .. })
        ));
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
