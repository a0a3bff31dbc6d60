//! What a CUDA device computes: [`Kernels`] for [`CudaDevice`].
//!
//! | file | what is there |
//! |---|---|
//! | `program`, `compile`, `modules` | sources with their element types, compiled by NVRTC, kept and launched |
//! | `moving`, `strided` | fill, concatenate, byte swap, strided views, rows by number |
//! | `casting` | elements of another dtype, and compared |
//! | `elementwise` | numbers, flags and bits made of one or a few |
//! | `prefix` | what depends on all that comes before: offsets, rows of lists and of flags |
//! | `first` | the least, the greatest, the first that is as is asked |
//! | `lengths` | what is asked of lengths before |
//!
//! The kernels themselves are CUDA C, in the folder `kernels`. All is sent to the device's stream, in new memory, and
//! nothing waits but for what the host must know: `all_equal`, `bounds`, the `first_` ones, dates of another unit (whether
//! they fit), `offsets` (whether the last fits) and `rows_where` (how many there are).

mod casting;
mod compile;
mod elementwise;
mod first;
mod lengths;
mod modules;
mod moving;
mod prefix;
mod program;
mod strided;

use gawky_buffer::{Buffer, BufferError, DType, Device, Kernels, StridedView};

use crate::{CudaDevice, CudaError};

pub(crate) use modules::Modules;

impl CudaDevice {
    fn at_home<T>(&self, result: Result<T, CudaError>) -> Result<T, BufferError> {
        result.map_err(|error| error.at(self.name()))
    }
}

impl Kernels for CudaDevice {
    fn fill(&self, element: &[u8], count: usize) -> Result<Buffer, BufferError> {
        self.at_home(self.filled(element, count))
    }

    fn concatenate(&self, pieces: &[Buffer]) -> Result<Buffer, BufferError> {
        self.at_home(self.concatenated(pieces))
    }

    fn gather_strided(
        &self,
        source: &Buffer,
        view: &StridedView<'_>,
    ) -> Result<Buffer, BufferError> {
        self.at_home(self.gathered_view(source, view))
    }

    fn byte_swapped(&self, source: &Buffer, dtype: DType) -> Result<Buffer, BufferError> {
        self.at_home(self.swapped(source, dtype))
    }

    fn cast(&self, source: &Buffer, from: DType, to: DType) -> Result<Buffer, BufferError> {
        self.at_home(self.converted(source, from, to))
    }

    fn all_equal(
        &self,
        a: &Buffer,
        b: &Buffer,
        dtype: DType,
        equal_nan: bool,
    ) -> Result<bool, BufferError> {
        self.at_home(self.are_equal(a, b, dtype, equal_nan))
    }

    fn gather(
        &self,
        source: &Buffer,
        row_bytes: usize,
        rows: &Buffer,
    ) -> Result<Buffer, BufferError> {
        self.at_home(self.gathered_rows(source, row_bytes, rows))
    }

    fn subtract(&self, minuend: &Buffer, subtrahend: &Buffer) -> Result<Buffer, BufferError> {
        self.at_home(self.differences(minuend, subtrahend))
    }

    fn add(&self, values: &Buffer, number: i64) -> Result<Buffer, BufferError> {
        self.at_home(self.sums(values, number))
    }

    fn offsets(&self, counts: &Buffer) -> Result<Buffer, BufferError> {
        self.at_home(self.offsets_of(counts))
    }

    fn list_rows(
        &self,
        starts: &Buffer,
        offsets: &Buffer,
        length: usize,
    ) -> Result<Buffer, BufferError> {
        self.at_home(self.rows_of(starts, offsets, length))
    }

    fn regular_rows(&self, rows: &Buffer, size: usize) -> Result<Buffer, BufferError> {
        self.at_home(self.rows_of_lists(rows, size))
    }

    fn counting(&self, first: i64, length: usize) -> Result<Buffer, BufferError> {
        self.at_home(self.counted(first, length))
    }

    fn bits_to_flags(
        &self,
        bits: &Buffer,
        first: usize,
        length: usize,
        lsb_order: bool,
    ) -> Result<Buffer, BufferError> {
        self.at_home(self.flags_of_bits(bits, first, length, lsb_order))
    }

    fn flags_to_bits(&self, flags: &Buffer, lsb_order: bool) -> Result<Buffer, BufferError> {
        self.at_home(self.bits_of_flags(flags, lsb_order))
    }

    fn equals(&self, bytes: &Buffer, byte: u8) -> Result<Buffer, BufferError> {
        self.at_home(self.equal_bytes(bytes, byte))
    }

    fn not_negative(&self, values: &Buffer) -> Result<Buffer, BufferError> {
        self.at_home(self.not_less_than_zero(values))
    }

    fn rows_where(&self, flags: &Buffer) -> Result<Buffer, BufferError> {
        self.at_home(self.rows_flagged(flags))
    }

    fn numbers_where(&self, flags: &Buffer) -> Result<Buffer, BufferError> {
        self.at_home(self.numbers_flagged(flags))
    }

    fn choose(&self, flags: &Buffer, yes: &Buffer, no: &Buffer) -> Result<Buffer, BufferError> {
        self.at_home(self.chosen(flags, yes, no))
    }

    fn bounds(
        &self,
        values: &Buffer,
        flags: Option<&Buffer>,
    ) -> Result<Option<(i64, i64)>, BufferError> {
        self.at_home(self.extremes(values, flags))
    }

    fn first_descent(&self, values: &Buffer) -> Result<Option<usize>, BufferError> {
        self.at_home(self.place_of_descent(values))
    }

    fn first_outside(
        &self,
        values: &Buffer,
        lowest: i64,
        end: i64,
    ) -> Result<Option<usize>, BufferError> {
        self.at_home(self.place_outside(values, lowest, end))
    }

    fn first_where(&self, flags: &Buffer) -> Result<Option<usize>, BufferError> {
        self.at_home(self.place_flagged(flags))
    }

    fn less(&self, a: &Buffer, b: &Buffer) -> Result<Buffer, BufferError> {
        self.at_home(self.lesser(a, b))
    }
}
