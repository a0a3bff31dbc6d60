//! Record batches of one schema.

use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    Array as _, ArrayRef, DictionaryArray, Int8Array, Int32Array, RecordBatch, StringArray,
    make_array,
};
use arrow_buffer::NullBuffer;
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field, Schema};
use gawky::Array;
use gawky::array::{IndexedOptionArray, NumpyArray, RecordArray, RegularArray};
use gawky::form::Parameters;
use gawky_arrow::{FromArrow, FromBatches, ToArrow};

/// The one column of a batch, of which the form was known beforehand.
fn read(field: Field, column: ArrayRef) -> String {
    let schema = Arc::new(Schema::new(vec![field]));
    let reading = FromBatches::new(&schema, &FromArrow::new()).unwrap();
    let batch = RecordBatch::try_new(schema, vec![column]).unwrap();
    let array = reading.array(&batch).unwrap();
    assert_eq!(array.form(), reading.form().unwrap());
    array.field("x").unwrap().to_string()
}

#[test]
fn null_values_of_a_dictionary_are_nulls_of_its_keys_where_the_form_is_fixed() {
    let keys = Int8Array::from(vec![Some(0), Some(1), None, Some(2)]);
    let values = Arc::new(StringArray::from(vec![Some("a"), None, Some("b")]));
    let column = DictionaryArray::<Int8Type>::try_new(keys, values).unwrap();
    let field = Field::new("x", column.data_type().clone(), true);
    assert_eq!(
        read(field, Arc::new(column)),
        "<Array ['a', None, None, 'b'] type='4 * ?categorical[type=string]'>"
    );
}

/// Structs of one field, of two rows; Arrow would refuse those that Parquet's reader makes.
#[allow(
    unsafe_code,
    reason = "Arrow has no other way to make what its reader makes"
)]
fn structs(field: &Field, child: ArrayData, nulls: Option<NullBuffer>) -> ArrayData {
    let data_type = DataType::Struct(vec![field.clone()].into());
    let builder = ArrayData::builder(data_type).len(2).nulls(nulls);
    // SAFETY: the child has as many rows, and buffers for them.
    unsafe { builder.add_child_data(child).build_unchecked() }
}

#[test]
fn what_is_missing_with_the_record_above_the_record_above_is_no_surprise() {
    let number = Field::new("b", DataType::Int32, false);
    let inner = DataType::Struct(vec![number.clone()].into());
    let inner = Field::new("a", inner, false);
    let numbers = Int32Array::from(vec![None, Some(1)]).to_data();
    let nulls = NullBuffer::from(vec![false, true]);
    let records = structs(&inner, structs(&number, numbers, None), Some(nulls));
    let records = make_array(records);
    let field = Field::new("x", records.data_type().clone(), true);
    assert_eq!(
        read(field, records),
        "<Array [None, {a: {b: 1}}] type='2 * ?{a: {b: int32}}'>"
    );
}

#[test]
fn missing_lists_of_one_size_do_not_take_more_room_than_there_is() {
    let none = NumpyArray::from_vec(Vec::<i8>::new());
    let lists = RegularArray::try_new(none.into(), 1_000_000_000, 0, Parameters::none()).unwrap();
    let index = vec![-1_i64, -1].into();
    let missing = IndexedOptionArray::try_new(index, lists.into(), Parameters::none()).unwrap();
    let error = ToArrow::new().array(&missing.into()).unwrap_err();
    assert!(error.to_string().contains("2000000000 bytes"), "{error}");

    // Strings and lists take their offsets there.
    let of: gawky::form::Type = "?120000000 * string".parse().unwrap();
    let missing = Array::from_rows([None::<()>, None])
        .unwrap()
        .cast_to(&of)
        .unwrap();
    let error = ToArrow::new().array(&missing).unwrap_err();
    assert!(error.to_string().contains("3840000000 bytes"), "{error}");
}

#[test]
fn a_batch_of_other_columns_is_an_error() {
    let column = |name: &str| {
        (
            name.to_owned(),
            Array::from(NumpyArray::from_vec(vec![1_i64])),
        )
    };
    let batch = |names: [&str; 2]| {
        let records = Array::from(RecordArray::from_fields(names.map(column)));
        gawky_arrow::to_record_batch(&records).unwrap()
    };
    let reading = FromBatches::new(batch(["x", "y"]).schema_ref(), &FromArrow::new()).unwrap();
    assert_eq!(reading.array(&batch(["x", "y"])).unwrap().len(), 1);
    let error = reading.array(&batch(["y", "x"])).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"(root): the batch has the columns "y", "x", where the schema has "x", "y""#
    );
}
