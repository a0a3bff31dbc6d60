#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

mod model;

use std::borrow::Cow;

use super::*;
use crate::{Complex, f16};

fn bytes(shape: &[usize]) -> NdBuffer {
    let size: usize = shape.iter().product();
    let values = (0..size).map(|i| u8::try_from(i % 251).unwrap()).collect();
    NdBuffer::from_vec(values, shape).unwrap()
}

fn values(array: &NdBuffer) -> Vec<u8> {
    array.typed::<u8>().unwrap().into_owned()
}

fn shape_error(array: &NdBuffer, shape: &[isize]) -> String {
    array.reshape(shape).unwrap_err().to_string()
}

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
        vec![1 << 62, 8],
        vec![usize::MAX, 0],
        vec![1 << 40, 1 << 40],
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
    let huge = NdBuffer::zeros(DType::Int8, &[0, 1 << 62, 1 << 62]).unwrap();
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
        view(&[1 << 62, 4], &[0, 0], 0),
        Err(BufferError::OutOfMemory { .. })
    ));
    assert_eq!(
        view(&[0, 5], &[isize::MAX, isize::MIN], 10).unwrap().size(),
        0
    );
    let windows = view(&[10], &[1], 0).unwrap().as_strided(&[9, 2], &[1, 1]);
    assert_eq!(values(&windows.unwrap())[..4], [0, 1, 1, 2]);
}

#[test]
fn slices_are_views() {
    let table = bytes(&[4, 5]);
    let part = table
        .slice(&[(1..3).into(), Slice::new(Some(4), Some(0), -2).into()])
        .unwrap();
    assert_eq!(part.shape(), [2, 2]);
    assert_eq!(values(&part), [9, 7, 14, 12]);
    assert_eq!(part.buffer().address(), table.buffer().address());
    assert_eq!(
        values(&table.slice(&[Pick::At(-1)]).unwrap()),
        [15, 16, 17, 18, 19]
    );
    assert_eq!(
        values(&table.slice(&[(..).into(), (-1..).into()]).unwrap()),
        [4, 9, 14, 19]
    );
    assert_eq!(
        values(&table.slice(&[(..1).into()]).unwrap()),
        [0, 1, 2, 3, 4]
    );
    let none = table.slice(&[(9..99).into()]).unwrap();
    assert_eq!(none.shape(), [0, 5]);
    assert_eq!(
        none.slice(&[Slice::every(-1).into()]).unwrap().shape(),
        [0, 5]
    );
    for step in [isize::MAX, isize::MIN] {
        let one = table
            .slice(&[(..).into(), Slice::every(step).into()])
            .unwrap();
        assert_eq!(one.shape(), [4, 1]);
    }
    let message = |picks: &[Pick]| table.slice(picks).unwrap_err().to_string();
    assert_eq!(
        message(&[(..).into(), Pick::At(5)]),
        "index 5 is out of bounds for axis 1 of length 5"
    );
    assert!(table.slice(&[Pick::At(-5)]).is_err());
    assert!(table.slice(&[Pick::At(isize::MIN)]).is_err());
    assert_eq!(
        message(&[Slice::every(0).into()]),
        "the step of the slice along axis 0 is zero"
    );
    assert_eq!(
        message(&[(..).into(); 3]),
        "axis 2 does not fit 2 dimensions: there are more picks than axes"
    );
}

#[test]
fn one_element_is_a_scalar() {
    let table = bytes(&[4, 5]);
    assert_eq!(table.get(&[3, 2]).unwrap(), Scalar::UInt8(17));
    assert!(matches!(table.get(&[3]), Err(BufferError::Shape { .. })));
    assert!(matches!(table.get(&[4, 0]), Err(BufferError::Index { .. })));
    assert!(table.get(&[usize::MAX, 0]).is_err());
    assert_eq!(
        table.as_scalar().unwrap_err().to_string(),
        "shape [4, 5] cannot become a scalar: it must have exactly one element"
    );
    let one = table.slice(&[(1..2).into(), (2..3).into()]).unwrap();
    assert_eq!(one.as_scalar().unwrap(), Scalar::UInt8(7));
}

