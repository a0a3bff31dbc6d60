//! Buffers on CUDA devices, over the crate `cudarc`.
//!
//! | type | what it is |
//! |---|---|
//! | [`CudaDevice`] | a device and the stream that orders what gawky does on it: a [`Device`](gawky_buffer::Device) |
//! | [`CudaBuffer`] | bytes in its memory: [`DeviceBytes`](gawky_buffer::DeviceBytes) |
//! | [`PinnedMemory`] | host memory that devices copy from and to directly |
//! | [`CudaOptions`] | how much of it uploads are gathered in, and containers read into ([`CudaDevice::host_memory`]) |
//! | [`CudaLoan`] | a buffer as a slice of `cudarc`'s, for the user's own kernels; [`CudaDevice::from_cuda_slice`] and [`CudaDevice::into_cuda_slice`] |
//! | [`dlpack`], [`CudaArrayInterface`] | the same memory in CuPy, PyTorch, JAX, Numba and NumPy |
//! | [`CudaError`], [`IntoSliceError`] | what can go wrong |
//!
//! It builds without CUDA. The driver is looked for when a device is first asked for; where there is none, that is
//! [`CudaError::CudaUnavailable`], and nothing is printed. The runtime compiler, NVRTC, is looked for when something is
//! first computed: bytes travel without it.
//!
//! What a device computes ([`Kernels`](gawky_buffer::Kernels)) are kernels in CUDA C, in the folder `kernels` of this
//! crate. Each is compiled when it is first needed, which takes a fraction of a second: once in a process for devices of
//! one architecture. All [`CudaDevice`]s of one GPU share what has been loaded onto it.
//!
//! ```
//! use gawky_buffer::{Buffer, Device};
//! use gawky_cuda::{CudaDevice, CudaError};
//!
//! let device = match CudaDevice::new(0) {
//!     Ok(device) => device,
//!     Err(CudaError::CudaUnavailable { reason }) => return Ok(println!("no CUDA here: {reason}")),
//!     Err(error) => return Err(error.into()),
//! };
//! let up = device.upload(&[Buffer::from_vec(vec![1_i64, 2, 3])])?;
//! assert_eq!(*device.download(&up)?[0].typed::<i64>()?, [1, 2, 3]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod device;
mod error;
mod exchange;
mod kernels;
mod landing;
mod memory;
mod pinned;
mod probe;
mod slab;
mod staging;
mod transfer;
mod waiting;

pub use cudarc;

pub use device::{CudaDevice, CudaOptions};
pub use error::{CudaError, IntoSliceError};
pub use exchange::{CudaArrayInterface, CudaLoan, dlpack};
pub use memory::CudaBuffer;
pub use pinned::PinnedMemory;
