//! Numbers of elements, lists flattened and made again, and masks, as awkward 2.14 gives them.

use std::sync::Arc;

use gawky_array::{
    Array, ArrayError, ByteMaskedArray, EmptyArray, Index, IndexedArray, IndexedOptionArray,
    ListArray, ListOffsetArray, NumpyArray, Problem, RecordArray, RegularArray, UnionArray,
    UnmaskedArray,
};
use gawky_buffer::DType;
use gawky_form::Parameters;
use gawky_testkit::arbitrary::{arrays, is_small};
use proptest::prelude::*;

use crate::on_device::same_there;
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

fn option(index: Vec<i64>, content: Array) -> Array {
    IndexedOptionArray::try_new(index.into(), content, NONE)
        .unwrap()
        .into()
}

fn masked(mask: Vec<u8>, content: Array) -> Array {
    ByteMaskedArray::try_new(mask.into(), content, true, NONE)
        .unwrap()
        .into()
}

fn record(x: Array, y: Array) -> Array {
    RecordArray::from_fields([("x", x), ("y", y)]).into()
}

/// What comes of it, with the class of the outermost node; the same on a device.
fn told(array: &Array, verb: impl Fn(&Array) -> Result<Array, ArrayError>) -> String {
    same_there(array, &verb);
    match verb(array) {
        Ok(made) => format!(
            "{} of {}, {}",
            made.value().unwrap(),
            made.type_(),
            made.class()
        ),
        Err(ArrayError::NoSuchAxis { .. }) => "no such axis".to_owned(),
        Err(ArrayError::OtherType { class, .. }) => format!("not a {class}"),
        Err(error) => error.to_string(),
    }
}

fn flat(array: &Array, axis: usize) -> String {
    told(array, |array| array.flatten(axis))
}

fn local(array: &Array, axis: usize) -> String {
    told(array, |array| array.local_index(axis))
}

#[test]
fn lists_of_one_depth() {
    let array = lists(vec![1, 3, 3, 6], numbers(7));
    assert_eq!(local(&array, 0), "[0, 1, 2] of int64, NumpyArray");
    assert_eq!(
        local(&array, 1),
        "[[0, 1], [], [0, 1, 2]] of var * int64, ListOffsetArray"
    );
    assert_eq!(local(&array, 2), "no such axis");
    assert_eq!(
        flat(&array, 0),
        "[[1, 2], [], [3, 4, 5]] of var * int64, ListOffsetArray"
    );
    assert_eq!(flat(&array, 1), "[1, 2, 3, 4, 5] of int64, NumpyArray");
    assert_eq!(flat(&array, 2), "no such axis");
}

#[test]
fn lists_of_lists() {
    let array = lists(vec![0, 2, 2, 3], lists(vec![1, 2, 4, 5], numbers(6)));
    assert_eq!(
        local(&array, 1),
        "[[0, 1], [], [0]] of var * int64, ListOffsetArray"
    );
    assert_eq!(
        local(&array, 2),
        "[[[0], [0, 1]], [], [[0]]] of var * var * int64, ListOffsetArray"
    );
    assert_eq!(
        flat(&array, 1),
        "[[1], [2, 3], [4]] of var * int64, ListOffsetArray"
    );
    assert_eq!(
        flat(&array, 2),
        "[[1, 2, 3], [], [4]] of var * int64, ListOffsetArray"
    );
    assert_eq!(flat(&array, 3), "no such axis");
    let none = array.slice(2..2).unwrap();
    assert_eq!(flat(&none, 2), "[] of var * int64, ListOffsetArray");
    assert_eq!(local(&none, 2), "[] of var * var * int64, ListOffsetArray");
}

