#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use super::*;

fn up(device: &FakeDevice, values: Vec<i64>) -> Buffer {
    device
        .upload(&[Buffer::from_vec(values)])
        .unwrap()
        .remove(0)
}

#[test]
fn kernels_take_what_lies_on_their_device_only() {
    let device = FakeDevice::with_kernels("fake:0");
    let kernels = device.kernels().unwrap();
    let here = up(&device, vec![3, 1]);
    let elsewhere = up(&FakeDevice::with_kernels("fake:1"), vec![3, 1]);
    assert_eq!(
        kernels.offsets(&elsewhere).unwrap_err().to_string(),
        "fake:0: its kernels were handed 16 bytes that are on fake:1"
    );
    assert_eq!(
        kernels
            .concatenate(&[here.clone(), Buffer::from_vec(vec![1_u8])])
            .unwrap_err()
            .to_string(),
        "fake:0: its kernels were handed 1 bytes that are on host"
    );
    assert_eq!(
        kernels
            .offsets(&here.slice(4..12).unwrap())
            .unwrap_err()
            .to_string(),
        "fake:0: its kernels were handed elements that are not aligned to 8 bytes"
    );
    assert_eq!(device.transfers().downloads, 0);
}

#[test]
fn what_kernels_make_is_on_their_device() {
    let device = FakeDevice::with_kernels("fake:0");
    let kernels = device.kernels().unwrap();
    let here = up(&device, vec![3, 1]);
    let travelled = device.transfers();
    let both = kernels.concatenate(&[here.clone(), here]).unwrap();
    assert_eq!(both.place().to_string(), "fake:0");
    assert_eq!(kernels.bounds(&both, None).unwrap(), Some((1, 3)));
    assert_eq!(device.transfers(), travelled);
    assert_eq!(
        *both.to_host().unwrap().typed::<i64>().unwrap(),
        [3, 1, 3, 1]
    );
}

#[test]
fn many_pieces_come_back_as_one_copy() {
    let device = FakeDevice::new("fake:0");
    assert!(device.kernels().is_none());
    let pieces = [up(&device, vec![1, 2]), up(&device, vec![3])];
    let back = device.download(&pieces).unwrap();
    assert_eq!(*back[0].typed::<i64>().unwrap(), [1, 2]);
    assert_eq!(*back[1].typed::<i64>().unwrap(), [3]);
    let travelled = device.transfers();
    assert_eq!(
        (
            travelled.downloads,
            travelled.pieces_down,
            travelled.bytes_down
        ),
        (1, 2, 24)
    );
    let elsewhere = up(&FakeDevice::new("fake:1"), vec![3, 1]);
    for other in [elsewhere, Buffer::from_vec(vec![1_u8])] {
        assert!(device.download(&[other]).is_err());
    }
    assert_eq!(device.transfers(), travelled);
}
