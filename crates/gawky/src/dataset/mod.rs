//! Datasets: partitions in a container, and a manifest that says which.
//!
//! | item | what it is |
//! |---|---|
//! | [`Dataset`] | a dataset at one of its versions; reading and changing it |
//! | [`CreateDataset`], [`CreateMode`], [`Packing`] | how one is made |
//! | [`DatasetBlobs`] | the container of its blobs, which a [`LazyArray`](crate::LazyArray) of it reads |
//! | [`DatasetVersion`] | a version that can still be read |
//! | [`DatasetWriter`], [`DatasetWritten`] | writing streams of arrays, cut into partitions; and what was written |
//! | [`Vacuum`], [`Vacuumed`] | what is removed with versions that nobody needs any more |
//! | [`DatasetFault`] | what can be wrong, or keep it from being changed |
//!
//! The page `docs/datasets.md` tells what lies where, and how Python opens it; `schemas/dataset.schema.json` describes the
//! manifest.
//!
//! ```
//! use gawky::dataset::{CreateDataset, Packing};
//! use gawky::prelude::*;
//!
//! let day = |text: &str| gawky::json::from_str(text);
//! let mut dataset = CreateDataset::new().packing(Packing::Safetensors).create("memory:")?; // or a path, or a URL
//! dataset.append(&day(r#"[{"run": 1, "hits": [2.5]}, {"run": 2, "hits": []}]"#)?)?;
//! dataset.append(&day(r#"[{"run": 3, "hits": [1.5, 3.5]}]"#)?)?; // a partition and a version more
//!
//! let last = dataset.lazy().field("hits")?.rows(1..)?.read()?;
//! assert_eq!(last.value()?.to_string(), "[[], [1.5, 3.5]]");
//! assert_eq!(dataset.open_at(2)?.len(), 2); // as it was
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod blobs;
mod change;
mod checksums;
mod claims;
mod column;
mod commit;
mod compact;
mod create;
mod fault;
mod history;
mod layout;
mod lazy;
mod litter;
mod location;
mod manifest;
mod packed;
mod partitions;
mod pool;
#[cfg_attr(not(feature = "checksums"), path = "no_proof.rs")]
mod proof;
mod reading;
mod retreat;
mod rows;
mod stored;
mod token;
mod vacuum;
mod validate;
mod write;
mod writer;

use std::fmt;
use std::sync::Arc;

use gawky_form::Form;
use gawky_store::Store;
use serde_json::{Map, Value};

use commit::Patience;
use stored::Stored;

use crate::Error;

pub use blobs::DatasetBlobs;
pub use create::{CreateDataset, CreateMode};
pub use fault::DatasetFault;
pub use history::DatasetVersion;
pub use layout::Packing;
pub use vacuum::{Vacuum, Vacuumed};
pub use write::DatasetWritten;
pub use writer::DatasetWriter;

/// A dataset: partitions in a container, and a manifest, `dataset.json`, that says which.
///
/// A handle shows the dataset as it was when it was opened, or last changed through this handle; what others commit meanwhile
/// shows after [`refresh`](Self::refresh). Changing it takes `&mut self` for that reason; a clone is a handle of its own.
/// The container may be any: reading takes no more than [`Container`](gawky_store::Container), so that a plain web server will do, and nothing is
/// ever listed.
///
/// ```
/// use gawky::prelude::*;
///
/// let events = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3]));
/// let folder = tempfile::tempdir()?;
/// let place = folder.path().join("events");
/// let place = place.to_str().unwrap();
///
/// let mut dataset = Dataset::create(place)?;
/// dataset.append(&events)?;
/// dataset.append(&events.slice(0..2)?)?;
///
/// let dataset = Dataset::open(place)?;
/// assert_eq!((dataset.version(), dataset.len(), dataset.lengths()), (3, 5, &[3, 2][..]));
/// assert_eq!(dataset.read_partition(1)?.to_string(), "<Array [1, 2] type='2 * int64'>");
/// assert_eq!(dataset.open_at(2)?.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Writers
///
/// Any number of processes may change a dataset at the same time. Each commit replaces the manifest on the condition that
/// it is still the one that the change was made upon; of two, one is told, looks what the other has done, and commits upon
/// that where both go together. Readers see the dataset before a commit or after it. Whoever dies leaves files at worst that no
/// version names.
pub struct Dataset<C = Arc<dyn Store>> {
    container: Arc<C>,
    stored: Stored,
    /// The newest version when it was opened, for a handle of a version before.
    newest: Option<u64>,
    /// Whether the container is known to replace blobs on a condition.
    proved: bool,
    patience: Patience,
    pack: bool,
    verified: bool,
}

impl<C> Clone for Dataset<C> {
    fn clone(&self) -> Self {
        Self {
            container: Arc::clone(&self.container),
            stored: self.stored.clone(),
            newest: self.newest,
            proved: self.proved,
            patience: self.patience.clone(),
            pack: self.pack,
            verified: self.verified,
        }
    }
}

