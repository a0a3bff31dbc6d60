//! Bytes on the device: up, back, sliced, dropped.

use gawky_buffer::{Alignment, Buffer, BufferError, Device, DeviceBytes};
use gawky_cuda::{CudaBuffer, CudaDevice};

use crate::device;

#[test]
fn bytes_come_back() {
    let Some(device) = device() else { return };
    let pieces = [
        Buffer::from_vec(vec![1_i64, 2, 3]),
        Buffer::empty(),
        Buffer::from_vec(vec![7_u8; 1000]),
        Buffer::from_vec((0..100_000_u32).collect::<Vec<_>>()),
    ];
    let up = device.upload(&pieces).unwrap();
    assert_eq!(up.len(), pieces.len());
    for (piece, up) in pieces.iter().zip(&up) {
        assert_eq!(up.len(), piece.len());
        assert_eq!(up.place(), device.place());
        assert_eq!(up.to_host().unwrap(), *piece);
        assert!(matches!(up.bytes(), Err(BufferError::NotOnHost { .. })));
    }
    assert_eq!(device.download(&up).unwrap(), pieces);
}

#[test]
fn no_bytes_take_no_memory() {
    let Some(device) = device() else { return };
    let up = device.upload(&[Buffer::empty(), Buffer::empty()]).unwrap();
    for up in &up {
        let (bytes, range) = CudaBuffer::of(up).unwrap();
        assert_eq!((bytes.len(), bytes.address(), range), (0, 0, 0..0));
        assert!(bytes.written().is_none());
        assert!(up.to_host().unwrap().is_empty());
    }
    assert!(device.upload(&[]).unwrap().is_empty());
    assert!(device.download(&[]).unwrap().is_empty());
    assert_eq!(device.download(&up).unwrap().len(), 2);
}

#[test]
fn a_slice_tells_its_true_alignment() {
    let Some(device) = device() else { return };
    let up = device
        .upload(&[
            Buffer::from_vec(vec![0_u8; 64]),
            Buffer::from_vec(vec![1_u8; 64]),
        ])
        .unwrap();
    let lines = Alignment::try_new(256).unwrap();
    for piece in &up {
        assert!(piece.alignment().satisfies(lines));
        for start in 1..64 {
            let slice = piece.slice(start..64).unwrap();
            assert_eq!(slice.alignment(), Alignment::of_address(start));
            assert_eq!(slice.address(), piece.address() + start);
        }
    }
}

#[test]
fn another_stream_of_the_same_device_reads_it() {
    let Some(device) = device() else { return };
    let other = CudaDevice::new(0).unwrap();
    assert_eq!(device.place(), other.place());
    let up = device
        .upload(&[Buffer::from_vec(vec![5_u16; 4096])])
        .unwrap();
    let back = other.download(&up).unwrap();
    drop(up);
    assert_eq!(*back[0].typed::<u16>().unwrap(), [5; 4096]);
}

#[test]
fn devices_that_there_are_not() {
    let Some(_device) = device() else { return };
    let count = CudaDevice::count().unwrap();
    assert_eq!(
        CudaDevice::new(count).unwrap_err().to_string(),
        format!("there is no CUDA device {count}: the driver has {count}, counted from 0")
    );
    CudaDevice::new(usize::MAX).unwrap_err();
}
