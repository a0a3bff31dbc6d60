//! [`Reading`]: the stepper that asks for bytes and makes an array of them.

mod ask;
mod early;
mod outline;
mod plan;
mod prepare;
mod scattered;
#[cfg(test)]
mod tests;
mod validating;

use std::collections::HashMap;
use std::ops::{AddAssign, Range};

use gawky_buffer::{Buffer, ByteOrder, Fetch};
use gawky_form::{BufferSpec, Form, KeyFormat};

use crate::node::{ChildRows, Fault, Opening, Runs, as_rows};
use crate::{Array, ArrayError, CanonicalRules, Location, Problem};
use early::Early;
use plan::Plan;
use scattered::Blocks;

pub use outline::{OutlineStep, Outlining, Planned};
pub use validating::Validating;

/// How bytes are to be taken.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The order of the bytes within the elements of every blob.
    pub byteorder: ByteOrder,
    /// The partition that keys and errors name.
    pub partition: Option<u64>,
    /// What to do about nodes that Awkward's rules do not allow where they are.
    pub rules: CanonicalRules,
    trusted: bool,
}

impl ReadOptions {
    /// Trusts structure instead of proving it: sizes are still checked, but not that offsets do not decrease.
    ///
    /// # Safety
    /// The blobs must have been written by something that keeps the rules of their node classes; reading
    /// values of an array of which they do not hold may give wrong ones.
    #[must_use]
    pub unsafe fn trusting(mut self) -> Self {
        self.trusted = true;
        self
    }
}

/// What one call of [`Reading::step`] came to.
#[derive(Debug)]
pub enum Step<'a> {
    /// These bytes are needed: fetch them, hand them to [`Reading::supply`] in the same order, step again.
    Need(&'a [Fetch]),
    /// The array is complete.
    Done(Array),
}

/// What a reading took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadingReport {
    /// How often bytes were asked for.
    pub steps: usize,
    /// How many fetches that were in all.
    pub fetches: usize,
    /// How many bytes came.
    pub bytes: u64,
    /// How many buffers had to be copied, because they were misaligned or of the other byte order.
    pub copies: usize,
    /// How many bytes that were.
    pub copied_bytes: u64,
}

impl AddAssign for ReadingReport {
    fn add_assign(&mut self, other: Self) {
        self.steps += other.steps;
        self.fetches += other.fetches;
        self.bytes += other.bytes;
        self.copies += other.copies;
        self.copied_bytes += other.copied_bytes;
    }
}

/// Reads an array, step by step, without doing any I/O itself.
///
/// Whole arrays take one step, because every key follows from the form. Rows `a..b` take one step for each
/// level whose extent depends on data (offsets, then content, …), siblings sharing a step; then only the
/// bytes of those rows are asked for. Bytes that nobody needs are never asked for.
///
/// ```
/// use gawky_array::{ReadOptions, Reading, Step};
/// use gawky_buffer::{Buffer, DType};
/// use gawky_form::{Form, FormKeyFormat, KeyFormat, NumpyForm};
///
/// let form = Form::from(NumpyForm::new(DType::Int64)).with_form_keys(&FormKeyFormat::default(), 0)?;
/// let mut reading = Reading::whole(&form, 3, &KeyFormat::array(), ReadOptions::default())?;
/// let array = loop {
///     match reading.step()? {
///         Step::Need(fetches) => {
///             assert_eq!(fetches[0].key, "node0-data");
///             let blobs = vec![Some(Buffer::from_vec(vec![1_i64, 2, 3]))];
///             reading.supply(blobs)?;
///         }
///         Step::Done(array) => break array,
///     }
/// };
/// assert_eq!(array.to_string(), "<Array [1, 2, 3] type='3 * int64'>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Reading<'f> {
    plan: Plan<'f>,
    keys: KeyFormat,
    options: ReadOptions,
    opening: Opening,
    /// The nodes whose rows are known and whose own bytes are awaited, parents before children.
    frontier: Vec<usize>,
    fetches: Vec<Fetch>,
    /// For each fetch, the slot of the buffer that it is for.
    targets: Vec<usize>,
    /// The blobs that are asked for whole before it is known which rows of them are needed.
    early: Early,
    /// What comes in several pieces, by slot, until its node is opened.
    blocks: HashMap<usize, Blocks>,
    /// Where what would be fetched is noted, instead of fetching what nothing depends on.
    outline: Option<Vec<Planned>>,
    report: ReadingReport,
    /// Whether the bytes of the first nodes have been asked for.
    has_begun: bool,
    /// Room to write keys in.
    text: String,
}

impl<'f> Reading<'f> {
    /// Reads all `length` rows.
    ///
    /// # Errors
    /// When the form nests too deep, a node has no form key, or `length` is more than any array can have.
    pub fn whole(
        form: &'f Form,
        length: u64,
        keys: &KeyFormat,
        options: ReadOptions,
    ) -> Result<Self, ArrayError> {
        let rows = Runs::from(0..length);
        let mut reading = Self::begin(form, length, rows, keys, options, false)?;
        for node in 0..reading.plan.len() {
            reading.ask(node)?;
        }
        Ok(reading)
    }

