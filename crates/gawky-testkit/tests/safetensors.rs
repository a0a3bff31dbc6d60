//! The conformance suite on safetensors files, wherever they lie.

#![allow(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use gawky_store::safetensors::{SafeTensors, SafeTensorsWriter};
use gawky_store::{
    Blob, Buffer, Container, ContainerList, ContainerWrite, DType, Directory, LocalFile,
    MemoryContainer, Profile, from_fn,
};
use gawky_testkit::containers::{BlockOn, CountingContainer, Later};
use gawky_testkit::store_suite::Suite;
use tempfile::TempDir;

const KEY: &str = "data/of the suite.safetensors";

fn file(blobs: Vec<Blob>) -> SafeTensorsWriter {
    let writer = SafeTensorsWriter::new().with_metadata("suite", "\"✓\"");
    writer.put_many(blobs).unwrap();
    writer
}

/// What the format lacks.
fn held_as(dtype: DType) -> DType {
    match dtype {
        DType::DateTime64(_) | DType::TimeDelta64(_) => DType::Int64,
        DType::Float128 | DType::Complex128 | DType::Complex256 => DType::UInt8,
        other => other,
    }
}

fn conforms<C: Container + ContainerList>(fill: impl Fn(Vec<Blob>) -> C) {
    Suite::filled_by(fill)
        .holding(held_as)
        .reading()
        .listing()
        .typed()
        .finish();
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
    conforms(|blobs| SafeTensors::from_buffer(file(blobs).finish().unwrap()).unwrap());
}

#[test]
fn at_an_odd_address() {
    conforms(|blobs| {
        let file = file(blobs).finish().unwrap();
        let shifted = [&[0], file.bytes().unwrap()].concat();
        let odd = Buffer::copied_from(&shifted)
            .slice(1..shifted.len())
            .unwrap();
        SafeTensors::from_buffer(odd).unwrap()
    });
}

#[test]
fn in_memory() {
    conforms(|blobs| {
        let memory = MemoryContainer::new();
        file(blobs).write(&memory, KEY).unwrap();
        SafeTensors::open(memory, KEY).unwrap()
    });
}

#[test]
fn in_a_directory() {
    let folders = Folders::new();
    conforms(|blobs| {
        let folder = folders.make();
        file(blobs).write(&folder, KEY).unwrap();
        SafeTensors::open(folder, KEY).unwrap()
    });
}

#[test]
fn in_a_mapped_directory() {
    let folders = Folders::new();
    conforms(|blobs| {
        let folder = folders.make();
        file(blobs).write(&folder, KEY).unwrap();
        // SAFETY: nothing changes the files of this test.
        #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
        SafeTensors::open(unsafe { folder.mapped() }, KEY).unwrap()
    });
}

#[test]
fn in_a_file() {
    let folders = Folders::new();
    conforms(|blobs| {
        let path = folders.make().root().join("100% of it.safetensors");
        LocalFile::write(&path, &file(blobs).finish().unwrap()).unwrap();
        SafeTensors::open_file(path).unwrap()
    });
}

#[test]
fn in_a_mapped_file() {
    let folders = Folders::new();
    conforms(|blobs| {
        let path = folders.make().root().join("suite.safetensors");
        LocalFile::write(&path, &file(blobs).finish().unwrap()).unwrap();
        // SAFETY: nothing changes the files of this test.
        #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
        unsafe { SafeTensors::open_mapped(path) }.unwrap()
    });
}

#[test]
fn in_a_map_and_behind_a_pointer() {
    conforms(|blobs| {
        let bytes = file(blobs).finish().unwrap();
        let map: Arc<dyn Container> = Arc::new(HashMap::from([(KEY.to_owned(), bytes)]));
        SafeTensors::open(CountingContainer::new(map), KEY).unwrap()
    });
}

#[test]
fn where_ranges_are_dear() {
    conforms(|blobs| {
        let bytes = file(blobs).finish().unwrap();
        let whole = from_fn(move |key| Ok((key == KEY).then(|| bytes.clone())));
        SafeTensors::open(whole, KEY).unwrap()
    });
}

#[test]
fn without_blocking() {
    Suite::filled_by(|blobs| {
        let memory = MemoryContainer::new();
        file(blobs).write(&memory, KEY).unwrap();
        let far = Later::new(memory).with_profile(Profile::REMOTE);
        BlockOn::new(pollster::block_on(SafeTensors::open_async(far, KEY)).unwrap())
    })
    .holding(held_as)
    .reading()
    .listing()
    .typed()
    .finish();
}
