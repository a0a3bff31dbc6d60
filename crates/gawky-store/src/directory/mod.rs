//! [`Directory`]: a folder of files.

mod conditional;
mod list;
mod locate;
mod names;
mod read;
mod write;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gawky_buffer::HostMemory;

use crate::file::{default_threads, io_error};
use crate::{ContainerId, StoreError, key};

/// A folder in which every blob is one file.
///
/// **Names.** A key whose segments are ordinary names is the relative path of its file, so `np.fromfile` and
/// everything else opens it: `events/part0-node1-offsets` is that file in the folder `events`. What file
/// systems refuse or take for something else is percent-encoded on every system alike, so that a folder may
/// be moved between them: control characters and `< > : " | ? * \ %`, a dot or a space at the end, and the first
/// character of device names such as `CON` and of what begins like this crate's own files, `.gawky-`. So `100%`
/// is the file `100%25`. Names above 255 bytes become a chain of folders.
/// Files whose names no key has are left alone and not listed. On file systems that take `A` and `a` for one
/// name, keys that differ in case only are one key: avoid such.
///
/// **Writing** goes to a temporary file in the same folder, which is then renamed: a reader sees the old
/// bytes or the new ones, and a writer that dies leaves at worst a file `.gawky-tmp-…`, which is never listed.
/// After a `put` returns, other processes see the bytes; to have them survive a power failure as well,
/// ask for [`fsync`](Self::fsync). `put_many` writes with up to [`threads`](Self::threads) threads when
/// there is enough to write. Folders are made as keys need
/// them, and go when a `delete` leaves them empty.
///
/// **Conditional writing** works across processes: `put_if_match` locks the file `.gawky-lock` in the folder,
/// and `put_if_absent` leaves it to the file system. Plain `put` and `delete` do not take the lock, so they may
/// slip in between. A [`Version`](crate::Version) is the time of writing with the size and number of the file.
///
/// **Reading** copies into memory aligned to 64 bytes or more, so views of any dtype are free; a range reads
/// its bytes alone. One `fetch` uses up to [`threads`](Self::threads): they share the requests when those are
/// many, and the bytes of a request when it is large. What is to go to a device may be read into
/// [memory of its kind](Self::host_memory). [`mapped`](Self::mapped) maps instead, on the caller's
/// thread.
///
/// **Symbolic links** in the folder are followed as long as they stay in it; one that leads out is an error,
/// unless [`follow_symlinks`](Self::follow_symlinks) says otherwise. The folder itself may be reached
/// through links. This guards against folders prepared by someone else, not against someone who
/// exchanges files for links while they are being opened.
///
/// ```
/// use gawky_store::{Blob, Buffer, Container, ContainerList, ContainerWrite, DType, Directory};
///
/// let temporary = tempfile::tempdir().unwrap();
/// let folder = Directory::create(temporary.path().join("events"))?;
/// let pt = Buffer::from_vec(vec![50.2_f64, 22.0]);
/// folder.put(Blob::new("part0-node1-data", DType::Float64, pt))?;
/// assert_eq!(folder.list("")?, ["part0-node1-data"]);
/// assert_eq!(folder.get_range("part0-node1-data", 8..16)?, Some(Buffer::from_vec(vec![22.0_f64])));
/// assert!(temporary.path().join("events/part0-node1-data").is_file());
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Directory {
    root: PathBuf,
    id: ContainerId,
    threads: usize,
    follow_symlinks: bool,
    fsync: bool,
    mapped: bool,
    memory: Option<Arc<dyn HostMemory>>,
}

impl Directory {
    /// Opens a folder that is there.
    ///
    /// # Errors
    /// [`StoreError::Io`] when it is missing, not a folder, or cannot be looked at.
    pub fn open(root: impl AsRef<Path>) -> Result<Self, StoreError> {
        let given = root.as_ref();
        let root = fs::canonicalize(given).map_err(io_error("", given))?;
        if !fs::metadata(&root).map_err(io_error("", &root))?.is_dir() {
            return Err(io_error("", &root)(io::ErrorKind::NotADirectory.into()));
        }
        Ok(Self {
            id: ContainerId::of_path(&root),
            root,
            threads: default_threads(),
            follow_symlinks: false,
            fsync: false,
            mapped: false,
            memory: None,
        })
    }

    /// Opens a folder, making it and those above it if they are missing.
    ///
    /// # Errors
    /// [`StoreError::Io`] when it cannot be made or looked at.
    pub fn create(root: impl AsRef<Path>) -> Result<Self, StoreError> {
        let root = root.as_ref();
        fs::create_dir_all(root).map_err(io_error("", root))?;
        Self::open(root)
    }

    /// Whether a `put` waits until the bytes and the name are on the disk. Off at first: it makes writing
    /// many times slower, and is needed only against power failures and crashes of the whole machine.
    #[must_use]
    pub fn fsync(mut self, fsync: bool) -> Self {
        self.fsync = fsync;
        self
    }

    /// Whether symbolic links may lead out of the folder. Off at first, since the folder may come from
    /// someone else.
    #[must_use]
    pub fn follow_symlinks(mut self, follow: bool) -> Self {
        self.follow_symlinks = follow;
        self
    }

    /// How many threads one call may read with, many files or a large one, when there is enough to read, or write many files
    /// with; 0 counts as 1. At first as many as there are cores, 8 at most.
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

    /// Maps files into memory instead of reading them: nothing is copied, and only the pages that are looked
    /// at are ever read. Files below 16 KiB are read all the same, which takes less than a map; and of maps a process has only so
    /// many.
    ///
    /// # Safety
    /// While a blob is read, and as long as a buffer of it lives, nobody, in this process or another, may change or
    /// truncate its file in place: the bytes would change under a reader that has checked them, and reading
    /// beyond a new end kills the process. Writing through a [`Directory`] is safe, as it never changes a
    /// file in place (on Windows it is an error to replace a mapped file).
    #[must_use]
    #[allow(
        unsafe_code,
        reason = "no invariant is broken here, but the promise must be made by whoever chooses maps"
    )]
    pub unsafe fn mapped(mut self) -> Self {
        self.mapped = true;
        self
    }

    /// The folder, absolute and without symbolic links.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The file that `key` has, or would have.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`].
    pub fn path_of(&self, key: &str) -> Result<PathBuf, StoreError> {
        key::validate(key)?;
        Ok(names::path_of(&self.root, key))
    }
}