#[test]
fn lists_of_every_class() {
    let anywhere = ListArray::try_new(
        vec![4_i64, 0, 9].into(),
        vec![6_i64, 1, 9].into(),
        numbers(6),
        NONE,
    );
    let anywhere = Array::from(anywhere.unwrap());
    assert_eq!(
        local(&anywhere, 1),
        "[[0, 1], [0], []] of var * int64, ListOffsetArray"
    );
    assert_eq!(flat(&anywhere, 1), "[4, 5, 0] of int64, NumpyArray");

    let regular = Array::from(RegularArray::try_new(numbers(7), 3, 2, NONE).unwrap());
    assert_eq!(
        local(&regular, 1),
        "[[0, 1, 2], [0, 1, 2]] of 3 * int64, RegularArray"
    );
    assert_eq!(flat(&regular, 1), "[0, 1, 2, 3, 4, 5] of int64, NumpyArray");
    let outer = lists(vec![0, 1, 3, 3, 4], numbers(5));
    let outer = Array::from(RegularArray::try_new(outer, 2, 2, NONE).unwrap());
    assert_eq!(
        local(&outer, 2),
        "[[[0], [0, 1]], [[], [0]]] of 2 * var * int64, RegularArray"
    );
    assert_eq!(
        flat(&outer, 1),
        "[[0], [1, 2], [], [3]] of var * int64, ListOffsetArray"
    );
    assert_eq!(
        flat(&outer, 2),
        "[[0, 1, 2], [3]] of var * int64, ListOffsetArray"
    );

    let bytes: Vec<u8> = (0..12).collect();
    let shape = Arc::new([3, 2]);
    let shaped = NumpyArray::try_new(bytes.into(), DType::UInt8, shape, 2, NONE);
    let shaped = Array::from(shaped.unwrap());
    assert_eq!(
        local(&shaped, 1),
        "[[0, 1, 2], [0, 1, 2]] of 3 * int64, RegularArray"
    );
    assert_eq!(
        local(&shaped, 2),
        "[[[0, 1], [0, 1], [0, 1]], [[0, 1], [0, 1], [0, 1]]] of 3 * 2 * int64, RegularArray"
    );
    assert_eq!(
        flat(&shaped, 1),
        "[[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11]] of 2 * uint8, RegularArray"
    );
    assert_eq!(
        flat(&shaped, 2),
        "[[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]] of var * uint8, ListOffsetArray"
    );
    let picked = IndexedArray::try_new(
        vec![2_u32, 0].into(),
        lists(vec![0, 2, 2, 3], numbers(3)),
        NONE,
    );
    let picked = Array::from(picked.unwrap());
    assert_eq!(
        local(&picked, 1),
        "[[0], [0, 1]] of var * int64, ListOffsetArray"
    );
    assert_eq!(flat(&picked, 1), "[2, 0, 1] of int64, NumpyArray");
    assert_eq!(flat(&picked, 0), "[[2], [0, 1]] of var * int64, ListArray");
}

#[test]
fn what_is_missing() {
    let array = option(vec![2, -1, 0], lists(vec![0, 2, 2, 3], numbers(3)));
    assert_eq!(local(&array, 0), "[0, 1, 2] of int64, NumpyArray");
    assert_eq!(
        local(&array, 1),
        "[[0], None, [0, 1]] of option[var * int64], IndexedOptionArray"
    );
    assert_eq!(flat(&array, 0), "[[2], [0, 1]] of var * int64, ListArray");
    assert_eq!(flat(&array, 1), "[2, 0, 1] of int64, NumpyArray");
    assert_eq!(flat(&array, 2), "no such axis");

    let bytes = masked(vec![1, 0, 1], lists(vec![0, 2, 2, 3], numbers(3)));
    let Array::ByteMasked(own) = &bytes else {
        panic!("a mask of bytes")
    };
    for array in [&bytes, &own.to_bit_masked(false).unwrap().into()] {
        assert_eq!(
            local(array, 1),
            "[[0, 1], None, [0]] of option[var * int64], IndexedOptionArray"
        );
        assert_eq!(flat(array, 0), "[[0, 1], [2]] of var * int64, ListArray");
        assert_eq!(flat(array, 1), "[0, 1, 2] of int64, NumpyArray");
    }

    let within = lists(vec![0, 2, 3], bytes);
    assert_eq!(
        local(&within, 2),
        "[[[0, 1], None], [[0]]] of var * option[var * int64], ListOffsetArray"
    );
    assert_eq!(
        flat(&within, 1),
        "[[0, 1], None, [2]] of option[var * int64], ByteMaskedArray"
    );
    assert_eq!(
        flat(&within, 2),
        "[[0, 1], [2]] of var * int64, ListOffsetArray"
    );

    let deep = option(
        vec![1, -1],
        lists(vec![0, 2, 3], lists(vec![0, 1, 3, 4], numbers(4))),
    );
    assert_eq!(
        local(&deep, 2),
        "[[[0]], None] of option[var * var * int64], IndexedOptionArray"
    );
    assert_eq!(flat(&deep, 1), "[[3]] of var * int64, ListOffsetArray");
    assert_eq!(
        flat(&deep, 2),
        "[[3], None] of option[var * int64], IndexedOptionArray"
    );

    let all = Array::from(UnmaskedArray::new(lists(vec![0, 2, 3], numbers(3)), NONE));
    assert_eq!(
        local(&all, 1),
        "[[0, 1], [0]] of option[var * int64], UnmaskedArray"
    );
    assert_eq!(
        flat(&all, 0),
        "[[0, 1], [2]] of var * int64, ListOffsetArray"
    );
    assert_eq!(flat(&all, 1), "[0, 1, 2] of int64, NumpyArray");
    assert_eq!(
        flat(&option(vec![1, -1, 0], numbers(2)), 0),
        "[1, 0] of int64, NumpyArray"
    );
}

