//! [`NpzIndex`]: the members of an archive, as a layer on the container that has the file.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::RandomState;
use gawky_buffer::{Buffer, DType, Fetch, Key, Version};

use super::NpzOptions;
use super::fault::NpzFault;
use super::member::{Allowance, Content, Kind, Member};
use crate::conditional::check_version;
use crate::plan::Requests;
use crate::range::{check_length, slice_exactly};
use crate::{
    Answer, Coalescing, ContainerId, FetchReport, Fetched, Layer, Profile, StoreError,
    dtypes_agree, key,
};

/// The members of an archive, as a [`Layer`] on the container that has the file; [`Npz::open`](super::Npz::open) makes
/// it.
#[derive(Clone, Debug)]
pub struct NpzIndex {
    pub(super) file: Key,
    pub(super) size: u64,
    /// Whether the file is fetched whole or not at all.
    pub(super) whole: bool,
    pub(super) version: Option<Version>,
    /// Sorted by key.
    pub(super) members: Vec<Member>,
    pub(super) options: NpzOptions,
    pub(super) opening: FetchReport,
}

impl NpzIndex {
    pub(super) fn opened_with(mut self, report: FetchReport) -> Self {
        self.opening = report;
        self
    }

    /// The key that the file has in the container below.
    #[must_use]
    pub fn file_key(&self) -> &str {
        &self.file
    }

    /// The state of the file; `None` where the container has no versions.
    #[must_use]
    pub fn file_version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    /// How many bytes the file has.
    #[must_use]
    pub fn file_size(&self) -> u64 {
        self.size
    }

    /// What opening took, but for asking the size.
    #[must_use]
    pub fn opening(&self) -> FetchReport {
        self.opening
    }

    /// The keys, sorted.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        self.members
            .iter()
            .map(|member| member.key.clone())
            .collect()
    }

    pub(super) fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        key::validate_prefix(prefix)?;
        let keys = self.members.iter().map(|member| &member.key);
        Ok(keys
            .filter(|key| key::is_under(key, prefix))
            .cloned()
            .collect())
    }

    fn position(&self, key: &str) -> Option<usize> {
        let found = self
            .members
            .binary_search_by(|member| (*member.key).cmp(key));
        found.ok()
    }

    fn member(&self, key: &str) -> Result<Option<&Member>, StoreError> {
        match self.position(key) {
            Some(at) => Ok(self.members.get(at)),
            None => key::validate(key).map(|()| None),
        }
    }

    /// What came from below, which must not be nothing: the file was there when it was opened.
    fn still_there(&self, fetched: Option<Fetched>) -> Result<Buffer, StoreError> {
        match (fetched, &self.version) {
            (Some(fetched), _) => Ok(fetched.bytes),
            (None, Some(version)) => Err(StoreError::VersionMismatch {
                key: self.file.to_string(),
                expected: version.clone(),
                found: None,
            }),
            (None, None) => Err(NpzFault::Gone.of_file(&self.file)),
        }
    }
}

/// What an [`NpzIndex`] remembers of fetches.
#[derive(Debug)]
pub struct Pending {
    /// One for each key, as a member costs the same whatever is wanted of it.
    requests: Requests,
    wanted: Vec<Wanted>,
}

/// Of one request: which member it is for, if there is one, and what its bytes will be taken for.
#[derive(Debug)]
struct Wanted {
    member: Option<usize>,
    dtypes: Vec<DType>,
}

/// All ranges of a member become one.
const ALL: Coalescing = Coalescing::new(u64::MAX, u64::MAX, usize::MAX);

// Of a member from this size on, a small part is copied, so that it does not keep the rest alive.
const LARGE: usize = 64 * 1024;

impl Layer for NpzIndex {
    type Pending = Pending;

    fn ask(&self, fetches: &[Fetch]) -> Result<(Vec<Fetch>, Pending), StoreError> {
        let mut plain = fetches.to_vec();
        for fetch in &mut plain {
            if let (Some(asked), Some(version)) = (fetch.version.take(), &self.version) {
                check_version(&fetch.key, &asked, Some(version.clone()))?;
            }
        }
        let requests = Requests::plan(&plain, Some(ALL))?;
        let mut below = Vec::with_capacity(requests.as_slice().len());
        let mut wanted = Vec::with_capacity(requests.as_slice().len());
        let mut places = HashMap::with_capacity_and_hasher(plain.len(), RandomState::default());
        for (place, request) in requests.as_slice().iter().enumerate() {
            let position = self.position(&request.key);
            if let Some(member) = position.and_then(|at| self.members.get(at))
                && (below.is_empty() || !self.whole)
            {
                let range = (!self.whole).then(|| member.range.clone());
                below.push(Fetch::raw(self.file.clone(), range).at_version(self.version.clone()));
            }
            wanted.push(Wanted {
                member: position,
                dtypes: Vec::new(),
            });
            places.insert(
                request.key.clone(),
                (place, position.map(|_| below.len() - 1)),
            );
        }
        for fetch in &plain {
            let is_empty = fetch.range.as_ref().is_some_and(Range::is_empty);
            let Some((place, position)) = places.get(&fetch.key).filter(|_| !is_empty) else {
                continue;
            };
            if let (Some(wanted), Some(dtype)) = (wanted.get_mut(*place), fetch.dtype) {
                wanted.dtypes.push(dtype);
            }
            // Of several that are asked for the same bytes, the first says whose they are.
            if let Some(below) = position.and_then(|at| below.get_mut(at)) {
                below.origin = below.origin.take().or_else(|| fetch.origin.clone());
            }
        }
        Ok((below, Pending { requests, wanted }))
    }

