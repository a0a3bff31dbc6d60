//! [`LocalFile`]: one file as a container of one blob.

use std::fs::{self, File, Metadata};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use gawky_buffer::{Buffer, Fetch, HostMemory, Key, Version};

use crate::conditional::check_version;
use crate::file::{
    FileDraft, Reads, default_threads, fill, io_error, map, read_opened, version_of,
};
use crate::plan::Requests;
use crate::range::{check_range, slice_exactly};
use crate::write::host_bytes;
use crate::{
    Container, ContainerId, ContainerList, FetchReport, Fetched, Profile, StoreError, key,
};

/// One file of the local disk, open, as a container of one blob: what archives are read from.
///
/// The blob's key is the file's name. The file stays open, so replacing it under its name, as everything here
/// does, leaves readers with the bytes that they began with. A file that is changed in place has another
/// [`version`](Container::version) from then on.
///
/// ```
/// use gawky_store::{Buffer, Container, LocalFile};
///
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("numbers.bin");
/// LocalFile::write(&path, &Buffer::from_vec(vec![1_i64, 2, 3]))?;
///
/// let file = LocalFile::open(&path)?;
/// assert_eq!(file.key(), "numbers.bin");
/// assert_eq!(file.get_range("numbers.bin", 8..16)?, Some(Buffer::from_vec(vec![2_i64])));
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
#[derive(Debug)]
pub struct LocalFile {
    key: Key,
    path: PathBuf,
    id: ContainerId,
    source: Source,
    threads: usize,
    memory: Option<Arc<dyn HostMemory>>,
}

#[derive(Debug)]
enum Source {
    Open(File),
    Mapped(Buffer, Version),
}

impl LocalFile {
    /// Opens a file.
    ///
    /// # Errors
    /// [`StoreError::Io`] when it is missing or cannot be read, [`StoreError::NotAFile`] when it is a folder or
    /// a device.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let given = path.as_ref();
        let key = key_of(given);
        let path = fs::canonicalize(given).map_err(io_error(&key, given))?;
        // Before it is opened, as opening a pipe waits for a writer.
        if !fs::metadata(&path)
            .map_err(io_error(&key, &path))?
            .is_file()
        {
            return Err(StoreError::NotAFile {
                key: key.into(),
                path,
            });
        }
        let file = File::open(&path).map_err(io_error(&key, &path))?;
        Ok(Self {
            key,
            id: ContainerId::of_path(&path),
            path,
            source: Source::Open(file),
            threads: default_threads(),
            memory: None,
        })
    }

    /// Maps the file into memory instead of reading it: nothing is copied, and only the pages that are looked at
    /// are ever read.
    ///
    /// # Safety
    /// As for [`Directory::mapped`](crate::Directory::mapped): from now on, and as long as a buffer from here lives, nobody, in
    /// this process or another, may change or truncate the file in place.
    ///
    /// # Errors
    /// [`StoreError::Io`] when it cannot be mapped.
    #[allow(
        unsafe_code,
        reason = "a map of a file is sound only by a promise that the caller must make"
    )]
    pub unsafe fn mapped(mut self) -> Result<Self, StoreError> {
        if let Source::Open(file) = &self.source {
            let metadata = self.metadata(file)?;
            // SAFETY: the caller of this function has made the same promise.
            let bytes =
                unsafe { map(file, metadata.len()) }.map_err(io_error(&self.key, &self.path))?;
            self.source = Source::Mapped(bytes, version_of(&metadata));
        }
        Ok(self)
    }

    /// How many threads one large read may use; 0 counts as 1. At first as many as there are cores, 8 at most.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Has large reads, from 64 KiB on, go into this memory instead of ordinary memory: into pinned memory, so that a device
    /// copies what was read from where it lies. Smaller ones go into ordinary memory, as do those for which there is none of
    /// this kind, and the bytes of a file that grew while it was read. A container that is [mapped](Self::mapped) reads
    /// nothing, so for it this does nothing.
    ///
    /// `gawky_cuda::CudaDevice::host_memory` is such memory.
    #[must_use]
    pub fn host_memory(mut self, memory: Arc<dyn HostMemory>) -> Self {
        self.memory = Some(memory);
        self
    }

    /// Writes a file, replacing what had its name at once: a reader sees the old bytes or the new ones. The folder
    /// must be there.
    ///
    /// # Errors
    /// [`StoreError::Io`], and [`StoreError::NotOnHost`] for bytes on a device.
    pub fn write(path: impl AsRef<Path>, bytes: &Buffer) -> Result<(), StoreError> {
        let path = path.as_ref();
        let key = key_of(path);
        let host = host_bytes(&key, bytes)?;
        let write = || -> io::Result<()> {
            let draft = FileDraft::begin(path)?;
            fill(draft.file(), &[host], SystemTime::UNIX_EPOCH)?;
            draft.replace()
        };
        write().map_err(io_error(&key, path))
    }

    /// The key of the only blob.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Where the file is: absolute, without symbolic links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All of a mapped file, with its state; `None` when it is not mapped.
    #[must_use]
    pub fn map(&self) -> Option<Fetched> {
        match &self.source {
            Source::Open(_) => None,
            Source::Mapped(bytes, version) => Some(Fetched {
                bytes: bytes.clone(),
                version: Some(version.clone()),
            }),
        }
    }

    fn metadata(&self, file: &File) -> Result<Metadata, StoreError> {
        file.metadata().map_err(io_error(&self.key, &self.path))
    }

    /// Whether there is such a blob.
    fn has(&self, key: &str) -> Result<bool, StoreError> {
        if self.key == *key {
            return Ok(true);
        }
        key::validate(key).map(|()| false)
    }

    /// The bytes of the only blob.
    fn read(
        &self,
        range: Option<Range<u64>>,
        phase: u64,
        expected: Option<&Version>,
    ) -> Result<Fetched, StoreError> {
        let check = |version: &Version| match expected {
            Some(expected) => check_version(&self.key, expected, Some(version.clone())),
            None => Ok(()),
        };
        match &self.source {
            Source::Open(file) => {
                let metadata = self.metadata(file)?;
                let version = version_of(&metadata);
                check(&version)?;
                let len = metadata.len();
                let (key, path) = (&self.key, &self.path);
                let reads = Reads {
                    threads: self.threads,
                    memory: self.memory.as_deref(),
                };
                Ok(Fetched {
                    bytes: read_opened(key, path, file, len, range, phase, reads)?,
                    version: Some(version),
                })
            }
            Source::Mapped(whole, version) => {
                check(version)?;
                let bytes = match range {
                    None => whole.clone(),
                    Some(range) => slice_exactly(&self.key, whole, range)?,
                };
                Ok(Fetched {
                    bytes,
                    version: Some(version.clone()),
                })
            }
        }
    }
}

