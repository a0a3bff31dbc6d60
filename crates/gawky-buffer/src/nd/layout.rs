//! Where the elements of an n-dimensional view lie: arithmetic without bytes.

use crate::{BufferError, DType};

/// Which axis varies fastest in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MemoryOrder {
    /// The last axis: row-major, NumPy's `C`.
    #[default]
    C,
    /// The first axis: column-major, NumPy's `F`.
    F,
}

/// Elements along each axis, bytes between them, and the byte of the first.
///
/// What is here has been checked: no element reaches outside the buffer that it was checked against, and
/// the elements, were each there once, would fit in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) shape: Vec<usize>,
    pub(super) strides: Vec<isize>,
    pub(super) offset: usize,
}

/// How many elements there are.
///
/// # Errors
/// [`BufferError::OutOfMemory`] when no address space would hold them.
pub(super) fn count(shape: &[usize], dtype: DType) -> Result<usize, BufferError> {
    let too_many = || BufferError::OutOfMemory {
        what: format!("{shape:?} of {dtype}"),
    };
    if shape.iter().any(|len| isize::try_from(*len).is_err()) {
        return Err(too_many());
    }
    if shape.contains(&0) {
        return Ok(0);
    }
    let elements = shape
        .iter()
        .try_fold(1_usize, |product, len| product.checked_mul(*len))
        .ok_or_else(too_many)?;
    elements
        .checked_mul(dtype.itemsize())
        .filter(|bytes| isize::try_from(*bytes).is_ok())
        .ok_or_else(too_many)?;
    Ok(elements)
}

/// Strides of elements without gaps. Those of shapes without elements mean nothing, and may be saturated.
pub(super) fn contiguous_strides(
    shape: &[usize],
    itemsize: usize,
    order: MemoryOrder,
) -> Vec<isize> {
    let mut strides = vec![0; shape.len()];
    let mut stride = itemsize.cast_signed();
    let mut place = |(slot, len): (&mut isize, &usize)| {
        *slot = stride;
        stride = stride.saturating_mul(isize::try_from(*len).unwrap_or(isize::MAX).max(1));
    };
    match order {
        MemoryOrder::C => strides.iter_mut().zip(shape).rev().for_each(&mut place),
        MemoryOrder::F => strides.iter_mut().zip(shape).for_each(&mut place),
    }
    strides
}

impl Layout {
    /// Elements without gaps from byte `offset` on. The caller has checked the shape with [`count`].
    pub(super) fn contiguous(shape: &[usize], itemsize: usize, order: MemoryOrder) -> Self {
        Self {
            shape: shape.to_vec(),
            strides: contiguous_strides(shape, itemsize, order),
            offset: 0,
        }
    }

    /// Any strides, checked against a buffer of `len` bytes.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`] when the elements are too many, [`BufferError::OffsetPastEnd`] when the
    /// offset is, [`BufferError::Shape`] when there is not one stride per axis, and
    /// [`BufferError::StridesOutOfBounds`] when an element would lie outside.
    pub(super) fn checked(
        shape: &[usize],
        strides: &[isize],
        offset: usize,
        dtype: DType,
        len: usize,
    ) -> Result<Self, BufferError> {
        let elements = count(shape, dtype)?;
        if strides.len() != shape.len() {
            return Err(BufferError::Shape {
                from: shape.to_vec(),
                to: format!("a view with strides {strides:?}"),
                reason: "there must be one stride for each axis",
            });
        }
        if offset > len {
            return Err(BufferError::OffsetPastEnd { offset, len });
        }
        let layout = Self {
            shape: shape.to_vec(),
            strides: strides.to_vec(),
            offset,
        };
        if elements > 0 && !layout.lies_within(dtype.itemsize(), len) {
            return Err(BufferError::StridesOutOfBounds {
                shape: layout.shape,
                strides: layout.strides,
                offset,
                len,
            });
        }
        Ok(layout)
    }

    /// Whether all elements, of which there are some, lie within `len` bytes.
    fn lies_within(&self, itemsize: usize, len: usize) -> bool {
        match self.extent(itemsize) {
            Some((_, end)) => end <= len,
            None => false,
        }
    }

    /// The first byte of any element, and one past the last; `None` when that is no range of bytes.
    pub(super) fn extent(&self, itemsize: usize) -> Option<(usize, usize)> {
        // Signed 128-bit sums of products of 64-bit numbers: they cannot overflow for any number of axes
        // that fits in memory.
        let (mut low, mut high) = (0_i128, 0_i128);
        for (len, stride) in self.shape.iter().zip(&self.strides) {
            let reach =
                i128::try_from(len.saturating_sub(1)).ok()? * i128::try_from(*stride).ok()?;
            let bound = if reach < 0 { &mut low } else { &mut high };
            *bound = bound.checked_add(reach)?;
        }
        let offset = i128::try_from(self.offset).ok()?;
        let end = high
            .checked_add(offset)?
            .checked_add(i128::try_from(itemsize).ok()?)?;
        Some((
            usize::try_from(low.checked_add(offset)?).ok()?,
            usize::try_from(end).ok()?,
        ))
    }

    pub(super) fn elements(&self) -> usize {
        // Without elements the other lengths may be anything, and their product may overflow.
        if self.shape.contains(&0) {
            return 0;
        }
        self.shape.iter().product()
    }

    /// Whether the elements lie without gaps in `order`; axes of length 1 may have any stride.
    pub(super) fn is_contiguous(&self, itemsize: usize, order: MemoryOrder) -> bool {
        if self.shape.contains(&0) {
            return true;
        }
        contiguous_strides(&self.shape, itemsize, order)
            .iter()
            .zip(&self.strides)
            .zip(&self.shape)
            .all(|((wanted, have), len)| wanted == have || *len == 1)
    }
}
