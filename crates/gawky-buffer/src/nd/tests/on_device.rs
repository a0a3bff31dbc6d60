//! Views of bytes that are elsewhere.

use super::*;

/// Views of a device's buffer need no bytes; reading does, and says so.
#[test]
fn views_work_on_a_device() {
    let bytes = Buffer::from_vec((0..24_u8).collect());
    let remote = crate::buffer::elsewhere(&bytes);
    let table = NdBuffer::try_new(remote, DType::UInt16, ByteOrder::NATIVE, &[3, 4]).unwrap();
    let part = table.slice(&[(1..).into()]).unwrap();
    let stored = part
        .reshape(&[8])
        .unwrap()
        .to_buffer(ByteOrder::NATIVE)
        .unwrap();
    assert_eq!(
        stored.to_host().unwrap().bytes().unwrap(),
        &bytes.bytes().unwrap()[8..]
    );
    let on_device = |error: BufferError| matches!(error, BufferError::NotOnHost { .. });
    assert!(on_device(
        part.t().to_buffer(ByteOrder::NATIVE).unwrap_err()
    ));
    assert!(on_device(part.astype(DType::Int8).unwrap_err()));
    assert_eq!(
        part.get(&[0, 0]).unwrap(),
        table
            .to_place(&crate::Place::Host)
            .unwrap()
            .get(&[1, 0])
            .unwrap(),
        "one scalar is fetched"
    );
    assert!(on_device(part.typed::<u16>().unwrap_err()));
    assert!(on_device(part.all_equal(&part, true).unwrap_err()));
    assert!(on_device(part.copy().unwrap_err()));
}
