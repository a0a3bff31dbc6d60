//! [`Lockstep`]: readings that go on together, so that all of them share a fetch.

use std::mem;
use std::ops::Range;

use gawky_array::{
    Array, ArrayError, Location, OutlineStep, Outlining, Planned, Problem, Reading, ReadingReport,
    Step,
};
use gawky_buffer::{Buffer, Fetch};
use gawky_store::{FetchReport, Fetched, Profile, StoreError};

use crate::upward::Upward;
use crate::{Error, ReadReport};

/// What goes on step by step, without doing any I/O itself: a reading, or the outline of one.
pub(crate) trait Stepper {
    /// What it comes to.
    type Output;

    /// Goes as far as the bytes at hand allow; `None` where others are awaited.
    fn step(&mut self) -> Result<Option<Self::Output>, ArrayError>;

    /// What is awaited now.
    fn fetches(&self) -> &[Fetch];

    /// Hands over what was awaited, in order.
    fn supply(
        &mut self,
        blobs: impl ExactSizeIterator<Item = Option<Buffer>>,
    ) -> Result<(), ArrayError>;

    /// Where the bytes that are awaited under `key` belong.
    fn locate(&self, key: &str) -> Option<Location>;

    /// What has been read so far.
    fn report(&self) -> ReadingReport;
}

impl Stepper for Reading<'_> {
    type Output = Array;

    fn step(&mut self) -> Result<Option<Array>, ArrayError> {
        Ok(match Reading::step(self)? {
            Step::Done(array) => Some(array),
            Step::Need(_) => None,
        })
    }

    fn fetches(&self) -> &[Fetch] {
        Reading::fetches(self)
    }

    fn supply(
        &mut self,
        blobs: impl ExactSizeIterator<Item = Option<Buffer>>,
    ) -> Result<(), ArrayError> {
        Reading::supply(self, blobs)
    }

    fn locate(&self, key: &str) -> Option<Location> {
        Reading::locate(self, key)
    }

    fn report(&self) -> ReadingReport {
        Reading::report(self)
    }
}

impl Stepper for Outlining<'_> {
    type Output = Vec<Planned>;

    fn step(&mut self) -> Result<Option<Vec<Planned>>, ArrayError> {
        Ok(match Outlining::step(self)? {
            OutlineStep::Done(planned) => Some(planned),
            OutlineStep::Need(_) => None,
        })
    }

    fn fetches(&self) -> &[Fetch] {
        Outlining::fetches(self)
    }

    fn supply(
        &mut self,
        blobs: impl ExactSizeIterator<Item = Option<Buffer>>,
    ) -> Result<(), ArrayError> {
        Outlining::supply(self, blobs)
    }

    fn locate(&self, key: &str) -> Option<Location> {
        Outlining::locate(self, key)
    }

    fn report(&self) -> ReadingReport {
        Outlining::report(self)
    }
}

/// Readings, one for each partition, that go on together: a step of all of them is one fetch, so that many
/// partitions take as many round trips as one.
///
/// It fetches nothing; blocking and asynchronous drivers are loops of a few lines around it, which do. Where data goes up
/// as it comes ([`Upward`]), it sends it to the device itself, from [`supply`](Self::supply): that blocks until the device
/// has taken it, under an asynchronous driver as well.
#[derive(Debug)]
pub(crate) struct Lockstep<R: Stepper> {
    readings: Vec<R>,
    outputs: Vec<Option<R::Output>>,
    /// What all readings await now, in their order; not used for one reading alone, whose own list will do.
    fetches: Vec<Fetch>,
    /// Which of them are asked for now: all, unless data goes up meanwhile.
    asked: Range<usize>,
    /// What has come for those before.
    blobs: Vec<Option<Buffer>>,
    upward: Option<Upward>,
    report: ReadReport,
    has_keys: bool,
}

impl<R: Stepper> Lockstep<R> {
    pub(crate) fn new(readings: Vec<R>) -> Self {
        Self {
            outputs: readings.iter().map(|_| None).collect(),
            readings,
            fetches: Vec::new(),
            asked: 0..0,
            blobs: Vec::new(),
            upward: None,
            report: ReadReport::default(),
            has_keys: false,
        }
    }

    /// Sends data up as it comes.
    pub(crate) fn upward(mut self, upward: Option<Upward>) -> Self {
        self.upward = upward;
        self
    }

    /// Reports the keys that are fetched, too.
    pub(crate) fn with_keys(mut self) -> Self {
        self.has_keys = true;
        self
    }

