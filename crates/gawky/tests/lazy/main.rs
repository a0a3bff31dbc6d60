//! Lazy arrays: what they read is what they should, and no more.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may panic"
)]

mod batches;
mod explained;
mod packed;
mod properties;
mod stored;
mod touched;
mod vast;

use gawky::prelude::*;
use gawky_testkit::containers::CountingContainer;

type Counting = CountingContainer<MemoryContainer>;

/// `{x: var * int64, y: {z: var * var * float64}}`, in three partitions of 3, 0 and 2 rows.
fn events() -> Partitioned {
    let numbers =
        |from: i64, to: i64| Array::from(NumpyArray::from_vec((from..to).collect::<Vec<i64>>()));
    let list = |offsets: &[i64], content: Array| {
        Array::from(
            ListOffsetArray::try_new(offsets.to_vec().into(), content, Parameters::none()).unwrap(),
        )
    };
    let floats = |from: i64, to: i64| {
        let values: Vec<f64> = (from..to)
            .map(|value| f64::from(i32::try_from(value).unwrap()) / 2.0)
            .collect();
        Array::from(NumpyArray::from_vec(values))
    };
    let partition = |x: Array, z: Array| {
        let y = Array::from(RecordArray::from_fields([("z", z)]));
        Array::from(RecordArray::from_fields([("x", x), ("y", y)]))
    };
    Partitioned::try_new(vec![
        partition(
            list(&[0, 2, 2, 5], numbers(0, 5)),
            list(&[0, 1, 1, 3], list(&[0, 2, 3, 6], floats(0, 6))),
        ),
        partition(
            list(&[0], numbers(0, 0)),
            list(&[0], list(&[0], floats(0, 0))),
        ),
        partition(
            list(&[0, 1, 3], numbers(5, 8)),
            list(&[0, 2, 2], list(&[0, 1, 4], floats(6, 10))),
        ),
    ])
    .unwrap()
}

/// The events in a container that counts, none counted yet.
fn stored() -> (Counting, Form, Vec<u64>) {
    let container = CountingContainer::new(MemoryContainer::new());
    let (form, lengths) = gawky::to_buffers(&events(), &container).unwrap();
    container.reset();
    (container, form, lengths)
}