#[test]
fn reshaping_is_a_view_where_it_can_be() {
    let table = bytes(&[4, 6]);
    let same_memory = |array: &NdBuffer| array.buffer().address() == table.buffer().address();
    let cube = table.reshape(&[2, -1, 3]).unwrap();
    assert_eq!(cube.shape(), [2, 4, 3]);
    assert!(same_memory(&cube));
    let rows = table.slice(&[Slice::every(2).into()]).unwrap();
    let split = rows.reshape(&[2, 3, 1, 2]).unwrap();
    assert!(same_memory(&split));
    assert_eq!(values(&split), values(&rows));
    let flat = rows.reshape(&[-1]).unwrap();
    assert!(
        !same_memory(&flat),
        "a gap between rows has no single stride"
    );
    assert_eq!(values(&flat), values(&rows));
    let back = table
        .slice(&[(..).into(), Slice::every(-1).into()])
        .unwrap();
    assert!(same_memory(&back.reshape(&[2, 2, 2, 3]).unwrap()));
    assert_eq!(
        values(&table.t().reshape(&[24]).unwrap()),
        values(&table.t())
    );

    assert_eq!(
        shape_error(&table, &[5, -1]),
        "shape [4, 6] cannot become [5, -1]: no length in place of -1 fits"
    );
    assert_eq!(
        shape_error(&table, &[23]),
        "shape [4, 6] cannot become [23]: the numbers of elements differ"
    );
    assert!(shape_error(&table, &[-1, -1]).contains("at most one"));
    assert!(shape_error(&table, &[-2, 3]).contains("at most one"));
    let none = bytes(&[0, 3]);
    assert!(shape_error(&none, &[0, -1]).contains("in place of -1"));
    assert_eq!(none.reshape(&[-1, 7]).unwrap().shape(), [0, 7]);
}

#[test]
fn axes_move_and_go() {
    let cube = bytes(&[2, 3, 4]);
    let moved = cube.transpose(&[2, 0, 1]).unwrap();
    assert_eq!(moved.shape(), [4, 2, 3]);
    assert_eq!(
        moved.get(&[3, 1, 2]).unwrap(),
        cube.get(&[1, 2, 3]).unwrap()
    );
    let message = |axes: &[usize]| cube.transpose(axes).unwrap_err().to_string();
    assert_eq!(message(&[0, 1, 3]), "axis 3 does not fit 3 dimensions");
    assert!(message(&[0, 1, 1]).contains("twice"));
    assert!(message(&[0, 1]).contains("named once"));
    assert!(message(&[0, 1, 2, 2]).contains("named once"));

    let thin = bytes(&[1, 3, 1]);
    assert_eq!(thin.squeeze().shape(), [3]);
    assert_eq!(thin.squeeze_axis(2).unwrap().shape(), [1, 3]);
    assert!(
        thin.squeeze_axis(1)
            .unwrap_err()
            .to_string()
            .contains("length 1")
    );
    assert!(thin.squeeze_axis(3).is_err());
}

/// Hard case 7, at this level: strided and Fortran-order sources are stored row-major.
#[test]
fn bytes_come_out_row_major() {
    let table = bytes(&[2, 3]);
    assert!(table.is_contiguous(MemoryOrder::C) && !table.is_contiguous(MemoryOrder::F));
    let same = table.to_contiguous(MemoryOrder::C).unwrap();
    assert_eq!(same.buffer().address(), table.buffer().address());
    let fortran = table.to_contiguous(MemoryOrder::F).unwrap();
    assert!(fortran.is_contiguous(MemoryOrder::F));
    assert_eq!(fortran.buffer().bytes().unwrap(), [0, 3, 1, 4, 2, 5]);
    assert_eq!(values(&fortran), values(&table));
    let stored = fortran.to_buffer(ByteOrder::NATIVE).unwrap();
    assert_eq!(stored.bytes().unwrap(), [0, 1, 2, 3, 4, 5]);
    let copy = table.copy().unwrap();
    assert_ne!(copy.buffer().address(), table.buffer().address());
    assert_eq!(values(&copy), values(&table));
    // An axis of length 1 may have any stride.
    let odd = table.as_strided(&[1, 3], &[-77, 1]).unwrap();
    assert!(odd.is_contiguous(MemoryOrder::C));
}