    /// Reads the rows `rows` of `length`, and only the bytes that they need.
    ///
    /// # Errors
    /// As for [`whole`](Self::whole), where a missing form key is told when its node is reached; and
    /// [`ArrayError::OutOfRange`] when `rows` is not within `length`.
    pub fn rows(
        form: &'f Form,
        length: u64,
        rows: Range<u64>,
        keys: &KeyFormat,
        options: ReadOptions,
    ) -> Result<Self, ArrayError> {
        within(&rows, length)?;
        Self::begin(form, length, rows.into(), keys, options, true)
    }

    /// Reads the rows that are in any of the ranges `rows` of `length`, in ascending order and each once, and only the bytes
    /// that they need.
    ///
    /// ```
    /// use gawky_array::{ReadOptions, Reading, Step};
    /// use gawky_buffer::Buffer;
    /// use gawky_form::{Form, FormKeyFormat, KeyFormat};
    ///
    /// let form = Form::from_type(&"int64".parse()?)?.with_form_keys(&FormKeyFormat::default(), 0)?;
    /// let rows = [900_000..900_002, 5..6];
    /// let mut reading = Reading::scattered(&form, 1_000_000, rows, &KeyFormat::array(), ReadOptions::default())?;
    /// let Step::Need(fetches) = reading.step()? else { unreachable!() };
    /// assert_eq!(fetches[0].range, Some(40..48));
    /// assert_eq!(fetches[1].range, Some(7_200_000..7_200_016));
    /// reading.supply([vec![5_i64], vec![900_000, 900_001]].map(|blob| Some(Buffer::from_vec(blob))))?;
    /// let Step::Done(array) = reading.step()? else { unreachable!() };
    /// assert_eq!(array.to_string(), "<Array [5, 900000, 900001] type='3 * int64'>");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`rows`](Self::rows).
    pub fn scattered(
        form: &'f Form,
        length: u64,
        rows: impl IntoIterator<Item = Range<u64>>,
        keys: &KeyFormat,
        options: ReadOptions,
    ) -> Result<Self, ArrayError> {
        let rows: Vec<_> = rows.into_iter().collect();
        for rows in &rows {
            within(rows, length)?;
        }
        let rows = Runs::merged(rows);
        Self::begin(form, length, rows, keys, options, true)
    }

    fn begin(
        form: &'f Form,
        length: u64,
        rows: Runs,
        keys: &KeyFormat,
        options: ReadOptions,
        rebase: bool,
    ) -> Result<Self, ArrayError> {
        let mut plan = Plan::of(form)?;
        options.rules.check(form, options.partition)?;
        if i64::try_from(length).is_err() {
            let problem = Problem::TooLarge {
                what: "elements",
                length,
            };
            return Err(ArrayError::Node {
                location: Box::new(Location {
                    partition: options.partition,
                    class: form.class(),
                    ..Location::default()
                }),
                problem,
            });
        }
        plan.set_rows(0, rows);
        let opening = Opening {
            rebase,
            prove: !options.trusted || cfg!(feature = "recheck"),
        };
        Ok(Self {
            frontier: vec![0],
            fetches: Vec::with_capacity(if rebase { 8 } else { plan.len() }),
            targets: Vec::with_capacity(if rebase { 8 } else { plan.len() }),
            early: Early::default(),
            blocks: HashMap::new(),
            outline: None,
            has_begun: !rebase,
            plan,
            keys: keys.clone(),
            options,
            opening,
            report: ReadingReport::default(),
            text: String::new(),
        })
    }

    /// What has been read so far.
    #[must_use]
    pub fn report(&self) -> ReadingReport {
        self.report
    }

    /// What is awaited now.
    #[must_use]
    pub fn fetches(&self) -> &[Fetch] {
        &self.fetches
    }

    /// Where the bytes that are awaited under `key` belong; `None` for a key that is not awaited.
    ///
    /// A driver puts it into the errors of its container, which knows keys only.
    #[must_use]
    pub fn locate(&self, key: &str) -> Option<Location> {
        let fetch = self.fetches.iter().position(|fetch| fetch.key == *key)?;
        let slot = *self.targets.get(fetch)?;
        let node = self.plan.node_of(slot)?;
        let form = self.plan.form(node);
        let own = slot.checked_sub(self.plan.slot(node))?;
        Some(Location {
            partition: self.options.partition,
            path: self.plan.path(node),
            class: form.class(),
            attribute: form.buffers().get(own).map(|spec| spec.attribute),
            key: Some(key.to_owned()),
        })
    }