#[test]
fn records_and_strings() {
    let array = record(
        lists(vec![0, 2, 3], numbers(3)),
        lists(vec![0, 1, 3], numbers(3)),
    );
    assert_eq!(
        local(&array, 1),
        "[{x: [0, 1], y: [0]}, {x: [0], y: [0, 1]}] of {x: var * int64, y: var * int64}, RecordArray"
    );
    assert_eq!(flat(&array, 1), "not a RecordArray");
    assert_eq!(flat(&array, 2), "no such axis");
    let error = array.flatten(2).unwrap_err();
    assert!(error.to_string().contains("at \"x\""), "{error}");
    let deep = record(
        lists(vec![0, 1, 2], lists(vec![0, 2, 3], numbers(3))),
        lists(vec![0, 0, 2], lists(vec![1, 2, 3], numbers(3))),
    );
    assert_eq!(
        flat(&deep, 2),
        "[{x: [0, 1], y: []}, {x: [2], y: [1, 2]}] of {x: var * int64, y: var * int64}, RecordArray"
    );

    let strings = Array::from_rows(["ab", "", "c"]).unwrap();
    assert_eq!(
        local(&strings, 1),
        "[[0, 1], [], [0]] of var * int64, ListOffsetArray"
    );
    assert_eq!(flat(&strings, 1), "not a ListOffsetArray");
    let within = lists(vec![0, 1, 3], strings);
    assert_eq!(
        flat(&within, 1),
        "['ab', '', 'c'] of string, ListOffsetArray"
    );
    assert_eq!(flat(&within, 2), "not a ListOffsetArray");
}

#[test]
fn what_has_no_type() {
    let empty = Array::from(EmptyArray);
    assert_eq!(flat(&empty, 0), "[] of unknown, EmptyArray");
    assert_eq!(flat(&empty, 1), "[] of unknown, EmptyArray");
    assert_eq!(local(&empty, 0), "[] of int64, NumpyArray");
    assert_eq!(local(&empty, 1), "no such axis");
    let within = lists(vec![0, 0, 0], EmptyArray.into());
    assert_eq!(flat(&within, 1), "[] of unknown, EmptyArray");
    assert_eq!(
        flat(&within, 2),
        "[[], []] of var * unknown, ListOffsetArray"
    );
    assert_eq!(
        local(&within, 1),
        "[[], []] of var * int64, ListOffsetArray"
    );
}

fn union(contents: Vec<Array>, picks: &[(u8, i64)]) -> Array {
    let (tags, index): (Vec<u8>, Vec<i64>) = picks.iter().copied().unzip();
    UnionArray::try_new(tags.into(), index.into(), contents, NONE)
        .unwrap()
        .into()
}

