//! [`ContainerWrite`]: putting blobs.

use gawky_buffer::{Blob, Buffer, BufferMut, DType, Key};

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

    /// Keeps a blob that is made of these pieces, one behind the other, replacing what was under its key: a file whose parts
    /// lie here and there in memory.
    ///
    /// The default puts them together first, which takes as much memory again; who can write one behind the other does that
    /// instead.
    ///
    /// # Errors
    /// As [`put`](Self::put), and [`StoreError::Buffer`] where there is no memory to put them together.
    fn put_pieces(&self, key: Key, pieces: &[Buffer]) -> Result<(), StoreError> {
        key::validate(&key)?;
        let bytes = joined(&key, pieces)?;
        self.put(Blob::new(key, DType::UInt8, bytes))
    }

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

/// Buffers one behind the other, in memory aligned to 64 bytes.
///
/// # Errors
/// [`StoreError::NotOnHost`] and [`StoreError::Buffer`].
pub(crate) fn joined(key: &str, pieces: &[Buffer]) -> Result<Buffer, StoreError> {
    let lens = pieces.iter().map(Buffer::len);
    let total = lens.fold(0, usize::saturating_add);
    let mut joined = BufferMut::try_with_capacity(total).map_err(|source| StoreError::Buffer {
        key: key.to_owned(),
        source,
    })?;
    for piece in pieces {
        joined.extend_from_slice(host_bytes(key, piece)?);
    }
    Ok(joined.freeze())
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
