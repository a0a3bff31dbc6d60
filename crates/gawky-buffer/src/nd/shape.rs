//! The same elements in another shape.

use super::NdBuffer;
use super::layout::{self, Layout, MemoryOrder, contiguous_strides};
use crate::BufferError;

impl NdBuffer {
    /// The same elements, in row-major order, in another shape; a length of -1 is inferred.
    ///
    /// It is a view whenever strides can say it, else a copy.
    ///
    /// ```
    /// use gawky_buffer::NdBuffer;
    /// let table = NdBuffer::zeros(gawky_buffer::DType::Int8, &[4, 6])?;
    /// assert_eq!(table.reshape(&[2, -1, 3])?.shape(), [2, 4, 3]);
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::Shape`] when the numbers of elements differ or more than one length is negative; and, if
    /// it must be copied, as [`to_buffer`](Self::to_buffer).
    pub fn reshape(&self, shape: &[isize]) -> Result<Self, BufferError> {
        let shape = self.inferred(shape)?;
        let itemsize = self.dtype.itemsize();
        if let Some(strides) = self.layout.strides_of(&shape, itemsize) {
            return Ok(self.with_layout(Layout {
                shape,
                strides,
                offset: self.layout.offset,
            }));
        }
        Self::try_new(
            self.to_buffer(self.byteorder)?,
            self.dtype,
            self.byteorder,
            &shape,
        )
    }

    /// The shape asked, with all its lengths.
    fn inferred(&self, shape: &[isize]) -> Result<Vec<usize>, BufferError> {
        let refused = |reason| BufferError::Shape {
            from: self.shape().to_vec(),
            to: format!("{shape:?}"),
            reason,
        };
        let unknown = shape.iter().filter(|len| **len < 0).count();
        if unknown > 1 || shape.iter().any(|len| *len < -1) {
            return Err(refused("at most one length may be -1, and none less"));
        }
        let mut lens: Vec<usize> = shape
            .iter()
            .map(|len| usize::try_from(*len).unwrap_or(1))
            .collect();
        let known = layout::count(&lens, self.dtype)?;
        if unknown == 1 {
            let missing = self.size().checked_div(known);
            let missing = missing.filter(|missing| missing * known == self.size());
            let missing = missing.ok_or_else(|| refused("no length in place of -1 fits"))?;
            for (len, asked) in lens.iter_mut().zip(shape) {
                if *asked < 0 {
                    *len = missing;
                }
            }
        } else if known != self.size() {
            return Err(refused("the numbers of elements differ"));
        }
        // With a zero inferred, other lengths are no longer bounded by the number of elements.
        layout::count(&lens, self.dtype)?;
        Ok(lens)
    }

    /// The axes in another order: axis `i` of the result is axis `axes[i]` of this one. A view.
    ///
    /// # Errors
    /// [`BufferError::Axis`] unless every axis is named exactly once.
    pub fn transpose(&self, axes: &[usize]) -> Result<Self, BufferError> {
        let ndim = self.ndim();
        let wrong = |axis, reason| BufferError::Axis { axis, ndim, reason };
        if axes.len() != ndim {
            return Err(wrong(axes.len(), ": each axis is to be named once"));
        }
        let mut named = vec![false; ndim];
        let mut shape = Vec::with_capacity(ndim);
        let mut strides = Vec::with_capacity(ndim);
        for &axis in axes {
            match (
                named.get_mut(axis),
                self.layout.shape.get(axis),
                self.layout.strides.get(axis),
            ) {
                (Some(named), Some(len), Some(stride)) if !*named => {
                    *named = true;
                    shape.push(*len);
                    strides.push(*stride);
                }
                (Some(_), ..) => return Err(wrong(axis, ": it is named twice")),
                _ => return Err(wrong(axis, "")),
            }
        }
        Ok(self.with_layout(Layout {
            shape,
            strides,
            offset: self.layout.offset,
        }))
    }

    /// The axes in reverse order: NumPy's `.T`. A view.
    #[must_use]
    pub fn t(&self) -> Self {
        let mut layout = self.layout.clone();
        layout.shape.reverse();
        layout.strides.reverse();
        self.with_layout(layout)
    }

    /// Without the axes of length 1. A view.
    #[must_use]
    pub fn squeeze(&self) -> Self {
        let axes = self.layout.shape.iter().zip(&self.layout.strides);
        let (shape, strides) = axes.filter(|(len, _)| **len != 1).unzip();
        self.with_layout(Layout {
            shape,
            strides,
            offset: self.layout.offset,
        })
    }

    /// Without one axis, whose length must be 1. A view.
    ///
    /// # Errors
    /// [`BufferError::Axis`] when there is no such axis or it has another length.
    pub fn squeeze_axis(&self, axis: usize) -> Result<Self, BufferError> {
        let reason = match self.layout.shape.get(axis) {
            Some(1) => {
                let mut layout = self.layout.clone();
                layout.shape.remove(axis);
                layout.strides.remove(axis);
                return Ok(self.with_layout(layout));
            }
            Some(_) => ": only an axis of length 1 can be left out",
            None => "",
        };
        Err(BufferError::Axis {
            axis,
            ndim: self.ndim(),
            reason,
        })
    }

    /// Any other shape and strides over the same buffer, from the same first element on. A view.
    ///
    /// # Errors
    /// As [`NdBuffer::strided`].
    pub fn as_strided(&self, shape: &[usize], strides: &[isize]) -> Result<Self, BufferError> {
        Self::strided(
            self.buffer.clone(),
            self.dtype,
            self.byteorder,
            shape,
            strides,
            self.layout.offset,
        )
    }
}

impl Layout {
    /// Strides that show the same elements in `shape`, which has as many; `None` when there are none.
    ///
    /// Axes of old and new are matched in groups of equal numbers of elements; within a group the old ones
    /// must continue one another, for the new ones to divide them as they like.
    fn strides_of(&self, shape: &[usize], itemsize: usize) -> Option<Vec<isize>> {
        if self.shape.contains(&0) {
            return Some(contiguous_strides(shape, itemsize, MemoryOrder::C));
        }
        let mut old = self
            .shape
            .iter()
            .zip(&self.strides)
            .filter(|(len, _)| **len != 1)
            .rev();
        let mut strides = vec![itemsize.cast_signed(); shape.len()];
        // What is left of the current group: elements, and the stride of the innermost of them.
        let (mut left, mut stride) = (1_usize, 0_isize);
        for (slot, &len) in strides.iter_mut().zip(shape).rev() {
            if len == 1 {
                continue;
            }
            if left == 1 {
                let (&next, &next_stride) = old.next()?;
                (left, stride) = (next, next_stride);
            }
            *slot = stride;
            // Take in further old axes until this new one divides what there is.
            while !left.is_multiple_of(len) {
                let (&next, &next_stride) = old.next()?;
                let end = stride.checked_mul(isize::try_from(left).ok()?)?;
                if next_stride != end {
                    return None;
                }
                left = left.checked_mul(next)?;
            }
            left /= len;
            stride = stride.checked_mul(isize::try_from(len).ok()?)?;
        }
        Some(strides)
    }
}
