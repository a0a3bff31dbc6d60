//! [`HostKernels`]: what kernels compute, on the host.

use std::borrow::Cow;

use super::{Kernels, StridedView};
use crate::cast::cast;
use crate::{Buffer, BufferError, BufferMut, ByteOrder, DType, Native, NdBuffer};

/// The same functions that a device's [`Kernels`] are, for bytes on the host.
///
/// They say what each kernel computes, are what a device is compared with, and stand in for one in tests. They are
/// written to be read, not to be fast: on the host, [`NdBuffer`] and arrays have ways of their own.
///
/// ```
/// use gawky_buffer::{Buffer, HostKernels, Kernels};
/// let offsets = HostKernels.offsets(&Buffer::from_vec(vec![2_i64, 0, 1]))?;
/// assert_eq!(*offsets.typed::<i64>()?, [0, 2, 2, 3]);
/// let rows = HostKernels.list_rows(&Buffer::from_vec(vec![10_i64, 99, 4]), &offsets, 3)?;
/// assert_eq!(*rows.typed::<i64>()?, [10, 11, 4]);
/// # Ok::<(), gawky_buffer::BufferError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct HostKernels;

impl Kernels for HostKernels {
    fn fill(&self, element: &[u8], count: usize) -> Result<Buffer, BufferError> {
        if !matches!(element.len(), 1 | 2 | 4 | 8 | 16 | 32) {
            return Err(BufferError::NotComputed {
                place: "the host's kernels".to_owned(),
                what: format!("fill memory with elements of {} bytes", element.len()),
                instead: "use 1, 2, 4, 8, 16 or 32",
            });
        }
        let total = product(element.len(), count)?;
        let mut out = BufferMut::try_with_capacity(total)?;
        for _ in 0..count {
            out.extend_from_slice(element);
        }
        Ok(out.freeze())
    }

    fn concatenate(&self, pieces: &[Buffer]) -> Result<Buffer, BufferError> {
        let lengths = pieces.iter().map(Buffer::len);
        let total = lengths.fold(0_usize, usize::saturating_add);
        let mut out = BufferMut::try_with_capacity(total)?;
        for piece in pieces {
            out.extend_from_slice(piece.bytes()?);
        }
        Ok(out.freeze())
    }

    fn gather_strided(
        &self,
        source: &Buffer,
        view: &StridedView<'_>,
    ) -> Result<Buffer, BufferError> {
        let bytes = source.bytes()?;
        let total = view.bytes()?;
        let mut out = BufferMut::try_with_capacity(total)?;
        // Elements without bytes are none.
        for element in 0..total.checked_div(view.itemsize).unwrap_or(0) {
            let (mut left, mut position) = (element, view.offset.cast_signed());
            for (length, stride) in view.shape.iter().zip(view.strides).rev() {
                position =
                    position.wrapping_add((left % length).cast_signed().wrapping_mul(*stride));
                left /= length;
            }
            let start = position.cast_unsigned();
            let end = start.saturating_add(view.itemsize);
            let outside = BufferError::OutOfRange {
                start,
                end,
                len: bytes.len(),
            };
            out.extend_from_slice(bytes.get(start..end).ok_or(outside)?);
        }
        Ok(out.freeze())
    }

    fn byte_swapped(&self, source: &Buffer, dtype: DType) -> Result<Buffer, BufferError> {
        let bytes = source.bytes()?;
        whole(bytes.len(), dtype.itemsize())?;
        let mut out = BufferMut::try_with_capacity(bytes.len())?;
        for part in bytes.chunks(dtype.partsize()) {
            let reversed: Vec<u8> = part.iter().rev().copied().collect();
            out.extend_from_slice(&reversed);
        }
        Ok(out.freeze())
    }

    fn cast(&self, source: &Buffer, from: DType, to: DType) -> Result<Buffer, BufferError> {
        let bytes = source.bytes()?;
        whole(bytes.len(), from.itemsize())?;
        cast(bytes, from, to)
    }

    fn all_equal(
        &self,
        a: &Buffer,
        b: &Buffer,
        dtype: DType,
        equal_nan: bool,
    ) -> Result<bool, BufferError> {
        whole(a.len(), dtype.itemsize())?;
        as_long(b.len(), a.len())?;
        let shape = [a.len() / dtype.itemsize()];
        let elements = |buffer: &Buffer| {
            NdBuffer::try_new(buffer.to_host()?, dtype, ByteOrder::NATIVE, &shape)
        };
        elements(a)?.all_equal(&elements(b)?, equal_nan)
    }

    fn gather(
        &self,
        source: &Buffer,
        row_bytes: usize,
        rows: &Buffer,
    ) -> Result<Buffer, BufferError> {
        let (bytes, rows) = (source.bytes()?, integers(rows)?);
        let total = product(rows.len(), row_bytes)?;
        let mut out = BufferMut::try_with_capacity(total)?;
        let mut missing = reserved(row_bytes.min(total))?;
        missing.resize(row_bytes.min(total), 0xff);
        for row in &*rows {
            let start = usize::try_from(*row)
                .ok()
                .and_then(|row| row.checked_mul(row_bytes));
            let own = start.and_then(|start| bytes.get(start..start.checked_add(row_bytes)?));
            out.extend_from_slice(own.unwrap_or(&missing));
        }
        Ok(out.freeze())
    }

