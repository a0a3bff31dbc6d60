//! [`CudaDevice`]: a device, and the stream that orders what gawky does on it.

use std::fmt;
use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaStream};
use gawky_buffer::{Buffer, BufferError, Device, Place};

use crate::memory::CudaBufferMut;
use crate::{CudaError, probe, transfer};

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
}

impl CudaDevice {
    /// The device of that number, as CUDA counts them from 0, on a new stream.
    ///
    /// # Errors
    /// [`CudaError::CudaUnavailable`] without a driver or a device, [`CudaError::NoSuchDevice`], and
    /// [`CudaError::Driver`].
    pub fn new(ordinal: usize) -> Result<Self, CudaError> {
        let count = probe::devices()?;
        if ordinal >= count || i32::try_from(ordinal).is_err() {
            return Err(CudaError::NoSuchDevice { ordinal, count });
        }
        let context = CudaContext::new(ordinal)
            .map_err(|error| CudaError::of_call("cuDevicePrimaryCtxRetain", error))?;
        let stream = context
            .new_stream()
            .map_err(|error| CudaError::of_call("cuStreamCreate", error))?;
        Ok(Self::on(stream))
    }

    /// The device of a stream that the caller has, on that stream: what gawky does is ordered with what else is sent to it.
    ///
    /// # Errors
    /// [`CudaError::CudaUnavailable`] when the driver lacks a function that is needed.
    pub fn with_stream(stream: Arc<CudaStream>) -> Result<Self, CudaError> {
        probe::devices()?;
        Ok(Self::on(stream))
    }

    fn on(stream: Arc<CudaStream>) -> Self {
        let name = format!("cuda:{}", stream.context().ordinal());
        Self {
            inner: Arc::new(Inner { name, stream }),
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

    /// Memory of `len` bytes that nobody has written yet.
    pub(crate) fn allocate(&self, len: usize) -> Result<CudaBufferMut, CudaError> {
        CudaBufferMut::allocate(self, len)
    }

    /// Makes the context current on this thread, which calls of the driver need.
    pub(crate) fn bind(&self) -> Result<(), CudaError> {
        self.context()
            .bind_to_thread()
            .map_err(|error| CudaError::of_call("cuCtxSetCurrent", error))
    }
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
        transfer::download(self, pieces).map_err(|error| error.at(self.name()))
    }
}
