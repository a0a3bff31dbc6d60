//! Two of 947 columns from nothing, and the bytes that this takes, beside `cat`. What peers take is told by `scripts/bench-peers --task columns`.
//!
//!     cargo bench -p gawky --bench columns
//!
//! makes a small dataset in a temporary folder. `GAWKY_BENCH_FOLDER` names a folder to keep it in, where it is found
//! again the next time, and `GAWKY_BENCH_TILES` says how many times over the 200 events are taken for a partition (200
//! unless set), `GAWKY_BENCH_PARTITIONS` how many of these there are.
//!
//! The events are those of `nanoaod.safetensors` from the folder that `GAWKY_REAL_DATA` names, or `../shared/real` beside
//! the repository; without them there is nothing to compare.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a benchmark that cannot be set up should stop"
)]
#![allow(
    unsafe_code,
    reason = "nobody changes the files of a benchmark while they are mapped"
)]

use std::hint::black_box;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use gawky::LazyArray;
use gawky::dataset::{CreateDataset, Packing};
use gawky::prelude::*;
use gawky::safetensors::SafeTensorsArray;
use gawky::store::Directory;

const ROUNDS: usize = 31;
const COLUMNS: [&str; 2] = ["Jet_pt", "Jet_eta"];

fn number(name: &str, unless_set: usize) -> usize {
    std::env::var(name).map_or(unless_set, |text| text.parse().unwrap())
}

fn events() -> Option<Array> {
    let folder = std::env::var_os("GAWKY_REAL_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/real"),
        PathBuf::from,
    );
    let file = SafeTensorsArray::open_file(folder.join("nanoaod.safetensors")).ok()?;
    Some(file.read().unwrap())
}

fn make(place: &Path, packing: Packing, events: &Array) {
    let tiles = number("GAWKY_BENCH_TILES", 200);
    let partitions = number("GAWKY_BENCH_PARTITIONS", 1);
    let tiled = Array::concatenate(&vec![events.clone(); tiles]).unwrap();
    let create = CreateDataset::new().packing(packing);
    let mut dataset = create.create(place.to_str().unwrap()).unwrap();
    for _ in 0..partitions {
        dataset.append(&tiled).unwrap();
    }
}

/// Times a way, and prints the median with the least and the most in milliseconds.
fn measure(what: &str, way: impl Fn()) {
    way();
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            way();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    let (median, least, most) = (times[ROUNDS / 2], times[0], times[ROUNDS - 1]);
    println!("| {what} | {median:.3} | {least:.3} | {most:.3} |");
}

/// The bytes of the blobs that have them, into the same 128 KiB again and again, as `cat` does.
fn as_cat_does(files: &[PathBuf]) {
    let mut block = vec![0; 128 << 10];
    for file in files {
        let mut file = std::fs::File::open(file).unwrap();
        while file.read(&mut block).unwrap() > 0 {
            black_box(&block);
        }
    }
}

fn mapped(place: &Path) -> Directory {
    // SAFETY: nobody changes the files while they are mapped.
    unsafe { Directory::open(place).unwrap().mapped() }
}

fn main() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("GAWKY_BENCH_FOLDER").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| temporary.path().to_owned());
    let Some(events) = events() else {
        println!("real data absent: nothing is measured");
        return;
    };
    for packing in [Packing::Blobs, Packing::Safetensors] {
        let place = folder.join(packing.name());
        if !place.exists() {
            make(&place, packing, &events);
        }
    }
    drop(events);

    println!("| {ROUNDS} rounds | median, ms | least | most |\n|---|---:|---:|---:|");
    let mut reports = Vec::new();
    for packing in [Packing::Blobs, Packing::Safetensors] {
        let (place, name) = (folder.join(packing.name()), packing.name());
        let path = place.to_str().unwrap();
        measure(&format!("{name}: open, select, read"), || {
            let dataset = Dataset::open(path).unwrap();
            let columns = dataset.lazy().select(COLUMNS).unwrap();
            black_box(columns.read().unwrap());
        });
        measure(&format!("{name}: open with the columns, read"), || {
            let columns = LazyArray::open(path, COLUMNS).unwrap();
            black_box(columns.read().unwrap());
        });
        measure(
            &format!("{name}, mapped: open with the columns, read"),
            || {
                let columns = LazyArray::open_in(mapped(&place), COLUMNS).unwrap();
                black_box(columns.read().unwrap());
            },
        );
        let columns = LazyArray::open(path, COLUMNS).unwrap();
        measure(&format!("{name}: read, being open"), || {
            black_box(columns.read().unwrap());
        });
        // From nothing, as the headers of files count.
        let fresh = LazyArray::open(path, COLUMNS).unwrap();
        let report = fresh.read_with_report().map(|(_, report)| report).unwrap();
        reports.push((name, report, columns));
    }
    let blobs = &reports[0];
    let files: Vec<PathBuf> = blobs
        .1
        .keys
        .iter()
        .map(|key| folder.join("blobs").join(&**key))
        .collect();
    measure("the same bytes, as cat reads them", || as_cat_does(&files));
    measure("the same bytes, cat itself", || {
        let cat = std::process::Command::new("cat")
            .args(&files)
            .stdout(std::process::Stdio::null())
            .status();
        assert!(cat.unwrap().success());
    });
    let wanted: u64 = files
        .iter()
        .map(|file| file.metadata().unwrap().len())
        .sum();
    println!(
        "\n| | bytes | × those of the columns |\n|---|---:|---:|\n| the columns | {wanted} | 1 |"
    );
    for (name, report, _) in &reports {
        let bytes = report.storage.bytes;
        println!(
            "| {name}: read | {bytes} | {:.4} |",
            bytes as f64 / wanted as f64
        );
    }
}
