//! [`ContainerConditional`]: writing only if nobody else has.

use gawky_buffer::{Blob, Buffer, Version};

use crate::StoreError;

/// A container in which one of several writers wins and the others are told.
///
/// ```
/// use gawky_store::{Blob, Buffer, ContainerConditional, DType, MemoryContainer};
///
/// let manifest = |text: &str| {
///     Blob::new("dataset.json", DType::UInt8, Buffer::copied_from(text.as_bytes()))
/// };
/// let memory = MemoryContainer::new();
/// let first = memory.put_if_absent(manifest("{}"))?;
/// let second = memory.put_if_match(manifest("{\"lengths\": [3]}"), &first)?;
/// assert!(memory.put_if_match(manifest("{\"lengths\": [5]}"), &first).unwrap_err().is_conflict());
/// assert_eq!(memory.get_versioned("dataset.json")?.unwrap().1, second);
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
pub trait ContainerConditional: Send + Sync {
    /// The blob under `key` and the version that these very bytes have; `None` when there is none.
    ///
    /// # Errors
    /// As [`Container::get`](crate::Container::get).
    fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError>;

    /// Keeps a blob if its key is free, and answers the version that it has now.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the key is taken; else as [`ContainerWrite::put`](crate::ContainerWrite::put).
    fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError>;

    /// Keeps a blob if the one under its key is still at `version`, and answers the version that it has now.
    ///
    /// # Errors
    /// [`StoreError::VersionMismatch`] when the key has changed or is gone; else as
    /// [`ContainerWrite::put`](crate::ContainerWrite::put).
    fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError>;
}

/// Refuses a blob that is in another state than the one that is wanted.
///
/// # Errors
/// [`StoreError::VersionMismatch`].
pub fn check_version(
    key: &str,
    expected: &Version,
    found: Option<Version>,
) -> Result<(), StoreError> {
    if found.as_ref() == Some(expected) {
        return Ok(());
    }
    Err(StoreError::VersionMismatch {
        key: key.to_owned(),
        expected: expected.clone(),
        found,
    })
}
