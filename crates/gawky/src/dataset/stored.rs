//! [`Stored`]: a manifest as it was found; and how it is read.

use gawky_buffer::{Buffer, Fetch, Version};
use gawky_store::{
    AsyncContainer, Container, ContainerConditional, FetchReport, Fetched, StoreError,
};

use super::fault::DatasetFault;
use super::history::{self, DatasetVersion, version_key};
use super::manifest::{Draft, MANIFEST, Manifest};
use crate::Error;

/// A manifest as it was found.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) manifest: Manifest,
    /// Byte for byte.
    pub(super) bytes: Buffer,
    /// The state of the file; `None` where the container could not tell it together with the bytes.
    pub(super) version: Option<Version>,
}

/// A manifest whose numbers, where they lie in blobs, have yet to be read.
struct HalfRead {
    draft: Draft,
    bytes: Buffer,
    version: Option<Version>,
}

impl HalfRead {
    fn of(key: &str, fetched: Option<Fetched>) -> Result<Option<Self>, Error> {
        Self::with_columns(key, fetched, None)
    }

    fn with_columns(
        key: &str,
        fetched: Option<Fetched>,
        columns: Option<&[&str]>,
    ) -> Result<Option<Self>, Error> {
        let Some(Fetched { bytes, version }) = fetched else {
            return Ok(None);
        };
        let draft = Draft::parse(key, bytes.bytes()?, columns)?;
        Ok(Some(Self {
            draft,
            bytes,
            version,
        }))
    }

    fn finish(self, asides: Vec<Option<Buffer>>) -> Result<Stored, Error> {
        Ok(Stored {
            manifest: self.draft.finish(asides)?,
            bytes: self.bytes,
            version: self.version,
        })
    }
}

/// Reads a manifest; `None` where there is none.
pub(super) fn load<C: Container + ?Sized>(
    container: &C,
    key: &str,
) -> Result<Option<Stored>, Error> {
    load_columns(container, key, None)
}

/// [`load`], of the form only these columns where they are given: nothing is to be written by what is read so.
pub(super) fn load_columns<C: Container + ?Sized>(
    container: &C,
    key: &str,
    columns: Option<&[&str]>,
) -> Result<Option<Stored>, Error> {
    let fetch = [Fetch::raw(key, None)];
    let mut fetched = container.fetch_versioned(&fetch, &mut FetchReport::default())?;
    let Some(half) = HalfRead::with_columns(key, fetched.pop().flatten(), columns)? else {
        return Ok(None);
    };
    let asides = asides(container, &half.draft.fetches())?;
    half.finish(asides).map(Some)
}

/// Reads the newest manifest with the state of its file, to put another in its place.
pub(super) fn load_to_replace<C: Container + ContainerConditional + ?Sized>(
    container: &C,
) -> Result<Option<Stored>, Error> {
    let found = container.get_versioned(MANIFEST)?;
    let fetched = found.map(|(bytes, version)| Fetched {
        bytes,
        version: Some(version),
    });
    let Some(half) = HalfRead::of(MANIFEST, fetched)? else {
        return Ok(None);
    };
    let asides = asides(container, &half.draft.fetches())?;
    half.finish(asides).map(Some)
}

fn asides<C: Container + ?Sized>(
    container: &C,
    fetches: &[Fetch],
) -> Result<Vec<Option<Buffer>>, StoreError> {
    match fetches {
        [] => Ok(Vec::new()),
        fetches => container.fetch(fetches),
    }
}

/// [`load`], without blocking.
pub(super) async fn load_async<C: AsyncContainer + ?Sized>(
    container: &C,
    key: &str,
) -> Result<Option<Stored>, Error> {
    load_columns_async(container, key, None).await
}

/// [`load_columns`], without blocking.
pub(super) async fn load_columns_async<C: AsyncContainer + ?Sized>(
    container: &C,
    key: &str,
    columns: Option<&[&str]>,
) -> Result<Option<Stored>, Error> {
    let fetch = [Fetch::raw(key, None)];
    let mut fetched = container
        .fetch_versioned(&fetch, &mut FetchReport::default())
        .await?;
    let Some(half) = HalfRead::with_columns(key, fetched.pop().flatten(), columns)? else {
        return Ok(None);
    };
    let asides = asides_async(container, &half.draft.fetches()).await?;
    half.finish(asides).map(Some)
}

async fn asides_async<C: AsyncContainer + ?Sized>(
    container: &C,
    fetches: &[Fetch],
) -> Result<Vec<Option<Buffer>>, StoreError> {
    match fetches {
        [] => Ok(Vec::new()),
        fetches => container.fetch(fetches).await,
    }
}

/// How often a manifest is looked for that is replaced each time before it can be read.
const MOST_TRIES: u32 = 10;

