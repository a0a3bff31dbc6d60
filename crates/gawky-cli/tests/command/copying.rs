//! `gawky copy`.

use std::fs;
use std::path::{Path, PathBuf};

use gawky::json::ToJson;
use gawky::prelude::*;
use gawky_testkit::golden::{Case, Length};

use crate::stage::{Stage, events, in_files};

#[test]
fn anything_becomes_anything_else() {
    let stage = Stage::with_events();
    in_files(&stage, "files");
    let rows = stage.rows("events");
    let sources = [
        "events",
        "files",
        "events.safetensors",
        "events.npz",
        "blobs",
        "buffers.npz --form form.json --length 10",
    ];
    let targets = [
        ("dataset", ""),
        ("packed", "--packing safetensors --rows-per-partition 3"),
        ("out.safetensors", ""),
        ("out.npz", ""),
        ("folder", "--to blobs"),
        ("parts", "--to blobs --rows-per-partition 4"),
        ("plain", "--to safetensors"),
    ];
    for source in sources {
        for (target, options) in targets {
            let what = format!("{source} to {target}");
            let (from, given) = source.split_once(' ').unwrap_or((source, ""));
            let said = stage
                .gawky(&format!("copy {from} {target} {given} {options}"))
                .well();
            assert!(said.starts_with("10 rows in "), "{what}: {said}");
            if target == "plain" {
                fs::rename(stage.path("plain"), stage.path("plain.safetensors")).unwrap();
                assert_eq!(stage.rows("plain.safetensors"), rows, "{what}");
                fs::remove_file(stage.path("plain.safetensors")).unwrap();
                continue;
            }
            assert_eq!(stage.rows(target), rows, "{what}");
            let path = stage.folder().join(target);
            match path.is_dir() {
                true => fs::remove_dir_all(path).unwrap(),
                false => fs::remove_file(path).unwrap(),
            }
        }
    }
}

#[test]
fn partitions_are_cut_as_is_said() {
    let stage = Stage::with_events();
    let partitions = |place: &str| {
        let told = stage.gawky(&format!("inspect {place}")).well();
        let line = told
            .lines()
            .find(|line| line.starts_with("partitions"))
            .unwrap();
        line["partitions  ".len()..].to_owned()
    };
    stage.gawky("copy events one").well();
    assert_eq!(partitions("one"), "1, of 10 rows");
    stage
        .gawky("copy events rows --rows-per-partition 3")
        .well();
    assert_eq!(partitions("rows"), "4, of 1 to 3 rows, median 3");
    stage
        .gawky("copy events bytes --bytes-per-partition 50")
        .well();
    assert_eq!(partitions("bytes"), "6, of 1 to 2 rows, median 2");
    stage
        .gawky("copy events parts --to blobs --rows-per-partition 6")
        .well();
    assert_eq!(partitions("parts"), "2, of 4 to 6 rows, median 4");
    // Blobs have the partitions of what is copied, and those of one array are called like any array's.
    stage.gawky("copy events same --to blobs").well();
    assert_eq!(partitions("same"), "3, of 1 to 5 rows, median 4");
    stage.gawky("copy one plain --to blobs").well();
    assert_eq!(
        fs::read_to_string(stage.path("plain/length.json")).unwrap(),
        "10"
    );
    assert!(stage.folder().join("plain/node1-data").exists());
}

#[test]
fn some_fields_and_rows_are_copied() {
    let stage = Stage::with_events();
    let said = stage
        .gawky("copy events few.safetensors --select muon.pt --rows 3..6")
        .well();
    assert_eq!(said, "3 rows in 1 partition, 44 B\n");
    assert_eq!(
        stage.rows("few.safetensors"),
        stage.rows("events --select muon.pt --rows 3..6")
    );
    assert_eq!(stage.gawky("copy events quiet --quiet").well(), "");
    stage.gawky("copy events past --at 2").well();
    assert_eq!(stage.rows("past").lines().count(), 4);
}

#[test]
fn attributes_and_types_go_along() {
    let stage = Stage::with_events();
    stage.gawky("copy events all").well();
    assert!(
        stage
            .gawky("inspect all")
            .well()
            .contains("attributes  {\"detector\":\"A\"}\n")
    );
    stage.gawky("copy events none --rows ..0").well();
    let told = stage.gawky("inspect none").well();
    assert!(
        told.contains("0 * {run: int64, muon: var * {pt: float32, charge: int8}}"),
        "{told}"
    );
    for (target, options) in [
        ("none.npz", ""),
        ("no", "--to blobs"),
        ("none.safetensors", ""),
    ] {
        stage
            .gawky(&format!("copy events {target} --rows 4..4 {options}"))
            .well();
        let told = stage.gawky(&format!("inspect {target}")).well();
        assert!(told.contains("0 * {run: int64, muon: var"), "{told}");
    }
}

