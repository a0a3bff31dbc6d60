//! Datasets: what they keep, what it costs, and that nothing is lost or mixed, whoever writes and whatever fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "tests say what is wrong by panicking"
)]

mod appending;
mod columns;
mod compacting;
mod conforming;
mod creating;
mod damaged;
mod interleaved;
mod killed;
mod manifests;
mod places;
#[cfg(feature = "checksums")]
mod proved;
mod requests;
mod suspended;
mod vacuuming;
mod versions;
mod writing;

use std::sync::Arc;

use gawky::dataset::{CreateDataset, DatasetFault};
use gawky::prelude::*;
use gawky::store::Store;

/// What most tests write into.
type Memory = Arc<MemoryContainer>;

fn memory() -> Memory {
    Arc::new(MemoryContainer::new())
}

/// A dataset in memory that never waits.
fn dataset(container: &Memory) -> Dataset<Memory> {
    patient(Dataset::open_in(Arc::clone(container)).unwrap())
}

fn created(container: &Memory) -> Dataset<Memory> {
    patient(
        CreateDataset::new()
            .create_in(Arc::clone(container))
            .unwrap(),
    )
}

fn patient<C>(dataset: Dataset<C>) -> Dataset<C> {
    dataset.with_patience(1_000, |_| ())
}

/// Lists whose rows tell which they are: `[[10, 11], [], [12]]` for 10.
fn lists(first: i64) -> Array {
    let content = Array::from(NumpyArray::from_vec(vec![first, first + 1, first + 2]));
    let offsets = vec![0_i64, 2, 2, 3];
    Array::from(ListOffsetArray::try_new(offsets.into(), content, Parameters::none()).unwrap())
}

/// All rows of a dataset, partition by partition.
fn rows<C: Container>(dataset: &Dataset<C>) -> Vec<String> {
    (0..dataset.lengths().len())
        .map(|position| {
            let array = dataset.read_partition(position).unwrap();
            assert_eq!(array.len() as u64, dataset.lengths()[position]);
            array.value().unwrap().to_string()
        })
        .collect()
}

/// The same of arrays.
fn said(arrays: &[Array]) -> Vec<String> {
    let said = |array: &Array| array.value().unwrap().to_string();
    arrays.iter().map(said).collect()
}

/// Every version that there is can be read, and is a number of partitions of that many rows.
fn all_versions_read<C: Container>(dataset: &Dataset<C>) {
    for version in dataset.versions().unwrap() {
        let then = dataset.open_at(version.version).unwrap();
        assert_eq!(then.version(), version.version);
        assert_eq!(then.lengths().len() as u64, version.partitions);
        assert_eq!(then.len(), version.rows);
        let _ = rows(&then);
    }
}

#[track_caller]
fn fault<T: std::fmt::Debug>(result: Result<T, Error>) -> DatasetFault {
    match result {
        Err(Error::Dataset { fault, .. }) => *fault,
        other => panic!("{other:?}"),
    }
}

/// A store of any kind, as datasets are opened by URL.
fn boxed(store: impl Store + 'static) -> Arc<dyn Store> {
    Arc::new(store)
}
