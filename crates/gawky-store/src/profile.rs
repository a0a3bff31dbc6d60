//! What a container declares about itself, for whoever plans the fetches.

/// How a container likes to be asked.
///
/// ```
/// use gawky_store::{Container, MemoryContainer, Profile};
/// assert_eq!(MemoryContainer::new().profile(), Profile::MEMORY);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// How many requests it serves at once to good effect; at least 1. Its own `fetch` keeps to it: who plans
    /// the fetches need not start threads to reach it.
    pub concurrency: usize,
    /// Whether a range costs about what its bytes cost. Where it does not (a compressed member of an
    /// archive, a container that only has `get`), ask for whole blobs.
    pub cheap_ranges: bool,
    /// When neighbouring ranges of one blob should be asked as one; `None` to never merge.
    pub coalescing: Option<Coalescing>,
    /// How many bytes may be under way at once; one request alone may have more.
    pub max_in_flight: u64,
}

impl Profile {
    /// Bytes that are in this process already: nothing to overlap, nothing to merge.
    pub const MEMORY: Self = Self::new(1, true, None);

    /// Files on a local disk: a few threads help, and adjacent ranges are worth one read.
    pub const FILE: Self = Self::new(
        8,
        true,
        Some(Coalescing::new(4 * 1024, 64 * 1024 * 1024, 1024)),
    );

    /// A store behind a network: a request costs a round trip, worth about a megabyte.
    pub const REMOTE: Self = Self::new(
        32,
        true,
        Some(Coalescing::new(1024 * 1024, 16 * 1024 * 1024, 1024)),
    );

    /// A container that can only hand out whole blobs: ranges cost as much as everything.
    pub const WHOLE: Self = Self::new(1, false, None);

    /// A profile of your own; `concurrency` 0 counts as 1.
    #[must_use]
    pub const fn new(
        concurrency: usize,
        cheap_ranges: bool,
        coalescing: Option<Coalescing>,
    ) -> Self {
        Self {
            concurrency: if concurrency == 0 { 1 } else { concurrency },
            cheap_ranges,
            coalescing,
            max_in_flight: 256 * 1024 * 1024,
        }
    }

    /// The same, with as many bytes under way at once; 256 MiB unless set.
    #[must_use]
    pub const fn with_max_in_flight(mut self, bytes: u64) -> Self {
        self.max_in_flight = bytes;
        self
    }
}

/// Limits for asking neighbouring ranges of one blob as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coalescing {
    /// How many unwanted bytes may lie between two ranges that are merged; 0 merges only adjacent ones.
    pub max_gap: u64,
    /// How many bytes a merged range may have. One range that is larger stays whole.
    pub max_bytes: u64,
    /// How many ranges may become one; those that lie within others do not count.
    pub max_ranges: usize,
}

impl Coalescing {
    /// Limits of your own: of the gap, of the merged range, and of how many ranges may become one.
    #[must_use]
    pub const fn new(max_gap: u64, max_bytes: u64, max_ranges: usize) -> Self {
        Self {
            max_gap,
            max_bytes,
            max_ranges,
        }
    }
}
