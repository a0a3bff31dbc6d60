//! Reading and writing forms as JSON, making keys, printing types.
//!
//! The form is like that of a CMS NanoAOD file: 1,200 columns, 160 kB of JSON. `GAWKY_BENCH_FORM` names a
//! file with another.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark fails by panicking"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gawky_form::{Attribute, Dialect, Form, FormKeyFormat, KeyFormat, KeyParts, Type};

/// 300 columns of events, and 75 collections of 12 columns each, as verbosely as Awkward 2 writes them.
fn form_json() -> String {
    if let Some(path) = std::env::var_os("GAWKY_BENCH_FORM") {
        return std::fs::read_to_string(path).unwrap();
    }
    let columns = |start: usize, count: usize| {
        (start..start + count)
            .map(|n| {
                let dtype = ["float32", "int32", "bool"][n % 3];
                format!(r#"branch_of_detector_{n}: {dtype}[parameters={{"__doc__": "what column {n} holds, said at some length"}}]"#)
            })
            .collect::<Vec<_>>()
            .join(", ")
    };
    let collections = (0..75)
        .map(|n| format!("Collection{n}: var * Collection[{}]", columns(1000 * n, 12)))
        .collect::<Vec<_>>()
        .join(", ");
    let datashape = format!("{{{}, {collections}}}", columns(0, 300));
    let form = Form::from_type(&Type::from_datashape(&datashape).unwrap()).unwrap();
    let form = form.with_form_keys(&FormKeyFormat::default(), 0).unwrap();
    form.to_json(Dialect::V2, true).unwrap()
}

fn forms(c: &mut Criterion) {
    let json = form_json();
    let form = Form::from_json(&json).unwrap();
    let form = match form.with_form_keys(&FormKeyFormat::default(), 0) {
        Ok(named) if form.expected_buffers(&KeyFormat::array(), None).is_err() => named,
        _ => form,
    };
    let mut group = c.benchmark_group("form");
    group.throughput(Throughput::Bytes(json.len() as u64));
    group.bench_function("from_json", |b| {
        b.iter(|| Form::from_json(black_box(&json)).unwrap());
    });
    group.bench_function("to_json", |b| {
        b.iter(|| black_box(&form).to_json(Dialect::V2, true).unwrap());
    });
    group.finish();
    c.bench_function("form/expected_buffers", |b| {
        b.iter(|| {
            black_box(&form)
                .expected_buffers(&KeyFormat::array(), None)
                .unwrap()
        });
    });
    c.bench_function("form/type", |b| {
        b.iter(|| black_box(&form).type_().to_string())
    });
    let datashape = form.type_().to_string();
    c.bench_function("type/from_datashape", |b| {
        b.iter(|| Type::from_datashape(black_box(&datashape)).unwrap());
    });
    let keys = KeyFormat::partitioned();
    let parts = KeyParts {
        partition: Some(12),
        form_key: "node1234",
        attribute: Attribute::Offsets,
    };
    c.bench_function("key/partitioned", |b| {
        b.iter(|| keys.key(black_box(&parts)).unwrap())
    });
}

criterion_group!(benches, forms);
criterion_main!(benches);
