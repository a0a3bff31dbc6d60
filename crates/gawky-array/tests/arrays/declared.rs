//! Rows of declared types.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use gawky_array::Array;
use gawky_array::json::FromJson;
use gawky_array::rows::{FromRows, Maps, RowsError, RowsProblem, Undeclared};
use gawky_form::{Form, Type};
use gawky_testkit::arbitrary::{arrays, is_small};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::properties::cases;

fn declared(of: &str) -> FromRows {
    let of: Type = of.parse().unwrap();
    FromRows::new().of_type(&of).unwrap()
}

fn form_of(of: &str) -> Form {
    Form::from_type(&of.parse().unwrap()).unwrap()
}

/// The rows as an array of exactly the declared form.
fn built<T: Serialize>(of: &str, rows: &[T]) -> Array {
    let array = declared(of).build(rows).unwrap();
    assert_eq!(array.form(), form_of(of), "{of}");
    assert_eq!(array.len(), rows.len());
    array
}

fn there_and_back<T>(of: &str, rows: &[T])
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    assert_eq!(built(of, rows).to_rows::<T>().unwrap(), rows, "{of}");
}

fn shown<T: Serialize>(of: &str, rows: &[T]) -> String {
    built(of, rows).value().unwrap().to_string()
}

fn refused<T: Serialize>(of: &str, row: T) -> RowsError {
    let error = declared(of).build([row]).unwrap_err();
    assert_eq!(error.row(), Some(0));
    error
}

/// What a refusal says after `row 0`.
fn reason<T: Serialize>(of: &str, row: T) -> String {
    let error = refused(of, row).to_string();
    error.strip_prefix("row 0").unwrap().to_owned()
}

#[test]
fn numbers_are_of_the_declared_dtype_or_refused() {
    for dtype in [
        "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    ] {
        there_and_back(dtype, &[0_u8, 127]);
        assert_eq!(shown(dtype, &[1.0, 7.0]), "[1, 7]");
        assert_eq!(
            reason(dtype, 0.5),
            format!(": 0.5 is no {dtype}, the declared type")
        );
        assert_eq!(
            reason(dtype, -0.0),
            format!(": -0.0 is no {dtype}, the declared type")
        );
        assert!(reason(dtype, f64::NAN).starts_with(": nan is no"));
        assert_eq!(
            reason(dtype, true),
            format!(": a boolean does not go into the declared type {dtype}")
        );
    }
    for dtype in ["float16", "float32", "float64", "float128"] {
        assert_eq!(shown(dtype, &[0_i32, -7, 2048]), "[0.0, -7.0, 2048.0]");
        there_and_back(dtype, &[0.5_f32, -0.0, f32::INFINITY]);
        assert!(built(dtype, &[f32::NAN]).to_rows::<f64>().unwrap()[0].is_nan());
    }
    assert_eq!(reason("int8", 128), ": 128 is no int8, the declared type");
    assert_eq!(reason("uint64", -1), ": -1 is no uint64, the declared type");
    assert_eq!(
        reason("int64", u64::MAX),
        ": 18446744073709551615 is no int64, the declared type"
    );
    there_and_back("uint64", &[u64::MAX]);
    assert_eq!(
        reason("float32", 0.1),
        ": 0.1 is no float32, the declared type"
    );
    assert_eq!(
        reason("float32", 16_777_217),
        ": 16777217 is no float32, the declared type"
    );
    assert_eq!(
        reason("float64", (1_i64 << 53) + 1),
        ": 9007199254740993 is no float64, the declared type"
    );
    there_and_back("bool", &[true, false]);
    assert_eq!(
        reason("bool", 1),
        ": the number 1 does not go into the declared type bool"
    );
}

