//! [`ContainerId`]: which container this is.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Which container this is: the first part of what a cache knows a blob by.
///
/// Two containers have equal ids only if a key means the same blob in both, so a cache that they share may
/// serve one with what the other read. Where the bytes live outside of the process it is a URL-like name of
/// the place (`file:///data/events`); where they live inside it is a number that no other container of the
/// process has.
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

    /// An identity that nothing else in this process has: `memory:7`, for the scheme `memory`.
    #[must_use]
    pub fn unique(scheme: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(format!("{scheme}:{}", NEXT.fetch_add(1, Ordering::Relaxed)).into())
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
