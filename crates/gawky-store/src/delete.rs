//! [`ContainerDelete`]: removing blobs.

use std::time::Duration;

use gawky_buffer::Key;

use crate::{ContainerList, StoreError, key};

/// A container that blobs can be removed from. Those that are written once and sealed, as archives are, cannot.
///
/// ```
/// use gawky_store::{Buffer, Container, ContainerDelete, MemoryContainer};
///
/// let memory = MemoryContainer::new();
/// memory.insert("node0-offsets", Buffer::from_vec(vec![0_i64, 2, 3]))?;
/// memory.delete("node0-offsets")?;
/// assert!(!memory.contains("node0-offsets")?);
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
pub trait ContainerDelete: Send + Sync {
    /// Removes the blob under `key`; nothing happens when there is none.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`], and whatever keeps the container from removing it.
    fn delete(&self, key: &str) -> Result<(), StoreError>;

    /// Removes the blobs under many keys.
    ///
    /// Every key is checked before the first blob is removed. It is not atomic as a whole: after an error some
    /// of the blobs may be gone.
    ///
    /// # Errors
    /// As [`delete`](Self::delete).
    fn delete_many(&self, keys: &[Key]) -> Result<(), StoreError> {
        for key in keys {
            key::validate(key)?;
        }
        keys.iter().try_for_each(|key| self.delete(key))
    }

    /// Removes what writers that died have left half written, where it is at least so old; answers how many such there were.
    ///
    /// It is nothing that has a key, so nobody can read or list it: the files that a [`Directory`](crate::Directory) writes before it
    /// renames them, for example. The default is a container that keeps nothing of that kind.
    ///
    /// # Errors
    /// Whatever keeps the container from looking, or from removing it.
    fn delete_drafts(&self, older_than: Duration) -> Result<u64, StoreError> {
        let _ = older_than;
        Ok(0)
    }
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
/// As [`ContainerList::list`] and [`ContainerDelete::delete`].
pub fn delete_prefix<C>(container: &C, prefix: &str) -> Result<usize, StoreError>
where
    C: ContainerList + ContainerDelete + ?Sized,
{
    let keys = container.list(prefix)?;
    container.delete_many(&keys)?;
    Ok(keys.len())
}