#[test]
fn complex_numbers_come_as_pairs_or_reals() {
    for dtype in ["complex64", "complex128", "complex256"] {
        there_and_back(dtype, &[(1.5, -2.0), (0.0, 0.5)]);
        assert_eq!(shown(dtype, &[1.5, 2.0]), "[(1.5+0j), (2+0j)]");
        assert_eq!(shown(dtype, &[vec![1, 2]]), "[(1+2j)]");
    }
    assert_eq!(
        reason("complex64", (0.5, 0.1)),
        ", 1: 0.1 is no float32, the declared type"
    );
    assert_eq!(
        reason("complex64", vec![0.5]),
        ": there are 1 elements, and a tuple of 2 is declared"
    );
    assert_eq!(
        reason("complex64", (1, 2, 3)),
        ": a tuple of 3 does not go into the declared type complex64"
    );
}

#[test]
fn dates_come_as_counts_or_texts() {
    assert_eq!(
        shown(
            "datetime64[ms]",
            &["1970-01-01T00:00:00.250Z", "2020-02-29", "NaT"]
        ),
        "[1970-01-01T00:00:00.250, 2020-02-29T00:00:00.000, NaT]"
    );
    assert_eq!(
        shown("datetime64[15us]", &[-1, 2]),
        "[1969-12-31T23:59:59.999985, 1970-01-01T00:00:00.000030]"
    );
    assert_eq!(
        shown("timedelta64[s]", &["PT1H", "-P1D"]),
        "[3600 seconds, -86400 seconds]"
    );
    assert_eq!(shown("timedelta64[s]", &[7_u8]), "[7 seconds]");
    there_and_back("timedelta64[ns]", &[1_i64, -5]);
    there_and_back("datetime64[s]", &["2020-02-29T12:30:00".to_owned()]);
    there_and_back("?datetime64[D]", &[Some("2020-02-29".to_owned()), None]);
    assert_eq!(
        reason("datetime64[s]", "2020-02-29T12:00:00.5"),
        ": \"2020-02-29T12:00:00.5\" is no datetime64[s]: it is no whole number of ticks"
    );
    assert_eq!(
        reason("datetime64[s]", 0.5),
        ": 0.5 is no datetime64[s], the declared type"
    );
    assert_eq!(
        reason("datetime64[s]", i64::MIN),
        ": -9223372036854775808 is no datetime64[s], the declared type"
    );
}

#[test]
fn texts_and_bytes() {
    there_and_back("string", &["a".to_owned(), String::new()]);
    there_and_back(
        "categorical[type=string]",
        &["a".to_owned(), "b".to_owned(), "a".to_owned()],
    );
    there_and_back(
        "?categorical[type=string]",
        &[Some("a".to_owned()), None, Some("a".to_owned())],
    );
    there_and_back("string[2]", &["ab".to_owned(), "é".to_owned()]);
    there_and_back("bytes", &[vec![1_u8, 255], vec![]]);
    there_and_back("bytes", &[serde_bytes::ByteBuf::from(b"\xff\0".to_vec())]);
    there_and_back("var * uint8", &[vec![1_u8, 255], vec![]]);
    let bytes = [serde_bytes::Bytes::new(b"\xff\0")];
    assert_eq!(shown("var * uint8", &bytes), "[[255, 0]]");
    assert_eq!(shown("2 * uint8", &bytes), "[[255, 0]]");
    assert_eq!(shown("bytes[2]", &bytes), r"[b'\xff\x00']");
    assert_eq!(
        reason("string[3]", "ab"),
        ": the list has 2 elements, and 3 * … is declared"
    );
    assert_eq!(
        reason("string", vec![1_u8]),
        ": a list does not go into the declared type string"
    );
    assert_eq!(
        reason("var * int8", bytes[0]),
        ": a bytestring does not go into the declared type var * int8"
    );
    assert_eq!(
        reason("string", 7),
        ": the number 7 does not go into the declared type string"
    );
    assert_eq!(
        reason("bytes", vec![300]),
        ", [0]: 300 is no byte, the declared type"
    );
}

