//! Rust values as rows, and rows as Rust values.

use std::collections::{BTreeMap, HashMap};

use gawky_array::Array;
use gawky_array::rows::{FromRows, Maps, RowsProblem};
use gawky_testkit::arbitrary::{arrays, is_small};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::properties::cases;

fn type_of<T: Serialize>(rows: &[T]) -> String {
    let array = Array::from_rows(rows).unwrap();
    array.array_type().to_string()
}

/// The type of the rows, which come back as they were.
fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    rows: &[T],
) -> String {
    let array = Array::from_rows(rows).unwrap();
    assert_eq!(array.to_rows::<T>().unwrap(), rows);
    assert_eq!(array.len(), rows.len());
    array.array_type().to_string()
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
struct Unit;

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
struct Metres(f64);

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
struct Pair(u8, String);

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
enum Shape {
    Nothing,
    Point,
    Circle(f32),
    Line(i16, i16),
    Box { width: u32, names: Vec<String> },
}

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

#[test]
fn what_is_missing_is_as_if_it_were_not_there() {
    #[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
    struct Event {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        muons: Vec<i32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        met: Option<f32>,
        #[serde(flatten)]
        more: HashMap<String, i64>,
    }
    let more = HashMap::from([("run".to_owned(), 7)]);
    let empty = Event {
        muons: vec![],
        met: None,
        more: HashMap::new(),
    };
    let full = Event {
        muons: vec![1],
        met: Some(1.5),
        more,
    };
    assert_eq!(
        there_and_back(&[empty.clone(), full, empty]),
        "3 * {muons: option[var * int32], met: ?float32, run: ?int64}"
    );
}

#[test]
fn none_comes_back_whatever_a_struct_has_by_default() {
    #[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
    #[serde(default)]
    struct Limits {
        most: Option<i32>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        steps: Vec<i32>,
        nothing: (),
        any: Json,
    }
    impl Default for Limits {
        fn default() -> Self {
            Self {
                most: Some(100),
                steps: vec![],
                nothing: (),
                any: json!("anything"),
            }
        }
    }
    #[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
    struct Event {
        of: Option<Limits>,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        name: String,
    }
    let limits = |most, steps: &[i32]| Limits {
        most,
        steps: steps.to_vec(),
        any: json!(null),
        ..Limits::default()
    };
    let event = |of, name: &str| Event {
        of,
        name: name.to_owned(),
    };
    let rows = [
        event(Some(limits(None, &[])), ""),
        event(Some(limits(Some(1), &[2])), "b"),
        event(None, ""),
    ];
    there_and_back(&rows);

    #[derive(Deserialize, Debug)]
    struct Wanted {
        #[expect(dead_code, reason = "it is never read")]
        most: i32,
    }
    let array = Array::from_rows([limits(Some(1), &[]), limits(None, &[])]).unwrap();
    let error = array.to_rows::<Wanted>().unwrap_err();
    assert_eq!(error.to_string(), "row 1: missing field `most`");
}

#[test]
fn a_float_beyond_those_of_32_bits_is_none_of_them() {
    let array = Array::from_rows([Some(0.1), Some(f64::NEG_INFINITY), Some(1e300)]).unwrap();
    let reader = array.row_reader().unwrap();
    assert_eq!(reader.row::<f32>(0).unwrap(), 0.1);
    assert_eq!(
        reader.row::<Option<f32>>(1).unwrap(),
        Some(f32::NEG_INFINITY)
    );
    let error = reader.row::<f32>(2).unwrap_err();
    assert_eq!(error.to_string(), "row 2: 1e300 is no f32");
}

#[test]
fn text_and_bytes_can_be_borrowed() {
    let array = Array::from_rows(["a", "bc"]).unwrap();
    assert_eq!(array.to_rows::<&str>().unwrap(), ["a", "bc"]);
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Blob<'a> {
        #[serde(borrow, with = "serde_bytes")]
        bytes: &'a [u8],
    }
    let array = Array::from_rows([Blob { bytes: b"\xff\0" }]).unwrap();
    assert_eq!(array.array_type().to_string(), "1 * {bytes: bytes}");
    assert_eq!(
        array.to_rows::<Blob<'_>>().unwrap(),
        [Blob { bytes: b"\xff\0" }]
    );
}