#[test]
fn what_is_there_is_replaced_or_added_to_when_that_is_said() {
    let stage = Stage::with_events();
    let rows = stage.rows("events");
    stage
        .gawky("copy events other --packing safetensors")
        .well();
    stage
        .gawky("copy events.safetensors other --append --rows ..2")
        .well();
    let more = stage.rows("other");
    assert_eq!(more, format!("{rows}{}", stage.rows("events --rows ..2")));
    assert!(
        stage
            .gawky("inspect other")
            .well()
            .contains("packed into safetensors")
    );

    // The dataset becomes another, of another form and packing, in one version.
    stage
        .gawky("copy events other --overwrite --select run")
        .well();
    assert_eq!(stage.rows("other"), stage.rows("events --select run"));
    let told = stage.gawky("inspect other").well();
    assert!(
        told.contains("version     4\n") && told.contains("packed into blobs"),
        "{told}"
    );
    assert_eq!(stage.rows("other --at 3"), more);
    stage
        .gawky("copy other other --overwrite --rows ..1")
        .well();
    assert_eq!(stage.rows("other"), "{\"run\":0}\n");

    for file in ["out.safetensors", "out.npz"] {
        stage.gawky(&format!("copy events {file}")).well();
        stage
            .gawky(&format!("copy {file} {file} --overwrite --rows 1..2"))
            .well();
        assert_eq!(stage.rows(file), stage.rows("events --rows 1..2"));
    }
}

#[test]
fn nothing_is_touched_unless_that_is_said() {
    let stage = Stage::with_events();
    let rows = stage.rows("events");
    stage.gawky("copy events out").well();
    stage.gawky("copy events folder --to blobs").well();
    stage.gawky("copy events out.npz").well();
    stage
        .sh("mkdir files own && cp events.safetensors files/part0.safetensors && echo precious > own/node1-data")
        .well();
    for (line, expected) in [
        (
            "copy blobs out",
            "out: a dataset, at version 2, is there already: say --append or --overwrite",
        ),
        (
            "copy blobs out.npz",
            "out.npz: a file is there already: say --overwrite",
        ),
        (
            "copy blobs events.safetensors",
            "events.safetensors: a file is there already: say --overwrite",
        ),
        (
            "copy events folder --to blobs",
            "folder: other things lie there, such as \"form.json\": choose an empty place or a new one",
        ),
        (
            "copy events folder",
            "folder: other things lie there, such as \"form.json\": choose an empty place or a new one",
        ),
        (
            "copy events out --to blobs",
            "out: a dataset is there: choose another place, or leave out --to blobs",
        ),
        (
            "copy events.safetensors files --packing safetensors",
            "files: other things lie there, such as \"part0.safetensors\": choose an empty place or a new one",
        ),
        (
            "copy files/part0.safetensors files --packing safetensors",
            "files: other things lie there, such as \"part0.safetensors\": choose an empty place or a new one",
        ),
        (
            "copy events own --to blobs",
            "own: other things lie there, such as \"node1-data\": choose an empty place or a new one",
        ),
        (
            "copy events own",
            "own: other things lie there, such as \"node1-data\": choose an empty place or a new one",
        ),
        (
            "copy events out --append --packing safetensors",
            "out: the dataset is packed into blobs, and not into safetensors: leave out --packing",
        ),
    ] {
        assert_eq!(stage.gawky(line).failed(1), expected, "{line}");
    }
    assert_eq!(
        stage
            .gawky("copy events folder --to blobs --overwrite")
            .failed(2),
        "--overwrite is not for blobs, which would be gone before the new ones are whole: remove what lies in folder, or say \
         --to dataset, which keeps the versions before"
    );
    for place in [
        "events",
        "out",
        "folder",
        "out.npz",
        "events.safetensors",
        "files/part0.safetensors",
    ] {
        assert_eq!(stage.rows(place), rows, "{place}");
    }
    let own = fs::read_to_string(stage.path("own/node1-data")).unwrap();
    assert_eq!(own, "precious\n");
    assert_eq!(fs::read_dir(stage.path("own")).unwrap().count(), 1);
}

/// Of those that come at once to a place where nothing is, one makes the dataset.
#[test]
fn many_append_to_a_dataset_that_is_not_there_yet() {
    let stage = Stage::with_events();
    let one = "gawky copy -q events.safetensors new --append &";
    let ran = stage.sh(&format!("{} wait", one.repeat(8)));
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    assert_eq!(stage.rows("new"), stage.rows("events").repeat(8));
}