#[test]
fn lists_and_tuples() {
    there_and_back("var * int16", &[vec![1, 2], vec![]]);
    there_and_back("3 * float32", &[[1.5, 2.5, 3.5]]);
    there_and_back("3 * float32", &[vec![1.5, 2.5, 3.5]]);
    there_and_back("0 * float32", &[Vec::<f32>::new(), vec![]]);
    there_and_back("0 * unknown", &[Vec::<f32>::new(), vec![]]);
    there_and_back("var * float32", &[(1.5, 2.0)]);
    there_and_back("(int8, string)", &[(1, "a".to_owned())]);
    there_and_back("(int8, ?string)", &[(1, None::<String>)]);
    there_and_back("2 * 2 * int8", &[[[1, 2], [3, 4]]]);
    assert_eq!(shown("(int8, ?string)", &[json!([1])]), "[(1, None)]");
    assert_eq!(shown("(int8, string)", &[json!([1, "a"])]), "[(1, 'a')]");
    assert_eq!(
        reason("3 * int8", (1, 2)),
        ": the list has 2 elements, and 3 * … is declared"
    );
    assert_eq!(
        reason("3 * int8", vec![1, 2, 3, 4, 5]),
        ": the list has at least 4 elements, and 3 * … is declared"
    );
    assert_eq!(
        reason("(int8, int8)", vec![1]),
        ": there are 1 elements, and a tuple of 2 is declared"
    );
    assert_eq!(
        reason("(int8, int8)", vec![1, 2, 3]),
        ": there are at least 3 elements, and a tuple of 2 is declared"
    );
    assert_eq!(
        reason("(int8, int8)", (1, 2, 3)),
        ": there are 3 elements, and a tuple of 2 is declared"
    );
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
struct Muon {
    pt: f32,
    charge: Option<i8>,
}

#[test]
fn records_have_the_declared_fields_in_their_order() {
    let of = "Muon[charge: ?int16, pt: float64, parameters={\"unit\": \"GeV\"}]";
    there_and_back(
        of,
        &[
            Muon {
                pt: 1.5,
                charge: Some(-1),
            },
            Muon {
                pt: 2.5,
                charge: None,
            },
        ],
    );
    assert_eq!(shown(of, &[json!({"pt": 7})]), "[{charge: None, pt: 7.0}]");
    assert_eq!(
        reason(of, json!({"charge": 1})),
        ": the field \"pt\" is not there, and its declared type float64 is no option"
    );
    assert_eq!(
        reason(of, json!({"pt": 1, "phi": 2})),
        ": no field \"phi\" is declared; there are charge, pt"
    );
    assert_eq!(
        reason(of, json!({"pt": null})),
        ", pt: it is missing, and the declared type float64 is no option"
    );
    assert_eq!(
        reason(of, [1]),
        format!(": a tuple of 1 does not go into the declared type {of}")
    );
    assert!(matches!(
        refused(of, json!({"phi": 2})).problem(),
        RowsProblem::Undeclared(Undeclared::NoSuchField { .. })
    ));
    assert_eq!(built("{}", &[json!({}), json!({})]).len(), 2);
}

#[test]
fn maps_are_what_is_declared() {
    let rows = [
        BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]),
        BTreeMap::new(),
    ];
    there_and_back("{a: ?int8, b: ?int64}", &rows);
    there_and_back("var * (string, int16)", &rows);
    there_and_back(
        "[var * (string, int16), parameters={\"__array__\": \"sorted_map\"}]",
        &rows,
    );
    let pairs = declared("{a: ?int8, b: ?int8}").maps(Maps::Pairs);
    assert_eq!(
        pairs.build(&rows).unwrap().form(),
        form_of("{a: ?int8, b: ?int8}")
    );
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
enum Shape {
    Point,
    Circle(f32),
    Line(i16, i16),
    Box { width: u32 },
}

