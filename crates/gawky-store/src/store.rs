//! [`Store`]: all capabilities at once.

use crate::{Container, ContainerConditional, ContainerDelete, ContainerList, ContainerWrite};

/// A container with every capability: whatever has all of them is one.
///
/// Ask for it where all are needed, or where a container is chosen at run time; elsewhere ask for what is used,
/// so that archives and read-only containers may be given, too.
///
/// ```
/// use std::sync::Arc;
/// use gawky_store::{Directory, MemoryContainer, Store, StoreError};
///
/// fn open(location: &str) -> Result<Arc<dyn Store>, StoreError> {
///     Ok(match location.strip_prefix("file:") {
///         Some(path) => Arc::new(Directory::open(path)?),
///         None => Arc::new(MemoryContainer::new()),
///     })
/// }
///
/// let store = open("memory:")?;
/// assert_eq!(store.list("")?, [""; 0]);
/// # Ok::<(), StoreError>(())
/// ```
pub trait Store:
    Container + ContainerWrite + ContainerDelete + ContainerList + ContainerConditional
{
}

impl<C> Store for C where
    C: Container + ContainerWrite + ContainerDelete + ContainerList + ContainerConditional + ?Sized
{
}
