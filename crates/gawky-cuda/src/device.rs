//! [`CudaDevice`]: a device, and the stream that orders what gawky does on it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cudarc::driver::sys::CUmemPool_attribute;
use cudarc::driver::{CudaContext, CudaEvent, CudaStream, result};
use gawky_buffer::{Buffer, BufferError, Device, HostMemory, Kernels, Place};

use crate::kernels::Modules;
use crate::landing::{LandingMemory, SharedLanding};
use crate::memory::CudaBufferMut;
use crate::pinned::PinnedMemory;
use crate::staging::{Parked, Staging};
use crate::transfer::{self, Gathering};
use crate::{CudaError, probe, waiting};

/// How a device is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CudaOptions {
    /// How many bytes of pinned host memory uploads may be gathered in, which is kept for the next: 32 MiB if nothing else
    /// is said, and 128 KiB at least. A quarter of it, up to 8 MiB, travels at a time.
    pub staging_bytes: usize,
    /// How many bytes of the device's memory CUDA keeps for this process when they are freed, instead of getting them from the
    /// system again: 2 GiB if nothing else is said. It is the threshold of the device's default memory pool, and is never
    /// lowered, as others may have raised it.
    pub keep_bytes: usize,
    /// How many bytes of pinned host memory containers may read into ([`CudaDevice::host_memory`]): 256 MiB if nothing else is
    /// said. It is pinned as it is needed, and kept.
    pub landing_bytes: usize,
}

impl Default for CudaOptions {
    fn default() -> Self {
        Self {
            staging_bytes: 32 << 20,
            keep_bytes: 2 << 30,
            landing_bytes: 256 << 20,
        }
    }
}

impl CudaOptions {
    /// Other than [`staging_bytes`](Self::staging_bytes) by default.
    #[must_use]
    pub fn staging_bytes(self, staging_bytes: usize) -> Self {
        Self {
            staging_bytes,
            ..self
        }
    }

    /// Other than [`keep_bytes`](Self::keep_bytes) by default.
    #[must_use]
    pub fn keep_bytes(self, keep_bytes: usize) -> Self {
        Self { keep_bytes, ..self }
    }

    /// Other than [`landing_bytes`](Self::landing_bytes) by default.
    #[must_use]
    pub fn landing_bytes(self, landing_bytes: usize) -> Self {
        Self {
            landing_bytes,
            ..self
        }
    }
}

/// A CUDA device, and the stream that orders what gawky does on it. Cloning it is cheap.
///
/// Every device made here has a stream of its own; two devices of one ordinal share its context and its memory, so
/// that buffers of one can be used by the other, which waits for what the first has under way.
///
/// Errors that turn up where nobody can be told, as memory is freed for example, are recorded, and returned by
/// the next call.
#[derive(Clone)]
pub struct CudaDevice {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    stream: Arc<CudaStream>,
    chunk: usize,
    staging: Mutex<Staging<Gathering, CudaEvent>>,
    parked: Mutex<Parked<Vec<Buffer>, CudaEvent>>,
    landing: SharedLanding,
    modules: Arc<Modules>,
}

impl CudaDevice {
    /// The device of that number, as CUDA counts them from 0, on a new stream.
    ///
    /// # Errors
    /// [`CudaError::CudaUnavailable`] without a driver or a device, [`CudaError::NoSuchDevice`], and
    /// [`CudaError::Driver`].
    pub fn new(ordinal: usize) -> Result<Self, CudaError> {
        Self::with_options(ordinal, CudaOptions::default())
    }

