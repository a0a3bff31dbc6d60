//! What needs a device: a real one, or the simulated driver that `scripts/cuda-simulated` puts in its place. What every
//! device with kernels must compute, `tests/cuda` of the crate `gawky` looks at.
//!
//! Without either these tests pass without looking, unless `GAWKY_TEST_CUDA=required` says that there must be one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod exchange;
mod failures;
mod landing;
mod memory;
mod programs;
mod upload;

use gawky_cuda::{CudaDevice, CudaError};

/// A device, where there is one. `tests/cuda` of the crate `gawky` has the same function: the testkit, from which both
/// could have it, depends on no device.
fn device() -> Option<CudaDevice> {
    match CudaDevice::new(0) {
        Ok(device) => Some(device),
        Err(CudaError::CudaUnavailable { reason })
            if std::env::var_os("GAWKY_TEST_CUDA").is_none_or(|how| how != "required") =>
        {
            println!("no CUDA device, so nothing was tested: {reason}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}
