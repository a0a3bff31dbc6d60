//! Bytes that are moved and not looked at: filled, copied, swapped, gathered.

use std::borrow::Cow;

use cudarc::driver::result;
use gawky_buffer::{Buffer, BufferError, DType, StridedView};

use super::lengths::{elements, numbers, product};
use super::program::{Program, Unit};
use super::strided::Strided;
use crate::memory::CudaBufferMut;
use crate::{CudaDevice, CudaError};

/// Bytes that `fill.cu` repeats.
const PERIOD: usize = 32;

impl CudaDevice {
    pub(super) fn filled(&self, element: &[u8], count: usize) -> Result<Buffer, CudaError> {
        if !matches!(element.len(), 1 | 2 | 4 | 8 | 16 | PERIOD) {
            return Err(CudaError::Buffer(BufferError::NotComputed {
                place: self.place().to_string(),
                what: format!("fill memory with elements of {} bytes", element.len()),
                instead: "use 1, 2, 4, 8, 16 or 32",
            }));
        }
        let length = product(element.len(), count)?;
        if length == 0 {
            return self.nothing();
        }
        let mut period = [0_u64; PERIOD / 8];
        let mut bytes = element.iter().cycle();
        for word in &mut period {
            let mut of_word = [0; 8];
            for byte in &mut of_word {
                *byte = bytes.next().copied().unwrap_or_default();
            }
            *word = u64::from_ne_bytes(of_word);
        }
        let out = self.allocate(length)?;
        self.fill_with(out.pointer(), length, period)?;
        out.freeze()
    }

    /// New memory that begins with these words.
    pub(super) fn words(&self, words: &[u64]) -> Result<CudaBufferMut, CudaError> {
        let (periods, _) = words.as_chunks();
        let rest = words
            .get(periods.len() * (PERIOD / 8)..)
            .unwrap_or_default();
        let mut last = [0; PERIOD / 8];
        for (place, word) in last.iter_mut().zip(rest) {
            *place = *word;
        }
        let all = periods
            .iter()
            .copied()
            .chain((!rest.is_empty()).then_some(last));
        let out = self.allocate(words.len().next_multiple_of(PERIOD / 8) * 8)?;
        for (at, period) in (out.pointer()..).step_by(PERIOD).zip(all) {
            self.fill_with(at, PERIOD, period)?;
        }
        Ok(out)
    }

    /// Writes a period again and again, from a multiple of 16 on to `length` bytes of memory that is being written.
    fn fill_with(
        &self,
        out: u64,
        length: usize,
        period: [u64; PERIOD / 8],
    ) -> Result<(), CudaError> {
        let [a, b, c, d] = period;
        let arguments = [out, length as u64, a, b, c, d];
        // SAFETY: there are `length` bytes, aligned for 16, and nobody else has them.
        unsafe { self.launch(Program::Fill, "fill", length as u64 / 16 + 16, &arguments) }
    }

