//! [`SafeTensorsIndex`]: where each tensor lies.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::{Buffer, DType, Fetch, Key, Version};

use super::header::{Header, PREFIX, Tensor, Texts};
use super::{SafeTensorsFault, dtype};
use crate::conditional::check_version;
use crate::range::{check_length, check_range, slice_exactly};
use crate::{
    Answer, Catalogue, ContainerId, FetchReport, Fetched, Layer, Profile, StoreError, dtypes_agree,
    key,
};

/// The header of a safetensors file: where each tensor lies, and what it is. As a [`Layer`] it makes tensors of a
/// container that holds the file.
///
/// It belongs to one state of the file, where the container has versions: tensors are fetched of that state or
/// not at all.
#[derive(Clone, Debug)]
pub struct SafeTensorsIndex {
    /// Of the file, in the container below.
    key: Key,
    version: Option<Version>,
    header: Arc<Header>,
    /// The file's byte at which the tensors begin.
    data_start: u64,
    /// The beginning of the file, where tensors came along with the header; else nothing.
    kept: Buffer,
    opening: FetchReport,
}

/// What a [`SafeTensorsIndex`] remembers of fetches.
#[derive(Debug)]
pub struct Pending(Vec<Source>);

/// Where the answer to a fetch is to come from.
#[derive(Debug)]
pub(super) enum Source {
    /// There is no such tensor.
    Missing,
    /// These bytes came with the header, or none are wanted.
    Here(Buffer),
    /// So many bytes of the file.
    Below(Range<u64>),
}

impl SafeTensorsIndex {
    /// The index of a file of which the header, at least, is in `bytes`, that begin where it does. `whole` says
    /// that they also end where it does.
    pub(super) fn new(
        key: Key,
        bytes: Buffer,
        version: Option<Version>,
        header: Header,
        header_end: u64,
        whole: bool,
    ) -> Result<Self, StoreError> {
        let (needed, have) = (header_end + header.data_len, bytes.len() as u64);
        if have > needed || (whole && have < needed) {
            return Err(StoreError::SafeTensors {
                key: key.into(),
                fault: SafeTensorsFault::FileLength { needed, have },
            });
        }
        let kept = if whole || have > header_end {
            bytes
        } else {
            Buffer::empty()
        };
        Ok(Self {
            key,
            version,
            header: Arc::new(header),
            data_start: header_end,
            kept,
            opening: FetchReport::default(),
        })
    }

    /// The same without what came along with the header.
    pub(super) fn without_tensors(&self) -> Self {
        Self {
            kept: Buffer::empty(),
            ..self.clone()
        }
    }

    pub(super) fn opened_with(mut self, report: FetchReport) -> Self {
        self.opening = report;
        self
    }

    /// The key that the file has in the container below.
    #[must_use]
    pub fn file_key(&self) -> &str {
        &self.key
    }

    /// The state of the file; `None` where the container has no versions.
    #[must_use]
    pub fn file_version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    /// How many bytes the file has, if it is as its header says.
    #[must_use]
    pub fn file_size(&self) -> u64 {
        self.data_start + self.header.data_len
    }

    /// What opening took.
    #[must_use]
    pub fn opening(&self) -> FetchReport {
        self.opening
    }

