//! What came, as nodes can take it: exactly the elements that are needed, native and aligned.

use gawky_buffer::{Alignment, Buffer, DType};
use gawky_form::BufferSpec;

use super::scattered::bytes_of;
use super::{Reading, early};
use crate::node::{Runs, as_rows, in_memory};
use crate::{ArrayError, Problem};

impl Reading<'_> {
    /// Makes of what came for a node's buffers exactly the elements that its rows need: native and aligned.
    pub(super) fn prepare(&mut self, node: usize) -> Result<(), ArrayError> {
        let (form, first) = (self.plan.form(node), self.plan.slot(node));
        for (slot, spec) in (first..).zip(&*form.buffers()) {
            self.prepare_slot(node, slot, spec)
                .map_err(|problem| self.at(node, Some(spec), problem))?;
        }
        Ok(())
    }

    /// Makes of what came for one buffer what is needed of it; mostly that is what came.
    fn prepare_slot(&mut self, node: usize, slot: usize, spec: &BufferSpec) -> Result<(), Problem> {
        let needed = match self.plan.rows(node) {
            Runs::One(rows) => {
                let range = self.byte_range(spec, rows)?;
                if let Some(blob) = self.early.take(slot) {
                    let piece = blob.map(|blob| early::piece(&blob, &range));
                    self.plan.put(slot, piece.transpose()?);
                }
                range.end - range.start
            }
            Runs::Many(runs) => match self.blocks.remove(&slot) {
                Some(blocks) => {
                    self.plan.put(slot, Some(blocks.gathered()?));
                    blocks.needed()
                }
                None => {
                    let ranges = self.byte_ranges(spec, runs)?;
                    if let Some(blob) = self.early.take(slot) {
                        let bytes = blob.map(|blob| early::gathered(&blob, &ranges));
                        self.plan.put(slot, bytes.transpose()?);
                    }
                    bytes_of(&ranges)
                }
            },
        };
        if let Some(raw) = self.plan.received(slot)
            && as_rows(raw.len()) == needed
            && (self.options.byteorder.is_native() || spec.dtype.partsize() == 1)
            && raw.alignment().get() >= spec.dtype.alignment()
        {
            return Ok(());
        }
        let none_needed = needed == 0 || self.plan.rows(node).is_empty();
        let piece = match self.plan.take(slot) {
            Some(raw) => self.piece(raw, needed, none_needed, spec.dtype)?,
            None if none_needed => Buffer::empty(),
            None => return Err(Problem::Missing { needed }),
        };
        self.plan.put(slot, Some(piece));
        Ok(())
    }

    fn piece(
        &mut self,
        raw: Buffer,
        needed: u64,
        none_needed: bool,
        dtype: DType,
    ) -> Result<Buffer, Problem> {
        let have = as_rows(raw.len());
        if have < needed {
            // No lists may be written without even one offset.
            if have == 0 && none_needed {
                return Ok(raw);
            }
            return Err(Problem::TooShort { needed, have });
        }
        let exact = if have == needed {
            raw
        } else {
            raw.slice(0..in_memory(needed)?)?
        };
        self.native(exact, dtype)
    }

    /// The same elements, in native byte order and at an aligned address; copies are counted.
    fn native(&mut self, buffer: Buffer, dtype: DType) -> Result<Buffer, Problem> {
        let (buffer, copied) = if self.options.byteorder.is_native() || dtype.partsize() == 1 {
            buffer.aligned(Alignment::try_new(dtype.alignment())?)?
        } else {
            let copied = !buffer.is_empty();
            (buffer.byte_swapped(dtype)?, copied)
        };
        if copied {
            self.report.copies += 1;
            self.report.copied_bytes += as_rows(buffer.len());
        }
        Ok(buffer)
    }
}
