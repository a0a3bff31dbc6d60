//! Reversing the bytes of every element.

use crate::{Buffer, BufferError, BufferMut, DType};

impl Buffer {
    /// These bytes in the other byte order: each part of [`DType::partsize`] bytes is reversed.
    ///
    /// One-byte dtypes have no order: the buffer itself comes back. Everything else is copied once, where it lies.
    ///
    /// ```
    /// use gawky_buffer::{Buffer, DType};
    /// let big = Buffer::copied_from(&[0, 0, 1, 2]).byte_swapped(DType::UInt16)?;
    /// assert_eq!(big.bytes()?, [0, 0, 2, 1]);
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::NotMultiple`] when the length is no multiple of the item size,
    /// [`BufferError::NotOnHost`] when the bytes live on a device that only keeps them,
    /// [`BufferError::OutOfMemory`], and [`BufferError::Device`] when the device fails.
    pub fn byte_swapped(&self, dtype: DType) -> Result<Self, BufferError> {
        if !self.len().is_multiple_of(dtype.itemsize()) {
            return Err(BufferError::NotMultiple {
                len: self.len(),
                itemsize: dtype.itemsize(),
            });
        }
        if dtype.partsize() == 1 {
            return Ok(self.clone());
        }
        if let Some(kernels) = self.place().kernels()? {
            return kernels.byte_swapped(self, dtype);
        }
        let source = self.bytes()?;
        let mut swapped = BufferMut::try_with_capacity(source.len())?;
        extend_swapped(&mut swapped, source, dtype.partsize());
        Ok(swapped.freeze())
    }
}

/// Appends `source` with every `partsize` bytes reversed.
///
/// Whole words are swapped, not bytes, so that the compiler uses vector shuffles.
fn extend_swapped(target: &mut BufferMut, source: &[u8], partsize: usize) {
    match partsize {
        2 => target.extend_converted(source.as_chunks().0, |part| {
            u16::from_ne_bytes(part).swap_bytes().to_ne_bytes()
        }),
        4 => target.extend_converted(source.as_chunks().0, |part| {
            u32::from_ne_bytes(part).swap_bytes().to_ne_bytes()
        }),
        8 => target.extend_converted(source.as_chunks().0, |part| {
            u64::from_ne_bytes(part).swap_bytes().to_ne_bytes()
        }),
        16 => target.extend_converted(source.as_chunks().0, |part| {
            u128::from_ne_bytes(part).swap_bytes().to_ne_bytes()
        }),
        _ => target.extend_from_slice(source),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::Complex;

    #[test]
    fn every_part_size_is_reversed_on_its_own() {
        let bytes: Vec<u8> = (0..64).collect();
        let buffer = Buffer::copied_from(&bytes);
        for dtype in DType::TIMELESS {
            let swapped = buffer.byte_swapped(dtype).unwrap();
            let expected: Vec<u8> = bytes
                .chunks(dtype.partsize())
                .flat_map(|part| part.iter().rev().copied())
                .collect();
            assert_eq!(swapped.bytes().unwrap(), expected, "{dtype}");
            assert_eq!(swapped.byte_swapped(dtype).unwrap(), buffer, "{dtype}");
        }
    }

    #[test]
    fn one_byte_dtypes_are_not_copied() {
        let buffer = Buffer::from_vec(vec![1_u8, 2, 3]);
        let same = buffer.byte_swapped(DType::Bool).unwrap();
        assert_eq!(same.address(), buffer.address());
    }

    #[test]
    fn a_big_endian_complex128_is_the_one_of_the_hard_cases() {
        let native = Buffer::from_vec(vec![Complex::new(1.0_f64, 2.0)]);
        let big = if cfg!(target_endian = "little") {
            native.byte_swapped(DType::Complex128).unwrap()
        } else {
            native
        };
        let mut expected = vec![0x3f, 0xf0, 0, 0, 0, 0, 0, 0];
        expected.extend([0x40, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(big.bytes().unwrap(), expected);
    }

    #[test]
    fn half_an_element_is_refused() {
        let error = Buffer::from_vec(vec![0_u8; 24])
            .byte_swapped(DType::Complex128)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "a buffer of 24 bytes is no whole number of 16-byte elements"
        );
    }
}
