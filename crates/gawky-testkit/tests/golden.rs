//! Runs all golden files, and makes sure that what is wrong is found.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what is wrong by panicking"
)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use gawky_testkit::golden::{Case, Tally, check, run, run_with};
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden")
}

/// A file's tally, and what was said of the cases that failed.
fn checked(file: &Path) -> (Tally, Vec<String>) {
    let mut complaints = Vec::new();
    let tally = run(file, &mut |line| complaints.push(line.to_owned())).unwrap();
    (tally, complaints)
}

#[test]
fn every_golden_case_passes() {
    let files = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .collect();
    files.sort();
    assert!(files.len() >= 4, "only {files:?} are there");
    for file in files {
        let (tally, complaints) = checked(&file);
        assert_eq!(complaints, [""; 0]);
        assert!(
            tally.passed >= 49 && tally.failed == 0,
            "{}: {tally:?}",
            file.display()
        );
    }
}

/// A list of lists, as plain as a case can be.
fn sound() -> Value {
    json!({
        "name": "lists",
        "form": {
            "class": "ListOffsetArray", "offsets": "i64", "form_key": "node0",
            "content": {"class": "NumpyArray", "primitive": "uint8", "form_key": "node1"},
        },
        "length": 2,
        "buffers": {"node0-offsets": "AAAAAAAAAAACAAAAAAAAAAMAAAAAAAAA", "node1-data": "AQID"},
        "type": "2 * var * uint8",
        "list": [[1, 2], [3]],
        "a member that nobody knows": true,
    })
}

/// What the checker says of the case with one member replaced.
fn with(pointer: &str, value: Value) -> String {
    let mut case = sound();
    *case.pointer_mut(pointer).expect(pointer) = value;
    let case = Case::parse(&case.to_string()).unwrap();
    check(&case).expect_err(pointer).to_string()
}

#[test]
fn damage_is_found() {
    check(&Case::parse(&sound().to_string()).unwrap()).unwrap();
    assert_eq!(with("/list/1/0", json!(4)), "value[1][0] is 3, not 4");
    assert_eq!(with("/list/1/0", json!(3.0)), "value[1][0] is 3, not 3.0");
    assert_eq!(
        with("/type", json!("2 * var * int8")),
        "the type is 2 * var * uint8, not 2 * var * int8"
    );
    assert!(with("/buffers/node1-data", json!("AQIE")).starts_with("value[1][0] is 4"));
    assert!(with("/buffers/node1-data", json!("AQI=")).contains("node1-data"));
    // A byte that nothing reaches, and of which `needed` does not tell, is not written again.
    assert!(with("/buffers/node1-data", json!("AQIDBA==")).starts_with("written: node1-data is"));
    assert!(with("/length", json!(3)).contains("node0-offsets"));
    assert!(with("/form/content/primitive", json!("int16")).contains("node1-data"));
    assert!(!with("/form/offsets", json!("i32")).is_empty());
}

#[test]
fn failures_are_counted_and_the_rest_goes_on() {
    let mut wrong = sound();
    wrong["list"] = json!([]);
    let mut invalid = sound();
    invalid["valid"] = json!(false);
    invalid["length"] = json!(1000);
    let lines = [
        sound().to_string(),
        wrong.to_string(),
        String::new(),
        "{ no JSON".to_owned(),
        invalid.to_string(),
        sound().to_string(),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.jsonl");
    fs::write(&file, lines.join("\n")).unwrap();
    let (tally, complaints) = checked(&file);
    let (passed, failed) = (3, 2);
    assert_eq!(tally, Tally { passed, failed });
    assert!(
        complaints[0].contains("cases.jsonl:2: lists: value"),
        "{complaints:?}"
    );
    assert!(complaints[1].contains("cases.jsonl:4: "), "{complaints:?}");
}

#[test]
fn a_panic_is_a_failed_case() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.jsonl");
    let mut second = sound();
    second["name"] = json!("the one that panics");
    fs::write(&file, format!("{}\n{second}\n{}\n", sound(), sound())).unwrap();
    let mut complaints = Vec::new();
    let check = |case: &Case| {
        assert!(!case.name.contains("panics"), "as it was told to");
        Ok(())
    };
    let tally = run_with(&file, check, &mut |line| complaints.push(line.to_owned())).unwrap();
    let (passed, failed) = (2, 1);
    assert_eq!(tally, Tally { passed, failed });
    assert!(
        complaints[0].ends_with(":2: the one that panics: panic: as it was told to"),
        "{complaints:?}"
    );
}

#[test]
fn compressed_files_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.jsonl.xz");
    // Two streams in one file, as `xz -c >>` makes them.
    for count in [2, 3] {
        let file = fs::File::options()
            .create(true)
            .append(true)
            .open(&file)
            .unwrap();
        let mut compressed = liblzma::write::XzEncoder::new(file, 1);
        for _ in 0..count {
            writeln!(compressed, "{}", sound()).unwrap();
        }
        compressed.finish().unwrap();
    }
    let (passed, failed) = (5, 0);
    assert_eq!(checked(&file), (Tally { passed, failed }, Vec::new()));

    // What is cut off is an error, not fewer cases.
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 20]).unwrap();
    assert!(run(&file, &mut |_| {}).is_err());
}
