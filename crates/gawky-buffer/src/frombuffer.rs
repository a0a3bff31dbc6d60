//! [`frombuffer`]: bytes as elements, by NumPy's rules.

use crate::{Buffer, BufferError, ByteOrder, DType, NdBuffer};

/// The bytes of a buffer as elements, without a copy, by the rules of NumPy's `frombuffer`.
///
/// `count` elements are taken from byte `offset` on; -1 takes all that there are, and then the bytes must
/// be a whole number of elements. No bytes are no elements.
///
/// ```
/// use gawky_buffer::{frombuffer, Buffer, ByteOrder, DType};
/// let bytes = Buffer::copied_from(&[9, 0, 1, 0, 2]);
/// let read = frombuffer(&bytes, DType::UInt16, ByteOrder::Big, -1, 1)?;
/// assert_eq!(*read.typed::<u16>()?, [1, 2]);
/// assert_eq!(
///     frombuffer(&bytes, DType::UInt16, ByteOrder::Big, -1, 0).unwrap_err().to_string(),
///     "a buffer of 5 bytes is no whole number of 2-byte elements"
/// );
/// # Ok::<(), gawky_buffer::BufferError>(())
/// ```
///
/// # Errors
/// [`BufferError::OffsetPastEnd`] when `offset` is greater than the buffer is long,
/// [`BufferError::NotMultiple`] when all are asked and the last is not whole, and
/// [`BufferError::TooSmall`] when more are asked than there are.
pub fn frombuffer(
    buffer: &Buffer,
    dtype: DType,
    byteorder: ByteOrder,
    count: isize,
    offset: usize,
) -> Result<NdBuffer, BufferError> {
    let Some(len) = buffer.len().checked_sub(offset) else {
        return Err(BufferError::OffsetPastEnd {
            offset,
            len: buffer.len(),
        });
    };
    let itemsize = dtype.itemsize();
    let count = match usize::try_from(count) {
        Ok(count) => count,
        // Any negative count is -1 to NumPy.
        Err(_) if len.is_multiple_of(itemsize) => len / itemsize,
        Err(_) => return Err(BufferError::NotMultiple { len, itemsize }),
    };
    // Compared as counts: as bytes, more than there are might be more than can be counted.
    if count > len / itemsize {
        return Err(BufferError::TooSmall {
            needed: count.saturating_mul(itemsize),
            len,
        });
    }
    NdBuffer::strided(
        buffer.clone(),
        dtype,
        byteorder,
        &[count],
        &[itemsize.cast_signed()],
        offset,
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn message(len: usize, dtype: DType, count: isize, offset: usize) -> String {
        let buffer = Buffer::from_vec(vec![0_u8; len]);
        frombuffer(&buffer, dtype, ByteOrder::Little, count, offset)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn nothing_is_copied() {
        let buffer = Buffer::from_vec(vec![1_i64, 2, 3]);
        let all = frombuffer(&buffer, DType::Int64, ByteOrder::NATIVE, -1, 0).unwrap();
        assert_eq!(all.shape(), [3]);
        assert_eq!(
            all.typed::<i64>().unwrap().as_ptr().addr(),
            buffer.address()
        );
        let some = frombuffer(&buffer, DType::Int64, ByteOrder::NATIVE, 1, 8).unwrap();
        assert_eq!(*some.typed::<i64>().unwrap(), [2]);
        let prefix = frombuffer(&buffer, DType::Int64, ByteOrder::NATIVE, 2, 1).unwrap();
        assert_eq!(prefix.shape(), [2], "a count leaves a rest unread");
    }

    #[test]
    fn the_three_errors_are_three() {
        assert_eq!(
            message(29, DType::Int64, -1, 0),
            "a buffer of 29 bytes is no whole number of 8-byte elements"
        );
        assert_eq!(
            message(29, DType::Int64, -1, 30),
            "offset 30 lies past the end of a buffer of 29 bytes"
        );
        assert_eq!(
            message(23, DType::Int64, 3, 0),
            "24 bytes are needed, and there are 23"
        );
        assert_eq!(
            message(24, DType::Int64, 3, 8),
            "24 bytes are needed, and there are 16"
        );
        assert_eq!(
            message(29, DType::Int64, isize::MAX, 0),
            format!("{} bytes are needed, and there are 29", usize::MAX)
        );
    }

    #[test]
    fn no_bytes_are_no_elements() {
        let none = frombuffer(&Buffer::empty(), DType::Int64, ByteOrder::Big, -1, 0).unwrap();
        assert_eq!(none.shape(), [0]);
        let buffer = Buffer::from_vec(vec![0_u8; 8]);
        for (count, offset) in [(-1, 8), (0, 8), (0, 3), (-1, 0)] {
            let read = frombuffer(&buffer, DType::Int64, ByteOrder::Big, count, offset).unwrap();
            assert_eq!(read.size(), usize::from(offset == 0));
        }
    }
}
