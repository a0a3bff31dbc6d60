//! What is done with whole buffers wherever they lie.

use crate::{Alignment, Buffer, BufferError, BufferMut, DType, Place};

impl Buffer {
    /// These bytes at `place`: this buffer itself if it is there, else one transfer, or two from one device to another,
    /// by way of the host. Many buffers travel together with [`Place::receive`].
    ///
    /// # Errors
    /// [`BufferError::Device`] when a device fails.
    pub fn to_place(&self, place: &Place) -> Result<Self, BufferError> {
        let arrived = place.receive(std::slice::from_ref(self))?;
        Ok(arrived.into_iter().next().unwrap_or_else(|| self.clone()))
    }

    /// This buffer if its address already has `alignment` (or it is empty), else a copy that has, made where it lies.
    ///
    /// The flag tells whether it was copied. A device that only keeps bytes keeps them as they are.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`], and [`BufferError::Device`] when the device fails.
    pub fn aligned(&self, alignment: Alignment) -> Result<(Self, bool), BufferError> {
        if self.is_empty() || self.alignment().satisfies(alignment) {
            return Ok((self.clone(), false));
        }
        match self.place().kernels() {
            Ok(_) => Ok((Self::joined(std::slice::from_ref(self))?, true)),
            Err(_) => Ok((self.clone(), false)),
        }
    }

    /// The bytes of all `pieces`, one after the other, in new memory at the place where they all lie; one piece is
    /// itself, and none is [`empty`](Self::empty).
    ///
    /// ```
    /// use gawky_buffer::Buffer;
    /// let pieces = [Buffer::from_vec(vec![1_u8, 2]), Buffer::from_vec(vec![3_u8])];
    /// assert_eq!(Buffer::concatenate(&pieces)?.bytes()?, [1, 2, 3]);
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::TwoPlaces`] unless they all lie at one, [`BufferError::NotOnHost`] when that is a device that
    /// only keeps bytes, [`BufferError::OutOfMemory`], and [`BufferError::Device`] when the device fails.
    pub fn concatenate(pieces: &[Self]) -> Result<Self, BufferError> {
        match pieces {
            [] => Ok(Self::empty()),
            [piece] => Ok(piece.clone()),
            [first, others @ ..] => {
                others.iter().try_for_each(|other| first.beside(other))?;
                Self::joined(pieces)
            }
        }
    }

    /// All `pieces`, which lie at one place, in new memory there.
    fn joined(pieces: &[Self]) -> Result<Self, BufferError> {
        let place = pieces.first().map(Self::place).unwrap_or_default();
        if let Some(kernels) = place.kernels()? {
            return kernels.concatenate(pieces);
        }
        let lengths = pieces.iter().map(Self::len);
        let total = lengths.fold(0_usize, usize::saturating_add);
        let mut out = BufferMut::try_with_capacity(total)?;
        for piece in pieces {
            out.extend_from_slice(piece.bytes()?);
        }
        Ok(out.freeze())
    }

    /// Whether both hold the same bytes, at the place where both lie: `==` looks at bytes on the host only, and takes
    /// two buffers on a device for equal when they are the same memory.
    ///
    /// ```
    /// use gawky_buffer::Buffer;
    /// let same = Buffer::copied_from(&[1, 2]).same_bytes(&Buffer::from_vec(vec![1_u8, 2]))?;
    /// assert!(same);
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::TwoPlaces`] unless both lie at one, whatever they hold (zarr takes them for different),
    /// [`BufferError::NotOnHost`] when that is a device that only keeps bytes, and [`BufferError::Device`] when the
    /// device fails.
    pub fn same_bytes(&self, other: &Self) -> Result<bool, BufferError> {
        self.beside(other)?;
        if self.len() != other.len() {
            return Ok(false);
        }
        match self.place().kernels()? {
            None => Ok(self.bytes()? == other.bytes()?),
            Some(kernels) => kernels.all_equal(self, other, DType::UInt8, false),
        }
    }

    /// That both lie at one place.
    pub(crate) fn beside(&self, other: &Self) -> Result<(), BufferError> {
        let (place, other) = (self.place(), other.place());
        if place == other {
            return Ok(());
        }
        Err(BufferError::TwoPlaces {
            place: place.to_string(),
            other: other.to_string(),
        })
    }
}
