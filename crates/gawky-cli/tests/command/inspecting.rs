//! `gawky inspect`, `explain` and `versions`.

use gawky::prelude::*;
use serde_json::Value as Json;

use crate::stage::{Stage, in_files};

const EVENTS: &str = "\
place       events
kind        dataset, packed into blobs
version     4
type        10 * {run: int64, muon: var * {pt: float32, charge: int8}}
rows        10
partitions  3, of 1 to 5 rows, median 4
keys        part{partition}-{form_key}-{attribute}
byte order  little
checksums   yes
attributes  {\"detector\":\"A\"}
stored      229 B in 12 blobs

bytes  node
229 B  RecordArray (node0)
 80 B  |-- run: NumpyArray (node1)  data int64 80 B
149 B  `-- muon: ListOffsetArray (node2)  offsets int64 104 B
 45 B      `-- RecordArray (node3)
 36 B          |-- pt: NumpyArray (node4)  data float32 36 B
  9 B          `-- charge: NumpyArray (node5)  data int8 9 B
";

#[test]
fn all_that_there_is_is_told() {
    let stage = Stage::with_events();
    assert_eq!(stage.gawky("inspect events").well(), EVENTS);
}

#[test]
fn all_kinds_tell_the_same_tree() {
    let stage = Stage::with_events();
    in_files(&stage, "files");
    let tree = |arguments: &str| {
        let told = stage.gawky(&format!("inspect {arguments} --json")).well();
        let told: Json = serde_json::from_str(&told).unwrap();
        (
            told["kind"].clone(),
            told["rows"].clone(),
            told["tree"]["contents"][0]["bytes"].clone(),
        )
    };
    for (arguments, kind) in [
        ("events", "dataset"),
        ("files", "dataset"),
        ("events.safetensors", "safetensors"),
        ("events.npz", "npz"),
        ("buffers.npz --form form.json --length 10", "npz"),
        ("blobs", "blobs"),
        ("blobs --form form.json --length 10", "blobs"),
        (
            "events.safetensors --form form.json --length 10",
            "safetensors",
        ),
    ] {
        assert_eq!(
            tree(arguments),
            (kind.into(), 10.into(), 80.into()),
            "{arguments}"
        );
    }
}

#[test]
fn json_tells_the_bytes_of_each_buffer() {
    let stage = Stage::with_events();
    let told = stage.gawky("inspect events --select muon.pt --json").well();
    let told: Json = serde_json::from_str(&told).unwrap();
    assert_eq!(told["type"], "10 * {muon: var * {pt: float32}}");
    assert_eq!(told["attributes"]["detector"], "A");
    assert_eq!(told["partitions"]["rows"]["median"], 4);
    assert_eq!(told["stored"]["bytes"], 140);
    assert_eq!(told["stored"]["complete"], true);
    let muon = &told["tree"]["contents"][0];
    assert_eq!(
        (&muon["field"], &muon["bytes"]),
        (&"muon".into(), &140.into())
    );
    let offsets = &muon["buffers"][0];
    assert_eq!(
        (&offsets["attribute"], &offsets["bytes"]),
        (&"offsets".into(), &104.into())
    );
}

#[test]
fn what_is_missing_is_counted() {
    let stage = Stage::with_events();
    std::fs::remove_file(stage.folder().join("events/part1-node4-data")).unwrap();
    let told = stage.gawky("inspect events --exact").well();
    assert!(
        told.contains(
            "stored      225 B in 11 blobs; 1 blob not there, which is right where no row needs it"
        ),
        "{told}"
    );
    assert!(
        told.contains("pt: NumpyArray (node4)  data float32 32 B, 1 not there"),
        "{told}"
    );
}

#[test]
fn wide_forms_are_cut_and_many_blobs_are_not_all_asked() {
    let stage = Stage::empty();
    let column = |at: usize| {
        (
            format!("column{at}"),
            Array::from(NumpyArray::from_vec(vec![1_u8])),
        )
    };
    let wide = Array::from(RecordArray::from_fields((0..947).map(column)));
    let mut dataset = Dataset::create(&stage.path("wide")).unwrap();
    dataset.append_all(&vec![wide; 11]).unwrap();
    let told = stage.gawky("inspect wide").well();
    assert_eq!(told.lines().count(), 11 + 43, "{told}");
    assert!(told.lines().all(|line| line.len() < 250), "{told}");
    let partly = "stored      9.2 KiB in 9470 blobs, of the first 10 partitions alone: --all asks the sizes of all";
    assert!(told.contains(partly), "{told}");
    assert!(
        told.ends_with("\n8.9 KiB  `-- 907 fields more: --all shows them, --select chooses\n"),
        "{told}"
    );
    let all = stage.gawky("inspect wide --all").well();
    assert!(
        all.contains("stored      10.2 KiB in 10417 blobs\n"),
        "{all}"
    );
    assert!(
        all.contains("`-- column946: NumpyArray (node947)  data uint8 11 B\n"),
        "{all}"
    );
    let some = stage.gawky("inspect wide --select 'column1?'").well();
    assert!(some.contains("stored      110 B in 110 blobs\n"), "{some}");
}

#[test]
fn an_array_without_partitions_is_one() {
    let stage = Stage::empty();
    Dataset::create(&stage.path("none")).unwrap();
    let told = stage.gawky("inspect none").well();
    assert!(
        told.contains("type        0 * unknown\nrows        0\npartitions  none\n"),
        "{told}"
    );
    assert_eq!(stage.rows("none"), "");
    assert_eq!(stage.gawky("cat none --format json").well(), "[]\n");
}

#[test]
fn plans_are_explained() {
    let stage = Stage::with_events();
    assert_eq!(
        stage
            .gawky("explain events --select muon.pt --rows 1..3")
            .well(),
        "\
2 rows of 1 partition in 2 steps: 36 bytes in 2 fetches
  step  fetches           bytes  buffer
     0        1              24  muon, offsets: part0-node2-offsets[8..32]
     1        1              12  muon.pt, data: part0-node4-data[0..12]
"
    );
    let told = stage
        .gawky("explain events --select muon.pt --rows 1..3 --json")
        .well();
    let told: Json = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["bytes"], &told["steps"]), (&36.into(), &2.into()));
    assert_eq!(told["buffers"][1]["range"], serde_json::json!([0, 12]));
}

#[test]
fn versions_are_listed_and_opened() {
    let stage = Stage::with_events();
    assert_eq!(
        stage.gawky("versions events").well(),
        "   version   partitions                 rows
         1            0                    0
         2            1                    4
         3            2                    5
         4            3                   10
"
    );
    let told = stage.gawky("versions events --json").well();
    let told: Json = serde_json::from_str(&told).unwrap();
    assert_eq!(told[3]["rows"], 10);
    assert_eq!(stage.gawky("cat events --at 3").well().lines().count(), 5);
}

#[test]
fn names_of_fields_do_not_speak_to_the_terminal() {
    let stage = Stage::empty();
    stage.write("odd.jsonl", "{\"\\u001b[31mred\\n\": 1}\n");
    stage.gawky("import odd.jsonl odd --quiet").well();
    let told = stage.gawky("inspect odd").well();
    assert!(
        told.contains("\\u{1b}[31mred\\n: NumpyArray") && !told.contains('\u{1b}'),
        "{told:?}"
    );
}
