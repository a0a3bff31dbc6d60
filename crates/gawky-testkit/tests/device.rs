//! What is done with bytes on a device is what is done with them on the host, and none of them travels for it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use gawky_buffer::{
    Alignment, Buffer, BufferError, DType, MemoryOrder, Narrowing, NdBuffer, Place, Scalar,
};
use gawky_testkit::containers::FakeDevice;
use gawky_testkit::device_suite;

#[test]
fn whole_buffers() {
    device_suite::buffers(&Place::Device(FakeDevice::with_kernels("fake:0")));
}

#[test]
fn kernels() {
    device_suite::kernels(&Place::Device(FakeDevice::with_kernels("fake:0")));
}

#[test]
fn casts() {
    device_suite::casts(&Place::Device(FakeDevice::with_kernels("fake:0")));
}

#[test]
fn random_views() {
    device_suite::views(&Place::Device(FakeDevice::with_kernels("fake:0")), 256);
}

#[test]
fn random_arrays() {
    device_suite::arrays(&Place::Device(FakeDevice::with_kernels("fake:0")), 500);
}

#[test]
fn nothing_travels_but_scalars() {
    let device = FakeDevice::with_kernels("fake:0");
    let table = NdBuffer::from_vec((0..24_i64).collect(), &[4, 6]).unwrap();
    let there = table.to_place(&Place::Device(device.clone())).unwrap();
    let before = device.transfers();
    assert_eq!((before.uploads, before.bytes_up), (1, 192));
    let part = there.t().slice(&[(1..5).into()]).unwrap();
    part.copy().unwrap();
    part.to_contiguous(MemoryOrder::F).unwrap();
    part.astype(DType::Complex64).unwrap().imag().unwrap();
    part.narrow(Narrowing::Check).unwrap();
    part.filled(Scalar::Int8(3)).unwrap();
    assert!(!part.all_equal_to(Scalar::Int8(3), true).unwrap());
    assert!(part.all_equal(&part.copy().unwrap(), true).unwrap());
    assert_eq!(device.transfers(), before);

    assert_eq!(part.get(&[1, 2]).unwrap(), Scalar::Int64(14));
    assert_eq!(device.transfers().bytes_down, 8, "one element");

    // An element that does not fit is fetched, to be named.
    let wide = there.filled(Scalar::Int64(1 << 40)).unwrap();
    let down = device.transfers().bytes_down;
    assert_eq!(
        wide.narrow(Narrowing::Check).unwrap_err().to_string(),
        "element 0 (1099511627776) does not fit int32"
    );
    assert_eq!(device.transfers().bytes_down, down + 8);
}

#[test]
fn a_view_travels_without_what_is_not_seen_of_its_buffer() {
    let device = FakeDevice::with_kernels("fake:0");
    let place = Place::Device(device.clone());
    let up = |view: &NdBuffer| {
        let before = device.transfers().bytes_up;
        let there = view.to_place(&place).unwrap();
        assert_eq!(there.shape(), view.shape());
        let back = there.to_place(&Place::Host).unwrap();
        assert!(back.all_equal(view, false).unwrap());
        device.transfers().bytes_up - before
    };
    let table = NdBuffer::from_vec((0..1000_i32).collect(), &[10, 100]).unwrap();
    let rows = table.slice(&[(2..4).into()]).unwrap();
    assert_eq!(up(&rows), 800);
    assert_eq!(up(&rows.t()), 800);
    let column = table.slice(&[(..).into(), 7.into()]).unwrap();
    assert_eq!(up(&column), 40, "gathered first");
    let repeated = rows.as_strided(&[50, 2, 100], &[0, 400, 4]).unwrap();
    assert_eq!(up(&repeated), 800, "once");
    assert_eq!(up(&table.slice(&[(3..3).into()]).unwrap()), 0);
}

#[test]
fn many_buffers_travel_together_and_those_that_are_there_stay() {
    let device = FakeDevice::with_kernels("fake:0");
    let other = FakeDevice::new("fake:1");
    let (here, there) = (Place::Device(device.clone()), Place::Device(other.clone()));
    let host = [1_u8, 2, 3, 4].map(|byte| Buffer::from_vec(vec![byte; 3]));
    let own = here.receive(&host[..1]).unwrap();
    let away = there.receive(&host[1..3]).unwrap();
    let mixed = [&own[..], &away, &host[3..]].concat();
    let all = here.receive(&mixed).unwrap();
    assert_eq!(all[0].address(), own[0].address());
    assert_eq!(Place::Host.receive(&all).unwrap(), host);
    let (device, other) = (device.transfers(), other.transfers());
    assert_eq!((device.uploads, device.pieces), (2, 4));
    assert_eq!((device.downloads, device.pieces_down), (1, 4));
    assert_eq!((other.downloads, other.pieces_down), (1, 2));
}

/// Bytes are kept by any device; what would have to look at them says that they are not on the host.
#[test]
fn a_device_that_only_keeps_bytes_computes_nothing() {
    let device = FakeDevice::new("fake:0");
    let place = Place::Device(device.clone());
    let table = NdBuffer::from_vec((0..24_i16).collect(), &[4, 6]).unwrap();
    let there = table.to_place(&place).unwrap();
    let travelled = device.transfers();
    let refused = |error: Option<BufferError>| {
        let message = error.map(|error| error.to_string());
        assert_eq!(
            message.as_deref(),
            Some("the bytes are on fake:0: copy them with to_host() first")
        );
    };
    refused(there.copy().err());
    refused(there.t().to_contiguous(MemoryOrder::C).err());
    refused(there.astype(DType::Bool).err());
    refused(
        there
            .narrow(Narrowing::Check)
            .err()
            .or(there.astype(DType::Int8).err()),
    );
    refused(there.all_equal(&there, true).err());
    refused(there.all_equal_to(Scalar::Int8(1), true).err());
    refused(there.buffer().byte_swapped(DType::Int16).err());
    refused(there.buffer().same_bytes(there.buffer()).err());
    refused(Buffer::concatenate(&[there.buffer().clone(), there.buffer().clone()]).err());
    assert_eq!(
        there.filled(Scalar::Int8(1)).unwrap_err().to_string(),
        "fake:0 does not fill new memory: make it on the host and send it there with to_place()"
    );
    let odd = there.buffer().slice(1..9).unwrap();
    let (same, copied) = odd.aligned(Alignment::CACHE_LINE).unwrap();
    assert_eq!((same, copied), (odd, false));
    assert_eq!(device.transfers(), travelled);
    // A view with gaps comes back with them.
    let column = there.slice(&[(..).into(), 1.into()]).unwrap();
    let back = column.to_place(&Place::Host).unwrap();
    assert_eq!(*back.typed::<i16>().unwrap(), [1, 7, 13, 19]);
}