#[test]
fn unions() {
    let halves = NumpyArray::from_vec(vec![0.5, 1.5]).into();
    let contents = vec![lists(vec![0, 2, 3], numbers(3)), lists(vec![0, 2], halves)];
    let array = union(contents, &[(0, 0), (1, 0), (0, 1)]);
    assert_eq!(
        local(&array, 1),
        "[[0, 1], [0, 1], [0]] of union[var * int64, var * int64], UnionArray"
    );
    assert_eq!(
        flat(&array, 1),
        "[0, 1, 0.5, 1.5, 2] of union[int64, float64], UnionArray"
    );
    assert_eq!(
        flat(&array, 0),
        "[[0, 1], [0.5, 1.5], [2]] of union[var * int64, var * float64], UnionArray"
    );
    let within = lists(vec![0, 1, 1, 3], array);
    assert_eq!(
        flat(&within, 2),
        "[[0, 1], [], [0.5, 1.5, 2]] of var * union[int64, float64], ListOffsetArray"
    );
    let halves = NumpyArray::from_vec(vec![0.5, 1.5]).into();
    let options = vec![
        option(vec![0, -1, 1], numbers(2)),
        option(vec![-1, 1], halves),
    ];
    let some = union(options, &[(1, 1), (0, 1), (0, 2), (1, 0)]);
    assert_eq!(
        flat(&some, 0),
        "[1.5, 1] of union[?int64, ?float64], UnionArray"
    );
}

#[test]
fn counts_make_lists() {
    let array = numbers(4);
    let unflattened = |counts: Vec<i64>| array.unflatten(&counts.into());
    let lists = unflattened(vec![1, 0, 3, 0]).unwrap();
    assert_eq!(
        lists.value().unwrap().to_string(),
        "[[0], [], [1, 2, 3], []]"
    );
    let problem = |counts: Vec<i64>| match unflattened(counts).unwrap_err() {
        ArrayError::Node { problem, .. } => problem,
        other => panic!("{other}"),
    };
    let differ = |counted| Problem::CountsDiffer { counted, length: 4 };
    assert_eq!(problem(vec![1, 2]), differ(3));
    assert_eq!(problem(vec![5]), differ(5));
    assert_eq!(problem(vec![]), differ(0));
    // Awkward makes lists of these, of which one begins after it ends.
    assert_eq!(
        problem(vec![2, -1, 3]),
        Problem::NegativeCount { at: 1, count: -1 }
    );
    for too_many in [vec![i64::MAX], vec![i64::MAX - 1, 9]] {
        assert_eq!(
            problem(too_many).to_string(),
            "a list of more elements than int64 counts does not fit in memory"
        );
    }

    assert_eq!(Index::from(Vec::<i64>::new()).to_counts().unwrap().len(), 0);
    assert_eq!(Index::from(vec![7_i32]).to_counts().unwrap().len(), 0);
    assert_eq!(
        Index::from(vec![0_i64, 2, 1]).to_counts().unwrap_err(),
        Problem::OffsetsDecrease {
            at: 1,
            start: 2,
            stop: 1
        }
    );
}

proptest! {
    #![proptest_config(cases(400))]

    /// What is flattened is made again by its counts; and elements are numbered as far as they are counted.
    #[test]
    fn flattening_and_unflattening(array in arrays()) {
        prop_assume!(is_small(&array));
        let (Ok(flat), Array::ListOffset(own)) = (array.flatten(1), &*array) else {
            return Ok(());
        };
        let counts = own.offsets().to_counts().unwrap();
        let again = flat.unflatten(&counts).unwrap().with_parameters(array.parameters().clone());
        prop_assert!(again.equal_values(&array, true).unwrap());
        let lengths = array.num(1).unwrap();
        let Array::Numpy(lengths) = lengths else { panic!("numbers") };
        prop_assert_eq!(lengths.data(), counts.buffer());
        let numbered = array.local_index(1).unwrap();
        prop_assert_eq!(numbered.num(1).unwrap(), array.num(1).unwrap());
    }
}

#[test]
fn slots_of_a_tuple_are_found_by_number() {
    let contents = || vec![NumpyArray::from_vec(vec![1_i64]).into(); 2];
    let tuple = RecordArray::try_new(None, contents(), 1, Parameters::none()).unwrap();
    assert_eq!(
        ["0", "1", "2", "x"].map(|name| tuple.position(name)),
        [Some(0), Some(1), None, None]
    );
    let names = Some(["x".into(), "1".into()].into());
    let record = RecordArray::try_new(names, contents(), 1, Parameters::none()).unwrap();
    assert_eq!(
        ["0", "1", "2", "x"].map(|name| record.position(name)),
        [None, Some(1), None, Some(0)]
    );
}

