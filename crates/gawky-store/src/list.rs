//! [`ContainerList`]: which keys there are.

use gawky_buffer::Key;

use crate::StoreError;

/// A container that can tell its keys.
pub trait ContainerList: Send + Sync {
    /// The keys under `prefix`, sorted by their bytes, each once.
    ///
    /// A prefix is a path, not a beginning of letters: `6/f` covers the key `6/f` and all of `6/f/…`, and
    /// not `6/faNT`. With a slash at its end it covers only what is below; the empty prefix covers
    /// everything. See [`key::is_under`](crate::key::is_under).
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`] for a prefix that no key can have, and whatever keeps the container from
    /// looking: a place that cannot be read is an error, never an empty list.
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError>;
}
