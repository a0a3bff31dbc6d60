//! There and back, and what needs no byte of it.

use gawky_array::{
    Array, ArrayError, BitMaskedArray, ByteMaskedArray, EmptyArray, Index, IndexedArray,
    IndexedOptionArray, ListArray, ListOffsetArray, NumpyArray, RecordArray, UnionArray,
};
use gawky_buffer::{Buffer, BufferError, Place};
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

#[test]
fn an_array_tells_where_it_is() {
    let (_, place) = computing();
    let array = events();
    assert_eq!(array.place().unwrap(), Place::Host);
    let there = array.to_place(&place).unwrap();
    assert_eq!(there.place().unwrap(), place);
    assert_eq!(there.to_host().unwrap(), array);
    let view = match there.field("pt").unwrap() {
        Array::ListOffset(lists) => match lists.content() {
            Array::Numpy(numbers) => numbers.to_nd().unwrap(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    assert_eq!(view.place(), place);
    assert_eq!(view.to_host().unwrap().place(), Place::Host);
    // What holds no byte is beside anything.
    let nothing = Array::from(EmptyArray);
    assert_eq!(nothing.place().unwrap(), Place::Host);
    let none = Array::from(NumpyArray::from_vec(Vec::<i64>::new()));
    let fields = [("none", none), ("there", there.clone())];
    let both = Array::from(RecordArray::from_fields(fields));
    assert_eq!(both.place().unwrap(), place);
    // Fields may lie here and there: no place is that of all.
    let fields = [("there", there), ("here", array)];
    let both = Array::from(RecordArray::from_fields(fields));
    let expected = BufferError::TwoPlaces {
        place: "fake:0".to_owned(),
        other: "host".to_owned(),
    };
    assert_eq!(both.place().unwrap_err(), ArrayError::Buffer(expected));
    assert_eq!(both.to_host().unwrap().place().unwrap(), Place::Host);
}

#[test]
fn structure_lies_where_its_content_lies() {
    let (_, place) = computing();
    let here = Array::from(NumpyArray::from_vec(vec![1_u8, 2, 3]));
    let there = here.to_place(&place).unwrap();
    let index = Index::from(vec![0_i64, 1, 2]);
    let index_there = index.to_place(&place).unwrap();
    let mask = Buffer::from_vec(vec![1_u8, 1, 1]);
    let mask_there = mask.to_place(&place).unwrap();
    for (index, mask, content) in [(&index, &mask, &there), (&index_there, &mask_there, &here)] {
        let (index, mask, content) = (|| index.clone(), || mask.clone(), || content.clone());
        let (own, other) = (index().buffer().place(), content().place().unwrap());
        let made = [
            ListOffsetArray::try_new(index(), content(), NONE).map(Array::from),
            ListArray::try_new(index(), index(), content(), NONE).map(Array::from),
            IndexedArray::try_new(index(), content(), NONE).map(Array::from),
            IndexedOptionArray::try_new(index(), content(), NONE).map(Array::from),
            ByteMaskedArray::try_new(mask(), content(), true, NONE).map(Array::from),
            BitMaskedArray::try_new(mask(), content(), true, true, 3, NONE).map(Array::from),
            UnionArray::try_new(zeros(&mask()), index(), vec![content()], NONE).map(Array::from),
            content().unflatten(&index()),
        ];
        for made in made {
            let error = made.unwrap_err().to_string();
            let wanted = format!("some of the bytes are on {own} and some on {other}");
            assert!(error.contains(&wanted), "{error}");
        }
    }
}

/// As many tags, where these bytes are.
fn zeros(like: &Buffer) -> Buffer {
    let zeros = Buffer::from_vec(vec![0_u8; like.len()]);
    zeros.to_place(&like.place()).unwrap()
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn every_buffer_arrives_in_its_place(array in arrays()) {
        let (device, place) = computing();
        let there = array.to_place(&place).unwrap();
        if device.transfers().pieces > 0 {
            prop_assert_eq!(there.place().unwrap(), place);
        }
        prop_assert_eq!(device.transfers().bytes_up, array.nbytes() as u64);
        prop_assert_eq!(there.nbytes(), array.nbytes());
        prop_assert_eq!(&there.to_host().unwrap(), &*array);
    }

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
