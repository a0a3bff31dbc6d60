//! Reading files: whole or by range, one or many at once.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::PathBuf;

use foldhash::fast::RandomState;
use gawky_buffer::{Buffer, Fetch, Key, Version};

use super::Directory;
use crate::conditional::check_version;
use crate::file::{Reads, SPLIT, io_error, map, read_opened, version_of};
use crate::plan::{Request, Requests};
use crate::range::{check_range, slice_exactly};
use crate::threads::in_order;
use crate::{Container, ContainerId, FetchReport, Fetched, Profile, StoreError, key};

// Below both of these, starting a thread costs more than it saves.
pub(super) const MANY_FILES: usize = 64;
pub(super) const MANY_BYTES: u64 = 8 << 20;

/// Of fewer bytes a copy takes less than a map, even where maps are wanted; and a process has only so many maps.
const MAP_LEAST: u64 = 16 << 10;

/// A file that is open, as far as it had been written then.
#[derive(Debug)]
pub(super) struct Opened {
    path: PathBuf,
    file: File,
    /// How many bytes it had.
    len: u64,
    pub(super) version: Version,
    /// The whole file in memory, once anything of it was to be mapped: its ranges share that.
    whole: OnceCell<Buffer>,
}

/// The file that was read last, of the key that has it: the requests of one blob come in a row.
type Last<'a> = Option<(&'a str, Option<Opened>)>;

type Answer = Result<Option<Fetched>, StoreError>;

impl Directory {
    pub(super) fn open_file(&self, key: &str) -> Result<Option<Opened>, StoreError> {
        let Some(located) = self.locate(key)? else {
            return Ok(None);
        };
        let path = located.path;
        let file = match File::open(&path) {
            Ok(file) => file,
            // Deleted since it was located.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_error(key, &path)(error)),
        };
        // Asked of the file that was opened, which another may have replaced meanwhile.
        let metadata = file.metadata().map_err(io_error(key, &path))?;
        if !metadata.is_file() {
            return Err(StoreError::NotAFile {
                key: key.to_owned(),
                path,
            });
        }
        Ok(Some(Opened {
            path,
            file,
            len: metadata.len(),
            version: version_of(&metadata),
            whole: OnceCell::new(),
        }))
    }

    pub(super) fn read(
        &self,
        key: &str,
        opened: &Opened,
        range: Option<Range<u64>>,
        phase: u64,
        threads: usize,
    ) -> Result<Buffer, StoreError> {
        if self.mapped {
            let whole = opened.whole(key)?;
            return match range {
                None => Ok(whole),
                Some(range) => slice_exactly(key, &whole, range),
            };
        }
        let Opened {
            path, file, len, ..
        } = opened;
        let reads = Reads {
            threads,
            memory: self.memory.as_deref(),
        };
        read_opened(key, path, file, *len, range, phase, reads)
    }

    fn answer<'a>(&self, request: &'a Request, last: &mut Last<'a>, threads: usize) -> Answer {
        let key = request.key.as_str();
        let opened = match last {
            Some((of, opened)) if key == *of => opened,
            _ => &last.insert((key, self.open_file(key)?)).1,
        };
        let Some(opened) = opened else {
            return Ok(None);
        };
        let version = opened.version.clone();
        if let Some(expected) = &request.version {
            check_version(key, expected, Some(version.clone()))?;
        }
        let (range, phase) = (request.range.clone(), request.phase());
        Ok(Some(Fetched {
            bytes: self.read(key, opened, range, phase, threads)?,
            version: Some(version),
        }))
    }

    /// Whether threads should take whole requests: there are many, or together they are large. Where each is
    /// large by itself, each is read by all threads instead.
    fn should_share_requests(&self, requests: &[Request]) -> bool {
        if self.mapped || self.threads < 2 || requests.len() < 2 {
            return false;
        }
        if requests.len() >= MANY_FILES {
            return true;
        }
        let bytes = requests.iter().map(|request| {
            // What fails here fails again when it is read, and is told then.
            let size = || self.size(&request.key).ok().flatten().unwrap_or(0);
            request.len().unwrap_or_else(size)
        });
        let bytes = bytes.fold(0, u64::saturating_add);
        bytes >= MANY_BYTES && bytes / (requests.len() as u64) < SPLIT as u64
    }

    /// An answer for each request, beside its number, and in no order; after an error there may be fewer.
    fn answers(&self, requests: &[Request], is_any_range: bool) -> Vec<(usize, Answer)> {
        let count = requests.len();
        let order = in_turn(requests, is_any_range);
        let (sharing, reading, stride) = if self.should_share_requests(requests) {
            // A stride of several keeps the ranges of one file on one thread, and the threads off each other.
            let sharing = self.threads.min(count);
            (sharing, 1, (count / (sharing * 16)).clamp(1, 64))
        } else {
            (1, self.threads, count.max(1))
        };
        in_order(count, sharing, stride, |some| {
            let mut last = None;
            let mut answers = Vec::with_capacity(some.len());
            for &at in order.get(some).unwrap_or_default() {
                let Some(request) = requests.get(at) else {
                    break;
                };
                let answer = self.answer(request, &mut last, reading);
                let failed = answer.is_err();
                answers.push((at, answer));
                if failed {
                    break;
                }
            }
            answers
        })
    }
}

