//! Bytes, and what they mean: the ground floor of gawky.
//!
//! | type | what it is |
//! |---|---|
//! | [`Buffer`] | an immutable run of bytes, on the host or on a device; cloning and slicing are O(1) |
//! | [`BufferMut`] | aligned, growable bytes that freeze into a [`Buffer`] |
//! | [`Alignment`] | a power of two that an address is a multiple of |
//! | [`Place`], [`Device`], [`DeviceBytes`] | where bytes live, and what a device must provide |
//! | [`HostMemory`], [`Landing`] | memory on the host that bytes from storage are read into, for a device's sake |
//! | [`Kernels`], [`HostKernels`], [`TickChange`] | what a device computes, the same on the host, and the rule for dates |
//! | [`DType`], [`ByteOrder`], [`TimeUnit`] | what bytes mean: NumPy's names, Awkward's names, PEP 3118 formats |
//! | [`Scalar`] | one element of any dtype |
//! | [`frombuffer`] | bytes as elements, by NumPy's rules |
//! | [`NdBuffer`], [`NdBufferMut`] | dtype, byte order, shape and strides over a buffer; and one being written |
//! | [`Key`] | the name of a blob or a node, short ones without an allocation |
//! | [`Fetch`], [`Blob`] | a request for bytes by key, and bytes to be kept under a key |
//! | [`Version`] | in which state a blob is |
//! | [`Attribute`], [`Origin`] | what a buffer is to a node, and to which |
//!
//! ```
//! use gawky_buffer::{Buffer, ByteOrder, DType, NdBuffer, frombuffer};
//!
//! // Bytes, whose they ever were, are shared and not copied; what they mean is said beside them.
//! let bytes = Buffer::from_vec(vec![1.5_f32, 2.5, 3.5, 4.5]);
//! assert_eq!(*bytes.slice(4..12)?.typed::<f32>()?, [2.5, 3.5]);
//!
//! // NumPy's view of them: dtype, shape, strides.
//! let table: NdBuffer = frombuffer(&bytes, DType::Float32, ByteOrder::NATIVE, -1, 0)?.reshape(&[2, 2])?;
//! assert_eq!(table.transpose(&[1, 0])?.get(&[0, 1])?.to_string(), "3.5");
//! # Ok::<(), gawky_buffer::BufferError>(())
//! ```
//!
//! With the feature `ndarray`, an [`NdBuffer`] is viewed as, and made from, arrays of that crate.
//!
//! Nothing here knows about nesting; see `gawky-form` and `gawky-array` for that.

mod alignment;
mod attribute;
mod blob;
mod buffer;
mod buffer_mut;
mod byte_order;
mod calendar;
mod cast;
mod device;
mod dtype;
mod error;
mod fetch;
mod float128;
mod frombuffer;
mod key;
mod native;
mod nd;
mod scalar;
mod swap;

pub use alignment::Alignment;
pub use attribute::Attribute;
pub use blob::Blob;
pub use buffer::Buffer;
pub use buffer_mut::BufferMut;
pub use byte_order::ByteOrder;
pub use cast::time::{TickChange, TickRatio};
pub use device::{
    Device, DeviceBytes, HostKernels, HostMemory, Kernels, Landing, Place, StridedView,
};
pub use dtype::{DType, TimeUnit, Unit};
pub use error::BufferError;
pub use fetch::{Fetch, Origin, Version};
pub use float128::{f64_to_float128, float128_to_f64};
pub use frombuffer::frombuffer;
pub use key::Key;
pub use native::Native;
pub use nd::{MemoryOrder, Narrowing, NdBuffer, NdBufferMut, Pick, Slice};
pub use scalar::Scalar;

pub use half::f16;
pub use num_complex::Complex;
