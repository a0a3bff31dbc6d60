//! `Array::show`, compared with what `ak.Array.show` prints (Awkward 2.14).

use gawky_array::{Array, EmptyArray, NumpyArray};
use gawky_buffer::{Complex, Place};
use gawky_form::Parameters;
use gawky_testkit::containers::FakeDevice;
use proptest::prelude::*;
use serde::Serialize;

#[derive(Serialize)]
struct Muon {
    pt: f64,
    charge: i64,
}

#[derive(Serialize)]
struct Event {
    met: f64,
    muons: Vec<Muon>,
    name: Option<&'static str>,
}

fn events() -> Array {
    let muon = |pt, charge| Muon { pt, charge };
    Array::from_rows([
        Event {
            met: 33.125,
            muons: vec![muon(50.25, -1), muon(22.0, 1)],
            name: Some("first"),
        },
        Event {
            met: 12.9,
            muons: vec![],
            name: Some("it's"),
        },
        Event {
            met: 48.0,
            muons: vec![muon(7.5, -1)],
            name: None,
        },
    ])
    .unwrap()
}

#[test]
fn records_fit_into_any_width_as_in_awkward() {
    let events = events();
    for (columns, shown) in [
        (
            80,
            "[{met: 33.1, muons: [{pt: 50.2, ...}, ...], name: 'first'},\n {met: 12.9, muons: [], name: \"it's\"},\n {met: 48, muons: [{pt: 7.5, ...}], name: None}]",
        ),
        (
            60,
            "[{met: 33.1, muons: [{...}, ...], name: 'first'},\n {met: 12.9, muons: [], name: \"it's\"},\n {met: 48, muons: [{pt: 7.5, ...}], name: None}]",
        ),
        (
            40,
            "[{met: 33.1, muons: [...], ...},\n {met: 12.9, muons: [], name: ..., ...},\n {met: 48, muons: [{...}], ...}]",
        ),
        (
            30,
            "[{met: 33.1, muons: ..., ...},\n {met: 12.9, muons: [], ...},\n {met: 48, muons: ..., ...}]",
        ),
        (
            20,
            "[{met: 33.1, ...},\n {met: 12.9, ...},\n {met: 48, ...}]",
        ),
        (12, "[{...},\n {...},\n {...}]"),
    ] {
        assert_eq!(events.show().limit_cols(columns).to_string(), shown);
    }
    assert_eq!(
        events.show().limit_rows(1).to_string(),
        "[{met: 33.1, muons: [{pt: 50.2, ...}, ...], name: 'first'}, {...}, {...}]"
    );
    assert_eq!(
        events.show().limit_rows(2).to_string(),
        "[{met: 33.1, muons: [{pt: 50.2, ...}, ...], name: 'first'},\n ...]"
    );
}

#[test]
fn lists_show_both_ends_as_in_awkward() {
    let rows: Vec<Vec<Vec<i64>>> = (0..12)
        .map(|rows| (0..rows).map(|row| (0..row).collect()).collect())
        .collect();
    let array = Array::from_rows(rows).unwrap();
    let show = array.show().limit_cols(32).limit_rows(7).with_type(true);
    assert_eq!(
        show.to_string(),
        "type: 12 * var * var * int64\n[[],\n [[]],\n [[], [0]],\n [[], [0], [0, 1]],\n ...,\n [[], ..., [0, 1, ..., 7, 8]],\n [[], ..., [0, 1, ..., 8, 9]]]"
    );
    assert_eq!(
        numbers(4).show().limit_rows(3).to_string(),
        "[0,\n 1,\n ...]"
    );
    assert_eq!(numbers(1).show().limit_rows(1).to_string(), "[0]");
    assert_eq!(numbers(20).show().to_string().lines().count(), 20);
    let more = numbers(21).show().to_string();
    assert!(
        more.starts_with("[0,\n 1,") && more.contains("\n 9,\n ...,\n 12,\n"),
        "{more}"
    );
}

