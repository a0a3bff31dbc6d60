//! `gawky import`, where something is wrong.

use std::fmt::Write;
use std::fs;

use gawky::prelude::*;
use serde_json::Value as Json;

use crate::stage::Stage;

/// The rows that were left out.
#[track_caller]
fn rejects(stage: &Stage, name: &str) -> Vec<Json> {
    let text = fs::read_to_string(stage.path(name)).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Everything in the folder, folders with what is in them.
fn all(stage: &Stage) -> Vec<String> {
    let found = stage.sh("find . | sort").well();
    found.lines().map(str::to_owned).collect()
}

#[test]
fn what_is_added_is_of_the_type_of_the_dataset() {
    let stage = Stage::empty();
    stage.write("one.jsonl", "{\"a\": 1, \"b\": null}\n");
    stage.gawky("import one.jsonl set --quiet").well();
    stage.write(
        "more.jsonl",
        "{\"a\": 2, \"b\": 5}\n{\"a\": \"x\", \"b\": null}\n{\"a\": 3, \"b\": \"y\"}\n",
    );
    let failed = stage.gawky("import more.jsonl set --append").failed(1);
    assert!(
        failed.starts_with("more.jsonl: line 2, column ") && failed.contains("row 1, a"),
        "{failed}"
    );
    let told = stage
        .gawky("import more.jsonl set --append --on-error skip --rejects bad")
        .well();
    assert!(told.ends_with("; 2 rows left out\n"), "{told}");
    // What was unknown is learned from the first row that has it.
    assert_eq!(
        stage.rows("set"),
        "{\"a\":1,\"b\":null}\n{\"a\":2,\"b\":5}\n"
    );
    let bad = rejects(&stage, "bad");
    assert_eq!(
        (&bad[0]["line"], &bad[1]["line"]),
        (&Json::from(2), &Json::from(3))
    );
    assert_eq!(bad[0]["text"], "{\"a\": \"x\", \"b\": null}");
    // Numbers of all kinds are numbers.
    stage.gawky("import one.jsonl numbers --quiet").well();
    stage.write(
        "numbers.jsonl",
        "{\"a\": 1, \"b\": 5}\n{\"a\": 1, \"b\": 0.5}\n",
    );
    stage
        .gawky("import numbers.jsonl numbers --append --quiet")
        .well();
    assert!(
        stage
            .gawky("inspect numbers")
            .well()
            .contains("b: ?float64")
    );
    // A dataset that is replaced declares nothing.
    stage
        .gawky("import more.jsonl set --overwrite --quiet")
        .well();
    assert_eq!(stage.rows("set").lines().count(), 3);
}

/// Rows of 1 MiB, of which the last is other than the first; and what they are.
fn many_and_another() -> String {
    let mut text = String::new();
    for row in 0..20 {
        let long = "x".repeat(1 << 20);
        writeln!(text, "{{\"n\": {row}, \"text\": \"{long}\"}}").unwrap();
    }
    text.push_str("{\"n\": null, \"text\": \"last\"}\n");
    text
}

#[test]
fn what_is_piped_is_of_the_type_of_its_first_rows() {
    let stage = Stage::empty();
    stage.write("rows.jsonl", &many_and_another());
    let before = all(&stage);
    let failed = stage.sh("gawky import - new/piped < rows.jsonl").failed(1);
    assert!(
        failed.starts_with("standard input: line 21, column ")
            && failed.contains("row 20, n")
            && failed.contains("--schema"),
        "{failed}"
    );
    assert_eq!(all(&stage), before);
    let told = stage
        .sh("gawky import - piped --on-error skip --rejects bad < rows.jsonl")
        .well();
    assert!(
        told.starts_with("20 rows") && told.ends_with("; 1 row left out\n"),
        "{told}"
    );
    assert_eq!(rejects(&stage, "bad")[0]["line"], 21);
}

#[test]
fn rows_that_are_too_long_are_left_out() {
    let stage = Stage::empty();
    stage.write(
        "rows.jsonl",
        &format!("1\n\"{}\"\n2\n", "x".repeat(3 << 20)),
    );
    let options = "--row-bytes 1048576";
    let failed = stage
        .gawky(&format!("import rows.jsonl short {options}"))
        .failed(1);
    assert!(
        failed.contains("line 2, ") && failed.contains("which --row-bytes allows"),
        "{failed}"
    );
    stage
        .gawky(&format!(
            "import rows.jsonl short {options} --on-error skip --rejects bad --quiet"
        ))
        .well();
    assert_eq!(stage.rows("short"), "1\n2\n");
    let bad = rejects(&stage, "bad");
    assert_eq!((bad.len(), &bad[0]["line"]), (1, &Json::from(2)));
    assert!(bad[0].get("text").is_none(), "{bad:?}");
}

#[test]
fn objects_with_ever_other_names_are_pairs() {
    let stage = Stage::empty();
    let mut text = String::new();
    for row in 0..70_000 {
        writeln!(text, "{{\"name{row}\": 1}}").unwrap();
    }
    stage.write("maps.jsonl", &text);
    let failed = stage.gawky("import maps.jsonl maps").failed(1);
    assert!(failed.contains("by --maps pairs"), "{failed}");
    stage
        .gawky("import maps.jsonl maps --maps pairs --quiet")
        .well();
    assert_eq!(
        stage.gawky("cat maps --rows ..1").well(),
        "[{\"0\":\"name0\",\"1\":1}]\n"
    );
}

#[test]
fn an_import_that_fails_leaves_nothing() {
    let stage = Stage::empty();
    let mut rows = String::new();
    for row in 0..1000 {
        writeln!(rows, "{{\"n\": {row}}}").unwrap();
    }
    stage.write("rows.jsonl", &rows);
    stage
        .gawky("import rows.jsonl rows --rows-per-partition 100 --quiet")
        .well();
    for kind in ["parquet", "arrow", "arrows"] {
        stage
            .gawky(&format!("export rows rows.{kind} --quiet"))
            .well();
    }
    stage.write("bad.jsonl", &many_and_another());
    // What follows the first record batch of the stream is cut off.
    let stream = fs::read(stage.path("rows.arrows")).unwrap();
    let long: Vec<u8> = stream[..stream.len() - 8].to_vec();
    fs::write(
        stage.path("bad.arrows"),
        [long, b"\xff\xff\xff\xff\x10\0\0\0".to_vec()].concat(),
    )
    .unwrap();
    stage.write(
        "late.jsonl",
        &format!("{rows}{}{{\"n\": []}}\n", "\n".repeat(17 << 20)),
    );
    let before = all(&stage);
    for (line, told) in [
        ("gawky import bad.arrows in/new", "bad.arrows: "),
        (
            "gawky import - in/new --rows-per-partition 1 < bad.jsonl",
            "standard input: line 21",
        ),
        (
            "gawky import - in/new --rows-per-partition 1 --packing safetensors < bad.jsonl",
            "standard input: line 21",
        ),
        (
            "gawky import late.jsonl in/new --schema '{n: int64}' --rejects r --on-error stop",
            "--rejects is for",
        ),
        (
            "gawky import late.jsonl in/new --schema '{n: int64}'",
            "line ",
        ),
    ] {
        let ran = stage.sh(line);
        assert_ne!(ran.status, 0, "{line}");
        assert!(ran.err.contains(told), "{line}: {}", ran.err);
        assert_eq!(all(&stage), before, "{line}");
    }
    // A folder that was there stays, and a dataset that was there is as it was.
    fs::create_dir(stage.path("empty")).unwrap();
    stage
        .sh("gawky import - empty --rows-per-partition 1 < bad.jsonl")
        .failed(1);
    assert_eq!(
        fs::read_dir(stage.path("empty"))
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name() != ".gawky-lock" })
            .count(),
        0
    );
    let before = all(&stage);
    let failed = stage.sh(
        "gawky import - rows --append --rows-per-partition 1 --schema '{n: int64}' < bad.jsonl",
    );
    assert_ne!(failed.status, 0);
    assert_eq!(all(&stage), before);
    let dataset = Dataset::open(&stage.path("rows")).unwrap();
    assert_eq!((dataset.version(), dataset.len()), (2, 1000));
}