/// The order in which requests are answered: where there are ranges, those of one blob in a row, so that its file is opened
/// once. Scattered rows ask for a range of each of several blobs, row by row.
fn in_turn(requests: &[Request], is_any_range: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..requests.len()).collect();
    if is_any_range {
        let mut firsts: HashMap<&str, usize, RandomState> = HashMap::default();
        let firsts: Vec<usize> = requests
            .iter()
            .enumerate()
            .map(|(at, request)| *firsts.entry(request.key.as_str()).or_insert(at))
            .collect();
        order.sort_by_key(|at| firsts.get(*at).copied());
    }
    order
}

impl Opened {
    /// All of the file, mapped if it is worth that.
    fn whole(&self, key: &str) -> Result<Buffer, StoreError> {
        if let Some(whole) = self.whole.get() {
            return Ok(whole.clone());
        }
        let (path, file) = (&self.path, &self.file);
        let whole = if self.len < MAP_LEAST {
            read_opened(key, path, file, self.len, None, 0, Reads::PLAIN)?
        } else {
            #[allow(
                unsafe_code,
                reason = "only a directory made by the unsafe Directory::mapped comes here"
            )]
            // SAFETY: whoever called `Directory::mapped` has promised that nobody changes or truncates the file while
            // it is read, nor while the buffer lives.
            unsafe { map(file, self.len) }.map_err(io_error(key, path))?
        };
        Ok(self.whole.get_or_init(|| whole).clone())
    }
}

impl Directory {
    /// What is asked of each of many files, by several threads.
    fn of_each<T: Send>(
        &self,
        keys: &[Key],
        ask: impl Fn(&Key) -> Result<T, StoreError> + Sync,
    ) -> Result<Vec<T>, StoreError> {
        let answers = in_order(keys.len(), self.threads, MANY_FILES, |some| {
            let some = keys.get(some).unwrap_or_default();
            some.iter().map(&ask).collect()
        });
        answers.into_iter().collect()
    }
}

impl Container for Directory {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        match self.open_file(key)? {
            None => Ok(None),
            Some(opened) => self.read(key, &opened, None, 0, self.threads).map(Some),
        }
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        if !check_range(key, &range)? {
            key::validate(key)?;
            return Ok(Some(Buffer::empty()));
        }
        match self.open_file(key)? {
            None => Ok(None),
            Some(opened) => self
                .read(key, &opened, Some(range), 0, self.threads)
                .map(Some),
        }
    }

    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        Ok(self.locate(key)?.map(|located| located.metadata.len()))
    }

    fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        self.of_each(keys, |key| self.size(key))
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        // Whole blobs are files of their own: there is nothing to merge, and nothing need be compared to know.
        let is_any_range = fetches.iter().any(|fetch| fetch.range.is_some());
        let coalescing = self.profile().coalescing.filter(|_| is_any_range);
        let requests = Requests::plan(fetches, coalescing)?;
        let mut fetched = Vec::with_capacity(requests.as_slice().len());
        let mut failure = None;
        let mut answers = self.answers(requests.as_slice(), is_any_range);
        answers.sort_unstable_by_key(|(at, _)| *at);
        for (at, answer) in answers {
            match answer {
                Ok(answer) => {
                    report.request(answer.as_ref().map_or(0, |own| own.bytes.len() as u64));
                    fetched.push(answer);
                }
                Err(error) => failure = failure.or(Some(requests.blame(at, error))),
            }
        }
        match failure {
            None => requests.answers(fetched, report),
            Some(error) => Err(error),
        }
    }

    fn profile(&self) -> Profile {
        if self.mapped {
            Profile::MEMORY
        } else {
            Profile {
                concurrency: self.threads,
                ..Profile::FILE
            }
        }
    }

    fn id(&self) -> Option<ContainerId> {
        Some(self.id.clone())
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        Ok(self
            .locate(key)?
            .map(|located| version_of(&located.metadata)))
    }

    fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        self.of_each(keys, |key| self.version(key))
    }
}
