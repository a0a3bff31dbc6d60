//! How bytes go up: gathered, in chunks, from pinned memory, and what happens to their sources.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use gawky_buffer::{Buffer, BufferError, Device, DeviceBytes};
use gawky_cuda::{CudaBuffer, CudaDevice, CudaOptions};

use crate::device;

fn counting(len: usize) -> Buffer {
    Buffer::from_vec((0_u32..).take(len / 4).collect::<Vec<_>>())
}

#[test]
fn a_slab_larger_than_all_staging_memory() {
    let Some(_device) = device() else { return };
    let small = CudaOptions::default().staging_bytes(0);
    let device = CudaDevice::with_options(0, small).unwrap();
    let pieces = [
        counting(300_000),
        Buffer::from_vec(vec![3_u8; 5]),
        counting(1 << 20),
        Buffer::empty(),
        counting(100),
    ];
    for _ in 0..3 {
        let up = device.upload(&pieces).unwrap();
        assert_eq!(device.download(&up).unwrap(), pieces);
        let retained = up[0].retained();
        assert!(
            up.iter().all(|piece| piece.retained() == retained),
            "one allocation"
        );
    }
}

#[test]
fn pinned_memory_goes_up_from_where_it_lies_and_is_kept_until_it_has() {
    let Some(device) = device() else { return };
    let mut ups = Vec::new();
    for round in 0..20_u8 {
        let mut pinned = device.pinned(200_000).unwrap();
        pinned.fill(round);
        let pinned = pinned.freeze();
        let part = pinned.slice(1000..150_000).unwrap();
        ups.push(device.upload(&[part, counting(64)]).unwrap());
        // The next block may get this one's address, and is written at once.
    }
    for (round, up) in (0_u8..).zip(&ups) {
        let back = device.download(up).unwrap();
        assert!(back[0].bytes().unwrap().iter().all(|byte| *byte == round));
        assert_eq!(back[1], counting(64));
    }
}

/// Bytes that change under a buffer: what no Rust program should do, but a memory map or another language may.
#[derive(Clone)]
struct Changing(Arc<[AtomicU8]>);

impl AsRef<[u8]> for Changing {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: an atomic byte is laid out as a byte.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len()) }
    }
}

#[test]
fn what_happens_to_a_source_after_upload_does_not_matter() {
    let Some(device) = device() else { return };
    for len in [1, 70_000, 20 << 20] {
        let source = Changing((0..len).map(|_| AtomicU8::new(1)).collect());
        let up = device
            .upload(&[Buffer::from_owner(source.clone())])
            .unwrap();
        for byte in &*source.0 {
            byte.store(2, Ordering::Relaxed);
        }
        drop(source);
        let back = up[0].to_host().unwrap();
        assert!(back.bytes().unwrap().iter().all(|byte| *byte == 1));
    }
}

#[test]
fn a_handle_may_be_dropped_before_the_copy_is_done() {
    let Some(device) = device() else { return };
    for _ in 0..10 {
        drop(device.upload(&[counting(1 << 20)]).unwrap());
        drop(
            device
                .upload(&[device.pinned(1 << 20).unwrap().freeze()])
                .unwrap(),
        );
    }
    device.synchronize().unwrap();
    let other = CudaDevice::new(0).unwrap();
    let up = other.upload(&[counting(1 << 20)]).unwrap();
    // Buffers keep their device.
    drop(other);
    assert_eq!(up[0].to_host().unwrap(), counting(1 << 20));
}

#[test]
fn what_is_there_already_is_shared() {
    let Some(device) = device() else { return };
    let first = device.upload(&[counting(1000)]).unwrap().remove(0);
    let part = first.slice(100..200).unwrap();
    let both = device
        .upload(&[part.clone(), counting(8), first.clone()])
        .unwrap();
    assert_eq!(both[0], part);
    assert_eq!(both[2], first);
    assert_eq!(both[1].to_host().unwrap(), counting(8));
    assert_eq!(CudaBuffer::of(&both[1]).unwrap().0.len(), 8);
}

#[test]
fn pieces_of_one_slab_come_back_together_and_aligned() {
    let Some(device) = device() else { return };
    let pieces = [
        counting(24),
        Buffer::from_vec(vec![1_u8; 3]),
        counting(4096),
    ];
    let up = device.upload(&pieces).unwrap();
    let odd = up[2].slice(9..4096).unwrap();
    let back = device
        .download(&[up[2].clone(), up[0].clone(), odd, up[1].clone()])
        .unwrap();
    assert_eq!(back[0], pieces[2]);
    assert_eq!(back[1], pieces[0]);
    assert_eq!(back[2], pieces[2].slice(9..4096).unwrap());
    assert_eq!(back[3], pieces[1]);
    assert_eq!(back[0].address() % 64, 0);
    assert_eq!(
        back[2].address(),
        back[0].address() + 9,
        "one block of host memory"
    );
    assert_eq!(
        up[2].slice(12..40).unwrap().to_host().unwrap().address() % 64,
        12
    );
}

#[test]
fn bytes_elsewhere_are_refused() {
    let Some(device) = device() else { return };
    let error = device.download(&[counting(8)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cuda:0: the bytes are on host, and cuda:0 was to use them: copy them there first"
    );
    let up = device.upload(&[counting(8)]).unwrap();
    let pinned = |len| device.pinned(len).unwrap();
    device.download_into(&up[0], pinned(7)).unwrap_err();
    let exact = device.download_into(&up[0], pinned(8)).unwrap();
    assert_eq!(*exact, [0, 0, 0, 0, 1, 0, 0, 0]);
    device.download_into(&Buffer::empty(), pinned(0)).unwrap();
    assert!(matches!(
        device
            .download_into(&counting(8), exact)
            .unwrap_err()
            .at("cuda:0"),
        BufferError::TwoPlaces { .. }
    ));
}

#[test]
fn many_threads_share_a_device() {
    let Some(device) = device() else { return };
    std::thread::scope(|scope| {
        for number in 0..8_u8 {
            let device = device.clone();
            scope.spawn(move || {
                for _ in 0..10 {
                    let pieces = [Buffer::from_vec(vec![number; 100_000]), counting(4)];
                    let up = device.upload(&pieces).unwrap();
                    assert_eq!(device.download(&up).unwrap(), pieces);
                }
            });
        }
    });
}
