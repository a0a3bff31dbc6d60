//! Streams of rows that are in memory into a dataset, beside `dd`, and the memory that this takes.
//!
//!     GAWKY_BENCH_BYTES=4294967296 cargo bench -p gawky --bench stream
//!
//! `GAWKY_BENCH_BYTES` says how many bytes are written (256 MiB unless set), `GAWKY_BENCH_FOLDER` where (in a temporary folder
//! unless set), `GAWKY_BENCH_ROWS` how many MiB of rows the writer is given at once (64 unless set), and `GAWKY_BENCH_ROUNDS`
//! how often (twice unless set), each way in turns with `dd`, before and after it. What is written is removed again. Each way has a
//! process of its own, so that its peak is not hidden by memory that another has left to the heap.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a benchmark that cannot be set up should stop"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use gawky::dataset::{CreateDataset, Packing};
use gawky::prelude::*;
use gawky::safetensors::SafeTensorsArray;
use gawky::store::Directory;

const MIB: f64 = 1024.0 * 1024.0;

/// What one process writes, and how.
const WAYS: [(&str, Rows, Packing, bool); 6] = [
    ("4 columns, blobs", Rows::Numbers, Packing::Blobs, false),
    (
        "4 columns, safetensors",
        Rows::Numbers,
        Packing::Safetensors,
        false,
    ),
    ("947 columns, blobs", Rows::Events, Packing::Blobs, false),
    (
        "947 columns, safetensors",
        Rows::Events,
        Packing::Safetensors,
        false,
    ),
    (
        "4 columns, safetensors",
        Rows::Numbers,
        Packing::Safetensors,
        true,
    ),
    (
        "947 columns, safetensors",
        Rows::Events,
        Packing::Safetensors,
        true,
    ),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rows {
    Numbers,
    Events,
}

impl Rows {
    /// About so many MiB of them; `None` where the real ones are absent.
    fn array(self, mib: usize) -> Option<Array> {
        match self {
            Self::Numbers => Some(numbers(mib * (1 << 20) / 32)),
            // They take a little more than a MiB.
            Self::Events => events(mib),
        }
    }
}

/// Four columns of numbers.
fn numbers(rows: usize) -> Array {
    let fields = ["a", "b", "c", "d"].map(|name| {
        let numbers: Vec<f64> = (0..rows).map(|row| row as f64).collect();
        (name, Array::from(NumpyArray::from_vec(numbers)))
    });
    RecordArray::from_fields(fields).into()
}

fn events(times: usize) -> Option<Array> {
    let folder = std::env::var_os("GAWKY_REAL_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/real"),
        PathBuf::from,
    );
    let file = SafeTensorsArray::open_file(folder.join("nanoaod.safetensors")).ok()?;
    let events = file.read().unwrap();
    Some(Array::concatenate(&vec![events; times]).unwrap())
}

/// How many bytes of memory this process has, or has had at most since [`forget_peak`], as the kernel counts it.
fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    number.map_or(0, |number| number.trim().parse::<u64>().unwrap() * 1024)
}

fn forget_peak() {
    // Where the kernel does not allow it, the peak is that of all that was before, too.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn number(name: &str, unless_set: u64) -> u64 {
    std::env::var(name).map_or(unless_set, |text| text.parse().unwrap())
}

fn given_at_once() -> usize {
    usize::try_from(number("GAWKY_BENCH_ROWS", 64)).unwrap()
}

fn free_the_disk(folder: &Path) {
    std::fs::remove_dir_all(folder).unwrap();
    // What is under way would slow down whoever comes next.
    let _ = Command::new("sync").status();
}

/// Writes a stream of one of the ways; prints seconds, bytes, and the peak beyond what was before.
fn stream(way: usize, place: &Path) {
    let (_, rows, packing, fsync) = WAYS[way];
    let Some(rows) = rows.array(given_at_once()) else {
        return;
    };
    let bytes = number("GAWKY_BENCH_BYTES", 256 << 20);
    let container = Directory::create(place).unwrap().fsync(fsync);
    forget_peak();
    let before = memory("VmRSS:");
    let start = Instant::now();
    let create = CreateDataset::new().packing(packing);
    let mut dataset = create.create_in(container).unwrap();
    let mut writer = dataset.writer().unwrap();
    let mut given = 0;
    while given < bytes {
        writer.append(&rows).unwrap();
        given += rows.nbytes() as u64;
    }
    let written = writer.finish().unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let peak = memory("VmHWM:").saturating_sub(before);
    println!("{seconds} {} {peak}", written.bytes);
}

/// Bytes a second, and the peak, of one of the ways; `None` where its rows are absent.
fn streamed(way: usize, folder: &Path) -> Option<(f64, f64)> {
    let place = folder.join("dataset");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .env("GAWKY_BENCH_WAY", way.to_string())
        .env("GAWKY_BENCH_FOLDER", &place);
    let told = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let mut numbers = told
        .split_whitespace()
        .map(|number| number.parse::<f64>().unwrap());
    let (seconds, bytes) = (numbers.next()?, numbers.next()?);
    let peak = numbers.next()?;
    free_the_disk(&place);
    Some((bytes / seconds, peak))
}

/// Bytes a second of `dd`.
fn dd(folder: &Path, fsync: bool, bytes: u64) -> f64 {
    let place = folder.join("dd");
    std::fs::create_dir(&place).unwrap();
    let mut command = Command::new("dd");
    command
        .arg("if=/dev/zero")
        .arg("bs=1M")
        .stderr(Stdio::null());
    command.arg(format!("of={}", place.join("file").display()));
    command.arg(format!("count={}", bytes >> 20));
    if fsync {
        command.arg("conv=fsync");
    }
    let start = Instant::now();
    assert!(command.status().unwrap().success());
    let seconds = start.elapsed().as_secs_f64();
    free_the_disk(&place);
    bytes as f64 / seconds
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn main() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("GAWKY_BENCH_FOLDER").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| temporary.path().to_owned());
    if let Ok(way) = std::env::var("GAWKY_BENCH_WAY") {
        stream(way.parse().unwrap(), &folder);
        return;
    }
    let (bytes, rounds) = (
        number("GAWKY_BENCH_BYTES", 256 << 20),
        number("GAWKY_BENCH_ROUNDS", 2),
    );
    println!(
        "| {} MiB | fsync | MB/s | dd, MB/s | × dd | peak, MiB |",
        bytes >> 20
    );
    println!("|---|---|---:|---:|---:|---:|");
    for (way, (what, _, _, fsync)) in WAYS.iter().enumerate() {
        let (mut rates, mut peers, mut ratios, mut most) = (vec![], vec![], vec![], 0.0_f64);
        let mut before = dd(&folder, *fsync, bytes);
        for _ in 0..rounds {
            let Some((rate, peak)) = streamed(way, &folder) else {
                break;
            };
            let after = dd(&folder, *fsync, bytes);
            let peer = f64::midpoint(before, after);
            rates.push(rate / 1e6);
            peers.push(peer / 1e6);
            ratios.push(rate / peer);
            most = most.max(peak);
            before = after;
        }
        if rates.is_empty() {
            println!("| {what}: real data absent | | | | | |");
            continue;
        }
        let (rate, peer, ratio, peak) = (median(rates), median(peers), median(ratios), most / MIB);
        let fsync = if *fsync { "yes" } else { "no" };
        println!("| {what} | {fsync} | {rate:.0} | {peer:.0} | {ratio:.2} | {peak:.0} |");
    }
}
