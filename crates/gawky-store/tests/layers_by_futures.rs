//! What a layer answers by futures is what it answers without them.

#![allow(clippy::unwrap_used, reason = "tests may panic")]
#![cfg(all(feature = "npz", feature = "safetensors", feature = "checksums"))]

use std::ops::Range;

use futures_util::FutureExt;
use gawky_store::npz::{Npz, NpzWriter};
use gawky_store::safetensors::{SafeTensors, SafeTensorsWriter};
use gawky_store::{
    AsyncContainer, AsyncContainerList, Blob, Buffer, Checksums, Container, ContainerId,
    ContainerList, ContainerWrite, DType, Fetch, FetchReport, Fetched, Key, Layer, Layered,
    MemoryContainer, Profile, StoreError, Verified, Version, async_trait,
};

/// A container that answers by futures.
struct ByFutures<'a>(&'a MemoryContainer);

#[async_trait]
impl AsyncContainer for ByFutures<'_> {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.0.get(key)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        self.0.get_range(key, range)
    }

    async fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        self.0.fetch_versioned(fetches, report)
    }

    async fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.0.version(key)
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        self.0.known_size(key)
    }

    fn profile(&self) -> Profile {
        self.0.profile()
    }

    fn id(&self) -> Option<ContainerId> {
        self.0.id()
    }
}

#[async_trait]
impl AsyncContainerList for ByFutures<'_> {
    async fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        self.0.list(prefix)
    }
}

/// Of something that never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().unwrap()
}

const NUMBERS: [i64; 3] = [1, 2, 3];

/// Puts `x/a`, which has three numbers, and `b`, which has none.
fn filled<W: ContainerWrite>(writer: W) -> W {
    for (key, numbers) in [("x/a", &NUMBERS[..]), ("b", &[])] {
        let bytes = Buffer::from_vec(numbers.to_vec());
        writer.put(Blob::new(key, DType::Int64, bytes)).unwrap();
    }
    writer
}

fn assert_the_same<'a, L: Layer>(
    here: &Layered<L, &'a MemoryContainer>,
    there: &Layered<L, ByFutures<'a>>,
) where
    Layered<L, &'a MemoryContainer>: ContainerList,
    Layered<L, ByFutures<'a>>: AsyncContainerList,
{
    let keys = ["x/a", "missing", "b"].map(Key::from);
    let bytes = Buffer::from_vec(NUMBERS.to_vec());
    assert_eq!(now(there.get("x/a")).unwrap(), Some(bytes.clone()));
    let second = now(there.get_range("x/a", 8..16)).unwrap();
    assert_eq!(second, Some(bytes.slice(8..16).unwrap()));
    let sizes = [Some(24), None, Some(0)];
    assert_eq!(now(there.sizes(&keys)).unwrap(), sizes);
    assert_eq!(here.sizes(&keys).unwrap(), sizes);
    let versions = now(there.versions(&keys)).unwrap();
    assert!(versions.first().unwrap().is_some());
    assert_eq!(here.versions(&keys).unwrap(), versions);
    for ((key, size), version) in keys.iter().zip(sizes).zip(versions) {
        assert_eq!(now(there.get(key)).unwrap(), here.get(key).unwrap());
        assert_eq!(now(there.size(key)).unwrap(), size);
        assert_eq!(here.size(key).unwrap(), size);
        assert_eq!(now(there.contains(key)).unwrap(), size.is_some());
        assert_eq!(here.contains(key).unwrap(), size.is_some());
        assert_eq!(there.known_size(key), here.known_size(key));
        assert_eq!(now(there.version(key)).unwrap(), version);
        assert_eq!(here.version(key).unwrap(), version);
    }
    for fetch in [
        Fetch::whole("x/a", DType::Int64),
        Fetch::raw("missing", None),
    ] {
        let (mut by_futures, mut blocking) = (FetchReport::default(), FetchReport::default());
        let fetches = [fetch];
        let fetched = now(there.fetch_versioned(&fetches, &mut by_futures)).unwrap();
        assert_eq!(
            here.fetch_versioned(&fetches, &mut blocking).unwrap(),
            fetched
        );
        assert_eq!(by_futures.requests, blocking.requests);
    }
    for (prefix, expected) in [("", &["b", "x/a"][..]), ("x/", &["x/a"]), ("y", &[])] {
        let mut listed = now(there.list(prefix)).unwrap();
        listed.sort();
        assert_eq!(listed, expected);
        let mut listed = here.list(prefix).unwrap();
        listed.sort();
        assert_eq!(listed, expected);
    }
    assert_eq!((there.profile(), there.id()), (here.profile(), here.id()));
}

#[test]
fn archives_of_arrays() {
    for writer in [NpzWriter::new(), NpzWriter::compressed()] {
        let memory = MemoryContainer::new();
        filled(writer).write(&memory, "f").unwrap();
        let here = Npz::open(&memory, "f").unwrap();
        let there = now(Npz::open_async(ByFutures(&memory), "f")).unwrap();
        assert_the_same(&here, &there);
    }
}

#[test]
fn files_of_tensors() {
    let memory = MemoryContainer::new();
    filled(SafeTensorsWriter::new())
        .write(&memory, "f")
        .unwrap();
    let here = SafeTensors::open(&memory, "f").unwrap();
    let there = now(SafeTensors::open_async(ByFutures(&memory), "f")).unwrap();
    assert_the_same(&here, &there);
    assert_eq!(there.known_size("x/a"), Some(24));
}

#[test]
fn checksums() {
    let memory = filled(MemoryContainer::new());
    let mut checksums = Checksums::new();
    for key in ["x/a", "b"] {
        checksums
            .insert(key, &memory.get(key).unwrap().unwrap())
            .unwrap();
    }
    let layer = Verified::new(checksums);
    let here = Layered::new(layer.clone(), &memory);
    assert_the_same(&here, &Layered::new(layer, ByFutures(&memory)));
}