    fn subtract(&self, minuend: &Buffer, subtrahend: &Buffer) -> Result<Buffer, BufferError> {
        let (minuend, subtrahend) = (integers(minuend)?, integers(subtrahend)?);
        as_long(subtrahend.len(), minuend.len())?;
        let pairs = minuend.iter().zip(&*subtrahend);
        collected(pairs.map(|(a, b)| a.wrapping_sub(*b)))
    }

    fn add(&self, values: &Buffer, number: i64) -> Result<Buffer, BufferError> {
        collected(
            integers(values)?
                .iter()
                .map(|value| value.wrapping_add(number)),
        )
    }

    fn offsets(&self, counts: &Buffer) -> Result<Buffer, BufferError> {
        let counts = integers(counts)?;
        let mut offsets = reserved(counts.len().saturating_add(1))?;
        let mut last = 0_i64;
        offsets.push(last);
        for count in &*counts {
            let next = last.checked_add((*count).max(0));
            last = next.ok_or_else(|| BufferError::OutOfMemory {
                what: "a list of more elements than int64 counts".to_owned(),
            })?;
            offsets.push(last);
        }
        Ok(offsets.into())
    }

    fn list_rows(
        &self,
        starts: &Buffer,
        offsets: &Buffer,
        length: usize,
    ) -> Result<Buffer, BufferError> {
        let (starts, offsets) = (integers(starts)?, integers(offsets)?);
        as_long(offsets.len(), starts.len().saturating_add(1))?;
        let mut rows = reserved(length)?;
        for (start, ends) in starts.iter().zip(offsets.windows(2)) {
            let [begin, end] = *ends else { continue };
            for within in 0..end.saturating_sub(begin) {
                // Never more than the caller has asked for, whatever the offsets say.
                if rows.len() == length {
                    break;
                }
                rows.push(start.wrapping_add(within));
            }
        }
        // Nor fewer.
        rows.resize(length, -1);
        Ok(rows.into())
    }

    fn regular_rows(&self, rows: &Buffer, size: usize) -> Result<Buffer, BufferError> {
        let rows = integers(rows)?;
        let total = product(rows.len(), size)?;
        let size = i64::try_from(size).map_err(|_| too_many(size))?;
        let mut elements = reserved(total)?;
        for row in &*rows {
            let first = row.wrapping_mul(size);
            elements.extend((0..size).map(|within| first.wrapping_add(within)));
        }
        Ok(elements.into())
    }

    fn counting(&self, first: i64, length: usize) -> Result<Buffer, BufferError> {
        let mut numbers = reserved(length)?;
        numbers.extend((0..length as u64).map(|number| first.wrapping_add_unsigned(number)));
        Ok(numbers.into())
    }

    fn bits_to_flags(
        &self,
        bits: &Buffer,
        first: usize,
        length: usize,
        lsb_order: bool,
    ) -> Result<Buffer, BufferError> {
        let bytes = bits.bytes()?;
        let needed = first.saturating_add(length).div_ceil(8);
        if bytes.len() < needed {
            return Err(BufferError::TooSmall {
                needed,
                len: bytes.len(),
            });
        }
        let flag = |bit: usize| {
            let byte = bytes.get(bit / 8).copied().unwrap_or(0);
            let shift = if lsb_order { bit % 8 } else { 7 - bit % 8 };
            byte >> shift & 1
        };
        collected((first..first + length).map(flag))
    }

    fn flags_to_bits(&self, flags: &Buffer, lsb_order: bool) -> Result<Buffer, BufferError> {
        let byte = |flags: &[u8]| {
            flags.iter().enumerate().fold(0_u8, |byte, (place, flag)| {
                let shift = if lsb_order { place } else { 7 - place };
                byte | u8::from(*flag != 0) << shift
            })
        };
        collected(flags.bytes()?.chunks(8).map(byte))
    }

    fn equals(&self, bytes: &Buffer, byte: u8) -> Result<Buffer, BufferError> {
        collected(bytes.bytes()?.iter().map(|other| u8::from(*other == byte)))
    }

    fn not_negative(&self, values: &Buffer) -> Result<Buffer, BufferError> {
        collected(integers(values)?.iter().map(|value| u8::from(*value >= 0)))
    }

    fn rows_where(&self, flags: &Buffer) -> Result<Buffer, BufferError> {
        let flags = flags.bytes()?;
        let mut rows = reserved(flags.iter().filter(|flag| **flag != 0).count())?;
        rows.extend(
            (0_i64..)
                .zip(flags)
                .filter(|(_, flag)| **flag != 0)
                .map(|(row, _)| row),
        );
        Ok(rows.into())
    }

