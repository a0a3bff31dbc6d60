//! Lists, tuples, records and maps.

use std::collections::BTreeMap;

use gawky_array::rows::{Maps, RowsProblem, Undeclared};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{built, declared, form_of, reason, refused, shown, there_and_back};

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
