//! Aligned memory to read files into.

use std::io;

use gawky_buffer::{Buffer, BufferMut};
use memmap2::MmapMut;

// From here on a map of its own beats the heap: the kernel hands out zeroed pages as they are first touched
// by the read itself, in huge ones where it can, and takes them all back at once.
const LARGE: usize = 1 << 20;

/// Memory for a known number of bytes, aligned to 64 or more.
#[derive(Debug)]
pub(super) enum Space {
    Small(BufferMut),
    Large(MmapMut),
}

impl Space {
    /// Room for `len` bytes, which the caller knows to exist.
    pub(super) fn new(len: u64) -> io::Result<Self> {
        let len = usize::try_from(len).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        if len < LARGE {
            return BufferMut::try_zeroed(len)
                .map(Self::Small)
                .map_err(io::Error::other);
        }
        let map = MmapMut::map_anon(len)?;
        #[cfg(target_os = "linux")]
        // Advice: where it is not taken, the pages are small ones.
        let _ = map.advise(memmap2::Advice::HugePage);
        Ok(Self::Large(map))
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Small(bytes) => bytes.as_mut_slice(),
            Self::Large(bytes) => bytes,
        }
    }

    /// The first `len` bytes, or all when there are fewer, for good.
    pub(super) fn freeze(self, len: usize) -> Buffer {
        let whole = match self {
            Self::Small(bytes) => bytes.freeze(),
            Self::Large(bytes) => Buffer::from_owner(bytes),
        };
        match whole.slice(0..len) {
            Ok(part) if len < whole.len() => part,
            _ => whole,
        }
    }
}
