//! Buffers are shared where the layouts agree, in both directions.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type};
use arrow_array::{
    Array as _, ArrayRef, DictionaryArray, Float64Array, Int32Array, LargeListArray, ListArray,
    StringArray, StructArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field};
use gawky::array::{
    BitMaskedArray, Index, IndexedArray, IndexedOptionArray, ListOffsetArray, NumpyArray,
    RecordArray, RegularArray, UnionArray,
};
use gawky::form::Parameters;
use gawky::{Array, Buffer};
use gawky_arrow::{FromArrow, ToArrow};

fn numbers(length: i32) -> NumpyArray {
    NumpyArray::from_vec((0..length).map(f64::from).collect::<Vec<f64>>())
}

fn to_arrow(array: &Array) -> ArrayRef {
    ToArrow::new().array(array).unwrap()
}

fn address(buffer: &arrow_buffer::Buffer) -> usize {
    buffer.as_ptr().addr()
}

#[test]
fn numbers_offsets_and_bits_are_shared_with_arrow() {
    let content = numbers(6);
    let data = content.data().address();
    let offsets = Index::from(vec![0_i64, 2, 2, 6]);
    let begin = offsets.buffer().address();
    let mask = Buffer::from_vec(vec![0b101_u8]);
    let bits = mask.address();
    let lists = ListOffsetArray::try_new(offsets, content.into(), Parameters::none()).unwrap();
    let record = RecordArray::from_fields([("x", Array::from(lists))]);
    let masked = BitMaskedArray::try_new(mask, record.into(), true, true, 3, Parameters::none());

    let arrow = to_arrow(&masked.unwrap().into());
    let record = arrow.as_struct();
    assert_eq!(
        record.nulls().unwrap().inner().inner().as_ptr().addr(),
        bits
    );
    let lists: &LargeListArray = record.column(0).as_list();
    assert_eq!(lists.offsets().inner().as_ptr().addr(), begin);
    let values = lists.values().as_primitive::<Float64Type>();
    assert_eq!(values.values().as_ptr().addr(), data);
}

#[test]
fn a_slice_shares_what_it_is_a_slice_of() {
    let content = numbers(8);
    let data = content.data().address();
    let offsets = Index::from(vec![0_i64, 2, 4, 6, 8]);
    let begin = offsets.buffer().address();
    let lists = ListOffsetArray::try_new(offsets, content.into(), Parameters::none()).unwrap();
    let arrow = to_arrow(&Array::from(lists.clone()).slice(1..3).unwrap());
    let arrow: &LargeListArray = arrow.as_list();
    assert_eq!(arrow.offsets().inner().as_ptr().addr(), begin + 8);
    assert_eq!(arrow.values().to_data().buffers()[0].as_ptr().addr(), data);

    // But for what is little of much: then what lies before it does not come along.
    let arrow = to_arrow(&Array::from(lists).slice(3..4).unwrap());
    let arrow: &LargeListArray = arrow.as_list();
    assert_eq!(*arrow.value_offsets(), [0, 2]);
    assert_eq!(arrow.values().len(), 2);
    assert_eq!(
        arrow.values().to_data().buffers()[0].as_ptr().addr(),
        data + 48
    );
}

#[test]
fn text_indexes_tags_and_rows_of_one_size_are_shared_with_arrow() {
    let bytes = NumpyArray::from_vec(b"onetwo".to_vec())
        .with_parameters(Parameters::from_iter([("__array__", "char")]));
    let text = bytes.data().address();
    let strings = ListOffsetArray::try_new(
        vec![0_i32, 3, 6].into(),
        bytes.into(),
        Parameters::from_iter([("__array__", "string")]),
    );
    let index = Index::from(vec![1_i32, 0, -1, 1]);
    let keys = index.buffer().address();
    let categories = IndexedOptionArray::try_new(
        index,
        strings.unwrap().into(),
        Parameters::from_iter([("__array__", "categorical")]),
    );
    let arrow = to_arrow(&categories.unwrap().into());
    let dictionary = arrow.as_dictionary::<Int32Type>();
    assert_eq!(dictionary.null_count(), 1);
    assert_eq!(dictionary.keys().values().as_ptr().addr(), keys);
    let values = dictionary.values().as_string::<i32>();
    assert_eq!(address(values.values()), text);

    let (a, b) = (numbers(2), numbers(2));
    let (first, second) = (a.data().address(), b.data().address());
    let pairs = RegularArray::try_new(b.into(), 2, 1, Parameters::none()).unwrap();
    let tags = Buffer::from_vec(vec![0_u8, 1, 0]);
    let index = Index::from(vec![0_i32, 0, 1]);
    let (tag, place) = (tags.address(), index.buffer().address());
    let union = UnionArray::try_new(
        tags,
        index,
        vec![a.into(), pairs.into()],
        Parameters::none(),
    );
    let arrow = to_arrow(&union.unwrap().into());
    let union = arrow.as_union();
    assert_eq!(union.type_ids().as_ptr().addr(), tag);
    assert_eq!(union.offsets().unwrap().as_ptr().addr(), place);
    assert_eq!(address(&union.child(0).to_data().buffers()[0]), first);
    let pairs = union.child(1).as_fixed_size_list();
    assert_eq!(address(&pairs.values().to_data().buffers()[0]), second);
}