    /// All pieces, one after the other, in new memory.
    pub(super) fn concatenated(&self, pieces: &[Buffer]) -> Result<Buffer, CudaError> {
        let lengths = pieces.iter().map(Buffer::len);
        let out = self.allocate(lengths.fold(0, usize::saturating_add))?;
        let mut at = out.pointer();
        self.bind()?;
        for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
            let from = self.reading(piece)?;
            // SAFETY: the result has room for all pieces; this one has as many bytes as it says, and is kept until
            // after the copy has been sent to the stream, in the order of which it is freed.
            let sent = unsafe {
                result::memcpy_dtod_async(
                    at,
                    from.pointer(),
                    piece.len(),
                    self.stream().cu_stream(),
                )
            };
            sent.map_err(|error| CudaError::of_call("cuMemcpyDtoDAsync", error))?;
            at += piece.len() as u64;
        }
        out.freeze()
    }

    /// The buffer itself where it is aligned, else a copy that is: kernels cannot read what is not.
    pub(super) fn aligned<'a>(
        &self,
        buffer: &'a Buffer,
        alignment: usize,
    ) -> Result<Cow<'a, Buffer>, CudaError> {
        if buffer.address().is_multiple_of(alignment) {
            return Ok(Cow::Borrowed(buffer));
        }
        Ok(Cow::Owned(self.concatenated(std::slice::from_ref(buffer))?))
    }

    pub(super) fn swapped(&self, source: &Buffer, dtype: DType) -> Result<Buffer, CudaError> {
        elements(source, dtype.itemsize())?;
        let partsize = dtype.partsize();
        let parts = elements(source, partsize)?;
        if parts == 0 || partsize == 1 {
            return self.concatenated(std::slice::from_ref(source));
        }
        let unit = Unit::dividing([partsize as u64]);
        let source = self.aligned(source, partsize)?;
        let from = self.reading(&source)?;
        let out = self.allocate(source.len())?;
        let wides = wides(&source);
        let threads = wides.max(parts as u64 - wides * 16 / partsize as u64);
        let arguments = [from.pointer(), out.pointer(), parts as u64, wides];
        // SAFETY: both have so many parts, aligned for one, and for 16 bytes where `wides` are.
        unsafe { self.launch(Program::Swap(unit), "swap", threads, &arguments)? };
        drop(from);
        out.freeze()
    }

    pub(super) fn gathered_view(
        &self,
        source: &Buffer,
        view: &StridedView<'_>,
    ) -> Result<Buffer, CudaError> {
        let Some(strided) = Strided::of(view, source)? else {
            return self.nothing();
        };
        if let Some(range) = strided.contiguous() {
            return self.concatenated(&[source.slice(range)?]);
        }
        let from = self.reading(source)?;
        let axes = self.words(&strided.axes())?;
        let out = self.allocate(strided.bytes())?;
        let units = strided.units();
        let arguments = [
            from.pointer() + strided.offset() as u64,
            axes.pointer(),
            strided.rank() as u64,
            out.pointer(),
            units,
        ];
        // SAFETY: the view lies within the source, which has been proved; the unit divides all addresses; the axes are
        // as many as is said, and are freed in the order of the stream; the result has so many units.
        unsafe {
            self.launch(
                Program::Strided(strided.unit()),
                "gather_strided",
                units,
                &arguments,
            )?;
        }
        drop(from);
        out.freeze()
    }

    pub(super) fn gathered_rows(
        &self,
        source: &Buffer,
        row_bytes: usize,
        rows: &Buffer,
    ) -> Result<Buffer, CudaError> {
        let wanted = numbers(rows)?;
        let length = product(wanted, row_bytes)?;
        if length == 0 {
            return self.nothing();
        }
        let rows = self.aligned(rows, 8)?;
        let (from, numbers) = (self.reading(source)?, self.reading(&rows)?);
        let out = self.allocate(length)?;
        let unit = Unit::dividing([from.pointer(), row_bytes as u64]);
        let width = (row_bytes / unit.bytes()) as u64;
        let there = (source.len() / row_bytes) as u64;
        let (wanted, threads) = (wanted as u64, wanted as u64 * width);
        let addresses = [
            from.pointer(),
            there,
            numbers.pointer(),
            out.pointer(),
            wanted,
        ];
        let program = Program::Gather(unit);
        // SAFETY: there are as many rows, of both, as is said, the unit divides their size and address, and the result
        // has room for those that are wanted. Rows that are not there are not read.
        unsafe {
            if width == 1 {
                self.launch(program, "gather_units", threads, &addresses)?;
            } else {
                let [a, b, c, d, e] = addresses;
                self.launch(program, "gather_rows", threads, &[a, b, c, d, e, width])?;
            }
        }
        drop((from, numbers));
        out.freeze()
    }
}

/// How many times 16 bytes can be read in one go: none where the first is not aligned for it.
pub(super) fn wides(buffer: &Buffer) -> u64 {
    if buffer.address().is_multiple_of(16) {
        buffer.len() as u64 / 16
    } else {
        0
    }
}