    /// The device of that number, with other options than the default.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_options(ordinal: usize, options: CudaOptions) -> Result<Self, CudaError> {
        let count = probe::devices()?;
        if ordinal >= count || i32::try_from(ordinal).is_err() {
            return Err(CudaError::NoSuchDevice { ordinal, count });
        }
        let context = CudaContext::new(ordinal)
            .map_err(|error| CudaError::of_call("cuDevicePrimaryCtxRetain", error))?;
        let stream = context
            .new_stream()
            .map_err(|error| CudaError::of_call("cuStreamCreate", error))?;
        Ok(Self::on(stream, options))
    }

    /// The device of a stream that the caller has, on that stream: what gawky does is ordered with what else is sent to it.
    ///
    /// # Errors
    /// [`CudaError::CudaUnavailable`] when the driver lacks a function that is needed.
    pub fn with_stream(stream: Arc<CudaStream>, options: CudaOptions) -> Result<Self, CudaError> {
        probe::devices()?;
        Ok(Self::on(stream, options))
    }

    fn on(stream: Arc<CudaStream>, options: CudaOptions) -> Self {
        let name = format!("cuda:{}", stream.context().ordinal());
        keep(stream.context(), options.keep_bytes);
        let staging = Staging::new(options.staging_bytes);
        let landing = LandingMemory::new(stream.context(), options.landing_bytes);
        let modules = Modules::of(stream.context());
        Self {
            inner: Arc::new(Inner {
                name,
                stream,
                chunk: staging.chunk(),
                staging: Mutex::new(staging),
                parked: Mutex::new(Parked::new()),
                landing: SharedLanding(landing),
                modules,
            }),
        }
    }

    /// How many devices there are.
    ///
    /// # Errors
    /// [`CudaError::CudaUnavailable`] when there are none, or no driver.
    pub fn count() -> Result<usize, CudaError> {
        probe::devices()
    }

    /// The device's number, as CUDA counts them from 0.
    #[must_use]
    pub fn ordinal(&self) -> usize {
        self.context().ordinal()
    }

    /// This device as a place to read arrays to.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::Device(Arc::new(self.clone()))
    }

    /// The stream on which everything is done.
    #[must_use]
    pub fn stream(&self) -> &Arc<CudaStream> {
        &self.inner.stream
    }

    /// The context that the stream belongs to.
    #[must_use]
    pub fn context(&self) -> &Arc<CudaContext> {
        self.inner.stream.context()
    }

    /// Waits until all that was begun on the stream is done.
    ///
    /// # Errors
    /// [`CudaError::Driver`] when something that was under way has failed.
    pub fn synchronize(&self) -> Result<(), CudaError> {
        self.stream()
            .synchronize()
            .map_err(|error| CudaError::of_call("cuStreamSynchronize", error))
    }

    /// `len` bytes of zeros in pinned host memory.
    ///
    /// # Errors
    /// [`CudaError::OutOfMemory`] where the system pins no more, and [`CudaError::Driver`].
    pub fn pinned(&self, len: usize) -> Result<PinnedMemory, CudaError> {
        PinnedMemory::zeroed(self.context(), len)
    }

    /// Pinned host memory for containers to read into: what they have read is copied to the device from where it lies.
    ///
    /// As pinning is slow, blocks are used again when the last buffer over them is dropped and no upload reads it any more.
    /// Of [`CudaOptions::landing_bytes`] in all, or where the system pins no more, what is read lands in ordinary
    /// memory, and goes up as that does. It stays pinned until the device and all containers that have it are dropped.
    ///
    /// ```
    /// use gawky_buffer::{Device, HostMemory};
    /// # let Ok(device) = gawky_cuda::CudaDevice::new(0) else { return Ok(()) };
    /// // What `Directory::host_memory` and `LocalFile::host_memory` do with it:
    /// let memory = device.host_memory();
    /// if let Some(mut landing) = memory.landing(1 << 20, 0) {
    ///     landing.bytes_mut().fill(7);
    ///     let up = device.upload(&[landing.freeze(1 << 20)])?;
    ///     assert_eq!(up[0].to_host()?.bytes()?[12345], 7);
    /// }
    /// # Ok::<(), gawky_buffer::BufferError>(())
    /// ```
    #[must_use]
    pub fn host_memory(&self) -> Arc<dyn HostMemory> {
        Arc::new(self.inner.landing.clone())
    }

    /// The kernels that have been loaded into its context.
    pub(crate) fn modules(&self) -> &Modules {
        &self.inner.modules
    }

    /// Memory of `len` bytes that nobody has written yet.
    pub(crate) fn allocate(&self, len: usize) -> Result<CudaBufferMut, CudaError> {
        CudaBufferMut::allocate(self, len)
    }

    /// A buffer without bytes, which lies on this device like every other result.
    pub(crate) fn nothing(&self) -> Result<Buffer, CudaError> {
        self.allocate(0)?.freeze()
    }

    /// Makes the context current on this thread, which calls of the driver need.
    pub(crate) fn bind(&self) -> Result<(), CudaError> {
        self.context()
            .bind_to_thread()
            .map_err(|error| CudaError::of_call("cuCtxSetCurrent", error))
    }

    /// An event after all that has been sent to the stream.
    pub(crate) fn record(&self) -> Result<CudaEvent, CudaError> {
        self.stream()
            .record_event(None)
            .map_err(|error| CudaError::of_call("cuEventRecord", error))
    }

    /// How many bytes are gathered at a time.
    pub(crate) fn chunk(&self) -> usize {
        self.inner.chunk
    }

    pub(crate) fn staging(&self) -> MutexGuard<'_, Staging<Gathering, CudaEvent>> {
        self.inner
            .staging
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn parked(&self) -> MutexGuard<'_, Parked<Vec<Buffer>, CudaEvent>> {
        self.inner
            .parked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes CUDA keep freed memory, up to so many bytes. Where that fails, all is slower, and nothing else.
