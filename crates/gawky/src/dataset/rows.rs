//! Streams of Rust values into datasets.

use gawky_array::Array;
use gawky_array::rows::{FromRows, RowBuilder, RowsError};
use gawky_store::{Container, ContainerConditional, ContainerDelete, ContainerWrite};
use serde::Serialize;

use super::DatasetWriter;
use crate::Error;

/// How many bytes of rows are made an array at once; partitions are cut from these.
const AT_ONCE: usize = 8 << 20;

/// How many rows, at most, so that those without bytes have an end.
const MOST_ROWS: usize = 1 << 16;

impl<C> DatasetWriter<'_, C>
where
    C: Container + ContainerWrite + ContainerConditional + ContainerDelete + 'static,
{
    /// Adds rows, whatever can be serialised; see [`rows`](gawky_array::rows) for what becomes what.
    ///
    /// They are made arrays of some megabytes, one after the other, and these are [appended](Self::append), so that any number of rows
    /// takes bounded memory. The form of the dataset is [declared](FromRows::of_form) for them, so that a row that does not fit it is named. Where the
    /// dataset has no form yet, it is that of the first of these arrays; what is unknown there is learned from later ones. Fields that
    /// only later rows have take [`CreateDataset::form`](super::CreateDataset::form).
    ///
    /// ```
    /// use gawky::prelude::*;
    ///
    /// #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
    /// struct Event { run: u32, pt: Vec<f32> }
    ///
    /// let mut dataset = Dataset::create("memory:")?;
    /// let mut writer = dataset.writer()?;
    /// writer.append_rows((0..1000).map(|run| Event { run, pt: vec![20.5; 3] }))?;
    /// writer.finish()?;
    ///
    /// let events = dataset.lazy().rows(999..)?.read()?;
    /// assert_eq!(events.to_rows::<Event>()?, [Event { run: 999, pt: vec![20.5; 3] }]);
    /// # Ok::<(), gawky::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Rows`] for what cannot be a row, counted from the first of this call: those before it are appended, and the
    /// writer goes on. As for [`append`](Self::append).
    pub fn append_rows<T: Serialize>(
        &mut self,
        rows: impl IntoIterator<Item = T>,
    ) -> Result<(), Error> {
        self.append_rows_as(FromRows::new(), rows)
    }

    /// The same with options for what becomes of the rows; what they declare is declared instead of the form of the dataset.
    ///
    /// # Errors
    /// As [`append_rows`](Self::append_rows).
    pub fn append_rows_as<T: Serialize>(
        &mut self,
        options: FromRows,
        rows: impl IntoIterator<Item = T>,
    ) -> Result<(), Error> {
        let mut done = 0;
        let mut builder = self.begin_rows(&options)?;
        let finish = |builder: RowBuilder, done: u64| -> Result<Array, RowsError> {
            builder.finish().map_err(|error| error.after_rows(done))
        };
        for row in rows {
            if let Err(error) = builder.push(&row) {
                self.append(&finish(builder, done)?)?;
                return Err(error.after_rows(done).into());
            }
            if builder.nbytes() >= AT_ONCE || builder.len() >= MOST_ROWS {
                let array = finish(builder, done)?;
                self.append(&array)?;
                done += array.len() as u64;
                builder = self.begin_rows(&options)?;
            }
        }
        self.append(&finish(builder, done)?)
    }

    /// Begins an array of rows of which as much is declared as is known.
    fn begin_rows(&self, options: &FromRows) -> Result<RowBuilder, Error> {
        match options.is_declared() {
            true => Ok(options.begin()),
            false => Ok(options.clone().of_form(&self.layout.form)?.begin()),
        }
    }
}
