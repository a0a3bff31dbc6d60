//! [`DatasetWriter`]: streams of arrays, cut into partitions.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use gawky_array::Array;
use gawky_form::Form;
use gawky_store::{Container, ContainerConditional, ContainerDelete, ContainerWrite};
use tracing::debug;

use super::change::{Change, What};
use super::claims::{Claim, Claimer};
use super::create::CreateDataset;
use super::fault::DatasetFault;
use super::layout::Layout;
use super::manifest::Attributes;
use super::manifest::MANIFEST;
use super::pool::{Job, Pool, given_up};
use super::retreat::take_back;
use super::write::{DatasetWritten, fitted, layout_for, packed};
use super::{Dataset, Stored};
use crate::Error;

/// How many bytes a partition has, unless it is said otherwise.
const PARTITION_BYTES: u64 = 128 << 20;

/// Writes a stream of arrays as partitions of about one size, and commits them at the end.
///
/// Arrays are given in any sizes; they are made of the dataset's form, cut, and put together. Partitions are written by a few
/// threads while the next ones are gathered, and no more bytes are under way than is said, so that a stream of any length
/// takes bounded memory. A partition that cannot be written is an error of one of the next calls, and nothing more is committed
/// then. Dropped without [`finish`](Self::finish), it leaves the dataset as it was, or as it was committed last; what it has
/// written by then is litter, for [`vacuum`](Dataset::vacuum), unless it is told to [remove](Self::remove_uncommitted) that.
///
/// ```
/// use gawky::prelude::*;
///
/// let mut dataset = Dataset::create("memory:")?;
/// let mut writer = dataset.writer()?.rows_per_partition(4);
/// for first in [0_i64, 3, 6] {
///     writer.append(&NumpyArray::from_vec(vec![first, first + 1, first + 2]).into())?;
/// }
/// let written = writer.finish()?;
/// assert_eq!((written.partitions, written.rows), (3, 9));
/// assert_eq!(dataset.lengths(), [4, 4, 1]);
/// # Ok::<(), gawky::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is committed before finish()"]
pub struct DatasetWriter<'d, C: Container + ContainerWrite + ContainerDelete + 'static> {
    dataset: &'d mut Dataset<C>,
    /// The version upon which it was begun.
    began: u64,
    base: Stored,
    pub(super) layout: Arc<Layout>,
    claimer: Claimer,
    claims: Vec<Claim>,
    pool: Pool<C>,
    gathered: Gathered,
    written: DatasetWritten,
    rows: u64,
    bytes: u64,
    commit_every: Option<u64>,
    pack: bool,
    /// Where the first commit takes the place of all that is there: the version that is meant by that, and what is kept with
    /// the data from then on.
    replacing: Option<(u64, Attributes)>,
    failed: bool,
    /// Whether what was not committed is removed at the end.
    removes: bool,
    /// By which layouts partitions were written since the last commit.
    layouts: Vec<Arc<Layout>>,
}

/// What the next partition is made of.
#[derive(Debug, Default)]
struct Gathered {
    pieces: Vec<Array>,
    rows: u64,
    bytes: u64,
}

impl Gathered {
    /// Everything as one array; pieces that were taken before something was learned are made of the form that knows it.
    fn concatenated(self, form: &Form) -> Result<Array, Error> {
        let conform = |piece: Array| match piece.is_of_form(form) {
            true => Ok(piece),
            false => piece.conform_to(form),
        };
        let pieces: Vec<Array> = self
            .pieces
            .into_iter()
            .map(conform)
            .collect::<Result<_, _>>()?;
        Ok(Array::concatenate(&pieces)?)
    }
}

impl<C> Dataset<C>
where
    C: Container + ContainerWrite + ContainerConditional + ContainerDelete + 'static,
{
    /// Begins to write a stream of arrays; see [`DatasetWriter`].
    ///
    /// # Errors
    /// [`DatasetFault::Past`](super::DatasetFault) for a handle of a version before the newest.
    pub fn writer(&mut self) -> Result<DatasetWriter<'_, C>, Error> {
        let base = self.newest_stored()?;
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let pool = Pool::new(
            Arc::clone(&self.container),
            cores.min(4),
            2 * PARTITION_BYTES,
        );
        Ok(DatasetWriter {
            layout: Arc::clone(&base.manifest.layout),
            began: base.manifest.version,
            base,
            claimer: Claimer::upon(self.proved),
            claims: Vec::new(),
            pool,
            gathered: Gathered::default(),
            written: DatasetWritten::default(),
            rows: u64::MAX,
            bytes: PARTITION_BYTES,
            commit_every: None,
            pack: self.pack,
            replacing: None,
            failed: false,
            removes: false,
            layouts: Vec::new(),
            dataset: self,
        })
    }
}

