//! [`ContainerId`]: which container this is.

use std::cmp::Ordering as Order;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use gawky_buffer::Version;

/// How the names of files and folders begin.
const FILE: &str = "file://";

/// Which container this is: the first part of what a cache knows a blob by.
///
/// Two containers have equal ids only if a key means the same blob in both, so a cache that they share may
/// serve one with what the other read. Where the bytes live outside of the process it is a URL-like name of
/// the place (`file:///data/events`); where they live inside it is a number that no other container has
/// ([`unique`](Self::unique)).
///
/// Ids are compared by their names. Beside its name, the id of a [`Cached`](crate::cache::Cached) container carries along
/// which caches it is read through, so that it is not read through one of them twice.
///
/// Cloning is O(1).
#[derive(Clone)]
pub struct ContainerId {
    name: Arc<str>,
    /// The numbers of the caches that are asked already for what has this name.
    caches: Option<Arc<[u64]>>,
}

impl ContainerId {
    /// The identity of a place with this name.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            caches: None,
        }
    }

    /// The identity of a file or folder: `file:///data/events`, with every byte that is not plain written `%2A`, so
    /// that no two paths have one name.
    #[must_use]
    pub fn of_path(path: &Path) -> Self {
        let mut name = FILE.to_owned();
        for byte in path.as_os_str().as_encoded_bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => {
                    name.push(char::from(*byte));
                }
                _ => name.extend(format!("%{byte:02X}").chars()),
            }
        }
        Self::new(name)
    }

    /// The identity of a container that lies in one blob of another, an archive: it is another one as soon as that
    /// blob is.
    #[must_use]
    pub fn inside(&self, kind: &str, key: &str, version: &Version) -> Self {
        // Quoted and escaped, so that what follows cannot be taken for a part of it.
        Self::new(format!("{self}#{kind}:{key:?}@{:?}", version.as_str()))
    }

    /// The identity of a container as a layer of some kind changes or proves it, for layers that do not leave it the same:
    /// `what` says which of its kind the layer is.
    ///
    /// ```
    /// use gawky_store::ContainerId;
    /// let bucket = ContainerId::new("s3://bucket/events");
    /// assert_ne!(bucket.seen_through("sealed", "key 7"), bucket.seen_through("sealed", "key 8"));
    /// ```
    #[must_use]
    pub fn seen_through(&self, kind: &str, what: &str) -> Self {
        Self::new(format!("{self}#{kind}={what:?}"))
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
        Self::new(format!("{scheme}:{next}-{:016x}", *LOT))
    }

    /// Whether the name is that of a file or folder, by its [path](Self::of_path), or of this process's memory: such a container is
    /// asked by calls of the system or of this process, so nothing is on its way to it any more once it has answered.
    ///
    /// ```
    /// use gawky_store::{Container, ContainerId, MemoryContainer};
    /// assert!(ContainerId::of_path("/data/events".as_ref()).is_local());
    /// assert!(MemoryContainer::new().id().unwrap().is_local());
    /// assert!(!ContainerId::new("s3://bucket/events").is_local());
    /// ```
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.name.starts_with(FILE) || self.name.starts_with("memory:")
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
        self.name.contains("://")
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The same container, read through the cache of this number.
    pub(crate) fn read_through(&self, cache: u64) -> Self {
        let caches = self.caches.iter().flat_map(|caches| caches.iter().copied());
        Self {
            name: Arc::clone(&self.name),
            caches: Some(caches.chain([cache]).collect()),
        }
    }

    /// Whether the container is read through the cache of this number.
    pub(crate) fn is_read_through(&self, cache: u64) -> bool {
        let caches = self.caches.as_deref().unwrap_or_default();
        caches.contains(&cache)
    }
}

impl PartialEq for ContainerId {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ContainerId {}

impl Hash for ContainerId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl PartialOrd for ContainerId {
    fn partial_cmp(&self, other: &Self) -> Option<Order> {
        Some(self.cmp(other))
    }
}

impl Ord for ContainerId {
    fn cmp(&self, other: &Self) -> Order {
        self.name.cmp(&other.name)
    }
}

impl fmt::Debug for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ContainerId").field(&self.name).finish()
    }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
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
    fn plain_paths_are_their_names() {
        let id = ContainerId::of_path(Path::new("/data/Run-2_a.b/c d%*"));
        assert_eq!(id.to_string(), "file:///data/Run-2_a.b/c%20d%25%2A");
    }

    #[test]
    fn they_are_in_the_order_of_their_names() {
        let [a, b] = ["a", "b"].map(ContainerId::new);
        assert!(a < b);
        assert_eq!(a, a.read_through(7));
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
            folder.seen_through("crc32c", "f"),
            folder.seen_through("crc32c", "f\"#crc32c=\"g"),
            folder
                .seen_through("crc32c", "f")
                .seen_through("crc32c", "g"),
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

    #[test]
    fn the_caches_go_with_the_name_and_are_no_part_of_it() {
        let folder = ContainerId::of_path(Path::new("/a"));
        let twice = folder.read_through(7).read_through(8);
        assert_eq!(twice, folder);
        assert!([7, 8].iter().all(|cache| twice.is_read_through(*cache)));
        assert!(!twice.is_read_through(9) && !folder.is_read_through(7));
        let archive = twice.inside("npz", "f", &Version::new("v"));
        assert!(!archive.is_read_through(7), "another container");
    }
}
