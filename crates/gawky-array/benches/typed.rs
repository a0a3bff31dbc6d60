//! The sums of lists: over plain slices, as `typed` has them, and value by value.
//!
//! A million elements in lists of 0 to 9, of which each is added up.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark fails by panicking"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gawky_array::{Array, ListOffsetArray, NumpyArray};
use gawky_form::Parameters;

/// Offsets of lists of 0 to 9 elements, and as many elements as they have.
fn lists(elements: usize) -> (Vec<i64>, Vec<f32>) {
    let mut offsets = vec![0_usize];
    let mut next = 0;
    for list in 0.. {
        next += (list * 7 + list / 3) % 10;
        if next > elements {
            break;
        }
        offsets.push(next);
    }
    let values = (0_u16..1000).cycle().map(f32::from);
    let count = offsets.last().copied().unwrap_or(0);
    let offsets = offsets
        .into_iter()
        .map(|offset| i64::try_from(offset).unwrap());
    (offsets.collect(), values.take(count).collect())
}

fn sums(criterion: &mut Criterion) {
    let (offsets, values) = lists(1_000_000);
    let plain: Vec<usize> = offsets
        .iter()
        .map(|offset| usize::try_from(*offset).unwrap())
        .collect();
    let content = NumpyArray::from_vec(values.clone());
    let array = ListOffsetArray::try_new(offsets.into(), content.into(), Parameters::none());
    let array = Array::from(array.unwrap());

    let mut group = criterion.benchmark_group("sums of lists");
    group.throughput(Throughput::Elements(u64::try_from(values.len()).unwrap()));
    group.bench_function("plain slices", |bencher| {
        bencher.iter(|| {
            let mut greatest = 0.0_f32;
            for bounds in black_box(&plain).windows(2) {
                greatest = greatest.max(values[bounds[0]..bounds[1]].iter().sum());
            }
            greatest
        });
    });
    group.bench_function("as_list", |bencher| {
        bencher.iter(|| {
            let mut greatest = 0.0_f32;
            for list in &black_box(&array).as_list::<f32>().unwrap() {
                greatest = greatest.max(list.iter().sum());
            }
            greatest
        });
    });
    group.bench_function("values", |bencher| {
        bencher.iter(|| {
            let mut greatest = 0.0_f64;
            for list in black_box(&array).iter().unwrap() {
                let values = list.as_list().unwrap().iter();
                let sum = values
                    .map(|value| {
                        value
                            .as_scalar()
                            .and_then(|scalar| scalar.as_f64())
                            .unwrap_or(0.0)
                    })
                    .sum();
                greatest = greatest.max(sum);
            }
            greatest
        });
    });
    group.finish();
}

criterion_group!(benches, sums);
criterion_main!(benches);
