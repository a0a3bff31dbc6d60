//! What a hit costs.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a benchmark that fails says so by panicking"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gawky_store::cache::{Cache, Cached, DiskTier};
use gawky_store::{
    Attribute, Buffer, Container, ContainerId, DType, Fetch, MemoryContainer, Origin, StoreError,
};

const BLOBS: u64 = 1_291;

/// As an object store names itself and its keys.
struct Remote(MemoryContainer);

impl Container for Remote {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.0.get(key)
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut gawky_store::FetchReport,
    ) -> Result<Vec<Option<gawky_store::Fetched>>, StoreError> {
        self.0.fetch_versioned(fetches, report)
    }

    fn id(&self) -> Option<ContainerId> {
        Some(ContainerId::new("s3://bucket/experiment/events"))
    }
}

fn hits(c: &mut Criterion) {
    let remote = Remote(MemoryContainer::new());
    let key = |node| format!("part0-node{node}-offsets");
    for node in 0..BLOBS {
        remote
            .0
            .insert(key(node), Buffer::from_vec(vec![7_i64; 1024]))
            .unwrap();
    }
    let fetch = |node: u64, range: Option<std::ops::Range<u64>>| {
        let origin = Origin {
            form_key: format!("node{node}").into(),
            attribute: Attribute::Offsets,
        };
        let fetch = match range {
            None => Fetch::whole(key(node), DType::Int64),
            Some(range) => Fetch::range(key(node), range, DType::Int64),
        };
        fetch.with_origin(Some(origin))
    };
    let cache = Cache::new(1 << 30);
    let cached = Cached::new(&remote, &cache);
    let every: Vec<Fetch> = (0..BLOBS).map(|node| fetch(node, None)).collect();
    let ranges: Vec<Fetch> = (0..BLOBS)
        .map(|node| fetch(node, Some(8 * (node % 900)..8 * (node % 900) + 16)))
        .collect();
    cached.prefetch(&every).unwrap();

    let mut group = c.benchmark_group("cache hit");
    let mut turn = every.iter().cycle();
    group.bench_function("whole blob", |b| {
        b.iter(|| {
            let fetch = turn.next().unwrap();
            black_box(cached.fetch(std::slice::from_ref(fetch)).unwrap())
        });
    });
    let mut turn = ranges.iter().cycle();
    group.bench_function("range of a whole blob", |b| {
        b.iter(|| {
            let fetch = turn.next().unwrap();
            black_box(cached.fetch(std::slice::from_ref(fetch)).unwrap())
        });
    });
    let mut turn = every.iter().cycle();
    group.bench_function("get", |b| {
        b.iter(|| black_box(cached.get(&turn.next().unwrap().key).unwrap()));
    });
    group.throughput(Throughput::Elements(BLOBS));
    group.bench_function("1,291 blobs in one call", |b| {
        b.iter(|| black_box(cached.fetch(&every).unwrap()));
    });
    group.finish();
    processor_time("fetch of one", || {
        for fetch in &every {
            black_box(cached.fetch(std::slice::from_ref(fetch)).unwrap());
        }
    });
    processor_time("get", || {
        for fetch in &every {
            black_box(cached.get(&fetch.key).unwrap());
        }
    });
    processor_time("fetch of all at once", || {
        black_box(cached.fetch(&every).unwrap());
    });
    assert_eq!(cache.stats().misses, BLOBS, "nothing but hits was measured");
}

/// Prints the time on the processor for each blob, which others on the machine disturb less than the time on the clock.
/// Linux tells it.
fn processor_time(name: &str, every: impl Fn()) {
    const ROUNDS: u64 = 1_000;
    let spent = || -> Option<f64> {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        told.split(' ').next()?.parse().ok()
    };
    let before = spent();
    for _ in 0..ROUNDS {
        every();
    }
    if let (Some(before), Some(after)) = (before, spent()) {
        let each = (after - before) / (ROUNDS * BLOBS) as f64;
        println!("{name:<22} {each:>6.0} ns of processor time a blob");
    }
}

/// A read that finds its blobs on disk, as a later process does.
fn disk(c: &mut Criterion) {
    let home = tempfile::tempdir().unwrap();
    let remote = Remote(MemoryContainer::new());
    let mut group = c.benchmark_group("disk hit");
    for size in [16 << 10, 16 << 20] {
        let key = format!("part0-node{size}-data");
        let bytes = Buffer::from_vec(vec![7_u8; size]);
        remote.0.insert(&key, bytes).unwrap();
        let tier = DiskTier::open(home.path(), 1 << 30).unwrap();
        let cached = Cached::new(&remote, &Cache::new(0).with_disk(tier)).immutable();
        let fetch = [Fetch::raw(key, None)];
        cached.prefetch(&fetch).unwrap();
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(format!("{} KiB", size >> 10), |b| {
            b.iter(|| black_box(cached.fetch(&fetch).unwrap()));
        });
        let hits = cached.cache().unwrap().stats();
        assert_eq!(hits.misses, hits.disk_hits + 1);
    }
    group.finish();
}

criterion_group!(benches, hits, disk);
criterion_main!(benches);
