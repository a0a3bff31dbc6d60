//! [`NpzOptions`]: how much an archive may make its reader do.

/// How much an archive may make its reader do.
///
/// ```
/// use gawky_store::npz::{Npz, NpzFault, NpzOptions, NpzWriter};
/// use gawky_store::{Blob, Buffer, Container, ContainerWrite, DType, MemoryContainer, StoreError};
///
/// let bucket = MemoryContainer::new();
/// let writer = NpzWriter::compressed();
/// writer.put(Blob::new("zeros", DType::UInt8, Buffer::from_vec(vec![0_u8; 100_000])))?;
/// writer.write(&bucket, "bomb.npz")?;
/// assert!(bucket.size("bomb.npz")? < Some(1_000));
///
/// let careful = NpzOptions::default().max_member_bytes(50_000);
/// let bomb = Npz::open_with(&bucket, "bomb.npz", careful)?;
/// let Err(StoreError::Npz { fault, .. }) = bomb.get("zeros") else { unreachable!() };
/// assert!(matches!(*fault, NpzFault::MemberTooLarge { limit: 50_000, .. }));
/// # Ok::<(), StoreError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct NpzOptions {
    pub(super) max_member_bytes: u64,
    pub(super) max_call_bytes: u64,
    pub(super) max_directory_bytes: u64,
}

impl Default for NpzOptions {
    fn default() -> Self {
        Self {
            max_member_bytes: 4 << 30,
            max_call_bytes: 16 << 30,
            max_directory_bytes: 256 << 20,
        }
    }
}

impl NpzOptions {
    /// How many bytes one compressed member may have when it is uncompressed, NumPy's header included; 4 GiB unless
    /// set. What is stored without compression is only as large as the file.
    pub fn max_member_bytes(mut self, bytes: u64) -> Self {
        self.max_member_bytes = bytes;
        self
    }

    /// How many bytes all compressed members of one `fetch` may have together when they are uncompressed; 16 GiB
    /// unless set.
    pub fn max_call_bytes(mut self, bytes: u64) -> Self {
        self.max_call_bytes = bytes;
        self
    }

    /// How many bytes the directory may have, of which a member takes 46 and its name; 256 MiB unless set.
    pub fn max_directory_bytes(mut self, bytes: u64) -> Self {
        self.max_directory_bytes = bytes;
        self
    }
}
