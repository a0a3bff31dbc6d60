//! Arrow arrays that are not what they say, as they may come through the C Data Interface.

use arrow_array::{Array as _, Int32Array, Int64Array, make_array};
use arrow_buffer::Buffer;
use arrow_data::{ArrayData, ArrayDataBuilder};
use arrow_schema::{DataType, Field, Fields};
use gawky_arrow::FromArrow;

/// An Arrow array that nobody has proved.
#[allow(unsafe_code, reason = "what is wrong with it is what is tested")]
fn unproved(builder: ArrayDataBuilder) -> ArrayData {
    // SAFETY: no value is read of it but by gawky, which proves it.
    unsafe { builder.build_unchecked() }
}

fn refused(data: ArrayData) -> String {
    FromArrow::new()
        .array(&make_array(data))
        .unwrap_err()
        .to_string()
}

fn list(offsets: Vec<i32>) -> ArrayData {
    let item = Field::new("item", DataType::Int32, false);
    unproved(
        ArrayData::builder(DataType::List(item.into()))
            .len(offsets.len() - 1)
            .add_buffer(Buffer::from_vec(offsets))
            .add_child_data(Int32Array::from(vec![1, 2, 3]).to_data()),
    )
}

#[test]
fn offsets_are_proved() {
    assert!(refused(list(vec![0, 2, 1])).contains("offsets must not decrease"));
    assert!(refused(list(vec![-1, 2])).contains("must not be negative"));
    assert!(refused(list(vec![0, 4])).contains("needs 4 elements, but has 3"));
}

#[test]
fn keys_are_proved() {
    let key = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Int32));
    for keys in [vec![0, 3], vec![-1]] {
        let data = unproved(
            ArrayData::builder(key.clone())
                .len(keys.len())
                .add_buffer(Buffer::from_vec(keys))
                .add_child_data(Int32Array::from(vec![1, 2, 3]).to_data()),
        );
        assert!(refused(data).contains("is not within a content"));
    }
}

#[test]
fn views_are_proved() {
    let view = |buffer: u128, at: u128| {
        let view = 20_u128 | (buffer << 64) | (at << 96);
        unproved(
            ArrayData::builder(DataType::BinaryView)
                .len(1)
                .add_buffer(Buffer::from_vec(vec![view]))
                .add_buffer(Buffer::from_vec(vec![0_u8; 30])),
        )
    };
    assert!(FromArrow::new().array(&make_array(view(0, 10))).is_ok());
    assert!(refused(view(1, 0)).contains("points to buffer 1, of which there are 1"));
    assert!(refused(view(0, 11)).contains("points to byte 11"));
    assert!(refused(view(0, u128::from(u32::MAX))).contains("points to byte -1"));
}

#[test]
fn nulls_that_a_field_denies_are_an_error() {
    let arrow = Int32Array::from(vec![Some(1), None]);
    let field = Field::new("x", DataType::Int32, false);
    let error = FromArrow::new().column(&field, &arrow).unwrap_err();
    assert!(error.to_string().contains("there are 1 nulls"), "{error}");
    let other = Field::new("x", DataType::Int64, false);
    let error = FromArrow::new().column(&other, &arrow).unwrap_err();
    assert!(error.to_string().contains("declares Int64"), "{error}");
}

#[test]
fn types_nest_no_deeper_than_forms() {
    let mut deep = DataType::Int32;
    for _ in 0..5_000 {
        deep = DataType::List(Field::new("item", deep, false).into());
    }
    let field = Field::new("x", deep, false);
    let error = FromArrow::new().form(&field).unwrap_err();
    assert!(error.to_string().contains("nests more than"), "{error}");
}

#[test]
fn lengths_that_no_memory_has_room_for_are_an_error() {
    let length = usize::MAX / 16;
    let nulls = ArrayData::builder(DataType::Null).len(length);
    assert!(refused(unproved(nulls)).contains("take slices of the array"));
    let ends = Field::new("run_ends", DataType::Int64, false);
    let values = Field::new("values", DataType::Int32, true);
    let runs = ArrayData::builder(DataType::RunEndEncoded(ends.into(), values.into()))
        .len(length)
        .add_child_data(Int64Array::from(vec![i64::MAX]).to_data())
        .add_child_data(Int32Array::from(vec![1]).to_data());
    assert!(refused(unproved(runs)).contains("take slices of the array"));
    // Records without fields take none.
    let blank = ArrayData::builder(DataType::Struct(Fields::empty())).len(length);
    let array = FromArrow::new()
        .array(&make_array(unproved(blank)))
        .unwrap();
    assert_eq!(array.len(), length);
}
