//! Equality of values and of layouts, and how many bytes there are.

use std::sync::Arc;

use gawky_array::{
    Array, BitMaskedArray, ByteMaskedArray, Index, IndexedArray, IndexedOptionArray, ListArray,
    ListOffsetArray, NumpyArray, RecordArray, RegularArray, UnmaskedArray, Value,
};
use gawky_buffer::{DType, Native, Place};
use gawky_form::Parameters;
use gawky_testkit::containers::FakeDevice;

const NONE: Parameters = Parameters::none();

fn numbers<T: Native>(values: Vec<T>) -> Array {
    NumpyArray::from_vec(values).into()
}

fn same_values(a: &Array, b: &Array) -> bool {
    let (there, back) = (
        a.equal_values(b, false).unwrap(),
        b.equal_values(a, false).unwrap(),
    );
    assert_eq!(there, back);
    there
}

#[test]
fn one_value_in_many_layouts() {
    let content = numbers((0..10).collect::<Vec<i64>>());
    let offsets =
        |offsets: Index| ListOffsetArray::try_new(offsets, content.clone(), NONE).unwrap();
    let two: [i64; 4] = [0, 1, 2, 3];
    let lists: Vec<Array> = vec![
        offsets(vec![0_i64, 2, 4].into()).into(),
        offsets(vec![0_u32, 2, 4].into()).into(),
        ListArray::try_new(
            vec![0_i32, 2].into(),
            vec![2_i32, 4].into(),
            content.clone(),
            NONE,
        )
        .unwrap()
        .into(),
        RegularArray::try_new(content.clone(), 2, 2, NONE)
            .unwrap()
            .into(),
        NumpyArray::try_new(two.to_vec().into(), DType::Int64, Arc::new([2]), 2, NONE)
            .unwrap()
            .into(),
    ];
    for (position, a) in lists.iter().enumerate() {
        for (other, b) in lists.iter().enumerate() {
            assert!(same_values(a, b), "{a} {b}");
            assert_eq!(a == b, position == other);
        }
    }
    assert!(!same_values(
        &lists[0],
        &offsets(vec![0_i64, 2, 5].into()).into()
    ));
    assert!(!same_values(
        &lists[0],
        &offsets(vec![0_i64, 2, 4, 4].into()).into()
    ));
}

#[test]
fn one_option_in_many_layouts() {
    let content = numbers(vec![7_i64, 8, 9]);
    let options: Vec<Array> = vec![
        IndexedOptionArray::try_new(vec![0_i64, -1, 2].into(), content.clone(), NONE)
            .unwrap()
            .into(),
        IndexedOptionArray::try_new(vec![0_i64, -9, 2].into(), content.clone(), NONE)
            .unwrap()
            .into(),
        ByteMaskedArray::try_new(vec![1_u8, 0, 1].into(), content.clone(), true, NONE)
            .unwrap()
            .into(),
        ByteMaskedArray::try_new(vec![0_u8, 3, 0].into(), content.clone(), false, NONE)
            .unwrap()
            .into(),
        BitMaskedArray::try_new(vec![0b101_u8].into(), content.clone(), true, true, 3, NONE)
            .unwrap()
            .into(),
        BitMaskedArray::try_new(
            vec![0b0101_1111_u8].into(),
            content.clone(),
            false,
            false,
            3,
            NONE,
        )
        .unwrap()
        .into(),
    ];
    for a in &options {
        assert_eq!(a.value().unwrap().to_string(), "[7, None, 9]");
        assert!(options.iter().all(|b| same_values(a, b)));
        assert!(!same_values(a, &content));
    }
    let all = Array::from(UnmaskedArray::new(content.clone(), NONE));
    assert!(same_values(&all, &content) && all != content);
}

#[test]
fn scalars_are_the_same_in_one_dtype_only() {
    assert!(!same_values(&numbers(vec![1_i64]), &numbers(vec![1.0_f64])));
    assert!(!same_values(&numbers(vec![1_i64]), &numbers(vec![1_i32])));
    assert!(!same_values(&numbers(vec![1_u8]), &numbers(vec![1_i8])));
    assert!(same_values(
        &numbers(vec![0.0_f64]),
        &numbers(vec![-0.0_f64])
    ));
    let of = |dtype: &str| -> Array {
        let dtype = DType::from_primitive(dtype).unwrap();
        NumpyArray::try_new(vec![1_i64].into(), dtype, Arc::new([]), 1, NONE)
            .unwrap()
            .into()
    };
    assert!(!same_values(&of("datetime64[s]"), &of("int64")));
    assert!(!same_values(&of("datetime64[s]"), &of("timedelta64[s]")));
}

#[test]
fn nothing_equals_nan_but_on_request() {
    let nan = numbers(vec![f64::NAN, 1.0]);
    assert!(!nan.equal_values(&nan, false).unwrap());
    assert!(nan.equal_values(&nan, true).unwrap());
    assert_eq!(nan, nan.clone());
}

#[test]
fn records_are_the_same_if_their_names_are() {
    let x = numbers(vec![1_i64]);
    let record = |names: [&str; 2]| -> Array {
        RecordArray::from_fields(names.map(|name| (name, x.clone()))).into()
    };
    assert!(same_values(&record(["x", "y"]), &record(["x", "y"])));
    assert!(!same_values(&record(["x", "y"]), &record(["y", "x"])));
    let tuple = RecordArray::try_new(None, vec![x.clone(), x.clone()], 1, NONE)
        .unwrap()
        .into();
    assert!(!same_values(&record(["0", "1"]), &tuple));
    let longer = RecordArray::try_new(None, vec![x.clone(), x.clone(), x.clone()], 1, NONE);
    assert!(!same_values(&longer.unwrap().into(), &tuple));
    assert!(same_values(&tuple, &tuple));
}

