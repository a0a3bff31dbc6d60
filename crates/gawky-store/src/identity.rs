//! [`ContainerId`]: which container this is.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

/// Which container this is: the first part of what a cache knows a blob by.
///
/// Two containers have equal ids only if a key means the same blob in both, so a cache that they share may
/// serve one with what the other read. Where the bytes live outside of the process it is a URL-like name of
/// the place (`file:///data/events`); where they live inside it is a number that no other container has
/// ([`unique`](Self::unique)).
///
/// Cloning is O(1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContainerId(Arc<str>);

impl ContainerId {
    /// The identity of a place with this name.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// An identity that nothing else has, in this process or another: `memory:7-…`, for the scheme `memory`.
    ///
    /// The number is drawn by lot besides, so that no name that is made of it means another container
    /// in another process.
    #[must_use]
    pub fn unique(scheme: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        static LOT: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(process::id()));
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(format!("{scheme}:{next}-{:016x}", *LOT).into())
    }

    /// Whether the name is that of a place, `scheme://…`, and so means the same in another process. Only what is
    /// from such a container is kept on disk.
    ///
    /// ```
    /// use gawky_store::ContainerId;
    /// assert!(ContainerId::new("s3://bucket/events").is_lasting());
    /// assert!(!ContainerId::unique("memory").is_lasting());
    /// ```
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        self.0.contains("://")
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
