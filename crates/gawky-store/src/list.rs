//! [`ContainerList`]: which keys there are.

use crate::{ContainerWrite, StoreError};

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
    fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError>;
}

/// Removes every key under `prefix`, by whole segments; answers how many there were.
///
/// ```
/// use gawky_store::{Buffer, ContainerList, MemoryContainer, delete_prefix};
///
/// let memory = MemoryContainer::new();
/// for key in ["6/f", "6/f/x", "6/faNT"] {
///     memory.insert(key, Buffer::empty())?;
/// }
/// assert_eq!(delete_prefix(&memory, "6/f")?, 2);
/// assert_eq!(memory.list("")?, ["6/faNT"]);
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
///
/// # Errors
/// As [`ContainerList::list`] and [`ContainerWrite::delete`].
pub fn delete_prefix<C>(container: &C, prefix: &str) -> Result<usize, StoreError>
where
    C: ContainerList + ContainerWrite + ?Sized,
{
    let keys = container.list(prefix)?;
    container.delete_many(&keys)?;
    Ok(keys.len())
}