#[test]
fn variants_find_their_place() {
    let all = [
        Shape::Circle(1.5),
        Shape::Point,
        Shape::Box { width: 7 },
        Shape::Line(1, 2),
    ];
    there_and_back(
        "union[{Box: {width: int64}}, {Line: 2 * int16}, categorical[type=string], {Circle: float64}]",
        &all,
    );
    there_and_back(
        "union[string, {Box: ?{width: int64}, Line: ?(int8, int8), Circle: ?float64}]",
        &all,
    );
    let some: Vec<Option<Shape>> = all.iter().cloned().map(Some).chain([None]).collect();
    there_and_back(
        "union[?{Box: {width: int64}}, ?{Line: 2 * int16}, ?string, ?{Circle: float64}]",
        &some,
    );
    there_and_back("string", &[Shape::Point]);
    assert_eq!(
        reason("{Circle: float64}", Shape::Line(1, 2)),
        ": no field \"Line\" is declared; there are Circle"
    );
    assert!(
        reason("union[{Circle: float32}, int8]", Shape::Point)
            .contains("a variant without anything")
    );
}

#[test]
fn of_a_union_that_content_is_taken_which_takes_the_value() {
    for (of, row, tag) in [
        ("union[float64, int8]", json!(7), 1),
        ("union[float64, int8]", json!(7.5), 0),
        ("union[float64, int8]", json!(300), 0),
        ("union[string, int64]", json!("a"), 0),
        ("union[string, datetime64[s]]", json!("2020"), 0),
        ("union[bool, datetime64[s]]", json!("2020"), 1),
        ("union[bytes, var * int64]", json!([1]), 1),
        ("union[{x: int8}, {y: int8}]", json!({"y": 1}), 1),
        (
            "union[{x: int8}, {x: int8, y: int8}]",
            json!({"y": 1, "x": 2}),
            1,
        ),
        ("union[{x: int8}, {x: string}]", json!({"x": "a"}), 1),
        ("union[var * int8, var * string]", json!(["a"]), 1),
        (
            "union[var * int8, var * string, 2 * bool]",
            json!([true, false]),
            2,
        ),
        ("union[bytes, var * string]", json!([1, 2]), 0),
        ("union[complex128, var * string]", json!([1.5, 2]), 0),
        ("union[complex128, var * float64]", json!([1.5, 2]), 1),
        ("union[2 * int8, var * int8]", json!([1, 2]), 1),
        ("union[3 * int8, (int8, string)]", json!([1, "a"]), 1),
        (
            "union[{a: var * {x: int8}}, {a: var * {y: int8}}]",
            json!({"a": [{"y": 1}]}),
            1,
        ),
        (
            "union[{a: union[{x: int8}, {y: int8}]}, {b: int8}]",
            json!({"a": {"y": 1}}),
            0,
        ),
    ] {
        let array = built(of, std::slice::from_ref(&row));
        // However it comes.
        let text = json!([row]).to_string();
        let packed = rmp_serde::to_vec(&row).unwrap();
        let mut builder = declared(of).begin();
        let mut packed = rmp_serde::Deserializer::from_read_ref(&packed);
        builder.push_from(&mut packed).unwrap();
        assert_eq!(builder.finish().unwrap(), array, "{of}");
        let mut events = serde_json::Deserializer::from_str(&text);
        assert_eq!(declared(of).read(&mut events).unwrap(), array, "{of}");
        let from = FromJson::new().schema(&of.parse().unwrap()).unwrap();
        assert_eq!(from.read_str(&text).unwrap(), array, "{of}");

        let Array::Union(union) = &array else {
            panic!("{of}")
        };
        assert_eq!(union.pick(0).unwrap().0, tag, "{of}: {row}");
        assert_eq!(array.len(), 1);
    }
    assert_eq!(
        reason("union[float64, int8]", "a"),
        ": a string does not go into the declared type union[float64, int8]"
    );
    assert_eq!(
        reason("union[var * int8, var * bool]", json!(["a"])),
        ": no content of the declared union takes it: [0]: a string does not go into the declared type int8; [0]: a string does \
         not go into the declared type bool"
    );
    // A row that none takes, and one behind it.
    let mut builder = declared("union[{x: var * int8}, {x: string}]").begin();
    let error = builder.push_from(json!({"x": [true]})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 0: no content of the declared union takes it: x[0]: a boolean does not go into the declared type int8; x: a list \
         does not go into the declared type string"
    );
    builder.push_from(json!({"x": "a"})).unwrap();
    assert_eq!(builder.finish().unwrap().len(), 1);
    there_and_back(
        "union[?int8, ?string]",
        &[json!(1), json!(null), json!("a")],
    );
    there_and_back("?union[int8, string]", &[json!(1), json!(null), json!("a")]);
    assert!(reason("union[int8, string]", ()).contains("it is missing"));
}