    /// Goes as far as the bytes at hand allow.
    ///
    /// # Errors
    /// [`ArrayError::Node`], naming partition, node, key, what was needed and what was there, when bytes do
    /// not make the array that the form describes.
    pub fn step(&mut self) -> Result<Step<'_>, ArrayError> {
        self.advance()?;
        if !self.fetches.is_empty() {
            return Ok(Step::Need(&self.fetches));
        }
        let array = self.plan.assemble(self.options.partition)?;
        self.options.rules.apply(array).map(Step::Done)
    }

    /// Opens what can be opened, until bytes are awaited or nothing is left.
    fn advance(&mut self) -> Result<(), ArrayError> {
        if !self.has_begun {
            self.has_begun = true;
            self.ask_frontier()?;
        }
        while self.fetches.is_empty() && !self.frontier.is_empty() {
            self.open_frontier()?;
        }
        Ok(())
    }

    /// Hands over the bytes that were asked for, in the same order; `None` for a blob that is not there.
    ///
    /// # Errors
    /// [`ArrayError::SuppliedCount`] when they are not as many as were asked for.
    pub fn supply<I>(&mut self, blobs: I) -> Result<(), ArrayError>
    where
        I: IntoIterator<Item = Option<Buffer>, IntoIter: ExactSizeIterator>,
    {
        let blobs = blobs.into_iter();
        if blobs.len() != self.targets.len() {
            return Err(ArrayError::SuppliedCount {
                asked: self.targets.len(),
                supplied: blobs.len(),
            });
        }
        self.report.steps += 1;
        self.report.fetches += blobs.len();
        for (slot, blob) in self.targets.drain(..).zip(blobs) {
            self.report.bytes += blob.as_ref().map_or(0, |blob| as_rows(blob.len()));
            let Some(blob) = self.early.keep(slot, blob) else {
                continue;
            };
            match self.blocks.get_mut(&slot) {
                Some(blocks) => blocks.supply(blob),
                None => self.plan.put(slot, blob),
            }
        }
        self.early.have_come();
        self.fetches.clear();
        Ok(())
    }

    /// Opens every node of the frontier; their children are the next one.
    fn open_frontier(&mut self) -> Result<(), ArrayError> {
        let frontier = std::mem::take(&mut self.frontier);
        for &node in &frontier {
            self.prepare(node)?;
            // Where only rows are read, such a node was opened when its bytes were asked for.
            let is_open = self.opening.rebase && self.plan.opens_at_once(node);
            if !is_open {
                self.open(node)?;
            }
        }
        if self.opening.rebase {
            self.ask_frontier()?;
        }
        Ok(())
    }

    /// Puts the children of a node into the frontier, with the rows that it needs of them.
    fn open(&mut self, node: usize) -> Result<(), ArrayError> {
        let rows = self
            .plan
            .open(node, self.opening)
            .map_err(|fault| self.fault(node, fault))?;
        self.descend(node, rows);
        Ok(())
    }

    fn descend(&mut self, node: usize, rows: ChildRows) {
        let mut child = node + 1;
        let end = self.plan.subtree_end(node);
        let mut each = match &rows {
            ChildRows::Each(each) => each.iter(),
            ChildRows::Every(_) => [].iter(),
        };
        while child < end {
            let own = match &rows {
                ChildRows::Every(rows) => rows.clone(),
                ChildRows::Each(_) => each.next().cloned().unwrap_or_else(|| (0..0).into()),
            };
            self.plan.set_rows(child, own);
            self.frontier.push(child);
            child = self.plan.subtree_end(child);
        }
    }

    fn fault(&self, node: usize, fault: Fault) -> ArrayError {
        let specs = self.plan.form(node).buffers();
        let spec = specs
            .iter()
            .find(|spec| Some(spec.attribute) == fault.attribute)
            .or(specs.first());
        self.at(node, spec, fault.problem)
    }

    /// A problem of one node, with everything that says where.
    fn at(&self, node: usize, spec: Option<&BufferSpec>, problem: Problem) -> ArrayError {
        ArrayError::Node {
            location: Box::new(Location {
                partition: self.options.partition,
                path: self.plan.path(node),
                class: self.plan.form(node).class(),
                attribute: spec.map(|spec| spec.attribute),
                key: spec.and_then(|spec| self.key_text(node, spec)),
            }),
            problem,
        }
    }
}

/// That there are such rows.
fn within(rows: &Range<u64>, length: u64) -> Result<(), ArrayError> {
    if rows.start > rows.end || rows.end > length {
        return Err(ArrayError::OutOfRange {
            start: rows.start,
            end: rows.end,
            length,
        });
    }
    Ok(())
}

impl Array {
    /// An array of `form` without rows.
    ///
    /// # Errors
    /// [`ArrayError::TooDeep`] when the form nests deeper than gawky reads.
    pub fn empty(form: &Form) -> Result<Self, ArrayError> {
        let keys = KeyFormat::array();
        let rows = Runs::from(0..0);
        let mut reading = Reading::begin(form, 0, rows, &keys, ReadOptions::default(), false)?;
        match reading.step()? {
            Step::Done(array) => Ok(array),
            // Nothing was asked for, so nothing can be awaited.
            Step::Need(_) => Ok(Self::Empty(crate::EmptyArray)),
        }
    }
}
