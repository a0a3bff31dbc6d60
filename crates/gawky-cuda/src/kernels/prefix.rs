//! What depends on all that comes before: offsets, rows of lists, rows whose flag is true.

use gawky_buffer::{Buffer, BufferError};

use super::lengths::{NUMBER, as_long, numbers, product};
use super::modules::BLOCK;
use super::program::Program;
use crate::memory::CudaBufferMut;
use crate::{CudaDevice, CudaError};

/// How many numbers a block adds up, or writes rows of: `TILE` in `scan.cu` and `lists.cu`.
const TILE: u64 = BLOCK * 8;

/// How many flags: `TILE` in `flagged.cu`.
const TILE_OF_FLAGS: u64 = BLOCK * 16;

/// What is summed up, by the names of `scan.cu`.
#[derive(Clone, Copy)]
enum Summed {
    Sums = 0,
    Counts = 1,
    Differences = 2,
}

impl CudaDevice {
    pub(super) fn offsets_of(&self, counts: &Buffer) -> Result<Buffer, CudaError> {
        let count = numbers(counts)?;
        if count == 0 {
            return self.filled(&[0; NUMBER], 1);
        }
        let counts = self.aligned(counts, NUMBER)?;
        let from = self.reading(&counts)?;
        let offsets = self.scanned(from.pointer(), count, Summed::Counts)?;
        drop(from);
        let offsets = offsets.freeze()?;
        self.last(&offsets)?;
        Ok(offsets)
    }

    /// The last of some sums.
    ///
    /// # Errors
    /// [`BufferError::OutOfMemory`] when it is more than `i64` holds, which shows as the number after the greatest.
    fn last(&self, sums: &Buffer) -> Result<usize, CudaError> {
        let last = sums
            .slice(sums.len().saturating_sub(NUMBER)..sums.len())?
            .to_host()?;
        let last = last.typed::<i64>()?.first().copied().unwrap_or(0);
        Ok(usize::try_from(last).map_err(|_| BufferError::OutOfMemory {
            what: "a list of more elements than int64 counts".to_owned(),
        })?)
    }

    /// Sums of all numbers before each, from 0, and of all at the end. For differences there is one number more.
    fn scanned(&self, from: u64, count: usize, summed: Summed) -> Result<CudaBufferMut, CudaError> {
        let out = self.allocate(product(count.saturating_add(1), NUMBER)?)?;
        let (count, kind) = (count as u64, summed as u64);
        let tiles = count.div_ceil(TILE);
        let before = if tiles > 1 {
            let many = usize::try_from(tiles).unwrap_or(usize::MAX);
            let sums = self.allocate(product(many, NUMBER)?)?;
            let arguments = [from, count, kind, sums.pointer(), tiles];
            // SAFETY: the callers have so many numbers, or one more, and there is room for a sum of each tile.
            unsafe { self.launch(Program::Scan, "tile_sums", tiles * BLOCK, &arguments)? };
            // Each tile makes one of very many: this ends soon.
            Some(self.scanned(sums.pointer(), many, Summed::Sums)?)
        } else {
            None
        };
        let before = before.as_ref().map_or(0, CudaBufferMut::pointer);
        let arguments = [from, count, kind, before, out.pointer(), tiles];
        // SAFETY: likewise; there is room for one sum more than there are numbers.
        unsafe { self.launch(Program::Scan, "scan", tiles * BLOCK, &arguments)? };
        Ok(out)
    }

    pub(super) fn rows_of(
        &self,
        starts: &Buffer,
        offsets: &Buffer,
        length: usize,
    ) -> Result<Buffer, CudaError> {
        let lists = numbers(starts)?;
        as_long(numbers(offsets)?, lists.saturating_add(1))?;
        let bytes = product(length, NUMBER)?;
        if lists == 0 || length == 0 {
            return self.filled(&[0xff; NUMBER], length);
        }
        let (starts, offsets) = (
            self.aligned(starts, NUMBER)?,
            self.aligned(offsets, NUMBER)?,
        );
        let (starts, offsets) = (self.reading(&starts)?, self.reading(&offsets)?);
        // Offsets of our own, which begin at 0 and never descend, whatever those that are given do.
        let own = self.scanned(offsets.pointer(), lists, Summed::Differences)?;
        let out = self.allocate(bytes)?;
        let (lists, length) = (lists as u64, length as u64);
        let tiles = length.div_ceil(TILE);
        let arguments = [
            starts.pointer(),
            own.pointer(),
            lists,
            out.pointer(),
            length,
            tiles,
        ];
        // SAFETY: there are so many starts, one offset more, and there is room for so many rows.
        unsafe { self.launch(Program::Lists, "list_rows", tiles * BLOCK, &arguments)? };
        drop((starts, offsets));
        out.freeze()
    }

    /// How many flags are true before each tile, and in all.
    fn flags_before(
        &self,
        flags: u64,
        count: usize,
        tiles: u64,
    ) -> Result<CudaBufferMut, CudaError> {
        let many = usize::try_from(tiles).unwrap_or(usize::MAX);
        let sums = self.allocate(product(many, NUMBER)?)?;
        let arguments = [flags, count as u64, sums.pointer(), tiles];
        // SAFETY: the callers have so many flags, and there is room for a sum of each tile.
        unsafe { self.launch(Program::Flagged, "flag_sums", tiles * BLOCK, &arguments)? };
        self.scanned(sums.pointer(), many, Summed::Sums)
    }

    pub(super) fn rows_flagged(&self, flags: &Buffer) -> Result<Buffer, CudaError> {
        if flags.is_empty() {
            return self.nothing();
        }
        let from = self.reading(flags)?;
        let tiles = (flags.len() as u64).div_ceil(TILE_OF_FLAGS);
        let before = self.flags_before(from.pointer(), flags.len(), tiles)?;
        let at = before.pointer();
        let before = before.freeze()?;
        let room = self.last(&before)?;
        if room == 0 {
            return self.nothing();
        }
        let out = self.allocate(product(room, NUMBER)?)?;
        let arguments = [
            from.pointer(),
            flags.len() as u64,
            at,
            out.pointer(),
            tiles,
            room as u64,
        ];
        // SAFETY: there are so many flags and tiles, and no more rows are written than there is room for.
        unsafe { self.launch(Program::Flagged, "rows_where", tiles * BLOCK, &arguments)? };
        drop((from, before));
        out.freeze()
    }

    pub(super) fn numbers_flagged(&self, flags: &Buffer) -> Result<Buffer, CudaError> {
        if flags.is_empty() {
            return self.nothing();
        }
        let from = self.reading(flags)?;
        let tiles = (flags.len() as u64).div_ceil(TILE_OF_FLAGS);
        let before = self.flags_before(from.pointer(), flags.len(), tiles)?;
        let out = self.allocate(product(flags.len(), NUMBER)?)?;
        let arguments = [
            from.pointer(),
            flags.len() as u64,
            before.pointer(),
            out.pointer(),
            tiles,
        ];
        // SAFETY: there are so many flags and tiles, and there is room for a number of each flag.
        unsafe { self.launch(Program::Flagged, "numbers_where", tiles * BLOCK, &arguments)? };
        drop((from, before));
        out.freeze()
    }

    /// Words that a kernel has answered with. This waits for it.
    pub(super) fn read_words(&self, answer: CudaBufferMut) -> Result<Vec<u64>, CudaError> {
        Ok(answer.freeze()?.to_host()?.typed::<u64>()?.into_owned())
    }
}
