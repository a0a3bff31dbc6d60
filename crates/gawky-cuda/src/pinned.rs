//! [`PinnedMemory`]: host memory that a device copies from and to by itself.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError};

use cudarc::driver::sys::CU_MEMHOSTALLOC_PORTABLE;
use cudarc::driver::{CudaContext, result};
use gawky_buffer::Buffer;

use crate::CudaError;

/// Page-locked host memory, which CUDA devices copy from and to directly, about twice as fast as other memory.
///
/// It is scarce, and slow to make: for what is used many times, or is large. As a [`Buffer`] it is host memory as any
/// other; uploading it copies from where it lies, whatever slice of it is uploaded.
///
/// ```
/// use gawky_buffer::{Buffer, Device};
/// # let Ok(device) = gawky_cuda::CudaDevice::new(0) else { return Ok(()) };
/// let mut pinned = device.pinned(1 << 20)?;
/// pinned.fill(7);
/// let up = device.upload(&[pinned.freeze()])?;
/// let back = device.download_into(&up[0], device.pinned(1 << 20)?)?;
/// assert_eq!(back[12345], 7);
/// # Ok::<(), gawky_cuda::CudaError>(())
/// ```
pub struct PinnedMemory {
    // Null only for no bytes.
    pointer: Option<NonNull<u8>>,
    len: usize,
    context: Arc<CudaContext>,
}

// SAFETY: the memory belongs to this value alone, and CUDA's host memory may be used and freed by any thread.
unsafe impl Send for PinnedMemory {}
// SAFETY: as above; a shared reference only reads.
unsafe impl Sync for PinnedMemory {}

/// The live blocks, by their first address, with their lengths: portable memory is pinned for all devices.
static LIVE: Mutex<BTreeMap<usize, usize>> = Mutex::new(BTreeMap::new());

impl PinnedMemory {
    /// `len` zeros.
    pub(crate) fn zeroed(context: &Arc<CudaContext>, len: usize) -> Result<Self, CudaError> {
        let context = Arc::clone(context);
        if len == 0 {
            return Ok(Self {
                pointer: None,
                len,
                context,
            });
        }
        context
            .bind_to_thread()
            .map_err(|error| CudaError::of_call("cuCtxSetCurrent", error))?;
        let memory = || "pinned host memory".to_owned();
        let failed = |error| CudaError::of_allocation("cuMemHostAlloc", error, memory(), len);
        // SAFETY: the context is current; the memory is written, below, before anybody reads it.
        let pointer = unsafe { result::malloc_host(len, CU_MEMHOSTALLOC_PORTABLE) };
        let pointer = pointer.map_err(failed)?.cast::<u8>();
        let Some(pointer) = NonNull::new(pointer) else {
            return Err(CudaError::OutOfMemory {
                memory: memory(),
                bytes: len,
            });
        };
        // SAFETY: the block has `len` bytes, and nobody else knows of it.
        unsafe { pointer.write_bytes(0, len) };
        let mut live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
        live.insert(pointer.addr().get(), len);
        Ok(Self {
            pointer: Some(pointer),
            len,
            context,
        })
    }

    /// The memory as a buffer, which keeps it.
    #[must_use]
    pub fn freeze(self) -> Buffer {
        Buffer::from_owner(self)
    }
}

/// Whether a buffer on the host lies in pinned memory.
pub(crate) fn is_pinned(buffer: &Buffer) -> bool {
    let live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
    let start = buffer.address();
    // The buffer keeps its memory, so a live block that it lies in is its own.
    let block = live.range(..=start).next_back();
    block.is_some_and(|(first, len)| start - first + buffer.len() <= *len)
}

impl Deref for PinnedMemory {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self.pointer {
            // SAFETY: the block has `len` bytes, all of them written, and lives as long as this value.
            Some(pointer) => unsafe { std::slice::from_raw_parts(pointer.as_ptr(), self.len) },
            None => &[],
        }
    }
}

impl DerefMut for PinnedMemory {
    fn deref_mut(&mut self) -> &mut [u8] {
        match self.pointer {
            // SAFETY: as above, and this value is borrowed exclusively.
            Some(pointer) => unsafe { std::slice::from_raw_parts_mut(pointer.as_ptr(), self.len) },
            None => &mut [],
        }
    }
}

impl AsRef<[u8]> for PinnedMemory {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for PinnedMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PinnedMemory({} bytes)", self.len)
    }
}

impl Drop for PinnedMemory {
    fn drop(&mut self) {
        let Some(pointer) = self.pointer else { return };
        let mut live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
        live.remove(&pointer.addr().get());
        drop(live);
        let context = &self.context;
        // SAFETY: the context is alive.
        context.record_err(unsafe { result::ctx::set_current(context.cu_ctx()) });
        // SAFETY: it came from `malloc_host` and is freed once, here. Copies that use it have kept it, or were waited for.
        context.record_err(unsafe { result::free_host(pointer.as_ptr().cast()) });
    }
}