/// Also where no list above them makes a string of them.
#[test]
fn a_row_of_characters_is_one_of_them() {
    let letters = NumpyArray::from_vec(b"xyz".to_vec())
        .with_parameters(Parameters::from_iter([("__array__", "char")]));
    let letters = Array::from(letters);
    let rows = [0, 1, 2].map(|row| letters.get(row).unwrap().to_string());
    assert_eq!(rows, ["'x'", "'y'", "'z'"]);
}

/// Packing goes on below masks, whose own buffers stay.
#[test]
fn what_lies_below_a_mask_is_packed() {
    let below = lists(vec![2, 4, 4, 5, 9], numbers(12));
    let bytes = ByteMaskedArray::try_new(vec![1_u8, 0, 1].into(), below, true, NONE).unwrap();
    let Array::ByteMasked(packed) = Array::from(bytes.clone()).pack().unwrap() else {
        panic!("it is masked no more");
    };
    assert_eq!(
        *packed.content(),
        lists(vec![0, 2, 2, 3], numbers_from(2, 5))
    );
    assert!(
        Array::from(packed)
            .equal_values(&bytes.into(), true)
            .unwrap()
    );
}

fn numbers_from(start: i64, end: i64) -> Array {
    NumpyArray::from_vec((start..end).collect::<Vec<i64>>()).into()
}

fn node_is_empty(array: &Array) -> bool {
    match array {
        Array::Empty(_) => true,
        Array::Numpy(array) => array.is_empty(),
        Array::Regular(array) => array.is_empty(),
        Array::List(array) => array.is_empty(),
        Array::ListOffset(array) => array.is_empty(),
        Array::Record(array) => array.is_empty(),
        Array::Indexed(array) => array.is_empty(),
        Array::IndexedOption(array) => array.is_empty(),
        Array::ByteMasked(array) => array.is_empty(),
        Array::BitMasked(array) => array.is_empty(),
        Array::Unmasked(array) => array.is_empty(),
        Array::Union(array) => array.is_empty(),
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn arrays_without_rows_are_empty(array in arrays()) {
        let none = array.slice(0..0).unwrap();
        for array in [&none, &*array] {
            let rows = array.len();
            prop_assert_eq!(array.is_empty(), rows == 0);
            prop_assert_eq!(node_is_empty(array), rows == 0);
        }
    }
}

/// Rows of one size have something in them, unless the size is zero.
#[test]
fn lists_of_rows_of_one_size_are_taken() {
    let of_size = |size: usize, content: Array, length: usize| {
        let regular = RegularArray::try_new(content, size, length, NONE).unwrap();
        lists(vec![0, 1, 3], regular.into())
    };
    let taken = |array: Array, rows: &[usize]| {
        let taken = array.take(rows).unwrap();
        taken.value().unwrap().to_string()
    };
    assert_eq!(
        taken(of_size(2, numbers(6), 3), &[1, 0, 1]),
        "[[[2, 3], [4, 5]], [[0, 1]], [[2, 3], [4, 5]]]"
    );
    assert_eq!(
        taken(of_size(0, numbers(0), 3), &[1, 0]),
        "[[[], []], [[]]]"
    );
}

/// Where all of its contents are lists of lists, a union stays one, of flat lists.
#[test]
fn lists_within_a_union_are_flattened() {
    let whole = lists(vec![0, 2, 2], lists(vec![0, 2, 3], numbers(3)));
    let halves = NumpyArray::from_vec(vec![0.5, 1.5]).into();
    let halves = lists(vec![0, 2], lists(vec![0, 1, 2], halves));
    let union = UnionArray::try_new(
        vec![0_i8, 1, 0].into(),
        Index::from(vec![0_i64, 0, 1]),
        vec![whole, halves],
        NONE,
    );
    let flat = Array::from(union.unwrap()).flatten(2).unwrap();
    assert_eq!(
        flat.value().unwrap().to_string(),
        "[[0, 1, 2], [0.5, 1.5], []]"
    );
}
