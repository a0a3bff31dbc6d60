//! How often a store's own client has asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use object_store::Extensions;

/// Counts the HTTP requests that one request of ours comes to; it travels along with its options.
///
/// Stores that do not hand it on leave it at nothing, which counts as one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts(Arc<AtomicU32>);

impl Attempts {
    /// To travel along with the options of a request.
    pub(crate) fn extensions(&self) -> Extensions {
        let mut extensions = Extensions::new();
        extensions.insert(self.clone());
        extensions
    }

    #[cfg(any(feature = "aws", feature = "azure", feature = "gcp", feature = "http"))]
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many there were since this was last asked, at least one.
    pub(crate) fn take(&self) -> u32 {
        self.0.swap(0, Ordering::Relaxed).max(1)
    }
}
