//! A row that is refused is as if it had not come.

use gawky_array::rows::FromRows;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{built, declared};

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
