//! Memory on a device: [`CudaBuffer`], which is read, and `CudaBufferMut`, which is written first.
//!
//! Memory is allocated, written and freed in the order of its device's stream, so work on that stream needs no care.
//! `cudarc` tracks events for its `CudaSlice`, one for all reads and one for all writes, of which a later one on
//! another stream hides an earlier one; that is not used here. Instead a buffer has one event, of when it was
//! written (it is never written again), and one for each other stream that has read it: those streams wait for the
//! first before they read, and freeing waits for the others.

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cudarc::driver::sys::CUresult;
use cudarc::driver::{CudaEvent, CudaSlice, CudaStream, DriverError, result};
use gawky_buffer::{Buffer, BufferError, Device, DeviceBytes};

use crate::{CudaDevice, CudaError, IntoSliceError, transfer, waiting};

/// Bytes in a device's memory.
///
/// Found again in a [`Buffer`] by [`CudaBuffer::of`]. No bytes take no memory, and have the address 0.
pub struct CudaBuffer {
    memory: Memory,
    // When it was written; nothing for no bytes.
    written: Option<CudaEvent>,
}

/// Memory that is being written, by work on its device's stream.
#[derive(Debug)]
pub(crate) struct CudaBufferMut {
    memory: Memory,
}

struct Memory {
    pointer: u64,
    len: usize,
    device: Arc<CudaDevice>,
    owner: Owner,
    // The last reads by other streams than the device's: one event for each.
    readers: Mutex<Vec<(Arc<CudaStream>, CudaEvent)>>,
    // Whether somebody has the address of whom it is not known when and on which stream they read.
    lent: AtomicBool,
    // How many loans have not come back. A loan that is forgotten never tells when its reads were sent.
    loans: AtomicUsize,
}

/// Who frees memory.
enum Owner {
    /// There is none.
    Nobody,
    /// We, in the order of the device's stream.
    Stream,
    /// A `CudaSlice`, in the order of its own stream.
    Slice(Box<dyn Any + Send + Sync>, Arc<CudaStream>),
    /// Somebody who knows of no stream, when all is done.
    Foreign(Box<dyn Any + Send + Sync>),
}

/// Memory, in the order of the device's stream. Where there is none left, what is still to be freed is waited for.
fn reserve(device: &CudaDevice, len: usize) -> Result<u64, CudaError> {
    let full = DriverError(CUresult::CUDA_ERROR_OUT_OF_MEMORY);
    let once = || match device.context().has_async_alloc() {
        // SAFETY: the stream is alive, and its context is current. Nobody reads the memory before it is written, and all
        // uses are on this stream, or wait for it.
        true => unsafe { result::malloc_async(device.stream().cu_stream(), len) },
        // SAFETY: the context is current. Nobody reads the memory before it is written.
        false => unsafe { result::malloc_sync(len) },
    };
    let mut reserved = once();
    if reserved == Err(full) {
        // Memory that other streams have yet to free counts as well.
        let waited = waiting::for_context(device.context());
        waited.map_err(|error| CudaError::of_call("cuCtxSynchronize", error))?;
        reserved = once();
    }
    reserved.map_err(|error| {
        let memory = format!("the memory of {}", device.name());
        CudaError::of_allocation("cuMemAllocAsync", error, memory, len)
    })
}

impl CudaBufferMut {
    pub(crate) fn allocate(device: &CudaDevice, len: usize) -> Result<Self, CudaError> {
        device.bind()?;
        let (pointer, owner) = if len == 0 {
            (0, Owner::Nobody)
        } else {
            (reserve(device, len)?, Owner::Stream)
        };
        Ok(Self {
            memory: Memory::new(device, pointer, len, owner),
        })
    }

    /// The address of the first byte.
    pub(crate) fn pointer(&self) -> u64 {
        self.memory.pointer
    }

    /// The memory as a buffer, once all that writes it has been sent to the stream.
    pub(crate) fn freeze(self) -> Result<Buffer, CudaError> {
        self.memory.freeze()
    }
}

impl CudaBuffer {
    /// The device memory that `buffer` lies in, and which of its bytes are that buffer; `None` where it lies elsewhere.
    #[must_use]
    pub fn of(buffer: &Buffer) -> Option<(&Self, Range<usize>)> {
        let (bytes, range) = buffer.device_bytes()?;
        let bytes: &dyn Any = &**bytes;
        Some((bytes.downcast_ref()?, range))
    }

