//! N-dimensional views on a device.

use gawky_buffer::{
    Buffer, BufferError, ByteOrder, DType, MemoryOrder, Narrowing, NdBuffer, Place, Scalar,
};
use proptest::prelude::*;
use proptest::sample::select;

use super::random_view::{dtype, view_of};

/// Checks that whatever is done with `cases` random views, of all dtypes, shapes and strides, gives on the device what
/// it gives on the host.
///
/// # Panics
/// When something is wrong.
pub fn views(device: &Place, cases: u32) {
    let scalar = prop_oneof![
        (-2_i64..300).prop_map(Scalar::Int64),
        select(vec![0.5, f64::NAN, -0.0, 1e300]).prop_map(Scalar::Float64),
    ];
    let input = (dtype(), dtype(), scalar);
    let input = input.prop_flat_map(|(own, other, scalar)| (view_of(own), Just((other, scalar))));
    super::of_random(cases, &input, |(view, (other, scalar))| {
        conversions(device, &view, other, scalar);
        comparisons(device, &view, scalar);
        creation(device, &view, scalar);
    });
    long(device);
}

/// A view over the same bytes on the device.
fn sent(device: &Place, view: &NdBuffer) -> NdBuffer {
    NdBuffer::strided(
        view.buffer().to_place(device).unwrap(),
        view.dtype(),
        view.byteorder(),
        view.shape(),
        view.strides(),
        view.offset(),
    )
    .unwrap()
}

/// That what came of something on the device, and lies there, is what came of it on the host.
fn same(
    device: &Place,
    what: &str,
    there: Result<NdBuffer, BufferError>,
    here: Result<NdBuffer, BufferError>,
) {
    let (there, here) = match (there, here) {
        (Err(BufferError::NotComputed { .. }), _) => return,
        // A device may know no extended floats.
        (Err(BufferError::Cast { from, to, .. }), _)
            if [from, to]
                .iter()
                .any(|dtype| matches!(dtype, DType::Float128 | DType::Complex256)) =>
        {
            return;
        }
        (Err(there), Err(here)) => {
            assert_eq!(there, here, "{what}");
            return;
        }
        (there, here) => (
            there.unwrap_or_else(|error| panic!("{what} fails on {device}: {error}")),
            here.unwrap_or_else(|error| panic!("{what} fails on the host only: {error}")),
        ),
    };
    assert_eq!(
        there.buffer().place(),
        *device,
        "{what} stays on the device"
    );
    let there = there.to_place(&Place::Host).unwrap();
    let kind = |own: &NdBuffer| (own.dtype(), own.byteorder(), own.shape().to_vec());
    assert_eq!(kind(&there), kind(&here), "{what}");
    for (there, here) in there.scalars().unwrap().zip(here.scalars().unwrap()) {
        let is_same = there.to_bytes(ByteOrder::NATIVE) == here.to_bytes(ByteOrder::NATIVE);
        // One NaN is as good as another.
        assert!(
            is_same || (there.is_nan() && here.is_nan()),
            "{what}: {there} on {device}, {here} on the host"
        );
    }
}

/// That bytes, which are only moved, are the very same.
fn same_bytes(device: &Place, what: &str, there: Result<Buffer, BufferError>, here: &Buffer) {
    let there = match there {
        Err(BufferError::NotComputed { .. }) => return,
        there => there.unwrap_or_else(|error| panic!("{what} fails on {device}: {error}")),
    };
    assert_eq!(there.place(), *device, "{what} stays on the device");
    assert_eq!(there.to_host().unwrap(), *here, "{what}");
}

fn conversions(device: &Place, host: &NdBuffer, other: DType, scalar: Scalar) {
    let there = &sent(device, host);
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let expected = host.to_buffer(order).unwrap();
        same_bytes(device, "to_buffer", there.to_buffer(order), &expected);
        same(
            device,
            "to_byteorder",
            there.to_byteorder(order),
            host.to_byteorder(order),
        );
    }
    for order in [MemoryOrder::C, MemoryOrder::F] {
        let contiguous = there.to_contiguous(order);
        assert!(
            contiguous
                .as_ref()
                .is_ok_and(|own| own.is_contiguous(order))
        );
        same(
            device,
            "to_contiguous",
            contiguous,
            host.to_contiguous(order),
        );
    }
    let copy = there.copy();
    if let Ok(copy) = &copy
        && copy.size() > 0
    {
        assert_ne!(
            copy.buffer().address(),
            there.buffer().address(),
            "a copy is one"
        );
    }
    same(device, "copy", copy, host.copy());
    same(device, "t", Ok(there.t()), Ok(host.t()));
    let whole = [-1, 1];
    same(
        device,
        "reshape",
        there.reshape(&whole),
        host.reshape(&whole),
    );
    same(device, "squeeze", Ok(there.squeeze()), Ok(host.squeeze()));
    same(device, "filled", there.filled(scalar), host.filled(scalar));
    same(device, "real", Ok(there.real()), Ok(host.real()));
    same(device, "imag", there.imag(), host.imag());
    same(device, "astype", there.astype(other), host.astype(other));
    for narrowing in [Narrowing::Wrap, Narrowing::Check] {
        same(
            device,
            "narrow",
            there.narrow(narrowing),
            host.narrow(narrowing),
        );
    }

    let back = there.to_place(&Place::Host).unwrap();
    let here = host.to_buffer(host.byteorder()).unwrap();
    assert_eq!(back.to_buffer(host.byteorder()).unwrap(), here);
    same(device, "to_place", host.to_place(device), Ok(host.clone()));
    assert!(there.typed::<u8>().is_err() && there.scalars().is_err());
    assert!(
        there.to_mut().is_err(),
        "a device's memory is not written to"
    );
    if host.size() > 0 {
        let first = vec![0; host.ndim()];
        let bytes = |scalar: Scalar| scalar.to_bytes(ByteOrder::NATIVE);
        assert_eq!(
            bytes(there.get(&first).unwrap()),
            bytes(host.get(&first).unwrap())
        );
    }
}