#[test]
fn every_kind_of_value_is_shown() {
    #[derive(Serialize)]
    struct Named {
        #[serde(rename = "x y")]
        x: i8,
        class: (i32, f32),
    }
    let named = |x, class| Named { x, class };
    for (array, shown) in [
        (
            Array::from_rows([named(1, (1, 2.5)), named(2, (3, 4.0))]).unwrap(),
            "[{'x y': 1, class: (1, 2.5)},\n {'x y': 2, class: (3, 4)}]",
        ),
        (
            NumpyArray::from_vec(vec![1e10_f32, 1e-5, 1234.5, f32::NAN]).into(),
            "[1e+10,\n 1e-05,\n 1.23e+03,\n nan]",
        ),
        (
            NumpyArray::from_vec(vec![Complex::new(1.0, -2.125_f64)]).into(),
            "[1-2.12j]",
        ),
        (
            Array::from_rows([serde_bytes::Bytes::new(b"ab\x00'c")]).unwrap(),
            "[b\"ab\\x00'c\"]",
        ),
        (
            Array::from_rows([Some(true), None]).unwrap(),
            "[True,\n None]",
        ),
        (Array::from(EmptyArray), "[]"),
    ] {
        assert_eq!(array.show().to_string(), shown);
    }
    let precise = NumpyArray::from_vec(vec![0.123_456_789]);
    let precise = Array::from(precise);
    assert_eq!(precise.show().precision(6).to_string(), "[0.123457]");
}

#[test]
fn long_strings_are_cut_where_they_have_a_line_for_themselves() {
    let long = "x".repeat(1 << 20);
    let array = Array::from_rows([long.as_str(), "b"]).unwrap();
    assert_eq!(
        array.show().limit_cols(20).to_string(),
        "['xxxxxxxxxxxxx...',\n 'b']"
    );
    let within = Array::from_rows([[long.as_str()]]).unwrap();
    assert!(within.show().to_string().chars().count() <= 80);
}

#[test]
fn types_and_sizes_are_shown_on_request() {
    let events = events();
    let shown = events.show().with_type(true).with_nbytes(true).to_string();
    assert!(
        shown.starts_with(
            "type: 3 * {\n    met: float64,\n    muons: var * {\n        pt: float64,\n        charge: int64\n    },\n    name: ?string\n}\nnbytes: 161 B\n[{met: 33.1, "
        ),
        "{shown}"
    );
    let few = events.show().with_type(true).limit_rows(3).to_string();
    assert!(
        few.starts_with("type: 3 * {\n    met: float64,\n    ... (6 more lines)\n[{met"),
        "{few}"
    );
    for (rows, end) in [
        (
            7,
            "        charge: int64\n    },\n    ... (2 more lines)\n[{met",
        ),
        (8, "    name: ?string\n}\n[{met"),
    ] {
        let limited = events.show().with_type(true).limit_rows(rows).to_string();
        assert!(limited.contains(end), "{limited}");
    }
}

#[test]
fn what_is_elsewhere_says_so() {
    let there = numbers(3)
        .to_place(&Place::Device(FakeDevice::new("cuda:0")))
        .unwrap();
    assert_eq!(
        there.show().to_string(),
        "(the bytes are on cuda:0: copy them with to_host() first)"
    );
}

#[test]
fn debug_says_little_of_what_is_large() {
    let array = numbers(1 << 20);
    let value = format!("{:?}", array.value().unwrap());
    assert!(value.starts_with("[0, 1, ") && value.len() <= 80, "{value}");
    let debug = format!("{array:?}");
    assert!(
        debug.contains("8388608 bytes") && debug.len() < 300,
        "{debug}"
    );
    let lists = gawky_array::ListOffsetArray::try_new(
        (0..=1_000_000_i64).collect::<Vec<_>>().into(),
        array,
        Parameters::none(),
    )
    .unwrap();
    let debug = format!("{:?}", Array::from(lists));
    assert!(
        debug.contains("Index(int64, 1000001: [0, 1, 2, 3, 4, 5, 6, 7, ...])"),
        "{debug}"
    );
}

fn numbers(length: i64) -> Array {
    NumpyArray::from_vec((0..length).collect::<Vec<i64>>()).into()
}

proptest! {
    #![proptest_config(crate::properties::cases(200))]

    /// However an array is nested, it takes no more rows and columns than it is given.
    #[test]
    fn nothing_is_larger_than_it_may_be(
        sample in gawky_testkit::arbitrary::arrays(),
        rows in 2_usize..12,
        columns in 40_usize..120,
    ) {
        let shown = sample.show().limit_rows(rows).limit_cols(columns).to_string();
        prop_assert!(shown.lines().count() <= rows, "{shown}");
        for line in shown.lines() {
            prop_assert!(line.chars().count() <= columns + 1, "{line}");
        }
    }
}