    /// The device that it was made by.
    #[must_use]
    pub fn cuda_device(&self) -> &CudaDevice {
        &self.memory.device
    }

    /// The event after which it holds what it holds; `None` for no bytes.
    #[must_use]
    pub fn written(&self) -> Option<&CudaEvent> {
        self.written.as_ref()
    }
}

impl DeviceBytes for CudaBuffer {
    fn len(&self) -> usize {
        self.memory.len
    }

    fn device(&self) -> Arc<dyn Device> {
        Arc::<CudaDevice>::clone(&self.memory.device)
    }

    fn address(&self) -> usize {
        usize::try_from(self.memory.pointer).unwrap_or(usize::MAX)
    }

    fn to_host(&self, range: Range<usize>) -> Result<Buffer, BufferError> {
        transfer::to_host(self, range).map_err(|error| error.at(self.memory.device.name()))
    }
}

impl fmt::Debug for CudaBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CudaBuffer({:?})", self.memory)
    }
}

/// What is exchanged with others.
impl CudaBuffer {
    /// Memory of a slice at `pointer`, for which the device's stream has waited.
    pub(crate) fn from_slice<T: 'static>(
        device: &CudaDevice,
        pointer: u64,
        slice: CudaSlice<T>,
    ) -> Result<Buffer, CudaError> {
        let (len, stream) = (slice.num_bytes(), Arc::clone(slice.stream()));
        let pointer = if len == 0 { 0 } else { pointer };
        let owner = Owner::Slice(Box::new(slice), stream);
        Memory::new(device, pointer, len, owner).freeze()
    }

    /// Memory that `owner` frees when it is dropped.
    ///
    /// # Safety
    /// There are `len` bytes at `pointer` on the device until `owner` is dropped. Nobody writes them, and what has written them
    /// is done, or the device's stream waits for it.
    pub(crate) unsafe fn from_foreign(
        device: &CudaDevice,
        pointer: u64,
        len: usize,
        owner: Box<dyn Any + Send + Sync>,
    ) -> Result<Buffer, CudaError> {
        Memory::new(device, pointer, len, Owner::Foreign(owner)).freeze()
    }

    /// The memory of a buffer as a slice of `len` elements, if it is all of it and nobody else shares it; else the buffer.
    ///
    /// # Safety
    /// The memory holds `len` elements, of which every pattern of bits is a value.
    pub(crate) unsafe fn take<T: 'static>(
        buffer: Buffer,
        len: usize,
    ) -> Result<CudaSlice<T>, IntoSliceError> {
        let refused = |buffer, error| {
            let error = Box::new(error);
            Err(IntoSliceError { buffer, error })
        };
        let Some((bytes, _)) = buffer
            .device_bytes()
            .filter(|(bytes, range)| *range == (0..bytes.len()))
        else {
            return refused(buffer, CudaError::Shared);
        };
        let bytes: Arc<dyn Any + Send + Sync> = Arc::<dyn DeviceBytes>::clone(bytes);
        let Ok(bytes) = bytes.downcast::<Self>() else {
            return refused(buffer, CudaError::Shared);
        };
        drop(buffer);
        // All of the memory is the buffer again.
        let Self {
            mut memory,
            written,
        } = match Arc::try_unwrap(bytes) {
            Ok(own) => own,
            Err(shared) => return refused(Buffer::from_device(shared), CudaError::Shared),
        };
        let has_waited = memory.wait_for_readers();
        let stream = Arc::clone(memory.device.stream());
        let error = match std::mem::replace(&mut memory.owner, Owner::Nobody) {
            Owner::Stream if has_waited => {
                // SAFETY: the memory was allocated in the order of this stream, which has waited for all readers, and nobody
                // else frees it. The caller vouches for the elements.
                match unsafe { upgraded(&stream, memory.pointer, len) } {
                    Ok(slice) => return Ok(slice),
                    Err(error) => {
                        memory.owner = Owner::Stream;
                        error
                    }
                }
            }
            Owner::Slice(slice, own_stream) if has_waited => match slice.downcast::<CudaSlice<T>>()
            {
                Ok(slice) => match waiting::in_order_of(&own_stream, &stream) {
                    Ok(()) => return Ok(*slice),
                    Err(error) => {
                        memory.owner = Owner::Slice(slice, own_stream);
                        CudaError::of_call("cuStreamWaitEvent", error)
                    }
                },
                Err(slice) => {
                    memory.owner = Owner::Slice(slice, own_stream);
                    CudaError::Shared
                }
            },
            other => {
                memory.owner = other;
                CudaError::Shared
            }
        };
        refused(
            Buffer::from_device(Arc::new(Self { memory, written })),
            error,
        )
    }

    /// Takes down that somebody reads until [`came_back`](Self::came_back).
    pub(crate) fn goes_out(&self) {
        self.memory.loans.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes down that a loan has come back, whose reads have been taken down before.
    pub(crate) fn came_back(&self) {
        self.memory.loans.fetch_sub(1, Ordering::Release);
    }

    /// Takes down that somebody has the address who may read on any stream.
    pub(crate) fn lend_to_anyone(&self) {
        self.memory.lent.store(true, Ordering::Relaxed);
    }

    /// Waits, on the host, until it holds what it holds.
    pub(crate) fn wait_until_written(&self) -> Result<(), CudaError> {
        let Some(written) = &self.written else {
            return Ok(());
        };
        let waited = written.synchronize();
        waited.map_err(|error| CudaError::of_call("cuEventSynchronize", error))
    }
}

