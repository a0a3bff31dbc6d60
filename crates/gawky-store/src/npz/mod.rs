//! Archives as `np.savez` and `np.savez_compressed` write them, on any container: reading, and writing.
//!
//! [`Npz`] reads one as a container, [`NpzWriter`] writes it. The form and length of an array have no place in it: keep
//! them beside it, as one does who calls `np.savez(file, **container)` with the container of `ak.to_buffers`.
//!
//! ```
//! use gawky_store::npz::{Npz, NpzWriter};
//! use gawky_store::{Blob, Buffer, Container, ContainerWrite, DType, MemoryContainer};
//!
//! let folder = MemoryContainer::new();
//! let writer = NpzWriter::compressed();
//! writer.put(Blob::new("node0-data", DType::Int64, Buffer::from_vec(vec![1_i64, 2, 3])))?;
//! writer.write(&folder, "numbers.npz")?; // np.load("numbers.npz")["node0-data"]
//! assert_eq!(Npz::open(&folder, "numbers.npz")?.get("node0-data")?, Some(Buffer::from_vec(vec![1_i64, 2, 3])));
//! # Ok::<(), gawky_store::StoreError>(())
//! ```
//!
//! # What the keys are
//!
//! The array that `np.savez(file, **{"node0-data": array})` saves is the member `node0-data.npy` of the archive, and
//! has the key `node0-data`, as in `np.load(file)["node0-data"]`. A member of any other name is bytes without a
//! dtype, under its whole name. Folders are passed over. Two members for one key are refused, and so is a name
//! that cannot be a [key](crate::key).
//!
//! # What the bytes are
//!
//! The elements, in row-major order and little-endian, which is what readers take blobs for unless they are told
//! otherwise: arrays in Fortran order and big-endian ones are converted. (So do not tell a reader that an archive
//! is big-endian: it is only so on disk.) The shape is left to the form. Arrays of objects, strings or records are
//! refused, and say why.
//!
//! # What reading costs
//!
//! Opening takes the size of the file, its last 66 KiB and, where it does not lie in these, its directory. A member
//! is one range of the file, read as a whole, even for a range of its bytes: else neither could it be uncompressed
//! nor its checksum be proved. Several fetches of one member in one call read it once. What is stored without
//! compression is handed out where it came to lie, not copied. How large an array is, some hundred bytes of it tell. Where the container below has no
//! [cheap ranges](crate::Profile::cheap_ranges), the file is fetched whole, once for every call.
//!
//! # What is proved
//!
//! That the directory is whole and unambiguous and no two members share a byte, when it is opened; then, for each
//! member read: that it says of itself what the directory says, its checksum, and that it has exactly the bytes that
//! its shape needs. Where the container has versions, every read is refused that is not of the file as it was
//! opened. What uncompressing may come to is limited by [`NpzOptions`], and memory grows only with the
//! bytes that really come out.
//!
//! # Why the directory is read here
//!
//! The crate `zip`, which writes our archives, reads from `Read + Seek` alone, which no range over a network is; it
//! looks further up for another directory where one does not fit, makes room for as many members as a
//! directory claims, and says what is wrong in words that programs cannot tell apart. `rc-zip` does no I/O of its
//! own, but guesses alphabets, brings five crates for that, and lets members overlap. What `np.savez` writes
//! takes two hundred lines to read strictly. Inflating and checksums are those of `flate2` and `crc32fast`.

mod array_header;
mod directory;
mod directory_sought;
mod fault;
mod fields;
mod index;
mod literal;
mod member;
mod options;
mod writer;

use std::path::Path;

use gawky_buffer::{Buffer, Key};

use crate::{AsyncContainer, Container, Layered, LocalFile, MemoryContainer, StoreError, opening};

use directory_sought::DirectorySought;
pub use fault::NpzFault;
pub use index::{NpzIndex, Pending};
pub use options::NpzOptions;
pub use writer::NpzWriter;

