//! What goes wrong is told in one line, which says what to do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::stage::Stage;

#[track_caller]
fn fails(stage: &Stage, status: i32, lines: &[(&str, &str)]) {
    for (line, expected) in lines {
        assert_eq!(stage.gawky(line).failed(status), *expected, "gawky {line}");
    }
}

#[test]
fn places_that_are_none() {
    let stage = Stage::with_events();
    fs::create_dir(stage.path("folder")).unwrap();
    fails(
        &stage,
        1,
        &[
            ("inspect nothing", "there is no nothing: check the place"),
            ("cat no/thing", "there is no no/thing: check the place"),
            (
                "cat no/thing.npz",
                "no/thing.npz: there is no no: check the place",
            ),
            (
                "cat none.safetensors",
                "there is no \"none.safetensors\": check the name, and that it has been written",
            ),
            (
                "cat none.npz",
                "there is no \"none.npz\": check the name, and that it has been written",
            ),
            (
                "inspect folder",
                "folder: there is neither dataset.json, of a dataset, nor form.json, of blobs: check the place, or give the \
                 form by --form FILE",
            ),
            (
                "versions folder",
                "folder: there is no dataset: no dataset.json lies there",
            ),
            (
                "compact blobs --rows-per-partition 1",
                "blobs: there is no dataset: no dataset.json lies there",
            ),
            (
                "vacuum blobs --keep 1",
                "blobs: there is no dataset: no dataset.json lies there",
            ),
            (
                "cat ftp://host/events",
                "\"ftp://host/events\": there is no scheme \"ftp\"; there are s3, s3a, gs, az, abfs, abfss, http, https, file, \
                 memory, and paths without any",
            ),
            (
                "cat s3:bucket/events",
                "\"s3:bucket/events\": a URL has two slashes behind its scheme; a path that is called so has ./ before it",
            ),
            ("cat s3://", "\"s3://\": it names no bucket or server"),
            (
                "cat events --option region=x",
                "--option is for object stores, and events is none: leave it out",
            ),
        ],
    );
}

#[test]
fn a_file_is_no_folder() {
    let stage = Stage::with_events();
    let told = stage.gawky("cat form.json").failed(1);
    assert!(
        told.ends_with("form.json is no folder: check the place"),
        "{told}"
    );
}

#[test]
fn forms_and_lengths_that_are_missing() {
    let stage = Stage::with_events();
    fs::remove_file(stage.path("blobs/length.json")).unwrap();
    stage.write("wrong.json", "{\"class\": \"ListArray\"}");
    fails(
        &stage,
        1,
        &[
            (
                "inspect buffers.npz",
                "buffers.npz: there is no form.json in the archive: give the form by --form FILE, as ak.to_buffers returns it",
            ),
            (
                "inspect buffers.npz --form form.json",
                "buffers.npz: no length.json lies beside the form: give the number of rows by --length, of partitions those of each",
            ),
            (
                "inspect blobs",
                "blobs: no length.json lies beside the form: give the number of rows by --length, of partitions those of each",
            ),
            (
                "cat buffers.npz --form none.json --length 1",
                "buffers.npz: --form none.json: there is no such file: check the path",
            ),
            (
                "cat buffers.npz --form wrong.json --length 1",
                "buffers.npz: --form wrong.json: this JSON is no form, at $: ListArray needs the member \"starts\"",
            ),
        ],
    );
    stage.write("blobs/length.json", "\"ten\"");
    let neither = "blobs: length.json is neither a number of rows nor a list of such: write one, or give --length";
    fails(&stage, 1, &[("cat blobs", neither)]);
    stage.write("blobs/length.json", "[3, 5]");
    let missing = stage.gawky("cat blobs").failed(1);
    assert!(missing.contains("\"part0-node1-data\""), "{missing}");
}

