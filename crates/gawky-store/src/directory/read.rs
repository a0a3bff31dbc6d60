//! Reading files: whole or by range, one or many at once.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::UNIX_EPOCH;

use gawky_buffer::{Buffer, Fetch, Version};

use super::file_bytes::{SPLIT, read_part, read_whole};
use super::{Directory, io_error};
use crate::conditional::check_version;
use crate::range::{check_range, slice_exactly};
use crate::{Container, ContainerId, FetchReport, Fetched, Profile, StoreError, key};

// Below both of these, starting a thread costs more than it saves.
const MANY_FILES: usize = 64;
const MANY_BYTES: u64 = 8 << 20;

/// A file that is open, as far as it had been written then.
#[derive(Debug)]
pub(super) struct Opened {
    path: PathBuf,
    file: File,
    pub(super) metadata: Metadata,
}

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
            metadata,
        }))
    }

    pub(super) fn read(
        &self,
        key: &str,
        opened: &Opened,
        range: Option<Range<u64>>,
        threads: usize,
    ) -> Result<Buffer, StoreError> {
        if self.mapped {
            let whole = map(&opened.file).map_err(io_error(key, &opened.path))?;
            return match range {
                None => Ok(whole),
                Some(range) => slice_exactly(key, &whole, range),
            };
        }
        match range {
            None => read_whole(&opened.file, opened.metadata.len(), threads)
                .map_err(io_error(key, &opened.path)),
            Some(range) => read_range(key, opened, range, threads),
        }
    }

    fn answer<'a>(
        &self,
        fetch: &'a Fetch,
        last: &mut Option<(&'a str, Option<Opened>)>,
        threads: usize,
    ) -> Result<Option<Fetched>, StoreError> {
        if let Some(range) = &fetch.range
            && !check_range(&fetch.key, range)?
        {
            key::validate(&fetch.key)?;
            return Ok(Some(Buffer::empty().into()));
        }
        // The ranges of one blob mostly come in a row.
        let opened = match last {
            Some((key, opened)) if fetch.key == *key => opened,
            _ => &last.insert((&fetch.key, self.open_file(&fetch.key)?)).1,
        };
        match opened {
            None => Ok(None),
            Some(opened) => {
                let version = version_of(&opened.metadata);
                if let Some(expected) = &fetch.version {
                    check_version(&fetch.key, expected, Some(version.clone()))?;
                }
                let bytes = self.read(&fetch.key, opened, fetch.range.clone(), threads)?;
                Ok(Some(Fetched {
                    bytes,
                    version: Some(version),
                }))
            }
        }
    }

    /// Whether threads should take whole requests: there are many, or together they are large. Where each is
    /// large by itself, each is read by all threads instead.
    fn should_share_requests(&self, fetches: &[Fetch]) -> bool {
        if self.mapped || self.threads < 2 || fetches.len() < 2 {
            return false;
        }
        if fetches.len() >= MANY_FILES {
            return true;
        }
        let bytes = fetches.iter().map(|fetch| match &fetch.range {
            Some(range) => range.end.saturating_sub(range.start),
            // What fails here fails again when it is read, and is told then.
            None => self.size(&fetch.key).ok().flatten().unwrap_or(0),
        });
        let bytes = bytes.fold(0, u64::saturating_add);
        bytes >= MANY_BYTES && bytes / (fetches.len() as u64) < SPLIT as u64
    }

    fn fetch_with_threads(&self, fetches: &[Fetch]) -> Result<Vec<Option<Fetched>>, StoreError> {
        type Answer = Result<Option<Fetched>, StoreError>;
        let threads = self.threads.min(fetches.len());
        // A stride of several keeps the ranges of one file on one thread, and the threads off each other.
        let stride = (fetches.len() / (threads * 16)).clamp(1, 64);
        let next = AtomicUsize::new(0);
        let work = || {
            let mut answers: Vec<(usize, Answer)> = Vec::new();
            loop {
                let start = next.fetch_add(stride, Ordering::Relaxed);
                let Some(rest) = fetches.get(start..).filter(|rest| !rest.is_empty()) else {
                    return answers;
                };
                let mut last = None;
                for (at, fetch) in rest.iter().take(stride).enumerate() {
                    let answer = self.answer(fetch, &mut last, 1);
                    let failed = answer.is_err();
                    answers.push((start + at, answer));
                    if failed {
                        // Nobody needs what is left, save requests before this one, which are taken already.
                        next.store(fetches.len(), Ordering::Relaxed);
                        return answers;
                    }
                }
            }
        };
        let mut answers = thread::scope(|scope| {
            let others: Vec<_> = (1..threads)
                .filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
                .collect();
            let mut answers = work();
            for other in others {
                match other.join() {
                    Ok(theirs) => answers.extend(theirs),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            answers
        });
        answers.sort_unstable_by_key(|(at, _)| *at);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }
}

impl Container for Directory {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        match self.open_file(key)? {
            None => Ok(None),
            Some(opened) => self.read(key, &opened, None, self.threads).map(Some),
        }
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        if !check_range(key, &range)? {
            key::validate(key)?;
            return Ok(Some(Buffer::empty()));
        }
        match self.open_file(key)? {
            None => Ok(None),
            Some(opened) => self.read(key, &opened, Some(range), self.threads).map(Some),
        }
    }

    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        Ok(self.locate(key)?.map(|located| located.metadata.len()))
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let answers = if self.should_share_requests(fetches) {
            self.fetch_with_threads(fetches)?
        } else {
            let mut last = None;
            fetches
                .iter()
                .map(|fetch| self.answer(fetch, &mut last, self.threads))
                .collect::<Result<Vec<_>, _>>()?
        };
        for fetched in answers.iter().flatten() {
            report.request(fetched.bytes.len() as u64);
        }
        Ok(answers)
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
}

/// The state of a file: when it was written, its size, and which file it is.
///
/// Written through a [`Directory`], a file is a new one with a time of its own, to the nanosecond where the
/// file system keeps it. A foreign program that rewrites a file in place within one tick of the kernel's clock
/// (milliseconds), with as many bytes, goes unnoticed.
pub(super) fn version_of(metadata: &Metadata) -> Version {
    let written = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_nanos());
    #[cfg(unix)]
    let file = std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    let file = 0_u64;
    Version::new(format!("{written:x}-{:x}-{file:x}", metadata.len()))
}

fn read_range(
    key: &str,
    opened: &Opened,
    range: Range<u64>,
    threads: usize,
) -> Result<Buffer, StoreError> {
    let out_of_range = |have| StoreError::OutOfRange {
        key: key.to_owned(),
        start: range.start,
        end: range.end,
        have,
    };
    let have = opened.metadata.len();
    if range.end > have {
        return Err(out_of_range(have));
    }
    let len = range.end - range.start;
    let bytes =
        read_part(&opened.file, range.start, len, threads).map_err(io_error(key, &opened.path))?;
    let got = bytes.len() as u64;
    if got < len {
        // Truncated since it was opened.
        return Err(out_of_range(range.start + got));
    }
    Ok(bytes)
}

#[allow(
    unsafe_code,
    reason = "a map of a file is sound only by the promise given to Directory::mapped"
)]
fn map(file: &File) -> io::Result<Buffer> {
    if file.metadata()?.len() == 0 {
        return Ok(Buffer::empty());
    }
    // SAFETY: only a directory made by the unsafe `Directory::mapped` comes here, and its caller has promised
    // that nobody changes or truncates the file while the buffer lives.
    let map = unsafe { memmap2::Mmap::map(file) }?;
    Ok(Buffer::from_owner(map))
}