#[test]
fn a_copy_that_fails_leaves_nothing_that_reads() {
    let stage = Stage::with_events();
    let rows = stage.rows("events");
    let one = stage.rows("events --rows ..4");
    stage.gawky("copy events kept").well();
    // The third partition lacks a blob.
    fs::remove_file(stage.path("events/part2-node4-data")).unwrap();
    for (target, options) in [
        ("out", "--to blobs"),
        ("out", "--to blobs --rows-per-partition 1"),
        ("out.safetensors", ""),
        ("out.npz", ""),
        // The first that is read cannot be.
        ("out", "--rows 5.."),
    ] {
        let failed = stage
            .gawky(&format!("copy events {target} {options}"))
            .failed(1);
        assert!(failed.contains("part2-node4-data"), "{failed}");
        assert!(failed.starts_with("events: "), "{failed}");
        stage.gawky(&format!("cat {target}")).failed(1);
        let left = files(&stage.folder().join(target));
        assert!(left.is_empty(), "{target} {options}: {left:?}");
    }
    // Nor does a dataset of no rows stay.
    for (target, options) in [
        ("set", ""),
        ("packed", "--packing safetensors --rows-per-partition 2"),
    ] {
        let line = format!("copy events {target} {options}");
        let failed = stage.gawky(&line).failed(1);
        assert!(failed.starts_with("events: muon.pt"), "{failed}");
        assert!(!stage.folder().join(target).exists(), "{target}");
        stage.gawky(&format!("{line} --rows ..4")).well();
        assert_eq!(stage.rows(target), one);
    }
    // URLs of folders are what they are percent-decoded.
    stage
        .gawky("copy events \"file://$PWD/new%20folder/set\"")
        .failed(1);
    assert!(!stage.folder().join("new folder").exists());
    // And what was there stays as it was.
    for options in ["--append", "--overwrite"] {
        stage
            .gawky(&format!("copy events kept {options}"))
            .failed(1);
        assert_eq!(stage.rows("kept"), rows);
    }
}

/// All files below, but for those that folders keep for themselves.
fn files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let counts = path.exists() && !name.starts_with('.');
        return counts.then(|| path.to_owned()).into_iter().collect();
    }
    let entries = fs::read_dir(path).unwrap();
    entries
        .flat_map(|entry| files(&entry.unwrap().path()))
        .collect()
}

#[test]
fn partitions_of_many_forms_become_blobs_of_one() {
    let stage = Stage::empty();
    let dataset = Dataset::create(&stage.path("events"));
    let mut dataset = dataset.unwrap();
    for runs in [0..0, 0..3, 3..9] {
        dataset.append(&events(runs)).unwrap();
    }
    stage.gawky("copy events out --to blobs").well();
    assert_eq!(stage.rows("out"), stage.rows("events"));
}

/// Cases that awkward wrote: as blobs, as a dataset, and as blobs again they have the same rows.
#[test]
fn golden_cases_come_through() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    let stage = Stage::empty();
    let json = ToJson::new()
        .nan_string("nan")
        .posinf_string("inf")
        .neginf_string("-inf")
        .complex_record_fields("real", "imag");
    let mut done = 0;
    for (file, each) in [
        ("awkward2.jsonl", 7),
        ("awkward1.jsonl", 5),
        ("random2.jsonl", 29),
    ] {
        let text = fs::read_to_string(golden.join(file)).unwrap();
        for line in text.lines().step_by(each) {
            let case = Case::parse(line).unwrap();
            if case.valid == Some(false) {
                continue;
            }
            let array = array_of(&case);
            let mut rows = Vec::new();
            // Bytestrings are said in the crate's own words.
            if json.write_lines(&array, &mut rows).is_err() {
                continue;
            }
            let rows = String::from_utf8(rows).unwrap();
            let _ = fs::remove_dir_all(stage.path("blobs"));
            let blobs = Directory::create(stage.path("blobs")).unwrap();
            let (form, length) = gawky::to_buffers(&array, &blobs).unwrap();
            stage.write("blobs/form.json", &form.to_string());
            stage.write("blobs/length.json", &length.to_string());
            let ran = stage.sh(
                "rm -rf set back; gawky cat blobs > 1 && gawky copy blobs set --rows-per-partition 2 -q && gawky cat set > 2 \
                 && gawky copy set back --to blobs -q && gawky cat back > 3",
            );
            assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", case.name);
            for name in ["1", "2", "3"] {
                assert_eq!(
                    fs::read_to_string(stage.path(name)).unwrap(),
                    rows,
                    "{} {name}",
                    case.name
                );
            }
            done += 1;
        }
    }
    assert!(done > 30, "{done}");
}

fn array_of(case: &Case) -> Array {
    let form = Form::from_json(case.form.get()).unwrap();
    let (keys, start) = (case.keys(&form).unwrap(), case.partition_start.unwrap_or(0));
    let blobs = Case::blobs(&case.buffers).unwrap();
    match &case.length {
        Length::One(length) => FromBuffers::new(&form, *length)
            .keys(keys)
            .partition_start(start)
            .read(&blobs)
            .unwrap(),
        Length::Many(lengths) => {
            let reader = FromBuffers::new(&form, lengths)
                .keys(keys)
                .partition_start(start);
            reader.read(&blobs).unwrap().concatenate().unwrap()
        }
    }
}
