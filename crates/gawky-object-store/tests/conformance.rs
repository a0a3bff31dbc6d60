//! The conformance suite, on stores in this process: both faces, with and without a prefix.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use gawky_object_store::object_store::ObjectStoreExt;
use gawky_object_store::object_store::local::LocalFileSystem;
use gawky_object_store::object_store::memory::InMemory;
use gawky_object_store::object_store::path::Path;
use gawky_object_store::{AsyncObjectContainer, Blocking, ObjectContainer, Retries};
use gawky_store::{
    Blob, Buffer, Container, ContainerConditional, ContainerWrite, DType, StoreError,
};
use gawky_testkit::containers::BlockOn;
use gawky_testkit::store_suite::Suite;
use tempfile::TempDir;

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(work)
}

fn prefix(text: &str) -> Path {
    Path::parse(text).unwrap()
}

#[test]
fn blocking_in_memory() {
    Suite::of(|| ObjectContainer::over(Arc::new(InMemory::new()), Path::default()).unwrap())
        .reading()
        .writing()
        .deleting()
        .listing()
        .listing_and_writing()
        .conditional()
        .finish();
}

#[test]
fn blocking_below_a_prefix() {
    Suite::of(|| {
        ObjectContainer::over(Arc::new(InMemory::new()), prefix("data/mäggi 1%2F")).unwrap()
    })
    .reading()
    .writing()
    .deleting()
    .listing()
    .listing_and_writing()
    .conditional()
    .finish();
}

#[test]
fn asynchronous_in_memory() {
    Suite::of(|| {
        let container = AsyncObjectContainer::new(Arc::new(InMemory::new()), prefix("p"));
        BlockOn::by(container, |future| run(future))
    })
    .reading()
    .writing()
    .deleting()
    .listing()
    .listing_and_writing()
    .conditional()
    .finish();
}

/// In parts of a few bytes.
#[test]
fn in_parts() {
    let make = || {
        let container = AsyncObjectContainer::new(Arc::new(InMemory::new()), Path::default());
        Blocking::new(container.with_part_size(500_000)).unwrap()
    };
    Suite::of(make).reading().writing().finish();
}

fn local(folder: &TempDir) -> Arc<LocalFileSystem> {
    Arc::new(
        LocalFileSystem::new_with_prefix(folder.path())
            .unwrap()
            .with_automatic_cleanup(true),
    )
}

#[test]
fn a_local_file_system() {
    let folders = std::sync::Mutex::new(Vec::new());
    Suite::of(|| {
        let folder = tempfile::tempdir().unwrap();
        // It takes away an empty folder from under another's put, which then is to be done again.
        let container = AsyncObjectContainer::new(local(&folder), prefix("p"));
        let container =
            Blocking::new(container.with_retries(Retries::new(100, Duration::ZERO))).unwrap();
        folders.lock().unwrap().push(folder);
        container
    })
    .reading()
    .writing()
    .deleting()
    .listing()
    .listing_and_writing()
    .finish();
}

#[test]
fn what_a_local_file_system_cannot_do_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let container = ObjectContainer::over(local(&folder), Path::default()).unwrap();
    let blob = |text: &str| Blob::new("k", DType::UInt8, Buffer::copied_from(text.as_bytes()));
    let first = container.put_if_absent(blob("1")).unwrap();
    assert!(matches!(
        container.put_if_absent(blob("2")),
        Err(StoreError::Exists { .. })
    ));
    let error = container.put_if_match(blob("2"), &first).unwrap_err();
    assert!(matches!(error, StoreError::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("\"k\""), "{error}");
    assert!(error.to_string().contains("LocalFileSystem"), "{error}");
}

/// A folder that gawky wrote is the same container through the store, and the other way round.
#[test]
fn a_directory_is_the_same_folder() {
    let folder = tempfile::tempdir().unwrap();
    let directory = gawky_store::Directory::open(folder.path()).unwrap();
    let objects = ObjectContainer::over(local(&folder), Path::default()).unwrap();
    let long = "x".repeat(300);
    for (n, key) in [
        "part0-node1-offsets",
        "a/b",
        "100%",
        "a:b",
        "CON",
        "mäggi",
        "ends.",
        &long,
    ]
    .into_iter()
    .enumerate()
    {
        let bytes = Buffer::from_vec(vec![n as u64]);
        let blob = Blob::new(key, DType::UInt64, bytes.clone());
        if n % 2 == 0 {
            directory.put(blob).unwrap();
        } else {
            objects.put(blob).unwrap();
        }
        assert_eq!(directory.get(key).unwrap(), Some(bytes.clone()), "{key}");
        assert_eq!(objects.get(key).unwrap(), Some(bytes), "{key}");
    }
    use gawky_store::ContainerList;
    assert_eq!(directory.list("").unwrap(), objects.list("").unwrap());
}

/// Ordinary keys are object names as they stand; what is no key's object is left alone.
#[test]
fn names_in_the_store() {
    use gawky_store::ContainerList;
    let store = Arc::new(InMemory::new());
    let container =
        Blocking::new(AsyncObjectContainer::new(store.clone(), prefix("events"))).unwrap();
    for key in [
        "part0-node1-offsets",
        "dir/dataset.json",
        "[foo]",
        "~x",
        "a,b!c",
        "mäggi",
    ] {
        container
            .put(Blob::new(key, DType::UInt8, Buffer::empty()))
            .unwrap();
        let object = prefix(&format!("events/{key}"));
        assert!(run(store.head(&object)).is_ok(), "{object}");
    }
    let listed = container.list("").unwrap();
    for foreign in ["events/100%", "events2/x", "x", "events/%41"] {
        run(store.put(&prefix(foreign), "1".into())).unwrap();
    }
    assert_eq!(container.list("").unwrap(), listed);
}
