//! Opening, at any version, and some columns alone; blocking and by futures, which differ in how manifests are fetched.

use std::sync::Arc;

use gawky_buffer::Version;
use gawky_form::Columns;
use gawky_store::{AsyncContainer, Container, Store};

use super::Dataset;
use super::history::{DatasetVersion, version_key};
use super::manifest::{MANIFEST, Manifest};
use super::stored::{
    Stop, Stored, Versions, WayBack, load, load_async, load_columns, load_columns_async,
    load_newer, load_newer_async, newest,
};
use super::{DatasetBlobs, location};
use crate::{Error, LazyArray};

/// Opening a dataset at a path or URL for some of its columns.
impl LazyArray<DatasetBlobs<Arc<dyn Store>>> {
    /// Opens the dataset at a path or URL for these columns, by the patterns of [`Form::select`](gawky_form::Form::select).
    ///
    /// It is `Dataset::open(place)?.lazy().select(columns)?` at less cost: what the manifest says of other columns is passed over.
    /// Of very many columns that takes a fraction of the time.
    ///
    /// ```
    /// use gawky::prelude::*;
    /// # let numbers = |from: i64, to: i64| Array::from(NumpyArray::from_vec((from..to).collect::<Vec<i64>>()));
    /// # let folder = tempfile::tempdir()?;
    /// # let place = folder.path().join("events");
    /// # let place = place.to_str().unwrap();
    /// # let events = Array::from(RecordArray::from_fields([("x", numbers(0, 1000)), ("y", numbers(1000, 2000))]));
    /// # Dataset::create(place)?.append(&events)?;
    /// let y = LazyArray::open(place, "y")?;
    /// assert_eq!(y.type_().to_string(), "{y: int64}");
    /// assert_eq!(y.rows(998..)?.read()?.value()?.to_string(), "[{y: 1998}, {y: 1999}]");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Dataset::open`], and as [`Form::select`](gawky_form::Form::select).
    pub fn open(place: &str, columns: impl Columns) -> Result<Self, Error> {
        Self::open_in(location::open(place, false)?, columns)
    }
}

/// Opening a dataset in a container for some of its columns.
impl<C: Container> LazyArray<DatasetBlobs<C>> {
    /// [`open`](LazyArray::open) of the dataset in a container, a folder that is mapped into memory, for example.
    ///
    /// # Errors
    /// As there.
    pub fn open_in(container: C, columns: impl Columns) -> Result<Self, Error> {
        let stored = load_columns(&container, MANIFEST, Some(&columns.patterns()))?;
        Ok(Dataset::of(Arc::new(container), newest(stored)?).lazy())
    }
}

/// Opening a dataset in a container that is asked by futures for some of its columns.
impl<C: AsyncContainer> LazyArray<DatasetBlobs<C>> {
    /// [`open_in`](LazyArray::open_in) without blocking.
    ///
    /// # Errors
    /// As there.
    pub async fn open_async(container: C, columns: impl Columns) -> Result<Self, Error> {
        let stored = load_columns_async(&container, MANIFEST, Some(&columns.patterns())).await?;
        Ok(Dataset::of(Arc::new(container), newest(stored)?).lazy())
    }
}

impl<C> Dataset<C> {
    /// A handle of a version that was found on the way back.
    fn at(&self, manifest: Manifest) -> Self {
        let mut past = self.clone();
        let newest = self.newest.unwrap_or(self.version());
        past.newest = Some(newest).filter(|newest| manifest.version < *newest);
        past.stored.manifest = manifest;
        past
    }
}

impl<C> Dataset<C> {
    /// The state of the manifest that this handle shows the newest version of.
    fn known(&self) -> Option<Version> {
        self.stored
            .version
            .clone()
            .filter(|_| self.newest.is_none())
    }

    fn is_now(&mut self, newer: Option<Stored>) {
        if let Some(newer) = newer {
            self.stored = newer;
            self.newest = None;
        }
    }
}

impl<C: Container> Dataset<C> {
    /// Opens the dataset in a container, in one small read.
    ///
    /// # Errors
    /// [`DatasetFault::Missing`](super::DatasetFault) where there is none, and when its manifest is none or of a newer format.
    pub fn open_in(container: C) -> Result<Self, Error> {
        let stored = newest(load(&container, MANIFEST)?)?;
        Ok(Self::of(Arc::new(container), stored))
    }

    /// The dataset as it was at `version`. Nothing is read for it while others have only appended since.
    ///
    /// # Errors
    /// [`DatasetFault::NoVersion`](super::DatasetFault) where there is none; as [`open_in`](Self::open_in).
    pub fn open_at(&self, version: u64) -> Result<Self, Error> {
        let way = WayBack::to(version, &self.stored.manifest)?;
        let mut manifest = self.stored.manifest.clone();
        loop {
            match way.stop(&manifest)? {
                Stop::Here(found) => return Ok(self.at(*found)),
                Stop::Before(version) => {
                    let found = load(&*self.container, &version_key(version))?;
                    manifest = way.past(version, found)?;
                }
            }
        }
    }

    /// The versions up to this one that can still be read, the newest last.
    ///
    /// # Errors
    /// As [`open_in`](Self::open_in).
    pub fn versions(&self) -> Result<Vec<DatasetVersion>, Error> {
        let mut versions = Versions::of(&self.stored.manifest);
        while let Some(version) = versions.next() {
            versions.supply(load(&*self.container, &version_key(version))?)?;
        }
        Ok(versions.finish())
    }

    /// Looks what others have committed; where that is nothing it costs no more than asking for the manifest's version. Through a
    /// cache it is looked up all the same.
    ///
    /// # Errors
    /// As [`open_in`](Self::open_in).
    pub fn refresh(&mut self) -> Result<(), Error> {
        let known = self.known();
        self.is_now(load_newer(&*self.container, known.as_ref())?);
        Ok(())
    }
}

impl<C: AsyncContainer> Dataset<C> {
    /// [`open_in`](Dataset::open_in) without blocking, a container that is asked by futures.
    ///
    /// # Errors
    /// As there.
    pub async fn open_async(container: C) -> Result<Self, Error> {
        let stored = newest(load_async(&container, MANIFEST).await?)?;
        Ok(Self::of(Arc::new(container), stored))
    }

    /// [`open_at`](Dataset::open_at) without blocking.
    ///
    /// # Errors
    /// As there.
    pub async fn open_at_async(&self, version: u64) -> Result<Self, Error> {
        let way = WayBack::to(version, &self.stored.manifest)?;
        let mut manifest = self.stored.manifest.clone();
        loop {
            match way.stop(&manifest)? {
                Stop::Here(found) => return Ok(self.at(*found)),
                Stop::Before(version) => {
                    let found = load_async(&*self.container, &version_key(version)).await?;
                    manifest = way.past(version, found)?;
                }
            }
        }
    }

    /// [`versions`](Dataset::versions) without blocking.
    ///
    /// # Errors
    /// As there.
    pub async fn versions_async(&self) -> Result<Vec<DatasetVersion>, Error> {
        let mut versions = Versions::of(&self.stored.manifest);
        while let Some(version) = versions.next() {
            versions.supply(load_async(&*self.container, &version_key(version)).await?)?;
        }
        Ok(versions.finish())
    }

    /// [`refresh`](Dataset::refresh) without blocking.
    ///
    /// # Errors
    /// As there.
    pub async fn refresh_async(&mut self) -> Result<(), Error> {
        let known = self.known();
        self.is_now(load_newer_async(&*self.container, known.as_ref()).await?);
        Ok(())
    }
}
