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
use std::process::Command;

use gawky_testkit::golden::{Case, MAX_NESTING, Tally, check, run, run_with};
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

    // What is cut off is one that failed, behind those that were there.
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 20]).unwrap();
    let (tally, complaints) = checked(&file);
    assert!(tally.passed >= 2 && tally.failed == 1, "{tally:?}");
    let line = format!("cases.jsonl.xz: unreadable after line {}: ", tally.passed);
    assert!(complaints[0].contains(&line), "{complaints:?}");
}

#[test]
fn a_file_that_is_not_there_is_one_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    let (passed, failed) = (0, 1);
    for file in [folder.path().join("none.jsonl"), folder.path().into()] {
        let (tally, complaints) = checked(&file);
        assert_eq!(tally, Tally { passed, failed });
        let file = file.display().to_string();
        assert!(complaints[0].starts_with(&file), "{complaints:?}");
    }

    let golden = Command::new(env!("CARGO_BIN_EXE_golden"))
        .arg(folder.path().join("none.jsonl"))
        .arg(self::folder().join("awkward1.jsonl"))
        .output()
        .unwrap();
    assert_eq!(golden.status.code(), Some(1));
    let said = String::from_utf8(golden.stdout).unwrap();
    assert!(said.contains("none.jsonl: "), "{said}");
    assert!(said.ends_with("\n49 passed, 1 failed\n"), "{said}");
}

/// Lines with one member of the sound case replaced by brackets, so that the line nests `depth` deep.
fn nested(depth: usize) -> Vec<String> {
    let members = [
        "name",
        "form",
        "length",
        "buffers",
        "type",
        "list",
        "valid",
        "needed",
        "packed_form",
        "packed_buffers",
        "buffer_key",
        "form_key",
        "id_start",
        "partition_start",
        "unknown",
    ];
    let brackets = [
        ("[", "]"),
        ("{\"a\":", "}"),
        ("{\"$tuple\":[", "]}"),
        ("[", ""),
    ];
    let mut lines = Vec::new();
    for member in members {
        for (open, close) in brackets {
            let count = (depth - 1) / open.matches(['[', '{']).count();
            let mut case = sound();
            case[member] = json!("here");
            let case = case.to_string();
            let (before, after) = case.split_once("\"here\"").unwrap();
            let (open, close) = (open.repeat(count), close.repeat(count));
            // What is not closed ends there.
            let after = if close.is_empty() { "" } else { after };
            lines.push(format!("{before}{open}1{close}{after}"));
        }
    }
    lines
}

#[test]
fn deep_nesting_is_a_failed_case() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.jsonl");
    let count = nested(10).len();
    // Brackets within strings do not nest.
    let mut brackets = sound();
    brackets["name"] = json!(r#"\"["#.repeat(2 * MAX_NESTING));
    for depth in [MAX_NESTING + 3, 100_000] {
        let lines = nested(depth).join("\n");
        fs::write(&file, format!("{lines}\n{brackets}\n")).unwrap();
        let (tally, complaints) = checked(&file);
        let (passed, failed) = (1, count);
        assert_eq!(tally, Tally { passed, failed });
        let clear = |line: &String| line.contains("brackets deep; 1000 is the most");
        assert!(complaints.iter().all(clear), "{complaints:?}");
    }

    // What is just allowed has stack enough; it fails for other reasons, but where nobody looks.
    fs::write(&file, nested(MAX_NESTING).join("\n")).unwrap();
    let (tally, complaints) = checked(&file);
    let (passed, failed) = (3, count - 3);
    assert_eq!(tally, Tally { passed, failed }, "{complaints:?}");
    let deep = |line: &String| line.contains("brackets deep");
    assert!(!complaints.iter().any(deep), "{complaints:?}");
}

#[test]
fn what_is_packed_is_compared_each_on_its_own() {
    let form = sound()["form"].clone();
    let mut other_form = form.clone();
    other_form["content"]["primitive"] = json!("int8");
    let buffers = sound()["buffers"].clone();
    let said = |member: &str, value: &Value| {
        let mut case = sound();
        case[member] = value.clone();
        check(&Case::parse(&case.to_string()).unwrap()).map_err(|failure| failure.to_string())
    };
    let found = said("packed_form", &other_form).unwrap_err();
    assert!(found.starts_with("packed, the form is "), "{found}");
    assert_eq!(said("packed_form", &form), Ok(()));
    assert_eq!(said("packed_buffers", &buffers), Ok(()));
    let found = said("packed_buffers", &json!({"node0-offsets": "AA=="})).unwrap_err();
    assert!(found.starts_with("packed: node0-offsets is "), "{found}");
}

/// A case that the reference calls invalid, with one member replaced.
fn invalid_with(pointer: &str, value: Value) -> Result<(), String> {
    let mut case = sound();
    case["valid"] = json!(false);
    case["key_format"] = json!("{form_key}-{attribute}");
    *case.pointer_mut(pointer).expect(pointer) = value;
    let case = Case::parse(&case.to_string()).unwrap();
    check(&case).map_err(|failure| failure.to_string())
}

#[test]
fn of_an_invalid_case_only_the_form_is_compared() {
    assert_eq!(
        invalid_with("/buffers/node1-data", json!("no base64")),
        Ok(())
    );
    assert_eq!(invalid_with("/key_format", json!("{what}")), Ok(()));
    assert_eq!(
        invalid_with("/form/content", json!({"class": "EmptyArray"})),
        Ok(())
    );
    assert_eq!(invalid_with("/list", json!("something else")), Ok(()));
    let found = invalid_with("/form/class", json!("NoArray")).unwrap_err();
    assert!(found.contains("NoArray"), "{found}");
    let mut damaged = json!({"class": "NumpyArray", "primitive": "uint8", "form_key": "node1"});
    damaged["unknown"] = json!(1);
    let found = invalid_with("/form/content", damaged).unwrap_err();
    assert!(found.starts_with("the form prints back as"), "{found}");
}

#[test]
fn partitions_are_read_by_rows_across_their_borders() {
    let mut case = sound();
    case["length"] = json!([1, 0, 2]);
    case["type"] = json!("3 * var * uint8");
    case["list"] = json!([[1], [2], [3, 4]]);
    case["buffers"] = json!({
        "part0-node0-offsets": "AAAAAAAAAAABAAAAAAAAAA==",
        "part0-node1-data": "AQ==",
        "part1-node0-offsets": "AAAAAAAAAAA=",
        "part1-node1-data": "",
        "part2-node0-offsets": "AAAAAAAAAAABAAAAAAAAAAMAAAAAAAAA",
        "part2-node1-data": "AgME",
    });
    check(&Case::parse(&case.to_string()).unwrap()).unwrap();
    case["list"][1] = json!([5]);
    let found = check(&Case::parse(&case.to_string()).unwrap()).unwrap_err();
    assert_eq!(found.to_string(), "value[1][0] is 2, not 5");
}

#[test]
fn rows_that_do_without_the_last_byte_are_read_without_it() {
    // Lists without items, far from the beginning: as a whole the data must reach so far, by rows not.
    let mut case = sound();
    case["list"] = json!([[], []]);
    case["buffers"] = json!({
        "node0-offsets": "AgAAAAAAAAACAAAAAAAAAAIAAAAAAAAA",
        "node1-data": "AQI=",
    });
    check(&Case::parse(&case.to_string()).unwrap()).unwrap();
}
