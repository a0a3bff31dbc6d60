//! A writer that is killed at any moment: the dataset is as it was committed last, or once before, and the next writer succeeds.

use std::env;
use std::io::{BufRead, BufReader};
use std::thread;
use std::time::Duration;

use gawky::dataset::{CreateDataset, Packing, Vacuum};
use gawky::prelude::*;

use super::history::{State, change};
use super::{process, times};

/// The dataset, and how many changes have been made to it.
const WRITER: &str = "GAWKY_KILLED_WRITER";

/// Numbers by lot, the same every time.
struct Lots(u64);

impl Lots {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

#[test]
fn writer() {
    let Ok(told) = env::var(WRITER) else {
        return;
    };
    let (done, place) = told.split_once(' ').unwrap();
    let mut done: i64 = done.parse().unwrap();
    let mut dataset = Dataset::open(place).unwrap();
    println!("\nDONE {done}");
    loop {
        change(&mut dataset, done).unwrap();
        done += 1;
        println!("\nDONE {done}");
    }
}

/// Starts a writer, and kills it after a while; answers how many changes it said that it had made.
fn kill_one(place: &str, done: i64, after: Duration) -> i64 {
    let mut child = process("killed::writer", WRITER, &format!("{done} {place}"))
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut changes = said
        .by_ref()
        .filter_map(|line| line.unwrap().strip_prefix("DONE ")?.parse::<i64>().ok());
    let begun = changes.next();
    thread::sleep(after);
    child.kill().unwrap();
    let last = changes.last();
    let ended = child.wait_with_output().unwrap();
    let complaints = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(
        begun.is_some() && !complaints.contains("panicked"),
        "{complaints}"
    );
    last.or(begun).unwrap()
}

fn killed_at_any_moment(packing: Packing, seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("events");
    let place = place.to_str().unwrap();
    CreateDataset::new().packing(packing).create(place).unwrap();
    let mut lots = Lots(seed);
    let mut done = 0;
    let mut unsaid = 0;
    let kills = times("GAWKY_KILLS", 200) / 2;
    for kill in 0..kills {
        let after = Duration::from_micros(lots.below(40_000));
        let said = kill_one(place, done, after);
        let dataset = Dataset::open(place).unwrap();
        // The commit that it was at when it was killed, or the one before.
        let found = (said..=said + 1).find(|done| State::after(*done).is_that_of(&dataset));
        done = found.unwrap_or_else(|| {
            panic!(
                "kill {kill}: {:?} is not as after {said} changes or one more",
                dataset.lengths()
            )
        });
        unsaid += done - said;
        for version in dataset.versions().unwrap() {
            let then = dataset.open_at(version.version).unwrap();
            assert_eq!(
                then.lazy().read().unwrap().len() as u64,
                version.rows,
                "kill {kill}"
            );
        }
        if kill % 10 == 0 {
            let found = dataset.validate();
            assert!(found.is_clean(), "kill {kill}: {found}");
        }
    }
    println!(
        "{kills} kills of writers of {packing:?}: {done} changes, of which {unsaid} had not been told of"
    );

    // What they left goes, and nothing else.
    let mut dataset = Dataset::open(place).unwrap();
    change(&mut dataset, done).unwrap();
    dataset
        .vacuum(Vacuum::keep(1).older_than(Duration::ZERO))
        .unwrap();
    assert!(State::after(done + 1).is_that_of(&dataset));
    let found = dataset.validate();
    assert!(found.is_clean(), "{found}");
    let ids = match dataset.ids() {
        Some(ids) => ids.to_vec(),
        None => (0..dataset.lengths().len() as u64).collect(),
    };
    let mut expected: Vec<String> = vec!["dataset.json".to_owned()];
    for id in ids {
        expected.push(format!("checksums/{id}.json"));
        match packing {
            Packing::Safetensors => expected.push(format!("part{id}.safetensors")),
            _ => expected.extend(
                ["node1-offsets", "node2-data", "node4-data"]
                    .map(|node| format!("part{id}-{node}")),
            ),
        }
    }
    expected.sort();
    let mut left = files_below(&folder.path().join("events"), "");
    left.retain(|name| name != ".gawky-lock");
    assert_eq!(left, expected);
}

/// All files, as they are called within the folder, in order.
fn files_below(folder: &std::path::Path, prefix: &str) -> Vec<String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        match entry.file_type().unwrap().is_dir() {
            true => files.extend(files_below(&entry.path(), &format!("{name}/"))),
            false => files.push(name),
        }
    }
    files.sort();
    files
}

#[test]
fn of_blobs() {
    killed_at_any_moment(Packing::Blobs, 1);
}

#[test]
fn of_safetensors_files() {
    killed_at_any_moment(Packing::Safetensors, 2);
}