/// Hard case 6: both byte orders, in and out.
#[test]
fn both_byte_orders_in_and_out() {
    let big = |array: &NdBuffer| {
        array
            .to_buffer(ByteOrder::Big)
            .unwrap()
            .bytes()
            .unwrap()
            .to_vec()
    };
    let ints = NdBuffer::from_vec(vec![1_i64, -2], &[2]).unwrap();
    let mut expected = 1_i64.to_be_bytes().to_vec();
    expected.extend((-2_i64).to_be_bytes());
    assert_eq!(big(&ints), expected);
    let complex = NdBuffer::from_vec(vec![Complex::new(1.0_f64, 2.0)], &[1]).unwrap();
    assert_eq!(big(&complex)[..2], [0x3f, 0xf0]);
    assert_eq!(big(&complex)[8..10], [0x40, 0]);
    let halves = NdBuffer::from_vec(vec![f16::ONE], &[1]).unwrap();
    assert_eq!(big(&halves), [0x3c, 0]);
    let bools = NdBuffer::ones(DType::Bool, &[2]).unwrap();
    assert_eq!(big(&bools), [1, 1]);
    let dates = ints.astype("datetime64[15us]".parse().unwrap()).unwrap();
    assert_eq!(big(&dates), expected);

    for array in [ints, complex, halves, bools, dates] {
        let stored = array.to_buffer(ByteOrder::Big).unwrap();
        let read = NdBuffer::try_new(stored, array.dtype(), ByteOrder::Big, array.shape()).unwrap();
        assert!(read.all_equal(&array, false).unwrap());
        let turned = read.t().to_byteorder(ByteOrder::Little).unwrap();
        assert_eq!(turned.byteorder(), ByteOrder::Little);
        assert!(turned.all_equal(&array, false).unwrap());
        assert!(
            read.astype(DType::Bool)
                .unwrap()
                .all_equal_to(Scalar::Bool(true), false)
                .unwrap()
        );
        let filled = read.filled(Scalar::Bool(true)).unwrap();
        assert_eq!(
            (filled.byteorder(), filled.dtype()),
            (ByteOrder::Big, array.dtype())
        );
        assert_eq!(
            filled.astype(DType::Bool).unwrap().get(&[0]).unwrap(),
            Scalar::Bool(true)
        );
    }
}

/// Hard case 5, at this level.
#[test]
fn misaligned_elements_are_copied_when_viewed() {
    let mut raw = vec![9_u8];
    raw.extend(7_i64.to_ne_bytes());
    let odd = Buffer::copied_from(&raw);
    let array = NdBuffer::strided(odd, DType::Int64, ByteOrder::NATIVE, &[1], &[8], 1).unwrap();
    assert!(matches!(array.typed::<i64>().unwrap(), Cow::Owned(_)));
    assert_eq!(*array.typed::<i64>().unwrap(), [7]);
    let aligned = array.copy().unwrap();
    assert!(matches!(aligned.typed::<i64>().unwrap(), Cow::Borrowed(_)));
}

#[test]
fn views_are_of_the_right_type() {
    let dates = NdBuffer::zeros("datetime64[s]".parse().unwrap(), &[2]).unwrap();
    assert_eq!(*dates.typed::<i64>().unwrap(), [0, 0]);
    assert_eq!(
        dates.typed::<f64>().unwrap_err().to_string(),
        "the elements are datetime64[s], not float64"
    );
    let bools = NdBuffer::ones(DType::Bool, &[2]).unwrap();
    assert_eq!(*bools.typed::<u8>().unwrap(), [1, 1]);
    assert!(bools.typed::<i8>().is_err());
}

#[test]
fn equality_is_of_shape_and_values() {
    let ints = NdBuffer::from_vec(vec![1_i64, 2], &[2]).unwrap();
    let floats = NdBuffer::from_vec(vec![1.0_f64, 2.0], &[2]).unwrap();
    assert!(ints.all_equal(&floats, false).unwrap());
    assert!(
        !ints
            .all_equal(&floats.reshape(&[1, 2]).unwrap(), false)
            .unwrap()
    );
    assert!(!ints.all_equal(&bytes(&[2]), false).unwrap());
    for nan in [
        NdBuffer::from_vec(vec![f64::NAN, 0.0], &[2]).unwrap(),
        NdBuffer::from_vec(vec![f32::NAN, 0.0], &[2]).unwrap(),
        NdBuffer::from_vec(vec![f16::NAN, f16::ZERO], &[2]).unwrap(),
    ] {
        assert!(!nan.all_equal(&nan, false).unwrap());
        assert!(nan.all_equal(&nan, true).unwrap());
        assert!(
            nan.all_equal(&nan.astype(DType::Complex128).unwrap(), true)
                .unwrap()
        );
        assert!(
            !nan.all_equal(&nan.slice(&[Slice::every(-1).into()]).unwrap(), true)
                .unwrap()
        );
    }
    let truths = |bytes: Vec<u8>| {
        NdBuffer::try_new(bytes.into(), DType::Bool, ByteOrder::NATIVE, &[2]).unwrap()
    };
    let (one, two) = (truths(vec![0, 1]), truths(vec![0, 2]));
    assert!(
        one.all_equal(&two, false).unwrap(),
        "any other byte is true"
    );
    assert!(!one.all_equal(&truths(vec![1, 1]), false).unwrap());
    let full = NdBuffer::full(DType::Float16, &[3], Scalar::Float64(f64::NAN)).unwrap();
    assert!(full.all_equal_to(Scalar::Float32(f32::NAN), true).unwrap());
    assert!(!full.all_equal_to(Scalar::Float32(f32::NAN), false).unwrap());
}

