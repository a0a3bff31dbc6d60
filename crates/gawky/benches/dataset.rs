//! What opening a dataset costs: a hundred thousand partitions of 947 columns, of which two are selected and explained;
//! and two columns from nothing.
//!
//! With the form of `nanoaod.safetensors` from the folder that `GAWKY_REAL_DATA` names, or `../shared/real` beside the
//! repository; a made-up one of as many columns where it is absent.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a benchmark that cannot be set up should stop"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use gawky::dataset::{CreateDataset, Packing};
use gawky::form::Dialect;
use gawky::prelude::*;
use gawky::safetensors::SafeTensorsArray;
use serde_json::json;

const ROUNDS: usize = 31;
const PARTITIONS: u64 = 100_000;
const COLUMNS: [&str; 2] = ["Jet_pt", "Jet_eta"];

/// The system's allocator, which counts how much is in use.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is handed on to the system's allocator as it is.
#[allow(unsafe_code, reason = "an allocator is unsafe to implement")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// Times a way, and prints the median with the least and the most, and the most memory in use beyond what was before.
fn measure(what: &str, way: impl Fn()) {
    way();
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            way();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    let peak = PEAK.load(Ordering::Relaxed) - before;
    println!(
        "| {what} | {:.3} | {:.3} | {:.3} | {:.1} |",
        times[ROUNDS / 2],
        times[0],
        times[ROUNDS - 1],
        peak as f64 / (1 << 20) as f64
    );
}

fn events() -> Array {
    let folder = std::env::var_os("GAWKY_REAL_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/real"),
        PathBuf::from,
    );
    if let Ok(file) = SafeTensorsArray::open_file(folder.join("nanoaod.safetensors")) {
        return file.read().unwrap();
    }
    println!("real data absent: made-up columns are read instead");
    let numbers = Array::from(NumpyArray::from_vec(vec![1.5_f32; 400]));
    let offsets: Vec<i64> = (0..=200).map(|row| row * 2).collect();
    let others = (0..945).map(|number| format!("field{number}"));
    let fields = others.chain(COLUMNS.map(str::to_owned)).map(|name| {
        let lists =
            ListOffsetArray::try_new(offsets.clone().into(), numbers.clone(), Parameters::none());
        (name, Array::from(lists.unwrap()))
    });
    Array::from(RecordArray::from_fields(fields))
}

/// A manifest of very many partitions, of which there are no blobs.
fn many_partitions(form: &Form) -> MemoryContainer {
    let memory = MemoryContainer::new();
    let form: serde_json::Value =
        serde_json::from_str(&form.to_json(Dialect::V2, true).unwrap()).unwrap();
    let manifest = json!({
        "format": "gawky.dataset",
        "format_version": 1,
        "version": 2,
        "form": form,
        "key_format": "part{partition}-{form_key}-{attribute}",
        "packing": "blobs",
        "byteorder": "<",
        "lengths": {
            "form": {"class": "NumpyArray", "primitive": "int64", "form_key": "aside/lengths"},
            "length": PARTITIONS,
            "rest": [],
        },
        "history": {"since": 2, "partitions": [PARTITIONS]},
        "oldest": 2,
    });
    memory
        .insert(
            "dataset.json",
            Buffer::copied_from(manifest.to_string().as_bytes()),
        )
        .unwrap();
    let lengths: Vec<u64> = (0..PARTITIONS)
        .map(|number| 100_000 + number % 1_000)
        .collect();
    memory
        .insert("aside/lengths-data", Buffer::from_vec(lengths))
        .unwrap();
    memory
}

fn main() {
    let events = events();
    let memory = MemoryContainer::new();
    let (form, _) = gawky::to_buffers(&events, &memory).unwrap();
    println!(
        "| {ROUNDS} rounds | median, ms | least | most | memory, MiB |\n|---|---:|---:|---:|---:|"
    );

    let many = many_partitions(&form);
    measure("100,000 partitions: open", || {
        black_box(Dataset::open_in(&many).unwrap());
    });
    measure("open, select two columns, explain", || {
        let dataset = Dataset::open_in(&many).unwrap();
        let explanation = dataset.lazy().select(COLUMNS).unwrap().explain().unwrap();
        assert_eq!(black_box(explanation).partitions as u64, PARTITIONS);
    });

    let tiled = Array::concatenate(&vec![events; 200]).unwrap();
    for packing in [Packing::Blobs, Packing::Safetensors] {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("tiled");
        let place = place.to_str().unwrap();
        let mut dataset = CreateDataset::new().packing(packing).create(place).unwrap();
        dataset.append(&tiled).unwrap();
        let name = packing.name();
        measure(
            &format!("40,000 rows in {name}: open, and read two columns"),
            || {
                let dataset = Dataset::open(place).unwrap();
                let columns = dataset.lazy().select(COLUMNS).unwrap();
                black_box(columns.read().unwrap());
            },
        );
        let dataset = Dataset::open(place).unwrap();
        let columns = dataset.lazy().select(COLUMNS).unwrap();
        measure(&format!("the same, being open ({name})"), || {
            black_box(columns.read().unwrap());
        });
    }
}
