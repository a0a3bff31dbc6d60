//! Arrays as text.

use std::sync::Arc;

use gawky_array::{
    Array, BitMaskedArray, ByteMaskedArray, EmptyArray, IndexedArray, IndexedOptionArray,
    ListArray, ListOffsetArray, NumpyArray, RecordArray, RegularArray, UnionArray, UnmaskedArray,
};
use gawky_buffer::{Complex, DType, Place, f16};
use gawky_form::Parameters;
use gawky_testkit::containers::FakeDevice;

const NONE: Parameters = Parameters::none();

fn numbers(length: i64) -> Array {
    NumpyArray::from_vec((0..length).collect::<Vec<i64>>()).into()
}

fn lists(offsets: Vec<i64>, content: Array) -> Array {
    ListOffsetArray::try_new(offsets.into(), content, NONE)
        .unwrap()
        .into()
}

fn text(strings: &[&str]) -> Array {
    let named = |name: &str| Parameters::from_iter([("__array__", name)]);
    let bytes: Vec<u8> = strings.concat().into_bytes();
    let mut offsets = vec![0_i64];
    for string in strings {
        offsets.push(offsets[offsets.len() - 1] + i64::try_from(string.len()).unwrap());
    }
    let letters = NumpyArray::from_vec(bytes).with_parameters(named("char"));
    ListOffsetArray::try_new(offsets.into(), letters.into(), named("string"))
        .unwrap()
        .into()
}

#[test]
fn every_class() {
    let ten = numbers(10);
    for (array, shown) in [
        (Array::from(EmptyArray), "<Array [] type='0 * unknown'>"),
        (numbers(3), "<Array [0, 1, 2] type='3 * int64'>"),
        (
            RegularArray::try_new(ten.clone(), 2, 2, NONE)
                .unwrap()
                .into(),
            "<Array [[0, 1], [2, 3]] type='2 * 2 * int64'>",
        ),
        (
            ListArray::try_new(
                vec![3_i64, 0].into(),
                vec![5_i64, 0].into(),
                ten.clone(),
                NONE,
            )
            .unwrap()
            .into(),
            "<Array [[3, 4], []] type='2 * var * int64'>",
        ),
        (
            lists(vec![3, 5, 6], ten.clone()),
            "<Array [[3, 4], [5]] type='2 * var * int64'>",
        ),
        (
            RecordArray::from_fields([("x", numbers(2)), ("y", lists(vec![0, 0, 1], ten.clone()))])
                .into(),
            "<Array [{x: 0, y: []}, {x: 1, y: [0]}] type='2 * {x: int64, y: var * int64}'>",
        ),
        (
            RecordArray::try_new(None, vec![numbers(2), numbers(2)], 2, NONE)
                .unwrap()
                .into(),
            "<Array [(0, 0), (1, 1)] type='2 * (int64, int64)'>",
        ),
        (
            RecordArray::try_new(None, vec![numbers(1)], 1, NONE)
                .unwrap()
                .into(),
            "<Array [(0,)] type='1 * (int64)'>",
        ),
        (
            IndexedArray::try_new(vec![4_i64, 4].into(), ten.clone(), NONE)
                .unwrap()
                .into(),
            "<Array [4, 4] type='2 * int64'>",
        ),
        (
            IndexedOptionArray::try_new(vec![4_i64, -1].into(), ten.clone(), NONE)
                .unwrap()
                .into(),
            "<Array [4, None] type='2 * ?int64'>",
        ),
        (
            ByteMaskedArray::try_new(vec![0_u8, 1].into(), ten.clone(), true, NONE)
                .unwrap()
                .into(),
            "<Array [None, 1] type='2 * ?int64'>",
        ),
        (
            BitMaskedArray::try_new(vec![0b10_u8].into(), ten.clone(), false, true, 2, NONE)
                .unwrap()
                .into(),
            "<Array [0, None] type='2 * ?int64'>",
        ),
        (
            UnmaskedArray::new(numbers(2), NONE).into(),
            "<Array [0, 1] type='2 * ?int64'>",
        ),
        (
            UnionArray::try_new(
                vec![1_u8, 0].into(),
                vec![0_i64, 7].into(),
                vec![ten, text(&["one"])],
                NONE,
            )
            .unwrap()
            .into(),
            "<Array ['one', 7] type='2 * union[int64, string]'>",
        ),
    ] {
        assert_eq!(array.to_string(), shown);
    }
}

