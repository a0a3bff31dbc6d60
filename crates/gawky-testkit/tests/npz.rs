//! The conformance suite on archives of NumPy's, wherever they lie.

#![allow(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

use gawky_store::npz::{Npz, NpzWriter};
use gawky_store::{
    Blob, Buffer, Container, ContainerList, ContainerWrite, DType, Directory, Fetch, LocalFile,
    MemoryContainer, from_fn,
};
use gawky_testkit::containers::{BlockOn, Fault, FaultyContainer, Later};
use gawky_testkit::store_suite::Suite;
use tempfile::TempDir;

const KEY: &str = "data/of the suite.npz";

fn file(writer: NpzWriter, blobs: Vec<Blob>) -> NpzWriter {
    writer.put_many(blobs).unwrap();
    writer
}

fn stored(blobs: Vec<Blob>) -> NpzWriter {
    file(NpzWriter::new(), blobs)
}

fn compressed(blobs: Vec<Blob>) -> NpzWriter {
    file(NpzWriter::compressed(), blobs)
}

fn conforms<C: Container + ContainerList>(fill: impl Fn(Vec<Blob>) -> C) {
    Suite::filled_by(fill).reading().listing().typed().finish();
}

/// Makes folders, each empty, until dropped.
struct Folders {
    home: TempDir,
    next: AtomicU32,
}

impl Folders {
    fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            next: AtomicU32::new(0),
        }
    }

    fn make(&self) -> Directory {
        let name = self.next.fetch_add(1, Ordering::Relaxed).to_string();
        Directory::create(self.home.path().join(name)).unwrap()
    }
}

#[test]
fn in_a_buffer() {
    conforms(|blobs| Npz::from_buffer(stored(blobs).finish().unwrap()).unwrap());
}

#[test]
fn in_a_buffer_compressed() {
    conforms(|blobs| Npz::from_buffer(compressed(blobs).finish().unwrap()).unwrap());
}

#[test]
fn at_an_odd_address() {
    conforms(|blobs| {
        let file = stored(blobs).finish().unwrap();
        let shifted = [&[0], file.bytes().unwrap()].concat();
        let odd = Buffer::copied_from(&shifted)
            .slice(1..shifted.len())
            .unwrap();
        Npz::from_buffer(odd).unwrap()
    });
}

#[test]
fn in_a_directory() {
    let folders = Folders::new();
    conforms(|blobs| {
        let folder = folders.make();
        stored(blobs).write(&folder, KEY).unwrap();
        Npz::open(folder, KEY).unwrap()
    });
}

#[test]
fn in_a_directory_compressed() {
    let folders = Folders::new();
    conforms(|blobs| {
        let folder = folders.make();
        compressed(blobs).write(&folder, KEY).unwrap();
        Npz::open(folder, KEY).unwrap()
    });
}

#[test]
fn in_a_mapped_file() {
    let folders = Folders::new();
    conforms(|blobs| {
        let path = folders.make().root().join("suite.npz");
        LocalFile::write(&path, &stored(blobs).finish().unwrap()).unwrap();
        // SAFETY: nothing changes the files of this test.
        #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
        unsafe { Npz::open_mapped(path) }.unwrap()
    });
}

#[test]
fn in_a_file() {
    let folders = Folders::new();
    conforms(|blobs| {
        let path = folders.make().root().join("100% of it.npz");
        LocalFile::write(&path, &compressed(blobs).finish().unwrap()).unwrap();
        Npz::open_file(path).unwrap()
    });
}

#[test]
fn in_a_map() {
    conforms(|blobs| {
        let bytes = stored(blobs).finish().unwrap();
        Npz::open(HashMap::from([(KEY.to_owned(), bytes)]), KEY).unwrap()
    });
}

#[test]
fn where_ranges_are_dear() {
    conforms(|blobs| {
        let bytes = stored(blobs).finish().unwrap();
        let whole = from_fn(move |key| Ok((key == KEY).then(|| bytes.clone())));
        Npz::open(whole, KEY).unwrap()
    });
}

#[test]
fn without_blocking() {
    for file in [stored, compressed] {
        Suite::filled_by(|blobs| {
            let memory = MemoryContainer::new();
            file(blobs).write(&memory, KEY).unwrap();
            let archive = pollster::block_on(Npz::open_async(Later::new(memory), KEY));
            BlockOn::new(archive.unwrap())
        })
        .reading()
        .listing()
        .typed()
        .finish();
    }
}

/// Whatever the container below does wrong, and whenever: an error, or the right bytes.
#[test]
fn on_a_container_that_fails() {
    let blobs: Vec<Blob> = (0..4_u8)
        .map(|n| Blob::new(format!("{n}"), DType::UInt8, vec![n; 40_000].into()))
        .collect();
    for file in [stored, compressed] {
        let bytes = file(blobs.clone()).finish().unwrap();
        for fault in [
            Fault::Error,
            Fault::Missing,
            Fault::Short,
            Fault::Long,
            Fault::Corrupt,
        ] {
            let mut failures = 0;
            for operation in 0..8 {
                let memory = MemoryContainer::new();
                memory.insert(KEY, bytes.clone()).unwrap();
                let faulty = FaultyContainer::new(memory);
                faulty.fail_nth(operation, fault);
                let read = || {
                    let archive = Npz::open(&faulty, KEY)?;
                    let fetches: Vec<Fetch> = blobs
                        .iter()
                        .map(|blob| Fetch::whole(blob.key.clone(), DType::UInt8))
                        .collect();
                    archive.fetch(&fetches)
                };
                match read() {
                    Err(_) => failures += 1,
                    Ok(answers) => {
                        for (blob, answer) in blobs.iter().zip(answers) {
                            assert_eq!(answer.as_ref(), Some(&blob.bytes), "{fault:?} {operation}");
                        }
                    }
                }
            }
            assert!(failures >= 4, "{fault:?}: {failures}");
        }
    }
}

/// As the fuzzer does, which goes on for longer.
#[test]
fn any_bytes_give_an_answer() {
    use gawky_testkit::arbitrary::exercise_npz;
    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};

    let config = Config {
        cases: 4 * Config::default().cases,
        failure_persistence: None,
        ..Config::default()
    };
    let bytes = prop::collection::vec(any::<u8>(), 0..100);
    let read = std::cell::Cell::new(0);
    let ran = TestRunner::new(config).run(&bytes, |bytes| {
        read.set(read.get() + u32::from(exercise_npz(&bytes)));
        Ok(())
    });
    ran.unwrap();
    let enough = Config::default().cases / 5;
    assert!(
        read.get() > enough,
        "only {} archives were read",
        read.get()
    );
}
