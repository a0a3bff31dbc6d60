//! What is told or made of structure alone.

use gawky_array::{Array, ArrayError};
use gawky_buffer::BufferError;
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

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn lengths_are_the_same_there(array in arrays(), axis in 0_usize..4) {
        same_but_for_unions(&array, |array| array.num(axis));
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