/// The manifest as it is now, also through a cache: `None` where it is still the one of this version.
pub(super) fn load_newer<C: Container + ?Sized>(
    container: &C,
    known: Option<&Version>,
) -> Result<Option<Stored>, Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        let now = container.version(MANIFEST)?;
        if now.is_some() && now.as_ref() == known {
            return Ok(None);
        }
        let fetch = [Fetch::raw(MANIFEST, None).at_version(now)];
        match container.fetch_versioned(&fetch, &mut FetchReport::default()) {
            Ok(mut fetched) => {
                let found = HalfRead::of(MANIFEST, fetched.pop().flatten())?;
                let half = found.ok_or_else(|| DatasetFault::Missing.of(MANIFEST))?;
                let asides = asides(container, &half.draft.fetches())?;
                return half.finish(asides).map(Some);
            }
            // Somebody has committed in between.
            Err(error) if error.is_conflict() && tries < MOST_TRIES => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// [`load_newer`], without blocking.
pub(super) async fn load_newer_async<C: AsyncContainer + ?Sized>(
    container: &C,
    known: Option<&Version>,
) -> Result<Option<Stored>, Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        let now = container.version(MANIFEST).await?;
        if now.is_some() && now.as_ref() == known {
            return Ok(None);
        }
        let fetch = [Fetch::raw(MANIFEST, None).at_version(now)];
        let mut took = FetchReport::default();
        match container.fetch_versioned(&fetch, &mut took).await {
            Ok(mut fetched) => {
                let found = HalfRead::of(MANIFEST, fetched.pop().flatten())?;
                let half = found.ok_or_else(|| DatasetFault::Missing.of(MANIFEST))?;
                let asides = asides_async(container, &half.draft.fetches()).await?;
                return half.finish(asides).map(Some);
            }
            Err(error) if error.is_conflict() && tries < MOST_TRIES => {}
            Err(error) => return Err(error.into()),
        }
    }
}

pub(super) fn newest(found: Option<Stored>) -> Result<Stored, Error> {
    found.ok_or_else(|| DatasetFault::Missing.of(MANIFEST))
}

/// The way back along the manifests to one version.
#[derive(Debug)]
pub(super) struct WayBack {
    wanted: u64,
    oldest: u64,
    newest: u64,
}

/// What a manifest comes to on the way back.
#[derive(Debug)]
pub(super) enum Stop {
    /// It is there.
    Here(Box<Manifest>),
    /// The manifest of this version knows more.
    Before(u64),
}

impl WayBack {
    /// To the version `wanted`, from the newest manifest.
    pub(super) fn to(wanted: u64, newest: &Manifest) -> Result<Self, Error> {
        let way = Self {
            wanted,
            oldest: newest.oldest,
            newest: newest.version,
        };
        if (way.oldest..=way.newest).contains(&wanted) {
            Ok(way)
        } else {
            Err(way.lost())
        }
    }

    /// What is next, by the manifest that was read.
    pub(super) fn stop(&self, manifest: &Manifest) -> Result<Stop, Error> {
        if let Some(found) = manifest.at(self.wanted) {
            return Ok(Stop::Here(Box::new(found)));
        }
        // Each is older than the one that names it, so the way ends.
        manifest
            .before()
            .map(Stop::Before)
            .ok_or_else(|| self.lost())
    }

    /// A manifest that was read on the way, which must be that of `version`.
    pub(super) fn past(&self, version: u64, found: Option<Stored>) -> Result<Manifest, Error> {
        past(version, found)?.ok_or_else(|| self.lost())
    }

    fn lost(&self) -> Error {
        DatasetFault::NoVersion {
            version: self.wanted,
            oldest: self.oldest,
            newest: self.newest,
        }
        .of(MANIFEST)
    }
}

/// A manifest of the past, which must be that of `version`; `None` where there is none.
fn past(version: u64, found: Option<Stored>) -> Result<Option<Manifest>, Error> {
    match found {
        None => Ok(None),
        Some(stored) if stored.manifest.version == version => Ok(Some(stored.manifest)),
        Some(stored) => {
            let problem = format!("version: it is {}, not {version}", stored.manifest.version);
            Err(super::fault::no_manifest(&version_key(version), problem))
        }
    }
}

/// The versions that are there, the newest last.
#[derive(Debug)]
pub(super) struct Versions {
    found: Vec<DatasetVersion>,
    oldest: u64,
    next: Option<u64>,
}

impl Versions {
    pub(super) fn of(newest: &Manifest) -> Self {
        let mut versions = Self {
            found: Vec::new(),
            oldest: newest.oldest,
            next: None,
        };
        versions.next = history::collect(newest, versions.oldest, &mut versions.found);
        versions
    }

    /// The version whose manifest is to be read next; none is left where there is none.
    pub(super) fn next(&self) -> Option<u64> {
        self.next
    }

    /// Takes what was found under that name. One that vacuum has taken meanwhile is no version any more.
    pub(super) fn supply(&mut self, found: Option<Stored>) -> Result<(), Error> {
        let manifest = match self.next {
            Some(version) => past(version, found)?,
            None => None,
        };
        self.next = match manifest {
            Some(manifest) => history::collect(&manifest, self.oldest, &mut self.found),
            None => None,
        };
        Ok(())
    }

    pub(super) fn finish(mut self) -> Vec<DatasetVersion> {
        self.found.reverse();
        self.found
    }
}
