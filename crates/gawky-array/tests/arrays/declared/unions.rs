//! Which content of a union a value goes into.

use gawky_array::Array;
use gawky_array::json::FromJson;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{built, declared, reason, there_and_back};

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