fn keep(context: &CudaContext, bytes: usize) {
    const THRESHOLD: CUmemPool_attribute = CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
    if !context.has_async_alloc() {
        return;
    }
    let mut kept = 0_u64;
    let mut wanted = bytes as u64;
    // SAFETY: the device is that of a context that is alive, and the attribute is a number of 64 bits.
    let _ = unsafe {
        result::device::get_default_mem_pool(context.cu_device()).and_then(|pool| {
            result::mem_pool::get_attribute(pool, THRESHOLD, (&raw mut kept).cast())?;
            if kept < wanted {
                result::mem_pool::set_attribute(pool, THRESHOLD, (&raw mut wanted).cast())?;
            }
            Ok(())
        })
    };
}

impl fmt::Debug for CudaDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CudaDevice({})", self.inner.name)
    }
}

impl Device for CudaDevice {
    fn name(&self) -> &str {
        &self.inner.name
    }

    fn upload(&self, pieces: &[Buffer]) -> Result<Vec<Buffer>, BufferError> {
        transfer::upload(self, pieces).map_err(|error| error.at(self.name()))
    }

    fn download(&self, pieces: &[Buffer]) -> Result<Vec<Buffer>, BufferError> {
        transfer::download(self, pieces).map_err(|error| match error {
            // All of them may lie there, so there is nothing to bring together.
            CudaError::Elsewhere { .. } => BufferError::Device {
                place: self.name().to_owned(),
                message: error.to_string(),
            },
            other => other.at(self.name()),
        })
    }

    fn kernels(&self) -> Option<&dyn Kernels> {
        Some(self)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Copies may still read what is staged and parked.
        if let Err(error) = waiting::for_stream(&self.stream) {
            self.stream.context().record_err::<()>(Err(error));
            let staging = self.staging.get_mut();
            let staging = staging.unwrap_or_else(PoisonError::into_inner);
            std::mem::forget(std::mem::replace(staging, Staging::new(0)));
            let parked = self.parked.get_mut();
            let parked = parked.unwrap_or_else(PoisonError::into_inner);
            std::mem::forget(std::mem::replace(parked, Parked::new()));
        }
    }
}
