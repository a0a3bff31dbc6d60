//! Rows as Rust slices.

use gawky_array::typed::{ByteString, Column, DateTime64, TimeDelta64, View};
use gawky_array::{
    Array, ArrayError, BitMaskedArray, ByteMaskedArray, EmptyArray, Index, IndexedArray,
    IndexedOptionArray, ListArray, ListOffsetArray, NumpyArray, Problem, RecordArray, RegularArray,
    UnionArray, UnmaskedArray, Value,
};
use gawky_buffer::{Buffer, Complex, DType, Native, Place, Scalar, f16};
use gawky_form::Parameters;
use gawky_testkit::arbitrary::{arrays, is_small, says_the_same};
use gawky_testkit::containers::FakeDevice;
use proptest::prelude::*;

use crate::properties::cases;

fn numbers<T: Native>(values: Vec<T>) -> Array {
    NumpyArray::from_vec(values).into()
}

fn offsets(offsets: impl Into<Index>, content: Array) -> Array {
    let lists = ListOffsetArray::try_new(offsets.into(), content, Parameters::none());
    lists.unwrap().into()
}

fn of_dtype(dtype: DType, data: Buffer, length: usize) -> Array {
    let array = NumpyArray::try_new(data, dtype, [].into(), length, Parameters::none());
    array.unwrap().into()
}

/// Bytes below a list that says what they are.
fn text(kind: &str, letter: &str, ends: Vec<i64>, bytes: &[u8]) -> Array {
    let letters =
        numbers(bytes.to_vec()).with_parameters(Parameters::from_iter([("__array__", letter)]));
    offsets(ends, letters).with_parameters(Parameters::from_iter([("__array__", kind)]))
}

