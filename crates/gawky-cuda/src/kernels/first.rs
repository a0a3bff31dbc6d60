//! The least, the greatest, and the first that is as is asked: numbers that are read back, which waits for them.

use gawky_buffer::Buffer;

use super::lengths::{NUMBER, as_long, numbers};
use super::moving::wides;
use super::program::Program;
use crate::{CudaDevice, CudaError};

/// The sign bit, which is turned over for numbers to be in the order of unsigned ones.
const SIGN: u64 = 1 << 63;

impl CudaDevice {
    pub(super) fn extremes(
        &self,
        values: &Buffer,
        flags: Option<&Buffer>,
    ) -> Result<Option<(i64, i64)>, CudaError> {
        let count = numbers(values)?;
        if let Some(flags) = flags {
            as_long(flags.len(), count)?;
        }
        if count == 0 {
            return Ok(None);
        }
        let values = self.aligned(values, NUMBER)?;
        let from = self.reading(&values)?;
        let chosen = flags.map(|flags| self.reading(flags)).transpose()?;
        let flags = chosen.as_ref().map_or(0, |flags| flags.pointer());
        let answer = self.words(&[u64::MAX, 0])?;
        let arguments = [from.pointer(), flags, count as u64, answer.pointer()];
        // SAFETY: there are so many values, and flags, if there are any; the answer is two numbers.
        unsafe { self.launch(Program::First, "bounds", count as u64, &arguments)? };
        drop((from, chosen));
        match *self.read_words(answer)? {
            [least, greatest, ..] if least <= greatest => Ok(Some((
                (least ^ SIGN).cast_signed(),
                (greatest ^ SIGN).cast_signed(),
            ))),
            _ => Ok(None),
        }
    }

    pub(super) fn place_of_descent(&self, values: &Buffer) -> Result<Option<usize>, CudaError> {
        let count = numbers(values)?;
        let values = self.aligned(values, NUMBER)?;
        self.first_of("first_descent", &values, count, &[])
    }

    pub(super) fn place_outside(
        &self,
        values: &Buffer,
        lowest: i64,
        end: i64,
    ) -> Result<Option<usize>, CudaError> {
        let count = numbers(values)?;
        let values = self.aligned(values, NUMBER)?;
        let bounds = [lowest.cast_unsigned(), end.cast_unsigned()];
        self.first_of("first_outside", &values, count, &bounds)
    }

    pub(super) fn place_flagged(&self, flags: &Buffer) -> Result<Option<usize>, CudaError> {
        self.first_of("first_where", flags, flags.len(), &[wides(flags)])
    }

    /// A kernel of `first.cu`: what it says of `count` elements, with what else it is told.
    fn first_of(
        &self,
        kernel: &str,
        source: &Buffer,
        count: usize,
        told: &[u64],
    ) -> Result<Option<usize>, CudaError> {
        if count == 0 {
            return Ok(None);
        }
        let from = self.reading(source)?;
        let answer = self.words(&[u64::MAX])?;
        let mut arguments = vec![from.pointer(), count as u64];
        arguments.extend(told);
        arguments.push(answer.pointer());
        // SAFETY: the callers above have so many elements, aligned, and say what the kernel of that name is told; the
        // answer is one number.
        unsafe { self.launch(Program::First, kernel, count as u64, &arguments)? };
        drop(from);
        let place = self.read_words(answer)?.first().copied();
        Ok(place
            .and_then(|place| usize::try_from(place).ok())
            .filter(|place| *place < count))
    }
}
