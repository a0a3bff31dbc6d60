//! 200 CMS NanoAOD events from one safetensors file: 1,291 tensors behind a header of 284 kB, 161 kB of which are the form.
//!
//! Reads `nanoaod.safetensors` from the folder that `GAWKY_REAL_DATA` names, or `../shared/real` beside the
//! repository; without it, nothing is measured.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a benchmark has no callers and may stop where it stands"
)]

use std::hint::black_box;
use std::path::PathBuf;

use criterion::{Criterion, criterion_group, criterion_main};
use gawky::prelude::*;
use gawky::safetensors::{SafeTensorsArray, ToSafeTensors};
use gawky::store::safetensors::SafeTensors;

fn safetensors(criterion: &mut Criterion) {
    let folder = std::env::var_os("GAWKY_REAL_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/real"),
        PathBuf::from,
    );
    let path = folder.join("nanoaod.safetensors");
    if !path.exists() {
        eprintln!("real data absent: nothing is measured");
        return;
    }
    let bytes = std::fs::read(&path).unwrap();
    let buffer = Buffer::copied_from(&bytes);
    // SAFETY: nothing changes the file.
    #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
    let mapped = || unsafe { SafeTensorsArray::open_mapped(&path) }.unwrap();
    let array = mapped().read().unwrap();

    let mut group = criterion.benchmark_group("nanoaod.safetensors");
    group.bench_function("open, form and read, mapped", |bencher| {
        bencher.iter(|| mapped().read().unwrap());
    });
    group.bench_function("open, form and read, from the file", |bencher| {
        bencher.iter(|| SafeTensorsArray::open_file(&path).unwrap().read().unwrap());
    });
    group.bench_function("open (header only)", |bencher| {
        bencher.iter(|| SafeTensors::from_buffer(black_box(&buffer).clone()).unwrap());
    });
    group.bench_function("the crate's header", |bencher| {
        bencher.iter(|| ::safetensors::SafeTensors::read_metadata(black_box(&bytes)).unwrap());
    });
    group.bench_function("open and form", |bencher| {
        bencher.iter(&mapped);
    });
    let file = mapped();
    group.bench_function("read", |bencher| bencher.iter(|| file.read().unwrap()));
    group.bench_function("read, unmapped", |bencher| {
        let file = SafeTensorsArray::open_file(&path).unwrap();
        bencher.iter(|| file.read().unwrap());
    });
    group.bench_function("write to a buffer", |bencher| {
        bencher.iter(|| ToSafeTensors::new(black_box(&array)).to_buffer().unwrap());
    });
    group.finish();
}

criterion_group!(benches, safetensors);
criterion_main!(benches);
