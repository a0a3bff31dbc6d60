//! What is no row, or none of the wanted type, and where that is.

use std::collections::BTreeMap;

use gawky_array::Array;
use gawky_array::rows::{FromRows, Maps, RowsProblem};
use serde::{Deserialize, Serialize};
use serde_json::json;

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
