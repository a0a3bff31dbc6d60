//! [`Outlining`]: what reading would fetch, found out by fetching only what the rest depends on.

use std::ops::Range;

use gawky_buffer::{Attribute, Buffer, Fetch};
use gawky_form::{BufferSpec, Form, KeyFormat};

use super::{ReadOptions, Reading, ReadingReport};
use crate::{ArrayError, Location};

/// A blob, or a part of one, that reading would fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Planned {
    /// What would be fetched.
    pub fetch: Fetch,
    /// How many bytes that is.
    pub bytes: u64,
    /// With which step, counting from 0.
    pub step: usize,
    /// The node that it is for, by the fields that lead to it; empty for the root.
    pub path: String,
    /// What it is to its node.
    pub attribute: Attribute,
}

/// What one call of [`Outlining::step`] came to.
#[derive(Debug)]
pub enum OutlineStep<'a> {
    /// These bytes are needed to go on: fetch them, hand them to [`Outlining::supply`] in the same order, step again.
    Need(&'a [Fetch]),
    /// The outline is complete: all that [`Reading`] would fetch, in its order.
    Done(Vec<Planned>),
}

/// Finds out what reading some rows would fetch, step by step, without doing any I/O itself.
///
/// It asks for what says where the rest lies (offsets, starts, stops, indexes, tags), and never for masks and data.
/// What reading whole arrays fetches follows from the form alone: [`Form::expected_buffers`].
///
/// ```
/// use gawky_array::{OutlineStep, Outlining, ReadOptions};
/// use gawky_buffer::Buffer;
/// use gawky_form::{Form, FormKeyFormat, KeyFormat};
///
/// let form = Form::from_type(&"var * float32".parse()?)?.with_form_keys(&FormKeyFormat::default(), 0)?;
/// let mut outlining = Outlining::rows(&form, 1000, 10..11, &KeyFormat::array(), ReadOptions::default())?;
/// let OutlineStep::Need(fetches) = outlining.step()? else { unreachable!() };
/// assert_eq!(fetches[0].range, Some(80..96));
/// outlining.supply(vec![Some(Buffer::from_vec(vec![20_i64, 23]))])?;
/// let OutlineStep::Done(planned) = outlining.step()? else { unreachable!() };
/// assert_eq!(planned[1].fetch.range, Some(80..92));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Outlining<'f>(Reading<'f>);

impl<'f> Outlining<'f> {
    /// What reading the rows `rows` of `length` would fetch.
    ///
    /// # Errors
    /// As for [`Reading::rows`].
    pub fn rows(
        form: &'f Form,
        length: u64,
        rows: Range<u64>,
        keys: &KeyFormat,
        options: ReadOptions,
    ) -> Result<Self, ArrayError> {
        let mut reading = Reading::rows(form, length, rows, keys, options)?;
        reading.outline = Some(Vec::new());
        Ok(Self(reading))
    }

    /// As [`Reading::fetch_small`].
    ///
    /// # Errors
    /// As there.
    pub fn fetch_small(
        &mut self,
        limit: u64,
        size: impl Fn(&str) -> Option<u64>,
    ) -> Result<(), ArrayError> {
        self.0.fetch_small(limit, size)
    }

    /// What is awaited now.
    #[must_use]
    pub fn fetches(&self) -> &[Fetch] {
        self.0.fetches()
    }

    /// What finding out has read so far.
    #[must_use]
    pub fn report(&self) -> ReadingReport {
        self.0.report()
    }

    /// As [`Reading::locate`].
    #[must_use]
    pub fn locate(&self, key: &str) -> Option<Location> {
        self.0.locate(key)
    }

    /// Goes as far as the bytes at hand allow.
    ///
    /// # Errors
    /// As for [`Reading::step`].
    pub fn step(&mut self) -> Result<OutlineStep<'_>, ArrayError> {
        self.0.advance()?;
        if self.0.fetches.is_empty() {
            return Ok(OutlineStep::Done(self.0.outline.take().unwrap_or_default()));
        }
        Ok(OutlineStep::Need(&self.0.fetches))
    }

    /// As [`Reading::supply`].
    ///
    /// # Errors
    /// As there.
    pub fn supply<I>(&mut self, blobs: I) -> Result<(), ArrayError>
    where
        I: IntoIterator<Item = Option<Buffer>, IntoIter: ExactSizeIterator>,
    {
        self.0.supply(blobs)
    }
}

impl Reading<'_> {
    /// Notes a fetch where an outline is made; whether that is all, as nothing depends on its bytes.
    pub(super) fn is_only_noted(
        &mut self,
        node: usize,
        spec: &BufferSpec,
        fetch: &Fetch,
        bytes: u64,
    ) -> bool {
        if self.outline.is_none() {
            return false;
        }
        let planned = Planned {
            fetch: fetch.clone(),
            bytes,
            step: self.report.steps,
            path: self.plan.path(node),
            attribute: spec.attribute,
        };
        if let Some(outline) = &mut self.outline {
            outline.push(planned);
        }
        self.plan.opens_at_once(node)
    }
}