fn comparisons(device: &Place, host: &NdBuffer, scalar: Scalar) {
    let there = &sent(device, host);
    let elements = host.to_contiguous(MemoryOrder::F).unwrap();
    let mut others = vec![elements.to_byteorder(ByteOrder::Big).unwrap(), elements.t()];
    others.push(host.filled(Scalar::Bool(true)).unwrap());
    if host.size() > 0 {
        let last = host.size().saturating_sub(1);
        for at in [0, last / 2, last] {
            let mut changed = host
                .to_buffer(host.byteorder())
                .unwrap()
                .bytes()
                .unwrap()
                .to_vec();
            for byte in &mut changed[at * host.dtype().itemsize()..][..host.dtype().itemsize()] {
                *byte ^= 1;
            }
            let changed = Buffer::from_vec(changed);
            let (dtype, order) = (host.dtype(), host.byteorder());
            others.push(NdBuffer::try_new(changed, dtype, order, host.shape()).unwrap());
        }
    }
    for equal_nan in [false, true] {
        for other in &others {
            let expected = host.all_equal(other, equal_nan).unwrap();
            match there.all_equal(&sent(device, other), equal_nan) {
                Err(BufferError::NotComputed { .. }) => {}
                equal => assert_eq!(equal, Ok(expected), "all_equal"),
            }
        }
        let complex = Scalar::Complex64(gawky_buffer::Complex::new(1.0, 0.0));
        for value in [scalar, Scalar::UInt8(1), complex] {
            let uniform = host.filled(value).unwrap_or_else(|_| host.clone());
            for own in [host, &uniform] {
                let expected = own.all_equal_to(value, equal_nan).unwrap();
                match sent(device, own).all_equal_to(value, equal_nan) {
                    Err(BufferError::NotComputed { .. }) => {}
                    equal => assert_eq!(equal, Ok(expected), "all_equal_to {value}"),
                }
            }
        }
    }
    let elsewhere = there.all_equal(host, false);
    assert!(matches!(elsewhere, Err(BufferError::TwoPlaces { .. })));
    if host.dtype() != DType::Int8 {
        let other = sent(device, &NdBuffer::zeros(DType::Int8, host.shape()).unwrap());
        let compared = there.all_equal(&other, false);
        assert!(matches!(compared, Err(BufferError::NotComputed { .. })));
    }
}

fn creation(device: &Place, host: &NdBuffer, scalar: Scalar) {
    let (dtype, shape) = (host.dtype(), host.shape());
    for fill in [None, Some(scalar), Some(Scalar::Bool(true))] {
        for order in [MemoryOrder::C, MemoryOrder::F] {
            let here = NdBuffer::create_at(&Place::Host, dtype, shape, order, fill);
            let there = NdBuffer::create_at(device, dtype, shape, order, fill);
            assert!(there.as_ref().map_or(true, |own| own.is_contiguous(order)));
            same(device, "create_at", there, here);
        }
    }
    let too_large = NdBuffer::create_at(device, dtype, &[usize::MAX / 4, 9], MemoryOrder::C, None);
    assert!(matches!(too_large, Err(BufferError::OutOfMemory { .. })));
}

/// More elements than any block of threads has, and more than a grid of them that is small.
fn long(device: &Place) {
    let numbers: Vec<i64> = (0..300_000).map(|number| number * 7 - 1_000_000).collect();
    let table = NdBuffer::from_vec(numbers, &[300, 1000]).unwrap();
    let there = &sent(device, &table);
    let expected = table.t().to_buffer(ByteOrder::NATIVE).unwrap();
    same_bytes(
        device,
        "to_buffer",
        there.t().to_buffer(ByteOrder::NATIVE),
        &expected,
    );
    for dtype in [DType::Float32, DType::UInt8, DType::Bool, DType::Complex128] {
        same(device, "astype", there.astype(dtype), table.astype(dtype));
    }
    let other = if ByteOrder::NATIVE == ByteOrder::Big {
        ByteOrder::Little
    } else {
        ByteOrder::Big
    };
    same(
        device,
        "to_byteorder",
        there.to_byteorder(other),
        table.to_byteorder(other),
    );
    same(
        device,
        "filled",
        there.filled(Scalar::Int8(-1)),
        table.filled(Scalar::Int8(-1)),
    );
    assert_eq!(there.all_equal(&there.copy().unwrap(), false), Ok(true));
    let mut changed = table.to_mut().unwrap();
    changed.set(&[299, 999], Scalar::Int8(0)).unwrap();
    let changed = sent(device, &changed.freeze());
    assert_eq!(there.all_equal(&changed, false), Ok(false));
}
