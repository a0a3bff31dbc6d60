//! Partitions in blobs, told of or not.

use std::fs;
use std::path::{Path, PathBuf};

use gawky::ToBuffers;
use gawky::prelude::*;
use gawky::store::npz::NpzWriter;

use crate::stage::{Stage, days};

/// Blobs of three partitions, counted from `start`, in an archive; and their form beside it.
fn archive(stage: &Stage, name: &str, start: u64, keys: KeyFormat) {
    let archive = NpzWriter::new();
    for (number, day) in (start..).zip(days()) {
        let (form, _) = ToBuffers::new(&day.pack().unwrap())
            .keys(keys.clone())
            .partition_start(number)
            .write(&archive)
            .unwrap();
        stage.write("form.json", &form.to_string());
    }
    let folder = Directory::open(stage.folder()).unwrap();
    archive.write(&folder, name).unwrap();
}

#[test]
fn lengths_of_partitions_are_given() {
    let stage = Stage::with_events();
    let rows = stage.rows("events");
    archive(&stage, "parts.npz", 0, KeyFormat::partitioned());
    let given = "parts.npz --form form.json --length 4,1,5";
    assert_eq!(stage.rows(given), rows);
    let told = stage.gawky(&format!("inspect {given}")).well();
    assert!(told.contains("partitions  3, of 1 to 5 rows"), "{told}");
    let none = stage.gawky("cat parts.npz --form form.json --length 4,1,x");
    assert!(none.failed(2).contains("--length"));

    archive(&stage, "later.npz", 7, KeyFormat::partitioned());
    let later = "later.npz --form form.json --length 4,1,5";
    stage.gawky(&format!("cat {later}")).failed(1);
    assert_eq!(stage.rows(&format!("{later} --partition-start 7")), rows);

    let template = "{partition}/{form_key}.{attribute}";
    let keys = KeyFormat::template(template).unwrap();
    archive(&stage, "other.npz", 0, keys);
    let other = format!("other.npz --form form.json --length 4,1,5 --key-format '{template}'");
    assert_eq!(stage.rows(&other), rows);
}

#[test]
fn lengths_lie_beside_the_form_by_either_name() {
    let stage = Stage::with_events();
    stage.gawky("copy events parts --to blobs").well();
    let (one, many) = (
        stage.path("parts/length.json"),
        stage.path("parts/lengths.json"),
    );
    fs::rename(one, many).unwrap();
    assert_eq!(stage.rows("parts"), stage.rows("events"));
    stage.write("parts/lengths.json", "\"ten\"");
    assert_eq!(
        stage.gawky("cat parts").failed(1),
        "parts: lengths.json is neither a number of rows nor a list of such: write one, or give --length"
    );
}

/// Names of files tell what they are in capitals, too.
#[test]
fn names_in_capitals_are_names() {
    let stage = Stage::with_events();
    let rows = stage.rows("events");
    for name in ["X.NPZ", "X.SafeTensors"] {
        stage.gawky(&format!("copy events {name}")).well();
        assert!(stage.folder().join(name).is_file());
        assert_eq!(stage.rows(name), rows);
    }
}

/// Of the real data, where it is: `GAWKY_REAL_DATA`, or `../shared/real` beside the repository.
fn real(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("GAWKY_REAL_DATA").unwrap_or_else(|| "../shared/real".into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join(folder).join(name);
    if path.exists() {
        return path.canonicalize().ok();
    }
    eprintln!("real data absent: skipped ({name})");
    None
}

#[test]
fn real_partitions_come_through() {
    let stage = Stage::empty();
    if let (Some(hzz), Some(form)) = (
        real("hzz-awkward1-partitioned.npz"),
        real("hzz-awkward1-partitioned.form.json"),
    ) {
        let given = format!(
            "{} --form {} --length 500,500,500,500,421",
            hzz.display(),
            form.display()
        );
        let told = stage.gawky(&format!("inspect {given}")).well();
        assert!(told.contains("rows        2421\n"), "{told}");
        assert!(told.contains("partitions  5, of 421 to 500 rows"), "{told}");
        let row = stage.rows(&format!("{given} --rows 2420.."));
        assert_eq!(row.lines().count(), 1);
        let (place, options) = given.split_once(' ').unwrap();
        stage
            .gawky(&format!("copy {place} hzz {options} --quiet"))
            .well();
        assert_eq!(stage.rows("hzz --rows 2420.."), row);
    }
    if let Some(zmumu) = real("zmumu") {
        let told = stage.gawky(&format!("inspect {}", zmumu.display())).well();
        assert!(told.contains("rows        2304\n"), "{told}");
        assert_eq!(
            stage.rows(&zmumu.display().to_string()).lines().count(),
            2304
        );
    }
}
