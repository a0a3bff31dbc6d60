//! The CUDA array interface, version 3, as a struct.

use std::any::Any;

use cudarc::driver::sys::CUstream;
use gawky_buffer::{DType, MemoryOrder, NdBuffer};

use super::foreign::{Described, axes, wrong};
use crate::{CudaBuffer, CudaDevice, CudaError};

/// What `__cuda_array_interface__` has: the fields of
/// [Numba's interface](https://numba.readthedocs.io/en/stable/cuda/cuda_array_interface.html), version 3, which CuPy, PyTorch and
/// Numba read from any object.
///
/// It describes memory and keeps nothing: the array is to be kept as long as somebody uses what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CudaArrayInterface {
    /// Elements along each axis.
    pub shape: Vec<usize>,
    /// NumPy's name for the dtype, such as `<f4`.
    pub typestr: String,
    /// The address of the first element, 0 where there are none, and whether it must not be written.
    pub data: (usize, bool),
    /// Bytes from one element to the next along each axis; `None` without gaps in row-major order.
    pub strides: Option<Vec<isize>>,
    /// 3.
    pub version: i32,
    /// The stream whose work is to be waited for: 1 is the legacy default stream, 2 that of each thread, everything else
    /// a stream's address. `None`: there is nothing to wait for.
    pub stream: Option<usize>,
}

impl CudaArrayInterface {
    /// Describes an array on a device, read-only.
    ///
    /// Whoever is told its address may use it on any stream, so that freeing it waits for all of the device's work.
    ///
    /// # Errors
    /// [`CudaError::Export`] for an array that is not on a CUDA device.
    pub fn of(array: &NdBuffer) -> Result<Self, CudaError> {
        let buffer = array.buffer();
        let Some((bytes, _)) = CudaBuffer::of(buffer) else {
            return Err(CudaError::Export {
                reason: format!("it is on {}, not on a CUDA device", buffer.place()),
            });
        };
        bytes.lend_to_anyone();
        let empty = array.size() == 0;
        let gapless = array.is_contiguous(MemoryOrder::C);
        Ok(Self {
            shape: array.shape().to_vec(),
            typestr: array.dtype().typestr(array.byteorder()),
            data: match empty {
                true => (0, true),
                false => (buffer.address() + array.offset(), true),
            },
            strides: (!gapless).then(|| array.strides().to_vec()),
            version: 3,
            stream: Some(number(bytes.cuda_device().stream().cu_stream())),
        })
    }

    /// The array that is described, without copying it; `owner` keeps its memory, and is dropped when gawky and all that it has
    /// sent to the device are through with it.
    ///
    /// # Safety
    /// The description is true, and its stream, where it names one, is alive; until `owner` is dropped the memory is there and
    /// nobody writes it.
    ///
    /// # Errors
    /// [`CudaError::Import`] for a description that cannot be true, or a dtype that there is not here;
    /// [`CudaError::Elsewhere`] for memory of another device; [`CudaError::Driver`]. `owner` is dropped then.
    pub unsafe fn import(
        &self,
        device: &CudaDevice,
        owner: impl Any + Send + Sync,
    ) -> Result<NdBuffer, CudaError> {
        if !(0..=3).contains(&self.version) {
            return Err(wrong(format!(
                "its interface has version {}, and 0 to 3 are understood",
                self.version
            )));
        }
        axes(self.shape.len())?;
        let (dtype, byteorder) = DType::from_typestr(&self.typestr)?;
        let described = Described {
            dtype,
            byteorder,
            shape: self.shape.clone(),
            strides: self.strides.clone(),
            first: self.data.0,
        };
        if let Some(stream) = self.stream {
            if stream == 0 {
                return Err(wrong("stream 0 is ambiguous: it is 1 or 2, or an address"));
            }
            let stream = match stream {
                1 => std::ptr::null_mut(),
                // 2 is CUDA's own name for the stream of each thread.
                other => std::ptr::without_provenance_mut(other),
            };
            // SAFETY: the caller vouches for the stream.
            let stream = unsafe { device.context().wrap_borrowed_stream(stream) };
            let waited = device.stream().join(&stream);
            waited.map_err(|error| CudaError::of_call("cuStreamWaitEvent", error))?;
        }
        // SAFETY: the caller vouches for the description; the stream has been waited for.
        unsafe { described.on_device(device, owner) }
    }
}

/// A stream as the interface, and DLPack's `stream` argument, name it.
fn number(stream: CUstream) -> usize {
    match stream.addr() {
        0 => 1,
        address => address,
    }
}

impl CudaDevice {
    /// The stream as Python's protocols name it: what to hand to `__dlpack__(stream=…)`, so that what is imported is ready for
    /// this device.
    #[must_use]
    pub fn stream_number(&self) -> usize {
        number(self.stream().cu_stream())
    }
}
