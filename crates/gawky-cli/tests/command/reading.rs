//! `gawky cat`.

use gawky::dataset::CreateDataset;
use gawky::prelude::*;
use serde_json::Value as Json;

use crate::stage::{Stage, days, in_files};

#[test]
fn rows_are_lines() {
    let stage = Stage::with_events();
    assert_eq!(
        stage.gawky("cat events --rows ..3").well(),
        "{\"run\":0,\"muon\":[]}\n\
         {\"run\":1,\"muon\":[{\"pt\":20.5,\"charge\":1}]}\n\
         {\"run\":2,\"muon\":[{\"pt\":21.5,\"charge\":-1},{\"pt\":22.5,\"charge\":1}]}\n"
    );
    assert_eq!(
        stage.gawky("cat events --select run --rows 3..6").well(),
        "{\"run\":3}\n{\"run\":4}\n{\"run\":5}\n"
    );
    let many = stage
        .gawky("cat events --select run --select 'muon.{charge,p*}' --rows 9..")
        .well();
    assert_eq!(many, "{\"run\":9,\"muon\":[]}\n");
}

#[test]
fn a_list_is_json() {
    let stage = Stage::with_events();
    let rows: Json = serde_json::from_str(&stage.gawky("cat events --format json").well()).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 10);
    let lines = stage.rows("events");
    let lines: Vec<Json> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows, Json::Array(lines));
}

#[test]
fn all_kinds_have_the_same_rows() {
    let stage = Stage::with_events();
    in_files(&stage, "files");
    stage.gawky("copy events folder.npz --to dataset").well();
    let rows = stage.rows("events");
    assert_eq!(rows.lines().count(), 10);
    for place in [
        "files",
        "events.safetensors",
        "events.npz",
        "blobs",
        "buffers.npz --form form.json --length 10",
        "./events.safetensors",
        "file://$PWD/events",
        "file://$PWD/events.npz",
        "folder.npz",
        "file://$PWD/folder.npz",
    ] {
        assert_eq!(stage.rows(place), rows, "{place}");
    }
}

#[test]
fn what_json_has_no_words_for_is_written_all_the_same() {
    let stage = Stage::empty();
    let numbers = NumpyArray::from_vec(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.5]);
    let bytes = ListOffsetArray::try_new(
        vec![0_i64, 1, 3, 3, 3].into(),
        NumpyArray::from_vec(vec![255_u8, 0, 7])
            .with_parameters(Parameters::none().with("__array__", "byte"))
            .into(),
        Parameters::none().with("__array__", "bytestring"),
    )
    .unwrap();
    let odd = RecordArray::from_fields([("x", numbers.into()), ("b", bytes.into())]);
    stage.write_all(&odd.into());
    assert_eq!(
        stage.rows("events.npz"),
        "{\"x\":\"nan\",\"b\":\"/w==\"}\n{\"x\":\"inf\",\"b\":\"AAc=\"}\n{\"x\":\"-inf\",\"b\":\"\"}\n{\"x\":1.5,\"b\":\"\"}\n"
    );
}

#[test]
fn what_was_changed_is_noticed_where_that_is_wanted() {
    let stage = Stage::with_events();
    let blob = stage.path("events/part0-node4-data");
    let mut bytes = std::fs::read(&blob).unwrap();
    bytes[3] ^= 1;
    std::fs::write(&blob, bytes).unwrap();
    let rows = stage.rows("events");
    let damaged = "\"part0-node4-data\" is damaged: ";
    let told = stage.gawky("cat events --verify").failed(1);
    assert!(told.contains(damaged), "{told}");
    // What damages come to have checksums of their own is a choice.
    let told = stage.gawky("copy events out").failed(1);
    assert!(told.contains(damaged), "{told}");
    stage.gawky("copy events out --no-verify").well();
    assert_eq!(stage.rows("out --verify"), rows);
    // A part of it is proved as the whole is.
    let told = stage.gawky("validate events --select muon.pt");
    assert_eq!(told.status, 1);
    assert!(told.out.contains(damaged), "{}", told.out);
    stage.gawky("validate events --select run").well();
}

#[test]
fn what_has_no_checksums_is_read_all_the_same() {
    let stage = Stage::with_events();
    let mut dataset = CreateDataset::new()
        .checksums(false)
        .create(&stage.path("bare"))
        .unwrap();
    for day in days() {
        dataset.append(&day).unwrap();
    }
    let rows = stage.rows("events");
    assert_eq!(stage.rows("bare"), rows);
    stage.gawky("copy bare out").well();
    assert_eq!(stage.rows("out --verify"), rows);
    stage.gawky("validate bare").well();
    stage.gawky("validate bare --select run").well();
    stage.gawky("compact bare --rows-per-partition 100").well();
    assert_eq!(stage.rows("bare"), rows);
    let told = stage.gawky("cat bare --verify").failed(1);
    assert!(told.contains("checksum"), "{told}");
}

#[test]
fn who_has_read_enough_may_go() {
    let stage = Stage::empty();
    let numbers = Array::from(NumpyArray::from_vec((0..300_000).collect::<Vec<i64>>()));
    stage.write_all(&numbers);
    // The status is that of gawky, not of head.
    let ran = stage.sh("{ gawky cat events.npz; echo $? >&2; } | head -n 1");
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("0\n", "0\n"));
    let full =
        stage.sh("if [ -e /dev/full ]; then gawky cat events.npz > /dev/full; else exit 1; fi");
    assert_eq!(full.status, 1);
}

/// A name may have letters in it that mean something in a pattern.
#[test]
fn fields_with_odd_names_are_chosen_by_wildcards() {
    let stage = Stage::empty();
    let one = |value: i64| Array::from(NumpyArray::from_vec(vec![value]));
    let fields = [("a.b", one(1)), ("*", one(2)), ("x{y,z}", one(3))];
    stage.write_all(&RecordArray::from_fields(fields).into());
    for (pattern, expected) in [
        ("a?b", "{\"a.b\":1}\n"),
        ("?", "{\"*\":2}\n"),
        ("[*]", "{\"*\":2}\n"),
        ("x?y,z?", "{\"x{y,z}\":3}\n"),
        ("x?y?z?", "{\"x{y,z}\":3}\n"),
    ] {
        let row = stage.rows(&format!("events.safetensors --select '{pattern}'"));
        assert_eq!(row, expected);
    }
    let told = stage.gawky("cat events.safetensors --select a.b").failed(1);
    assert!(
        told.ends_with("; say ? for each . * ? [ ] { } or , that is part of a name"),
        "{told}"
    );
}

#[test]
fn help_is_a_command() {
    let stage = Stage::empty();
    assert_eq!(stage.gawky("help").well(), stage.gawky("--help").well());
    assert_eq!(
        stage.gawky("help copy").well(),
        stage.gawky("copy --help").well()
    );
}