    /// Goes as far as the bytes at hand allow; whether any are to be fetched now, from a container that knows sizes
    /// and says what it is like.
    pub(crate) fn step(
        &mut self,
        known_size: impl Fn(&str) -> Option<u64>,
        profile: impl FnOnce() -> Profile,
    ) -> Result<bool, Error> {
        let is_amid = (1..self.awaited().len()).contains(&self.asked.end);
        let start = if is_amid { self.asked.end } else { 0 };
        if !is_amid && !self.go_on()? {
            return Ok(false);
        }
        let rest = self.awaited().get(start..).unwrap_or_default();
        let count = match &self.upward {
            None => rest.len(),
            Some(_) => Upward::cut(rest, known_size, &profile()),
        };
        self.asked = start..start + count;
        Ok(true)
    }

    /// Goes as far as the bytes at hand allow; whether any are awaited now.
    fn go_on(&mut self) -> Result<bool, Error> {
        self.fetches.clear();
        let alone = self.readings.len() == 1;
        let mut awaiting = false;
        for (reading, output) in self.readings.iter_mut().zip(&mut self.outputs) {
            if output.is_some() {
                continue;
            }
            *output = reading.step()?;
            if output.is_none() {
                awaiting = true;
                if !alone {
                    self.fetches.extend_from_slice(reading.fetches());
                }
            }
        }
        Ok(awaiting)
    }

    /// All that is awaited.
    fn awaited(&self) -> &[Fetch] {
        match self.readings.as_slice() {
            [alone] => alone.fetches(),
            _ => &self.fetches,
        }
    }

    /// What is to be fetched now.
    pub(crate) fn fetches(&self) -> &[Fetch] {
        self.awaited().get(self.asked.clone()).unwrap_or_default()
    }

    /// Hands over what a container answered to [`fetches`](Self::fetches), and what that took; it is counted also
    /// where the container failed. What is to go up meanwhile is sent here.
    pub(crate) fn supply(
        &mut self,
        fetched: Result<Vec<Option<Fetched>>, StoreError>,
        took: FetchReport,
    ) -> Result<(), Error> {
        if self.has_keys {
            let keys: Vec<_> = self
                .fetches()
                .iter()
                .map(|fetch| fetch.key.clone())
                .collect();
            self.report.keys.extend(keys);
        }
        self.report.steps += 1;
        self.report.storage += took;
        let fetched = fetched.map_err(|source| self.located(source))?;
        let asked = self.fetches();
        if fetched.len() != asked.len() {
            return Err(ArrayError::SuppliedCount {
                asked: asked.len(),
                supplied: fetched.len(),
            }
            .into());
        }
        let fetched = fetched.into_iter().map(|one| one.map(|one| one.bytes));
        let start = self.blobs.len();
        self.blobs.extend(fetched);
        if self.blobs.len() < self.awaited().len() {
            return self.send_up(start);
        }
        let mut blobs = mem::take(&mut self.blobs).into_iter();
        for (reading, output) in self.readings.iter_mut().zip(&self.outputs) {
            let count = match output {
                Some(_) => 0,
                None => reading.fetches().len(),
            };
            if count > 0 {
                reading.supply(Counted {
                    blobs: blobs.by_ref(),
                    count,
                })?;
            }
        }
        self.asked = 0..0;
        self.fetches.clear();
        Ok(())
    }

    /// Sends up what has come since `start`.
    fn send_up(&mut self, start: usize) -> Result<(), Error> {
        let mut came = self.blobs.split_off(start);
        if let Some(upward) = &self.upward {
            upward.send(self.fetches(), &mut came)?;
        }
        self.blobs.append(&mut came);
        Ok(())
    }

    /// What the readings came to, in their order, and what that took; to be asked for once.
    pub(crate) fn finish(&mut self) -> (Vec<R::Output>, ReadReport) {
        let mut report = mem::take(&mut self.report);
        for reading in &self.readings {
            report.add(reading.report());
        }
        let outputs = mem::take(&mut self.outputs);
        (outputs.into_iter().flatten().collect(), report)
    }

    /// What a container said, with where in the array the bytes belong. A blob that ends too early is what the
    /// stepper itself would have said of it.
    fn located(&self, source: StoreError) -> Error {
        let key = source.key();
        let location = self.readings.iter().find_map(|reading| reading.locate(key));
        match (location, source) {
            (Some(location), StoreError::OutOfRange { end, have, .. }) => ArrayError::Node {
                location: Box::new(location),
                problem: Problem::TooShort { needed: end, have },
            }
            .into(),
            (location, source) => Error::Store {
                // The container's own words name the key.
                location: location.map(|mut location| {
                    location.key = None;
                    Box::new(location)
                }),
                source: Box::new(source),
            },
        }
    }
}

/// The next `count` of an iterator that has as many.
struct Counted<I> {
    blobs: I,
    count: usize,
}

impl<I: Iterator> Iterator for Counted<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.count = self.count.checked_sub(1)?;
        self.blobs.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.count, Some(self.count))
    }
}

impl<I: Iterator> ExactSizeIterator for Counted<I> {}