#[test]
fn rejects_are_whole_and_in_nobodys_way() {
    let stage = Stage::empty();
    fs::write(stage.path("rows.jsonl"), b"1\n{\"a\": \"\xff\"}\n2\n").unwrap();
    stage.write("there", "mine");
    let skip = "--on-error skip --quiet --rejects";
    // The target is looked at first, and what fails leaves no file.
    stage.gawky("import there.jsonl set").failed(1);
    stage
        .gawky(&format!("import rows.jsonl set {skip} bad"))
        .well();
    let bad = rejects(&stage, "bad");
    assert_eq!(
        (&bad[0]["line"], &bad[0]["base64"]),
        (&Json::from(2), &Json::from("eyJhIjogIv8ifQ=="))
    );
    let again = stage
        .gawky(&format!("import rows.jsonl set {skip} other"))
        .failed(1);
    assert!(again.contains("say --append or --overwrite"), "{again}");
    let taken = stage
        .gawky(&format!("import rows.jsonl new {skip} there"))
        .failed(1);
    assert!(taken.contains("--rejects there: "), "{taken}");
    stage
        .sh(&format!("gawky import - new --schema int8 {skip} other < /dev/null; gawky import missing.jsonl x {skip} other2"))
        .failed(1);
    assert!(
        fs::metadata(stage.path("other")).is_ok() && fs::metadata(stage.path("other2")).is_err()
    );
    // What is no file is written as it is.
    stage
        .gawky(&format!("import rows.jsonl null {skip} /dev/null"))
        .well();
    let told = stage
        .gawky(&format!("import rows.jsonl out {skip} /dev/stdout"))
        .well();
    assert!(told.contains("\"line\":2"), "{told}");
    let vain = stage
        .gawky("import rows.jsonl vain --rejects vain.jsonl")
        .failed(2);
    assert!(vain.contains("say --on-error skip"), "{vain}");
}