impl<C> fmt::Debug for Dataset<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dataset")
            .field("version", &self.version())
            .field("partitions", &self.lengths().len())
            .field("rows", &self.len())
            .field("type", &self.form().type_().to_string())
            .finish_non_exhaustive()
    }
}

impl Dataset {
    /// Opens the dataset at a path or URL: `s3://bucket/events`, `gs://`, `az://`, `https://`, `file://`, or a path. URLs take
    /// the feature `object-store`.
    ///
    /// # Errors
    /// When the place cannot be opened; as [`open_in`](Self::open_in).
    pub fn open(place: &str) -> Result<Self, Error> {
        Self::open_in(location::open(place, false)?)
    }

    /// Makes a dataset at a path or URL where there is none; `memory:` is one that goes with its last handle.
    /// [`CreateDataset`] has all options.
    ///
    /// # Errors
    /// As [`CreateDataset::create_in`], and when the place cannot be opened.
    pub fn create(place: &str) -> Result<Self, Error> {
        CreateDataset::new().create(place)
    }
}

impl<C> Dataset<C> {
    fn of(container: Arc<C>, stored: Stored) -> Self {
        Self {
            container,
            stored,
            newest: None,
            proved: false,
            patience: Patience::default(),
            pack: true,
            verified: false,
        }
    }

    /// The container that it lies in.
    #[must_use]
    pub fn container(&self) -> &Arc<C> {
        &self.container
    }

    /// Which version this is: how many commits have made it.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.stored.manifest.version
    }

    /// The form of all partitions, with form keys; that of an `EmptyArray` while nothing is known of it.
    #[must_use]
    pub fn form(&self) -> &Form {
        &self.stored.manifest.layout.form
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.stored.manifest.partitions.rows()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many rows each partition has.
    #[must_use]
    pub fn lengths(&self) -> &[u64] {
        self.stored.manifest.partitions.lengths()
    }

    /// The numbers by which the partitions' blobs are called, in order; `None` where these are 0, 1, 2, …
    #[must_use]
    pub fn ids(&self) -> Option<&[u64]> {
        self.stored.manifest.partitions.explicit_ids()
    }

    /// What blobs are called.
    #[must_use]
    pub fn key_format(&self) -> &gawky_form::KeyFormat {
        &self.stored.manifest.layout.keys
    }

    /// In what the buffers of a partition lie.
    #[must_use]
    pub fn packing(&self) -> Packing {
        self.stored.manifest.layout.packing
    }

    /// Whether there are checksums of what is in blobs.
    #[must_use]
    pub fn has_checksums(&self) -> bool {
        self.stored.manifest.layout.checksums
    }

    /// The order of the bytes in blobs.
    #[must_use]
    pub fn byteorder(&self) -> gawky_buffer::ByteOrder {
        self.stored.manifest.layout.byteorder
    }

    /// What is kept with the data.
    #[must_use]
    pub fn attributes(&self) -> &Map<String, Value> {
        self.stored.manifest.attributes.map()
    }

    /// The manifest, byte for byte; that of the newest version where this is one before.
    #[must_use]
    pub fn manifest(&self) -> &gawky_buffer::Buffer {
        &self.stored.bytes
    }

    /// Whether what is written is packed first, so that only what rows reach is stored; it is unless set.
    #[must_use]
    pub fn pack(mut self, pack: bool) -> Self {
        self.pack = pack;
        self
    }

    /// Whether what is read is proved by the checksums that were written with it, so that damage is an error that names the blob,
    /// and never data. It is not unless set: blobs are then read whole, as checksums are of whole blobs, and those of a
    /// partition are read before something of it is. What has none is an error.
    ///
    /// ```
    /// use gawky::prelude::*;
    ///
    /// let memory = std::sync::Arc::new(MemoryContainer::new());
    /// let mut dataset = gawky::dataset::CreateDataset::new().create_in(memory.clone())?;
    /// dataset.append(&NumpyArray::from_vec(vec![1_i64, 2, 3]).into())?;
    /// memory.insert("part0-node0-data", vec![1_i64, 2, 7].into())?;
    ///
    /// assert_eq!(dataset.read_partition(0)?.to_string(), "<Array [1, 2, 7] type='3 * int64'>");
    /// let error = dataset.verified(true).read_partition(0).unwrap_err();
    /// assert!(error.to_string().contains("\"part0-node0-data\" is damaged"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "checksums")]
    #[must_use]
    pub fn verified(mut self, verified: bool) -> Self {
        self.verified = verified;
        self
    }

    /// How often a commit is tried while others come before, and what is done in between; `wait` is told how many attempts
    /// there have been. It is 100 times unless set, with waits by lot that grow to a second.
    #[must_use]
    pub fn with_patience(
        mut self,
        attempts: u32,
        wait: impl Fn(u32) + Send + Sync + 'static,
    ) -> Self {
        self.patience = Patience {
            attempts: attempts.max(1),
            wait: Arc::new(wait),
        };
        self
    }
}
