//! Taking rows and packing.

use gawky_array::{Array, ArrayError, Index, ListOffsetArray, NumpyArray, Problem};
use gawky_buffer::{Buffer, Place};
use gawky_form::{IndexType, Parameters};
use gawky_testkit::arbitrary::arrays;
use gawky_testkit::containers::FakeDevice;
use proptest::prelude::*;
use proptest::sample;

use super::{computing, refused_where_nothing_computes, same_there};
use crate::properties::cases;

const NONE: Parameters = Parameters::none();

/// Rows of an array, in any order.
fn picked(array: &Array, picks: &[sample::Index]) -> Vec<usize> {
    match array.len() {
        0 => Vec::new(),
        length => picks.iter().map(|pick| pick.index(length)).collect(),
    }
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
        let index = index.to_place(&place).unwrap();
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
        let other = moved
            .take_index(&index.to_place(&place).unwrap())
            .unwrap_err();
        assert_eq!(other, error);
    }
}

#[test]
fn rows_go_to_the_array_and_are_not_fetched() {
    let (device, place) = computing();
    let array = Array::from(NumpyArray::from_vec(vec![1_i16, 2, 3]));
    let moved = array.to_place(&place).unwrap();
    let index = Index::from(vec![2_u32, 0]);
    let expected = array.take(&[2, 0]).unwrap();
    let before = device.transfers();
    assert_eq!(moved.take(&[2, 0]).unwrap().to_host().unwrap(), expected);
    assert_eq!(
        moved.take_index(&index).unwrap().to_host().unwrap(),
        expected
    );
    assert_eq!(device.transfers().uploads, before.uploads + 2);
    assert_eq!(device.transfers().bytes_up, before.bytes_up + 2 * 8 + 2 * 4);
    let index_there = index.to_place(&place).unwrap();
    let before = device.transfers();
    let other = Place::Device(FakeDevice::with_kernels("fake:1"));
    for (array, at) in [
        (array.clone(), "host"),
        (array.to_place(&other).unwrap(), "fake:1"),
    ] {
        let error = array.take_index(&index_there).unwrap_err().to_string();
        let wanted = format!("some of the bytes are on {at} and some on fake:0");
        assert!(error.contains(&wanted), "{error}");
    }
    assert_eq!(device.transfers(), before);
    let home = index_there.to_place(&Place::Host).unwrap();
    assert_eq!(array.take_index(&home).unwrap(), expected);
}

#[test]
fn rows_that_are_not_there_are_one_error() {
    let (device, place) = computing();
    let array = Array::from(NumpyArray::from_vec(vec![1_i16, 2, 3]));
    let moved = array.to_place(&place).unwrap();
    let before = device.transfers();
    let index = Index::from(vec![0_i64, 3]);
    for error in [
        array.take(&[0, 3]).unwrap_err(),
        array.take_index(&index).unwrap_err(),
        moved.take(&[0, 3]).unwrap_err(),
        moved.take_index(&index).unwrap_err(),
    ] {
        assert_eq!(
            error.to_string(),
            "(root), NumpyArray: index 3 at 1 is not within a content of 3 elements"
        );
    }
    assert_eq!(device.transfers(), before);
}

#[test]
fn what_has_to_be_computed_is_refused_where_nothing_is() {
    let content = Array::from(NumpyArray::from_vec(vec![1_i16, 2, 3]));
    refused_where_nothing_computes(&content, |array| array.take(&[0]));
    refused_where_nothing_computes(&content, |array| {
        array.take_index(&Index::from(vec![0_i32]))
    });
    let lists = ListOffsetArray::try_new(vec![1_i64, 2, 3].into(), content, NONE).unwrap();
    let lists = Array::from(lists);
    refused_where_nothing_computes(&lists, Array::pack);
    refused_where_nothing_computes(&lists, |array| array.num(1));
    refused_where_nothing_computes(&lists, |array| array.local_index(1));
    refused_where_nothing_computes(&lists, |array| array.flatten(1));
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
