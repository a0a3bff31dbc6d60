//! Walking over elements in row-major order, whatever their strides.

use super::layout::Layout;
use crate::{BufferError, BufferMut};

/// The starts of runs of elements at equal distances, in row-major order of the elements.
///
/// Axes that continue one another are one run, so a contiguous array is a single run of one stride.
#[derive(Clone, Debug)]
pub(super) struct Runs {
    /// Length and stride of the axes outside the runs.
    outer: Vec<(usize, isize)>,
    counter: Vec<usize>,
    next: Option<isize>,
    /// Elements per run.
    pub(super) len: usize,
    /// Bytes between the elements of a run.
    pub(super) stride: isize,
}

impl Runs {
    pub(super) fn new(layout: &Layout) -> Self {
        let mut axes: Vec<(usize, isize)> = Vec::with_capacity(layout.shape.len());
        for (&len, &stride) in layout.shape.iter().zip(&layout.strides) {
            if len == 1 {
                continue;
            }
            match axes.last_mut() {
                // The axis before takes up where this one ends. (A len over isize::MAX has no elements.)
                Some((outer_len, outer_stride))
                    if isize::try_from(len)
                        .ok()
                        .and_then(|len| stride.checked_mul(len))
                        == Some(*outer_stride)
                        && outer_len.checked_mul(len).is_some() =>
                {
                    *outer_len *= len;
                    *outer_stride = stride;
                }
                _ => axes.push((len, stride)),
            }
        }
        let (len, stride) = axes.pop().unwrap_or((1, 0));
        let empty = layout.shape.contains(&0);
        Self {
            counter: vec![0; axes.len()],
            outer: axes,
            next: (!empty).then_some(layout.offset.cast_signed()),
            len,
            stride,
        }
    }

    /// Length and stride of all axes that are left, the outermost first.
    pub(super) fn into_axes(self) -> (Vec<usize>, Vec<isize>) {
        let innermost = (self.len, self.stride);
        self.outer.into_iter().chain([innermost]).unzip()
    }

    /// The first byte of every element.
    pub(super) fn positions(self) -> impl Iterator<Item = usize> {
        let (len, stride) = (self.len, self.stride);
        self.flat_map(move |start| steps(start, stride).take(len))
    }
}

/// `start`, `start + stride`, … as byte positions; what is taken of it lies within a checked layout.
fn steps(start: isize, stride: isize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(start), move |at| Some(at.wrapping_add(stride)))
        .map(isize::cast_unsigned)
}

impl Iterator for Runs {
    type Item = isize;

    fn next(&mut self) -> Option<isize> {
        let current = self.next?;
        let mut position = current;
        self.next = None;
        for (count, (len, stride)) in self.counter.iter_mut().zip(&self.outer).rev() {
            *count += 1;
            position = position.wrapping_add(*stride);
            if *count < *len {
                self.next = Some(position);
                break;
            }
            // Back to the start of this axis. Wrapping is exact: each position that is given out is real.
            position = position.wrapping_sub(stride.wrapping_mul(len.cast_signed()));
            *count = 0;
        }
        Some(current)
    }
}

/// The error of a read that a checked layout makes impossible.
pub(super) fn outside(position: usize, itemsize: usize, len: usize) -> BufferError {
    BufferError::OutOfRange {
        start: position,
        end: position.saturating_add(itemsize),
        len,
    }
}

/// Appends all elements in row-major order.
///
/// # Errors
/// [`BufferError::OutOfRange`] when an element lies outside `bytes`, which a checked layout excludes.
pub(super) fn gather(
    out: &mut BufferMut,
    bytes: &[u8],
    layout: &Layout,
    itemsize: usize,
) -> Result<(), BufferError> {
    let runs = Runs::new(layout);
    if runs.stride == itemsize.cast_signed() || runs.len == 1 {
        let run_bytes = runs.len.saturating_mul(itemsize);
        for start in runs {
            let start = start.cast_unsigned();
            let run = start
                .checked_add(run_bytes)
                .and_then(|end| bytes.get(start..end))
                .ok_or_else(|| outside(start, run_bytes, bytes.len()))?;
            out.extend_from_slice(run);
        }
        return Ok(());
    }
    match itemsize {
        1 => gather_each::<1>(out, bytes, runs),
        2 => gather_each::<2>(out, bytes, runs),
        4 => gather_each::<4>(out, bytes, runs),
        8 => gather_each::<8>(out, bytes, runs),
        16 => gather_each::<16>(out, bytes, runs),
        _ => gather_each::<32>(out, bytes, runs),
    }
}

fn gather_each<const N: usize>(
    out: &mut BufferMut,
    bytes: &[u8],
    runs: Runs,
) -> Result<(), BufferError> {
    const BLOCK: usize = 128;
    let mut block = [[0_u8; N]; BLOCK];
    let (len, stride) = (runs.len, runs.stride);
    for start in runs {
        let mut positions = steps(start, stride).take(len);
        let mut left = len;
        while left > 0 {
            let (filled, _) = block.split_at_mut(left.min(BLOCK));
            for (slot, position) in filled.iter_mut().zip(&mut positions) {
                *slot = *bytes
                    .get(position..)
                    .and_then(<[u8]>::first_chunk)
                    .ok_or_else(|| outside(position, N, bytes.len()))?;
            }
            left -= filled.len();
            out.extend_from_slice(filled.as_flattened());
        }
    }
    Ok(())
}

/// Writes `source`, elements in row-major order, to where `layout` says; a source that ends early starts
/// over, so that one element fills all.
///
/// # Errors
/// [`BufferError::OutOfRange`] when an element lies outside `bytes`, which a checked layout excludes.
pub(super) fn scatter(
    bytes: &mut [u8],
    layout: &Layout,
    source: &[u8],
    itemsize: usize,
) -> Result<(), BufferError> {
    let len = bytes.len();
    let elements = source.chunks_exact(itemsize).cycle();
    for (position, element) in Runs::new(layout).positions().zip(elements) {
        position
            .checked_add(itemsize)
            .and_then(|end| bytes.get_mut(position..end))
            .ok_or_else(|| outside(position, itemsize, len))?
            .copy_from_slice(element);
    }
    Ok(())
}