#[test]
fn what_is_unknown_is_learned() {
    let array = declared("{a: int8, b: unknown, c: ?unknown}").build([
        json!({"a": 1, "b": [1], "c": null}),
        json!({"a": 1, "b": [], "c": "x"}),
    ]);
    assert_eq!(
        array.unwrap().array_type().to_string(),
        "2 * {a: int8, b: var * uint64, c: ?string}"
    );
    let array = declared("var * unknown")
        .build([json!([1, "a", null])])
        .unwrap();
    assert_eq!(
        array.array_type().to_string(),
        "1 * var * union[?uint64, ?string]"
    );
    assert_eq!(
        built("{a: unknown, b: var * unknown}", &[] as &[Json]).len(),
        0
    );
}

#[test]
fn forms_are_kept_to_the_letter() {
    for (json, row) in [
        (
            r#"{"class": "NumpyArray", "primitive": "int32", "inner_shape": [2, 3]}"#,
            json!([[1, 2, 3], [4, 5, 6]]),
        ),
        (
            r#"{"class": "ListOffsetArray", "offsets": "i32", "content": "int8"}"#,
            json!([1, 2]),
        ),
        (
            r#"{"class": "ListArray", "starts": "u32", "stops": "u32", "content": "int8"}"#,
            json!([1, 2]),
        ),
        (
            r#"{"class": "ByteMaskedArray", "mask": "i8", "valid_when": true, "content": "int8"}"#,
            json!(null),
        ),
        (
            r#"{"class": "BitMaskedArray", "mask": "u8", "valid_when": false, "lsb_order": true, "content": "int8"}"#,
            json!(7),
        ),
        (r#"{"class": "UnmaskedArray", "content": "int8"}"#, json!(7)),
        (
            r#"{"class": "IndexedArray", "index": "i64", "content": "int8"}"#,
            json!(7),
        ),
    ] {
        let form = Form::from_json(json).unwrap();
        let rows = FromRows::new().of_form(&form).unwrap();
        let array = rows.build([&row]).unwrap();
        assert!(array.is_of_form(&form), "{json}");
        assert_eq!(array.to_rows::<Json>().unwrap(), [row]);
        assert!(
            rows.build([] as [Json; 0]).unwrap().is_of_form(&form),
            "{json}"
        );
    }
    let form = Form::from_json(r#"{"class": "UnmaskedArray", "content": "int8"}"#).unwrap();
    let error = FromRows::new()
        .of_form(&form)
        .unwrap()
        .build([None::<i8>])
        .unwrap_err();
    assert!(matches!(error.problem(), RowsProblem::Array(_)));
}

#[test]
fn types_that_awkward_forbids_are_kept_to_as_well() {
    for of in [
        "??int8",
        "union[int8, union[string, bool]]",
        "categorical[type=int64]",
        "?categorical[type=int64]",
        "categorical[type=?string]",
    ] {
        let rows = declared(of);
        assert_eq!(
            rows.build([] as [i8; 0]).unwrap().form(),
            form_of(of),
            "{of}"
        );
    }
    assert_eq!(shown("??int8", &[Some(1), None]), "[1, None]");
    assert_eq!(shown("categorical[type=int64]", &[3, 5, 3]), "[3, 5, 3]");
    assert!(matches!(
        built("categorical[type=int64]", &[3, 5, 3]),
        Array::Indexed(_)
    ));
}

#[test]
fn options_in_options_keep_their_parameters() {
    let named = |name: &str| format!("parameters={{\"name\": \"{name}\"}}");
    let (a, b, c) = (named("a"), named("b"), named("c"));
    for of in [
        format!("option[?int64, {a}]"),
        format!("?option[int64, {a}]"),
        format!("option[option[int64, {a}], {b}]"),
        format!("option[option[option[int64[{a}], {b}], {c}], {a}]"),
        format!("?option[?int64, {a}]"),
        format!("option[option[string, {a}], {b}]"),
        format!("option[option[var * option[?int64, {c}], {a}], {b}]"),
        format!("option[option[union[int64, bool], {a}], {b}]"),
        format!("option[option[union[option[?int64, {c}], bool], {a}], {b}]"),
        format!("option[option[{{x: option[?int64, {c}]}}, {a}], {b}]"),
        format!("option[option[unknown, {a}], {b}]"),
        format!("option[?unknown, {a}]"),
    ] {
        let value = match &of {
            of if of.contains("string") => json!("x"),
            of if of.contains("var") => json!([1, null]),
            of if of.contains("x:") => json!({"x": null}),
            _ => json!(1),
        };
        for rows in [
            vec![],
            vec![json!(null)],
            vec![value.clone()],
            vec![json!(null), value.clone(), json!(null)],
        ] {
            let array = declared(&of).build(&rows);
            let array = array.unwrap_or_else(|error| panic!("{of} {rows:?}: {error}"));
            if !of.contains("unknown") {
                assert_eq!(array.form(), form_of(&of), "{of} {rows:?}");
            }
            assert_eq!(array.to_rows::<Json>().unwrap(), rows, "{of}");
        }
    }
}

#[test]
fn options_in_options_are_laid_out_as_the_form_says() {
    let option = |class: &str, name: &str, content: &str| {
        let class = match class {
            "IndexedOptionArray" => r#""IndexedOptionArray", "index": "i64""#,
            "IndexedArray" => r#""IndexedArray", "index": "i64""#,
            "ByteMaskedArray" => r#""ByteMaskedArray", "mask": "i8", "valid_when": false"#,
            "BitMaskedArray" => {
                r#""BitMaskedArray", "mask": "u8", "valid_when": true, "lsb_order": true"#
            }
            _ => r#""UnmaskedArray""#,
        };
        let parameters = match name {
            "" => String::new(),
            name => format!(r#", "parameters": {{"name": "{name}"}}"#),
        };
        format!(r#"{{"class": {class}, "content": {content}{parameters}}}"#)
    };
    let classes = [
        "IndexedOptionArray",
        "IndexedArray",
        "ByteMaskedArray",
        "BitMaskedArray",
        "UnmaskedArray",
    ];
    for outer in classes {
        for inner in classes {
            for (a, b) in [("", ""), ("a", ""), ("", "b"), ("a", "b")] {
                for content in [
                    r#""int64""#,
                    r#"{"class": "NumpyArray", "primitive": "int64", "parameters": {"name": "c"}}"#,
                ] {
                    let json = option(outer, a, &option(inner, b, content));
                    let form = Form::from_json(&json).unwrap();
                    let from = FromRows::new().of_form(&form).unwrap();
                    let has_missing = |class| !["IndexedArray", "UnmaskedArray"].contains(&class);
                    for rows in [vec![], vec![json!(1)], vec![json!(1), json!(null)]] {
                        if rows.len() == 2 && !has_missing(outer) && !has_missing(inner) {
                            assert!(from.build(&rows).is_err(), "{json}");
                            continue;
                        }
                        let array = from.build(&rows);
                        let array = array.unwrap_or_else(|error| panic!("{json}: {error}"));
                        assert_eq!(array.form(), form, "{rows:?}");
                        assert_eq!(array.to_rows::<Json>().unwrap(), rows, "{json}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_row_that_is_refused_leaves_nothing() {
    let of = "{a: var * 2 * ?string, b: union[int8, {c: (bool, bytes)}], d: complex64, e: categorical[type=string]}";
    let whole = json!({"a": [["x", null]], "b": {"c": [true, [1, 2]]}, "d": [1, 2], "e": "one"});
    let mut builder = declared(of).begin();
    for (name, bad) in [
        ("a", json!([["y", "z"], ["w"]])),
        ("b", json!({"c": [true, [1, 300]]})),
        ("b", json!({"c": [true]})),
        ("d", json!([1, "x"])),
        ("e", json!(7)),
        ("f", json!(1)),
    ] {
        builder.push(&whole).unwrap();
        let mut row = whole.clone();
        row["e"] = "two".into();
        row[name] = bad;
        let error = builder.push(&row).unwrap_err();
        assert_eq!(error.row(), Some(builder.len() as u64));
    }
    let array = builder.finish().unwrap();
    assert_eq!(array, built(of, &vec![whole; 6]));
}

/// Whatever is learned from a row that is refused is forgotten.
#[test]
fn a_row_that_is_refused_teaches_nothing() {
    let wide = i128::MAX;
    let good = json!({"a": 1, "b": [{"c": "x"}], "d": {"e": true}});
    let mut builder = FromRows::new().begin();
    let refuse = |builder: &mut gawky_array::rows::RowBuilder, row: Json| {
        builder.push(&(row, wide)).unwrap_err();
    };
    refuse(&mut builder, good.clone());
    assert!(builder.is_empty());
    // Of rows that are tuples with a number that is too wide nothing is left, whatever came before it.
    assert_eq!(
        builder.finish().unwrap().array_type().to_string(),
        "0 * unknown"
    );

    #[derive(Serialize)]
    struct Row {
        json: Json,
        wide: Option<i128>,
    }
    let row = |json: &Json| Row {
        json: json.clone(),
        wide: None,
    };
    let refused = |json: Json| Row {
        json,
        wide: Some(wide),
    };
    let mut builder = FromRows::new().begin();
    let expected = FromRows::new().build([row(&good), row(&good)]).unwrap();
    builder.push(&refused(json!("first"))).unwrap_err();
    builder.push(&row(&good)).unwrap();
    for json in [
        json!(null),
        json!("text"),
        json!([]),
        json!({"a": null}),
        json!({"a": "text"}),
        json!({"z": 1, "b": []}),
        json!({"b": [null, {"c": "x", "f": {"g": [[]]}}], "d": null}),
        json!({"b": [{"c": [1, "x", null, true]}], "d": {"e": 1}}),
    ] {
        builder.push(&refused(json)).unwrap_err();
    }
    builder.push(&row(&good)).unwrap();
    builder.push(&refused(json!({"y": 1}))).unwrap_err();
    assert_eq!(builder.finish().unwrap(), expected);
}

/// Whether JSON tells which of a form's nodes a value is of: not where alternatives of a union take the same values, `[0]` as numbers and
/// as complex ones, and not where two fields have one name.
fn is_told_by_json(form: &Form) -> bool {
    let is_told = match form {
        Form::Union(_) => false,
        Form::Record(record) => {
            let names = record.fields();
            names.is_none_or(|names| names.iter().collect::<BTreeSet<_>>().len() == names.len())
        }
        _ => true,
    };
    is_told && form.children().iter().all(|child| is_told_by_json(child))
}

proptest! {
    #![proptest_config(cases(300))]

    /// Rows of any array, as values of JSON, are the same array again where its type is declared.
    #[test]
    fn rows_of_any_array_go_into_its_type(array in arrays()) {
        let of = array.form().type_();
        if is_small(&array)
            && is_told_by_json(&array.form())
            && let Ok(rows) = array.to_rows::<Json>()
            && let Ok(declared) = FromRows::new().of_type(&of)
            && let Ok(again) = declared.build(&rows)
        {
            prop_assert_eq!(again.to_rows::<Json>().unwrap(), rows);
        }
    }

    /// The form is the declared one, also of no rows at all.
    #[test]
    fn no_rows_are_of_the_declared_form(array in arrays()) {
        let of = array.form().type_();
        if let Ok(form) = Form::from_type(&of) {
            let none = FromRows::new().of_type(&of).unwrap().build([] as [Json; 0]).unwrap();
            prop_assert!(none.is_of_form(&form) || form.has_unknown());
        }
    }
}
