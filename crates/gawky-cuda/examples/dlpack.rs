//! A shared library that hands arrays to Python and takes them, by DLPack's pointers: what an extension module does, in
//! small. `scripts/gpu-check` loads it with ctypes, beside CuPy and PyTorch.

#![allow(
    clippy::print_stderr,
    reason = "an example says on the terminal why it has failed"
)]

use std::ptr;
use std::sync::OnceLock;

use gawky_buffer::{NdBuffer, Place};
use gawky_cuda::dlpack::{self, DLManagedTensor, Ready};
use gawky_cuda::{CudaDevice, CudaError};

fn device() -> Result<&'static CudaDevice, CudaError> {
    static DEVICE: OnceLock<CudaDevice> = OnceLock::new();
    if let Some(device) = DEVICE.get() {
        return Ok(device);
    }
    let device = CudaDevice::new(0)?;
    Ok(DEVICE.get_or_init(|| device))
}

fn said<T>(result: Result<T, CudaError>, otherwise: T) -> T {
    result.unwrap_or_else(|error| {
        eprintln!("{error}");
        otherwise
    })
}

/// The numbers from 0 on as 1000 rows of 1000, on the device; null where that fails.
#[unsafe(no_mangle)]
pub extern "C" fn gawky_export() -> *mut DLManagedTensor {
    let export = || {
        let table = NdBuffer::from_vec((0..1_000_000_i64).collect(), &[1000, 1000])?;
        let table = table.to_place(&device()?.place())?;
        Ok(dlpack::export_legacy(&table, Ready::Now)?.into_raw())
    };
    said(export(), ptr::null_mut())
}

/// What to hand to `__dlpack__(stream=…)` of an array that is to be taken.
#[unsafe(no_mangle)]
pub extern "C" fn gawky_stream() -> usize {
    said(device().map(CudaDevice::stream_number), 0)
}

/// Takes an array of `int64`, and says the sum of its elements; -1 where that fails.
///
/// # Safety
/// As for [`dlpack::import_legacy`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gawky_sum(tensor: *mut DLManagedTensor) -> i64 {
    let sum = || {
        // SAFETY: the caller vouches for the tensor.
        let array = unsafe { dlpack::import_legacy(tensor, Some(device()?)) }?;
        let host = array.to_place(&Place::Host)?;
        Ok(host.typed::<i64>()?.iter().sum())
    };
    said(sum(), -1)
}
