//! [`FakeKernels`]: the kernels of a device that is none.

use std::sync::{Arc, Weak};

use gawky_buffer::{
    Alignment, Buffer, BufferError, DType, HostKernels, Kernels, Place, StridedView,
};

use super::{FakeBytes, FakeDevice};

/// What [`HostKernels`] compute, on bytes that one [`FakeDevice`] keeps.
///
/// It is as strict as a real device: bytes that lie elsewhere, and elements at addresses that are not aligned for
/// them, are refused.
#[derive(Debug)]
pub(super) struct FakeKernels(pub(super) Weak<FakeDevice>);

impl FakeKernels {
    fn device(&self) -> Result<Arc<FakeDevice>, BufferError> {
        let gone = || BufferError::Device {
            place: "a fake device".to_owned(),
            message: "the device was dropped".to_owned(),
        };
        self.0.upgrade().ok_or_else(gone)
    }

    /// Bytes that are moved as they are, whatever their address.
    fn moved(&self, buffer: &Buffer) -> Result<Buffer, BufferError> {
        let device = self.device()?;
        let refused = |message| BufferError::Device {
            place: device.name.clone(),
            message,
        };
        let place = buffer.place();
        if place != Place::Device(Arc::<FakeDevice>::clone(&device)) {
            return Err(refused(format!(
                "its kernels were handed {} bytes that are on {place}",
                buffer.len()
            )));
        }
        let kept = FakeBytes::of(buffer);
        kept.ok_or_else(|| {
            refused("its kernels were handed bytes that it does not keep".to_owned())
        })
    }

    /// Elements, which must be aligned.
    fn elements(&self, buffer: &Buffer, bytes: usize) -> Result<Buffer, BufferError> {
        let kept = self.moved(buffer)?;
        let aligned = Alignment::try_new(bytes)?;
        if !kept.is_empty() && !kept.alignment().satisfies(aligned) {
            return Err(BufferError::Device {
                place: self.device()?.name.clone(),
                message: format!(
                    "its kernels were handed elements that are not aligned to {bytes} bytes"
                ),
            });
        }
        Ok(kept)
    }

    fn integers(&self, buffer: &Buffer) -> Result<Buffer, BufferError> {
        self.elements(buffer, 8)
    }

    fn keep(&self, made: Buffer) -> Result<Buffer, BufferError> {
        Ok(FakeBytes::buffer(made, self.device()?))
    }
}

impl Kernels for FakeKernels {
    fn fill(&self, element: &[u8], count: usize) -> Result<Buffer, BufferError> {
        self.keep(HostKernels.fill(element, count)?)
    }

    fn concatenate(&self, pieces: &[Buffer]) -> Result<Buffer, BufferError> {
        let pieces: Vec<_> = pieces
            .iter()
            .map(|piece| self.moved(piece))
            .collect::<Result<_, _>>()?;
        self.keep(HostKernels.concatenate(&pieces)?)
    }

    fn gather_strided(
        &self,
        source: &Buffer,
        view: &StridedView<'_>,
    ) -> Result<Buffer, BufferError> {
        self.keep(HostKernels.gather_strided(&self.moved(source)?, view)?)
    }

    fn byte_swapped(&self, source: &Buffer, dtype: DType) -> Result<Buffer, BufferError> {
        self.keep(HostKernels.byte_swapped(&self.moved(source)?, dtype)?)
    }

    fn cast(&self, source: &Buffer, from: DType, to: DType) -> Result<Buffer, BufferError> {
        let source = self.elements(source, from.alignment())?;
        self.keep(HostKernels.cast(&source, from, to)?)
    }

    fn all_equal(
        &self,
        a: &Buffer,
        b: &Buffer,
        dtype: DType,
        equal_nan: bool,
    ) -> Result<bool, BufferError> {
        let elements = |buffer| self.elements(buffer, dtype.alignment());
        HostKernels.all_equal(&elements(a)?, &elements(b)?, dtype, equal_nan)
    }

    fn gather(
        &self,
        source: &Buffer,
        row_bytes: usize,
        rows: &Buffer,
    ) -> Result<Buffer, BufferError> {
        let (source, rows) = (self.moved(source)?, self.integers(rows)?);
        self.keep(HostKernels.gather(&source, row_bytes, &rows)?)
    }