#[test]
fn a_reader_reads_any_row() {
    let array = Array::from_rows([vec![1], vec![], vec![2, 3]]).unwrap();
    let reader = array.row_reader().unwrap();
    assert_eq!((reader.len(), reader.is_empty()), (3, false));
    assert_eq!(reader.row::<Vec<i64>>(2).unwrap(), [2, 3]);
    assert_eq!(reader.row::<[u8; 1]>(0).unwrap(), [1]);
    let rows: Vec<Vec<i32>> = reader.rows(1..3).collect::<Result<_, _>>().unwrap();
    assert_eq!(rows, [vec![], vec![2, 3]]);
    let error = reader.rows::<Vec<i8>>(2..4).last().unwrap().unwrap_err();
    assert!(matches!(error.problem(), RowsProblem::Array(_)), "{error}");
    let error = reader.row::<String>(1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 1: invalid type: sequence, expected a string"
    );
    // Of rows that were cut out, only those are there.
    let cut = array.slice(1..3).unwrap();
    assert_eq!(cut.to_rows::<Vec<i64>>().unwrap(), [vec![], vec![2, 3]]);
}

#[test]
fn maps_can_be_lists_of_pairs() {
    let rows = [
        BTreeMap::from([(vec![1_u8], 1.5), (vec![], 2.5)]),
        BTreeMap::new(),
    ];
    let array = FromRows::new().maps(Maps::Pairs).build(&rows).unwrap();
    assert_eq!(
        array.array_type().to_string(),
        "2 * var * (var * uint8, float64)"
    );
    assert_eq!(array.to_rows::<BTreeMap<Vec<u8>, f64>>().unwrap(), rows);

    // Beside lists that hold something else, and by the two calls of maps that are flattened.
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Either {
        Map(BTreeMap<i32, i32>),
        List(Vec<i32>),
    }
    #[derive(Serialize)]
    struct Flat {
        #[serde(flatten)]
        either: BTreeMap<String, Either>,
    }
    let map = || Either::Map(BTreeMap::from([(1, 2)]));
    let rows = [
        ("a".to_owned(), map()),
        ("b".to_owned(), Either::List(vec![7])),
        ("c".to_owned(), map()),
    ];
    let rows = [Flat {
        either: rows.into(),
    }];
    let array = FromRows::new().maps(Maps::Pairs).build(&rows).unwrap();
    assert_eq!(
        array.value().unwrap().to_string(),
        "[[('a', [(1, 2)]), ('b', [7]), ('c', [(1, 2)])]]"
    );
}

