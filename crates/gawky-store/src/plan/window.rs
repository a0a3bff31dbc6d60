//! [`Window`]: how much may be under way at once.

use crate::Profile;

/// How many requests, and how many of their bytes, may be under way at once.
///
/// ```
/// use gawky_store::Profile;
/// use gawky_store::plan::Window;
///
/// let mut window = Window::new(&Profile::new(2, true, None).with_max_in_flight(100));
/// assert!(window.start(90), "there is room");
/// assert!(!window.start(20), "that would be too many bytes");
/// window.finish(90);
/// assert!(window.start(1_000), "one alone may always go");
/// ```
#[derive(Clone, Debug)]
pub struct Window {
    concurrency: usize,
    max_bytes: u64,
    running: usize,
    bytes: u64,
}

impl Window {
    /// An empty one, with the limits of a container.
    #[must_use]
    pub fn new(profile: &Profile) -> Self {
        Self {
            concurrency: profile.concurrency,
            max_bytes: profile.max_in_flight,
            running: 0,
            bytes: 0,
        }
    }

    /// Starts a request of `bytes` bytes if there is room, and tells whether there was. One alone may always go.
    ///
    /// A request whose size only its answer tells starts with 0 bytes, and [takes](Self::take) them then.
    #[must_use]
    pub fn start(&mut self, bytes: u64) -> bool {
        if (self.running > 0 && self.running >= self.concurrency) || !self.take(bytes) {
            return false;
        }
        self.running += 1;
        true
    }

    /// Takes `bytes` more bytes for a request that is under way, if there is room, and tells whether there was. Where
    /// no others are under way, as many as one wants may always come.
    ///
    /// Who has some already [gives](Self::give) them back before it takes others: of two that keep theirs and wait for
    /// more, neither would ever end.
    #[must_use]
    pub fn take(&mut self, bytes: u64) -> bool {
        let sum = self.bytes.saturating_add(bytes);
        if self.bytes > 0 && sum > self.max_bytes {
            return false;
        }
        self.bytes = sum;
        true
    }

    /// Gives back bytes of a request that goes on.
    pub fn give(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Ends a request that has as many bytes.
    pub fn finish(&mut self, bytes: u64) {
        self.running = self.running.saturating_sub(1);
        self.give(bytes);
    }
}
