//! [`Layer`]: what lies between a reader and the container that has the bytes, without doing any I/O itself.

use std::ops::Range;

use async_trait::async_trait;
use gawky_buffer::{Buffer, Fetch, Key, Version};

use crate::fetched::{check_count, only};
use crate::{
    AsyncContainer, AsyncContainerList, Container, ContainerId, ContainerList, FetchReport,
    Fetched, Profile, StoreError,
};

/// A pure step between a reader and a container: it turns fetches into those to make below, and what comes
/// back into the answers.
///
/// An archive is one (a tensor is a range of its file), and so is the proof of checksums. Written once, it serves
/// blocking and asynchronous containers alike, through [`Layered`].
pub trait Layer: Send + Sync {
    /// What must be remembered from [`ask`](Self::ask) to [`answer`](Self::answer).
    type Pending: Send;

    /// What to fetch below for these fetches.
    ///
    /// # Errors
    /// As for [`Container::fetch_versioned`], as far as nothing need be read to know.
    fn ask(&self, fetches: &[Fetch]) -> Result<(Vec<Fetch>, Self::Pending), StoreError>;

    /// The answers to the fetches, of what came from below, one for each that was asked there: [`Layered`] has
    /// made sure of the number.
    ///
    /// # Errors
    /// When what came is not what it should be.
    fn answer(
        &self,
        pending: Self::Pending,
        fetched: Vec<Option<Fetched>>,
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError>;

    /// Under which key below, and in which of its bytes, what is fetched lies, for layers that keep many blobs in
    /// one; `None`, the default, where it lies under its own key.
    ///
    /// It is asked when the container below has failed, which knows its own keys only: the error is then told as one
    /// of the blob that was wanted ([`StoreError::Inside`]).
    fn place(&self, _fetch: &Fetch) -> Option<(&str, Range<u64>)> {
        None
    }

    /// How many bytes the blob under `key` has.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`].
    fn size(&self, key: &str) -> Result<Answer<u64>, StoreError>;

    /// What to fetch below to learn how large a blob is of which [`size`](Self::size) says that only its bytes tell, where a part
    /// of them does; `None`, the default, where it must be all.
    fn sounding(&self, _key: &str) -> Option<Fetch> {
        None
    }

    /// How large the blob under `key` is, by what its [`sounding`](Self::sounding) brought; `None`, the default, where that does not
    /// tell after all, and the whole blob is to be fetched.
    ///
    /// # Errors
    /// When what came is not what it should be.
    fn sounded(&self, _key: &str, _fetched: Option<Fetched>) -> Result<Option<u64>, StoreError> {
        Ok(None)
    }

    /// Whether there is a blob under `key`. The default goes by its size.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`].
    fn contains(&self, key: &str) -> Result<Answer<()>, StoreError> {
        Ok(match self.size(key)? {
            Answer::Known(size) => Answer::Known(size.map(|_| ())),
            Answer::Below => Answer::Below,
            Answer::InTheBytes => Answer::InTheBytes,
        })
    }

    /// In which state the blob under `key` is.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`].
    fn version(&self, key: &str) -> Result<Answer<Version>, StoreError>;

    /// How the whole likes to be asked, on a container that likes to be asked as `below`.
    fn profile(&self, below: Profile) -> Profile;

    /// Which container the whole is, on this one.
    fn id(&self, below: Option<ContainerId>) -> Option<ContainerId>;
}

/// A layer that knows all its keys by itself, as archives do: they are listed without any I/O, whether or not the
/// container below can list.
pub trait Catalogue: Layer {
    /// As [`ContainerList::list`].
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`] for a prefix that no key can have.
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError>;
}

/// What a layer knows about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// This; `None` when there is no such key, or it cannot be told.
    Known(Option<T>),
    /// The container below knows, under the same key.
    Below,
    /// Only the bytes tell: the blob is to be fetched.
    InTheBytes,
}

/// A container seen through a [`Layer`].
#[derive(Clone, Debug)]
pub struct Layered<L, C> {
    layer: L,
    inner: C,
}

impl<L, C> Layered<L, C> {
    /// `inner`, seen through `layer`.
    #[must_use]
    pub fn new(layer: L, inner: C) -> Self {
        Self { layer, inner }
    }

    /// The layer.
    #[must_use]
    pub fn layer(&self) -> &L {
        &self.layer
    }

    /// The container below.
    #[must_use]
    pub fn inner(&self) -> &C {
        &self.inner
    }

    /// Both.
    #[must_use]
    pub fn into_parts(self) -> (L, C) {
        (self.layer, self.inner)
    }
}

/// What is known of many blobs, and whom to ask for the others.
struct Known<T> {
    answers: Vec<Answer<T>>,
    /// Of these the container below knows.
    below: Vec<Key>,
    /// Of these only the bytes tell.
    in_the_bytes: Vec<Fetch>,
}

impl<T> Known<T> {
    /// What a layer tells of each by itself.
    fn of(
        keys: &[Key],
        tell: impl Fn(&str) -> Result<Answer<T>, StoreError>,
    ) -> Result<Self, StoreError> {
        let mut known = Self {
            answers: Vec::with_capacity(keys.len()),
            below: Vec::new(),
            in_the_bytes: Vec::new(),
        };
        for key in keys {
            let answer = tell(key)?;
            match answer {
                Answer::Known(_) => {}
                Answer::Below => known.below.push(key.clone()),
                Answer::InTheBytes => known.in_the_bytes.push(Fetch::raw(key.clone(), None)),
            }
            known.answers.push(answer);
        }
        Ok(known)
    }

    /// All of them, of what the others answered.
    fn all(
        self,
        below: Vec<Option<T>>,
        told: Vec<Option<T>>,
    ) -> Result<Vec<Option<T>>, StoreError> {
        check_count(self.below.iter(), &below)?;
        let mut below = below.into_iter();
        let mut told = told.into_iter();
        let answers = self.answers.into_iter().map(|answer| match answer {
            Answer::Known(known) => known,
            Answer::Below => below.next().flatten(),
            Answer::InTheBytes => told.next().flatten(),
        });
        Ok(answers.collect())
    }
}

fn length_of(fetched: Option<Fetched>) -> Option<u64> {
    fetched.map(|fetched| fetched.bytes.len() as u64)
}

impl<L: Layer, C> Layered<L, C> {
    /// The size of a blob, as far as it is known without asking anybody.
    fn size_told(&self, key: &str, below: impl Fn(&str) -> Option<u64>) -> Option<u64> {
        match self.layer.size(key).ok()? {
            Answer::Known(size) => size,
            Answer::Below => below(key),
            Answer::InTheBytes => None,
        }
    }

    /// What to fetch below for the sizes of these blobs, where a part of them tells.
    fn soundings(&self, blobs: &[Fetch]) -> Vec<Fetch> {
        let keys = blobs.iter().map(|blob| &blob.key);
        keys.filter_map(|key| self.layer.sounding(key)).collect()
    }

    /// The sizes of these blobs, as far as that has told them.
    fn sounded(
        &self,
        blobs: &[Fetch],
        soundings: &[Fetch],
        fetched: Result<Vec<Option<Fetched>>, StoreError>,
    ) -> Result<Vec<Option<u64>>, StoreError> {
        let fetched = fetched.map_err(|error| self.inside(blobs, error))?;
        check_count(soundings.iter().map(|fetch| &fetch.key), &fetched)?;
        let mut fetched = fetched.into_iter();
        let sizes = blobs
            .iter()
            .map(|blob| match self.layer.sounding(&blob.key) {
                Some(_) => self.layer.sounded(&blob.key, fetched.next().flatten()),
                None => Ok(None),
            });
        sizes.collect()
    }

    fn answers(
        &self,
        fetches: &[Fetch],
        below: &[Fetch],
        pending: L::Pending,
        fetched: Result<Vec<Option<Fetched>>, StoreError>,
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        fetched
            .and_then(|fetched| {
                check_count(below.iter().map(|fetch| &fetch.key), &fetched)?;
                self.layer.answer(pending, fetched, report)
            })
            .map_err(|error| self.inside(fetches, error))
    }

    /// An error of a blob below, as one of the blob in it that was wanted: the first that reaches past its end,
    /// where it is too short, else the first at all.
    fn inside(&self, fetches: &[Fetch], error: StoreError) -> StoreError {
        let mut there = fetches.iter().filter_map(|fetch| {
            let (key, range) = self.layer.place(fetch)?;
            (key == error.key() && key != fetch.key.as_str()).then_some((&fetch.key, range))
        });
        let wanted = match &error {
            StoreError::OutOfRange { have, .. } => there.find(|(_, range)| range.end > *have),
            _ => there.next(),
        };
        match wanted {
            None => error,
            Some((key, _)) => StoreError::Inside {
                key: key.to_string(),
                source: Box::new(error),
            },
        }
    }
}

fn only_bytes(answers: Vec<Option<Fetched>>) -> Option<Buffer> {
    only(answers).map(|fetched| fetched.bytes)
}

impl<L: Layer, C: Container> Container for Layered<L, C> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.fetch_versioned(&[Fetch::raw(key, None)], &mut FetchReport::default())
            .map(only_bytes)
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        self.fetch_versioned(&[Fetch::raw(key, Some(range))], &mut FetchReport::default())
            .map(only_bytes)
    }

    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        self.sizes(&[key.into()]).map(only)
    }

    fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        let known = Known::of(keys, |key| self.layer.size(key))?;
        let mut below = Vec::new();
        if !known.below.is_empty() {
            below = self.inner.sizes(&known.below)?;
        }
        let soundings = self.soundings(&known.in_the_bytes);
        let mut sounded = Ok(Vec::new());
        if !soundings.is_empty() {
            let report = &mut FetchReport::default();
            sounded = self.inner.fetch_versioned(&soundings, report);
        }
        let mut told = self.sounded(&known.in_the_bytes, &soundings, sounded)?;
        // One after the other, so that no more than one is in memory.
        for (fetch, told) in known.in_the_bytes.iter().zip(&mut told) {
            if told.is_none() {
                let report = &mut FetchReport::default();
                let fetched = self.fetch_versioned(std::slice::from_ref(fetch), report)?;
                *told = length_of(only(fetched));
            }
        }
        known.all(below, told)
    }

    fn contains(&self, key: &str) -> Result<bool, StoreError> {
        match self.layer.contains(key)? {
            Answer::Known(found) => Ok(found.is_some()),
            Answer::Below => self.inner.contains(key),
            Answer::InTheBytes => Ok(self.get(key)?.is_some()),
        }
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let (below, pending) = self.layer.ask(fetches)?;
        let fetched = self.inner.fetch_versioned(&below, report);
        self.answers(fetches, &below, pending, fetched, report)
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        self.size_told(key, |key| self.inner.known_size(key))
    }

    fn profile(&self) -> Profile {
        self.layer.profile(self.inner.profile())
    }

    fn id(&self) -> Option<ContainerId> {
        self.layer.id(self.inner.id())
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.versions(&[key.into()]).map(only)
    }

    fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        let known = Known::of(keys, |key| self.layer.version(key))?;
        let (mut below, mut fetched) = (Vec::new(), Vec::new());
        if !known.below.is_empty() {
            below = self.inner.versions(&known.below)?;
        }
        if !known.in_the_bytes.is_empty() {
            let report = &mut FetchReport::default();
            fetched = self.fetch_versioned(&known.in_the_bytes, report)?;
        }
        let versions = fetched.into_iter().map(|fetched| fetched?.version);
        known.all(below, versions.collect())
    }
}

#[async_trait]
impl<L: Layer, C: AsyncContainer> AsyncContainer for Layered<L, C> {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.fetch_versioned(&[Fetch::raw(key, None)], &mut FetchReport::default())
            .await
            .map(only_bytes)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        self.fetch_versioned(&[Fetch::raw(key, Some(range))], &mut FetchReport::default())
            .await
            .map(only_bytes)
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        self.sizes(&[key.into()]).await.map(only)
    }

    async fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        let known = Known::of(keys, |key| self.layer.size(key))?;
        let mut below = Vec::new();
        if !known.below.is_empty() {
            below = self.inner.sizes(&known.below).await?;
        }
        let soundings = self.soundings(&known.in_the_bytes);
        let mut sounded = Ok(Vec::new());
        if !soundings.is_empty() {
            let report = &mut FetchReport::default();
            sounded = self.inner.fetch_versioned(&soundings, report).await;
        }
        let mut told = self.sounded(&known.in_the_bytes, &soundings, sounded)?;
        // One after the other, so that no more than one is in memory.
        for (fetch, told) in known.in_the_bytes.iter().zip(&mut told) {
            if told.is_none() {
                let report = &mut FetchReport::default();
                let fetched = self
                    .fetch_versioned(std::slice::from_ref(fetch), report)
                    .await?;
                *told = length_of(only(fetched));
            }
        }
        known.all(below, told)
    }

    async fn contains(&self, key: &str) -> Result<bool, StoreError> {
        match self.layer.contains(key)? {
            Answer::Known(found) => Ok(found.is_some()),
            Answer::Below => self.inner.contains(key).await,
            Answer::InTheBytes => Ok(self.get(key).await?.is_some()),
        }
    }

    async fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let (below, pending) = self.layer.ask(fetches)?;
        let fetched = self.inner.fetch_versioned(&below, report).await;
        self.answers(fetches, &below, pending, fetched, report)
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        self.size_told(key, |key| self.inner.known_size(key))
    }

    fn profile(&self) -> Profile {
        self.layer.profile(self.inner.profile())
    }

    fn id(&self) -> Option<ContainerId> {
        self.layer.id(self.inner.id())
    }

    async fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.versions(&[key.into()]).await.map(only)
    }

    async fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        let known = Known::of(keys, |key| self.layer.version(key))?;
        let (mut below, mut fetched) = (Vec::new(), Vec::new());
        if !known.below.is_empty() {
            below = self.inner.versions(&known.below).await?;
        }
        if !known.in_the_bytes.is_empty() {
            let report = &mut FetchReport::default();
            fetched = self.fetch_versioned(&known.in_the_bytes, report).await?;
        }
        let versions = fetched.into_iter().map(|fetched| fetched?.version);
        known.all(below, versions.collect())
    }
}

impl<L: Catalogue, C: Send + Sync> ContainerList for Layered<L, C> {
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        self.layer.list(prefix)
    }
}

#[async_trait]
impl<L: Catalogue, C: Send + Sync> AsyncContainerList for Layered<L, C> {
    async fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        self.layer.list(prefix)
    }
}