/// Memory as a slice of `cudarc`'s. What makes one panics where CUDA gives it no events: they are tried for first, and
/// the panic that may come all the same is caught.
///
/// # Safety
/// There are `len` elements at `pointer`, of which every pattern of bits is a value; once the slice is made they are its to free, in the
/// order of `stream`.
pub(crate) unsafe fn upgraded<T>(
    stream: &Arc<CudaStream>,
    pointer: u64,
    len: usize,
) -> Result<CudaSlice<T>, CudaError> {
    let failed = |error| CudaError::of_call("cuEventCreate", error);
    let context = stream.context();
    let tried = (
        context.new_event(None).map_err(failed)?,
        context.new_event(None).map_err(failed)?,
    );
    drop(tried);
    // SAFETY: the caller vouches for the memory.
    let made = || unsafe { stream.upgrade_device_ptr(pointer, len) };
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(made))
        .map_err(|_| failed(DriverError(CUresult::CUDA_ERROR_UNKNOWN)))
}

impl Memory {
    fn new(device: &CudaDevice, pointer: u64, len: usize, owner: Owner) -> Self {
        Self {
            pointer,
            len,
            device: Arc::new(device.clone()),
            owner,
            readers: Mutex::default(),
            lent: AtomicBool::new(false),
            loans: AtomicUsize::new(0),
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} bytes at {:#x} on {}",
            self.len,
            self.pointer,
            self.device.name()
        )
    }
}

impl Memory {
    fn freeze(self) -> Result<Buffer, CudaError> {
        let written = match self.len {
            0 => None,
            _ => Some(self.device.record()?),
        };
        Ok(Buffer::from_device(Arc::new(CudaBuffer {
            memory: self,
            written,
        })))
    }

    /// Makes the device's stream wait for all reads by others; false where they could not be waited for, not even here, so that
    /// the memory must never be freed. The context is current afterwards.
    fn wait_for_readers(&mut self) -> bool {
        let (context, stream) = (self.device.context(), self.device.stream());
        let is_lent = *self.lent.get_mut() || *self.loans.get_mut() > 0;
        let readers = self.readers.get_mut();
        let readers = readers.unwrap_or_else(PoisonError::into_inner);
        let mut waited = waiting::bind(context);
        for (_, event) in readers {
            waited = waited.and_then(|()| waiting::in_order(stream, event));
        }
        if is_lent || waited.is_err() {
            context.record_err(waited);
            waited = waiting::for_context(context);
        }
        let has_waited = waited.is_ok();
        context.record_err(waited);
        has_waited
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let owner = std::mem::replace(&mut self.owner, Owner::Nobody);
        if matches!(owner, Owner::Nobody) {
            return;
        }
        let mut may_go = self.wait_for_readers();
        let (context, stream) = (self.device.context(), self.device.stream());
        if may_go {
            let waited = match &owner {
                // Freed in the order of the stream.
                Owner::Stream if context.has_async_alloc() => Ok(()),
                Owner::Slice(_, own_stream) => waiting::in_order_of(own_stream, stream),
                Owner::Nobody | Owner::Stream | Owner::Foreign(_) => waiting::for_stream(stream),
            };
            may_go = waited.is_ok();
            context.record_err(waited);
        }
        if !may_go {
            // Nobody knows whether the device still uses it.
            std::mem::forget(owner);
            return;
        }
        match owner {
            Owner::Nobody => {}
            Owner::Stream if context.has_async_alloc() => {
                // SAFETY: it was allocated on this stream and is freed once, here. The stream has waited for all reads
                // by others, and its own come before.
                context.record_err(unsafe { result::free_async(self.pointer, stream.cu_stream()) });
            }
            Owner::Stream => {
                // SAFETY: it was allocated by `malloc_sync` and is freed once, here; nothing on the stream uses it any
                // longer.
                context.record_err(unsafe { result::free_sync(self.pointer) });
            }
            Owner::Slice(slice, _) => drop(slice),
            Owner::Foreign(owner) => drop(owner),
        }
    }
}

