//! Reading from a folder, as ratios against `cat` and `std::fs::read` of the same files in the same run.
//!
//! The files lie in the page cache, so what is measured is the software and not the disk. Beside criterion's own
//! figures, ratios are printed: of the best and of the median of rounds in which each way takes its turn. On a
//! machine that does other things as well the best tells more.

#![allow(missing_docs, reason = "criterion's macros make public items")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot be set up should stop"
)]

use std::hint::black_box;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gawky_store::{
    Blob, Buffer, Container, ContainerWrite, DType, Directory, Fetch, MemoryContainer,
};
use tempfile::TempDir;

const SIZE: usize = 64 << 20;
const FILES: usize = 4;
const ROUNDS: usize = 31;
// The number of buffers of a nanoAOD file, which the speed targets are stated for.
const SMALL: usize = 1_291;

struct Large {
    _home: TempDir,
    folder: Directory,
    fetches: Vec<Fetch>,
    paths: Vec<PathBuf>,
}

fn whole(key: String) -> Fetch {
    Fetch::whole(key, DType::UInt8)
}

fn large() -> Large {
    let home = tempfile::tempdir().unwrap();
    let folder = Directory::create(home.path()).unwrap();
    let bytes = Buffer::from_vec((0..SIZE as u64 / 8).collect());
    let fetches: Vec<Fetch> = (0..FILES).map(|n| whole(format!("large{n}"))).collect();
    for Fetch { key, .. } in &fetches {
        folder
            .put(Blob::new(key.clone(), DType::UInt8, bytes.clone()))
            .unwrap();
    }
    Large {
        paths: fetches
            .iter()
            .map(|fetch| folder.path_of(&fetch.key).unwrap())
            .collect(),
        _home: home,
        folder,
        fetches,
    }
}

fn cat(paths: &[PathBuf]) {
    let done = Command::new("cat")
        .args(paths)
        .stdout(Stdio::null())
        .status();
    assert!(done.unwrap().success());
}

fn best(times: &[Duration]) -> f64 {
    times.iter().min().unwrap().as_secs_f64()
}

fn median(times: &[Duration]) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

fn ratios(large: &Large) {
    type Way<'a> = (&'a str, Box<dyn Fn() + 'a>);
    let one_thread = large.folder.clone().threads(1);
    let ways: [Way<'_>; 5] = [
        ("cat FILE... > /dev/null", Box::new(|| cat(&large.paths))),
        (
            "std::fs::read",
            Box::new(|| {
                for path in &large.paths {
                    black_box(std::fs::read(path).unwrap());
                }
            }),
        ),
        (
            "Directory::get, 1 thread",
            Box::new(|| {
                for fetch in &large.fetches {
                    black_box(one_thread.get(&fetch.key).unwrap());
                }
            }),
        ),
        (
            "Directory::get",
            Box::new(|| {
                for fetch in &large.fetches {
                    black_box(large.folder.get(&fetch.key).unwrap());
                }
            }),
        ),
        (
            "Directory::fetch",
            Box::new(|| drop(black_box(large.folder.fetch(&large.fetches).unwrap()))),
        ),
    ];
    let mut times = vec![Vec::new(); ways.len()];
    for _ in 0..ROUNDS {
        for ((_, way), times) in ways.iter().zip(&mut times) {
            let start = Instant::now();
            way();
            times.push(start.elapsed());
        }
    }
    let bytes = (SIZE * FILES) as f64;
    println!("\n{FILES} files of {} MiB, {ROUNDS} rounds", SIZE >> 20);
    for (which, time_of) in [("best", best as fn(&[Duration]) -> f64), ("median", median)] {
        let seconds: Vec<f64> = times.iter().map(|times| time_of(times)).collect();
        println!(
            "{which:<26} {:>8} {:>10} {:>14}",
            "GB/s", "x cat", "x fs::read"
        );
        for ((name, _), time) in ways.iter().zip(&seconds) {
            println!(
                "{name:<26} {:>8.2} {:>10.2} {:>14.2}",
                bytes / time / 1e9,
                seconds[0] / time,
                seconds[1] / time
            );
        }
    }
}

fn large_files(c: &mut Criterion) {
    let large = large();
    let mut group = c.benchmark_group("64 MiB files");
    group.sample_size(20);
    group.throughput(Throughput::Bytes((SIZE * FILES) as u64));
    group.bench_function("cat", |b| b.iter(|| cat(&large.paths)));
    group.bench_function("fetch", |b| {
        b.iter(|| large.folder.fetch(&large.fetches).unwrap());
    });
    group.finish();
    ratios(&large);
}

fn many_blobs(c: &mut Criterion) {
    let home = tempfile::tempdir().unwrap();
    let folder = Directory::create(home.path()).unwrap();
    let memory = MemoryContainer::new();
    let blobs: Vec<Blob> = (0..SMALL)
        .map(|n| {
            let bytes = Buffer::from_vec(vec![7_u8; 16 * 1024]);
            Blob::new(format!("part0-node{n}-data"), DType::UInt8, bytes)
        })
        .collect();
    let fetches: Vec<Fetch> = blobs
        .iter()
        .map(|blob| whole(blob.key.to_string()))
        .collect();
    folder.put_many(blobs.clone()).unwrap();
    memory.put_many(blobs.clone()).unwrap();
    let one_thread = folder.clone().threads(1);
    let mut group = c.benchmark_group("1,291 blobs of 16 KiB");
    group.sample_size(20);
    group.bench_function("memory fetch", |b| {
        b.iter(|| memory.fetch(&fetches).unwrap())
    });
    group.bench_function("memory put_many", |b| {
        b.iter_batched(
            || (MemoryContainer::new(), blobs.clone()),
            |(memory, blobs)| {
                memory.put_many(blobs).unwrap();
                memory
            },
            criterion::BatchSize::SmallInput,
        );
    });
    group.bench_function("std::fs::read", |b| {
        b.iter(|| -> Vec<Vec<u8>> {
            let read =
                |fetch: &Fetch| std::fs::read(folder.root().join(fetch.key.as_str())).unwrap();
            fetches.iter().map(read).collect()
        });
    });
    group.bench_function("directory fetch on one thread", |b| {
        b.iter(|| one_thread.fetch(&fetches).unwrap());
    });
    group.bench_function("directory fetch", |b| {
        b.iter(|| folder.fetch(&fetches).unwrap())
    });
    group.finish();
}

criterion_group!(benches, large_files, many_blobs);
criterion_main!(benches);
