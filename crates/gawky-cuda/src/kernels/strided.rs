//! [`Strided`]: a strided view in as few axes and as wide units as it can be moved in.

use std::ops::Range;

use gawky_buffer::{Buffer, BufferError, StridedView};

use super::program::Unit;

/// A strided view with elements, of which axes that go on where the one within them ends are one axis, and what lies
/// without gaps along the innermost is moved in units as wide as all addresses are multiples of.
#[derive(Debug)]
pub(super) struct Strided {
    offset: usize,
    bytes: usize,
    unit: Unit,
    /// Length and stride, in bytes; the innermost is the last, of single bytes.
    axes: Vec<(usize, isize)>,
}

impl Strided {
    /// `None` where there are no elements.
    ///
    /// # Errors
    /// [`BufferError::OutOfRange`] where the view leaves the source, and those of [`StridedView::bytes`].
    pub(super) fn of(view: &StridedView<'_>, source: &Buffer) -> Result<Option<Self>, BufferError> {
        let bytes = view.bytes()?;
        if bytes == 0 {
            return Ok(None);
        }
        let given = view.shape.iter().copied().zip(view.strides.iter().copied());
        check(view, given.clone(), source.len())?;
        let mut axes: Vec<(usize, isize)> = Vec::new();
        for (length, stride) in given
            .filter(|(length, _)| *length > 1)
            .chain([(view.itemsize, 1)])
        {
            match axes.last_mut() {
                Some((outer, step)) if goes_on(*step, length, stride) => {
                    *outer *= length;
                    *step = stride;
                }
                _ => axes.push((length, stride)),
            }
        }
        let strides = axes
            .iter()
            .rev()
            .skip(1)
            .map(|(_, stride)| stride.unsigned_abs());
        let innermost = axes.last().map_or(1, |(length, _)| *length);
        let address = source.address().wrapping_add(view.offset);
        let numbers = strides.chain([innermost, address]).map(|n| n as u64);
        Ok(Some(Self {
            offset: view.offset,
            bytes,
            unit: Unit::dividing(numbers),
            axes,
        }))
    }

    /// The bytes that the view is, where it has no gaps.
    pub(super) fn contiguous(&self) -> Option<Range<usize>> {
        (self.axes.len() == 1).then(|| self.offset..self.offset.saturating_add(self.bytes))
    }

    /// The byte at which the first element starts.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// How many bytes all elements have.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn unit(&self) -> Unit {
        self.unit
    }

    pub(super) fn units(&self) -> u64 {
        (self.bytes / self.unit.bytes()) as u64
    }

    pub(super) fn rank(&self) -> usize {
        self.in_units().count()
    }

    /// The lengths, then the strides, in units.
    pub(super) fn axes(&self) -> Vec<u64> {
        let lengths = self.in_units().map(|(length, _)| length as u64);
        let strides = self
            .in_units()
            .map(|(_, stride)| (stride as i64).cast_unsigned());
        lengths.chain(strides).collect()
    }

    /// Axes in units. An innermost one of a single unit is none.
    fn in_units(&self) -> impl Iterator<Item = (usize, isize)> {
        let unit = self.unit.bytes();
        let innermost = self.axes.len() - 1;
        let of_units = self
            .axes
            .iter()
            .enumerate()
            .map(move |(place, (length, stride))| {
                if place == innermost {
                    (length / unit, 1)
                } else {
                    (*length, stride / unit.cast_signed())
                }
            });
        of_units
            .enumerate()
            .filter_map(move |(place, axis)| (place < innermost || axis.0 > 1).then_some(axis))
    }
}

/// Whether steps of `outer` follow an axis of that length and stride without a gap.
fn goes_on(outer: isize, length: usize, stride: isize) -> bool {
    let length = isize::try_from(length).ok();
    length.and_then(|length| length.checked_mul(stride)) == Some(outer)
}

/// That all elements lie within `len` bytes: it has been proved, but a kernel that is wrong about it takes the whole
/// device along.
fn check(
    view: &StridedView<'_>,
    axes: impl Iterator<Item = (usize, isize)>,
    len: usize,
) -> Result<(), BufferError> {
    let (mut first, mut last) = (view.offset as i128, view.offset as i128);
    for (length, stride) in axes {
        let reach = (length as i128 - 1).saturating_mul(stride as i128);
        first = first.saturating_add(reach.min(0));
        last = last.saturating_add(reach.max(0));
    }
    let end = last.saturating_add(view.itemsize as i128);
    if first >= 0 && end <= len as i128 {
        return Ok(());
    }
    Err(BufferError::OutOfRange {
        start: usize::try_from(first).unwrap_or(usize::MAX),
        end: usize::try_from(end).unwrap_or(usize::MAX),
        len,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strided(
        itemsize: usize,
        shape: &[usize],
        strides: &[isize],
        offset: usize,
    ) -> Option<Strided> {
        // Aligned as memory on a device is.
        let source = gawky_buffer::BufferMut::zeroed(512).freeze();
        let view = StridedView {
            itemsize,
            shape,
            strides,
            offset,
        };
        Strided::of(&view, &source).ok().flatten()
    }

    fn known(view: Option<Strided>) -> Option<(usize, usize, Vec<u64>)> {
        view.map(|view| (view.unit().bytes(), view.rank(), view.axes()))
    }

    #[test]
    fn what_has_no_gaps_is_one_run() {
        let whole = strided(8, &[2, 3, 4], &[96, 32, 8], 16);
        assert_eq!(whole.and_then(|view| view.contiguous()), Some(16..16 + 192));
    }

    #[test]
    fn axes_that_go_on_are_one() {
        // Every other row, and within each of them three axes without a gap.
        let rows = strided(4, &[2, 1, 4, 2], &[64, 7, 8, 4], 0);
        assert_eq!(known(rows), Some((16, 2, vec![2, 2, 4, 1])));
        let backwards = strided(8, &[4, 3], &[-24, -8], 96);
        let minus_one = (-1_i64).cast_unsigned();
        assert_eq!(known(backwards), Some((8, 1, vec![12, minus_one])));
    }

    #[test]
    fn units_divide_every_address() {
        let odd = strided(4, &[3], &[9], 0);
        assert_eq!(known(odd), Some((1, 2, vec![3, 4, 9, 1])));
        let long = strided(32, &[3], &[96], 32);
        assert_eq!(long.map(|view| view.unit().bytes()), Some(16));
        let still = strided(2, &[5], &[0], 2);
        assert_eq!(known(still), Some((2, 1, vec![5, 0])));
    }

    #[test]
    fn what_leaves_the_source_is_refused() {
        let source = Buffer::from_vec(vec![0_u8; 10]);
        let mut view = StridedView {
            itemsize: 2,
            shape: &[2, 2],
            strides: &[4, -4],
            offset: 4,
        };
        assert!(Strided::of(&view, &source).is_ok());
        view.offset = 3;
        assert!(Strided::of(&view, &source).is_err());
        view.offset = 5;
        assert!(Strided::of(&view, &source).is_err());
    }
}
