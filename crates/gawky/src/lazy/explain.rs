//! What reading would fetch.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use gawky_array::{Outlining, Planned};
use gawky_buffer::{Attribute, Key};
use gawky_store::{AsyncContainer, Container};

use super::LazyArray;
use crate::lockstep::Lockstep;
use crate::partitions::{Part, SMALL_BLOB};
use crate::{Error, ReadReport, driver};

/// What reading a [`LazyArray`] would fetch.
///
/// It prints as a table, a line for each buffer of each node.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// How many rows would be read.
    pub rows: u64,
    /// From how many partitions.
    pub partitions: usize,
    /// In how many steps: round trips, at best.
    pub steps: usize,
    /// What would be fetched for each buffer of each node, in the order in which it is asked for.
    pub buffers: Vec<ExplainedBuffer>,
    /// What finding out has read: offsets and the like of partitions that are not read whole.
    pub report: ReadReport,
}

/// What would be fetched for one buffer of one node, of all partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedBuffer {
    /// Where the node is, by the fields that lead to it; empty for the root, and the same for lists in lists.
    pub path: String,
    /// The node's name.
    pub form_key: Key,
    /// What the buffer is to it.
    pub attribute: Attribute,
    /// With which step it would be fetched, counting from 0; the last one, where partitions differ.
    pub step: usize,
    /// How many blobs, or parts of blobs.
    pub fetches: u64,
    /// How many bytes of them are known beforehand.
    pub bytes: u64,
    /// How many of them are whole blobs whose size only they themselves, or others that are fetched along with them,
    /// tell.
    pub of_unknown_size: u64,
    /// The first one's key.
    pub key: Key,
    /// The first one's bytes; `None` for all.
    pub range: Option<Range<u64>>,
}

impl Explanation {
    /// How many fetches there would be in all, before the container merges some.
    #[must_use]
    pub fn fetches(&self) -> u64 {
        self.buffers.iter().map(|buffer| buffer.fetches).sum()
    }

    /// How many bytes are known to be fetched.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.buffers.iter().map(|buffer| buffer.bytes).sum()
    }

    /// How many blobs would be fetched of which it is not known how large they are.
    #[must_use]
    pub fn of_unknown_size(&self) -> u64 {
        self.buffers
            .iter()
            .map(|buffer| buffer.of_unknown_size)
            .sum()
    }
}

impl<C> LazyArray<C> {
    /// The partitions that are read whole, and the outlines of the others.
    fn outlined(
        &self,
        known_size: impl Fn(&str) -> Option<u64>,
    ) -> Result<(Vec<Part>, Lockstep<Outlining<'_>>), Error> {
        let (whole, some): (Vec<_>, Vec<_>) = self
            .parts()?
            .into_iter()
            .partition(|part| part.rows.is_none());
        let outlines = some
            .iter()
            .map(|part| self.partitions.outlining(&self.selected, part, &known_size));
        Ok((whole, Lockstep::new(outlines.collect::<Result<_, _>>()?)))
    }

    fn explained(
        &self,
        whole: &[Part],
        outlines: Vec<Vec<Planned>>,
        report: ReadReport,
    ) -> Result<Explanation, Error> {
        let partitions = whole.len() + outlines.len();
        let mut buffers = self.whole_buffers(whole)?;
        let mut known: HashMap<(Key, Attribute), usize> = buffers
            .iter()
            .enumerate()
            .map(|(at, buffer)| ((buffer.form_key.clone(), buffer.attribute), at))
            .collect();
        for planned in outlines.into_iter().flatten() {
            let form_key = planned
                .fetch
                .origin
                .map_or_else(Key::default, |origin| origin.form_key);
            let of_node = (form_key.clone(), planned.attribute);
            match known.get(&of_node).and_then(|at| buffers.get_mut(*at)) {
                Some(buffer) => {
                    buffer.fetches += 1;
                    buffer.bytes += planned.bytes;
                    buffer.step = buffer.step.max(planned.step);
                }
                None => {
                    known.insert(of_node, buffers.len());
                    buffers.push(ExplainedBuffer {
                        path: planned.path,
                        form_key,
                        attribute: planned.attribute,
                        step: planned.step,
                        fetches: 1,
                        bytes: planned.bytes,
                        of_unknown_size: 0,
                        key: planned.fetch.key,
                        range: planned.fetch.range,
                    });
                }
            }
        }
        let last = buffers.iter().map(|buffer| buffer.step).max();
        Ok(Explanation {
            rows: self.len(),
            partitions,
            steps: last.map_or(0, |step| step + 1),
            buffers,
            report,
        })
    }

