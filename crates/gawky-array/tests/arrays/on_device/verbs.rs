//! What is told or made of structure alone.

use gawky_array::{Array, ArrayError, Index, NumpyArray, Problem};
use gawky_buffer::{BufferError, Place};
use gawky_testkit::arbitrary::arrays;
use proptest::prelude::*;

use super::{has_union, same_there};
use crate::properties::cases;

/// Does the same there, but for unions that would have to be simplified.
fn same_but_for_unions(array: &Array, verb: impl Fn(&Array) -> Result<Array, ArrayError>) {
    if has_union(array) {
        let (_, place) = super::computing();
        if let Err(ArrayError::Buffer(BufferError::NotOnHost { .. })) =
            verb(&array.to_place(&place).unwrap())
        {
            return;
        }
    }
    same_there(array, verb);
}

/// Counts of which each is one of a list, but that are more together than offsets can say.
#[test]
fn too_many_elements_are_one_error() {
    let (_, place) = super::computing();
    let array = Array::from(NumpyArray::from_vec(vec![1_u8]));
    for counts in [vec![i64::MAX, 1], vec![i64::MAX - 1, 2], vec![1, i64::MAX]] {
        let here = Index::from(counts);
        let there = here.to_place(&place).unwrap();
        let wanted = Problem::Buffer(BufferError::OutOfMemory {
            what: "a list of more elements than int64 counts".to_owned(),
        });
        assert_eq!(here.to_offsets().unwrap_err(), wanted);
        assert_eq!(there.to_offsets().unwrap_err(), wanted);
        assert_eq!(
            array
                .to_place(&place)
                .unwrap()
                .unflatten(&there)
                .unwrap_err(),
            array.unflatten(&here).unwrap_err()
        );
    }
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn lengths_are_the_same_there(array in arrays(), axis in 0_usize..4) {
        same_but_for_unions(&array, |array| array.num(axis));
    }

    #[test]
    fn lists_are_numbered_and_flattened_alike(array in arrays(), axis in 0_usize..4) {
        same_there(&array, |array| array.local_index(axis));
        same_there(&array, |array| array.flatten(axis));
    }

    #[test]
    fn counts_and_offsets_are_the_same_there(
        numbers in prop::collection::vec(prop_oneof![9 => 0_i64..5, 1 => -2..0_i64], 0..7),
        length in 0_i64..12,
    ) {
        let (device, place) = super::computing();
        let index = Index::from(numbers);
        let there = index.to_place(&place).unwrap();
        let array = Array::from(NumpyArray::from_vec((0..length).collect::<Vec<i64>>()));
        let array_there = array.to_place(&place).unwrap();
        let uploads = device.transfers().uploads;
        let home = |index: Index| index.buffer().to_host().unwrap();
        prop_assert_eq!(there.to_offsets().map(home), index.to_offsets().map(home));
        prop_assert_eq!(there.to_counts().map(home), index.to_counts().map(home));
        let lists = array_there.unflatten(&there);
        prop_assert_eq!(device.transfers().uploads, uploads);
        let lists = lists.map(|lists| lists.to_place(&Place::Host).unwrap());
        prop_assert_eq!(lists, array.unflatten(&index));
    }

    #[test]
    fn masks_are_the_same_there(array in arrays()) {
        same_there(&array, |array| match array {
            Array::BitMasked(bits) => bits.to_byte_masked().map(Array::from),
            Array::ByteMasked(bytes) => bytes.to_bit_masked(true).map(Array::from),
            other => Ok(other.clone()),
        });
        same_there(&array, |array| match array {
            Array::ByteMasked(bytes) => bytes.to_bit_masked(false).map(Array::from),
            other => Ok(other.to_indexed_option()?.map_or_else(|| other.clone(), Array::from)),
        });
    }
}
