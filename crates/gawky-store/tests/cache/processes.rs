//! Many processes on one folder, some of which are killed.

use std::env;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use gawky_store::cache::{Cache, Cached, DiskTier};
use gawky_store::{Container, Fetch};

use crate::stage::{Stage, ask, range, whole};

const LIMIT: u64 = 100_000;
const KEYS: usize = 40;
const FOLDER: &str = "GAWKY_TEST_DISK_FOLDER";
const ROUNDS: &str = "GAWKY_TEST_DISK_ROUNDS";

fn content(n: usize) -> Vec<u8> {
    (0..500 + n * 211)
        .map(|at| (at * (n + 3) % 251) as u8)
        .collect()
}

fn key(n: usize) -> String {
    format!("part0-node{n}-data")
}

fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.place = Some("test://bucket/events");
    for n in 0..KEYS {
        stage.keep(&key(n), &content(n));
    }
    stage
}

/// What each process does: reads here and there, checks every byte, and that the folder keeps its limit.
fn read(folder: &Path, rounds: usize, seed: usize) {
    let stage = stage();
    let disk = DiskTier::open(folder, LIMIT).unwrap();
    for round in 0..rounds {
        let cache = Cache::new(0).with_disk(disk.clone());
        let cached = Cached::new(&stage, &cache);
        let n = (seed * 7 + round * 13 + round / 5) % KEYS;
        let expected = content(n);
        let fetch: Fetch = match round % 3 {
            0 => range(&key(n), 100..400),
            _ => whole(&key(n)).at_version(stage.memory.version(&key(n)).unwrap()),
        };
        let part = fetch
            .range
            .clone()
            .map(|range| range.start as usize..range.end as usize);
        let expected = &expected[part.unwrap_or(0..expected.len())];
        assert_eq!(ask(&cached, fetch).unwrap(), expected);
        let (_, bytes) = disk.usage().unwrap();
        assert!(bytes <= LIMIT, "{bytes} bytes");
    }
    let stats = disk.stats();
    assert_eq!((stats.damaged, stats.failures), (0, 0), "{stats:?}");
}

/// Not a test by itself: what the others start.
#[test]
fn child() {
    let Some(folder) = env::var_os(FOLDER) else {
        return;
    };
    let rounds = env::var(ROUNDS).unwrap().parse().unwrap();
    read(Path::new(&folder), rounds, std::process::id() as usize);
}

/// A process that does not outlive its test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(folder: &Path, rounds: usize) -> Started {
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "processes::child", "--nocapture"])
        .env(FOLDER, folder)
        .env(ROUNDS, rounds.to_string())
        .stdout(Stdio::null())
        .spawn();
    Started(child.unwrap())
}

#[test]
fn many_processes_share_a_folder_and_its_limit() {
    let home = tempfile::tempdir().unwrap();
    let children: Vec<Started> = (0..4).map(|_| start(home.path(), 150)).collect();
    thread::scope(|scope| {
        for seed in 0..2 {
            let home = home.path();
            scope.spawn(move || read(home, 150, seed));
        }
    });
    for mut child in children {
        assert!(child.0.wait().unwrap().success());
    }
    let disk = DiskTier::open(home.path(), LIMIT).unwrap();
    let (entries, bytes) = disk.usage().unwrap();
    assert!(entries > 0 && bytes <= LIMIT);
}

#[test]
fn killed_writers_leave_nothing_that_is_served_or_stays() {
    let home = tempfile::tempdir().unwrap();
    let drafts = home.path().join("gawky-cache-1/drafts");
    let count = || std::fs::read_dir(&drafts).map_or(0, |drafts| drafts.count());
    for victim in 0..8 {
        let child = start(home.path(), 1_000_000);
        // Anywhere in its work, which is more often than not a draft.
        let mut patience = 0;
        while patience < 200 && (victim % 2 == 0 && count() == 0) {
            patience += 1;
            thread::yield_now();
        }
        read(home.path(), 3 * victim, victim);
        drop(child);
    }
    read(home.path(), 100, 1);
    DiskTier::open(home.path(), LIMIT).unwrap();
    assert_eq!(count(), 0);
}
