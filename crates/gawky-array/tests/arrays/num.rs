//! Lengths of lists at any depth, as `ak.num` of awkward 2.14 gives them, and bytes that rows reach.

use std::sync::Arc;

use gawky_array::{
    Array, ArrayError, ByteMaskedArray, EmptyArray, IndexedArray, IndexedOptionArray, ListArray,
    ListOffsetArray, NumpyArray, RecordArray, RegularArray, UnionArray, UnmaskedArray, Value,
};
use gawky_buffer::{DType, Scalar};
use gawky_form::{Form, IndexType, Parameters};
use gawky_testkit::arbitrary::{arrays, is_small};
use proptest::prelude::*;

use crate::properties::cases;

const NONE: Parameters = Parameters::none();

fn numbers(length: i64) -> Array {
    NumpyArray::from_vec((0..length).collect::<Vec<i64>>()).into()
}

fn lists(offsets: Vec<i64>, content: Array) -> Array {
    ListOffsetArray::try_new(offsets.into(), content, NONE)
        .unwrap()
        .into()
}

fn num(array: &Array, axis: usize) -> String {
    let lengths = array.num(axis).unwrap();
    format!("{} of {}", lengths.value().unwrap(), lengths.type_())
}

#[test]
fn the_lists_of_one_depth() {
    let array = lists(vec![0, 2, 2, 3], lists(vec![1, 2, 4, 5], numbers(6)));
    assert_eq!(num(&array, 1), "[2, 0, 1] of int64");
    assert_eq!(num(&array, 2), "[[1, 2], [], [1]] of var * int64");
    let error = array.num(3).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no axis 3: lists nest so deep that there are 3, 0 being the rows"
    );
    let error = array.num(0).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no axis 0: how many rows there are is the array's length"
    );
}

#[test]
fn lists_of_every_class() {
    let (starts, stops) = (vec![999_i32, 0].into(), vec![999_i32, 2].into());
    let array = Array::from(
        ListArray::try_new(
            starts,
            stops,
            numbers(5),
            Parameters::from_iter([("doc", "x")]),
        )
        .unwrap(),
    );
    assert_eq!(num(&array, 1), "[0, 2] of int64");
    let regular = RegularArray::try_new(EmptyArray.into(), 0, 3, NONE).unwrap();
    assert_eq!(num(&regular.into(), 1), "[0, 0, 0] of int64");
    let content = lists(vec![0, 1, 1, 4, 5], numbers(5));
    let pairs = Array::from(RegularArray::try_new(content, 2, 2, NONE).unwrap());
    assert_eq!(num(&pairs, 1), "[2, 2] of int64");
    assert_eq!(num(&pairs, 2), "[[1, 0], [3, 1]] of 2 * int64");
    let (starts, stops) = (vec![1_u32, 0].into(), vec![2_u32, 1].into());
    let outer = Array::from(ListArray::try_new(starts, stops, pairs, NONE).unwrap());
    assert_eq!(num(&outer, 3), "[[[3, 1]], [[1, 0]]] of var * 2 * int64");
    let error = outer.num(4).unwrap_err();
    assert!(
        matches!(
            error,
            ArrayError::NoSuchAxis {
                axis: 4,
                depth: 4,
                ..
            }
        ),
        "{error}"
    );
    let shaped = NumpyArray::try_new(
        vec![0_u8; 24].into(),
        DType::UInt8,
        Arc::new([3, 4]),
        2,
        NONE,
    );
    let shaped = Array::from(shaped.unwrap());
    assert_eq!(num(&shaped, 1), "[3, 3] of int64");
    assert_eq!(num(&shaped, 2), "[[4, 4, 4], [4, 4, 4]] of 3 * int64");
    assert!(matches!(
        shaped.num(3),
        Err(ArrayError::NoSuchAxis {
            axis: 3,
            depth: 3,
            ..
        })
    ));
    let index = IndexedArray::try_new(vec![1_i64, 0].into(), array, NONE).unwrap();
    assert_eq!(num(&index.into(), 1), "[2, 0] of int64");
}

#[test]
fn what_is_missing_has_no_length() {
    let array = lists(vec![0, 2, 3], numbers(3));
    let option = IndexedOptionArray::try_new(vec![0_i64, -1, 1].into(), array.clone(), NONE);
    assert_eq!(num(&option.unwrap().into(), 1), "[2, None, 1] of ?int64");
    let option = ByteMaskedArray::try_new(
        vec![1_u8, 0].into(),
        array.clone(),
        true,
        Parameters::from_iter([("q", 1)]),
    );
    let option = Array::from(option.unwrap());
    assert_eq!(
        num(&option, 1),
        "[2, None] of option[int64, parameters={\"q\": 1}]"
    );
    assert_eq!(
        num(&UnmaskedArray::new(array, NONE).into(), 1),
        "[2, 1] of ?int64"
    );
    assert_eq!(
        num(&lists(vec![0, 2], option), 2),
        "[[2, None]] of var * option[int64, parameters={\"q\": 1}]"
    );
}