fn message<T: std::fmt::Debug>(result: Result<T, ArrayError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn numbers_of_every_dtype_are_slices_of_the_array_itself() {
    fn check<T: gawky_array::typed::Element + Native + PartialEq + std::fmt::Debug>(
        values: Vec<T>,
    ) {
        let array = numbers(values.clone());
        let slice = array.as_slice::<T>().unwrap();
        assert_eq!(slice, values);
        let shared = array.as_values::<T>().unwrap();
        assert_eq!((&shared[..], shared.copied_bytes()), (&values[..], 0));
        assert_eq!(shared.as_ptr(), slice.as_ptr());
        let part = array.slice(1..2).unwrap().as_values::<T>().unwrap();
        drop(array);
        assert_eq!(part[..], values[1..2]);
    }
    check(vec![-1_i8, 2, 3]);
    check(vec![-1_i16, 2, 3]);
    check(vec![-1_i32, 2, 3]);
    check(vec![i64::MIN, 2, 3]);
    check(vec![1_u8, 2, 3]);
    check(vec![1_u16, 2, 3]);
    check(vec![1_u32, 2, 3]);
    check(vec![u64::MAX, 2, 3]);
    check(vec![f16::from_f32(0.5), f16::ONE, f16::ZERO]);
    check(vec![0.5_f32, 1.5, -0.0]);
    check(vec![0.1_f64, f64::INFINITY, 3.0]);
    check(vec![Complex::new(1.0_f32, 2.0), Complex::new(3.0, 4.0)]);
    check(vec![Complex::new(1.0_f64, 2.0), Complex::new(3.0, 4.0)]);
}

#[test]
fn booleans_are_proved_to_be_some() {
    let bools = |bytes: &[u8]| of_dtype(DType::Bool, Buffer::copied_from(bytes), bytes.len());
    let plain = bools(&[1, 0, 1]);
    assert_eq!(plain.as_slice::<bool>().unwrap(), [true, false, true]);
    assert_eq!(
        plain.as_slice::<bool>().unwrap().as_ptr().addr(),
        match &plain {
            Array::Numpy(own) => own.data().address(),
            _ => 0,
        }
    );
    // NumPy takes any byte but 0 for true.
    let odd = bools(&[2, 0, 255]);
    assert!(message(odd.as_slice::<bool>()).contains("neither 0 nor 1: use as_values"));
    assert_eq!(odd.as_values::<bool>().unwrap()[..], [true, false, true]);
    let lists = offsets(vec![0_i64, 1, 3], odd);
    let lists = lists.as_list::<bool>().unwrap();
    assert_eq!(lists.get(1), Some(&[false, true][..]));
    assert_eq!(lists.copied_bytes(), 3);
}

#[test]
fn dates_and_durations_are_ticks_with_a_unit() {
    let of = |name: &str| {
        let dtype = DType::from_primitive(name).unwrap();
        of_dtype(dtype, Buffer::from_vec(vec![1_i64, i64::MIN]), 2)
    };
    let dates = of("datetime64[15us]");
    let ticks = dates.as_typed::<DateTime64>().unwrap();
    assert_eq!(ticks.unit().to_string(), "15us");
    assert_eq!(ticks[..], [1, gawky_array::typed::Ticks::NOT_A_TIME]);
    assert_eq!(ticks.view(), &ticks[..]);
    assert!(message(dates.as_typed::<TimeDelta64>()).contains("ask for `typed::DateTime64`"));
    assert!(message(dates.as_values::<i64>()).contains("datetime64[15us]"));
    let durations = of("timedelta64[s]").as_option::<TimeDelta64>().unwrap();
    assert_eq!(durations.content().unit().to_string(), "s");
    assert_eq!(durations.get(0), Some(Some(1)));
}

#[test]
fn a_column_of_nested_records_is_one_line() {
    let pt = numbers(vec![50.2_f32, 22.0, 7.5]);
    let muons = Array::from(RecordArray::from_fields([("pt", pt)]));
    let muons = offsets(vec![0_i64, 2, 2, 3], muons);
    let events = Array::from(RecordArray::from_fields([("muon", muons)]));
    let pt = events.field("muon.pt").unwrap().as_list::<f32>().unwrap();
    drop(events);
    assert_eq!(pt.copied_bytes(), 0);
    let sums: Vec<f32> = pt.iter().map(|event| event.iter().sum()).collect();
    assert_eq!(sums, [72.2, 0.0, 7.5]);
    let backwards: Vec<&[f32]> = pt.iter().rev().collect();
    assert_eq!(backwards, [&[7.5][..], &[], &[50.2, 22.0]]);
    assert_eq!(
        (pt.iter().len(), pt.iter().nth(2)),
        (3, Some(&[7.5_f32][..]))
    );
    assert_eq!((pt.len(), pt.get(3)), (3, None));
    assert_eq!(
        format!("{pt:?}"),
        "Lists(3 of Values(3 of float32: [50.2, 22.0, 7.5]))"
    );
}

#[test]
fn rows_come_from_both_ends() {
    let texts = text("string", "char", vec![0, 1, 1, 3], b"abc");
    let texts = texts.as_strings().unwrap();
    assert_eq!(texts.iter().rev().collect::<Vec<_>>(), ["bc", "", "a"]);
    let mut both = texts.iter();
    assert_eq!((both.next(), both.next_back()), (Some("a"), Some("bc")));
    assert_eq!((both.len(), both.next_back()), (1, Some("")));
    assert_eq!((both.next_back(), both.next()), (None, None));
}

#[test]
fn lists_of_every_class_lie_one_after_the_other() {
    let elements = || numbers((0..10_i64).collect());
    let expected = [&[3_i64, 4][..], &[5], &[]];
    let check = |array: &Array, copied: usize, what: &str| {
        let lists = array.as_list::<i64>().unwrap();
        assert_eq!(lists.iter().collect::<Vec<_>>(), expected, "{what}");
        assert_eq!(
            (lists.offsets(), lists.values()),
            (&[0, 2, 3, 3][..], &[3, 4, 5][..]),
            "{what}"
        );
        assert_eq!(lists.copied_bytes(), copied, "{what}");
    };
    let from_zero = offsets(vec![0_i64, 2, 3, 3], numbers(vec![3_i64, 4, 5, 6]));
    check(&from_zero, 0, "offsets from 0");
    // What moves or widens are four offsets.
    check(
        &offsets(vec![3_i64, 5, 6, 6], elements()),
        32,
        "offsets from 3",
    );
    check(
        &offsets(vec![0_i32, 2, 3, 3], numbers(vec![3_i64, 4, 5])),
        32,
        "offsets of i32",
    );
    let list = |starts: Vec<u32>, stops: Vec<u32>| {
        let lists = ListArray::try_new(starts.into(), stops.into(), elements(), Parameters::none());
        Array::from(lists.unwrap())
    };
    check(
        &list(vec![3, 5, 6], vec![5, 6, 6]),
        32,
        "starts and stops in order",
    );
    // The three elements are gathered as well.
    check(
        &list(vec![3, 5, 99], vec![5, 6, 99]),
        56,
        "an empty list far away",
    );
    let indexed = IndexedArray::try_new(
        vec![2_i64, 0, 1].into(),
        list(vec![5, 8, 3], vec![6, 8, 5]),
        Parameters::none(),
    );
    check(&indexed.unwrap().into(), 56, "lists picked by an index");

    let regular = RegularArray::try_new(elements(), 4, 2, Parameters::none()).unwrap();
    let lists = Array::from(regular).as_list::<i64>().unwrap();
    assert_eq!((lists.offsets(), lists.values().len()), (&[0, 4, 8][..], 8));
    let rows = NumpyArray::try_new(
        Buffer::from_vec(vec![1_u16, 2, 3, 4, 5, 6]),
        DType::UInt16,
        [3].into(),
        2,
        Parameters::none(),
    );
    let rows = Array::from(rows.unwrap());
    assert_eq!(rows.as_list::<u16>().unwrap().get(1), Some(&[4, 5, 6][..]));
    assert!(message(rows.as_slice::<u16>()).contains("lists of one length: use as_list"));

    // No lists at all, with and without an offset.
    assert_eq!(
        Array::Empty(EmptyArray).as_list::<f32>().unwrap().offsets(),
        [0]
    );
    assert_eq!(
        Array::Empty(EmptyArray).as_slice::<f32>().unwrap(),
        [0.0; 0]
    );
    let empty = offsets(vec![7_i64], elements()).as_list::<i64>().unwrap();
    assert_eq!(
        (empty.offsets(), empty.values().len(), empty.is_empty()),
        (&[0][..], 0, true)
    );
}

#[test]
fn lists_nest_as_the_type_does() {
    let inner = offsets(vec![0_i64, 1, 1, 3], numbers(vec![1_u8, 2, 3]));
    let outer = offsets(vec![0_i64, 2, 3], inner);
    let lists = outer.as_list::<Vec<u8>>().unwrap();
    let values: Vec<Vec<&[u8]>> = lists.iter().map(|row| row.iter().collect()).collect();
    assert_eq!(values, [vec![&[1][..], &[]], vec![&[2, 3]]]);
    assert_eq!(lists.content().offsets(), [0, 1, 1, 3]);
    assert_eq!(lists.get(0).unwrap().get(0), Some(&[1_u8][..]));
    assert_eq!(lists.content().values(), [1, 2, 3]);
    // Records below are left for field().
    let anything = outer.as_list::<Array>().unwrap();
    let first = anything.get(1).unwrap().iter().next().unwrap();
    assert_eq!(first.to_string(), "[2, 3]");
    assert_eq!(
        anything.content().as_list::<u8>().unwrap().get(2),
        Some(&[2_u8, 3][..])
    );
}

#[test]
fn strings_are_proved_and_bytes_are_not() {
    let names = text("string", "char", vec![0, 2, 2, 5], "µabc".as_bytes());
    let strings = names.as_strings().unwrap();
    assert_eq!(strings.iter().collect::<Vec<_>>(), ["µ", "", "abc"]);
    assert_eq!(
        (strings.get(2), strings.get(3), strings.copied_bytes()),
        (Some("abc"), None, 0)
    );
    let (starts, stops) = (vec![2_i64, 0].into(), vec![5_i64, 2].into());
    let bytes = names.children()[0].clone();
    let apart = ListArray::try_new(starts, stops, bytes, names.parameters().clone());
    let apart = Array::from(apart.unwrap()).as_strings().unwrap();
    assert_eq!(apart.iter().collect::<Vec<_>>(), ["abc", "µ"]);
    assert_eq!(apart.copied_bytes(), 3 * 8 + 5, "and the offsets");
    assert_eq!(strings.offsets(), [0, 2, 2, 5]);
    let mut left = strings.iter();
    assert_eq!((left.next(), left.len()), (Some("µ"), 2));
    assert_eq!(names.as_bytes().unwrap().get(0), Some("µ".as_bytes()));
    let words = offsets(vec![0_i64, 1, 3], names.clone())
        .as_list::<String>()
        .unwrap();
    assert_eq!(
        words.get(1).unwrap().iter().collect::<Vec<_>>(),
        ["", "abc"]
    );

    // Cut through a letter: the whole is UTF-8, but no string is.
    let cut = text("string", "char", vec![0, 1, 2], "µ".as_bytes());
    let error = cut.as_strings().unwrap_err();
    assert!(
        matches!(
            &error,
            ArrayError::Node {
                problem: Problem::NotUtf8 { at: 0 },
                ..
            }
        ),
        "{error}"
    );
    // What no string reaches may be anything.
    let around = text("string", "char", vec![1, 3], &[0xff, b'o', b'k', 0xff]);
    assert_eq!(around.as_strings().unwrap().get(0), Some("ok"));
    let bad = text("string", "char", vec![0, 1, 2], &[b'a', 0xff]);
    assert!(message(bad.as_strings()).contains("string 1 is no UTF-8"));
    assert_eq!(bad.as_bytes().unwrap().get(1), Some(&[0xff][..]));

    let raw = text("bytestring", "byte", vec![0, 2], &[0xff, 0]);
    assert_eq!(raw.as_bytes().unwrap().get(0), Some(&[0xff, 0][..]));
    assert_eq!(
        raw.as_option::<ByteString>().unwrap().get(0),
        Some(Some(&[0xff, 0][..]))
    );
    assert!(message(raw.as_strings()).contains("its rows are bytes: use as_bytes"));
    assert!(message(names.as_list::<u8>()).contains("its rows are strings: use as_strings"));
    assert!(message(numbers(vec![1_u8]).as_strings()).contains("its rows are plain values"));
}

#[test]
fn options_of_every_class_say_what_is_missing() {
    let expected = [Some(10_i16), None, Some(30)];
    let content = || numbers(vec![10_i16, 20, 30, 40]);
    let none = Parameters::none;
    let check = |array: Array, copied: usize| {
        let option = array.as_option::<i16>().unwrap();
        assert_eq!(
            option.iter().collect::<Vec<_>>(),
            expected,
            "{}",
            array.class()
        );
        assert_eq!(option.validity().collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(
            (option.missing(), option.len(), option.get(3)),
            (1, 3, None)
        );
        assert_eq!(option.copied_bytes(), copied, "{}", array.class());
        let lists = offsets(vec![0_i64, 1, 3], array)
            .as_list::<Option<i16>>()
            .unwrap();
        assert_eq!(
            lists.get(1).unwrap().iter().collect::<Vec<_>>(),
            [None, Some(30)]
        );
    };
    let indexed = |index: Index| IndexedOptionArray::try_new(index, content(), none()).unwrap();
    check(indexed(vec![0_i64, -1, 2].into()).into(), 0);
    check(indexed(vec![0_i32, -5, 2].into()).into(), 24);
    check(
        ByteMaskedArray::try_new(vec![1_u8, 0, 1].into(), content(), true, none())
            .unwrap()
            .into(),
        24,
    );
    check(
        BitMaskedArray::try_new(vec![0b010_u8].into(), content(), false, true, 3, none())
            .unwrap()
            .into(),
        24,
    );
    // What is missing is counted, and not what is there.
    for (index, missing) in [
        (vec![3_i64, -1, 2, 1], 1),
        (vec![-1, -1, 0], 2),
        (vec![1, 2, 3], 0),
    ] {
        let array = Array::from(indexed(index.into()));
        let option = array.as_option::<i16>().unwrap();
        assert_eq!((option.missing(), option.is_empty()), (missing, false));
        let none = array.slice(1..1).unwrap();
        assert!(none.as_option::<i16>().unwrap().is_empty());
    }
    let unmasked = Array::from(UnmaskedArray::new(content(), none()));
    let option = unmasked.as_option::<i16>().unwrap();
    assert_eq!(
        (option.missing(), option.index(), option.get(3)),
        (0, None, Some(Some(40)))
    );
    assert_eq!(content().as_option::<i16>().unwrap().missing(), 0);
    // Layers of them are one.
    let twice = UnmaskedArray::new(indexed(vec![0_i64, -1, 2].into()).into(), none());
    check(twice.into(), 24);
    let picked = IndexedArray::try_new(
        vec![0_i64, 1, 2].into(),
        indexed(vec![0_i64, -1, 2].into()).into(),
        none(),
    );
    check(picked.unwrap().into(), 24);

    let names = text("string", "char", vec![0, 1, 2], b"ab");
    let names = IndexedOptionArray::try_new(vec![1_i64, -1].into(), names, none()).unwrap();
    let names = Array::from(names).as_option::<String>().unwrap();
    assert_eq!(names.iter().collect::<Vec<_>>(), [Some("b"), None]);
}

#[test]
fn what_is_something_else_is_told_with_both_and_what_to_do() {
    let none = Parameters::none;
    let option = |content: Array| Array::from(UnmaskedArray::new(content, none()));
    let lists = |content: Array| offsets(vec![0_i64, 1], content);
    let float = || numbers(vec![1.5_f64]);
    assert_eq!(
        message(lists(float()).as_list::<f32>()),
        "var * float32 was asked for, but the array is of var * float64 (NumpyArray): ask for `f64`, or use cast_to"
    );
    assert_eq!(
        message(lists(option(float())).as_list::<f64>()),
        "var * float64 was asked for, but the array is of var * ?float64 (UnmaskedArray): its rows may be missing: \
         use as_option, or `Option<_>` as the type"
    );
    for (error, part) in [
        (
            message(lists(float()).as_values::<f64>()),
            "its rows are lists: use as_list",
        ),
        (
            message(float().as_list::<f64>()),
            "its rows are plain values",
        ),
        (
            message(option(lists(float())).as_list::<f64>()),
            "use as_option",
        ),
        (
            message(Array::from(RecordArray::from_fields([("x", float())])).as_values::<f64>()),
            "its rows are records: take one of their fields with field() first",
        ),
        (
            message(of_dtype(DType::Float128, Buffer::copied_from(&[0; 16]), 1).as_values::<f64>()),
            "Rust has no such numbers",
        ),
    ] {
        assert!(error.contains(part), "{error}");
    }
    let union = UnionArray::try_new(
        vec![0_u8, 1].into(),
        vec![0_i64, 0].into(),
        vec![float(), numbers(vec![1_i64])],
        none(),
    );
    let union = Array::from(union.unwrap());
    assert!(message(union.as_option::<f64>()).contains("several types"));
    let indexed = IndexedArray::try_new(vec![0_i64, 0].into(), float(), none()).unwrap();
    let indexed = Array::from(indexed);
    assert!(message(indexed.as_slice::<f64>()).contains("use as_values"));
    let gathered = indexed.as_values::<f64>().unwrap();
    assert_eq!(
        (&gathered[..], gathered.copied_bytes()),
        (&[1.5, 1.5][..], 16)
    );
    let many = (0..100).map(|n| (format!("field_{n}"), float()));
    let wide = Array::from(RecordArray::from_fields(many));
    assert!(message(wide.as_values::<f64>()).len() < 500);
}

#[test]
fn what_is_on_a_device_is_an_error_that_names_it() {
    let place = Place::Device(FakeDevice::new("tpu:7"));
    let away = offsets(vec![0_i64, 2], numbers(vec![1_i64, 2]))
        .to_place(&place)
        .unwrap();
    for error in [
        message(away.as_list::<i64>()),
        message(away.as_list::<Array>()),
        message(away.children()[0].as_slice::<i64>()),
        message(away.children()[0].as_values::<i64>()),
    ] {
        assert!(error.contains("tpu:7"), "{error}");
    }
}

/// What values are, with dtypes.
fn said<'a>(values: impl Iterator<Item = Value<'a>>) -> Vec<String> {
    values
        .map(|value| {
            format!(
                "{value} {:?}",
                value.as_scalar().map(|scalar| scalar.dtype())
            )
        })
        .collect()
}

fn scalars_are<T: gawky_array::typed::Element>(array: &Array, same: fn(T) -> Scalar) {
    let Ok(values) = array.as_values::<T>() else {
        return;
    };
    let expected: Vec<Value<'_>> = array.iter().unwrap().collect();
    assert_eq!(values.len(), expected.len());
    for (value, expected) in values.iter().zip(expected) {
        if let Some(expected) = expected.as_scalar() {
            assert!(expected.equals(same(*value), true), "{expected:?}");
        }
    }
}

proptest! {
    #![proptest_config(cases(3000))]

    /// Whatever can be taken says what the array says.
    #[test]
    fn typed_rows_are_the_rows(array in arrays()) {
        prop_assume!(is_small(&array));
        let rows: Vec<Value<'_>> = array.iter().unwrap().collect();
        if let Ok(lists) = array.as_list::<Array>() {
            prop_assert_eq!(lists.len(), rows.len());
            prop_assert_eq!(lists.offsets().last().copied(), i64::try_from(lists.content().len()).ok());
            for (list, row) in lists.iter().zip(&rows) {
                if let Value::List(row) = row {
                    prop_assert_eq!(said(list.iter()), said(row.iter()));
                }
            }
        }
        if let Ok(lists) = array.as_list::<Vec<Option<Array>>>() {
            for (list, row) in lists.iter().zip(&rows) {
                for (inner, row) in list.iter().zip(row.as_list().unwrap()) {
                    if let Value::List(row) = row {
                        let inner: Vec<Value<'_>> = inner.iter().map(|value| value.unwrap_or(Value::Null)).collect();
                        prop_assert_eq!(said(inner.into_iter()), said(row.iter()));
                    }
                }
            }
        }
        let option = array.as_option::<Array>().unwrap();
        prop_assert_eq!(option.view().count(), rows.len());
        let known = option.iter().map(|value| value.unwrap_or(Value::Null));
        // Numbers of two dtypes in a union below several options may have become some of one.
        for (known, row) in known.zip(&rows) {
            prop_assert!(says_the_same(&known, row), "{known} for {row}");
        }
        for (row, value) in rows.iter().enumerate() {
            prop_assert!(option.is_valid(row) || value.is_null());
        }
        if let Ok(strings) = array.as_option::<String>() {
            for (text, row) in strings.iter().zip(&rows) {
                prop_assert_eq!(text, row.as_str());
            }
        }
        if let Ok(bytes) = array.as_option::<ByteString>() {
            for (bytes, row) in bytes.iter().zip(&rows) {
                let expected = match row {
                    Value::Str(text) => Some(text.as_bytes()),
                    Value::NonUtf8(bytes) | Value::Bytes(bytes) => Some(*bytes),
                    Value::List(list) => { prop_assert!(list.is_empty()); Some(&[][..]) }
                    _ => None,
                };
                prop_assert_eq!(bytes, expected);
            }
        }
        scalars_are::<i8>(&array, Scalar::Int8);
        scalars_are::<u8>(&array, Scalar::UInt8);
        scalars_are::<i64>(&array, Scalar::Int64);
        scalars_are::<f32>(&array, Scalar::Float32);
        scalars_are::<f64>(&array, Scalar::Float64);
        scalars_are::<bool>(&array, Scalar::Bool);
    }
}
