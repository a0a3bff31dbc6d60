//! `cudarc`'s slices: the user's own as buffers, and buffers as such, without copying.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::Arc;

use cudarc::driver::{CudaSlice, CudaStream, DevicePtr, DeviceRepr};
use gawky_buffer::{Buffer, BufferError, Native};

use crate::memory::{CudaBufferMut, Reading, upgraded};
use crate::{CudaBuffer, CudaDevice, CudaError, IntoSliceError};

impl CudaDevice {
    /// The memory of `slice` as a buffer, without copying it. It is freed as the slice would have been.
    ///
    /// The device's stream waits for what was sent to the slice's own, and, where `cudarc` tracks it, for what others have
    /// written.
    ///
    /// ```
    /// use gawky_buffer::{ByteOrder, DType, NdBuffer};
    /// # let Ok(device) = gawky_cuda::CudaDevice::new(0) else { return Ok(()) };
    /// let slice = device.stream().clone_htod(&[1_f32, 2.0, 3.0])?;
    /// let buffer = device.from_cuda_slice(slice)?;
    /// let numbers = NdBuffer::try_new(buffer, DType::Float32, ByteOrder::NATIVE, &[3])?;
    /// assert_eq!(numbers.buffer().place().to_string(), "cuda:0");
    ///
    /// let again = device.lend::<f32>(numbers.buffer(), device.stream())?;
    /// assert_eq!(device.stream().clone_dtoh(&*again)?, [1.0, 2.0, 3.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`CudaError::Elsewhere`] for a slice in another context, and [`CudaError::Driver`].
    #[allow(
        clippy::wrong_self_convention,
        reason = "it is the device that makes buffers"
    )]
    pub fn from_cuda_slice<T: DeviceRepr + 'static>(
        &self,
        slice: CudaSlice<T>,
    ) -> Result<Buffer, CudaError> {
        if slice.context() != self.context() {
            return Err(self.elsewhere(format!("cuda:{} in another context", slice.ordinal())));
        }
        let waited = self.stream().join(slice.stream());
        waited.map_err(|error| CudaError::of_call("cuStreamWaitEvent", error))?;
        let (pointer, read) = slice.device_ptr(self.stream());
        drop(read);
        CudaBuffer::from_slice(self, pointer, slice)
    }

    /// A buffer as a slice of `cudarc`'s, for kernels and copies that only read it, on `stream` or on streams that wait
    /// for it. `stream` waits for what has written the buffer; the memory is not freed before what was sent to
    /// `stream` until the loan is dropped is done.
    ///
    /// # Errors
    /// [`CudaError::Elsewhere`] for a buffer that is not on this device, [`CudaError::Buffer`] for one that holds no whole
    /// number of elements, or misaligned ones, and [`CudaError::Driver`].
    pub fn lend<'a, T: Native>(
        &'a self,
        buffer: &'a Buffer,
        stream: &Arc<CudaStream>,
    ) -> Result<CudaLoan<'a, T>, CudaError> {
        if stream.context() != self.context() {
            return Err(self.elsewhere(format!(
                "cuda:{} in another context",
                stream.context().ordinal()
            )));
        }
        let len = elements::<T>(buffer)?;
        let reading = self.reading_on(buffer, stream)?;
        // SAFETY: there are so many elements, of which every pattern of bits is a value. They are not freed by the slice,
        // which is leaked when the loan is dropped.
        let slice = unsafe { upgraded(stream, reading.pointer(), len) }?;
        let lender = CudaBuffer::of(buffer).map(|(bytes, _)| bytes);
        if let Some(lender) = lender {
            lender.goes_out();
        }
        Ok(CudaLoan {
            slice: ManuallyDrop::new(slice),
            reading: ManuallyDrop::new(reading),
            lender,
        })
    }

    /// The memory of a buffer as a slice of `cudarc`'s, without copying it: all of an allocation that nobody else shares.
    ///
    /// # Errors
    /// [`CudaError::Shared`] where another buffer, or a slice of this one, still uses the memory, or it is not this
    /// device's to give away; [`CudaError::Elsewhere`] and [`CudaError::Buffer`] as for [`lend`](Self::lend). The
    /// buffer comes back with it. (`cudarc` has no slice without memory: one of no elements has a byte.)
    pub fn into_cuda_slice<T: Native + DeviceRepr + 'static>(
        &self,
        buffer: Buffer,
    ) -> Result<CudaSlice<T>, IntoSliceError> {
        let own = match buffer.is_empty() {
            true => self.allocate(1).and_then(CudaBufferMut::freeze),
            false => Ok(buffer.clone()),
        };
        let ready = own.and_then(|own| Ok((own, self.ready_to_take::<T>(&buffer)?)));
        match ready {
            Ok((own, len)) => {
                // `own` is the buffer itself, of which there is to be no other.
                drop(buffer);
                // SAFETY: there are so many elements, of which every pattern of bits is a value.
                unsafe { CudaBuffer::take(own, len) }
            }
            Err(error) => Err(IntoSliceError {
                buffer,
                error: Box::new(error),
            }),
        }
    }

    /// How many elements a buffer of this device holds, which the stream has waited for.
    fn ready_to_take<T: Native>(&self, buffer: &Buffer) -> Result<usize, CudaError> {
        let len = elements::<T>(buffer)?;
        drop(self.reading(buffer)?);
        Ok(len)
    }
}

/// How many elements there are.
fn elements<T: Native>(buffer: &Buffer) -> Result<usize, CudaError> {
    let itemsize = size_of::<T>();
    if !buffer.len().is_multiple_of(itemsize) {
        return Err(CudaError::Buffer(BufferError::NotMultiple {
            len: buffer.len(),
            itemsize,
        }));
    }
    if !buffer.address().is_multiple_of(align_of::<T>()) {
        return Err(CudaError::Buffer(BufferError::NoView {
            dtype: T::DTYPE,
            reason: "the bytes are not aligned for it; copy them first",
        }));
    }
    Ok(buffer.len() / itemsize)
}

/// A buffer as a slice of `cudarc`'s, to be read: [`CudaDevice::lend`].
pub struct CudaLoan<'a, T> {
    slice: ManuallyDrop<CudaSlice<T>>,
    // Dropped after the slice, as it takes down when the stream is done.
    reading: ManuallyDrop<Reading<'a>>,
    // Who waits for everybody where this never comes back.
    lender: Option<&'a CudaBuffer>,
}

impl<T> Deref for CudaLoan<'_, T> {
    type Target = CudaSlice<T>;

    fn deref(&self) -> &CudaSlice<T> {
        &self.slice
    }
}

impl<T> fmt::Debug for CudaLoan<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CudaLoan({} elements)", self.slice.len())
    }
}

impl<T> Drop for CudaLoan<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the slice is not used again.
        let slice = unsafe { ManuallyDrop::take(&mut self.slice) };
        // Makes its stream wait for what other streams were seen to do with it, and frees nothing.
        slice.leak();
        // SAFETY: nor is this.
        unsafe { ManuallyDrop::drop(&mut self.reading) };
        if let Some(lender) = self.lender {
            lender.came_back();
        }
    }
}
