//! Indices and slices with steps, as Python's.

use std::ops::{Range, RangeFrom, RangeFull, RangeTo};

use super::NdBuffer;
use super::layout::Layout;
use crate::BufferError;

/// What is taken of one axis.
///
/// ```
/// use gawky_buffer::{Pick, Slice};
/// assert_eq!(Pick::from(1..3), Pick::Slice(Slice::new(Some(1), Some(3), 1)));
/// assert_eq!(Pick::from(-1), Pick::At(-1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// One element; negative counts from the end. The axis disappears.
    At(isize),
    /// Some elements. The axis stays.
    Slice(Slice),
}

/// Python's `start:stop:step`: negative numbers count from the end, and what is past an end is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The first element taken; by default the first, or with a negative step the last, that there is.
    pub start: Option<isize>,
    /// The first not taken any more; by default one past the end that the step leads to.
    pub stop: Option<isize>,
    /// From one to the next; not zero.
    pub step: isize,
}

impl Slice {
    /// All of an axis.
    pub const FULL: Self = Self::new(None, None, 1);

    /// `start:stop:step`
    #[must_use]
    pub const fn new(start: Option<isize>, stop: Option<isize>, step: isize) -> Self {
        Self { start, stop, step }
    }

    /// `::step`; `-1` turns an axis around.
    #[must_use]
    pub const fn every(step: isize) -> Self {
        Self::new(None, None, step)
    }

    /// The first index and how many are taken of an axis of `len`; `None` for a step of zero.
    fn of(self, len: isize) -> Option<(isize, usize)> {
        let forwards = self.step > 0;
        // Where an index may lie: between the ends, and one past the end that the step leads to.
        let (low, high) = if forwards { (0, len) } else { (-1, len - 1) };
        let place = |index: isize| {
            let index = if index < 0 {
                index.saturating_add(len)
            } else {
                index
            };
            index.clamp(low, high)
        };
        let (first, last) = if forwards { (low, high) } else { (high, low) };
        let start = self.start.map_or(first, place);
        let stop = self.stop.map_or(last, place);
        let ahead = if forwards { start < stop } else { start > stop };
        let distance = start.abs_diff(stop);
        let taken = distance
            .checked_sub(1)
            .filter(|_| ahead)
            .map(|distance| Some(distance.checked_div(self.step.unsigned_abs())? + 1));
        match taken {
            _ if self.step == 0 => None,
            Some(taken) => Some((start, taken?)),
            None => Some((start, 0)),
        }
    }
}

impl From<isize> for Pick {
    fn from(index: isize) -> Self {
        Self::At(index)
    }
}

impl From<Slice> for Pick {
    fn from(slice: Slice) -> Self {
        Self::Slice(slice)
    }
}

impl From<RangeFull> for Pick {
    fn from(_: RangeFull) -> Self {
        Self::Slice(Slice::FULL)
    }
}

impl From<Range<isize>> for Pick {
    fn from(range: Range<isize>) -> Self {
        Self::Slice(Slice::new(Some(range.start), Some(range.end), 1))
    }
}

impl From<RangeFrom<isize>> for Pick {
    fn from(range: RangeFrom<isize>) -> Self {
        Self::Slice(Slice::new(Some(range.start), None, 1))
    }
}

impl From<RangeTo<isize>> for Pick {
    fn from(range: RangeTo<isize>) -> Self {
        Self::Slice(Slice::new(None, Some(range.end), 1))
    }
}

impl Layout {
    /// One pick per axis; axes without one are taken whole.
    ///
    /// # Errors
    /// [`BufferError::Axis`] for more picks than axes, [`BufferError::Index`] and [`BufferError::ZeroStep`].
    pub(super) fn pick(&self, picks: &[Pick]) -> Result<Self, BufferError> {
        if picks.len() > self.shape.len() {
            return Err(BufferError::Axis {
                axis: self.shape.len(),
                ndim: self.shape.len(),
                reason: ": there are more picks than axes",
            });
        }
        let whole = std::iter::repeat(&Pick::Slice(Slice::FULL));
        let axes = self.shape.iter().zip(&self.strides);
        let mut shape = Vec::with_capacity(self.shape.len());
        let mut strides = Vec::with_capacity(self.shape.len());
        let mut offset = self.offset.cast_signed();
        for (axis, ((&len, &stride), pick)) in axes.zip(picks.iter().chain(whole)).enumerate() {
            // No axis is longer: see `layout::count`.
            let signed_len = isize::try_from(len).unwrap_or(isize::MAX);
            let start = match *pick {
                Pick::At(index) => {
                    let from_start = if index < 0 { index + signed_len } else { index };
                    if !(0..signed_len).contains(&from_start) {
                        return Err(BufferError::Index { index, axis, len });
                    }
                    from_start
                }
                Pick::Slice(slice) => {
                    let (start, taken) =
                        slice.of(signed_len).ok_or(BufferError::ZeroStep { axis })?;
                    shape.push(taken);
                    // The product matters, and fits, only where there is a second element.
                    strides.push(stride.checked_mul(slice.step).unwrap_or(stride));
                    if taken > 0 { start } else { 0 }
                }
            };
            // Exact wherever there are elements, since each of them lies within the buffer.
            offset = offset.wrapping_add(start.wrapping_mul(stride));
        }
        Ok(Self {
            // Without elements the offset means nothing, and stays where it was.
            offset: if shape.contains(&0) {
                self.offset
            } else {
                offset.cast_unsigned()
            },
            shape,
            strides,
        })
    }
}

impl NdBuffer {
    /// A part of this array, without a copy: one [`Pick`] per axis; axes without one are taken whole.
    ///
    /// ```
    /// use gawky_buffer::{NdBuffer, Pick, Slice};
    /// let row = NdBuffer::from_vec((0..10_u8).collect(), &[10])?;
    /// let evens_backwards = row.slice(&[Slice::every(-2).into()])?;
    /// assert_eq!(*evens_backwards.typed::<u8>()?, [9, 7, 5, 3, 1]);
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::Axis`] for more picks than axes, [`BufferError::Index`] for an index past the end
    /// (slices are cut off there), and [`BufferError::ZeroStep`].
    pub fn slice(&self, picks: &[Pick]) -> Result<Self, BufferError> {
        Ok(self.with_layout(self.layout.pick(picks)?))
    }
}
