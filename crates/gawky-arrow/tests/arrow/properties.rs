//! Any array.

use gawky_testkit::arbitrary::arrays;
use proptest::prelude::*;

use super::check;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_array_says_the_same_after_a_round_trip(array in arrays()) {
        if let Err(why) = check(&array) {
            prop_assert!(false, "{array:?}: {why}");
        }
    }
}