impl Container for LocalFile {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        if !self.has(key)? {
            return Ok(None);
        }
        Ok(Some(self.read(None, 0, None)?.bytes))
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        let has = self.has(key)?;
        if !check_range(key, &range)? {
            return Ok(Some(Buffer::empty()));
        }
        if !has {
            return Ok(None);
        }
        Ok(Some(self.read(Some(range), 0, None)?.bytes))
    }

    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        if !self.has(key)? {
            return Ok(None);
        }
        match &self.source {
            Source::Open(file) => Ok(Some(self.metadata(file)?.len())),
            Source::Mapped(whole, _) => Ok(Some(whole.len() as u64)),
        }
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let requests = Requests::plan(fetches, self.profile().coalescing)?;
        let mut answers = Vec::with_capacity(requests.as_slice().len());
        for (at, request) in requests.as_slice().iter().enumerate() {
            if self.key != *request.key {
                answers.push(None);
                continue;
            }
            let fetched = self
                .read(
                    request.range.clone(),
                    request.phase(),
                    request.version.as_ref(),
                )
                .map_err(|error| requests.blame(at, error))?;
            report.request(fetched.bytes.len() as u64);
            answers.push(Some(fetched));
        }
        requests.answers(answers, report)
    }

    fn profile(&self) -> Profile {
        match self.source {
            // The threads share one large read; small ones are merged.
            Source::Open(_) => Profile {
                concurrency: 1,
                ..Profile::FILE
            },
            Source::Mapped(..) => Profile::MEMORY,
        }
    }

    fn id(&self) -> Option<ContainerId> {
        Some(self.id.clone())
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        if !self.has(key)? {
            return Ok(None);
        }
        match &self.source {
            Source::Open(file) => Ok(Some(version_of(&self.metadata(file)?))),
            Source::Mapped(_, version) => Ok(Some(version.clone())),
        }
    }
}

impl ContainerList for LocalFile {
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        key::validate_prefix(prefix)?;
        let listed = key::is_under(&self.key, prefix).then(|| self.key.clone());
        Ok(listed.into_iter().collect())
    }
}

/// The file's name, where that can be a key.
fn key_of(path: &Path) -> Key {
    let name = path.file_name().map(|name| name.to_string_lossy());
    match name {
        Some(name) if key::validate(&name).is_ok() => Key::from(&*name),
        _ => Key::from("file"),
    }
}
