//! Making views: what there must be.

use super::*;

/// A length of which four make more than there can be, whatever the width of an address.
const QUARTER: usize = 1 << (usize::BITS - 2);
/// The square of this is no length, where addresses have 32 bits or 64.
const ABOVE_ROOT: usize = 1 << (usize::BITS / 2 + 8);

#[test]
fn creation_checks_what_there_is() {
    let buffer = Buffer::from_vec(vec![0_u8; 29]);
    let fits = NdBuffer::try_new(buffer.clone(), DType::Int64, ByteOrder::Little, &[3]).unwrap();
    assert_eq!((fits.size(), fits.nbytes(), fits.ndim()), (3, 24, 1));
    let short = NdBuffer::try_new(buffer.clone(), DType::Int64, ByteOrder::Little, &[2, 2]);
    assert_eq!(
        short.unwrap_err().to_string(),
        "32 bytes are needed, and there are 29"
    );
    for shape in [
        vec![usize::MAX],
        vec![QUARTER, 8],
        vec![usize::MAX, 0],
        vec![ABOVE_ROOT, ABOVE_ROOT],
    ] {
        let error = NdBuffer::try_new(buffer.clone(), DType::Int64, ByteOrder::Little, &shape);
        assert!(
            matches!(error, Err(BufferError::OutOfMemory { .. })),
            "{shape:?}"
        );
        assert!(NdBuffer::zeros(DType::Int64, &shape).is_err());
    }
    assert!(NdBuffer::from_vec(vec![1_u8, 2], &[3]).is_err());
    assert!(NdBuffer::from_vec(vec![1_u8, 2], &[1]).is_err());
}

/// Hard case 1, at this level: shapes without elements keep their shape.
#[test]
fn zero_size_shapes_keep_their_shape() {
    for shape in [vec![5, 0, 3], vec![0], vec![0, 3], vec![3, 0]] {
        let none = NdBuffer::zeros(DType::Float64, &shape).unwrap();
        assert_eq!(none.shape(), shape);
        assert_eq!((none.size(), none.nbytes()), (0, 0));
        assert!(none.typed::<f64>().unwrap().is_empty());
        assert_eq!(none.scalars().unwrap().count(), 0);
        assert_eq!(none.t().copy().unwrap().shape().len(), shape.len());
        assert!(none.all_equal_to(Scalar::Int8(3), false).unwrap());
        let narrow = none.narrow(Narrowing::Check).unwrap();
        assert_eq!((narrow.shape(), narrow.dtype()), (&*shape, DType::Float32));
    }
    let huge = NdBuffer::zeros(DType::Int8, &[0, QUARTER, QUARTER]).unwrap();
    assert_eq!(huge.copy().unwrap().size(), 0);
    assert_eq!(huge.t().reshape(&[3, 0]).unwrap().shape(), [3, 0]);
    let one = NdBuffer::zeros(DType::Int8, &[]).unwrap();
    assert_eq!((one.size(), one.ndim()), (1, 0));
    assert_eq!(one.as_scalar().unwrap(), Scalar::Int8(0));
}

#[test]
fn strides_are_checked_before_a_view_exists() {
    let buffer = Buffer::from_vec((0..10_u8).collect());
    let view = |shape: &[usize], strides: &[isize], offset| {
        NdBuffer::strided(
            buffer.clone(),
            DType::UInt8,
            ByteOrder::NATIVE,
            shape,
            strides,
            offset,
        )
    };
    assert_eq!(values(&view(&[3], &[-4], 9).unwrap()), [9, 5, 1]);
    assert_eq!(
        values(&view(&[2, 3], &[0, 2], 1).unwrap()),
        [1, 3, 5, 1, 3, 5]
    );
    assert_eq!(values(&view(&[2, 2], &[8, -1], 1).unwrap()), [1, 0, 9, 8]);
    for (shape, strides, offset) in [
        (&[3][..], &[-4][..], 7),
        (&[3], &[4], 2),
        (&[2, 2], &[8, -1], 0),
        (&[2], &[isize::MAX], 0),
        (&[2], &[isize::MIN], 9),
        (&[3, 3], &[isize::MAX, isize::MIN], 5),
        (&[1], &[1], 10),
    ] {
        let error = view(shape, strides, offset).unwrap_err();
        assert!(
            matches!(error, BufferError::StridesOutOfBounds { .. }),
            "{error}"
        );
    }
    assert_eq!(
        view(&[3], &[4], 2).unwrap_err().to_string(),
        "shape [3] with strides [4] from byte 2 leaves a buffer of 10 bytes"
    );
    assert!(matches!(
        view(&[0], &[1], 11),
        Err(BufferError::OffsetPastEnd { .. })
    ));
    assert!(matches!(
        view(&[2, 2], &[1], 0),
        Err(BufferError::Shape { .. })
    ));
    // A view may repeat itself, but not beyond what a copy of it could hold.
    assert!(matches!(
        view(&[QUARTER, 4], &[0, 0], 0),
        Err(BufferError::OutOfMemory { .. })
    ));
    assert_eq!(
        view(&[0, 5], &[isize::MAX, isize::MIN], 10).unwrap().size(),
        0
    );
    let windows = view(&[10], &[1], 0).unwrap().as_strided(&[9, 2], &[1, 1]);
    assert_eq!(values(&windows.unwrap())[..4], [0, 1, 1, 2]);
}
