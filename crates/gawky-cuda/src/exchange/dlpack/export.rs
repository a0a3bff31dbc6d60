//! Arrays for others.

use std::ffi::c_void;
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

use cudarc::driver::CudaStream;
use gawky_buffer::{ByteOrder, NdBuffer};

use super::layout::{
    CUDA, DLDevice, DLManagedTensor, DLManagedTensorVersioned, DLTensor, HOST, READ_ONLY, VERSION,
    of_dtype,
};
use crate::{CudaBuffer, CudaError};

/// When memory of a device is to be ready for whoever gets it. On the host it always is.
#[derive(Clone, Copy, Debug)]
pub enum Ready<'a> {
    /// At once, on any stream: the export waits for it. What `stream=None` is in Python, if one does not know better.
    Now,
    /// For what is sent to this stream from now on, which waits. A stream of another library is wrapped by
    /// `CudaContext::wrap_borrowed_stream`.
    On(&'a Arc<CudaStream>),
    /// The receiver sees to it: `stream=-1` in Python.
    Unordered,
}

/// An array for another library, which has not taken it yet. Dropping it frees it; a capsule takes it by
/// [`into_raw`](Self::into_raw).
pub struct Exported<T: Managed>(NonNull<T>);

// SAFETY: what is in it is a pointer to a struct of which nobody else knows, with an array, which is `Send`.
unsafe impl<T: Managed> Send for Exported<T> {}

/// [`DLManagedTensor`] or [`DLManagedTensorVersioned`].
pub trait Managed: sealed::Sealed {}

impl Managed for DLManagedTensor {}
impl Managed for DLManagedTensorVersioned {}

mod sealed {
    use super::{DLManagedTensor, DLManagedTensorVersioned};

    pub trait Sealed: Sized {
        /// # Safety
        /// `this` is a struct that was given out here and has not been deleted.
        unsafe fn delete(this: *mut Self);
    }

    impl Sealed for DLManagedTensor {
        unsafe fn delete(this: *mut Self) {
            // SAFETY: as the caller says.
            unsafe { super::delete(this) }
        }
    }

    impl Sealed for DLManagedTensorVersioned {
        unsafe fn delete(this: *mut Self) {
            // SAFETY: as the caller says.
            unsafe { super::delete_versioned(this) }
        }
    }
}

impl<T: Managed> Exported<T> {
    /// The struct, to be looked at.
    #[must_use]
    pub fn as_ptr(&self) -> *const T {
        self.0.as_ptr()
    }

    /// The struct, for whoever takes it, and calls its deleter once.
    #[must_use]
    pub fn into_raw(self) -> *mut T {
        std::mem::ManuallyDrop::new(self).0.as_ptr()
    }
}

impl<T: Managed> fmt::Debug for Exported<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exported({:p})", self.0)
    }
}

impl<T: Managed> Drop for Exported<T> {
    fn drop(&mut self) {
        // SAFETY: nobody has taken it.
        unsafe { T::delete(self.0.as_ptr()) }
    }
}

/// An array as DLPack's versioned struct, without copying it.
///
/// ```
/// use gawky_buffer::NdBuffer;
/// use gawky_cuda::dlpack::{self, READ_ONLY, Ready};
///
/// let table = NdBuffer::from_vec(vec![1_i32, 2, 3, 4, 5, 6], &[2, 3])?;
/// let exported = dlpack::export(&table, Ready::Now)?;
/// // SAFETY: it was just made.
/// let tensor = unsafe { &*exported.as_ptr() };
/// assert_eq!((tensor.dl_tensor.ndim, tensor.flags), (2, READ_ONLY));
///
/// let capsule = exported.into_raw();
/// // Whoever has taken it calls its deleter; here that is gawky itself.
/// // SAFETY: it describes `table` truly.
/// let same = unsafe { dlpack::import(capsule, None) }?;
/// assert_eq!(same.shape(), [2, 3]);
/// assert_eq!(*same.typed::<i32>()?, [1, 2, 3, 4, 5, 6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Memory on a device, once exported, is freed when the device is idle: on which streams others use it is not known.
///
/// # Errors
/// [`CudaError::Export`] for a dtype, a byte order or strides that DLPack does not have, or a device that is not CUDA's;
/// [`CudaError::Driver`] where the memory could not be waited for.
pub fn export(
    array: &NdBuffer,
    ready: Ready<'_>,
) -> Result<Exported<DLManagedTensorVersioned>, CudaError> {
    let mut held = Held::of(array, ready)?;
    let dl_tensor = held.tensor();
    let tensor = Box::new(DLManagedTensorVersioned {
        version: VERSION,
        manager_ctx: held.into_context(),
        deleter: Some(delete_versioned),
        flags: READ_ONLY,
        dl_tensor,
    });
    Ok(Exported(NonNull::from(Box::leak(tensor))))
}

/// The same as the struct without a version, for libraries that do not know the other. Nothing in it says that it must not
/// be written.
///
/// # Errors
/// As [`export`].
pub fn export_legacy(
    array: &NdBuffer,
    ready: Ready<'_>,
) -> Result<Exported<DLManagedTensor>, CudaError> {
    let mut held = Held::of(array, ready)?;
    let dl_tensor = held.tensor();
    let tensor = Box::new(DLManagedTensor {
        dl_tensor,
        manager_ctx: held.into_context(),
        deleter: Some(delete),
    });
    Ok(Exported(NonNull::from(Box::leak(tensor))))
}

