//! Classes, indexes and parameters are those of the declared form, and what is unknown there is learned.

use gawky_array::Array;
use gawky_array::rows::{FromRows, RowsProblem};
use gawky_form::Form;
use serde_json::{Value as Json, json};

use super::{built, declared, form_of, shown};

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
