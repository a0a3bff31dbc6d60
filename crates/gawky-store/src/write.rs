//! [`ContainerWrite`]: putting blobs.

use gawky_buffer::{Blob, Buffer};

use crate::{StoreError, key};

/// A container that blobs can be put into.
///
/// All methods take `&self`: a container is shared between threads, and one `put` replaces a blob at once,
/// so that readers see the old bytes or the new ones and never a mixture.
///
/// ```
/// use gawky_store::{Blob, Buffer, Container, ContainerWrite, DType, MemoryContainer};
///
/// let memory = MemoryContainer::new();
/// let offsets = Buffer::from_vec(vec![0_i64, 2, 3]);
/// memory.put(Blob::new("node0-offsets", DType::Int64, offsets))?;
/// assert!(memory.contains("node0-offsets")?);
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
pub trait ContainerWrite: Send + Sync {
    /// Keeps a blob, replacing what was under its key.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`], [`StoreError::NotOnHost`] when the bytes are on a device and the container
    /// keeps host bytes, [`StoreError::KeyIsPrefix`], and whatever keeps the container from writing.
    fn put(&self, blob: Blob) -> Result<(), StoreError>;

    /// Keeps many blobs.
    ///
    /// Every key is checked before the first blob is written. It is not atomic as a whole: after an error
    /// some of the blobs may be there. Of two blobs with one key the later is kept.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    fn put_many(&self, blobs: Vec<Blob>) -> Result<(), StoreError> {
        for blob in &blobs {
            key::validate(&blob.key)?;
        }
        blobs.into_iter().try_for_each(|blob| self.put(blob))
    }
}

/// Bytes that are to be written somewhere else than to memory.
///
/// # Errors
/// [`StoreError::NotOnHost`] when they are on a device.
pub(crate) fn host_bytes<'b>(key: &str, bytes: &'b Buffer) -> Result<&'b [u8], StoreError> {
    bytes.bytes().map_err(|_| StoreError::NotOnHost {
        key: key.to_owned(),
        place: bytes.place().to_string(),
    })
}
