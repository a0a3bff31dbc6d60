//! What Awkward has written, through Arrow and back.

use std::fs;
use std::path::Path;

use gawky::prelude::*;
use gawky_testkit::golden::{Case, Length};

use gawky_arrow::ToArrow;

use super::{check, round_trip};

/// The type, with strings of one size as any, as Arrow has none of one size.
fn type_of(array: &Array) -> String {
    let mut text = array.type_().to_string();
    for size in 0..10 {
        text = text.replace(&format!("string[{size}]"), "string");
    }
    text
}

/// The arrays of a golden file, with the names of their cases.
pub(super) fn arrays(file: &str) -> Vec<(String, Array)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden")
        .join(file);
    let text = fs::read_to_string(path).unwrap();
    let cases = text.lines().map(|line| Case::parse(line).unwrap());
    cases
        .filter_map(|case| Some((case.name.clone(), array(&case)?)))
        .collect()
}

fn array(case: &Case) -> Option<Array> {
    if case.valid == Some(false) {
        return None;
    }
    let form = Form::from_json(case.form.get()).unwrap();
    let keys = case.keys(&form).unwrap();
    let blobs = Case::blobs(&case.buffers).unwrap();
    let start = case.partition_start.unwrap_or(0);
    Some(match &case.length {
        Length::One(length) => FromBuffers::new(&form, *length)
            .keys(keys)
            .partition_start(start)
            .read(&blobs)
            .unwrap(),
        Length::Many(lengths) => FromBuffers::new(&form, lengths)
            .keys(keys)
            .partition_start(start)
            .read(&blobs)
            .unwrap()
            .concatenate()
            .unwrap(),
    })
}

fn run(file: &str, passing: usize) {
    let (mut failures, mut passed) = (Vec::new(), 0);
    for (name, array) in arrays(file) {
        match check(&array) {
            Ok(false) => {}
            Ok(true) => {
                passed += 1;
                let again = round_trip(&array, &ToArrow::new()).unwrap();
                // In this one, bytes below an index are kept apart from text.
                if name != "random-2026-209" {
                    assert_eq!(type_of(&again), type_of(&array), "{}", name);
                }
            }
            Err(why) => failures.push(format!("{}: {array}: {why}", name)),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(passed >= passing, "only {passed} were not refused");
}

#[test]
fn awkward_2() {
    run("awkward2.jsonl", 100);
}

#[test]
fn random_awkward_2() {
    run("random2.jsonl", 200);
}

#[test]
fn awkward_1() {
    run("awkward1.jsonl", 40);
}

#[test]
fn random_awkward_1() {
    run("random1.jsonl", 60);
}