#[test]
fn parts_of_complex_numbers_are_views() {
    let complex = NdBuffer::from_vec(vec![Complex::new(1_f32, 2.0), Complex::new(3.0, 4.0)], &[2])
        .unwrap()
        .to_byteorder(ByteOrder::Big)
        .unwrap();
    assert_eq!(*complex.real().typed::<f32>().unwrap(), [1.0, 3.0]);
    let imag = complex.imag().unwrap();
    assert_eq!(*imag.typed::<f32>().unwrap(), [2.0, 4.0]);
    assert_eq!(imag.buffer().address(), complex.buffer().address());
    let real = NdBuffer::ones(DType::Int8, &[2]).unwrap();
    assert_eq!(*real.real().typed::<i8>().unwrap(), [1, 1]);
    assert_eq!(*real.imag().unwrap().typed::<i8>().unwrap(), [0, 0]);
    let none = NdBuffer::zeros(DType::Complex64, &[0]).unwrap();
    assert_eq!(none.imag().unwrap().copy().unwrap().size(), 0);
}

#[test]
fn narrowing_wraps_or_checks() {
    let narrow = |array: NdBuffer, narrowing| array.narrow(narrowing);
    let ints = || NdBuffer::from_vec(vec![1_i64, -1, i64::MAX], &[3]).unwrap();
    let wrapped = narrow(ints(), Narrowing::Wrap).unwrap();
    assert_eq!(*wrapped.typed::<i32>().unwrap(), [1, -1, -1]);
    assert_eq!(
        narrow(ints(), Narrowing::Check).unwrap_err().to_string(),
        "element 2 (9223372036854775807) does not fit int32"
    );
    let unsigned = NdBuffer::from_vec(vec![u64::from(u32::MAX)], &[1]).unwrap();
    assert_eq!(
        *narrow(unsigned, Narrowing::Check)
            .unwrap()
            .typed::<u32>()
            .unwrap(),
        [u32::MAX]
    );
    let floats = || NdBuffer::from_vec(vec![0.1, f64::INFINITY, f64::NAN, 1e39], &[4]).unwrap();
    assert_eq!(
        narrow(floats(), Narrowing::Check).unwrap_err().to_string(),
        "element 3 (1e+39) does not fit float32"
    );
    let wrapped = narrow(floats(), Narrowing::Wrap).unwrap();
    assert_eq!(wrapped.get(&[3]).unwrap(), Scalar::Float32(f32::INFINITY));
    let rounded = floats().slice(&[(..3).into()]).unwrap();
    assert!(rounded.narrow(Narrowing::Check).is_ok());
    let complex = NdBuffer::from_vec(vec![Complex::new(0.0, 1e39)], &[1]).unwrap();
    assert!(complex.narrow(Narrowing::Check).is_err());
    let other = bytes(&[2]);
    let same = other.narrow(Narrowing::Check).unwrap();
    assert_eq!(same.buffer().address(), other.buffer().address());
    assert_eq!(DType::Float128.narrowed(), DType::Float128);
}