#[test]
fn maps_can_be_called_maps() {
    let built = |maps, row: &Json| {
        let text = row.to_string();
        let read = FromRows::new().maps(maps);
        let array = read.build([row]);
        // By serde's events it is the same, and as JSON.
        let events = read.read(&mut serde_json::Deserializer::from_str(&format!(
            "[{text}]"
        )));
        let parsed = gawky_array::json::FromJson::new()
            .maps(maps)
            .read_str(&format!("[{text}]"));
        match &array {
            Ok(array) => {
                assert_eq!(events.unwrap(), *array);
                assert_eq!(parsed.unwrap(), *array);
            }
            Err(error) => {
                assert_eq!(events.unwrap_err(), *error);
                let parsed = parsed.unwrap_err();
                assert!(
                    parsed.to_string().contains(&error.problem().to_string()),
                    "{parsed}"
                );
            }
        }
        array
    };
    let row = json!({"b": {"x": 1.5}, "é": {"y": 2.5, "x": 3.5}});
    for (maps, of) in [
        (
            Maps::Pairs,
            "var * (string, var * (string, float64))".to_owned(),
        ),
        (Maps::Map, pairs_called("map")),
    ] {
        let array = built(maps, &row).unwrap();
        assert_eq!(array.array_type().to_string(), format!("1 * {of}"));
        assert_eq!(
            array.to_rows::<HashMap<String, Json>>().unwrap()[0].len(),
            2
        );
    }
    let error = built(Maps::SortedMap, &row).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 0, [1].1: the keys of a sorted_map ascend, and key 1 is not behind the one before it: sort them, or make \
         maps plain ones, by Maps::Map"
    );
    let sorted = json!({"b": {"x": 1.5}, "é": {"x": 3.5, "y": 2.5}, "ü": {}});
    let array = built(Maps::SortedMap, &sorted).unwrap();
    let of = pairs_called("sorted_map");
    assert_eq!(array.array_type().to_string(), format!("1 * {of}"));

    // So it is where that is declared, whatever the pairs come as.
    let declared = FromRows::new().of_type(&of.parse().unwrap()).unwrap();
    assert_eq!(declared.build([&sorted]).unwrap(), array);
    assert!(declared.build([&row]).is_err());
    let pairs = json!([["b", [["x", 1.5]]], ["c", [["x", 2.5], ["x", 3.5]]]]);
    let error = declared.build([&pairs]).unwrap_err();
    assert_eq!(error.path(), "[1][1]");
    assert_eq!(*error.problem(), RowsProblem::Unsorted { key: 1 });
}

fn pairs_called(name: &str) -> String {
    let called = format!("parameters={{\"__array__\": \"{name}\"}}");
    format!("var * tuple[[string, var * tuple[[string, float64], {called}]], {called}]")
}

#[test]
fn keys_of_sorted_maps_ascend() {
    fn sorted<T: Serialize + Clone>(keys: &[T]) -> Result<Array, RowsProblem> {
        #[derive(Clone)]
        struct Keys<'k, T>(&'k [T]);
        impl<T: Serialize> Serialize for Keys<'_, T> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|key| (key, ())))
            }
        }
        let rows = [Keys(&keys[..1]), Keys(keys), Keys(&[]), Keys(keys)];
        let built = FromRows::new().maps(Maps::SortedMap).build(&rows);
        built.map_err(|error| {
            assert_eq!((error.row(), error.path().as_str()), (Some(1), ""));
            error.problem().clone()
        })
    }
    let ascends = |key| Err(RowsProblem::Unsorted { key });
    assert!(sorted(&[-1, 0, 300]).is_ok());
    assert_eq!(sorted(&[-1, 0, 0]), ascends(2));
    assert_eq!(sorted(&[2_u64, 1]), ascends(1));
    assert!(sorted(&[false, true]).is_ok());
    assert_eq!(sorted(&[true, true]), ascends(1));
    assert!(sorted(&[-0.5, 1.5]).is_ok());
    assert_eq!(sorted(&[0.0, -0.0]), ascends(1));
    assert_eq!(sorted(&[0.0, f64::NAN]), ascends(1));
    assert!(sorted(&['a', 'é', '\u{ffff}', '\u{10000}']).is_ok());
    assert_eq!(sorted(&["b", "a"]), ascends(1));
    assert!(sorted(&[Shape::Nothing, Shape::Point]).is_ok());
    assert_eq!(sorted(&[Shape::Point, Shape::Nothing]), ascends(1));
    // A row that is refused leaves the others as they are.
    let mut builder = FromRows::new().maps(Maps::SortedMap).begin();
    builder.push(&BTreeMap::from([(1, 1), (2, 2)])).unwrap();
    let none: [(Option<i32>, i32); 0] = [];
    builder
        .push(&none.into_iter().collect::<BTreeMap<_, _>>())
        .unwrap();
    assert!(
        builder
            .push(&BTreeMap::from([(None::<i32>, 1), (Some(1), 1)]))
            .is_err()
    );
    builder.push(&BTreeMap::from([(0, 1), (1, 2)])).unwrap();
    assert_eq!(builder.finish().unwrap().len(), 3);

    let tuples = FromRows::new().maps(Maps::SortedMap);
    let error = tuples.build([BTreeMap::from([((1, 2), 3)])]).unwrap_err();
    assert_eq!(*error.problem(), RowsProblem::NoOrder);
    // Beside lists of tuples, which are no maps.
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Either {
        Map(BTreeMap<i32, i32>),
        List(Vec<(i32, i32)>),
    }
    let rows = [
        Either::Map(BTreeMap::from([(1, 2), (3, 4)])),
        Either::List(vec![(5, 6), (1, 2)]),
        Either::Map(BTreeMap::from([(0, 2)])),
    ];
    let array = FromRows::new().maps(Maps::SortedMap).build(&rows).unwrap();
    assert_eq!(
        array.value().unwrap().to_string(),
        "[[(1, 2), (3, 4)], [(5, 6), (1, 2)], [(0, 2)]]"
    );
}

