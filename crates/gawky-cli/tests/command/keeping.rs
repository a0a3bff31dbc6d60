//! `gawky validate`, `compact` and `vacuum`; completions and the manual.

use std::fs;

use serde_json::Value as Json;

use crate::stage::{Stage, in_files};

#[test]
fn what_is_damaged_is_named() {
    let stage = Stage::with_events();
    in_files(&stage, "files");
    let told = stage.gawky("validate events").well();
    assert!(
        told.starts_with("no fault in ") && told.contains(" of 3 partitions, "),
        "{told}"
    );
    for place in ["files", "events.safetensors", "events.npz", "blobs"] {
        let told = stage.gawky(&format!("validate {place}")).well();
        assert!(told.starts_with("no fault in "), "{place}: {told}");
        assert_eq!(stage.gawky(&format!("validate {place} -q")).well(), "");
    }

    fs::remove_file(stage.path("events/part0-node4-data")).unwrap();
    fs::write(stage.path("events/part2-node2-offsets"), [0; 3]).unwrap();
    let ran = stage.gawky("validate events");
    assert_eq!((ran.status, ran.err.as_str()), (1, ""));
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines[0].starts_with("partition 0, muon.pt, \"part0-node4-data\": "),
        "{lines:?}"
    );
    assert!(
        lines[1].starts_with("partition 2, muon, \"part2-node2-offsets\" is damaged: "),
        "{lines:?}"
    );
    assert!(lines[2].starts_with("2 faults in "), "{lines:?}");
    let ran = stage.gawky("validate events --json");
    assert_eq!(ran.status, 1);
    let told: Json = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["faults"][0]["path"], "muon.pt");
    assert_eq!(told["faults"][1]["key"], "part2-node2-offsets");
    assert_eq!(told["partitions"], 3);
    assert!(
        stage
            .gawky("validate events --select run")
            .well()
            .starts_with("no fault")
    );
    // Others can be read.
    assert_eq!(
        stage.gawky("cat events --rows 4..5").well().lines().count(),
        1
    );
}

#[test]
fn partitions_are_put_together_and_old_versions_go() {
    let stage = Stage::with_events();
    let rows = stage.rows("events");
    assert_eq!(
        stage.gawky("compact events --rows-per-partition 5").well(),
        "3 partitions became 2: 1 written, of 5 rows\n"
    );
    assert_eq!(stage.rows("events"), rows);
    assert_eq!(
        stage.gawky("compact events --rows-per-partition 5").well(),
        "2 partitions: none is to be put together with the next\n"
    );
    assert_eq!(stage.gawky("versions events").well().lines().count(), 1 + 5);
    let gone = stage.gawky("vacuum events --keep 1").well();
    assert!(
        gone.starts_with("removed 4 versions, 2 partitions, 0 claims, 0 unfinished files: "),
        "{gone}"
    );
    assert_eq!(stage.rows("events"), rows);
    assert_eq!(
        stage.gawky("cat events --at 4").failed(1),
        "events: \"dataset.json\": there is no version 4: the dataset has 5 to 6"
    );
    // A claim is litter once it is old enough.
    std::fs::create_dir_all(stage.folder().join("events/claims")).unwrap();
    stage.write("events/claims/9", "{}");
    let gone = stage.gawky("vacuum events --keep 9 --older-than 0s").well();
    assert!(gone.contains(" 1 claim, 0 unfinished files: "), "{gone}");
}

#[test]
fn shells_and_man_are_served() {
    let stage = Stage::empty();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stage.gawky(&format!("completions {shell}")).well();
        assert!(script.contains("inspect"), "{shell}");
    }
    assert!(stage.gawky("man").well().contains(".TH gawky 1"));
    let pages = stage.gawky("man pages").well();
    assert!(!pages.contains("help"), "{pages}");
    assert!(
        pages.contains("pages/gawky-cat.1\n") && pages.contains("pages/gawky.1\n"),
        "{pages}"
    );
    for page in pages.lines() {
        let text = std::fs::read_to_string(stage.folder().join(page)).unwrap();
        assert!(
            text.contains(".SH SYNOPSIS") && text.contains("\"gawky "),
            "{page}"
        );
    }
    assert!(stage.gawky("--version").well().starts_with("gawky "));
}
