//! DLPack: arrays of other libraries in the same process, sharing their memory.
//!
//! NumPy, CuPy, PyTorch and JAX hand arrays to each other as
//! [DLPack's structs](https://dmlc.github.io/dlpack/latest/c_api.html), by pointer: the versioned one, and the older one without a
//! version. [`export`] and [`export_legacy`] make them of any [`NdBuffer`](gawky_buffer::NdBuffer), on the host or on a CUDA device, and
//! [`import`] and [`import_legacy`] take them over.
//!
//! ```
//! use gawky_buffer::NdBuffer;
//! use gawky_cuda::dlpack::{self, Ready};
//!
//! let table = NdBuffer::from_vec(vec![1_i32, 2, 3, 4, 5, 6], &[2, 3])?;
//! let tensor = dlpack::export(&table, Ready::Now)?.into_raw(); // for a capsule, as below
//! // SAFETY: it was just made, and is taken once.
//! let same = unsafe { dlpack::import(tensor, None) }?;
//! assert_eq!(same.shape(), [2, 3]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In Python they travel in capsules. Whoever writes an extension module, with PyO3 or ctypes, does this:
//!
//! | | versioned | legacy |
//! |---|---|---|
//! | name of a capsule that is handed over | `dltensor_versioned` | `dltensor` |
//! | name once somebody has taken what is in it | `used_dltensor_versioned` | `used_dltensor` |
//! | what it holds | [`Exported::into_raw`] | the same |
//!
//! - `__dlpack__(stream=…, max_version=…)` of a gawky array exports, the versioned struct if `max_version` is at least
//!   `(1, 0)`, and puts it in a capsule whose destructor calls the struct's deleter unless the capsule's name is a used one.
//!   `__dlpack_device__` is `(2, ordinal)` for CUDA and `(1, 0)` for the host.
//! - To take an array over, call its `__dlpack__` with `stream=`[`CudaDevice::stream_number`](crate::CudaDevice::stream_number), so that
//!   its memory is ready for the device's stream, rename the capsule, and import the pointer.
//!
//! Buffers never change, so the versioned struct says that it is read-only. The legacy one cannot; who gets it must not
//! write all the same.

mod export;
mod import;
mod layout;

pub use export::{Exported, Ready, export, export_legacy};
pub use import::{import, import_legacy};
pub use layout::{
    DLDataType, DLDevice, DLManagedTensor, DLManagedTensorVersioned, DLPackVersion, DLTensor,
    IS_COPIED, READ_ONLY, VERSION,
};

#[cfg(test)]
mod tests;
