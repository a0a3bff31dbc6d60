//! What holds for all arrays.

use gawky_array::Array;
use gawky_buffer::{Buffer, Place};
use gawky_form::NodeInfo;
use gawky_testkit::arbitrary::{arrays, exercise};
use gawky_testkit::containers::FakeDevice;
use proptest::prelude::*;
use proptest::sample::Index;

/// So many cases; more where `PROPTEST_CASES` is more than its default of 256, in proportion.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: cases * default.cases.div_ceil(256),
        failure_persistence: None,
        ..default
    }
}

/// Both ends of a range of rows.
fn rows(array: &Array, ends: (Index, Index)) -> std::ops::Range<usize> {
    let (a, b) = (ends.0.index(array.len() + 1), ends.1.index(array.len() + 1));
    a.min(b)..a.max(b)
}

proptest! {
    #![proptest_config(cases(2000))]

    /// Packing and simplifying keep the values, taking and slicing pick them, and more: see `exercise`.
    #[test]
    fn everything_that_can_be_done_can_be_done(array in arrays()) {
        exercise(&array);
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn a_slice_of_a_slice_is_a_slice(
        array in arrays(),
        outer in any::<(Index, Index)>(),
        inner in any::<(Index, Index)>(),
    ) {
        let outer = rows(&array, outer);
        let once = array.slice(outer.clone()).unwrap();
        let inner = rows(&once, inner);
        let twice = once.slice(inner.clone()).unwrap();
        let direct = array.slice(outer.start + inner.start..outer.start + inner.end).unwrap();
        prop_assert_eq!(&twice, &direct);
        for (place, row) in (outer.start + inner.start..outer.start + inner.end).enumerate() {
            prop_assert!(twice.get(place).unwrap().equals(&array.get(row).unwrap(), true));
        }
    }

    #[test]
    fn slices_put_together_are_the_whole(array in arrays(), at in any::<(Index, Index)>()) {
        let middle = rows(&array, at);
        let parts = [0..middle.start, middle.clone(), middle.end..array.len()]
            .map(|rows| array.slice(rows).unwrap());
        let together = Array::concatenate(&parts).unwrap();
        prop_assert!(together.equal_values(&array, true).unwrap(), "{array:?} is {together}");
        prop_assert!(together.type_().is_equal_to(&array.type_(), true));
    }

    #[test]
    fn taken_rows_are_the_rows(array in arrays(), picks in prop::collection::vec(any::<Index>(), 0..12)) {
        let rows: Vec<usize> = match array.len() {
            0 => Vec::new(),
            length => picks.iter().map(|pick| pick.index(length)).collect(),
        };
        let taken = array.take(&rows).unwrap();
        prop_assert_eq!(taken.len(), rows.len());
        for (place, row) in rows.iter().enumerate() {
            prop_assert!(
                taken.get(place).unwrap().equals(&array.get(*row).unwrap(), true),
                "row {row} of {array:?} is {}", taken.get(place).unwrap()
            );
        }
        prop_assert!(array.take(&[array.len()]).is_err());
    }

    #[test]
    fn packing_only_ever_saves(array in arrays()) {
        let packed = array.pack().unwrap();
        // An option of records may become an index of 8 bytes each, and offsets of 4 bytes become 8.
        let leaves = |array: &Array| data(array).iter().map(Buffer::len).sum::<usize>();
        prop_assert!(leaves(&packed) <= leaves(&array).max(overlap(&array)), "{array:?}");
    }

    #[test]
    fn iterating_agrees_with_asking_for_each_row(array in arrays()) {
        let forth: Vec<_> = array.iter().unwrap().collect();
        let mut back: Vec<_> = array.iter().unwrap().rev().collect();
        back.reverse();
        prop_assert_eq!(forth.len(), array.len());
        for (row, value) in forth.iter().enumerate() {
            prop_assert!(value.equals(&array.get(row).unwrap(), true));
            prop_assert!(value.equals(&back[row], true));
            prop_assert!(value.equals(&array.iter().unwrap().nth(row).unwrap(), true));
        }
        prop_assert!(array.get(array.len()).is_err());
    }

    /// To a device and back, all in one upload; there, nothing but its shape can be asked.
    #[test]
    fn there_and_back_again(array in arrays()) {
        let device = FakeDevice::new("fake:0");
        let place = Place::Device(device.clone());
        let there = array.to_place(&place).unwrap();
        let sent = device.transfers();
        prop_assert_eq!(sent.uploads, u64::from(sent.pieces > 0));
        prop_assert_eq!(there.len(), array.len());
        prop_assert_eq!(there.form(), array.form());
        prop_assert_eq!(there.nbytes(), array.nbytes());
        if !data(&array).is_empty() {
            prop_assert!(there.require_host().is_err());
            prop_assert!(there.get(0).is_err());
            prop_assert!(there.iter().is_err());
            prop_assert!(there.to_string().contains("fake:0"), "{}", there);
        }
        let again = there.to_place(&place).unwrap();
        // What is packed already is shared; nothing is packed where nothing computes.
        let packed = there.pack();
        prop_assert_eq!(device.transfers(), sent);
        prop_assert_eq!(again.form(), there.form());
        let sliced = there.slice(0..array.len() / 2).unwrap();
        prop_assert_eq!(device.transfers().downloads, 0);
        prop_assert_eq!(&there.to_place(&Place::Host).unwrap(), &*array);
        prop_assert_eq!(
            sliced.to_place(&Place::Host).unwrap(),
            array.slice(0..array.len() / 2).unwrap()
        );
        match packed {
            Ok(packed) => prop_assert_eq!(packed.to_host().unwrap(), array.pack().unwrap()),
            Err(error) => prop_assert!(error.to_string().contains("fake:0"), "{error}"),
        }
    }
}

/// The buffers of all NumPy nodes.
fn data(array: &Array) -> Vec<Buffer> {
    match array {
        Array::Numpy(array) => vec![array.data().clone()],
        other => other.children().iter().flat_map(data).collect(),
    }
}

/// More bytes than packing can make of rows that are picked more than once.
fn overlap(array: &Array) -> usize {
    fn picks_again(array: &Array) -> bool {
        matches!(
            array,
            Array::List(_) | Array::Indexed(_) | Array::IndexedOption(_) | Array::Union(_)
        ) || array.children().iter().any(picks_again)
    }
    if picks_again(array) { usize::MAX } else { 0 }
}

#[test]
fn no_arrays_are_an_empty_array() {
    let none = Array::concatenate(&[]).unwrap();
    assert_eq!(none.to_string(), "<Array [] type='0 * unknown'>");
    assert_eq!(none.form().info(), &NodeInfo::default());
}
