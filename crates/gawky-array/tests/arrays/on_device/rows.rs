//! Taking rows and packing.

use gawky_array::{Array, ArrayError, Index, NumpyArray, Problem};
use gawky_buffer::{Buffer, Place};
use gawky_form::IndexType;
use gawky_testkit::arbitrary::arrays;
use proptest::prelude::*;
use proptest::sample;

use super::{computing, refused_where_nothing_computes, same_there};
use crate::properties::cases;

/// Rows of an array, in any order.
fn picked(array: &Array, picks: &[sample::Index]) -> Vec<usize> {
    match array.len() {
        0 => Vec::new(),
        length => picks.iter().map(|pick| pick.index(length)).collect(),
    }
}

pub(super) fn there(index: &Index, place: &Place) -> Index {
    let array = NumpyArray::try_new(
        index.buffer().clone(),
        index.kind().dtype(),
        [].into(),
        index.len(),
        gawky_form::Parameters::none(),
    );
    let moved = Array::from(array.unwrap()).to_place(place).unwrap();
    let Array::Numpy(moved) = moved else {
        panic!("a flat array")
    };
    Index::try_new(moved.data().clone(), index.kind()).unwrap()
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn packing_is_the_same_there(array in arrays()) {
        same_there(&array, Array::pack);
    }

    #[test]
    fn what_is_taken_can_be_packed(
        array in arrays(),
        picks in prop::collection::vec(any::<sample::Index>(), 0..12),
    ) {
        let rows = picked(&array, &picks);
        let expected = array.take(&rows).unwrap();
        let (device, place) = computing();
        let moved = array.to_place(&place).unwrap();
        let before = device.transfers();
        let taken = moved.take(&rows).unwrap();
        // The rows go up, and nothing comes back.
        prop_assert!(device.transfers().uploads <= before.uploads + 1);
        prop_assert!(device.transfers().bytes_up <= before.bytes_up + 8 * rows.len() as u64);
        prop_assert_eq!(device.transfers().downloads, before.downloads);
        prop_assert_eq!(&taken.to_place(&Place::Host).unwrap(), &expected);
        let packed = taken.pack().unwrap().to_place(&Place::Host).unwrap();
        prop_assert_eq!(packed, expected.pack().unwrap());
    }

    #[test]
    fn an_index_of_any_kind_takes_rows(
        array in arrays(),
        picks in prop::collection::vec(any::<sample::Index>(), 0..12),
        kind in prop::sample::select(vec![IndexType::I32, IndexType::U32, IndexType::I64]),
    ) {
        let rows = picked(&array, &picks);
        let index = of_kind(&rows.iter().map(|row| *row as i64).collect::<Vec<_>>(), kind);
        let expected = array.take(&rows).unwrap();
        prop_assert_eq!(&array.take_index(&index).unwrap(), &expected);
        let (device, place) = computing();
        let moved = array.to_place(&place).unwrap();
        let index = there(&index, &place);
        let before = device.transfers();
        let taken = moved.take_index(&index).unwrap();
        prop_assert_eq!(device.transfers(), before);
        prop_assert_eq!(&taken.to_place(&Place::Host).unwrap(), &expected);
    }
}

fn of_kind(numbers: &[i64], kind: IndexType) -> Index {
    match kind {
        IndexType::I32 => numbers
            .iter()
            .map(|n| i32::try_from(*n).unwrap())
            .collect::<Vec<_>>()
            .into(),
        IndexType::U32 => numbers
            .iter()
            .map(|n| u32::try_from(*n).unwrap())
            .collect::<Vec<_>>()
            .into(),
        IndexType::I64 => numbers.to_vec().into(),
    }
}

#[test]
fn the_first_row_that_is_not_there_is_named() {
    let (_, place) = computing();
    let array = Array::from(NumpyArray::from_vec(vec![1_i16, 2, 3]));
    let moved = array.to_place(&place).unwrap();
    for numbers in [[0, -1, 9], [2, 3, -1], [i64::MAX, 0, 0], [0, 0, i64::MIN]] {
        let index = Index::from(numbers.to_vec());
        let error = array.take_index(&index).unwrap_err();
        let at = numbers
            .iter()
            .position(|row| !(0..3).contains(row))
            .unwrap();
        let ArrayError::Node { problem, .. } = &error else {
            panic!("{error}")
        };
        assert_eq!(
            *problem,
            Problem::IndexOutOfRange {
                at: at as u64,
                index: numbers[at],
                length: 3
            }
        );
        let other = moved.take_index(&there(&index, &place)).unwrap_err();
        assert_eq!(other, error);
    }
    assert!(moved.take(&[3]).is_err());
}

#[test]
fn both_are_in_one_place() {
    let (_, place) = computing();
    let array = Array::from(NumpyArray::from_vec(vec![1_i16, 2, 3]));
    let moved = array.to_place(&place).unwrap();
    let index = Index::from(vec![0_i64]);
    for error in [
        moved.take_index(&index).unwrap_err(),
        array.take_index(&there(&index, &place)).unwrap_err(),
    ] {
        assert!(error.to_string().contains("on "), "{error}");
    }
    refused_where_nothing_computes(&array, |array| array.take(&[0]));
    refused_where_nothing_computes(&array, Array::pack);
}

#[test]
fn foreign_bytes_may_lie_anywhere() {
    let (_, place) = computing();
    let bytes: Vec<u8> = (0..25).collect();
    let array = Array::from(NumpyArray::from_vec(bytes))
        .to_place(&place)
        .unwrap();
    let Array::Numpy(bytes) = &array else {
        panic!("bytes")
    };
    let odd: Buffer = bytes.data().slice(1..25).unwrap();
    let index = Index::try_new(odd, IndexType::I64).unwrap();
    assert_eq!(index.buffer().address() % 8, 0);
    let home = index.buffer().to_host().unwrap();
    assert_eq!(home.bytes().unwrap(), (1..25).collect::<Vec<u8>>());
}