#[test]
fn fields_and_rows_that_are_not_there() {
    let stage = Stage::with_events();
    fails(
        &stage,
        1,
        &[
            (
                "cat events --select muon.pz",
                "--select: no column matches \"muon.pz\"; there are run, muon.pt, muon.charge",
            ),
            (
                "cat events --rows 8..11",
                "--rows: rows 8..11 are not within an array of 10 rows",
            ),
            (
                "explain events --rows 11..",
                "--rows: rows 11.. are not within an array of 10 rows",
            ),
            (
                "inspect events --at 9",
                "events: \"dataset.json\": there is no version 9: the dataset has 1 to 4",
            ),
        ],
    );
}

#[test]
fn lines_that_make_no_sense() {
    let stage = Stage::with_events();
    fails(
        &stage,
        2,
        &[
            ("", "no command is given; gawky --help lists them"),
            (
                "inspct events",
                "unrecognized subcommand 'inspct' tip: a similar subcommand exists: 'inspect'; gawky --help tells more",
            ),
            (
                "cat",
                "the following required arguments were not provided: <PLACE>; gawky --help tells more",
            ),
            (
                "cat events --rows 7",
                "invalid value '7' for '--rows <A..B>': say A..B, A.. or ..B, with numbers of rows counted from 0; gawky --help tells more",
            ),
            (
                "cat events --rows 5..3",
                "invalid value '5..3' for '--rows <A..B>': it ends before it begins: say 3..5; gawky --help tells more",
            ),
            (
                "vacuum events --keep 0",
                "invalid value '0' for '--keep <N>': say a whole number from 1 on; gawky --help tells more",
            ),
            (
                "copy events out --rows-per-partition 0",
                "invalid value '0' for '--rows-per-partition <N>': say a whole number from 1 on; gawky --help tells more",
            ),
            (
                "inspect events --key-format {",
                "--key-format is for blobs, and events is a dataset, which tells that itself: leave it out",
            ),
            (
                "cat events --length 5",
                "--length is for blobs, and events is a dataset, which tells that itself: leave it out",
            ),
            (
                "validate events.safetensors --length 5",
                "--length is for blobs, and events.safetensors is a safetensors file, which tells that itself: leave it out",
            ),
            (
                "copy events.safetensors out --partition-start 5",
                "--partition-start is for blobs, and events.safetensors is a safetensors file, which tells that itself: leave it \
                 out",
            ),
            (
                "cat events --format xml",
                "invalid value 'xml' for '--format <FORMAT>' [possible values: json, jsonl]; gawky --help tells more",
            ),
            (
                "cat blobs --at 3",
                "--at is for versions of a dataset, and blobs is blobs: leave it out",
            ),
            (
                "copy events out.npz --append",
                "--append is for datasets, and out.npz becomes an npz archive: leave it out, or say --to dataset",
            ),
            (
                "copy events out.safetensors --rows-per-partition 5",
                "--rows-per-partition is for datasets, and out.safetensors becomes a safetensors file: leave it out, or say --to dataset",
            ),
            (
                "copy events out --to blobs --packing blobs",
                "--packing is for datasets, and out becomes blobs: leave it out, or say --to dataset",
            ),
        ],
    );
}

#[test]
fn paths_and_outputs_that_cannot_be() {
    let stage = Stage::with_events();
    let told = stage.sh("gawky cat \"$(printf 'a\\377')\"").failed(2);
    assert_eq!(
        told,
        "an argument is not in UTF-8, as places have to be: reach what is called so by a link of another name"
    );
    if Path::new("/dev/full").exists() {
        let full = stage.sh("gawky cat events > /dev/full").failed(1);
        assert!(full.ends_with("make room, or write it elsewhere"), "{full}");
    }
}

