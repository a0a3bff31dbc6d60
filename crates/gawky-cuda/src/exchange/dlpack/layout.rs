//! The structs of `dlpack.h`, version 1.1, and what its numbers mean.

use std::ffi::c_void;

use gawky_buffer::DType;

use super::super::foreign::wrong;
use crate::CudaError;

/// The version that is written.
pub const VERSION: DLPackVersion = DLPackVersion { major: 1, minor: 1 };

/// In [`DLManagedTensorVersioned::flags`]: the array must not be written.
pub const READ_ONLY: u64 = 1;

/// In [`DLManagedTensorVersioned::flags`]: the memory is a copy that its producer has made.
pub const IS_COPIED: u64 = 2;

/// `kDLCPU`.
pub(super) const HOST: i32 = 1;
/// `kDLCUDA`.
pub(super) const CUDA: i32 = 2;
/// `kDLCUDAHost`.
pub(super) const PINNED: i32 = 3;

/// `DLPackVersion`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DLPackVersion {
    /// Another one means other structs.
    pub major: u32,
    /// A later one means other numbers in them.
    pub minor: u32,
}

/// `DLDevice`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DLDevice {
    /// 1 the host, 2 CUDA, 3 pinned host memory; others are not understood here.
    pub device_type: i32,
    /// Which one.
    pub device_id: i32,
}

/// `DLDataType`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DLDataType {
    /// 0 signed, 1 unsigned, 2 IEEE floats, 5 complex, 6 boolean; others are not understood here.
    pub code: u8,
    /// Of one element; both parts of a complex number.
    pub bits: u8,
    /// 1.
    pub lanes: u16,
}

/// `DLTensor`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DLTensor {
    /// The memory, on its device.
    pub data: *mut c_void,
    /// Where it is.
    pub device: DLDevice,
    /// How many axes there are.
    pub ndim: i32,
    /// What the elements are, in native byte order.
    pub dtype: DLDataType,
    /// Elements along each axis.
    pub shape: *mut i64,
    /// Elements from one to the next along each axis; null without gaps in row-major order.
    pub strides: *mut i64,
    /// At which byte of the memory the first element begins.
    pub byte_offset: u64,
}

/// `DLManagedTensor`, without a version.
#[repr(C)]
#[derive(Debug)]
pub struct DLManagedTensor {
    /// The array.
    pub dl_tensor: DLTensor,
    /// The producer's.
    pub manager_ctx: *mut c_void,
    /// To be called once when nobody uses the array any longer, from any thread; null where there is nothing to do.
    pub deleter: Option<unsafe extern "C" fn(*mut Self)>,
}

/// `DLManagedTensorVersioned`.
#[repr(C)]
#[derive(Debug)]
pub struct DLManagedTensorVersioned {
    /// By which version the rest is to be read.
    pub version: DLPackVersion,
    /// The producer's.
    pub manager_ctx: *mut c_void,
    /// To be called once when nobody uses the array any longer, from any thread; null where there is nothing to do.
    pub deleter: Option<unsafe extern "C" fn(*mut Self)>,
    /// [`READ_ONLY`], [`IS_COPIED`].
    pub flags: u64,
    /// The array.
    pub dl_tensor: DLTensor,
}

/// What DLPack calls a dtype.
pub(super) fn of_dtype(dtype: DType) -> Result<DLDataType, CudaError> {
    let (code, bits) = match dtype {
        DType::Int8 => (0, 8),
        DType::Int16 => (0, 16),
        DType::Int32 => (0, 32),
        DType::Int64 => (0, 64),
        DType::UInt8 => (1, 8),
        DType::UInt16 => (1, 16),
        DType::UInt32 => (1, 32),
        DType::UInt64 => (1, 64),
        DType::Float16 => (2, 16),
        DType::Float32 => (2, 32),
        DType::Float64 => (2, 64),
        DType::Complex64 => (5, 64),
        DType::Complex128 => (5, 128),
        DType::Bool => (6, 8),
        DType::Float128 | DType::Complex256 => {
            return Err(nameless(dtype, "cast it to float64 or complex128"));
        }
        DType::DateTime64(_) | DType::TimeDelta64(_) => {
            return Err(nameless(dtype, "hand over its ticks, as int64"));
        }
    };
    Ok(DLDataType {
        code,
        bits,
        lanes: 1,
    })
}

fn nameless(dtype: DType, instead: &str) -> CudaError {
    CudaError::Export {
        reason: format!("DLPack knows no {dtype}: {instead}"),
    }
}

/// What a dtype of DLPack's is here.
pub(super) fn to_dtype(dtype: DLDataType) -> Result<DType, CudaError> {
    let DLDataType { code, bits, lanes } = dtype;
    if lanes != 1 {
        return Err(wrong(format!("its elements are vectors of {lanes} lanes")));
    }
    Ok(match (code, bits) {
        (0, 8) => DType::Int8,
        (0, 16) => DType::Int16,
        (0, 32) => DType::Int32,
        (0, 64) => DType::Int64,
        (1, 8) => DType::UInt8,
        (1, 16) => DType::UInt16,
        (1, 32) => DType::UInt32,
        (1, 64) => DType::UInt64,
        (2, 16) => DType::Float16,
        (2, 32) => DType::Float32,
        (2, 64) => DType::Float64,
        (5, 64) => DType::Complex64,
        (5, 128) => DType::Complex128,
        (6, 8) => DType::Bool,
        _ => {
            return Err(wrong(format!(
                "its elements have the type code {code} and {bits} bits, for which there is no dtype here"
            )));
        }
    })
}
