//! Pinned memory that containers read into, from which uploads copy directly. It is slow to pin, so blocks are used again.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cudarc::driver::CudaContext;
use gawky_buffer::{Alignment, Buffer, HostMemory, Landing};

use crate::pinned::PinnedMemory;

/// The least block.
const LEAST: usize = 64 << 10;

/// Blocks of memory that wait to be used again, and how much there is of them and of those in use: arithmetic without a
/// device.
#[derive(Debug)]
struct Blocks<M> {
    limit: usize,
    held: usize,
    // Those that were in use last are at the end.
    idle: Vec<(usize, M)>,
}

/// Where a block comes from.
#[derive(Debug, PartialEq, Eq)]
enum Found<M> {
    /// It is here, and has so many bytes.
    Ready(usize, M),
    /// One of so many bytes is to be made; some others are to be dropped before.
    Make(usize, Vec<M>),
    /// There is no room for it.
    Nowhere,
}

impl<M> Blocks<M> {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            held: 0,
            idle: Vec::new(),
        }
    }

    /// A block for `len` bytes: the least that is here and less than twice as large, else a new one.
    fn take(&mut self, len: usize) -> Found<M> {
        let Some(wanted) = size_for(len) else {
            return Found::Nowhere;
        };
        let sizes = self.idle.iter().map(|(size, _)| *size).enumerate();
        let fitting = sizes.filter(|(_, size)| (wanted..wanted.saturating_mul(2)).contains(size));
        if let Some((found, _)) = fitting.min_by_key(|(_, size)| *size) {
            let (size, memory) = self.idle.remove(found);
            return Found::Ready(size, memory);
        }
        let waiting: usize = self.idle.iter().map(|(size, _)| *size).sum();
        if wanted > self.limit.saturating_sub(self.held.saturating_sub(waiting)) {
            return Found::Nowhere;
        }
        let mut dropped = Vec::new();
        while wanted > self.limit.saturating_sub(self.held) && !self.idle.is_empty() {
            let (size, memory) = self.idle.remove(0);
            self.held -= size;
            dropped.push(memory);
        }
        self.held += wanted;
        Found::Make(wanted, dropped)
    }

    /// A block that nobody uses any more.
    fn give_back(&mut self, size: usize, memory: M) {
        self.idle.push((size, memory));
    }

    /// A block of so many bytes could not be made.
    fn give_up(&mut self, size: usize) {
        self.held -= size;
    }
}

/// How large a block for `len` bytes is made: somewhat larger than needed, so that it will do for others; a quarter more at
/// most, or [`LEAST`].
fn size_for(len: usize) -> Option<usize> {
    let step = (len / 8).checked_next_power_of_two()?;
    len.max(LEAST).checked_next_multiple_of(step)
}

/// The pinned memory of a device's that is read into.
pub(crate) struct LandingMemory {
    context: Arc<CudaContext>,
    blocks: Mutex<Blocks<PinnedMemory>>,
}

impl LandingMemory {
    pub(crate) fn new(context: &Arc<CudaContext>, limit: usize) -> Arc<Self> {
        Arc::new(Self {
            context: Arc::clone(context),
            blocks: Mutex::new(Blocks::new(limit)),
        })
    }

    fn blocks(&self) -> MutexGuard<'_, Blocks<PinnedMemory>> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LandingMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (limit, held) = {
            let blocks = self.blocks();
            (blocks.limit, blocks.held)
        };
        let device = self.context.ordinal();
        write!(f, "LandingMemory(cuda:{device}, {held} of {limit} bytes)")
    }
}

/// The memory as it is shared: a block knows whom it goes back to.
#[derive(Clone, Debug)]
pub(crate) struct SharedLanding(pub(crate) Arc<LandingMemory>);