impl<C> DatasetWriter<'_, C>
where
    C: Container + ContainerWrite + ContainerConditional + ContainerDelete + 'static,
{
    /// How many rows a partition has at most; as many as its bytes allow unless set.
    pub fn rows_per_partition(mut self, rows: u64) -> Self {
        self.rows = rows.max(1);
        self
    }

    /// How many bytes a partition has, about; 128 MiB unless set.
    pub fn bytes_per_partition(mut self, bytes: u64) -> Self {
        self.bytes = bytes.max(1);
        self
    }

    /// How many threads write, and how many bytes may be under way, besides those that the next partition is gathered from; 4 at
    /// most, and 256 MiB, unless set.
    pub fn in_flight(mut self, threads: usize, bytes: u64) -> Self {
        self.pool.limit(threads, bytes);
        self
    }

    /// Commits whenever so many partitions are written, so that others see them; at the end only unless set.
    pub fn commit_every(mut self, partitions: u64) -> Self {
        self.commit_every = Some(partitions.max(1));
        self
    }

    /// Whether arrays are packed first, so that only what rows reach is stored; as the dataset says unless set.
    pub fn pack(mut self, pack: bool) -> Self {
        self.pack = pack;
        self
    }

    /// Whether partitions that were written and not committed are removed where the writer fails or is dropped; they are litter
    /// for [`vacuum`](Dataset::vacuum) unless set. Partitions stay where it is not known whether they were committed, and
    /// so do claims on their numbers where the container is behind a network, which may deliver a request late.
    pub fn remove_uncommitted(mut self, remove: bool) -> Self {
        self.removes = remove;
        self
    }

    /// Puts what is written in the place of all that is there, in one commit, and in the packing, form and attributes that the
    /// options say. (With [`commit_every`](Self::commit_every) the first commit does it, and the others add.)
    ///
    /// ```
    /// use gawky::dataset::{CreateDataset, Packing};
    /// use gawky::prelude::*;
    ///
    /// let mut dataset = Dataset::create("memory:")?;
    /// dataset.append(&NumpyArray::from_vec(vec![1_i64, 2]).into())?;
    /// let other = CreateDataset::new().packing(Packing::Safetensors);
    /// let mut writer = dataset.writer()?.replacing(&other)?;
    /// writer.append(&NumpyArray::from_vec(vec![1.5_f64]).into())?;
    /// writer.finish()?;
    /// assert_eq!(dataset.lazy().read()?.to_string(), "<Array [1.5] type='1 * float64'>");
    /// assert_eq!(dataset.open_at(2)?.len(), 2);
    /// # Ok::<(), gawky::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the options go not with one another, or rows were appended before, which are of the form that there was. Committing then is
    /// [`DatasetFault::Conflict`](super::DatasetFault) when anybody has committed anything since the writer was begun.
    pub fn replacing(mut self, options: &CreateDataset) -> Result<Self, Error> {
        if self.gathered.rows > 0 || self.written.partitions > 0 {
            return Err(given_up(
                "a writer that has rows cannot replace what is there: call replacing() before append()",
            ));
        }
        self.layout = Arc::new(options.layout()?);
        self.replacing = Some((self.base.manifest.version, options.kept_attributes()));
        Ok(self)
    }

    /// What has been handed over to be written so far, but for the partition that is being gathered.
    #[must_use]
    pub fn written(&self) -> DatasetWritten {
        self.written
    }

    /// Adds the rows of an array.
    ///
    /// # Errors
    /// When it cannot be of the dataset's form, and then nothing of it is taken, and the writer goes on; when a partition could not
    /// be written, or the container fails.
    pub fn append(&mut self, array: &Array) -> Result<(), Error> {
        self.not_failed()?;
        if array.is_empty() {
            return Ok(());
        }
        let packed = packed(array, self.pack)?;
        let layout = layout_for(&self.layout, [&packed])?;
        let fitted = fitted(packed, &layout.form)?;
        self.layout = layout;
        let held = array.nbytes() as u64;
        self.written.bytes_saved += held.saturating_sub(fitted.nbytes() as u64);
        let taken = self.take(&fitted);
        self.failed |= taken.is_err();
        taken
    }

    /// Writes what is left, waits for all of it, and commits; answers what was written.
    ///
    /// # Errors
    /// As [`append`](Self::append), and as [`Dataset::append`].
    pub fn finish(mut self) -> Result<DatasetWritten, Error> {
        self.not_failed()?;
        self.cut()?;
        self.commit()?;
        Ok(self.written)
    }

    fn not_failed(&self) -> Result<(), Error> {
        match self.failed {
            false => Ok(()),
            true => Err(given_up(
                "this writer has failed before, and would leave out rows: begin another one",
            )),
        }
    }

    /// Takes the rows of an array of the right form, partition by partition.
    fn take(&mut self, array: &Array) -> Result<(), Error> {
        let (length, nbytes) = (array.len() as u64, array.nbytes() as u64);
        // Rows are taken for equally large; at least a byte, so that those without any have an end.
        let bytes_of = |rows: u64| {
            let share = u128::from(nbytes) * u128::from(rows) / u128::from(length.max(1));
            u64::try_from(share).unwrap_or(u64::MAX)
        };
        let rows_in = |bytes: u64| {
            let rows = u128::from(bytes) * u128::from(length) / u128::from(nbytes.max(1));
            u64::try_from(rows).unwrap_or(u64::MAX)
        };
        let mut start = 0;
        while start < length {
            let by_rows = self.rows.saturating_sub(self.gathered.rows);
            let by_bytes = rows_in(self.bytes.saturating_sub(self.gathered.bytes));
            let room = by_rows.min(by_bytes);
            let room = match self.gathered.rows {
                0 => room.max(1),
                _ => room,
            };
            let rows = room.min(length - start);
            if rows > 0 {
                let range = as_usize(start)..as_usize(start + rows);
                self.gathered.pieces.push(array.slice(range)?);
                self.gathered.rows += rows;
                self.gathered.bytes += bytes_of(rows);
                start += rows;
            }
            if start < length || self.gathered.rows >= self.rows {
                self.cut()?;
            }
        }
        Ok(())
    }

    /// Has the partition that has been gathered written.
    fn cut(&mut self) -> Result<(), Error> {
        let gathered = std::mem::take(&mut self.gathered);
        if gathered.pieces.is_empty() {
            return Ok(());
        }
        let array = gathered.concatenated(&self.layout.form)?;
        let array = fitted(packed(&array, self.pack)?, &self.layout.form)?;
        let container = &*self.dataset.container;
        let patience = &self.dataset.patience;
        let claims = self.claimer.claim(container, &mut self.base, 1, patience)?;
        let array = match self.take_over()? {
            true => fitted(array, &self.layout.form)?,
            false => array,
        };
        let position = self.written.partitions;
        self.written.partitions += 1;
        self.written.rows += array.len() as u64;
        self.written.bytes += array.nbytes() as u64;
        if self
            .layouts
            .last()
            .is_none_or(|last| !Arc::ptr_eq(last, &self.layout))
        {
            self.layouts.push(Arc::clone(&self.layout));
        }
        for claim in claims {
            let job = Job {
                position,
                id: claim.id,
                array: array.clone(),
                layout: Arc::clone(&self.layout),
            };
            self.claims.push(claim);
            self.pool.push(job)?;
        }
        if let Some(every) = self.commit_every
            && self.claims.len() as u64 >= every
        {
            self.commit()?;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Error> {
        let done = self.pool.finish()?;
        let claims = std::mem::take(&mut self.claims);
        self.layouts.clear();
        if done.is_empty() && self.replacing.is_none() {
            return Ok(());
        }
        let ids = done.iter().map(|done| done.id).collect();
        let lengths = done.iter().map(|done| done.length).collect();
        let layout = Arc::clone(&self.layout);
        let change = match self.replacing.take() {
            None => Change {
                began: self.began,
                what: What::Append {
                    ids,
                    lengths,
                    layout,
                },
            },
            Some((began, attributes)) => Change {
                began,
                what: What::Overwrite {
                    ids,
                    lengths,
                    layout,
                    attributes: Some(attributes),
                },
            },
        };
        self.dataset
            .commit(self.base.clone(), &change, &self.claimer, &claims)?;
        self.base = self.dataset.stored.clone();
        self.take_over()?;
        Ok(())
    }

    /// Takes over what others have taught the dataset; whether there was anything.
    fn take_over(&mut self) -> Result<bool, Error> {
        let found = &self.base.manifest.layout;
        if self.replacing.is_some() || found.reads_as(&self.layout) || self.layout.reads(found) {
            return Ok(false);
        }
        self.layout = if found.reads(&self.layout) {
            Arc::clone(found)
        } else if self.claims.is_empty() {
            // Both have learned something, and nothing has been written by what is known here.
            found.learning(&self.layout)?
        } else {
            // What has been written will not go with it: better said now than at the end.
            return Err(DatasetFault::Conflict {
                change: "an append",
                base: self.began,
                found: self.base.manifest.version,
                problem: "somebody has given the dataset another form".to_owned(),
            }
            .of(MANIFEST));
        };
        Ok(true)
    }
}

impl<C: Container + ContainerWrite + ContainerDelete + 'static> Drop for DatasetWriter<'_, C> {
    fn drop(&mut self) {
        if !self.removes || self.claims.is_empty() {
            return;
        }
        // Nothing of it is written any more.
        self.pool.close();
        let container = &*self.dataset.container;
        if let Err(error) = take_back(container, &self.claims, &self.layouts) {
            debug!(%error, "partitions that were not committed stay until vacuum");
        }
    }
}

/// A number of rows of an array that is in memory.
fn as_usize(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}
