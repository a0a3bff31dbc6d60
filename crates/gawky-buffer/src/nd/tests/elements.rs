//! Elements: their bytes, orders, types and values.

use std::borrow::Cow;

use super::*;
use crate::{Complex, f16};

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