impl HostMemory for SharedLanding {
    fn landing(&self, len: usize, phase: u64) -> Option<Box<dyn Landing>> {
        let line = Alignment::CACHE_LINE.get();
        let head = usize::try_from(phase % line as u64).ok()?;
        let end = len.checked_add(head)?;
        let found = self.0.blocks().take(end);
        let (size, memory) = match found {
            Found::Ready(size, memory) => (size, memory),
            Found::Nowhere => return None,
            Found::Make(size, dropped) => {
                drop(dropped);
                match PinnedMemory::zeroed(&self.0.context, size) {
                    Ok(memory) => (size, memory),
                    // Where the system pins no more, ordinary memory will do; of a device that fails the upload tells.
                    Err(_) => {
                        self.0.blocks().give_up(size);
                        return None;
                    }
                }
            }
        };
        Some(Box::new(Landed {
            memory: Some(memory),
            size,
            range: head..end,
            home: Arc::clone(&self.0),
        }))
    }
}

/// A part of a block; the block goes back when this is dropped. A buffer over it is kept by uploads until they have read it,
/// so nothing reads it then.
#[derive(Debug)]
struct Landed {
    // None only while it is dropped.
    memory: Option<PinnedMemory>,
    size: usize,
    range: Range<usize>,
    home: Arc<LandingMemory>,
}

impl Landing for Landed {
    fn bytes_mut(&mut self) -> &mut [u8] {
        let bytes = self.memory.as_deref_mut().unwrap_or_default();
        bytes.get_mut(self.range.clone()).unwrap_or_default()
    }

    fn freeze(mut self: Box<Self>, len: usize) -> Buffer {
        self.range.end = self.range.start + len.min(self.range.len());
        Buffer::from_owner(*self)
    }
}

impl AsRef<[u8]> for Landed {
    fn as_ref(&self) -> &[u8] {
        let bytes = self.memory.as_deref().unwrap_or_default();
        bytes.get(self.range.clone()).unwrap_or_default()
    }
}

impl Drop for Landed {
    fn drop(&mut self) {
        if let Some(memory) = self.memory.take() {
            self.home.blocks().give_back(self.size, memory);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn blocks_are_a_little_larger_than_needed() {
        assert_eq!(size_for(0), Some(LEAST));
        assert_eq!(size_for(LEAST), Some(LEAST));
        assert_eq!(size_for(MIB), Some(MIB));
        assert_eq!(size_for(MIB + 1), Some(MIB + MIB / 8));
        assert_eq!(size_for(usize::MAX), None);
        for len in (LEAST..40 * MIB).step_by(12_345) {
            let size = size_for(len).unwrap_or_default();
            assert!(size >= len && size - len <= len / 4, "{len}: {size}");
        }
    }

    #[test]
    fn a_block_is_used_again_where_it_is_not_far_too_large() {
        let mut blocks = Blocks::new(100 * MIB);
        for size in [8 * MIB, 2 * MIB, 3 * MIB] {
            assert_eq!(blocks.take(size), Found::Make(size, vec![]));
            blocks.give_back(size, size);
        }
        assert_eq!(blocks.take(2 * MIB - 9), Found::Ready(2 * MIB, 2 * MIB));
        assert_eq!(blocks.take(2 * MIB), Found::Ready(3 * MIB, 3 * MIB));
        assert_eq!(blocks.take(2 * MIB), Found::Make(2 * MIB, vec![]));
        assert_eq!(blocks.held, 15 * MIB);
    }

    #[test]
    fn the_limit_is_kept() {
        let mut blocks = Blocks::new(10 * MIB);
        assert_eq!(blocks.take(11 * MIB), Found::Nowhere);
        assert_eq!(blocks.take(usize::MAX), Found::Nowhere);
        for name in ['a', 'b'] {
            assert_eq!(blocks.take(4 * MIB), Found::Make(4 * MIB, vec![]));
            // The first is in use until the second is taken.
            if name == 'b' {
                blocks.give_back(4 * MIB, 'a');
            }
        }
        // One is in use: what is left is 6 MiB, of which 4 are here in one block.
        assert_eq!(blocks.take(7 * MIB), Found::Nowhere);
        assert_eq!(blocks.idle.len(), 1, "nothing was dropped in vain");
        assert_eq!(blocks.take(5 * MIB), Found::Make(5 * MIB, vec!['a']));
        assert_eq!(blocks.held, 9 * MIB);
        blocks.give_up(5 * MIB);
        assert_eq!(blocks.held, 4 * MIB);
        assert_eq!(Blocks::<()>::new(0).take(1), Found::Nowhere);
    }
}