    /// The texts that the writer left in the header, `form` and `length` where Awkward wrote it.
    #[must_use]
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.header.metadata
    }

    /// The names of all tensors, in the order in which they lie in the file. Those that cannot be keys, as
    /// [`key`](crate::key) has it, are not among them.
    #[must_use]
    pub fn keys(&self) -> Vec<&str> {
        let mut tensors: Vec<_> = self.valid().collect();
        tensors.sort_unstable_by_key(|(key, tensor)| (tensor.range.start, tensor.range.end, *key));
        tensors.into_iter().map(|(key, _)| key.as_str()).collect()
    }

    /// What the tensor under `key` is said to be; `None` when there is no such tensor, or it is of a dtype that no
    /// form has.
    ///
    /// Dates and durations, which the format lacks, are `int64` in it; `complex128` and what is larger are
    /// `uint8`.
    #[must_use]
    pub fn dtype(&self, key: &str) -> Option<DType> {
        dtype::ours(self.header.tensors.get(key)?.dtype)
    }

    /// Which bytes of the file the tensor under `key` is; `None` when there is no such tensor.
    #[must_use]
    pub fn range(&self, key: &str) -> Option<Range<u64>> {
        Some(self.range_in_file(self.header.tensors.get(key)?))
    }

    /// How many bytes a tensor has.
    pub(super) fn size_of(&self, tensor: &str) -> Option<u64> {
        let range = &self.header.tensors.get(tensor)?.range;
        Some(range.end - range.start)
    }

    /// How many tensors there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.header.tensors.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.header.tensors.is_empty()
    }

    fn valid(&self) -> impl Iterator<Item = (&Key, &Tensor)> {
        let tensors = self.header.tensors.iter();
        tensors.filter(|(name, _)| key::validate(name).is_ok())
    }

    fn range_in_file(&self, tensor: &Tensor) -> Range<u64> {
        self.data_start + tensor.range.start..self.data_start + tensor.range.end
    }

    fn tensor(&self, key: &str) -> Result<Option<&Tensor>, StoreError> {
        key::validate(key)?;
        Ok(self.header.tensors.get(key))
    }

    /// Whether the whole file is here.
    fn is_whole(&self) -> bool {
        self.kept.len() as u64 == self.file_size()
    }

    /// How many bytes it takes in memory, about.
    pub(super) fn footprint(&self) -> u64 {
        // A tensor takes the room of its name, of its range, and of what a map needs to find it.
        let tensors = self.header.tensors.capacity() as u64;
        let texts = self.header.metadata.iter();
        let texts: usize = texts.map(|(name, text)| name.len() + text.len()).sum();
        tensors * 96 + texts as u64 + self.kept.len() as u64 + 512
    }

    /// What to fetch of the file for a fetch that has this source; `None` where nothing is.
    pub(super) fn fetch_below(&self, source: &Source, fetch: &Fetch) -> Option<Fetch> {
        match source {
            Source::Missing | Source::Here(_) => None,
            Source::Below(range) => Some(
                Fetch::raw(self.key.clone(), Some(range.clone()))
                    .at_version(self.version.clone())
                    .with_origin(fetch.origin.clone()),
            ),
        }
    }

    /// The answer to a fetch that has this source, of what came below for it.
    pub(super) fn answer_of(
        &self,
        source: Source,
        fetched: impl FnOnce() -> Option<Fetched>,
        report: &mut FetchReport,
    ) -> Result<Option<Fetched>, StoreError> {
        Ok(match source {
            Source::Missing => None,
            Source::Here(bytes) => {
                // Opening the file has brought them along.
                report.merged += u64::from(!bytes.is_empty());
                Some(self.fetched(bytes))
            }
            Source::Below(range) => Some(self.checked(&range, fetched())?),
        })
    }

    pub(super) fn source(&self, fetch: &Fetch) -> Result<Source, StoreError> {
        let Some(tensor) = self.tensor(&fetch.key)? else {
            let nothing = match &fetch.range {
                None => false,
                Some(range) => !check_range(&fetch.key, range)?,
            };
            return Ok(if nothing {
                Source::Here(Buffer::empty())
            } else {
                Source::Missing
            });
        };
        if let Some(asked) = fetch.dtype {
            check_dtype(&fetch.key, tensor.dtype, asked)?;
        }
        // A file in a container without versions has none, and whatever is asked is ignored.
        if let (Some(expected), Some(found)) = (&fetch.version, &self.version) {
            check_version(&fetch.key, expected, Some(found.clone()))?;
        }
        let whole = self.range_in_file(tensor);
        let have = whole.end - whole.start;
        let range = match &fetch.range {
            None => whole,
            Some(range) => {
                if check_range(&fetch.key, range)? && range.end > have {
                    return Err(StoreError::OutOfRange {
                        key: fetch.key.to_string(),
                        start: range.start,
                        end: range.end,
                        have,
                    });
                }
                // An empty range may lie past the end.
                whole.start.saturating_add(range.start)..whole.start.saturating_add(range.end)
            }
        };
        if range.is_empty() {
            return Ok(Source::Here(Buffer::empty()));
        }
        if range.end <= self.kept.len() as u64 {
            return slice_exactly(&self.key, &self.kept, range).map(Source::Here);
        }
        Ok(Source::Below(range))
    }

    fn fetched(&self, bytes: Buffer) -> Fetched {
        Fetched {
            bytes,
            version: self.version.clone(),
        }
    }

    /// Bytes of the file, if they are of the state that the header is of.
    fn checked(&self, range: &Range<u64>, fetched: Option<Fetched>) -> Result<Fetched, StoreError> {
        let Some(fetched) = fetched else {
            return Err(match &self.version {
                Some(expected) => StoreError::VersionMismatch {
                    key: self.key.to_string(),
                    expected: expected.clone(),
                    found: None,
                },
                None => StoreError::NotFound {
                    key: self.key.to_string(),
                },
            });
        };
        check_length(&self.key, range, &fetched.bytes)?;
        if let (Some(expected), Some(found)) = (&self.version, &fetched.version) {
            check_version(&self.key, expected, Some(found.clone()))?;
        }
        Ok(fetched)
    }
}