/// The arrays of an archive as a container: keys are their names, and bytes are fetched from the container that
/// holds the file, array by array.
///
/// ```
/// use gawky_store::npz::{Npz, NpzWriter};
/// use gawky_store::{Blob, Buffer, Container, ContainerWrite, DType, MemoryContainer};
///
/// let pt = Buffer::from_vec(vec![50.2_f64, 22.0]);
/// let writer = NpzWriter::compressed();
/// writer.put(Blob::new("node1-data", DType::Float64, pt.clone()))?;
/// let bucket = MemoryContainer::new();
/// writer.write(&bucket, "events.npz")?;
///
/// let events = Npz::open(&bucket, "events.npz")?;
/// assert_eq!(events.get("node1-data")?, Some(pt));
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
pub type Npz<C> = Layered<NpzIndex, C>;

/// Opening an archive in a container.
impl<C: Container> Npz<C> {
    /// Opens the file under `key`, with the limits of [`NpzOptions::default`].
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none, [`StoreError::Npz`] when it is no archive that can be read
    /// without doubt, and whatever keeps the container from reading it.
    pub fn open(container: C, key: &str) -> Result<Self, StoreError> {
        Self::open_with(container, key, NpzOptions::default())
    }

    /// Opens the file under `key`, with limits of your own.
    ///
    /// # Errors
    /// As [`open`](Npz::open).
    pub fn open_with(container: C, key: &str, options: NpzOptions) -> Result<Self, StoreError> {
        let size = container.size(key)?;
        let sought = DirectorySought::of(key, size, &container.profile(), options)?;
        opening::open(sought, container)
    }
}

/// Opening an archive in a container, without blocking.
impl<C: AsyncContainer> Npz<C> {
    /// Opens the file under `key`, with the limits of [`NpzOptions::default`].
    ///
    /// # Errors
    /// As [`open`](Npz::open).
    pub async fn open_async(container: C, key: &str) -> Result<Self, StoreError> {
        Self::open_async_with(container, key, NpzOptions::default()).await
    }

    /// Opens the file under `key`, with limits of your own.
    ///
    /// # Errors
    /// As [`open`](Npz::open).
    pub async fn open_async_with(
        container: C,
        key: &str,
        options: NpzOptions,
    ) -> Result<Self, StoreError> {
        let size = container.size(key).await?;
        let sought = DirectorySought::of(key, size, &container.profile(), options)?;
        opening::open_async(sought, container).await
    }
}

/// Opening an archive that is in memory.
impl Npz<MemoryContainer> {
    /// Opens a file of which all bytes are here; arrays that are not compressed share them.
    ///
    /// # Errors
    /// [`StoreError::Npz`] when they are no such file.
    pub fn from_buffer(bytes: Buffer) -> Result<Self, StoreError> {
        let (memory, key) = (MemoryContainer::new(), "memory.npz");
        memory.insert(key, bytes)?;
        Self::open(memory, key)
    }
}

/// Opening an archive on the local disk.
impl Npz<LocalFile> {
    /// Opens a file. It stays open, so arrays are read of this file also after another has taken its name.
    ///
    /// # Errors
    /// As [`LocalFile::open`] and [`open`](Npz::open).
    pub fn open_file(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let file = LocalFile::open(path)?;
        let key = Key::from(file.key());
        Self::open(file, &key)
    }

    /// Maps a file into memory: arrays that are not compressed are shared with the map, and nothing of them is copied
    /// (but their checksums are computed, once every time that they are fetched).
    ///
    /// # Safety
    /// As for [`Directory::mapped`](crate::Directory::mapped): as long as a buffer from here lives, nobody, in
    /// this process or another, may change or truncate the file in place.
    ///
    /// # Errors
    /// As [`open_file`](Npz::open_file).
    #[allow(
        unsafe_code,
        reason = "a map of a file is sound only by a promise that the caller must make"
    )]
    pub unsafe fn open_mapped(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        // SAFETY: the caller of this function has made the same promise.
        let file = unsafe { LocalFile::open(path)?.mapped() }?;
        let key = Key::from(file.key());
        Self::open(file, &key)
    }
}
