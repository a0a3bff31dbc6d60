//! There and back, and what needs no byte of it.

use gawky_array::{Array, ArrayError, BitMaskedArray, ListOffsetArray, NumpyArray, RecordArray};
use gawky_buffer::Place;
use gawky_form::Parameters;
use gawky_testkit::arbitrary::arrays;
use gawky_testkit::containers::FakeDevice;
use proptest::prelude::*;

use super::{computing, has_union};
use crate::properties::cases;

const NONE: Parameters = Parameters::none();

fn events() -> Array {
    let pt = Array::from(NumpyArray::from_vec(vec![1.5_f32, 2.5, 3.5, 4.5]));
    let mask = vec![0b1011_u8].into();
    let flags = NumpyArray::from_vec(vec![1_i8, 2, 3, 4]).into();
    let quality = BitMaskedArray::try_new(mask, flags, true, true, 4, NONE).unwrap();
    let muons = RecordArray::from_fields([("pt", pt), ("quality", quality.into())]);
    ListOffsetArray::try_new(vec![0_i32, 1, 1, 4].into(), muons.into(), NONE)
        .unwrap()
        .into()
}

#[test]
fn all_buffers_come_back_in_one_go() {
    let (device, place) = computing();
    let array = events();
    let there = array.to_place(&place).unwrap();
    assert_eq!(device.transfers().uploads, 1);
    assert_eq!(device.transfers().pieces, 4);
    assert_eq!(there.to_place(&Place::Host).unwrap(), array);
    assert_eq!(device.transfers().downloads, 1);
    assert_eq!(device.transfers().pieces_down, 4);
    // What is there already does not travel.
    assert_eq!(array.to_place(&Place::Host).unwrap(), array);
    let again = there.to_place(&place).unwrap();
    assert_eq!(device.transfers().pieces, 4);
    assert_eq!(again.to_place(&Place::Host).unwrap(), array);
}

#[test]
fn from_one_device_to_another_by_way_of_the_host() {
    let (first, place) = computing();
    let second = FakeDevice::with_kernels("fake:1");
    let array = events();
    let there = array.to_place(&place).unwrap();
    let pt = there.field("pt").unwrap();
    let elsewhere = there.to_place(&Place::Device(second.clone())).unwrap();
    assert_eq!(first.transfers().downloads, 1);
    assert_eq!(second.transfers().uploads, 1);
    // Buffers on two devices come back from each in one go.
    let both = RecordArray::from_fields([("a", pt), ("b", elsewhere), ("c", array.clone())]);
    let home = Array::from(both).to_place(&Place::Host).unwrap();
    assert_eq!(first.transfers().downloads, 2);
    assert_eq!(second.transfers().downloads, 1);
    assert_eq!(home.field("a").unwrap(), array.field("pt").unwrap());
    assert_eq!(home.field("b").unwrap(), array);
    assert_eq!(home.field("c").unwrap(), array);
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn slices_fields_and_types_move_nothing(array in arrays()) {
        let (device, place) = computing();
        let there = array.to_place(&place).unwrap();
        let sent = device.transfers();
        prop_assert_eq!(there.len(), array.len());
        prop_assert_eq!(there.form(), array.form());
        prop_assert_eq!(there.array_type(), array.array_type());
        let middle = array.len() / 3..array.len();
        let sliced = there.slice(middle.clone()).unwrap();
        let field = there.field("x");
        prop_assert_eq!(device.transfers(), sent);
        prop_assert_eq!(sliced.to_place(&Place::Host).unwrap(), array.slice(middle).unwrap());
        match field {
            Ok(field) => prop_assert_eq!(field.to_place(&Place::Host).unwrap(), array.field("x").unwrap()),
            Err(ArrayError::NoSuchField { .. }) => prop_assert!(array.field("x").is_err()),
            Err(error) => prop_assert!(has_union(&array), "{error}"),
        }
    }
}