/// What keeps an exported array alive, and what its struct points to.
struct Held {
    array: NdBuffer,
    device: DLDevice,
    dtype: super::DLDataType,
    ndim: i32,
    shape: Box<[i64]>,
    strides: Box<[i64]>,
}

impl Held {
    fn of(array: &NdBuffer, ready: Ready<'_>) -> Result<Box<Self>, CudaError> {
        let refused = |reason: String| CudaError::Export { reason };
        let dtype = of_dtype(array.dtype())?;
        let itemsize = array.dtype().itemsize();
        if array.byteorder() != ByteOrder::NATIVE && itemsize > 1 {
            return Err(refused(
                "its elements are not in this machine's byte order: use to_byteorder first"
                    .to_owned(),
            ));
        }
        let too_large = || {
            refused(format!(
                "shape {:?} has numbers beyond DLPack's",
                array.shape()
            ))
        };
        let ndim = i32::try_from(array.ndim()).map_err(|_| too_large())?;
        let shape = array.shape().iter().map(|len| i64::try_from(*len));
        let shape = shape.collect::<Result<_, _>>().map_err(|_| too_large())?;
        let item = itemsize.cast_signed();
        let mut strides = Vec::with_capacity(array.ndim());
        for (stride, len) in array.strides().iter().zip(array.shape()) {
            if stride % item != 0 && *len > 1 {
                return Err(refused(format!(
                    "a stride of {stride} bytes is no whole number of {}: use to_contiguous first",
                    array.dtype()
                )));
            }
            strides.push(i64::try_from(stride / item).map_err(|_| too_large())?);
        }
        Ok(Box::new(Self {
            array: array.clone(),
            device: device(array, ready)?,
            dtype,
            ndim,
            shape,
            strides: strides.into(),
        }))
    }

    /// The struct, which points into this; its box must stay where it is.
    fn tensor(&mut self) -> DLTensor {
        let first = match self.array.size() {
            0 => 0,
            _ => self.array.buffer().address() + self.array.offset(),
        };
        DLTensor {
            // Most libraries do as if there were no `byte_offset`, so it is 0.
            data: std::ptr::with_exposed_provenance_mut(first),
            device: self.device,
            ndim: self.ndim,
            dtype: self.dtype,
            shape: self.shape.as_mut_ptr(),
            strides: self.strides.as_mut_ptr(),
            byte_offset: 0,
        }
    }

    fn into_context(self: Box<Self>) -> *mut c_void {
        if let Ok(bytes) = self.array.buffer().bytes() {
            // The address in the struct is one of these bytes.
            bytes.as_ptr().expose_provenance();
        }
        Box::into_raw(self).cast()
    }
}

/// Where an array is; its memory is ready then.
fn device(array: &NdBuffer, ready: Ready<'_>) -> Result<DLDevice, CudaError> {
    let buffer = array.buffer();
    if buffer.place().is_host() {
        return Ok(DLDevice {
            device_type: HOST,
            device_id: 0,
        });
    }
    let refused = |reason: String| CudaError::Export { reason };
    let Some((bytes, _)) = CudaBuffer::of(buffer) else {
        return Err(refused(format!(
            "it is on {}, which is no CUDA device",
            buffer.place()
        )));
    };
    let device_id = i32::try_from(bytes.cuda_device().ordinal())
        .map_err(|_| refused("its device has no number in DLPack".to_owned()))?;
    bytes.lend_to_anyone();
    match (ready, bytes.written()) {
        (Ready::Now, _) => bytes.wait_until_written()?,
        (Ready::On(stream), Some(written)) => {
            let waited = stream.wait(written);
            waited.map_err(|error| CudaError::of_call("cuStreamWaitEvent", error))?;
        }
        (Ready::On(_), None) | (Ready::Unordered, _) => {}
    }
    Ok(DLDevice {
        device_type: CUDA,
        device_id,
    })
}

/// The deleter of what [`export_legacy`] makes.
///
/// # Safety
/// `this` came from there, and is deleted once.
unsafe extern "C" fn delete(this: *mut DLManagedTensor) {
    if this.is_null() {
        return;
    }
    // SAFETY: it is the box that was leaked there, and nobody else has it any longer.
    let tensor = unsafe { Box::from_raw(this) };
    // SAFETY: so is what it holds.
    drop(unsafe { Box::from_raw(tensor.manager_ctx.cast::<Held>()) });
}

/// The deleter of what [`export`] makes.
///
/// # Safety
/// `this` came from there, and is deleted once.
unsafe extern "C" fn delete_versioned(this: *mut DLManagedTensorVersioned) {
    if this.is_null() {
        return;
    }
    // SAFETY: it is the box that was leaked there, and nobody else has it any longer.
    let tensor = unsafe { Box::from_raw(this) };
    // SAFETY: so is what it holds.
    drop(unsafe { Box::from_raw(tensor.manager_ctx.cast::<Held>()) });
}
