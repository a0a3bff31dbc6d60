//! Memory to read files into: aligned, or somebody else's.

use std::io;

use gawky_buffer::{Buffer, BufferMut, HostMemory, Landing};
use memmap2::MmapMut;

// From here on a map of its own beats the heap: the kernel hands out zeroed pages as they are first touched
// by the read itself, in huge ones where it can, and takes them all back at once.
const LARGE: usize = 1 << 20;
// Fewer bytes never go to another kind of memory: a device copies them together with others, from memory of its own.
const LANDING_LEAST: usize = 64 << 10;

/// Memory for a known number of bytes, the first at a phase: that many bytes past a multiple of 64.
#[derive(Debug)]
pub(super) enum Space {
    Small(BufferMut),
    /// A map, and where in it the first byte is.
    Large(MmapMut, usize),
    /// What the caller has memory of another kind for.
    Landing(Box<dyn Landing>),
}

impl Space {
    /// Room for `len` bytes, which the caller knows to exist; in `memory`, where they are worth it and there is some.
    pub(super) fn new(len: u64, phase: u64, memory: Option<&dyn HostMemory>) -> io::Result<Self> {
        let too_much = || io::Error::from(io::ErrorKind::OutOfMemory);
        let len = usize::try_from(len).map_err(|_| too_much())?;
        if let Some(memory) = memory.filter(|_| len >= LANDING_LEAST)
            && let Some(mut landing) = memory.landing(len, phase)
        {
            let have = landing.bytes_mut().len();
            return match have == len {
                true => Ok(Self::Landing(landing)),
                false => Err(io::Error::other(format!(
                    "{memory:?} was asked for {len} bytes of memory and gave {have}"
                ))),
            };
        }
        if len < LARGE {
            return BufferMut::try_zeroed_at_phase(len, phase)
                .map(Self::Small)
                .map_err(io::Error::other);
        }
        let head = usize::try_from(phase % 64).map_err(|_| too_much())?;
        let map = MmapMut::map_anon(len.checked_add(head).ok_or_else(too_much)?)?;
        #[cfg(target_os = "linux")]
        // Advice: where it is not taken, the pages are small ones.
        let _ = map.advise(memmap2::Advice::HugePage);
        Ok(Self::Large(map, head))
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Small(bytes) => bytes.as_mut_slice(),
            Self::Large(map, head) => map.get_mut(*head..).unwrap_or_default(),
            Self::Landing(landing) => landing.bytes_mut(),
        }
    }

    /// The first `len` bytes, or all when there are fewer, for good.
    pub(super) fn freeze(self, len: usize) -> Buffer {
        let (whole, head) = match self {
            Self::Small(bytes) => (bytes.freeze(), 0),
            Self::Large(map, head) => (Buffer::from_owner(map), head),
            Self::Landing(landing) => (landing.freeze(len), 0),
        };
        let end = head.saturating_add(len).min(whole.len());
        match whole.slice(head..end) {
            Ok(part) if part.len() < whole.len() => part,
            _ => whole,
        }
    }
}