fn check_dtype(key: &str, stored: ::safetensors::Dtype, asked: DType) -> Result<(), StoreError> {
    match dtype::ours(stored) {
        Some(stored) if dtypes_agree(stored, asked) => Ok(()),
        Some(stored) => Err(StoreError::DType {
            key: key.to_owned(),
            stored,
            asked,
        }),
        None => Err(StoreError::SafeTensors {
            key: key.to_owned(),
            fault: SafeTensorsFault::ForeignDType {
                stored: dtype::name(stored),
                asked,
            },
        }),
    }
}

impl Layer for SafeTensorsIndex {
    type Pending = Pending;

    fn ask(&self, fetches: &[Fetch]) -> Result<(Vec<Fetch>, Pending), StoreError> {
        let mut sources = Vec::with_capacity(fetches.len());
        let mut below = Vec::new();
        for fetch in fetches {
            let source = self.source(fetch)?;
            below.extend(self.fetch_below(&source, fetch));
            sources.push(source);
        }
        Ok((below, Pending(sources)))
    }

    fn answer(
        &self,
        Pending(sources): Pending,
        fetched: Vec<Option<Fetched>>,
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let mut fetched = fetched.into_iter();
        let mut answers = Vec::with_capacity(sources.len());
        for source in sources {
            answers.push(self.answer_of(source, || fetched.next().flatten(), report)?);
        }
        Ok(answers)
    }

    fn place(&self, fetch: &Fetch) -> Option<(&str, Range<u64>)> {
        match self.source(fetch).ok()? {
            Source::Below(range) => Some((&self.key, range)),
            Source::Here(_) | Source::Missing => None,
        }
    }

    fn size(&self, key: &str) -> Result<Answer<u64>, StoreError> {
        let tensor = self.tensor(key)?;
        Ok(Answer::Known(
            tensor.map(|tensor| tensor.range.end - tensor.range.start),
        ))
    }

    fn version(&self, key: &str) -> Result<Answer<Version>, StoreError> {
        let tensor = self.tensor(key)?;
        Ok(Answer::Known(tensor.and_then(|_| self.version.clone())))
    }

    fn profile(&self, below: Profile) -> Profile {
        if self.is_whole() {
            Profile::MEMORY
        } else {
            below
        }
    }

    /// None where the file has no version: another file under the same key could not be told from it.
    fn id(&self, below: Option<ContainerId>) -> Option<ContainerId> {
        Some(below?.inside("safetensors", &self.key, self.version.as_ref()?))
    }
}

impl Catalogue for SafeTensorsIndex {
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        key::validate_prefix(prefix)?;
        let keys = self.valid().map(|(key, _)| key);
        let mut keys: Vec<Key> = keys
            .filter(|key| key::is_under(key, prefix))
            .cloned()
            .collect();
        keys.sort_unstable();
        Ok(keys)
    }
}

impl SafeTensorsIndex {
    /// The index of a file that is here as a whole.
    pub(super) fn of_whole(
        key: Key,
        bytes: Buffer,
        version: Option<Version>,
    ) -> Result<Self, StoreError> {
        let (header, end) =
            read_header(&key, &bytes, Texts::Kept)?.map_err(|needed| StoreError::SafeTensors {
                key: key.to_string(),
                fault: SafeTensorsFault::HeaderCut {
                    needed,
                    have: bytes.len() as u64,
                },
            })?;
        Self::new(key, bytes, version, header, end, true)
    }
}

/// The header of a file that begins with `bytes`, and where it ends; only the latter, as an error, where they end
/// before.
pub(super) fn read_header(
    key: &Key,
    bytes: &Buffer,
    texts: Texts,
) -> Result<Result<(Header, u64), u64>, StoreError> {
    let fault = |fault| StoreError::SafeTensors {
        key: key.to_string(),
        fault,
    };
    let host = bytes.bytes().map_err(|source| StoreError::Buffer {
        key: key.to_string(),
        source,
    })?;
    let end = super::header::end(host).map_err(fault)?;
    let (Ok(from), Ok(to)) = (usize::try_from(PREFIX), usize::try_from(end)) else {
        return Ok(Err(end));
    };
    match host.get(from..to) {
        None => Ok(Err(end)),
        Some(json) => Ok(Ok((Header::parse(json, texts).map_err(fault)?, end))),
    }
}
