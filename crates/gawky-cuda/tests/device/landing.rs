//! Memory that containers read into: it goes up from where it lies, is used again, and has a bound.

use gawky_buffer::{Buffer, Device, HostMemory};
use gawky_cuda::{CudaDevice, CudaOptions};

use crate::device;
use crate::failures::{OUT_OF_MEMORY, calls, failing};

const MIB: usize = 1 << 20;

/// Bytes that were read into `memory`, and whether it had room for them.
fn landed(memory: &dyn HostMemory, len: usize, phase: u64, value: u8) -> Option<Buffer> {
    let mut landing = memory.landing(len, phase)?;
    assert_eq!(landing.bytes_mut().len(), len);
    landing.bytes_mut().fill(value);
    Some(landing.freeze(len))
}

fn is_all(buffer: &Buffer, value: u8) -> bool {
    let host = buffer.to_host().unwrap();
    host.bytes().unwrap().iter().all(|byte| *byte == value)
}

#[test]
fn what_landed_lies_as_it_was_asked_for() {
    let Some(device) = device() else { return };
    let memory = device.host_memory();
    for (len, phase) in [(1, 0), (64 << 10, 13), (3 * MIB + 1, 63), (MIB, u64::MAX)] {
        let whole = landed(&*memory, len, phase, 3).unwrap();
        assert_eq!(
            (whole.len(), whole.address() as u64 % 64),
            (len, phase % 64)
        );
        let mut landing = memory.landing(len, phase).unwrap();
        landing.bytes_mut().fill(4);
        assert_eq!(landing.freeze(len / 2).len(), len / 2);
        assert_eq!(
            memory.landing(len, phase).unwrap().freeze(usize::MAX).len(),
            len
        );
    }
    assert!(memory.landing(usize::MAX, 63).is_none());
    assert!(memory.landing(0, 5).unwrap().freeze(0).is_empty());
}

#[test]
fn a_block_is_used_again_when_no_upload_reads_it() {
    let Some(device) = device() else { return };
    let memory = device.host_memory();
    let mut ups = Vec::new();
    for round in 0..30_u8 {
        // Written at once where the memory is that of the last: the copy of that must be done.
        let bytes = landed(&*memory, MIB, 0, round).unwrap();
        ups.push(
            device
                .upload(&[bytes.slice(4096..MIB).unwrap()])
                .unwrap()
                .remove(0),
        );
    }
    for (round, up) in (0..).zip(&ups) {
        assert!(is_all(up, round));
    }
    // An upload on another device keeps it as well.
    let other = CudaDevice::new(0).unwrap();
    let up = other
        .upload(&[landed(&*memory, MIB, 0, 77).unwrap()])
        .unwrap();
    let next: Vec<_> = (0..9).map(|_| landed(&*memory, MIB, 0, 78)).collect();
    assert!(is_all(&up[0], 77) && next.iter().flatten().all(|next| is_all(next, 78)));
}

#[test]
fn blocks_are_pinned_once_and_copied_from_directly() {
    let Some((device, _)) = failing() else { return };
    let memory = device.host_memory();
    let up = |value| {
        let bytes = landed(&*memory, 2 * MIB, 0, value).unwrap();
        let up = device.upload(&[bytes]).unwrap();
        assert!(is_all(&up[0], value));
    };
    let (pinned, copies) = (calls("cuMemHostAlloc"), calls("cuMemcpyHtoDAsync_v2"));
    up(1);
    // One block for the bytes, none to gather them in, and one copy.
    assert_eq!(calls("cuMemHostAlloc") - pinned, 1);
    assert_eq!(calls("cuMemcpyHtoDAsync_v2") - copies, 1);
    for value in 2..10 {
        device.synchronize().unwrap();
        // Lets go of what copies have read.
        device.upload(&[]).unwrap();
        up(value);
    }
    assert_eq!(calls("cuMemHostAlloc") - pinned, 1);
}

#[test]
fn beyond_the_bound_there_is_none() {
    let Some(_device) = device() else { return };
    let options = CudaOptions::default().landing_bytes(4 * MIB);
    let device = CudaDevice::with_options(0, options).unwrap();
    let memory = device.host_memory();
    assert!(landed(&*memory, 5 * MIB, 0, 1).is_none());
    let first = landed(&*memory, 3 * MIB, 0, 1).unwrap();
    assert!(landed(&*memory, 3 * MIB, 0, 1).is_none());
    drop(first);
    let second = landed(&*memory, 2 * MIB, 0, 2).unwrap();
    assert!(landed(&*memory, 64 << 10, 0, 3).is_some());
    // It outlives the device.
    drop(device);
    assert!(is_all(&second, 2));
    drop((second, memory));
}

#[test]
fn where_nothing_is_pinned_there_is_none() {
    let Some((device, fail)) = failing() else {
        return;
    };
    let memory = device.host_memory();
    fail(c"cuMemHostAlloc", 1, OUT_OF_MEMORY);
    assert!(landed(&*memory, MIB, 0, 1).is_none());
    // No room is lost by that.
    let all = CudaOptions::default().landing_bytes;
    for _ in 0..3 {
        fail(c"cuMemHostAlloc", 1, OUT_OF_MEMORY);
        assert!(memory.landing(all, 0).is_none());
    }
    assert!(landed(&*memory, MIB, 0, 1).is_some());
}