#[test]
fn a_damaged_row_group_is_named() {
    let stage = Stage::with_events();
    stage.gawky("export events whole.parquet --quiet").well();
    let mut bytes = fs::read(stage.path("whole.parquet")).unwrap();
    bytes[30..60].fill(0xa5);
    fs::write(stage.path("bad.parquet"), bytes).unwrap();
    let failed = stage.gawky("import bad.parquet bad").failed(1);
    assert!(
        failed.starts_with("bad.parquet: row group 0, column run, from row 0 on: "),
        "{failed}"
    );
    assert!(!failed.contains("(root)"), "{failed}");
    stage.write("no.parquet", "this is none, however long it is");
    let failed = stage.gawky("import no.parquet bad").failed(1);
    assert!(!failed.contains("(root)"), "{failed}");
}

#[test]
fn columns_of_arrow_files_are_chosen() {
    let stage = Stage::with_events();
    for kind in ["arrow", "arrows"] {
        stage
            .gawky(&format!("export events events.{kind} --quiet"))
            .well();
    }
    stage
        .gawky("import events.arrow runs --select run --quiet")
        .well();
    assert_eq!(stage.rows("runs --rows ..1"), "{\"run\":0}\n");
    let nested = stage
        .gawky("import events.arrow pt --select muon.pt")
        .failed(1);
    assert!(nested.contains("choose muon"), "{nested}");
    let none = stage
        .gawky("import events.arrow pt --select nothing")
        .failed(1);
    assert!(none.contains("nothing"), "{none}");
    let stream = stage
        .gawky("import events.arrows pt --select run")
        .failed(2);
    assert!(
        stream.contains("--select is for Parquet and Arrow files"),
        "{stream}"
    );
}

#[test]
fn rejects_that_cannot_be_written_leave_all_as_it_was() {
    if !std::path::Path::new("/dev/full").exists() {
        eprintln!("there is no /dev/full: not tested");
        return;
    }
    let stage = Stage::empty();
    stage.write("rows.jsonl", "{\"a\": 1}\n{\"a\": \"x\"}\n");
    let failed = stage
        .gawky("import rows.jsonl set --schema '{a: int64}' --on-error skip --rejects /dev/full")
        .failed(1);
    assert!(failed.contains("--rejects"), "{failed}");
    assert_eq!(all(&stage), [".", "./rows.jsonl"]);
}

#[test]
fn what_is_added_is_of_the_type_of_the_dataset_whatever_is_said_of_the_file() {
    let stage = Stage::empty();
    stage.write("rows.jsonl", "{\"a\": 1}\n");
    stage
        .gawky("import rows.jsonl set --quiet --schema '{a: int64}'")
        .well();
    stage.write("more.jsonl", "{\"a\": 2.0}\n{\"a\": 5.5}\n");
    let more = "import more.jsonl set --append --schema '{a: float64}' --on-error skip --rejects bad.jsonl";
    assert_eq!(
        stage.gawky(more).well(),
        "1 row in 1 partition, 8 B; 1 row left out\n"
    );
    assert_eq!(rejects(&stage, "bad.jsonl")[0]["line"], 2);
}
