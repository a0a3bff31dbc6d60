//! 200 CMS NanoAOD events, 947 columns, to Arrow and back.
//!
//! Reads `nanoaod.safetensors` from the folder that `GAWKY_REAL_DATA` names, or `../shared/real` beside the
//! repository. Without it, a record of 947 columns of the same kinds is made up and measured instead.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a benchmark has no callers and may stop where it stands"
)]

use std::hint::black_box;
use std::path::PathBuf;

use criterion::{Criterion, criterion_group, criterion_main};
use gawky::prelude::*;
use gawky::safetensors::SafeTensorsArray;
use gawky_arrow::{FromArrow, FromBatches, ToArrow, ToBatches};

fn real_events() -> Option<Array> {
    let folder = std::env::var_os("GAWKY_REAL_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/real"),
        PathBuf::from,
    );
    let file = folder.join("nanoaod.safetensors");
    file.is_file()
        .then(|| SafeTensorsArray::open_file(file).unwrap().read().unwrap())
}

fn made_up_events() -> Array {
    let fields = (0..947).map(|number| {
        let numbers = Array::from(NumpyArray::from_vec(vec![1.5_f32; 400]));
        let column = if number % 11 < 4 {
            let offsets: Vec<i64> = (0..=200).map(|row| row * 2).collect();
            let lists = ListOffsetArray::try_new(offsets.into(), numbers, Parameters::none());
            lists.unwrap().into()
        } else {
            numbers
        };
        (format!("field{number}"), column)
    });
    RecordArray::from_fields(fields).into()
}

fn round_trip(c: &mut Criterion) {
    let events = real_events().unwrap_or_else(made_up_events);
    let batch = ToArrow::new().record_batch(&events).unwrap();
    assert_eq!(batch.num_columns(), 947);
    let mut group = c.benchmark_group("nanoaod");
    group.bench_function("to arrow", |b| {
        b.iter(|| ToArrow::new().record_batch(black_box(&events)).unwrap());
    });
    group.bench_function("from arrow", |b| {
        b.iter(|| FromArrow::new().record_batch(black_box(&batch)).unwrap());
    });
    group.bench_function("round trip", |b| {
        b.iter(|| {
            let batch = ToArrow::new().record_batch(black_box(&events)).unwrap();
            FromArrow::new().record_batch(&batch).unwrap()
        });
    });
    // As a stream of partitions does it: the schema is made and read once.
    let to = ToBatches::new(&events.form(), &ToArrow::new()).unwrap();
    let from = FromBatches::new(to.schema(), &FromArrow::new()).unwrap();
    group.bench_function("round trip of one schema", |b| {
        b.iter(|| from.array(&to.batch(black_box(&events)).unwrap()).unwrap());
    });
    group.finish();
}

criterion_group!(benches, round_trip);
criterion_main!(benches);