#[test]
fn every_field_has_lengths() {
    let record = RecordArray::try_new(
        Some(["x", "y"].map(Arc::from).into()),
        vec![
            lists(vec![0, 2, 2], numbers(2)),
            lists(vec![0, 1, 1, 1], numbers(1)),
        ],
        2,
        Parameters::from_iter([("__record__", "P")]),
    );
    assert_eq!(
        num(&record.unwrap().into(), 1),
        "[{x: 2, y: 1}, {x: 0, y: 0}] of P[x: int64, y: int64]"
    );
    let none = RecordArray::try_new(None, vec![], 2, NONE).unwrap();
    assert!(Array::from(none).num(1).is_err());
    let mixed = RecordArray::from_fields([("x", lists(vec![0, 1], numbers(1))), ("y", numbers(1))]);
    let outer = RecordArray::from_fields([("muon", Array::from(mixed))]);
    let error = Array::from(outer).num(1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no axis 1 at \"muon.y\": lists nest so deep that there are 1, 0 being the rows"
    );
}

#[test]
fn strings_are_lists_of_bytes() {
    let parameters = |name: &str| Parameters::from_iter([("__array__", name)]);
    let letters =
        NumpyArray::from_vec("aäb".as_bytes().to_vec()).with_parameters(parameters("char"));
    let offsets = vec![0_i64, 3, 4].into();
    let strings = ListOffsetArray::try_new(offsets, letters.into(), parameters("string")).unwrap();
    let strings = Array::from(strings);
    assert_eq!(num(&strings, 1), "[3, 1] of int64");
    assert_eq!(
        num(&lists(vec![0, 2, 2], strings.clone()), 2),
        "[[3, 1], []] of var * int64"
    );
    // Lengths of categories need not be distinct.
    let categories =
        IndexedArray::try_new(vec![1_i64, 0].into(), strings, parameters("categorical"));
    assert_eq!(num(&categories.unwrap().into(), 1), "[1, 3] of int64");
}

#[test]
fn contents_of_a_union_become_one() {
    let contents = vec![
        lists(vec![0, 2], numbers(2)),
        lists(vec![0, 1], lists(vec![0, 1], numbers(1))),
    ];
    let union = UnionArray::try_new(vec![0_u8, 1].into(), vec![0_i64, 0].into(), contents, NONE);
    let union = Array::from(union.unwrap());
    assert_eq!(num(&union, 1), "[2, 1] of int64");
    assert!(union.num(2).is_err());
}

/// Lengths, as one counts them value by value; `None` where lists do not nest so deep.
fn is_counted(lengths: &Value<'_>, value: &Value<'_>, axis: usize) -> bool {
    let count = |count: usize| matches!(lengths, Value::Scalar(Scalar::Int64(length)) if usize::try_from(*length) == Ok(count));
    match (lengths, value) {
        (Value::Null, Value::Null) => true,
        (_, Value::List(list)) if axis == 0 => count(list.len()),
        (_, Value::Str(text)) if axis == 0 => count(text.len()),
        (_, Value::Bytes(text) | Value::NonUtf8(text)) if axis == 0 => count(text.len()),
        (Value::List(lengths), Value::List(list)) => {
            lengths.len() == list.len()
                && lengths
                    .iter()
                    .zip(list.iter())
                    .all(|(lengths, value)| is_counted(&lengths, &value, axis - 1))
        }
        // A list of nothing may be a string.
        (Value::List(lengths), Value::Str("")) => lengths.is_empty(),
        (Value::Record(lengths), Value::Record(record)) => {
            lengths.len() == record.len()
                && lengths
                    .values()
                    .zip(record.values())
                    .all(|(lengths, value)| is_counted(&lengths, &value, axis))
        }
        _ => false,
    }
}

/// Whether every buffer is as long as the rows need, and packing keeps every class.
fn is_plain(form: &Form) -> bool {
    let is_plain_here = match form {
        Form::Numpy(_) | Form::Regular(_) | Form::Record(_) | Form::Unmasked(_) => true,
        Form::ListOffset(own) => own.offsets == IndexType::I64,
        _ => false,
    };
    is_plain_here && form.children().iter().all(|child| is_plain(child))
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn lengths_are_what_one_counts(array in arrays(), axis in 1_usize..4) {
        match array.num(axis) {
            Ok(lengths) => {
                prop_assert_eq!(lengths.len(), array.len());
                if is_small(&array) {
                    let (lengths, value) = (lengths.value().unwrap(), array.value().unwrap());
                    prop_assert!(is_counted(&lengths, &value, axis), "{value} has {lengths}");
                }
            }
            Err(ArrayError::NoSuchAxis { depth, .. }) => prop_assert!(depth <= axis),
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn rows_reach_no_more_than_is_held(array in arrays(), at in any::<prop::sample::Index>()) {
        let reached = array.reached_nbytes().unwrap();
        prop_assert!(reached <= array.nbytes(), "{reached} of {}", array.nbytes());
        let at = at.index(array.len() + 1);
        let (first, second) = (array.slice(0..at).unwrap(), array.slice(at..array.len()).unwrap());
        prop_assert!(first.reached_nbytes().unwrap() <= reached);
        prop_assert!(second.reached_nbytes().unwrap() <= reached);
        for part in [&first, &second, &*array] {
            if is_plain(&part.form()) {
                prop_assert_eq!(part.reached_nbytes().unwrap(), part.pack().unwrap().nbytes());
            }
        }
    }
}