    fn answer(
        &self,
        pending: Pending,
        fetched: Vec<Option<Fetched>>,
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let Pending { requests, wanted } = pending;
        let mut fetched = fetched.into_iter();
        let mut whole = None;
        if self.whole
            && let Some(fetched) = fetched.next()
        {
            whole = Some(self.still_there(fetched)?);
        }
        if whole.is_some() {
            // One request brought all of them.
            let served = wanted.iter().filter(|wanted| wanted.member.is_some());
            report.merged += served.count().saturating_sub(1) as u64;
        }
        let mut allowance = Allowance::new(&self.options);
        let mut answers = Vec::with_capacity(wanted.len());
        for (place, (request, wanted)) in requests.as_slice().iter().zip(wanted).enumerate() {
            let Some(member) = wanted.member.and_then(|at| self.members.get(at)) else {
                answers.push(None);
                continue;
            };
            let piece = match &whole {
                Some(file) => slice_exactly(&self.file, file, member.range.clone())?,
                None => {
                    let piece = self.still_there(fetched.next().flatten())?;
                    check_length(&self.file, &member.range, &piece)?;
                    piece
                }
            };
            let content = member.content(&self.file, &piece, &self.options, &mut allowance)?;
            content.agree(&wanted.dtypes, &request.key)?;
            let bytes = match &request.range {
                None => content.bytes,
                Some(range) => content
                    .part(&request.key, range.clone(), report)
                    .map_err(|error| requests.blame(place, error))?,
            };
            answers.push(Some(Fetched {
                bytes,
                version: self.version.clone(),
            }));
        }
        requests.answers(answers, report)
    }

    fn place(&self, fetch: &Fetch) -> Option<(&str, Range<u64>)> {
        let member = self.members.get(self.position(&fetch.key)?)?;
        Some((&self.file, member.range.clone()))
    }

    fn size(&self, key: &str) -> Result<Answer<u64>, StoreError> {
        Ok(match self.member(key)? {
            None => Answer::Known(None),
            Some(member) => match member.kind {
                Kind::Raw => Answer::Known(Some(member.uncompressed)),
                // How long its header is stands in the header.
                Kind::Array => Answer::InTheBytes,
            },
        })
    }

    fn contains(&self, key: &str) -> Result<Answer<()>, StoreError> {
        Ok(Answer::Known(self.member(key)?.map(|_| ())))
    }

    fn version(&self, key: &str) -> Result<Answer<Version>, StoreError> {
        let found = self.member(key)?;
        Ok(Answer::Known(found.and_then(|_| self.version.clone())))
    }

    fn profile(&self, below: Profile) -> Profile {
        // A range costs the whole member, which is never merged with itself.
        Profile::new(below.concurrency, false, None).with_max_in_flight(below.max_in_flight)
    }

    /// None where the file has no version: another file under the same key could not be told from it.
    fn id(&self, below: Option<ContainerId>) -> Option<ContainerId> {
        Some(below?.inside("npz", &self.file, self.version.as_ref()?))
    }
}

impl Content {
    /// Refuses to be taken for what it is not.
    fn agree(&self, dtypes: &[DType], key: &str) -> Result<(), StoreError> {
        let Some(stored) = self.dtype else {
            return Ok(());
        };
        match dtypes.iter().find(|asked| !dtypes_agree(stored, **asked)) {
            None => Ok(()),
            Some(asked) => Err(StoreError::DType {
                key: key.to_owned(),
                stored,
                asked: *asked,
            }),
        }
    }

    fn part(
        &self,
        key: &str,
        range: Range<u64>,
        report: &mut FetchReport,
    ) -> Result<Buffer, StoreError> {
        let part = slice_exactly(key, &self.bytes, range)?;
        match part.bytes() {
            Ok(bytes) if self.bytes.len() >= LARGE && bytes.len() < self.bytes.len() / 2 => {
                report.copied(bytes.len() as u64);
                Ok(Buffer::copied_from(bytes))
            }
            _ => Ok(part),
        }
    }
}
