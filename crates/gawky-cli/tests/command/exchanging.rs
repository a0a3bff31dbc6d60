//! `gawky import` and `gawky export`.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use gawky::prelude::*;
use serde_json::Value as Json;

use crate::stage::Stage;

/// All endings, but for those that mean the same.
const KINDS: [&str; 5] = ["parquet", "arrow", "arrows", "json", "jsonl"];

#[test]
fn what_is_exported_is_imported_again() {
    let stage = Stage::with_events();
    let rows = stage.rows("events");
    for kind in KINDS {
        let told = stage.gawky(&format!("export events out.{kind}")).well();
        assert!(told.starts_with("10 rows, "), "{told}");
        let told = stage
            .gawky(&format!("import out.{kind} back-{kind}"))
            .well();
        assert!(told.starts_with("10 rows in 1 partition, "), "{told}");
        assert_eq!(stage.rows(&format!("back-{kind}")), rows, "{kind}");
    }
    // Dtypes survive where the file has any.
    for kind in ["parquet", "arrow", "arrows"] {
        let told = stage.gawky(&format!("inspect back-{kind}")).well();
        let type_ = "10 * {run: int64, muon: var * {pt: float32, charge: int8}}";
        assert!(told.contains(type_), "{told}");
    }
    // Another is added, and replaced.
    stage
        .gawky("import out.parquet back-arrow --append --quiet")
        .well();
    assert_eq!(stage.rows("back-arrow").lines().count(), 20);
    stage
        .gawky("import out.jsonl back-arrow --overwrite --packing safetensors")
        .well();
    assert_eq!(stage.rows("back-arrow"), rows);
    let taken = stage.gawky("import out.jsonl back-arrow").failed(1);
    assert!(taken.contains("say --append or --overwrite"), "{taken}");
}

#[test]
fn some_fields_and_rows_are_enough() {
    let stage = Stage::with_events();
    stage
        .gawky("export events few.parquet --select muon.pt --select run --rows 1..4")
        .well();
    stage
        .gawky("import few.parquet few --select run --rows-per-partition 2")
        .well();
    assert_eq!(stage.rows("few"), "{\"run\":1}\n{\"run\":2}\n{\"run\":3}\n");
    assert!(stage.gawky("inspect few").well().contains("partitions  2"));
}

#[test]
fn json_comes_through_a_pipe() {
    let stage = Stage::with_events();
    stage
        .sh("gawky cat events | gawky import - piped --quiet")
        .well();
    assert_eq!(stage.rows("piped"), stage.rows("events"));
}

#[test]
fn a_schema_says_what_json_is() {
    let stage = Stage::empty();
    stage.write(
        "rows.jsonl",
        "{\"x\": 1, \"at\": \"2026-11-22\", \"more\": []}\n{\"x\": \"nan\", \"at\": null}\n",
    );
    let schema = "--schema '{x: float32, at: ?datetime64[D]}'";
    let extra = stage
        .gawky(&format!("import rows.jsonl typed {schema}"))
        .failed(1);
    assert!(
        extra.contains("rows.jsonl: line 1") && extra.contains("more"),
        "{extra}"
    );
    stage
        .gawky(&format!("import rows.jsonl typed {schema} --skip-unknown"))
        .well();
    let told = stage.gawky("inspect typed").well();
    assert!(
        told.contains("2 * {x: float32, at: ?datetime64[D]}"),
        "{told}"
    );
    assert_eq!(
        stage.rows("typed"),
        "{\"x\":1.0,\"at\":\"2026-11-22\"}\n{\"x\":\"nan\",\"at\":null}\n"
    );
}

#[test]
fn rows_that_are_wrong_stop_it_or_are_written_aside() {
    let stage = Stage::empty();
    stage.write(
        "rows.jsonl",
        "{\"x\": 1}\n{\"x\": \n{\"x\": 300}\n{\"x\": 2}\n",
    );
    let schema = "--schema '{x: uint8}'";
    let failed = stage
        .gawky(&format!("import rows.jsonl bytes {schema}"))
        .failed(1);
    assert!(
        failed.starts_with("rows.jsonl: line 3, column 1 "),
        "{failed}"
    );
    let told = stage
        .gawky(&format!(
            "import rows.jsonl some {schema} --on-error skip --rejects bad.jsonl"
        ))
        .well();
    assert!(
        told.starts_with("2 rows in 1 partition") && told.ends_with("; 2 rows left out\n"),
        "{told}"
    );
    assert_eq!(stage.rows("some"), "{\"x\":1}\n{\"x\":2}\n");
    let bad = fs::read_to_string(stage.path("bad.jsonl")).unwrap();
    let bad: Vec<Json> = bad
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(bad.len(), 2);
    assert_eq!(
        (&bad[1]["line"], &bad[1]["text"]),
        (&Json::from(3), &Json::from("{\"x\": 300}"))
    );
    assert!(
        bad[1]["error"]
            .as_str()
            .unwrap()
            .contains("300 is no uint8"),
        "{bad:?}"
    );
}