/// All that the array holds, depth first, but for what has no bytes.
fn held(array: &Array) -> Vec<usize> {
    let mut found = match array {
        Array::Numpy(own) => vec![own.data().address()],
        Array::ListOffset(own) => vec![own.offsets().buffer().address()],
        Array::Indexed(own) => vec![own.index().buffer().address()],
        Array::BitMasked(own) => vec![own.mask().unwrap().address()],
        Array::Union(own) => vec![own.tags().address(), own.index().buffer().address()],
        _ => Vec::new(),
    };
    found.extend(array.children().iter().flat_map(held));
    found
}

#[test]
fn arrow_shares_with_arrays() {
    let values: ScalarBuffer<f64> = vec![1.0, 2.0, 3.0].into();
    let nulls = NullBuffer::from(vec![true, false, true]);
    let numbers = Float64Array::new(values.clone(), Some(nulls.clone()));
    let offsets: ScalarBuffer<i32> = vec![0, 1, 1, 3].into();
    let item = Arc::new(Field::new("item", DataType::Float64, true));
    let lists = ListArray::new(
        Arc::clone(&item),
        OffsetBuffer::new(offsets.clone()),
        Arc::new(numbers),
        None,
    );
    let strings = StringArray::from(vec!["a", "b"]);
    let text = strings.values().as_ptr().addr();
    let text_offsets = strings.offsets().as_ptr().addr();
    let keys = Int32Array::from(vec![1, 0, 1]);
    let key = keys.values().as_ptr().addr();
    let dictionary = DictionaryArray::new(keys, Arc::new(strings));
    let record = StructArray::from(vec![
        (
            Arc::new(Field::new("x", lists.data_type().clone(), false)),
            Arc::new(lists) as ArrayRef,
        ),
        (
            Arc::new(Field::new("c", dictionary.data_type().clone(), false)),
            Arc::new(dictionary) as ArrayRef,
        ),
    ]);
    let array = FromArrow::new().array(&record).unwrap();
    assert_eq!(
        array.value().unwrap().to_string(),
        "[{x: [1.0], c: 'b'}, {x: [], c: 'a'}, {x: [None, 3.0], c: 'b'}]"
    );
    assert_eq!(
        held(&array),
        [
            offsets.as_ptr().addr(),
            nulls.inner().inner().as_ptr().addr(),
            values.as_ptr().addr(),
            key,
            text_offsets,
            text
        ]
    );
    // And back to Arrow.
    assert_eq!(
        held(&FromArrow::new().array(&to_arrow(&array)).unwrap()),
        held(&array)
    );

    // A slice is one of the same buffers, but for bits that begin within a byte.
    let tail = FromArrow::new().array(&record.slice(1, 2)).unwrap();
    let held = held(&tail);
    assert_eq!(held[0], offsets.as_ptr().addr() + 4);
    assert_eq!(held[3], key + 4);
    assert!(
        tail.equal_values(&array.slice(1..3).unwrap(), false)
            .unwrap()
    );
}

#[test]
fn an_index_of_no_categories_is_picked_from() {
    let picked = IndexedArray::try_new(
        vec![2_i64, 0].into(),
        numbers(3).into(),
        Parameters::from_iter([("doc", "of the index")]),
    );
    let array = Array::from(picked.unwrap());
    let again = super::round_trip(&array, &ToArrow::new()).unwrap();
    assert_eq!(again.class(), "NumpyArray");
    assert_eq!(again.parameters(), array.parameters());
    assert!(again.equal_values(&array, false).unwrap());
}
