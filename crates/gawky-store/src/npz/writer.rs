//! [`NpzWriter`]: an archive that is being put together.

use std::io::{Cursor, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;
use gawky_buffer::{Blob, Buffer, BufferError, ByteOrder, DType, Key, NdBuffer};
use indexmap::IndexMap;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::array_header::ArrayHeader;
use super::fault::NpzFault;
use crate::write::host_bytes;
use crate::{AsyncContainerWrite, ContainerWrite, StoreError, key};

/// Stored elements begin at a multiple of this in the file, so that they can be used where a memory map has them.
const ALIGNMENT: u16 = 64;

/// From this size on a member's sizes are written in 64 bits; a little early, as headers and what does not
/// compress come on top.
const LARGE: usize = 0xf000_0000;

/// A name and what aligns its member share 64 KiB with the rest of its header.
const MAX_NAME: usize = 65_000;

/// Collects blobs, and makes one archive of them, which `np.load` opens.
///
/// Blobs are put into it as into any container, shared and not copied, and a blob put again replaces the one before.
/// The archive is put where it belongs at once, so readers see all of it or nothing. The same blobs, put in the same
/// order, give the same file, byte for byte.
///
/// A blob becomes an array of one axis, with its dtype and byte order, and the header that `np.save` writes; the
/// name of the member is its key with `.npy` at the end, so `np.load(file)[key]` is that array. Putting does no I/O, so
/// the writer serves asynchronous programs as it is; they end with [`write_async`](Self::write_async).
///
/// ```
/// use gawky_store::npz::{Npz, NpzWriter};
/// use gawky_store::{Blob, Buffer, ContainerList, ContainerWrite, DType};
///
/// let writer = NpzWriter::new();
/// writer.put(Blob::new("node0-offsets", DType::Int64, Buffer::from_vec(vec![0_i64, 2, 3])))?;
/// writer.put_file("form.json", Buffer::copied_from(b"{}"))?;
///
/// let archive = Npz::from_buffer(writer.finish()?)?;
/// assert_eq!(archive.list("")?, ["form.json", "node0-offsets"]);
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
#[derive(Debug)]
pub struct NpzWriter {
    method: CompressionMethod,
    entries: Mutex<Entries>,
}

/// What will be in the archive, in the order in which the keys were first put.
type Entries = IndexMap<Key, Entry, RandomState>;

#[derive(Debug)]
struct Entry {
    key: Key,
    /// What NumPy writes before the elements; `None` for what is no array.
    header: Option<Vec<u8>>,
    bytes: Buffer,
}

impl Entry {
    fn array(
        key: Key,
        dtype: DType,
        byteorder: ByteOrder,
        shape: &[usize],
        bytes: Buffer,
    ) -> Result<Self, StoreError> {
        let header =
            ArrayHeader::written(dtype, byteorder, shape).map_err(|fault| fault.of(&key, &key))?;
        Ok(Self {
            key,
            header: Some(header),
            bytes,
        })
    }

    fn of_blob(blob: Blob) -> Result<Self, StoreError> {
        let (len, itemsize) = (blob.bytes.len(), blob.dtype.itemsize());
        if !len.is_multiple_of(itemsize) {
            return Err(StoreError::Buffer {
                key: blob.key.into(),
                source: BufferError::NotMultiple { len, itemsize },
            });
        }
        Self::array(
            blob.key,
            blob.dtype,
            blob.byteorder,
            &[len / itemsize],
            blob.bytes,
        )
    }

    fn name(&self) -> String {
        match self.header {
            Some(_) => format!("{}.npy", self.key),
            None => self.key.to_string(),
        }
    }

    fn check(&self) -> Result<(), StoreError> {
        key::validate(&self.key)?;
        let (len, limit) = (self.name().len(), MAX_NAME);
        if len > limit {
            return Err(NpzFault::LongName { len, limit }.of(&self.key, &self.key));
        }
        host_bytes(&self.key, &self.bytes).map(drop)
    }

    fn len(&self) -> usize {
        let header = self.header.as_ref().map_or(0, Vec::len);
        header.saturating_add(self.bytes.len())
    }

    /// How much it takes at most with everything around it: its name twice, its headers, and what aligns it.
    fn stored_len(&self) -> usize {
        self.len().saturating_add(2 * self.key.len() + 256)
    }
}

impl NpzWriter {
    /// An archive whose members are stored as they are, as by `np.savez`.
    #[must_use]
    pub fn new() -> Self {
        Self {
            method: CompressionMethod::Stored,
            entries: Mutex::default(),
        }
    }

    /// An archive whose members are compressed, as by `np.savez_compressed`.
    #[must_use]
    pub fn compressed() -> Self {
        Self {
            method: CompressionMethod::Deflated,
            ..Self::new()
        }
    }

    /// Keeps an array with its shape: in row-major order, in its own byte order.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`], [`StoreError::NotOnHost`], [`StoreError::Buffer`] when elements that must be
    /// moved do not fit in memory, and [`StoreError::Npz`] for more axes than NumPy has or a key
    /// of 64 KiB.
    pub fn put_array(&self, key: impl Into<Key>, array: &NdBuffer) -> Result<(), StoreError> {
        let key = key.into();
        let order = array.byteorder();
        match array.to_buffer(order) {
            Ok(bytes) => self.keep(Entry::array(
                key,
                array.dtype(),
                order,
                array.shape(),
                bytes,
            )?),
            Err(source) => Err(StoreError::Buffer {
                key: key.into(),
                source,
            }),
        }
    }

    /// Keeps bytes that are no array, a form's JSON for example, under `key` as it stands. `np.load(file)[key]` is
    /// `bytes` then.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`], [`StoreError::NotOnHost`], and [`StoreError::Npz`] for a key that ends in `.npy`.
    pub fn put_file(&self, key: impl Into<Key>, bytes: Buffer) -> Result<(), StoreError> {
        let key = key.into();
        if key.ends_with(".npy") {
            return Err(NpzFault::RawName.of(&key, &key));
        }
        self.keep(Entry {
            key,
            header: None,
            bytes,
        })
    }

    /// The file.
    ///
    /// # Errors
    /// [`StoreError::Buffer`] when it does not fit in memory. Nothing else can fail: blobs were checked when they were
    /// put.
    pub fn finish(self) -> Result<Buffer, StoreError> {
        self.encode("")
    }

    /// Puts the file into a container, at once.
    ///
    /// # Errors
    /// As [`finish`](Self::finish) and [`ContainerWrite::put`].
    pub fn write<C: ContainerWrite + ?Sized>(
        self,
        container: &C,
        key: &str,
    ) -> Result<(), StoreError> {
        container.put(self.into_blob(key)?)
    }

    /// Puts the file into a container, at once and without blocking; it is made on the caller's thread.
    ///
    /// # Errors
    /// As [`finish`](Self::finish) and [`AsyncContainerWrite::put`].
    pub async fn write_async<C: AsyncContainerWrite + ?Sized>(
        self,
        container: &C,
        key: &str,
    ) -> Result<(), StoreError> {
        container.put(self.into_blob(key)?).await
    }

    fn into_blob(self, key: &str) -> Result<Blob, StoreError> {
        key::validate(key)?;
        Ok(Blob::new(key, DType::UInt8, self.encode(key)?))
    }

    /// The file, which errors call `file`.
    fn encode(self, file: &str) -> Result<Buffer, StoreError> {
        let entries = self
            .entries
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let mut bytes = Vec::new();
        if self.method == CompressionMethod::Stored {
            let sizes = entries.values().map(Entry::stored_len);
            let whole = sizes.fold(0, usize::saturating_add);
            bytes
                .try_reserve_exact(whole)
                .map_err(|_| StoreError::Buffer {
                    key: file.to_owned(),
                    source: BufferError::OutOfMemory {
                        what: format!("an archive of {whole} bytes"),
                    },
                })?;
        }
        let mut archive = ZipWriter::new(Cursor::new(bytes));
        for entry in entries.values() {
            add(&mut archive, entry, self.method)
                .map_err(|source| StoreError::backend(&*entry.key, source))?;
        }
        match archive.finish() {
            Ok(bytes) => Ok(Buffer::from_vec(bytes.into_inner())),
            Err(source) => Err(StoreError::backend(file, source)),
        }
    }

    fn keep(&self, entry: Entry) -> Result<(), StoreError> {
        entry.check()?;
        self.entries().insert(entry.key.clone(), entry);
        Ok(())
    }

    // No code that can panic runs while the lock is held, so a poisoned lock still guards whole entries.
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for NpzWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl ContainerWrite for NpzWriter {
    fn put(&self, blob: Blob) -> Result<(), StoreError> {
        key::validate(&blob.key)?;
        self.keep(Entry::of_blob(blob)?)
    }

    fn put_many(&self, blobs: Vec<Blob>) -> Result<(), StoreError> {
        for blob in &blobs {
            key::validate(&blob.key)?;
        }
        blobs.into_iter().try_for_each(|blob| self.put(blob))
    }
}

fn add(
    archive: &mut ZipWriter<Cursor<Vec<u8>>>,
    entry: &Entry,
    method: CompressionMethod,
) -> Result<(), ZipError> {
    // The same everywhere and always: 1980-01-01, on Unix.
    let mut options = SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(DateTime::default())
        .system(System::Unix)
        .large_file(entry.len() >= LARGE);
    if method == CompressionMethod::Stored {
        options = options.with_alignment(ALIGNMENT);
    }
    archive.start_file(entry.name(), options)?;
    if let Some(header) = &entry.header {
        archive.write_all(header)?;
    }
    let bytes = entry.bytes.bytes().map_err(std::io::Error::other)?;
    archive.write_all(bytes)?;
    Ok(())
}
