//! The verbs on 200 CMS NanoAOD events: 947 fields, 1,291 buffers, from memory.
//!
//! Reads `nanoaod.safetensors` from the folder that `GAWKY_REAL_DATA` names, or `../shared/real` beside the
//! repository. Without it, a record of 1,291 buffers of the same kinds is made up and measured instead.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark has no callers and may stop where it stands"
)]

use std::hint::black_box;
use std::path::PathBuf;

use criterion::{Criterion, criterion_group, criterion_main};
use gawky::prelude::*;

struct Events {
    json: String,
    form: Form,
    length: u64,
    memory: MemoryContainer,
}

fn real_events() -> Option<Events> {
    let folder = std::env::var_os("GAWKY_REAL_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/real"),
        PathBuf::from,
    );
    let bytes = std::fs::read(folder.join("nanoaod.safetensors")).ok()?;
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let metadata = header.metadata().as_ref().unwrap().clone();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let memory = MemoryContainer::new();
    for (name, tensor) in tensors.tensors() {
        memory
            .insert(&name, Buffer::copied_from(tensor.data()))
            .unwrap();
    }
    let json = metadata["form"].clone();
    Some(Events {
        form: json.parse().unwrap(),
        json,
        length: metadata["length"].parse().unwrap(),
        memory,
    })
}

fn made_up_events() -> Events {
    let fields = (0..947).map(|number| {
        let numbers = Array::from(NumpyArray::from_vec(vec![1.5_f32; 400]));
        let column = if number % 11 < 4 {
            let offsets: Vec<i64> = (0..=200).map(|row| row * 2).collect();
            ListOffsetArray::try_new(offsets.into(), numbers, Parameters::none())
                .unwrap()
                .into()
        } else {
            numbers
        };
        (format!("field{number}"), column)
    });
    let array = Array::from(RecordArray::from_fields(fields))
        .slice(0..200)
        .unwrap();
    let memory = MemoryContainer::new();
    let (form, length) = gawky::to_buffers(&array, &memory).unwrap();
    Events {
        json: form.to_json(gawky::form::Dialect::V2, true).unwrap(),
        form,
        length: length as u64,
        memory,
    }
}

fn events() -> Events {
    real_events().unwrap_or_else(|| {
        eprintln!("real data absent: made-up events are measured instead");
        made_up_events()
    })
}

fn nanoaod(criterion: &mut Criterion) {
    let events = events();
    let (form, memory) = (&events.form, &events.memory);
    let whole = FromBuffers::new(form, events.length);
    let array = whole.read(memory).unwrap();
    // SAFETY: the proved reading of the same blobs has just succeeded, so they keep the rules.
    let trusting = unsafe { whole.clone().trusting() };

    let mut group = criterion.benchmark_group("nanoaod");
    group.bench_function("form from JSON", |bencher| {
        bencher.iter(|| black_box(&events.json).parse::<Form>().unwrap());
    });
    group.bench_function("from_buffers, proved", |bencher| {
        bencher.iter(|| whole.read(black_box(memory)).unwrap());
    });
    group.bench_function("from_buffers, trusting", |bencher| {
        bencher.iter(|| trusting.read(black_box(memory)).unwrap());
    });
    group.bench_function("from_buffers, 50 rows", |bencher| {
        let rows = whole.clone().rows(100..150);
        bencher.iter(|| rows.read(black_box(memory)).unwrap());
    });
    group.bench_function("to_buffers", |bencher| {
        bencher.iter(|| {
            let memory = MemoryContainer::new();
            gawky::to_buffers(black_box(&array), &memory).unwrap();
            memory
        });
    });
    group.bench_function("pack", |bencher| {
        bencher.iter(|| black_box(&array).pack().unwrap());
    });
    group.finish();
}

criterion_group!(benches, nanoaod);
criterion_main!(benches);