/// A buffer that work on a device's stream is to read: from [`CudaDevice::reading`] until after that work has been sent
/// to the stream, when it is to be dropped.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pointer: u64,
    // Where the memory belongs to another stream than the reader's, which has to hear of the read.
    from_elsewhere: Option<(&'a CudaBuffer, Arc<CudaStream>)>,
}

impl Reading<'_> {
    /// The address of the buffer's first byte; 0 for no bytes.
    pub(crate) fn pointer(&self) -> u64 {
        self.pointer
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        if let Some((bytes, stream)) = &self.from_elsewhere {
            bytes.memory.read_by(stream);
        }
    }
}

impl CudaDevice {
    /// Prepares work on this device's stream that reads `buffer`.
    ///
    /// # Errors
    /// [`CudaError::Elsewhere`] for a buffer that is not on this device; one without bytes is everywhere.
    pub(crate) fn reading<'a>(&'a self, buffer: &'a Buffer) -> Result<Reading<'a>, CudaError> {
        self.reading_on(buffer, self.stream())
    }

    /// The same for work on another stream of the same context.
    pub(crate) fn reading_on<'a>(
        &'a self,
        buffer: &'a Buffer,
        stream: &Arc<CudaStream>,
    ) -> Result<Reading<'a>, CudaError> {
        if buffer.is_empty() {
            return Ok(Reading {
                pointer: 0,
                from_elsewhere: None,
            });
        }
        let (bytes, range) =
            CudaBuffer::of(buffer).ok_or_else(|| self.elsewhere(buffer.place().to_string()))?;
        self.reading_from(bytes, range.start, stream)
    }

    /// The same for `bytes` from their byte `start` on, which lies within them.
    ///
    /// # Errors
    /// [`CudaError::Elsewhere`] for bytes that are not on this device.
    pub(crate) fn reading_from<'a>(
        &'a self,
        bytes: &'a CudaBuffer,
        start: usize,
        stream: &Arc<CudaStream>,
    ) -> Result<Reading<'a>, CudaError> {
        let owner = bytes.cuda_device();
        if owner.context() != self.context() {
            return Err(self.elsewhere(format!("{} in another context", owner.name())));
        }
        let pointer = bytes.memory.pointer + start as u64;
        if owner.stream() == stream {
            return Ok(Reading {
                pointer,
                from_elsewhere: None,
            });
        }
        if let Some(written) = bytes.written() {
            stream
                .wait(written)
                .map_err(|error| CudaError::of_call("cuStreamWaitEvent", error))?;
        }
        Ok(Reading {
            pointer,
            from_elsewhere: Some((bytes, Arc::clone(stream))),
        })
    }

    pub(crate) fn elsewhere(&self, have: String) -> CudaError {
        CudaError::Elsewhere {
            place: self.name().to_owned(),
            have,
        }
    }
}

impl Memory {
    /// Takes down that all that `stream` has been sent until now may read this memory.
    fn read_by(&self, stream: &Arc<CudaStream>) {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let known = readers.iter().find(|(known, _)| known == stream);
        let recorded = match known {
            Some((_, event)) => event.record(stream),
            None => stream.record_event(None).map(|event| {
                readers.push((Arc::clone(stream), event));
            }),
        };
        if recorded.is_err() {
            self.device.context().record_err(recorded);
            // Without an event there is no telling when it is done, but waiting.
            self.lent.store(true, Ordering::Relaxed);
        }
    }
}