    fn numbers_where(&self, flags: &Buffer) -> Result<Buffer, BufferError> {
        let mut next = 0..;
        let mut number = |flag: &u8| if *flag == 0 { Some(-1) } else { next.next() };
        collected(
            flags
                .bytes()?
                .iter()
                .map(|flag| number(flag).unwrap_or(i64::MAX)),
        )
    }

    fn choose(&self, flags: &Buffer, yes: &Buffer, no: &Buffer) -> Result<Buffer, BufferError> {
        let (flags, yes, no) = (flags.bytes()?, integers(yes)?, integers(no)?);
        as_long(yes.len(), flags.len())?;
        as_long(no.len(), flags.len())?;
        let pairs = yes.iter().zip(&*no);
        collected(
            flags
                .iter()
                .zip(pairs)
                .map(|(flag, (yes, no))| if *flag != 0 { *yes } else { *no }),
        )
    }

    fn bounds(
        &self,
        values: &Buffer,
        flags: Option<&Buffer>,
    ) -> Result<Option<(i64, i64)>, BufferError> {
        let values = integers(values)?;
        let flags = flags.map(Buffer::bytes).transpose()?;
        if let Some(flags) = flags {
            as_long(flags.len(), values.len())?;
        }
        let counts = |place: usize| {
            flags.is_none_or(|flags| flags.get(place).is_some_and(|flag| *flag != 0))
        };
        let counted = values
            .iter()
            .enumerate()
            .filter(|(place, _)| counts(*place));
        Ok(counted.fold(None, |bounds, (_, value)| {
            let (least, greatest) = bounds.unwrap_or((*value, *value));
            Some((least.min(*value), greatest.max(*value)))
        }))
    }

    fn first_descent(&self, values: &Buffer) -> Result<Option<usize>, BufferError> {
        let values = integers(values)?;
        let mut pairs = values.windows(2);
        Ok(pairs
            .position(|pair| matches!(pair, [before, after] if after < before))
            .map(|at| at + 1))
    }

    fn first_outside(
        &self,
        values: &Buffer,
        lowest: i64,
        end: i64,
    ) -> Result<Option<usize>, BufferError> {
        Ok(integers(values)?
            .iter()
            .position(|value| !(lowest..end).contains(value)))
    }

    fn first_where(&self, flags: &Buffer) -> Result<Option<usize>, BufferError> {
        Ok(flags.bytes()?.iter().position(|flag| *flag != 0))
    }

    fn less(&self, a: &Buffer, b: &Buffer) -> Result<Buffer, BufferError> {
        let (a, b) = (integers(a)?, integers(b)?);
        as_long(b.len(), a.len())?;
        collected(a.iter().zip(&*b).map(|(a, b)| u8::from(a < b)))
    }
}

fn integers(buffer: &Buffer) -> Result<Cow<'_, [i64]>, BufferError> {
    buffer.typed::<i64>()
}

fn too_many(elements: usize) -> BufferError {
    BufferError::OutOfMemory {
        what: format!("a buffer of {elements} elements"),
    }
}

fn product(a: usize, b: usize) -> Result<usize, BufferError> {
    a.checked_mul(b).ok_or_else(|| too_many(a.max(b)))
}

fn reserved<T>(elements: usize) -> Result<Vec<T>, BufferError> {
    let mut room = Vec::new();
    room.try_reserve_exact(elements)
        .map_err(|_| too_many(elements))?;
    Ok(room)
}

fn collected<T: Native>(values: impl Iterator<Item = T>) -> Result<Buffer, BufferError> {
    let mut out = reserved(values.size_hint().0)?;
    out.extend(values);
    Ok(Buffer::from_vec(out))
}

/// That `len` bytes are a whole number of elements.
fn whole(len: usize, itemsize: usize) -> Result<(), BufferError> {
    if len.is_multiple_of(itemsize) {
        return Ok(());
    }
    Err(BufferError::NotMultiple { len, itemsize })
}

/// That there are as many as are needed, of what is as long as something else.
fn as_long(len: usize, needed: usize) -> Result<(), BufferError> {
    if len >= needed {
        return Ok(());
    }
    Err(BufferError::TooSmall { needed, len })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn arguments_that_make_no_sense_are_errors() {
        let (nothing, rows) = (Buffer::empty(), Buffer::from_vec(vec![0_i64]));
        let none = HostKernels.gather(&nothing, usize::MAX, &nothing);
        assert!(none.unwrap().is_empty());
        let huge = HostKernels.gather(&nothing, usize::MAX, &rows);
        assert!(matches!(huge, Err(BufferError::OutOfMemory { .. })));
        let odd = HostKernels.fill(&[1, 2, 3], 1);
        assert!(matches!(odd, Err(BufferError::NotComputed { .. })));
        let view = |itemsize, shape| StridedView {
            itemsize,
            shape,
            strides: &[0],
            offset: 0,
        };
        let endless = HostKernels.gather_strided(&nothing, &view(0, &[usize::MAX]));
        assert!(endless.unwrap().is_empty());
        let strideless = HostKernels.gather_strided(&rows, &view(1, &[2, 2]));
        assert!(matches!(strideless, Err(BufferError::Shape { .. })));
    }
}
