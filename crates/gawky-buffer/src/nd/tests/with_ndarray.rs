//! Views as arrays of the crate `ndarray`.

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
