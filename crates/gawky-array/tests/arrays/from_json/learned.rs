//! What rows teach, through batches and beside rows that are left out.

use std::slice;

use gawky_array::Array;
use gawky_array::json::{self, FromJson};
use proptest::prelude::*;
use serde_json::Value as Json;

use super::lines;

/// Rows of every kind that JSON has, and numbers that only some dtypes hold.
const ROWS: [&str; 14] = [
    "1",
    "\"a\"",
    "true",
    "null",
    "[1]",
    "[\"x\", null]",
    "[[], {\"z\": 1}]",
    "{\"x\": 1}",
    "{\"y\": [true]}",
    "{\"x\": \"s\", \"y\": 1}",
    "2.5",
    "-1",
    "9007199254740993",
    "18446744073709551615",
];

/// Rows that cannot be taken, after some of each was looked at.
const BAD: [&str; 5] = [
    "{\"x\": [\"new\"], \"x\": 1}",
    "[true, {\"z\": {}, \"z\": 1}]",
    "{\"new\": {}",
    "[\"new\", 1e999]",
    "oops",
];

/// The arrays, without the rows that cannot be taken.
fn read(from: &FromJson, text: &str) -> Vec<Array> {
    let batches = from.batches(text.as_bytes()).skip_bad(|_| Ok(()));
    batches.map(Result::unwrap).collect()
}

/// All rows, in which nothing tells of what dtype a number is, or whether a field is missing or not known.
fn rows_of(arrays: &[Array]) -> Vec<Json> {
    let mut text = Vec::new();
    for array in arrays {
        json::to_lines(array, &mut text).unwrap();
    }
    let rows = text
        .split(|byte| *byte == b'\n')
        .filter(|row| !row.is_empty());
    rows.map(|row| plain(serde_json::from_slice(row).unwrap()))
        .collect()
}

fn plain(value: Json) -> Json {
    match value {
        Json::Number(number) => match number.as_f64() {
            // Integers as far as each is its own float.
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => {
                Json::from(format!("{float:.0}").parse::<i64>().unwrap())
            }
            _ => Json::Number(number),
        },
        Json::Array(list) => list.into_iter().map(plain).collect(),
        Json::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            fields.map(|(name, value)| (name, plain(value))).collect()
        }
        other => other,
    }
}

/// Batches are of the rows that one array is of, and the last one knows what all of them are.
fn assert_same_in_batches(rows: &[&str], batch_rows: usize) {
    let text: String = rows.iter().flat_map(|row| [row, "\n"]).collect();
    let whole = read(&lines(), &text);
    let batches = read(&lines().batch_rows(batch_rows), &text);
    let told = || format!("{batch_rows} rows a batch of {rows:?}: {batches:?}");
    let (Some(whole), Some(last)) = (whole.first(), batches.last()) else {
        assert!(batches.is_empty(), "{}", told());
        return;
    };
    assert_eq!(
        rows_of(&batches),
        rows_of(slice::from_ref(whole)),
        "{}",
        told()
    );
    assert_eq!(
        last.type_().to_string(),
        whole.type_().to_string(),
        "{}",
        told()
    );
    // So that whoever reads a text twice can declare what all rows are.
    let declared = lines()
        .batch_rows(batch_rows)
        .schema(&last.type_())
        .unwrap();
    // What is bad for the type that is learned may be of the declared one: an object is a list of pairs, too.
    let good = rows.iter().filter(|row| !BAD.contains(row));
    let good: String = good.flat_map(|row| [row, "\n"]).collect();
    let again = read(&declared, &good);
    assert_eq!(
        rows_of(&again),
        rows_of(slice::from_ref(whole)),
        "declared: {}",
        told()
    );
    assert_eq!(Array::concatenate(&again).unwrap().type_(), last.type_());
}

#[test]
fn new_kinds_after_a_batch() {
    let rows = [
        "1", "2", "\"a\"", "true", "oops", "\"b\"", "3", "oops", "false",
    ];
    for batch_rows in 1..=rows.len() {
        assert_same_in_batches(&rows, batch_rows);
    }
}

#[test]
fn one_new_kind_after_a_batch() {
    let rows = ["1", "2", "\"a\"", "oops", "\"b\"", "oops", "3"];
    for batch_rows in 1..=rows.len() {
        assert_same_in_batches(&rows, batch_rows);
    }
}

/// A record of a batch before lacks the field as one of this batch would.
#[test]
fn new_fields_after_a_batch() {
    assert_same_in_batches(&["{\"x\": 1}", "{\"x\": 1, \"y\": 2}"], 1);
    assert_same_in_batches(
        &["[{}]", "[{\"y\": 2}]", "oops", "[{\"y\": 2, \"z\": 1}]"],
        1,
    );
}

/// A dtype that holds the numbers of this batch may not hold those of the batches before.
#[test]
fn wider_numbers_after_a_batch() {
    for rows in [
        ["9007199254740993", "2.5"],
        ["2.5", "9007199254740993"],
        ["-1", "18446744073709551615"],
        ["18446744073709551615", "-1"],
        ["1", "18446744073709551615"],
    ] {
        assert_same_in_batches(&rows, 1);
    }
}

#[test]
fn all_short_sequences() {
    let few = ["1", "\"a\"", "true", "{\"x\": 1}", BAD[0]];
    let mut sequences = vec![Vec::new()];
    for _ in 0..4 {
        let longer = |rows: &Vec<&'static str>| {
            let rows = rows.clone();
            few.map(move |row| [rows.as_slice(), &[row]].concat())
        };
        sequences = sequences.iter().flat_map(longer).collect();
    }
    for rows in &sequences {
        for batch_rows in 1..=3 {
            assert_same_in_batches(rows, batch_rows);
        }
    }
}

proptest! {
    #[test]
    fn sequences(
        rows in prop::collection::vec(prop_oneof![
            4 => prop::sample::select(&ROWS[..]),
            1 => prop::sample::select(&BAD[..]),
        ], 0..12),
        batch_rows in 1_usize..5,
    ) {
        assert_same_in_batches(&rows, batch_rows);
    }
}