#[test]
fn files_that_are_damaged() {
    let stage = Stage::with_events();
    let whole = fs::read(stage.path("events.safetensors")).unwrap();
    fs::write(stage.path("short.safetensors"), &whole[..100]).unwrap();
    fs::write(stage.path("cut.safetensors"), &whole[..whole.len() - 9]).unwrap();
    let archive = fs::read(stage.path("events.npz")).unwrap();
    fs::write(stage.path("short.npz"), &archive[..archive.len() / 2]).unwrap();
    stage.write("text.npz", "this is no archive");
    stage.write("blobs/form.json", "{");
    let manifest = fs::read_to_string(stage.path("events/dataset.json")).unwrap();
    for (name, text) in [
        ("other", "{\"format\": \"zarr\"}".to_owned()),
        (
            "newer",
            manifest.replace("\"format_version\": 1", "\"format_version\": 9"),
        ),
        ("deep", "[".repeat(100_000)),
        ("half", manifest[..manifest.len() / 2].to_owned()),
        (
            "long",
            manifest.replace("[4,1,5]", "[18446744073709551615,1,5]"),
        ),
    ] {
        fs::create_dir(stage.path(name)).unwrap();
        stage.write(&format!("{name}/dataset.json"), &text);
    }
    for place in [
        "short.safetensors",
        "cut.safetensors",
        "short.npz",
        "text.npz",
        "blobs",
        "other",
        "newer",
        "deep",
        "half",
        "long",
    ] {
        for command in ["inspect", "cat", "explain", "copy"] {
            let target = if command == "copy" { "out" } else { "" };
            let failed = stage
                .gawky(&format!("{command} {place} {target}"))
                .failed(1);
            assert!(failed.contains(place), "{failed}");
        }
        assert!(!stage.folder().join("out").exists(), "{place}");
    }
}

#[test]
fn places_that_may_not_be_written() {
    let stage = Stage::with_events();
    let below = stage.gawky("copy events form.json/out").failed(1);
    assert_eq!(below, "form.json/out is no folder: check the place");
    fs::create_dir(stage.path("locked")).unwrap();
    fs::set_permissions(stage.path("locked"), fs::Permissions::from_mode(0o555)).unwrap();
    // Who may do everything may write there, too.
    if fs::write(stage.path("locked/probe"), "").is_err() {
        let refused = stage.gawky("copy events locked/out").failed(1);
        assert_eq!(
            refused,
            "locked/out: this user has no permission for it: change that, or choose another place"
        );
    }
}

/// Bytes turned at random, here and there: whatever it is then, it is no panic and no hang, and a failure is one line.
#[test]
fn damage_of_any_kind_is_no_panic() {
    let stage = Stage::with_events();
    let mut state = 7_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let (mut failed, mut times) = (0, 0);
    for (file, place) in [
        ("events.safetensors", "events.safetensors"),
        ("events.npz", "events.npz"),
        ("events/dataset.json", "events"),
        ("events/part2-node2-offsets", "events"),
        ("blobs/form.json", "blobs"),
        ("blobs/length.json", "blobs"),
    ] {
        let whole = fs::read(stage.path(file)).unwrap();
        for _ in 0..15 {
            let mut bytes = whole.clone();
            for _ in 0..=random(3) {
                let at = random(bytes.len());
                bytes[at] = u8::try_from(random(256)).unwrap();
            }
            if random(4) == 0 {
                bytes.truncate(random(bytes.len()));
            }
            fs::write(stage.path(file), &bytes).unwrap();
            for command in ["cat", "inspect", "validate -q"] {
                let ran = stage.gawky(&format!("{command} {place}"));
                times += 1;
                match (ran.status, command) {
                    (0, _) => {}
                    // These are faults that it has found.
                    (1, "validate -q") if ran.err.is_empty() => assert!(!ran.out.is_empty()),
                    _ => {
                        ran.failed(1);
                        failed += 1;
                    }
                }
            }
        }
        fs::write(stage.path(file), &whole).unwrap();
        stage.rows(place);
    }
    assert!(failed > times / 5 && failed < times, "{failed} of {times}");
}
