//! Files of the local disk: what [`Directory`](crate::Directory), [`LocalFile`](crate::LocalFile) and
//! [`DiskTier`](crate::cache::DiskTier) have in common.

mod bytes;
mod draft;
mod opened;
mod space;
mod version;

use std::io;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread;

use gawky_buffer::HostMemory;

use crate::StoreError;

pub(crate) use bytes::{SPLIT, read_part};
pub use draft::FileDraft;
pub(crate) use draft::{draft, fill, is_draft};
pub(crate) use opened::{map, read_opened};
pub(crate) use version::version_of;

/// How a file is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reads<'a> {
    /// How many threads one read may use.
    pub(crate) threads: usize,
    /// What large reads go into, where that is not ordinary memory.
    pub(crate) memory: Option<&'a dyn HostMemory>,
}

impl Reads<'_> {
    /// On the caller's thread, into ordinary memory.
    pub(crate) const PLAIN: Self = Self {
        threads: 1,
        memory: None,
    };
}

/// How many threads one read may use, unless somebody says otherwise: as many as there are cores, 8 at most.
pub(crate) fn default_threads() -> usize {
    // The system reads several files for it, which takes as long as to open a few others.
    static CORES: OnceLock<usize> = OnceLock::new();
    let cores = CORES.get_or_init(|| thread::available_parallelism().map_or(1, NonZeroUsize::get));
    (*cores).min(8)
}

/// What the system said about a file, as an error about the blob of this key.
pub(crate) fn io_error(key: &str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Io {
        key: key.to_owned(),
        path: path.to_owned(),
        source: Arc::new(source),
    }
}
