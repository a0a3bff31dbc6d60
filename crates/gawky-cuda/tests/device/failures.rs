//! What happens when a call of the driver fails: on the simulated driver only, which can be told to fail.

use std::ffi::{CStr, CString, c_char};

use gawky_buffer::{Buffer, BufferError, Device};
use gawky_cuda::CudaDevice;

use crate::device;

/// A device, and how the `nth` next call of a function by this thread is made to fail.
pub(crate) fn failing() -> Option<(CudaDevice, impl Fn(&CStr, u64, i32))> {
    type Fail = unsafe extern "C" fn(*const c_char, u64, i32);
    let device = device()?;
    // SAFETY: there is a device, so there is the library; the function has this signature in `simulator.h`.
    let fail = unsafe {
        let library = gawky_cuda::cudarc::driver::sys::culib();
        let found = library.get::<Fail>(b"simulator_fail");
        *found
            .inspect_err(|_| println!("not the simulated driver"))
            .ok()?
    };
    // SAFETY: the name ends with a zero, and is only looked at.
    let fail = move |name: &CStr, nth, result| unsafe { fail(name.as_ptr(), nth, result) };
    Some((device, fail))
}

const INVALID_VALUE: i32 = 1;
pub(crate) const OUT_OF_MEMORY: i32 = 2;

/// How often this thread has called a function of the simulated driver.
pub(crate) fn calls(function: &str) -> u64 {
    type Calls = unsafe extern "C" fn(*const c_char) -> u64;
    let name = CString::new(function).unwrap();
    // SAFETY: there is a simulated device, so there is its library; the function has this signature in `calls.c`.
    unsafe {
        let library = gawky_cuda::cudarc::driver::sys::culib();
        let found = library.get::<Calls>(b"simulator_calls").unwrap();
        found(name.as_ptr())
    }
}

fn numbers(len: u32) -> Buffer {
    Buffer::from_vec((0..len).collect::<Vec<_>>())
}

#[test]
fn a_full_device_is_tried_again_and_then_said() {
    let Some((device, fail)) = failing() else {
        return;
    };
    fail(c"cuMemAllocAsync", 1, OUT_OF_MEMORY);
    let up = device.upload(&[numbers(1000)]).unwrap();
    assert_eq!(up[0].to_host().unwrap(), numbers(1000));
    let large = Buffer::from_vec(vec![0_u64; 3 << 26]);
    assert!(matches!(
        device.upload(&[large]),
        Err(BufferError::OutOfMemory { what }) if what == "a block of 1610612736 bytes in the memory of cuda:0"
    ));
}

#[test]
fn without_pinned_memory_uploads_go_on() {
    let Some((device, fail)) = failing() else {
        return;
    };
    fail(c"cuMemHostAlloc", 1, OUT_OF_MEMORY);
    let up = device.upload(&[numbers(300_000), numbers(3)]).unwrap();
    assert_eq!(
        device.download(&up).unwrap(),
        [numbers(300_000), numbers(3)]
    );
    fail(c"cuMemHostAlloc", 1, OUT_OF_MEMORY);
    let error = device.pinned(1 << 20).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1048576 bytes do not fit in pinned host memory"
    );
}

#[test]
fn devices_of_one_gpu_share_what_was_loaded() {
    let Some((device, fail)) = failing() else {
        return;
    };
    let counted = |device: &CudaDevice| device.kernels().unwrap().counting(3, 5);
    let here = counted(&device).unwrap().to_host().unwrap();
    let other = CudaDevice::new(0).unwrap();
    // Nothing is loaded again.
    fail(c"cuModuleLoadData", 1, INVALID_VALUE);
    let there = counted(&other).unwrap().to_host().unwrap();
    assert_eq!(here, there);
    fail(c"cuModuleLoadData", 0, 0);
}

#[test]
fn every_call_may_fail_without_harm() {
    let Some((device, fail)) = failing() else {
        return;
    };
    let pinned = {
        let mut memory = device.pinned(100_000).unwrap();
        memory.fill(9);
        memory.freeze()
    };
    let calls = [
        c"cuCtxSetCurrent",
        c"cuCtxGetCurrent",
        c"cuMemAllocAsync",
        c"cuMemHostAlloc",
        c"cuMemcpyHtoDAsync_v2",
        c"cuMemcpyDtoHAsync_v2",
        c"cuEventCreate",
        c"cuEventRecord",
        c"cuEventQuery",
        c"cuEventSynchronize",
        c"cuStreamWaitEvent",
        c"cuStreamSynchronize",
        c"cuMemFreeAsync",
        c"cuEventDestroy_v2",
    ];
    let mut failures = 0;
    for call in calls {
        for nth in 1..=6 {
            let other = CudaDevice::new(0).unwrap();
            fail(call, nth, INVALID_VALUE);
            let pieces = [numbers(100_000), pinned.clone(), numbers(1)];
            let there = other.upload(&pieces);
            let back = there.and_then(|up| device.download(&up));
            fail(call, 0, 0);
            match back {
                Ok(back) => assert_eq!(back, pieces, "{call:?}"),
                Err(BufferError::Device { place, message }) => {
                    failures += 1;
                    assert_eq!(place, "cuda:0");
                    assert!(
                        message.contains("CUDA_ERROR_INVALID_VALUE"),
                        "{call:?}: {message}"
                    );
                }
                Err(error) => panic!("{call:?}: {error:?}"),
            }
            // What was recorded in drops is said by the next call, and forgotten.
            let _ = (device.synchronize(), other.synchronize());
        }
    }
    assert!(failures > 15, "{failures}");
    let up = device.upload(&[numbers(10)]).unwrap();
    assert_eq!(up[0].to_host().unwrap(), numbers(10));
}
