//! Many processes that append to one dataset at the same time: no partition is lost, and none is there twice.

use std::env;

use gawky::dataset::{CreateDataset, Packing};
use gawky::prelude::*;

use super::{events, process, times};

/// Which of them it is, how often it appends, and where.
const APPENDER: &str = "GAWKY_APPENDER";

/// How many processes there are.
const PROCESSES: i64 = 8;

#[test]
fn appender() {
    let Ok(told) = env::var(APPENDER) else {
        return;
    };
    let told: Vec<&str> = told.splitn(3, ' ').collect();
    let (process, times): (i64, i64) = (told[0].parse().unwrap(), told[1].parse().unwrap());
    let mut dataset = Dataset::open(told[2]).unwrap();
    for time in 0..times {
        dataset.append(&events(10_000 * process + time)).unwrap();
    }
}

fn all_append(packing: Packing) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("events");
    let place = place.to_str().unwrap();
    CreateDataset::new().packing(packing).create(place).unwrap();
    let appends = times("GAWKY_APPENDS", 25);
    let processes: Vec<_> = (0..PROCESSES)
        .map(|which| {
            let told = format!("{which} {appends} {place}");
            process("appenders::appender", APPENDER, &told)
                .spawn()
                .unwrap()
        })
        .collect();
    for process in processes {
        let ended = process.wait_with_output().unwrap();
        let complaints = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(ended.status.success(), "{complaints}");
    }

    let dataset = Dataset::open(place).unwrap();
    let appends = i64::try_from(appends).unwrap();
    let mut expected: Vec<i64> = (0..PROCESSES)
        .flat_map(|process| (0..appends).map(move |time| 10_000 * process + time))
        .collect();
    let mut found = Vec::new();
    for batch in dataset.lazy().batches() {
        let batch = batch.unwrap();
        let which = batch
            .field("wide")
            .unwrap()
            .slice(0..1)
            .unwrap()
            .value()
            .unwrap()
            .to_string();
        let which: String = which
            .chars()
            .filter(|c| c.is_ascii_digit() || *c == ',')
            .collect();
        let which: i64 = which.split(',').next().unwrap().parse().unwrap();
        assert!(batch.equal_values(&events(which), false).unwrap());
        found.push(which);
    }
    // Each process's are in the order in which it has appended them.
    for process in 0..PROCESSES {
        let own = |which: &&i64| **which / 10_000 == process;
        assert!(found.iter().filter(own).is_sorted(), "{found:?}");
    }
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(
        dataset.version(),
        1 + u64::try_from(PROCESSES * appends).unwrap()
    );
    let validation = dataset.validate();
    assert!(validation.is_clean(), "{validation}");
}

#[test]
fn of_blobs() {
    all_append(Packing::Blobs);
}

#[test]
fn of_safetensors_files() {
    all_append(Packing::Safetensors);
}