#[test]
fn writing_stays_within_the_part_picked() {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let mut table = NdBufferMut::create(DType::Int32, order, &[3, 4], None).unwrap();
        assert_eq!((table.dtype(), table.byteorder()), (DType::Int32, order));
        table.fill(Scalar::Float64(-1.5)).unwrap();
        let column = NdBuffer::from_vec(vec![10_i64, 20, 30], &[3]).unwrap();
        table.assign(&[(..).into(), Pick::At(1)], &column).unwrap();
        let scalar = NdBuffer::full(DType::Float32, &[], Scalar::Int8(5)).unwrap();
        let corner = [Slice::every(-2).into(), Slice::new(Some(2), None, 1).into()];
        table.assign(&corner, &scalar).unwrap();
        table.set(&[1, 0], Scalar::Bool(true)).unwrap();
        assert!(table.set(&[1], Scalar::Int8(0)).is_err());
        assert!(table.set(&[3, 0], Scalar::Int8(0)).is_err());
        assert_eq!(
            table
                .assign(&[Pick::At(0)], &column)
                .unwrap_err()
                .to_string(),
            "shape [3] cannot become [4]: the source must have the shape of what it is written to"
        );
        let complex = Scalar::Complex64(Complex::new(1.0, 0.0));
        assert!(table.fill(complex).is_err());
        assert_eq!(table.typed_mut::<i32>().is_ok(), order.is_native());
        let written = table.freeze();
        assert_eq!(
            *written.typed::<i32>().unwrap(),
            [-1, 10, 5, 5, 1, 20, -1, -1, -1, 30, 5, 5]
        );
        assert_eq!(written.to_mut().unwrap().shape(), [3, 4]);
    }
    let wide = NdBuffer::full(DType::Complex256, &[5], Scalar::Int8(-3)).unwrap();
    assert!(wide.all_equal_to(Scalar::Int8(-3), false).unwrap());
}

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

#[cfg(feature = "ndarray")]
mod with_ndarray {
    use ::ndarray::{Array2, ArrayD, arr2};

    use super::*;

    #[test]
    fn views_share_memory() {
        let table = bytes(&[3, 4]);
        let view = table.ndarray::<u8>().unwrap();
        assert_eq!(view.as_ptr().addr(), table.buffer().address());
        let turned = table
            .slice(&[Slice::every(-1).into(), Slice::every(-3).into()])
            .unwrap();
        let view = turned.ndarray::<u8>().unwrap();
        assert_eq!(view, arr2(&[[11, 8], [7, 4], [3, 0]]).into_dyn());
        let again = table.as_strided(&[2, 3], &[0, 1]).unwrap();
        assert_eq!(
            again.ndarray::<u8>().unwrap(),
            arr2(&[[0, 1, 2], [0, 1, 2]]).into_dyn()
        );
        let none = table.slice(&[(2..2).into()]).unwrap();
        assert_eq!(none.ndarray::<u8>().unwrap().shape(), [0, 4]);
        let one = NdBuffer::ones(DType::Float32, &[]).unwrap();
        assert_eq!(one.ndarray::<f32>().unwrap().first(), Some(&1.0));
    }

    #[test]
    fn owned_arrays_are_not_copied() {
        let array = Array2::from_shape_fn((2, 3), |(i, j)| i * 3 + j).mapv(|v| v as f64);
        let before = array.as_ptr().addr();
        let taken = NdBuffer::from_ndarray(array.reversed_axes().into_dyn()).unwrap();
        assert_eq!(taken.buffer().address(), before);
        assert_eq!(
            *taken.typed::<f64>().unwrap(),
            [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]
        );
        let none: ArrayD<i32> = ArrayD::zeros(vec![2, 0]);
        assert_eq!(NdBuffer::from_ndarray(none).unwrap().shape(), [2, 0]);
    }

    #[test]
    fn what_cannot_be_viewed_says_what_to_do() {
        let raw = Buffer::copied_from(&[0; 64]);
        let at = |strides: &[isize], offset| {
            let (dtype, order) = (DType::Int32, ByteOrder::NATIVE);
            NdBuffer::strided(raw.clone(), dtype, order, &[3], strides, offset).unwrap()
        };
        let message = |array: NdBuffer| array.ndarray::<i32>().unwrap_err().to_string();
        assert_eq!(
            message(at(&[4], 1)),
            "a view of int32 is impossible: its memory is misaligned: use copy first"
        );
        assert_eq!(
            message(at(&[6], 0)),
            "a view of int32 is impossible: its strides are no multiples of the item size: \
             use to_contiguous first"
        );
        let foreign = if cfg!(target_endian = "little") {
            ByteOrder::Big
        } else {
            ByteOrder::Little
        };
        let turned = at(&[4], 0).to_byteorder(foreign).unwrap();
        assert!(message(turned).contains("byte order"));
        assert!(at(&[4], 0).ndarray::<f32>().is_err());
        let singles = at(&[4], 0).as_strided(&[1], &[7]).unwrap();
        assert!(
            singles.ndarray::<i32>().is_ok(),
            "one element has no distance"
        );
    }
}
