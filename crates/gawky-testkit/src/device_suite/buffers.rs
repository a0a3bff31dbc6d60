//! Whole buffers on a device.

use gawky_buffer::{Alignment, Buffer, BufferError, DType, Place};

/// Checks whole buffers: there and back, joined, compared, aligned, swapped.
///
/// # Panics
/// When something is wrong.
pub fn buffers(device: &Place) {
    assert!(
        matches!(device.kernels(), Ok(Some(_))),
        "{device} is to be a device with kernels"
    );
    for len in [0, 1, 2, 63, 64, 65, 1000, 100_000] {
        let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(len).collect();
        whole(device, &Buffer::from_vec(bytes));
    }
    many(device);
    apart(device);
}

fn whole(device: &Place, host: &Buffer) {
    let there = host.to_place(device).unwrap();
    assert_eq!((there.len(), there.place()), (host.len(), device.clone()));
    assert!(there.bytes().is_err(), "a device is never read in secret");
    assert_eq!(there.to_place(device).unwrap().address(), there.address());
    assert_eq!(there.to_host().unwrap(), *host);

    for from in [0, 1, 3, 8, 33] {
        let range = from.min(host.len())..host.len();
        let (own, part) = (
            host.slice(range.clone()).unwrap(),
            there.slice(range).unwrap(),
        );
        assert_eq!(part.to_place(&Place::Host).unwrap(), own);
        let (aligned, _) = part.aligned(Alignment::CACHE_LINE).unwrap();
        assert!(aligned.is_empty() || aligned.alignment().satisfies(Alignment::CACHE_LINE));
        assert_eq!(
            (aligned.place(), aligned.to_host().unwrap()),
            (device.clone(), own.clone())
        );
        assert!(part.same_bytes(&aligned).unwrap());

        let pieces = [
            part.clone(),
            there.clone(),
            part.slice(0..0).unwrap(),
            part.clone(),
        ];
        let joined = Buffer::concatenate(&pieces).unwrap();
        let expected = Buffer::concatenate(&[own.clone(), host.clone(), own.clone()]).unwrap();
        assert_eq!(
            (joined.place(), joined.to_host().unwrap()),
            (device.clone(), expected)
        );
        assert_eq!(
            joined.same_bytes(&part).unwrap(),
            joined.len() == part.len(),
            "lengths tell"
        );

        for dtype in DType::TIMELESS {
            let (swapped, expected) = (part.byte_swapped(dtype), own.byte_swapped(dtype));
            assert_eq!(
                swapped.map(|there| there.to_host().unwrap()),
                expected,
                "{dtype}"
            );
        }
    }
    for at in [0, host.len() / 2, host.len().saturating_sub(1)] {
        let mut other = host.bytes().unwrap().to_vec();
        if let Some(byte) = other.get_mut(at) {
            *byte ^= 0x80;
            let other = Buffer::from_vec(other).to_place(device).unwrap();
            assert!(!there.same_bytes(&other).unwrap(), "byte {at} differs");
        }
    }
}

fn many(device: &Place) {
    let buffers: Vec<Buffer> = (0..50_u8)
        .map(|len| Buffer::from_vec((0..len).collect::<Vec<u8>>()))
        .collect();
    let there = device.receive(&buffers).unwrap();
    assert!(there.iter().all(|own| own.place() == *device));
    for own in there.iter().filter(|own| !own.is_empty()) {
        let eight = Alignment::try_new(8).unwrap();
        assert!(
            own.alignment().satisfies(eight),
            "pieces of an upload are aligned"
        );
    }
    assert_eq!(Place::Host.receive(&there).unwrap(), buffers);
    assert_eq!(device.receive(&there).unwrap(), there);
    assert!(device.receive(&[]).unwrap().is_empty());
    assert_eq!(Buffer::concatenate(&there[..1]).unwrap(), there[0]);
}

fn apart(device: &Place) {
    let host = Buffer::from_vec(vec![1_u8, 2]);
    let there = host.to_place(device).unwrap();
    let expected = BufferError::TwoPlaces {
        place: "host".to_owned(),
        other: device.to_string(),
    };
    let pieces = [host.clone(), there.clone()];
    assert_eq!(Buffer::concatenate(&pieces).unwrap_err(), expected);
    assert_eq!(host.same_bytes(&there).unwrap_err(), expected);
    assert_ne!(host, there);
}