#[test]
fn every_kind_of_element() {
    let of = |bytes: Vec<u8>, dtype: &str| -> Array {
        let dtype = DType::from_primitive(dtype).unwrap();
        let length = bytes.len() / dtype.itemsize();
        NumpyArray::try_new(bytes.into(), dtype, Arc::new([]), length, NONE)
            .unwrap()
            .into()
    };
    let long = |values: &[i64]| {
        values
            .iter()
            .flat_map(|value| value.to_ne_bytes())
            .collect::<Vec<u8>>()
    };
    for (array, shown) in [
        (
            of(vec![0, 1, 7], "bool"),
            "<Array [False, True, True] type='3 * bool'>",
        ),
        (of(vec![200], "int8"), "<Array [-56] type='1 * int8'>"),
        (
            NumpyArray::from_vec(vec![1.0_f64, 0.1, -0.0, f64::NAN, f64::INFINITY]).into(),
            "<Array [1.0, 0.1, -0.0, nan, inf] type='5 * float64'>",
        ),
        (
            NumpyArray::from_vec(vec![0.1_f32]).into(),
            "<Array [0.1] type='1 * float32'>",
        ),
        (
            NumpyArray::from_vec(vec![f16::from_f32(1.5)]).into(),
            "<Array [1.5] type='1 * float16'>",
        ),
        (
            NumpyArray::from_vec(vec![Complex::new(1.0_f64, -2.0)]).into(),
            "<Array [(1-2j)] type='1 * complex128'>",
        ),
        (
            of(long(&[0, i64::MIN]), "datetime64[s]"),
            "<Array [1970-01-01T00:00:00, NaT] type='2 * datetime64[s]'>",
        ),
        (
            of(long(&[5]), "timedelta64[15us]"),
            "<Array [75 microseconds] type='1 * timedelta64[15us]'>",
        ),
    ] {
        assert_eq!(array.to_string(), shown);
    }
}

#[test]
fn text_is_quoted() {
    let array = text(&["plain", "it's", "a\"b", "a\\b", "line\n", "mäggi", ""]);
    assert_eq!(
        array.value().unwrap().to_string(),
        r#"['plain', "it's", 'a"b', 'a\\b', 'line\n', 'mäggi', '']"#
    );
    let bytes = |bytes: &[u8], outer: &str, inner: &str| -> Array {
        let named = |name: &str| Parameters::from_iter([("__array__", name)]);
        let letters = NumpyArray::from_vec(bytes.to_vec()).with_parameters(named(inner));
        RegularArray::try_new(letters.into(), bytes.len(), 1, named(outer))
            .unwrap()
            .into()
    };
    let shown = bytes(b"a\x00\xff'", "bytestring", "byte")
        .value()
        .unwrap()
        .to_string();
    assert_eq!(shown, r#"[b"a\x00\xff'"]"#);
    let invalid = bytes(b"a\xff", "string", "char")
        .value()
        .unwrap()
        .to_string();
    assert_eq!(invalid, r"[b'a\xff']");
}

#[test]
fn what_does_not_fit_is_left_out() {
    assert_eq!(
        numbers(100).to_string(),
        "<Array [0, 1, 2, 3, 4, 5, 6, ..., 94, 95, 96, 97, 98, 99] type='100 * int64'>"
    );
    let nested = lists(vec![0, 50, 50, 100], numbers(100)).to_string();
    assert!(nested.starts_with("<Array [[0, 1, 2, "), "{nested}");
    assert!(nested.contains(", ..."), "{nested}");
    assert!(nested.ends_with(" type='3 * var * int64'>"), "{nested}");
    let fields = (0..30).map(|field| (format!("field{field}"), numbers(2)));
    let wide = Array::from(RecordArray::from_fields(fields)).to_string();
    assert!(wide.contains("...") && wide.ends_with("...'>"), "{wide}");
    let long = text(&["x".repeat(500).as_str()]).to_string();
    assert!(
        long.contains("xxx...'") && long.ends_with("type='1 * string'>"),
        "{long}"
    );
    // Always in about one line.
    for shown in [nested, wide, long, numbers(1 << 20).to_string()] {
        assert!(shown.chars().count() <= 100, "{shown}");
    }
}

#[test]
fn values_are_shown_in_full_or_in_a_width() {
    let array = numbers(100);
    let value = array.value().unwrap();
    assert_eq!(value.to_string().matches(", ").count(), 99);
    assert_eq!(format!("{value:24}"), "[0, 1, 2, ..., 98, 99]");
}

#[test]
fn what_is_elsewhere_says_so() {
    let there = numbers(3)
        .to_place(&Place::Device(FakeDevice::new("cuda:0")))
        .unwrap();
    assert_eq!(
        there.to_string(),
        "<Array (the bytes are on cuda:0: copy them with to_host() first) type='3 * int64'>"
    );
}

#[test]
fn parameters_show_in_the_type() {
    let records = RecordArray::from_fields([("pt", numbers(1))]);
    let named =
        Array::from(records).with_parameters(Parameters::from_iter([("__record__", "Muon")]));
    assert_eq!(
        named.to_string(),
        "<Array [{pt: 0}] type='1 * Muon[pt: int64]'>"
    );
}