#[test]
fn strings_are_no_bytes_and_no_lists() {
    let text = |outer: &str, inner: &str| -> Array {
        let named = |name: &str| match name {
            "" => NONE,
            name => Parameters::from_iter([("__array__", name)]),
        };
        let letters = NumpyArray::from_vec(b"abc".to_vec()).with_parameters(named(inner));
        ListOffsetArray::try_new(vec![0_i64, 1, 3].into(), letters.into(), named(outer))
            .unwrap()
            .into()
    };
    let (string, bytes, list) = (
        text("string", "char"),
        text("bytestring", "byte"),
        text("", ""),
    );
    assert_eq!(string.value().unwrap().to_string(), "['a', 'bc']");
    assert_eq!(bytes.value().unwrap().to_string(), "[b'a', b'bc']");
    assert_eq!(list.value().unwrap().to_string(), "[[97], [98, 99]]");
    for (a, b) in [(&string, &bytes), (&string, &list), (&bytes, &list)] {
        assert!(!same_values(a, b));
    }
}

#[test]
fn layouts_differ_in_parameters_too() {
    let plain = numbers(vec![1_i64]);
    let named = plain
        .clone()
        .with_parameters(Parameters::from_iter([("doc", "x")]));
    assert!(same_values(&plain, &named) && plain != named);
    assert_eq!(named.parameters().str("doc"), Some("x"));
    assert_eq!(named.with_parameters(NONE), plain);
}

#[test]
fn masks_are_the_same_wherever_their_bits_begin() {
    let content = || numbers((0..16).collect::<Vec<i64>>());
    let bits = |mask: u16, length| {
        let mask = mask.to_le_bytes().to_vec();
        Array::from(
            BitMaskedArray::try_new(mask.into(), content(), true, true, length, NONE).unwrap(),
        )
    };
    let shifted = bits(0b1011 << 3, 9).slice(3..7).unwrap();
    let whole = bits(0b1011, 4);
    let Array::BitMasked(shifted) = shifted else {
        panic!("a slice is of the same class");
    };
    assert_eq!(shifted.mask().unwrap().bytes().unwrap(), [0b1011]);
    assert_eq!(
        (0..5).map(|row| shifted.is_valid(row)).collect::<Vec<_>>(),
        [Some(true), Some(true), Some(false), Some(true), None]
    );
    assert_ne!(
        Array::BitMasked(shifted.clone()),
        whole,
        "the contents differ"
    );
    // Bits beyond the last element do not count.
    assert_eq!(bits(0b1011, 4), bits(0b11_1011, 4));
    assert_ne!(bits(0b1011, 4), bits(0b0011, 4));

    // On a device bits cannot be looked at, so that only the same ones are known to be the same.
    let device = Place::Device(FakeDevice::new("fake:0"));
    let there = |mask| bits(mask, 4).to_place(&device).unwrap();
    let one = there(0b1011);
    assert_eq!(one, one.clone());
    let Array::BitMasked(other) = there(0b0100) else {
        panic!("what is elsewhere is of the same class");
    };
    let Array::BitMasked(own) = &one else {
        panic!("what is elsewhere is of the same class");
    };
    let mask = other.mask().unwrap();
    let swapped = BitMaskedArray::try_new(mask, own.content().clone(), true, true, 4, NONE);
    assert_ne!(one, swapped.unwrap().into());
}

#[test]
fn bytes_are_counted_as_they_are_held() {
    let content = numbers((0..10).collect::<Vec<i64>>());
    assert_eq!(content.nbytes(), 80);
    let lists = ListOffsetArray::try_new(vec![3_i32, 5, 6].into(), content.clone(), NONE).unwrap();
    let lists = Array::from(lists);
    assert_eq!(lists.nbytes(), 3 * 4 + 80);
    assert_eq!(lists.slice(0..1).unwrap().nbytes(), 2 * 4 + 80);
    assert_eq!(lists.pack().unwrap().nbytes(), 3 * 8 + 3 * 8);
    let index = IndexedArray::try_new(vec![1_u32, 1].into(), content.clone(), NONE).unwrap();
    assert_eq!(Array::from(index).nbytes(), 2 * 4 + 80);
    let twice = RecordArray::from_fields([("x", content.clone()), ("y", content)]);
    assert_eq!(Array::from(twice).nbytes(), 160);
}

#[test]
fn values_are_compared_and_cut() {
    let one = numbers(vec![1.5_f64, f64::NAN]);
    let (value, same) = (one.value().unwrap(), numbers(vec![1.5_f64, f64::NAN]));
    assert!(value.equals(&same.value().unwrap(), true));
    assert!(value != same.value().unwrap(), "NaN is unequal to itself");
    assert!(value != numbers(vec![1.5_f64]).value().unwrap());
    let elements: Vec<i64> = (0..24).collect();
    let shaped = NumpyArray::try_new(elements.into(), DType::Int64, Arc::new([3, 4]), 2, NONE);
    let shaped = Array::from(shaped.unwrap());
    let rows = shaped.value().unwrap();
    let second = rows.as_list().unwrap().get(1).unwrap();
    let last = second.as_list().unwrap().slice(1..3).unwrap();
    assert_eq!(last.len(), 2);
    let expected = "[[16, 17, 18, 19], [20, 21, 22, 23]]";
    assert_eq!(Value::List(last).to_string(), expected);
    let within = last.get(1).unwrap().as_list().unwrap().slice(1..3);
    assert_eq!(Value::List(within.unwrap()).to_string(), "[21, 22]");
    assert_eq!(last.iter().size_hint(), (2, Some(2)));
}