    /// What whole partitions take, which follows from the form.
    fn whole_buffers(&self, parts: &[Part]) -> Result<Vec<ExplainedBuffer>, Error> {
        let Some(first) = parts.first() else {
            return Ok(Vec::new());
        };
        let keys = self.partitions.keys();
        let number = self.partitions.number(first.position);
        let number = keys.has_partition().then_some(number);
        let expected = self.selected.expected_buffers(keys, number)?;
        let buffers = expected.into_iter().map(|buffer| {
            let (mut bytes, mut of_unknown_size) = (0_u64, 0);
            for part in parts {
                match buffer.bytes(part.length) {
                    Some(own) => bytes = bytes.saturating_add(own),
                    None => of_unknown_size += 1,
                }
            }
            ExplainedBuffer {
                path: match buffer.path.is_root() {
                    true => String::new(),
                    false => buffer.path.to_string(),
                },
                form_key: buffer.form_key,
                attribute: buffer.attribute,
                step: 0,
                fetches: parts.len() as u64,
                bytes,
                of_unknown_size,
                key: buffer.key.as_str().into(),
                range: None,
            }
        });
        Ok(buffers.collect())
    }
}

/// Whether the container has learned sizes while the outlines were made (it has opened files), so that reading now
/// would fetch small blobs whole of which they name parts.
fn knows_more(outlines: &[Vec<Planned>], known_size: impl Fn(&str) -> Option<u64>) -> bool {
    outlines.iter().flatten().any(|planned| {
        planned.fetch.range.is_some()
            && known_size(&planned.fetch.key).is_some_and(|size| size <= SMALL_BLOB)
    })
}

impl<C: Container> LazyArray<C> {
    /// Finds out what [`read`](Self::read) would fetch: keys, ranges, bytes, steps.
    ///
    /// Partitions that are read whole take no I/O to tell. Of others, what says where the rest lies is read: offsets,
    /// starts, stops, indexes and tags, never masks and data.
    ///
    /// ```
    /// use gawky::prelude::*;
    /// # let numbers = Array::from(NumpyArray::from_vec((0..30).collect::<Vec<i16>>()));
    /// # let offsets: Vec<i64> = (0..=10).map(|row| row * 3).collect();
    /// # let lists = Array::from(ListOffsetArray::try_new(offsets.into(), numbers, Parameters::none())?);
    /// # let memory = MemoryContainer::new();
    /// # let (form, length) = gawky::to_buffers(&lists, &memory)?;
    /// let lazy = LazyArray::new(&form, length, &memory)?.rows(2..4)?;
    /// assert_eq!(
    ///     lazy.explain()?.to_string(),
    ///     "\
    /// 2 rows of 1 partition in 2 steps: 36 bytes in 2 fetches
    ///   step  fetches           bytes  buffer
    ///      0        1              24  (root), offsets: node0-offsets[16..40]
    ///      1        1              12  (root), data: node1-data[12..24]
    /// "
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub fn explain(&self) -> Result<Explanation, Error> {
        let known_size = |key: &str| self.container.known_size(key);
        let (whole, outlines) = self.outlined(known_size)?;
        let (mut outlines, mut report) = driver::read(outlines, &self.container)?;
        if knows_more(&outlines, known_size) {
            let (_, again) = self.outlined(known_size)?;
            (outlines, report) = driver::read(again, &self.container)?;
        }
        self.explained(&whole, outlines, report)
    }
}

impl<C: AsyncContainer> LazyArray<C> {
    /// [`explain`](Self::explain), without blocking.
    ///
    /// # Errors
    /// As there.
    pub async fn explain_async(&self) -> Result<Explanation, Error> {
        let known_size = |key: &str| self.container.known_size(key);
        let (whole, outlines) = self.outlined(known_size)?;
        let (mut outlines, mut report) = driver::read_async(outlines, &self.container).await?;
        if knows_more(&outlines, known_size) {
            let (_, again) = self.outlined(known_size)?;
            (outlines, report) = driver::read_async(again, &self.container).await?;
        }
        self.explained(&whole, outlines, report)
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many = |count: u64| if count == 1 { "" } else { "s" };
        write!(
            f,
            "{} row{} of {} partition{} in {} step{}: ",
            self.rows,
            many(self.rows),
            self.partitions,
            many(self.partitions as u64),
            self.steps,
            many(self.steps as u64),
        )?;
        write!(f, "{} bytes", self.bytes())?;
        match self.of_unknown_size() {
            0 => {}
            blobs => write!(
                f,
                ", and {blobs} whole blob{} of unknown size,",
                many(blobs)
            )?,
        }
        let fetches = self.fetches();
        writeln!(
            f,
            " in {fetches} fetch{}",
            if fetches == 1 { "" } else { "es" }
        )?;
        if self.buffers.is_empty() {
            return Ok(());
        }
        writeln!(f, "{:>6} {:>8} {:>15}  buffer", "step", "fetches", "bytes")?;
        for buffer in &self.buffers {
            let bytes = match buffer.of_unknown_size {
                0 => buffer.bytes.to_string(),
                _ if buffer.bytes == 0 => "?".to_owned(),
                _ => format!("{} + ?", buffer.bytes),
            };
            let path = if buffer.path.is_empty() {
                "(root)"
            } else {
                &buffer.path
            };
            write!(
                f,
                "{:>6} {:>8} {bytes:>15}  {path}, {}: {}",
                buffer.step, buffer.fetches, buffer.attribute, buffer.key
            )?;
            if let Some(range) = &buffer.range {
                write!(f, "[{}..{}]", range.start, range.end)?;
            }
            writeln!(f, "{}", if buffer.fetches > 1 { ", …" } else { "" })?;
        }
        Ok(())
    }
}
