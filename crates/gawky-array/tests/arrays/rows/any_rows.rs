//! Any rows come back, and those of any array.

use std::collections::BTreeMap;

use gawky_array::Array;
use gawky_testkit::arbitrary::{arrays, is_small};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Shape;
use crate::properties::cases;

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
struct Row {
    number: i32,
    maybe: Option<f64>,
    lists: Vec<Vec<u16>>,
    text: String,
    pair: (bool, Option<String>),
    shape: Shape,
    shapes: Vec<Option<Shape>>,
    map: BTreeMap<String, i8>,
    inner: Option<Box<Row>>,
}

fn shapes() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Nothing),
        Just(Shape::Point),
        (-1e9_f32..1e9).prop_map(Shape::Circle),
        any::<(i16, i16)>().prop_map(|(a, b)| Shape::Line(a, b)),
        (any::<u32>(), vec(".{0,3}", 0..3)).prop_map(|(width, names)| Shape::Box { width, names }),
    ]
}

fn rows() -> impl Strategy<Value = Row> {
    let flat = (
        any::<i32>(),
        option::of(-1e300_f64..1e300),
        vec(vec(any::<u16>(), 0..3), 0..3),
        ".{0,5}",
        (any::<bool>(), option::of(".{0,2}")),
        shapes(),
        vec(option::of(shapes()), 0..3),
        btree_map("[a-c]", any::<i8>(), 0..3),
    )
        .prop_map(
            |(number, maybe, lists, text, pair, shape, shapes, map)| Row {
                number,
                maybe,
                lists,
                text,
                pair,
                shape,
                shapes,
                map,
                inner: None,
            },
        );
    flat.prop_recursive(2, 3, 1, |inner| {
        (inner.clone(), inner).prop_map(|(outer, inner)| Row {
            inner: Some(Box::new(inner)),
            ..outer
        })
    })
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn rows_come_back_as_they_were(rows in vec(rows(), 0..6)) {
        let array = Array::from_rows(&rows).unwrap();
        prop_assert_eq!(array.to_rows::<Row>().unwrap(), rows);
    }

    /// Whatever the array: its rows as values of JSON, and these as rows again, are the same values of JSON.
    #[test]
    fn rows_of_any_array_can_be_read_and_made_again(array in arrays()) {
        if is_small(&array) && let Ok(rows) = array.to_rows::<Json>() {
            let again = Array::from_rows(&rows).unwrap();
            let again = again.to_rows::<Json>().unwrap();
            prop_assert_eq!(again.len(), rows.len());
            for (again, row) in again.iter().zip(&rows) {
                prop_assert!(alike(again, row), "{again} is not {row}");
            }
        }
    }
}

/// Whether both are the same, but for fields that one of them lacks and the other says to be missing.
fn alike(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Object(one), Json::Object(other)) => {
            let within = |some: &serde_json::Map<String, Json>,
                          all: &serde_json::Map<String, Json>| {
                some.iter()
                    .all(|(name, value)| alike(all.get(name).unwrap_or(&Json::Null), value))
            };
            within(one, other) && within(other, one)
        }
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        // An integer may have become a float, where it is the same number.
        (Json::Number(one), Json::Number(other)) => one.as_f64() == other.as_f64(),
        (one, other) => one == other,
    }
}
