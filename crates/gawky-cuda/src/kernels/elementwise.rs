//! Numbers, flags and bits, each made of one or a few.

use gawky_buffer::Buffer;

use super::lengths::{NUMBER, as_long, numbers, product, too_many};
use super::moving::wides;
use super::program::Program;
use crate::{CudaDevice, CudaError};

impl CudaDevice {
    pub(super) fn differences(&self, a: &Buffer, b: &Buffer) -> Result<Buffer, CudaError> {
        let count = numbers(a)?;
        as_long(numbers(b)?, count)?;
        self.numbers_of("subtract", &[(a, NUMBER), (b, NUMBER)], None, count, NUMBER)
    }

    pub(super) fn sums(&self, values: &Buffer, number: i64) -> Result<Buffer, CudaError> {
        let number = Some(number.cast_unsigned());
        self.numbers_of("add", &[(values, NUMBER)], number, numbers(values)?, NUMBER)
    }

    pub(super) fn chosen(
        &self,
        flags: &Buffer,
        yes: &Buffer,
        no: &Buffer,
    ) -> Result<Buffer, CudaError> {
        as_long(numbers(yes)?, flags.len())?;
        as_long(numbers(no)?, flags.len())?;
        let inputs = [(flags, 1), (yes, NUMBER), (no, NUMBER)];
        self.numbers_of("choose", &inputs, None, flags.len(), NUMBER)
    }

    pub(super) fn lesser(&self, a: &Buffer, b: &Buffer) -> Result<Buffer, CudaError> {
        let count = numbers(a)?;
        as_long(numbers(b)?, count)?;
        self.numbers_of("less", &[(a, NUMBER), (b, NUMBER)], None, count, 1)
    }

    pub(super) fn not_less_than_zero(&self, values: &Buffer) -> Result<Buffer, CudaError> {
        self.numbers_of(
            "not_negative",
            &[(values, NUMBER)],
            None,
            numbers(values)?,
            1,
        )
    }

    pub(super) fn counted(&self, first: i64, length: usize) -> Result<Buffer, CudaError> {
        self.numbers_of("counting", &[], Some(first.cast_unsigned()), length, NUMBER)
    }

    pub(super) fn rows_of_lists(&self, lists: &Buffer, size: usize) -> Result<Buffer, CudaError> {
        let count = product(numbers(lists)?, size)?;
        let stays = i64::try_from(size).map_err(|_| too_many(size))?;
        self.numbers_of(
            "regular_rows",
            &[(lists, NUMBER)],
            Some(stays.cast_unsigned()),
            count,
            NUMBER,
        )
    }

    /// A kernel of `numbers.cu`: from `inputs`, each long enough and with the alignment that it needs, and perhaps a
    /// number, it makes `count` elements of so many bytes.
    fn numbers_of(
        &self,
        kernel: &str,
        inputs: &[(&Buffer, usize)],
        number: Option<u64>,
        count: usize,
        itemsize: usize,
    ) -> Result<Buffer, CudaError> {
        if count == 0 {
            return self.nothing();
        }
        let mut aligned = Vec::with_capacity(inputs.len());
        for (input, alignment) in inputs {
            aligned.push(self.aligned(input, *alignment)?);
        }
        let mut readings = Vec::with_capacity(inputs.len());
        for input in &aligned {
            readings.push(self.reading(input)?);
        }
        let out = self.allocate(product(count, itemsize)?)?;
        let mut arguments: Vec<u64> = readings.iter().map(|reading| reading.pointer()).collect();
        arguments.extend(number);
        arguments.extend([out.pointer(), count as u64]);
        // SAFETY: the callers above have seen that the inputs are as long as the kernel of that name takes them to be,
        // and that it has a number or none; the result has room for what it makes.
        unsafe { self.launch(Program::Numbers, kernel, count as u64, &arguments)? };
        drop(readings);
        out.freeze()
    }

    pub(super) fn equal_bytes(&self, bytes: &Buffer, byte: u8) -> Result<Buffer, CudaError> {
        if bytes.is_empty() {
            return self.nothing();
        }
        let from = self.reading(bytes)?;
        let out = self.allocate(bytes.len())?;
        let (length, wides) = (bytes.len() as u64, wides(bytes));
        let arguments = [
            from.pointer(),
            u64::from(byte),
            out.pointer(),
            length,
            wides,
        ];
        let threads = wides.max(length - wides * 16);
        // SAFETY: both have so many bytes, aligned for 16 where `wides` are.
        unsafe { self.launch(Program::Masks, "equals", threads, &arguments)? };
        drop(from);
        out.freeze()
    }

    pub(super) fn flags_of_bits(
        &self,
        bits: &Buffer,
        first: usize,
        length: usize,
        lsb_order: bool,
    ) -> Result<Buffer, CudaError> {
        let needed = first.saturating_add(length).div_ceil(8);
        as_long(bits.len(), needed)?;
        if length == 0 {
            return self.nothing();
        }
        let from = self.reading(bits)?;
        let out = self.allocate(length)?;
        let (first, length) = (first as u64, length as u64);
        let arguments = [
            from.pointer(),
            first,
            length,
            u64::from(lsb_order),
            out.pointer(),
        ];
        // SAFETY: there are as many bits, and there is room for as many flags.
        unsafe {
            self.launch(
                Program::Masks,
                "bits_to_flags",
                length / 16 + 16,
                &arguments,
            )?
        };
        drop(from);
        out.freeze()
    }

    pub(super) fn bits_of_flags(
        &self,
        flags: &Buffer,
        lsb_order: bool,
    ) -> Result<Buffer, CudaError> {
        if flags.is_empty() {
            return self.nothing();
        }
        let from = self.reading(flags)?;
        let bytes = flags.len().div_ceil(8);
        let out = self.allocate(bytes)?;
        let (length, wides) = (flags.len() as u64, wides(flags));
        let arguments = [
            from.pointer(),
            length,
            u64::from(lsb_order),
            out.pointer(),
            wides,
        ];
        let threads = wides.max(bytes as u64 - wides * 2);
        // SAFETY: there are so many flags, aligned for 16 where `wides` are, and there is room for their bits.
        unsafe { self.launch(Program::Masks, "flags_to_bits", threads, &arguments)? };
        drop(from);
        out.freeze()
    }
}