#[test]
fn errors_say_where() {
    let wide = |value: i128| {
        json!(0)
            .is_number()
            .then_some(BTreeMap::from([("a", vec![value])]))
    };
    let error = Array::from_rows([None, wide(1)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 1, a[0]: there is no dtype of 128 bits: make it a string, or two integers"
    );
    assert_eq!((error.row(), error.path().as_str()), (Some(1), "a[0]"));
    assert_eq!(*error.problem(), RowsProblem::Wide);

    let error = Array::from_rows([BTreeMap::from([((1, 2), 3)])]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 0: a record has strings, characters, integers or booleans for keys, and this is [1,2]: make maps lists \
         of pairs, by Maps::Pairs"
    );

    let array = Array::from_rows([
        json!({"muon": [{"pt": 1}]}),
        json!({"muon": [{"pt": 1}, {"pt": "x"}]}),
    ])
    .unwrap();
    #[derive(Deserialize, Debug)]
    struct Muon {
        #[expect(dead_code, reason = "is never read")]
        pt: u8,
    }
    #[derive(Deserialize, Debug)]
    struct Event {
        #[expect(dead_code, reason = "is never read")]
        muon: Vec<Muon>,
    }
    let error = array.to_rows::<Event>().unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"row 1, muon[1].pt: invalid type: string "x", expected u8"#
    );
    let error = Array::from_rows([300])
        .unwrap()
        .to_rows::<u8>()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 0: invalid value: integer `300`, expected u8"
    );

    let many = (0..70_000).map(|key| BTreeMap::from([(key, 1)]));
    assert_eq!(
        *Array::from_rows(many.take(1)).unwrap().form().class(),
        *"RecordArray"
    );
    let wide: BTreeMap<u32, u8> = (0..70_000).map(|key| (key, 1)).collect();
    assert_eq!(
        *Array::from_rows([wide]).unwrap_err().problem(),
        RowsProblem::TooManyKeys
    );
}

