//! Of which type rows are.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{Metres, Pair, Shape, Unit, there_and_back, type_of};

#[test]
fn every_kind_of_serde_has_its_type() {
    assert_eq!(there_and_back(&[true, false]), "2 * bool");
    assert_eq!(there_and_back(&[i8::MIN]), "1 * int8");
    assert_eq!(there_and_back(&[i16::MIN]), "1 * int16");
    assert_eq!(there_and_back(&[i32::MIN]), "1 * int32");
    assert_eq!(there_and_back(&[i64::MIN]), "1 * int64");
    assert_eq!(there_and_back(&[u8::MAX]), "1 * uint8");
    assert_eq!(there_and_back(&[u16::MAX]), "1 * uint16");
    assert_eq!(there_and_back(&[u32::MAX]), "1 * uint32");
    assert_eq!(there_and_back(&[u64::MAX]), "1 * uint64");
    assert_eq!(there_and_back(&[0.1_f32]), "1 * float32");
    assert_eq!(there_and_back(&[0.1_f64, f64::INFINITY]), "2 * float64");
    assert_eq!(there_and_back(&['a', 'é']), "2 * string");
    assert_eq!(
        there_and_back(&["a".to_owned(), String::new()]),
        "2 * string"
    );
    assert_eq!(there_and_back(&[Some(1), None]), "2 * ?int32");
    assert_eq!(there_and_back(&[Some(1)]), "1 * ?int32");
    assert_eq!(there_and_back(&[None::<i32>]), "1 * ?unknown");
    assert_eq!(there_and_back(&[()]), "1 * ?unknown");
    assert_eq!(there_and_back(&[Unit]), "1 * ?unknown");
    assert_eq!(there_and_back(&[Metres(1.5)]), "1 * float64");
    assert_eq!(there_and_back(&[vec![1_u8], vec![]]), "2 * var * uint8");
    assert_eq!(
        there_and_back(&[(1, "a".to_owned())]),
        "1 * (int32, string)"
    );
    assert_eq!(
        there_and_back(&[Pair(1, "a".to_owned())]),
        "1 * (uint8, string)"
    );
    assert_eq!(
        there_and_back(&[[1.5_f32; 3]]),
        "1 * (float32, float32, float32)"
    );
    assert_eq!(
        there_and_back(&[
            BTreeMap::from([("a".to_owned(), 1)]),
            BTreeMap::from([("b".to_owned(), 2)])
        ]),
        "2 * {a: ?int32, b: ?int32}"
    );
    assert_eq!(
        there_and_back(&[BTreeMap::from([(7_u64, 1)])]),
        r#"1 * {"7": int32}"#
    );
    assert_eq!(
        there_and_back(&[BTreeMap::from([(true, 1)])]),
        "1 * {true: int32}"
    );
    assert_eq!(there_and_back(&[Vec::<i32>::new()]), "1 * var * unknown");
    assert_eq!(there_and_back::<i32>(&[]), "0 * unknown");
}

#[test]
fn variants_are_categories_and_records_of_one_field() {
    assert_eq!(
        there_and_back(&[Shape::Point, Shape::Nothing, Shape::Point]),
        "3 * categorical[type=string]"
    );
    let all = [
        Shape::Point,
        Shape::Circle(1.5),
        Shape::Line(1, 2),
        Shape::Box {
            width: 7,
            names: vec!["a".to_owned()],
        },
        Shape::Circle(2.5),
        Shape::Nothing,
    ];
    assert_eq!(
        there_and_back(&all),
        "6 * union[categorical[type=string], {Circle: float32}, {Line: (int16, int16)}, \
         {Box: {width: uint32, names: var * string}}]"
    );
    // In Awkward 2 there are no options of unions, but unions of options.
    let some: Vec<_> = all.iter().cloned().map(Some).chain([None]).collect();
    assert!(
        there_and_back(&some).starts_with("7 * union[?categorical[type=string]"),
        "{}",
        type_of(&some)
    );
}

#[test]
fn numbers_of_several_dtypes_are_of_one_that_holds_them_exactly() {
    for (rows, expected) in [
        (json!([1, -1]), "2 * int64"),
        (json!([1, 1.5]), "2 * float64"),
        (json!([1.5, 1, -1]), "3 * float64"),
        (
            json!([1.5, 9_007_199_254_740_993_u64]),
            "2 * union[float64, uint64]",
        ),
        (
            json!([9_223_372_036_854_775_807_u64, 0.5]),
            "2 * union[uint64, float64]",
        ),
        (json!([u64::MAX, -1]), "2 * union[uint64, int64]"),
        (json!([i64::MAX, -1]), "2 * int64"),
        (json!([1, "a", 2, null]), "4 * union[?uint64, ?string]"),
        (json!([true, 1]), "2 * union[bool, uint64]"),
    ] {
        let rows = rows.as_array().unwrap();
        assert_eq!(type_of(rows), expected, "{rows:?}");
    }
    let mixed = |one: Json, other: Json| type_of(&[one, other]);
    assert_eq!(
        mixed(json!({"a": 1}), json!({"b": [1.5]})),
        "2 * {a: ?uint64, b: option[var * float64]}"
    );
}
