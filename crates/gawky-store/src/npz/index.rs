//! [`NpzIndex`]: the members of an archive, as a layer on the container that has the file.

use std::ops::Range;

use gawky_buffer::{Buffer, DType, Fetch, Key, Version};

use super::NpzOptions;
use super::fault::NpzFault;
use super::member::{Allowance, Content, Kind, Member};
use crate::conditional::check_version;
use crate::plan::{Requests, whole_blobs};
use crate::range::{check_length, slice_exactly};
use crate::{
    Answer, Catalogue, ContainerId, FetchReport, Fetched, Layer, Profile, StoreError, dtypes_agree,
    key,
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
    /// One for each member, as it costs the same whatever is wanted of it.
    requests: Requests,
    wanted: Vec<Wanted>,
}

/// Of one request: which member it is for, if there is one, and what its bytes will be taken for.
#[derive(Debug)]
struct Wanted {
    member: Option<usize>,
    dtypes: Vec<DType>,
}

impl Layer for NpzIndex {
    type Pending = Pending;

    fn ask(&self, fetches: &[Fetch]) -> Result<(Vec<Fetch>, Pending), StoreError> {
        let mut plain = fetches.to_vec();
        for fetch in &mut plain {
            // A member is read once, as whatever it is wanted.
            fetch.dtype = None;
            if let (Some(asked), Some(version)) = (fetch.version.take(), &self.version) {
                check_version(&fetch.key, &asked, Some(version.clone()))?;
            }
        }
        let (members, requests) = whole_blobs(&plain, |_| Ok(true))?;
        let mut below = Vec::with_capacity(members.len());
        let mut wanted = Vec::with_capacity(members.len());
        for fetch in members {
            let position = self.position(&fetch.key);
            if let Some(member) = position.and_then(|at| self.members.get(at))
                && (below.is_empty() || !self.whole)
            {
                let range = (!self.whole).then(|| member.range.clone());
                let mut file =
                    Fetch::raw(self.file.clone(), range).at_version(self.version.clone());
                // Of several that are asked for the same bytes, the first says whose they are.
                file.origin = fetch.origin;
                below.push(file);
            }
            wanted.push(Wanted {
                member: position,
                dtypes: Vec::new(),
            });
        }
        for (at, fetch) in fetches.iter().enumerate() {
            let wanted = requests.of_fetch(at).and_then(|at| wanted.get_mut(at));
            if let (Some(wanted), Some(dtype)) = (wanted, fetch.dtype) {
                wanted.dtypes.push(dtype);
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
        for (request, wanted) in requests.as_slice().iter().zip(wanted) {
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
            answers.push(Some(Fetched {
                bytes: content.bytes,
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

    fn sounding(&self, key: &str) -> Option<Fetch> {
        let member = self.members.get(self.position(key)?)?;
        let range = member.beginning();
        // Of a file that is fetched whole, a part costs as much.
        (!self.whole && member.kind == Kind::Array)
            .then(|| Fetch::raw(self.file.clone(), Some(range)).at_version(self.version.clone()))
    }

    fn sounded(&self, key: &str, fetched: Option<Fetched>) -> Result<Option<u64>, StoreError> {
        let beginning = self.still_there(fetched)?;
        let member = self.member(key)?;
        Ok(member
            .zip(beginning.bytes().ok())
            .and_then(|(member, beginning)| member.elements(beginning)))
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

impl Catalogue for NpzIndex {
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        key::validate_prefix(prefix)?;
        let keys = self.members.iter().map(|member| &member.key);
        Ok(keys
            .filter(|key| key::is_under(key, prefix))
            .cloned()
            .collect())
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
}
