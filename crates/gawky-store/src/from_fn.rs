//! [`from_fn`]: a closure as a container.

use std::fmt;

use gawky_buffer::Buffer;

use crate::{Container, StoreError, key};

/// A container that asks a closure; made by [`from_fn`].
#[derive(Clone)]
pub struct FnContainer<F>(F);

/// A container that asks `get` for whole blobs.
///
/// Keys that break the rules of [`key`] are refused before the closure sees them.
///
/// ```
/// use gawky_store::{Buffer, Container, from_fn};
///
/// let zeros = from_fn(|key| Ok(key.ends_with("-data").then(|| Buffer::from_vec(vec![0_u8; 16]))));
/// assert_eq!(zeros.size("node3-data")?, Some(16));
/// assert_eq!(zeros.size("node3-offsets")?, None);
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
pub fn from_fn<F>(get: F) -> FnContainer<F>
where
    F: Fn(&str) -> Result<Option<Buffer>, StoreError> + Send + Sync,
{
    FnContainer(get)
}

impl<F> Container for FnContainer<F>
where
    F: Fn(&str) -> Result<Option<Buffer>, StoreError> + Send + Sync,
{
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        key::validate(key)?;
        (self.0)(key)
    }
}

impl<F> fmt::Debug for FnContainer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FnContainer(..)")
    }
}
