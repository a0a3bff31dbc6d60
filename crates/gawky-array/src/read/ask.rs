//! What a [`Reading`] asks for: which bytes of which blobs.

use std::ops::Range;

use gawky_buffer::{Buffer, Fetch, Key, Origin};
use gawky_form::{BufferSpec, KeyParts};

use super::Reading;
use super::scattered::Blocks;
use crate::node::{Runs, as_rows};
use crate::{ArrayError, Problem};

impl Reading<'_> {
    /// Fetches every blob that is known to have at most `limit` bytes whole and at once, also before it is known
    /// which rows of it are needed: where much of an array is small, rows of it then take fewer steps.
    ///
    /// `size` tells how many bytes a blob has where that is known without asking anybody; where it does not know the
    /// first, it is not asked for the others. It changes nothing about reading whole arrays, nor once the first step
    /// has been made.
    ///
    /// # Errors
    /// When a node has no form key.
    pub fn fetch_small(
        &mut self,
        limit: u64,
        size: impl Fn(&str) -> Option<u64>,
    ) -> Result<(), ArrayError> {
        if !self.opening.rebase || self.has_begun {
            return Ok(());
        }
        for node in 0..self.plan.len() {
            let (form, first) = (self.plan.form(node), self.plan.slot(node));
            for (slot, spec) in (first..).zip(&*form.buffers()) {
                let key = self.key(node, spec)?;
                let size = size(&key);
                // Most containers know no sizes, and then the other keys need not be written.
                if slot == 0 && size.is_none() {
                    return Ok(());
                }
                let Some(size) = size.filter(|size| *size <= limit) else {
                    continue;
                };
                let origin = self.origin(node, spec);
                let fetch = Fetch::whole(key, spec.dtype).with_origin(origin);
                self.early.ask(slot);
                if !self.is_only_noted(node, spec, &fetch, size) {
                    self.want(slot, fetch);
                }
            }
        }
        Ok(())
    }

    /// Asks for all buffers of a node, whole.
    pub(super) fn ask(&mut self, node: usize) -> Result<(), ArrayError> {
        let (form, first) = (self.plan.form(node), self.plan.slot(node));
        for (slot, spec) in (first..).zip(&*form.buffers()) {
            let key = self.key(node, spec)?;
            let origin = self.origin(node, spec);
            self.want(slot, Fetch::whole(key, spec.dtype).with_origin(origin));
        }
        Ok(())
    }

    fn want(&mut self, slot: usize, fetch: Fetch) {
        self.fetches.push(fetch);
        self.targets.push(slot);
    }

    /// Asks for exactly the bytes that the nodes of the frontier need for their rows, and goes on to children
    /// whose rows are known without those bytes, or of bytes that are here: they share the step.
    pub(super) fn ask_frontier(&mut self) -> Result<(), ArrayError> {
        let mut waiting = Vec::new();
        let mut position = 0;
        while let Some(&node) = self.frontier.get(position) {
            position += 1;
            let is_here = self.ask_rows(node)?;
            let opens_at_once = self.plan.opens_at_once(node);
            if self.outline.is_some() && opens_at_once {
                self.open(node)?;
                continue;
            }
            if is_here {
                self.prepare(node)?;
            } else {
                waiting.push(node);
            }
            if is_here || opens_at_once {
                self.open(node)?;
            }
        }
        self.frontier = waiting;
        Ok(())
    }

    /// Asks for the bytes that one node needs for its rows; whether there are none to wait for.
    fn ask_rows(&mut self, node: usize) -> Result<bool, ArrayError> {
        let (form, first) = (self.plan.form(node), self.plan.slot(node));
        let mut is_here = true;
        for (slot, spec) in (first..).zip(&*form.buffers()) {
            if self.early.is_asked(slot) {
                is_here &= self.early.is_here();
                continue;
            }
            is_here &= match self.plan.rows(node).clone() {
                Runs::One(rows) => self.ask_run(node, slot, spec, &rows)?,
                Runs::Many(runs) => self.ask_runs(node, slot, spec, &runs)?,
            };
        }
        Ok(is_here)
    }

    /// Asks for what rows next to each other need of one buffer; whether that is nothing to wait for.
    fn ask_run(
        &mut self,
        node: usize,
        slot: usize,
        spec: &BufferSpec,
        rows: &Range<u64>,
    ) -> Result<bool, ArrayError> {
        let range = self
            .byte_range(spec, rows)
            .map_err(|problem| self.at(node, Some(spec), problem))?;
        if range.is_empty() {
            self.plan.put(slot, Some(Buffer::empty()));
            return Ok(true);
        }
        let key = self.key(node, spec)?;
        let origin = self.origin(node, spec);
        let bytes = range.end - range.start;
        let fetch = Fetch::range(key, range, spec.dtype).with_origin(origin);
        if self.is_only_noted(node, spec, &fetch, bytes) {
            return Ok(true);
        }
        self.want(slot, fetch);
        Ok(false)
    }

    /// Asks for what rows apart from each other need of one buffer; whether that is nothing to wait for.
    fn ask_runs(
        &mut self,
        node: usize,
        slot: usize,
        spec: &BufferSpec,
        runs: &[Range<u64>],
    ) -> Result<bool, ArrayError> {
        let ranges = self
            .byte_ranges(spec, runs)
            .map_err(|problem| self.at(node, Some(spec), problem))?;
        let blocks = Blocks::with(ranges);
        if blocks.asked().is_empty() {
            self.plan.put(slot, Some(Buffer::empty()));
            return Ok(true);
        }
        let key = self.key(node, spec)?;
        let origin = self.origin(node, spec);
        for range in blocks.asked() {
            let fetch = Fetch::range(key.clone(), range.clone(), spec.dtype);
            self.want(slot, fetch.with_origin(origin.clone()));
        }
        self.blocks.insert(slot, blocks);
        Ok(false)
    }

    fn origin(&self, node: usize, spec: &BufferSpec) -> Option<Origin> {
        let form_key = self.plan.form(node).info().form_key.clone()?;
        Some(Origin {
            form_key,
            attribute: spec.attribute,
        })
    }

    fn key(&mut self, node: usize, spec: &BufferSpec) -> Result<Key, ArrayError> {
        let mut text = std::mem::take(&mut self.text);
        let written = self.write_key(node, spec, &mut text);
        let key = written.map(|()| Key::from(text.as_str()));
        self.text = text;
        key
    }

    fn write_key(
        &self,
        node: usize,
        spec: &BufferSpec,
        out: &mut String,
    ) -> Result<(), ArrayError> {
        out.clear();
        let Some(form_key) = self.plan.form(node).form_key() else {
            return Err(self.plan.no_form_key(node).into());
        };
        let parts = KeyParts {
            partition: self.options.partition,
            form_key,
            attribute: spec.attribute,
        };
        Ok(self.keys.write(&parts, out)?)
    }

    pub(super) fn key_text(&self, node: usize, spec: &BufferSpec) -> Option<String> {
        let mut text = String::new();
        self.write_key(node, spec, &mut text).ok().map(|()| text)
    }

    /// The bytes of one buffer that each run of rows needs.
    pub(super) fn byte_ranges(
        &self,
        spec: &BufferSpec,
        runs: &[Range<u64>],
    ) -> Result<Vec<Range<u64>>, Problem> {
        let mut ranges = Vec::with_capacity(runs.len());
        for rows in runs {
            ranges.push(self.byte_range(spec, rows)?);
        }
        Ok(ranges)
    }

    /// The bytes of one buffer that rows next to each other need.
    #[inline]
    pub(super) fn byte_range(
        &self,
        spec: &BufferSpec,
        rows: &Range<u64>,
    ) -> Result<Range<u64>, Problem> {
        // No rows at all need nothing, not even the one offset.
        if rows.is_empty() && self.opening.rebase {
            return Ok(0..0);
        }
        let itemsize = as_rows(spec.dtype.itemsize());
        let too_large = || Problem::TooLarge {
            what: "bytes",
            length: rows.end,
        };
        let elements = spec.extent.elements(rows.clone()).ok_or_else(too_large)?;
        let bytes = |position: u64| {
            position
                .checked_mul(itemsize)
                .filter(|bytes| i64::try_from(*bytes).is_ok())
                .ok_or_else(too_large)
        };
        Ok(bytes(elements.start)?..bytes(elements.end)?)
    }
}
