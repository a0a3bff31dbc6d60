//! Containers read through a cache: the conformance suite, and what arrays cost to read.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what is wrong by panicking"
)]

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use gawky::Form;
use gawky::prelude::*;
use gawky_store::cache::{Cache, CachePolicy, Cached, DiskTier};
use gawky_store::{Blob, ContainerId, Fetch, FetchReport, Fetched, Profile, StoreError, Version};
use gawky_testkit::containers::{BlockOn, CountingContainer, Counts, Later};
use gawky_testkit::store_suite::Suite;

macro_rules! everything {
    ($suite:expr) => {
        $suite
            .reading()
            .writing()
            .deleting()
            .listing()
            .listing_and_writing()
            .conditional()
    };
}

#[test]
fn memory_each_on_a_cache_of_its_own() {
    everything!(Suite::of(|| Cached::new(
        MemoryContainer::new(),
        &Cache::new(1 << 30)
    )))
    .typed()
    .finish();
}

/// Hundreds of containers with the same keys.
#[test]
fn memory_all_on_one_cache() {
    let cache = Cache::new(1 << 30);
    everything!(Suite::of(|| Cached::new(MemoryContainer::new(), &cache)))
        .typed()
        .finish();
    assert!(cache.stats().hits > 0);
}

#[test]
fn memory_on_caches_that_are_too_small() {
    for capacity in [0, 300, 2_000] {
        let cache = Cache::new(capacity).with_policy(CachePolicy::structure_first());
        everything!(Suite::of(|| Cached::new(MemoryContainer::new(), &cache)))
            .typed()
            .finish();
    }
}

fn folders(cache: &Cache, declare: impl Fn(Cached<Directory>) -> Cached<Directory>) {
    let home = tempfile::tempdir().unwrap();
    let next = AtomicU32::new(0);
    let make = || {
        let name = next.fetch_add(1, Ordering::Relaxed).to_string();
        let folder = Directory::create(home.path().join(name)).unwrap();
        declare(Cached::new(folder, cache))
    };
    everything!(on_this_disk(Suite::of(make), home.path())).finish();
}

fn on_this_disk<C, F: Fn(Vec<Blob>) -> C>(suite: Suite<F>, home: &Path) -> Suite<F> {
    std::fs::write(home.join("Case"), "").unwrap();
    match home.join("cASE").exists() {
        true => suite.ignoring_case(),
        false => suite,
    }
}

#[test]
fn directory() {
    folders(&Cache::new(1 << 30), |cached| cached);
}

#[test]
fn directory_on_disk_alone() {
    let home = tempfile::tempdir().unwrap();
    let disk = DiskTier::open(home.path(), 1 << 30).unwrap();
    folders(&Cache::new(0).with_disk(disk.clone()), |cached| cached);
    assert!(disk.stats().hits > 0);
    assert_eq!((disk.stats().damaged, disk.stats().failures), (0, 0));
}

/// They do change, but only through the handle.
#[test]
fn directory_on_disk_as_though_it_never_changed() {
    let home = tempfile::tempdir().unwrap();
    let disk = DiskTier::open(home.path(), 1 << 16).unwrap();
    let cache = Cache::new(2_000).with_disk(disk.clone());
    folders(&cache, Cached::immutable);
    assert!(disk.stats().hits > 0 && disk.stats().evictions > 0);
    assert_eq!(disk.stats().damaged, 0);
}

#[test]
fn memory_by_futures() {
    let cache = Cache::new(1 << 30);
    everything!(Suite::of(|| BlockOn::new(Cached::new(
        Later::new(MemoryContainer::new()),
        &cache
    ))))
    .typed()
    .finish();
    assert!(cache.stats().hits > 0);
}

#[test]
fn directory_by_futures_on_disk_alone() {
    let home = tempfile::tempdir().unwrap();
    let next = AtomicU32::new(0);
    let disk = DiskTier::open(home.path().join("disk"), 1 << 24).unwrap();
    let cache = Cache::new(0).with_disk(disk.clone());
    let suite = Suite::of(|| {
        let name = next.fetch_add(1, Ordering::Relaxed).to_string();
        let folder = Directory::create(home.path().join(name)).unwrap();
        BlockOn::new(Cached::new(Later::new(folder), &cache))
    });
    everything!(on_this_disk(suite, home.path())).finish();
    assert!(disk.stats().hits > 0);
    assert_eq!(disk.stats().damaged, 0);
}

