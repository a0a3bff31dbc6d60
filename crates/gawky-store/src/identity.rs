//! [`ContainerId`]: which container this is.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use gawky_buffer::Version;

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

    /// The identity of a file or folder: `file:///data/events`, with every byte that is not plain written `%2A`, so
    /// that no two paths have one name.
    #[must_use]
    pub fn of_path(path: &Path) -> Self {
        let mut name = "file://".to_owned();
        for byte in path.as_os_str().as_encoded_bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => {
                    name.push(char::from(*byte));
                }
                _ => name.extend(format!("%{byte:02X}").chars()),
            }
        }
        Self(name.into())
    }

    /// The identity of a container that lies in one blob of another, an archive: it is another one as soon as that
    /// blob is.
    #[must_use]
    pub fn inside(&self, kind: &str, key: &str, version: &Version) -> Self {
        // Quoted and escaped, so that what follows cannot be taken for a part of it.
        Self(format!("{self}#{kind}:{key:?}@{:?}", version.as_str()).into())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn of_bytes(bytes: &[u8]) -> ContainerId {
        use std::os::unix::ffi::OsStrExt;
        ContainerId::of_path(Path::new(std::ffi::OsStr::from_bytes(bytes)))
    }

    #[test]
    fn no_two_places_have_one_name() {
        let version = Version::new("v");
        let folder = ContainerId::of_path(Path::new("/a"));
        let names = [
            folder.clone(),
            folder.inside("npz", "f", &version),
            folder.inside("npz", "f", &Version::new("w")),
            folder.inside("safetensors", "f", &version),
            folder.inside("npz", "f\"@\"v", &version),
            ContainerId::of_path(Path::new("/a#npz:\"f\"@\"v\"")),
            ContainerId::of_path(Path::new("/a%23")),
            ContainerId::of_path(Path::new("/a#")),
            #[cfg(unix)]
            of_bytes(b"/a\xff"),
            #[cfg(unix)]
            of_bytes(b"/a\xfe"),
        ];
        let different: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len(), "{names:?}");
        assert!(names.iter().all(ContainerId::is_lasting));
    }
}
