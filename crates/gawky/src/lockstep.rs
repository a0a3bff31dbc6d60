//! [`Lockstep`]: readings that go on together, so that all of them share a fetch.

use gawky_array::{Array, ArrayError, Problem, Reading, Step};
use gawky_buffer::Fetch;
use gawky_store::{FetchReport, Fetched, StoreError};

use crate::{Error, ReadReport};

/// Readings, one for each partition, that go on together: a step of all of them is one fetch, so that many
/// partitions take as many round trips as one.
///
/// Like a [`Reading`] it does no I/O; blocking and asynchronous drivers are loops of a few lines around it.
#[derive(Debug)]
pub(crate) struct Lockstep<'f> {
    readings: Vec<Reading<'f>>,
    arrays: Vec<Option<Array>>,
    /// What all readings await now, in their order; not used for one reading alone, whose own list will do.
    fetches: Vec<Fetch>,
    report: ReadReport,
    has_keys: bool,
}

impl<'f> Lockstep<'f> {
    pub(crate) fn new(readings: Vec<Reading<'f>>) -> Self {
        Self {
            arrays: readings.iter().map(|_| None).collect(),
            readings,
            fetches: Vec::new(),
            report: ReadReport::default(),
            has_keys: false,
        }
    }

    /// Reports the keys that are fetched, too.
    pub(crate) fn with_keys(mut self) -> Self {
        self.has_keys = true;
        self
    }

    /// Goes as far as the bytes at hand allow; whether any are awaited now.
    pub(crate) fn step(&mut self) -> Result<bool, Error> {
        self.fetches.clear();
        let alone = self.readings.len() == 1;
        let mut awaiting = false;
        for (reading, array) in self.readings.iter_mut().zip(&mut self.arrays) {
            if array.is_some() {
                continue;
            }
            match reading.step()? {
                Step::Done(done) => *array = Some(done),
                Step::Need(fetches) => {
                    awaiting = true;
                    if !alone {
                        self.fetches.extend_from_slice(fetches);
                    }
                }
            }
        }
        Ok(awaiting)
    }

    /// What is awaited now.
    pub(crate) fn fetches(&self) -> &[Fetch] {
        match self.readings.as_slice() {
            [alone] => alone.fetches(),
            _ => &self.fetches,
        }
    }

    /// Hands over what a container answered to [`fetches`](Self::fetches), and what that took; it is counted also
    /// where the container failed.
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
        let mut blobs = fetched
            .into_iter()
            .map(|fetched| fetched.map(|fetched| fetched.bytes));
        for (reading, array) in self.readings.iter_mut().zip(&self.arrays) {
            let count = match array {
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
        Ok(())
    }

    /// The arrays, in the order of their readings, and what reading them took.
    pub(crate) fn finish(self) -> (Vec<Array>, ReadReport) {
        let mut report = self.report;
        for reading in &self.readings {
            report.add(reading.report());
        }
        (self.arrays.into_iter().flatten().collect(), report)
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