/// Of a large file the last row is other than the first; it is read twice.
#[test]
fn what_late_rows_are_is_known_before_the_first_is_written() {
    let stage = Stage::empty();
    let mut text = String::new();
    for row in 0..18 {
        let long = "x".repeat(1 << 20);
        writeln!(text, "{{\"n\": {row}, \"text\": \"{long}\"}}").unwrap();
    }
    text.push_str("{\"n\": 0.5, \"text\": null, \"more\": [true]}\n");
    stage.write("rows.jsonl", &text);
    stage.gawky("import rows.jsonl large --quiet").well();
    let dataset = Dataset::open(&stage.path("large")).unwrap();
    assert_eq!(
        dataset.form().type_().to_string(),
        "{n: float64, text: ?string, more: option[var * bool]}"
    );
    let last = stage.gawky("cat large --rows 18..").well();
    assert_eq!(last, "{\"n\":0.5,\"text\":null,\"more\":[true]}\n");
    // What comes once cannot be read twice.
    let piped = stage
        .sh("gawky import - piped --quiet < rows.jsonl")
        .failed(1);
    assert!(
        piped.contains("--schema") || piped.contains("more"),
        "{piped}"
    );
}

#[test]
fn nothing_is_left_where_a_file_could_not_be_read() {
    let stage = Stage::with_events();
    stage.gawky("export events out.parquet --quiet").well();
    let whole = fs::read(stage.path("out.parquet")).unwrap();
    for (name, bytes) in [
        ("cut.parquet", &whole[..whole.len() / 2]),
        ("cut.arrow", &b"ARROW1\0\0"[..]),
        ("cut.json", &b"[1, 2"[..]),
        ("cut.arrows", &b"\xff\xff\xff\xff\xff"[..]),
        ("empty.parquet", &b""[..]),
    ] {
        fs::write(stage.path(name), bytes).unwrap();
        let failed = stage.gawky(&format!("import {name} nothing")).failed(1);
        assert!(failed.starts_with(name), "{failed}");
        assert!(
            !Path::new(&stage.path("nothing/dataset.json")).exists(),
            "{name}"
        );
    }
    let missing = stage.gawky("import none.parquet nothing").failed(1);
    assert!(
        missing.contains("none.parquet: there is no such file"),
        "{missing}"
    );
}

#[test]
fn files_are_not_written_over_and_not_left_behind() {
    let stage = Stage::with_events();
    stage.write("out.jsonl", "mine\n");
    let taken = stage.gawky("export events out.jsonl").failed(1);
    assert!(
        taken.contains("out.jsonl: a file is there already: say --overwrite"),
        "{taken}"
    );
    stage
        .gawky("export events out.jsonl --overwrite --quiet")
        .well();
    assert_eq!(
        fs::read_to_string(stage.path("out.jsonl")).unwrap(),
        stage.rows("events")
    );
    // A union has no place in Parquet.
    stage.write("mixed.jsonl", "{\"x\": [1]}\n{\"x\": [\"one\"]}\n");
    stage.gawky("import mixed.jsonl mixed --quiet").well();
    let before = fs::read_dir(stage.folder()).unwrap().count();
    let union = stage.gawky("export mixed mixed.parquet").failed(1);
    assert!(union.contains('x') && union.contains("Parquet"), "{union}");
    assert_eq!(fs::read_dir(stage.folder()).unwrap().count(), before);
    stage.gawky("export mixed mixed.arrow --quiet").well();
    stage.gawky("import mixed.arrow again --quiet").well();
    assert_eq!(stage.rows("again"), stage.rows("mixed"));
}

#[test]
fn what_makes_no_sense_is_told() {
    let stage = Stage::with_events();
    for kind in ["parquet", "jsonl"] {
        stage
            .gawky(&format!("export events events.{kind} --quiet"))
            .well();
    }
    for (line, status, told) in [
        (
            "import events.txt other",
            1,
            "its name does not tell what it is",
        ),
        (
            "export events events.csv",
            1,
            "its name does not tell what it is",
        ),
        ("export events -", 1, "gawky cat writes JSON lines"),
        (
            "import events.parquet other --on-error skip",
            2,
            "--on-error skip is for JSON",
        ),
        (
            "import events.parquet other --schema int64",
            2,
            "--schema is for JSON",
        ),
        (
            "import events.jsonl other --select run",
            2,
            "--select is for Parquet",
        ),
        ("import events.jsonl other --schema 'int65'", 2, "int65"),
        ("import events.parquet other --select nothing", 1, "nothing"),
        (
            "import events.jsonl other --option a=b",
            1,
            "--option is for object stores",
        ),
    ] {
        let failed = stage.gawky(line).failed(status);
        assert!(failed.contains(told), "{line}: {failed}");
    }
}
