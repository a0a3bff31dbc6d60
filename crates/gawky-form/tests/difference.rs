//! In what forms differ.

#![allow(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use gawky_form::{Form, FormDifferences, FormKeyFormat};

fn form(json: &str) -> Form {
    Form::from_json(json).unwrap()
}

fn lines(here: &str, there: &str) -> Vec<String> {
    let (here, there) = (form(here), form(there));
    let back = there.difference(&here);
    let differences = here.difference(&there);
    assert_eq!(back.len(), differences.len());
    differences.iter().map(ToString::to_string).collect()
}

fn record(fields: &str, contents: &str) -> String {
    format!(r#"{{"class": "RecordArray", "fields": {fields}, "contents": {contents}}}"#)
}

#[test]
fn form_keys_do_not_count() {
    let plain = form(&record(r#"["x", "y"]"#, r#"["int64", "bool"]"#));
    let named = plain.with_form_keys(&FormKeyFormat::default(), 0).unwrap();
    assert_ne!(plain, named);
    assert!(plain.difference(&named).is_empty());
    assert_eq!(plain.difference(&named).to_string(), "");
}

#[test]
fn each_node_with_its_facts() {
    for (here, there, said) in [
        (
            r#""int64""#,
            r#""int32""#,
            "NumpyArray (int64) here, NumpyArray (int32) there",
        ),
        (
            r#"{"class": "NumpyArray", "primitive": "bool", "inner_shape": [2, 3]}"#,
            r#"{"class": "NumpyArray", "primitive": "bool", "inner_shape": [2]}"#,
            "NumpyArray (bool, 2, 3) here, NumpyArray (bool, 2) there",
        ),
        (
            r#""int64""#,
            r#"{"class": "EmptyArray"}"#,
            "NumpyArray (int64) here, EmptyArray there",
        ),
        (
            r#"{"class": "ListArray", "starts": "i32", "stops": "i32", "content": "int8"}"#,
            r#"{"class": "RegularArray", "size": 3, "content": "int8"}"#,
            "ListArray (i32) here, RegularArray (size 3) there",
        ),
        (
            r#"{"class": "BitMaskedArray", "mask": "u8", "valid_when": true, "lsb_order": false, "content": "int8"}"#,
            r#"{"class": "UnmaskedArray", "content": "int8"}"#,
            "BitMaskedArray (valid_when true, lsb_order false) here, UnmaskedArray there",
        ),
        (
            r#"{"class": "IndexedOptionArray", "index": "i32", "content": "int8"}"#,
            r#""int8""#,
            "IndexedOptionArray (i32) here, no such layer there",
        ),
        (
            r#"{"class": "RecordArray", "fields": null, "contents": ["int8"]}"#,
            r#"{"class": "RecordArray", "fields": ["0"], "contents": ["int8"]}"#,
            "RecordArray (1 slots) here, RecordArray (1 fields) there",
        ),
        (
            r#"{"class": "NumpyArray", "primitive": "int8", "parameters": {"doc": "x"}}"#,
            r#"{"class": "NumpyArray", "primitive": "int8", "parameters": {"doc": [1]}}"#,
            r#"parameter "doc" "x" here, parameter "doc" [1] there"#,
        ),
        (
            r#"{"class": "NumpyArray", "primitive": "int8", "parameters": {"doc": null}}"#,
            r#""int8""#,
            r#"parameter "doc" null here, no parameter "doc" there"#,
        ),
    ] {
        assert_eq!(lines(here, there), [format!("(root): {said}")]);
    }
}

#[test]
fn what_lies_below_is_compared_by_name() {
    let list = |content: &str| {
        format!(r#"{{"class": "ListOffsetArray", "offsets": "i64", "content": {content}}}"#)
    };
    let option = r#"{"class": "UnmaskedArray", "content": "int32"}"#;
    let here = list(&record(
        r#"["pt", "q", "x"]"#,
        &format!(r#"["float32", {option}, "bool"]"#),
    ));
    let there = list(&record(
        r#"["q", "y", "pt"]"#,
        r#"["int64", "bool", "float32"]"#,
    ));
    assert_eq!(
        lines(&here, &there),
        [
            "q: UnmaskedArray here, no such layer there",
            "q: NumpyArray (int32) here, NumpyArray (int64) there",
            "x: NumpyArray (bool) here, nothing there",
            "y: nothing here, NumpyArray (bool) there",
            "(root): fields in the order pt, q, x here, fields in the order q, y, pt there",
        ]
    );
    let union = |contents: &str| {
        format!(
            r#"{{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": {contents}}}"#
        )
    };
    assert_eq!(
        lines(&union(r#"["int8", "bool"]"#), &union(r#"["int16"]"#)),
        [
            "(root): UnionArray (i64, 2 contents) here, UnionArray (i64, 1 contents) there",
            "[0]: NumpyArray (int8) here, NumpyArray (int16) there",
            "[1]: NumpyArray (bool) here, nothing there",
        ]
    );
}

#[test]
fn many_differences_are_counted() {
    let columns = |primitive: &str| {
        let names: Vec<_> = (0..947).map(|column| format!(r#""c{column}""#)).collect();
        let contents = vec![format!("{primitive:?}"); 947];
        form(&record(
            &format!("[{}]", names.join(",")),
            &format!("[{}]", contents.join(",")),
        ))
    };
    let differences = columns("int64").difference(&columns("int32"));
    assert_eq!(differences.len(), 947);
    assert_eq!(differences.iter().count(), FormDifferences::MAX_KEPT);
    let text = differences.to_string();
    assert_eq!(text.lines().count(), 21);
    assert_eq!(text.lines().last(), Some("and 927 more"));
    assert_eq!(
        differences.in_brief(1),
        "c0: NumpyArray (int64) here, NumpyArray (int32) there; and 946 more"
    );
}
