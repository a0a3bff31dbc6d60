//! What happens when a call of the driver fails: on the simulated driver only, which can be told to fail.

use std::ffi::{CStr, CString, c_char};

use gawky_buffer::{Buffer, BufferError, ByteOrder, DType, Device, NdBuffer};
use gawky_cuda::{CudaArrayInterface, CudaDevice};

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

// In the following the simulated driver itself finds what is freed too early, and says so with the process's exit status.

/// An error of long ago, which the next call of `cudarc` returns instead of doing anything.
fn put_on_record(device: &CudaDevice, fail: &impl Fn(&CStr, u64, i32)) {
    let unrelated = device.upload(&[numbers(10)]).unwrap();
    fail(c"cuMemFreeAsync", 1, INVALID_VALUE);
    drop(unrelated);
}

#[test]
fn memory_that_others_read_stays_whatever_fails() {
    let Some((device, fail)) = failing() else {
        return;
    };
    let other = CudaDevice::new(0).unwrap();
    let failures: [&dyn Fn(); 3] = [
        &|| put_on_record(&device, &fail),
        &|| fail(c"cuStreamWaitEvent", 1, INVALID_VALUE),
        &|| fail(c"cuCtxSetCurrent", 1, INVALID_VALUE),
    ];
    for failure in failures {
        let numbers = Buffer::from_vec((0..20_000_i64).collect());
        let source = device.upload(&[numbers]).unwrap().remove(0);
        let sums = other.kernels().unwrap().add(&source, 1).unwrap();
        failure();
        drop(source);
        assert!(device.synchronize().is_err(), "the error is told");
        device.synchronize().unwrap();
        assert_eq!(sums.to_host().unwrap().typed::<i64>().unwrap()[7], 8);
    }
}

#[test]
fn an_owner_is_told_to_free_only_when_the_device_is_through() {
    let Some((device, fail)) = failing() else {
        return;
    };
    let other = CudaDevice::new(0).unwrap();
    let source = Buffer::from_vec((0..20_000_i64).collect());
    let source = device.upload(&[source]).unwrap().remove(0);
    let array = NdBuffer::try_new(source, DType::Int64, ByteOrder::NATIVE, &[20_000]).unwrap();
    let described = CudaArrayInterface::of(&array).unwrap();
    // SAFETY: the description is true, and the array goes with it.
    let imported = unsafe { described.import(&other, array) }.unwrap();
    let sums = other.kernels().unwrap().add(imported.buffer(), 1).unwrap();
    put_on_record(&other, &fail);
    drop(imported);
    assert!(other.synchronize().is_err(), "the error is told");
    assert_eq!(sums.to_host().unwrap().typed::<i64>().unwrap()[7], 8);
}

#[test]
fn a_device_that_is_dropped_waits_for_what_it_copies() {
    let Some((device, fail)) = failing() else {
        return;
    };
    let mut pinned = device.pinned(1 << 20).unwrap();
    pinned.fill(5);
    let sent = [pinned.freeze(), Buffer::from_vec(vec![6_u8; 1 << 20])];
    drop(device.upload(&sent).unwrap());
    drop(sent);
    put_on_record(&device, &fail);
    drop(device);
}

#[test]
fn a_target_that_may_still_be_written_is_kept() {
    let Some((device, fail)) = failing() else {
        return;
    };
    let up = device.upload(&[numbers(400_000)]).unwrap().remove(0);
    let target = device.pinned(1_600_000).unwrap();
    fail(c"cuStreamSynchronize", 1, INVALID_VALUE);
    device.download_into(&up, target).unwrap_err();
    device.synchronize().unwrap();
}

#[test]
fn slices_of_cudarc_fail_without_a_panic() {
    let Some((device, fail)) = failing() else {
        return;
    };
    for nth in 1..=5 {
        let up = device.upload(&[numbers(100)]).unwrap().remove(0);
        fail(c"cuEventCreate", nth, OUT_OF_MEMORY);
        if let Ok(loan) = device.lend::<u32>(&up, device.stream()) {
            assert_eq!(loan.len(), 100);
        }
        fail(c"cuEventCreate", nth, OUT_OF_MEMORY);
        let back = match device.into_cuda_slice::<u32>(up) {
            Ok(slice) => device.from_cuda_slice(slice),
            Err(refused) => Ok(refused.buffer),
        };
        fail(c"cuEventCreate", 0, 0);
        let _ = device.synchronize();
        if let Ok(back) = back {
            assert_eq!(back.to_host().unwrap(), numbers(100));
        }
    }
}