    fn subtract(&self, minuend: &Buffer, subtrahend: &Buffer) -> Result<Buffer, BufferError> {
        let (minuend, subtrahend) = (self.integers(minuend)?, self.integers(subtrahend)?);
        self.keep(HostKernels.subtract(&minuend, &subtrahend)?)
    }

    fn add(&self, values: &Buffer, number: i64) -> Result<Buffer, BufferError> {
        self.keep(HostKernels.add(&self.integers(values)?, number)?)
    }

    fn offsets(&self, counts: &Buffer) -> Result<Buffer, BufferError> {
        self.keep(HostKernels.offsets(&self.integers(counts)?)?)
    }

    fn list_rows(
        &self,
        starts: &Buffer,
        offsets: &Buffer,
        length: usize,
    ) -> Result<Buffer, BufferError> {
        let (starts, offsets) = (self.integers(starts)?, self.integers(offsets)?);
        self.keep(HostKernels.list_rows(&starts, &offsets, length)?)
    }

    fn regular_rows(&self, rows: &Buffer, size: usize) -> Result<Buffer, BufferError> {
        self.keep(HostKernels.regular_rows(&self.integers(rows)?, size)?)
    }

    fn counting(&self, first: i64, length: usize) -> Result<Buffer, BufferError> {
        self.keep(HostKernels.counting(first, length)?)
    }

    fn bits_to_flags(
        &self,
        bits: &Buffer,
        first: usize,
        length: usize,
        lsb_order: bool,
    ) -> Result<Buffer, BufferError> {
        let bits = self.moved(bits)?;
        self.keep(HostKernels.bits_to_flags(&bits, first, length, lsb_order)?)
    }

    fn flags_to_bits(&self, flags: &Buffer, lsb_order: bool) -> Result<Buffer, BufferError> {
        self.keep(HostKernels.flags_to_bits(&self.moved(flags)?, lsb_order)?)
    }

    fn equals(&self, bytes: &Buffer, byte: u8) -> Result<Buffer, BufferError> {
        self.keep(HostKernels.equals(&self.moved(bytes)?, byte)?)
    }

    fn not_negative(&self, values: &Buffer) -> Result<Buffer, BufferError> {
        self.keep(HostKernels.not_negative(&self.integers(values)?)?)
    }

    fn rows_where(&self, flags: &Buffer) -> Result<Buffer, BufferError> {
        self.keep(HostKernels.rows_where(&self.moved(flags)?)?)
    }

    fn numbers_where(&self, flags: &Buffer) -> Result<Buffer, BufferError> {
        self.keep(HostKernels.numbers_where(&self.moved(flags)?)?)
    }

    fn choose(&self, flags: &Buffer, yes: &Buffer, no: &Buffer) -> Result<Buffer, BufferError> {
        let (flags, yes, no) = (self.moved(flags)?, self.integers(yes)?, self.integers(no)?);
        self.keep(HostKernels.choose(&flags, &yes, &no)?)
    }

    fn bounds(
        &self,
        values: &Buffer,
        flags: Option<&Buffer>,
    ) -> Result<Option<(i64, i64)>, BufferError> {
        let flags = flags.map(|flags| self.moved(flags)).transpose()?;
        HostKernels.bounds(&self.integers(values)?, flags.as_ref())
    }

    fn first_descent(&self, values: &Buffer) -> Result<Option<usize>, BufferError> {
        HostKernels.first_descent(&self.integers(values)?)
    }

    fn first_outside(
        &self,
        values: &Buffer,
        lowest: i64,
        end: i64,
    ) -> Result<Option<usize>, BufferError> {
        HostKernels.first_outside(&self.integers(values)?, lowest, end)
    }

    fn first_where(&self, flags: &Buffer) -> Result<Option<usize>, BufferError> {
        HostKernels.first_where(&self.moved(flags)?)
    }

    fn less(&self, a: &Buffer, b: &Buffer) -> Result<Buffer, BufferError> {
        self.keep(HostKernels.less(&self.integers(a)?, &self.integers(b)?)?)
    }
}
