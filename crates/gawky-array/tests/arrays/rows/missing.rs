//! Fields that are not there, and those that are nothing.

use std::collections::HashMap;

use gawky_array::Array;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::there_and_back;

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

/// A variant that holds nothing is that variant all the same, unless others are in the same record.
#[test]
fn a_variant_may_hold_nothing() {
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    enum Reading {
        Volts(Option<i32>),
    }
    let rows = [Reading::Volts(None), Reading::Volts(Some(7))];
    assert_eq!(there_and_back(&rows), "2 * {Volts: ?int32}");
}