#[test]
fn errors_say_where_in_lists() {
    let path = |error: gawky_array::rows::RowsError| error.path();
    let of = |of: &str| FromRows::new().of_type(&of.parse().unwrap()).unwrap();
    let events = [
        json!({"muons": [{"pt": 1.5}]}),
        json!({"muons": [{"pt": 1.5}, {"pt": 2.5}, {"pt": "x"}]}),
    ];
    let error = of("{muons: var * {pt: float64}}")
        .build(&events)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 1, muons[2].pt: a string does not go into the declared type float64"
    );
    assert_eq!(
        path(
            of("var * 2 * ?int8")
                .build([json!([[1, null], [2, 300]])])
                .unwrap_err()
        ),
        "[1][1]"
    );
    // Where a list is too long, and where an element is of a tuple.
    assert_eq!(
        path(
            of("var * 1 * int8")
                .build([json!([[1], [1, 2]])])
                .unwrap_err()
        ),
        "[1]"
    );
    assert_eq!(
        path(
            of("var * (int8, int8)")
                .build([vec![(1, 2), (3, 400)]])
                .unwrap_err()
        ),
        "[1].1"
    );
    // Keys and values of maps.
    let pairs = FromRows::new().maps(Maps::Pairs);
    let wide = BTreeMap::from([(1, 5_i128), (2, 6)]);
    assert_eq!(path(pairs.build([wide]).unwrap_err()), "[0].1");
    let keys = of("var * (int8, int8)");
    let map = BTreeMap::from([(1, 5), (2, 6), (300, 7)]);
    assert_eq!(path(keys.build([map]).unwrap_err()), "[2].0");
    let text = json!([{"a": 1, "b": 300}]).to_string();
    let declared = of("var * (string, int8)");
    let mut from_text = serde_json::Deserializer::from_str(&text);
    assert_eq!(path(declared.read(&mut from_text).unwrap_err()), "[1].1");
}

#[test]
fn errors_of_reading_say_where_in_lists() {
    let array = |rows: serde_json::Value| Array::from_rows([rows]).unwrap();
    let path = |error: gawky_array::rows::RowsError| error.path();
    // The second list begins in the midst of the content.
    let lists = array(json!([[1], [2, 300]]));
    assert_eq!(path(lists.to_rows::<Vec<Vec<u8>>>().unwrap_err()), "[1][1]");
    let tuples = Array::from_rows([vec![(1, 2), (3, 400)]]).unwrap();
    assert_eq!(
        path(tuples.to_rows::<Vec<(u8, u8)>>().unwrap_err()),
        "[1].1"
    );
    // A record as a tuple has the names of its fields.
    let records = array(json!({"a": 1, "b": 300}));
    assert_eq!(path(records.to_rows::<(u8, u8)>().unwrap_err()), "b");
    // Keys and values of maps.
    let pairs = Array::from_rows([vec![(1, 5), (2, 600), (300, 7)]]).unwrap();
    assert_eq!(
        path(pairs.to_rows::<BTreeMap<u16, u8>>().unwrap_err()),
        "[1].1"
    );
    assert_eq!(
        path(pairs.to_rows::<BTreeMap<u8, u16>>().unwrap_err()),
        "[2].0"
    );
    assert_eq!(
        path(lists.to_rows::<BTreeMap<u8, u16>>().unwrap_err()),
        "[0]"
    );
}

#[derive(Serialize)]
struct Nested(Vec<Nested>);

#[test]
fn values_nest_as_deep_as_forms_do() {
    let nested = |depth: usize| (0..depth).fold(Nested(vec![]), |inner, _| Nested(vec![inner]));
    let array = Array::from_rows([nested(50)]).unwrap();
    assert_eq!(array.num(51).unwrap().len(), 1);
    for depth in [128, 400] {
        let error = Array::from_rows([nested(depth)]).unwrap_err();
        assert_eq!(*error.problem(), RowsProblem::TooDeep);
    }
}

#[test]
fn keys_of_which_each_row_has_next_to_none_are_refused() {
    let each_its_own = |rows: u32| (0..rows).map(|row| BTreeMap::from([(row, 1_u8)]));
    assert_eq!(Array::from_rows(each_its_own(1000)).unwrap().len(), 1000);
    let error = Array::from_rows(each_its_own(4000)).unwrap_err();
    assert_eq!(*error.problem(), RowsProblem::TooSparse);
    let pairs = FromRows::new().maps(Maps::Pairs);
    assert_eq!(pairs.build(each_its_own(4000)).unwrap().len(), 4000);
    // One in a hundred is there.
    let sparse = (0..4000_u32).map(|row| (0..10).map(move |key| ((row + key * 7) % 1000, 1_u8)));
    let sparse = sparse.map(|keys| keys.collect::<BTreeMap<_, _>>());
    assert_eq!(Array::from_rows(sparse).unwrap().len(), 4000);
}

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
