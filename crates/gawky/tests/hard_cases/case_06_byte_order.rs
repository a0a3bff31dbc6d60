//! Bytes in either order. (scikit-hep/awkward #3821, #3820)

use gawky::array::Problem;
use gawky::buffer::{Complex, Scalar, TimeUnit, f16};
use gawky::prelude::*;

use super::{blobs, form, node_error};

/// Writes big-endian, reads big-endian: the same. Answers the bytes of the leaf.
fn big_endian(array: &Array) -> Vec<u8> {
    let memory = MemoryContainer::new();
    let write = ToBuffers::new(array).byteorder(ByteOrder::Big);
    let (form, length) = write.write(&memory).unwrap();
    let read = FromBuffers::new(&form, length).byteorder(ByteOrder::Big);
    assert_eq!(&read.read(&memory).unwrap(), array);
    // The wrong order gives another array, or the same where bytes have no order; never a crash.
    let wrong = FromBuffers::new(&form, length).read(&memory).unwrap();
    assert_eq!(wrong.len(), array.len());
    memory
        .get("node0-data")
        .unwrap()
        .unwrap()
        .bytes()
        .unwrap()
        .to_vec()
}

fn of(dtype: DType, scalars: &[[u8; 8]]) -> Array {
    let bytes: Vec<u8> = scalars.concat();
    NumpyArray::try_new(
        bytes.into(),
        dtype,
        [].into(),
        scalars.len(),
        Parameters::none(),
    )
    .unwrap()
    .into()
}

#[test]
fn int64() {
    let bytes = big_endian(&NumpyArray::from_vec(vec![1_i64, -2]).into());
    assert_eq!(
        bytes,
        [
            [0, 0, 0, 0, 0, 0, 0, 1],
            [255, 255, 255, 255, 255, 255, 255, 254]
        ]
        .concat()
    );
}

#[test]
fn complex128() {
    let bytes = big_endian(&NumpyArray::from_vec(vec![Complex::new(1.0_f64, 2.0)]).into());
    assert_eq!(
        bytes,
        [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]
    );
}

#[test]
fn float16() {
    let halves = [1.0_f32, -2.0].map(f16::from_f32);
    let bytes = big_endian(&NumpyArray::from_vec(halves.to_vec()).into());
    assert_eq!(bytes, [0x3c, 0, 0xc0, 0]);
}

#[test]
fn bool() {
    let array = NumpyArray::try_new(
        vec![1_u8, 0, 1].into(),
        DType::Bool,
        [].into(),
        3,
        Parameters::none(),
    );
    let bytes = big_endian(&array.unwrap().into());
    assert_eq!(bytes, [1, 0, 1]);
}

#[test]
fn datetime64_of_fifteen_microseconds() {
    let unit: TimeUnit = "15us".parse().unwrap();
    let dtype = DType::DateTime64(unit);
    let array = of(dtype, &[3_i64.to_ne_bytes(), i64::MIN.to_ne_bytes()]);
    assert_eq!(array.type_().to_string(), "datetime64[15us]");
    let bytes = big_endian(&array);
    assert_eq!(
        bytes,
        [[0, 0, 0, 0, 0, 0, 0, 3], [0x80, 0, 0, 0, 0, 0, 0, 0]].concat()
    );
    assert_eq!(
        array.get(0).unwrap().as_scalar(),
        Some(Scalar::DateTime64(Some(3), unit))
    );
}

#[test]
fn structure_in_the_wrong_order_is_an_error_or_wrong() {
    let form = form(r#"{"class": "ListOffsetArray", "offsets": "i64", "content": "int64"}"#);
    let big = |numbers: &[i64]| -> Buffer {
        let bytes: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect();
        bytes.into()
    };
    let blobs = blobs([
        ("node0-offsets", big(&[0, 2, 3])),
        ("node1-data", big(&[1, 2, 3])),
    ]);
    let right = FromBuffers::new(&form, 2)
        .byteorder(ByteOrder::Big)
        .read(&blobs);
    assert_eq!(
        right.unwrap().to_string(),
        "<Array [[1, 2], [3]] type='2 * var * int64'>"
    );
    let (location, problem) = node_error(FromBuffers::new(&form, 2).read(&blobs));
    assert_eq!(location.key.as_deref(), Some("node1-data"));
    assert!(
        matches!(problem, Problem::TooShort { .. } | Problem::TooLarge { .. }),
        "{problem}"
    );
}

#[test]
fn structure_is_written_in_order_too() {
    let lists = ListOffsetArray::try_new(
        vec![0_i32, 1, 3].into(),
        NumpyArray::from_vec(vec![0.5_f32, 1.0, 2.0]).into(),
        Parameters::none(),
    );
    let memory = MemoryContainer::new();
    let array = Array::from(lists.unwrap());
    let written = ToBuffers::new(&array)
        .byteorder(ByteOrder::Big)
        .write(&memory);
    assert!(written.is_ok());
    let offsets = memory.get("node0-offsets").unwrap().unwrap();
    assert_eq!(
        offsets.bytes().unwrap(),
        [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3]
    );
    let data = memory.get("node1-data").unwrap().unwrap();
    assert_eq!(
        data.bytes().unwrap(),
        [0x3f, 0, 0, 0, 0x3f, 0x80, 0, 0, 0x40, 0, 0, 0]
    );
}
