//! Reading what is wanted.

use gawky_array::{Array, ArrayError, Reading, Step};
use gawky_store::{AsyncContainer, Container};

use super::{LazyArray, projected};
use crate::lockstep::Lockstep;
use crate::partitions::Part;
use crate::{Error, ReadReport, driver};

impl<C> LazyArray<C> {
    /// The readings of these parts of partitions, to go on together.
    pub(super) fn readings(
        &self,
        parts: &[Part],
        known_size: impl Fn(&str) -> Option<u64>,
    ) -> Result<Lockstep<Reading<'_>>, ArrayError> {
        let readings = parts
            .iter()
            .map(|part| self.partitions.reading(&self.selected, part, &known_size));
        Ok(Lockstep::new(readings.collect::<Result<_, _>>()?))
    }

    /// What is shown of what was read: one array, on the host.
    pub(super) fn joined(&self, mut arrays: Vec<Array>) -> Result<Array, ArrayError> {
        for array in &mut arrays {
            *array = projected(
                std::mem::replace(array, Array::Empty(gawky_array::EmptyArray)),
                &self.field,
            )?;
        }
        match arrays.pop() {
            None => self.no_rows(),
            Some(only) if arrays.is_empty() => Ok(only),
            Some(last) => {
                arrays.push(last);
                Array::concatenate(&arrays)
            }
        }
    }

    fn no_rows(&self) -> Result<Array, ArrayError> {
        let part = Part {
            position: 0,
            length: 0,
            rows: Some(0..0),
        };
        let mut reading = self.partitions.reading(&self.selected, &part, |_| None)?;
        match reading.step()? {
            Step::Done(array) => projected(array, &self.field),
            Step::Need(_) => projected(Array::empty(&self.selected)?, &self.field),
        }
    }

    /// The array where it is to be.
    pub(super) fn placed(&self, array: Array) -> Result<Array, Error> {
        match self.place.is_host() {
            true => Ok(array),
            false => Ok(array.to_place(&self.place)?),
        }
    }

    /// What is read to be kept goes up as it comes; what is joined of several parts, when it is whole.
    fn begin(
        &self,
        known_size: impl Fn(&str) -> Option<u64>,
    ) -> Result<Lockstep<Reading<'_>>, Error> {
        let parts = self.parts()?;
        let upward = match parts.as_slice() {
            [_] => self.partitions.upward(&self.place),
            _ => None,
        };
        Ok(self.readings(&parts, known_size)?.upward(upward))
    }

    /// What is read to be dropped stays on the host.
    fn begin_prefetch(
        &self,
        known_size: impl Fn(&str) -> Option<u64>,
    ) -> Result<Lockstep<Reading<'_>>, Error> {
        Ok(self.readings(&self.parts()?, known_size)?)
    }

    fn finish(&self, arrays: Vec<Array>) -> Result<Array, Error> {
        self.placed(self.joined(arrays)?)
    }
}

impl<C: Container> LazyArray<C> {
    /// Reads it: all partitions together, so that many take no more round trips than one.
    ///
    /// # Errors
    /// As for [`from_buffers`](crate::from_buffers); a partition that fails is an error, never a shorter array.
    pub fn read(&self) -> Result<Array, Error> {
        let (arrays, _) = driver::read(
            self.begin(|key| self.container.known_size(key))?,
            &self.container,
        )?;
        self.finish(arrays)
    }

    /// Reads it, and tells what that took.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub fn read_with_report(&self) -> Result<(Array, ReadReport), Error> {
        let (arrays, report) = driver::read(
            self.begin(|key| self.container.known_size(key))?
                .with_keys(),
            &self.container,
        )?;
        Ok((self.finish(arrays)?, report))
    }

    /// Reads it into a cache that the container is read through, and drops it: what is read after that comes
    /// from there, as far as the cache has room.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub fn prefetch(&self) -> Result<ReadReport, Error> {
        let (_, report) = driver::read(
            self.begin_prefetch(|key| self.container.known_size(key))?,
            &self.container,
        )?;
        Ok(report)
    }
}

impl<C: AsyncContainer> LazyArray<C> {
    /// [`read`](Self::read), without blocking while bytes are fetched; sending them to a device blocks.
    ///
    /// # Errors
    /// As there.
    pub async fn read_async(&self) -> Result<Array, Error> {
        let (arrays, _) = driver::read_async(
            self.begin(|key| self.container.known_size(key))?,
            &self.container,
        )
        .await?;
        self.finish(arrays)
    }

    /// [`read_with_report`](Self::read_with_report), without blocking.
    ///
    /// # Errors
    /// As there.
    pub async fn read_async_with_report(&self) -> Result<(Array, ReadReport), Error> {
        let lockstep = self
            .begin(|key| self.container.known_size(key))?
            .with_keys();
        let (arrays, report) = driver::read_async(lockstep, &self.container).await?;
        Ok((self.finish(arrays)?, report))
    }

    /// [`prefetch`](Self::prefetch), without blocking.
    ///
    /// # Errors
    /// As there.
    pub async fn prefetch_async(&self) -> Result<ReadReport, Error> {
        let (_, report) = driver::read_async(
            self.begin_prefetch(|key| self.container.known_size(key))?,
            &self.container,
        )
        .await?;
        Ok(report)
    }
}
