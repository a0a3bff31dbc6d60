//! Hugging Face's format [safetensors](https://huggingface.co/docs/safetensors): one file of named tensors, with a
//! header that says where each lies.
//!
//! [`SafeTensors`] reads it as a container, [`SafeTensorsWriter`] writes it; Awkward keeps the form and length of an
//! array in its metadata, under `form` and `length`.
//!
//! ```
//! use gawky_store::safetensors::{SafeTensors, SafeTensorsWriter};
//! use gawky_store::{Blob, Buffer, Container, ContainerWrite, DType};
//!
//! let writer = SafeTensorsWriter::new().with_metadata("length", "2");
//! writer.put(Blob::new("node0-data", DType::Float32, Buffer::from_vec(vec![50.2_f32, 22.0])))?;
//! let file = SafeTensors::from_buffer(writer.finish()?)?;
//! assert_eq!(file.get_range("node0-data", 4..8)?, Some(Buffer::from_vec(vec![22.0_f32])));
//! # Ok::<(), gawky_store::StoreError>(())
//! ```

mod canonical;
mod dtype;
mod fault;
mod files;
mod header;
mod header_sought;
mod index;
mod writer;

use std::path::Path;

use gawky_buffer::{Buffer, Key};

use crate::{AsyncContainer, Container, Layered, LocalFile, MemoryContainer, StoreError, opening};

pub use fault::SafeTensorsFault;
pub use files::{DEFAULT_CAPACITY, SafeTensorsFiles, file_and_tensor};
use header_sought::HeaderSought;
pub use index::{Pending, SafeTensorsIndex};
pub use writer::SafeTensorsWriter;

/// The tensors of a safetensors file as a container: keys are their names, and bytes are fetched from the
/// container that holds the file, tensor by tensor or range by range.
///
/// Opening reads the header and nothing else: with one request, mostly, behind a network. What is fetched later is
/// of the same state of the file, where the container below has versions; when the file has been replaced,
/// that is [`StoreError::VersionMismatch`]. Tensors are typed: one that is fetched as something else is
/// [`StoreError::DType`]. Shapes are not looked at, but for their size.
///
/// ```
/// use gawky_store::safetensors::{SafeTensors, SafeTensorsWriter};
/// use gawky_store::{Blob, Buffer, Container, ContainerWrite, DType, MemoryContainer};
///
/// let pt = Buffer::from_vec(vec![50.2_f32, 22.0]);
/// let writer = SafeTensorsWriter::new();
/// writer.put(Blob::new("node1-data", DType::Float32, pt.clone()))?;
/// let bucket = MemoryContainer::new();
/// writer.with_metadata("length", "2").write(&bucket, "events.safetensors")?;
///
/// let events = SafeTensors::open(&bucket, "events.safetensors")?;
/// assert_eq!(events.layer().metadata()["length"], "2");
/// assert_eq!(events.layer().dtype("node1-data"), Some(DType::Float32));
/// assert_eq!(events.get("node1-data")?, Some(pt));
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
pub type SafeTensors<C> = Layered<SafeTensorsIndex, C>;

/// Opening a safetensors file in a container.
impl<C: Container> SafeTensors<C> {
    /// Opens the file under `key`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none, [`StoreError::SafeTensors`] when it is no such file, and
    /// whatever keeps the container from reading it.
    pub fn open(container: C, key: &str) -> Result<Self, StoreError> {
        let sought = HeaderSought::of(key, &container.profile());
        opening::open(sought, container)
    }
}

/// Opening a safetensors file in a container, without blocking.
impl<C: AsyncContainer> SafeTensors<C> {
    /// Opens the file under `key`.
    ///
    /// # Errors
    /// As [`open`](SafeTensors::open).
    pub async fn open_async(container: C, key: &str) -> Result<Self, StoreError> {
        let sought = HeaderSought::of(key, &container.profile());
        opening::open_async(sought, container).await
    }
}

/// Opening a safetensors file that is in memory.
impl SafeTensors<MemoryContainer> {
    /// Opens a file of which all bytes are here; tensors share them.
    ///
    /// # Errors
    /// [`StoreError::SafeTensors`] when they are no such file.
    pub fn from_buffer(bytes: Buffer) -> Result<Self, StoreError> {
        let memory = MemoryContainer::new();
        let key = Key::from("memory.safetensors");
        memory.insert(key.clone(), bytes.clone())?;
        let index = SafeTensorsIndex::of_whole(key, bytes, None)?;
        Ok(Self::new(index, memory))
    }
}

/// Opening a safetensors file on the local disk.
impl SafeTensors<LocalFile> {
    /// Opens a file. It stays open, so tensors are read of this file also after another has taken its name.
    ///
    /// # Errors
    /// As [`LocalFile::open`] and [`open`](SafeTensors::open).
    pub fn open_file(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let file = LocalFile::open(path)?;
        let key = Key::from(file.key());
        Self::open(file, &key)
    }

    /// Maps a file into memory: tensors are shared with the map, nothing is copied.
    ///
    /// # Safety
    /// As for [`Directory::mapped`](crate::Directory::mapped): as long as a buffer from here lives, nobody, in
    /// this process or another, may change or truncate the file in place.
    ///
    /// # Errors
    /// As [`open_file`](SafeTensors::open_file).
    #[allow(
        unsafe_code,
        reason = "a map of a file is sound only by a promise that the caller must make"
    )]
    pub unsafe fn open_mapped(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        // SAFETY: the caller of this function has made the same promise.
        let file = unsafe { LocalFile::open(path)?.mapped() }?;
        let key = Key::from(file.key());
        match file.map() {
            Some(all) => {
                let index = SafeTensorsIndex::of_whole(key, all.bytes, all.version)?;
                Ok(Self::new(index, file))
            }
            None => Self::open(file, &key),
        }
    }
}