#[test]
fn a_cache_on_a_cache() {
    let (above, below) = (Cache::new(1 << 30), Cache::new(1 << 30));
    everything!(Suite::of(|| {
        Cached::new(Cached::new(MemoryContainer::new(), &below), &above)
    }))
    .typed()
    .finish();
}

#[test]
fn containers_that_do_not_tell_their_names() {
    let cache = Cache::new(1 << 30);
    let pairs = |blobs: Vec<Blob>| {
        let pairs = blobs.into_iter().map(|blob| (blob.key.into(), blob.bytes));
        pairs.collect::<HashMap<String, Buffer>>()
    };
    Suite::filled_by(|blobs| Cached::new(pairs(blobs), &cache))
        .reading()
        .listing()
        .finish();
}

/// Whatever is read is read twice: the second time the cache has it.
struct Twice<C>(C);

impl<C: Container> Container for Twice<C> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        let first = self.0.get(key)?;
        assert_eq!(self.0.get(key)?, first);
        Ok(first)
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        let first = self.0.get_range(key, range.clone())?;
        assert_eq!(self.0.get_range(key, range)?, first);
        Ok(first)
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let first = self.0.fetch_versioned(fetches, report)?;
        assert_eq!(self.0.fetch_versioned(fetches, report)?, first);
        Ok(first)
    }

    fn id(&self) -> Option<ContainerId> {
        self.0.id()
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.0.version(key)
    }

    fn profile(&self) -> Profile {
        self.0.profile()
    }
}

#[test]
fn what_is_read_twice() {
    let cache = Cache::new(1 << 30);
    Suite::filled_by(|blobs| {
        let memory = MemoryContainer::new();
        memory.put_many(blobs).unwrap();
        Twice(Cached::new(memory, &cache))
    })
    .reading()
    .typed()
    .finish();
}

/// `{x: var * int64, y: {z: var * var * float64}}`, three rows.
fn events() -> (Form, usize, CountingContainer<MemoryContainer>) {
    let list = |offsets: Vec<i64>, content| {
        Array::from(ListOffsetArray::try_new(offsets.into(), content, Parameters::none()).unwrap())
    };
    let numbers = |count: i32| NumpyArray::from_vec((0..count).map(f64::from).collect()).into();
    let x = list(
        vec![0, 2, 2, 3],
        NumpyArray::from_vec(vec![1_i64, 2, 3]).into(),
    );
    let z = list(vec![0, 1, 2, 4], list(vec![0, 3, 3, 4, 7], numbers(7)));
    let y = RecordArray::from_fields([("z", z)]).into();
    let array = Array::from(RecordArray::from_fields([("x", x), ("y", y)]));
    let counting = CountingContainer::new(MemoryContainer::new());
    let (form, length) = gawky::to_buffers(&array, &counting).unwrap();
    counting.reset();
    (form, length, counting)
}

/// Hard case 10: without a cache each blob that is needed is read once an operation; with it, once.
#[test]
fn an_array_is_read_once() {
    let (form, length, counting) = events();
    let read = |cached: &Cached<&CountingContainer<MemoryContainer>>| {
        FromBuffers::new(&form, length).read(cached).unwrap()
    };
    let bare = Cached::new(&counting, None);
    for _ in 0..2 {
        read(&bare);
        let keys = counting.requested_keys();
        assert_eq!(keys.len(), 5);
        for key in &keys {
            assert_eq!(counting.requests_of(key), 1, "{key}");
        }
        counting.reset();
    }
    let cache = Cache::new(1 << 20);
    let cached = Cached::new(&counting, &cache);
    let first = read(&cached);
    let once = counting.reset();
    assert_eq!((once.calls, once.requests), (1, 5));
    assert_eq!(read(&cached), first);
    let rows = FromBuffers::new(&form, length).rows(1..3).read(&cached);
    assert!(
        rows.unwrap()
            .equal_values(&first.slice(1..3).unwrap(), false)
            .unwrap()
    );
    assert_eq!(
        counting.reset(),
        Counts::default(),
        "rows of what is there are there, too"
    );
}

/// Rows, level by level: what the structure is, is read once, whichever rows are read.
#[test]
fn the_structure_alone_may_be_kept() {
    let (form, length, counting) = events();
    let cache = Cache::new(1 << 20).with_policy(CachePolicy::structure_only());
    let cached = Cached::new(&counting, &cache);
    let read = || FromBuffers::new(&form, length).read(&cached).unwrap();
    let first = read();
    counting.reset();
    assert_eq!(read(), first);
    assert_eq!(counting.requested_keys(), ["node2-data", "node6-data"]);
}
