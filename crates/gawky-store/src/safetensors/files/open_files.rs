//! [`OpenFiles`]: the headers of the files that were used last.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gawky_buffer::Key;
use lru::LruCache;

use crate::safetensors::SafeTensorsIndex;

/// How many bytes of headers are kept unless said otherwise: 64 MiB.
pub const DEFAULT_CAPACITY: u64 = 64 << 20;

/// The headers of the files that were used last, up to a number of bytes.
#[derive(Debug)]
pub(super) struct OpenFiles {
    capacity: u64,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    files: LruCache<Key, Arc<SafeTensorsIndex>>,
    bytes: u64,
}

impl OpenFiles {
    pub(super) fn new(capacity: u64) -> Self {
        Self {
            capacity,
            kept: Mutex::new(Kept {
                files: LruCache::unbounded(),
                bytes: 0,
            }),
        }
    }

    pub(super) fn get(&self, file: &str) -> Option<Arc<SafeTensorsIndex>> {
        self.kept().files.get(file).cloned()
    }

    /// Keeps a header, and lets go of those that were used longest ago.
    pub(super) fn keep(&self, file: Key, index: Arc<SafeTensorsIndex>) {
        let mut kept = self.kept();
        kept.bytes += index.footprint();
        if let Some(replaced) = kept.files.put(file, index) {
            kept.bytes -= replaced.footprint();
        }
        while kept.bytes > self.capacity {
            match kept.files.pop_lru() {
                Some((_, oldest)) => kept.bytes -= oldest.footprint(),
                None => break,
            }
        }
    }

    pub(super) fn forget(&self, file: &str) {
        let mut kept = self.kept();
        if let Some(index) = kept.files.pop(file) {
            kept.bytes -= index.footprint();
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing in here is left half done by a panic.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
