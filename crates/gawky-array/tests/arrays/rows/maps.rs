//! Maps as lists of pairs, in order or not.

use std::collections::{BTreeMap, HashMap};

use gawky_array::Array;
use gawky_array::rows::{FromRows, Maps, RowsProblem};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::Shape;

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
