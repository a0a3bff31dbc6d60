//! One partition after the other.

use std::sync::Arc;

use futures_util::TryStreamExt;
use gawky::prelude::*;
use gawky::store::ContainerDelete;
use gawky_testkit::containers::{CountingContainer, Later};

use super::events;

type Shared = Arc<CountingContainer<MemoryContainer>>;

fn lazy() -> (LazyArray<Shared>, Shared) {
    let container = Arc::new(CountingContainer::new(MemoryContainer::new()));
    let (form, lengths) = gawky::to_buffers(&events(), &container).unwrap();
    container.reset();
    let lazy = LazyArray::new(&form, lengths, Arc::clone(&container)).unwrap();
    (lazy, container)
}

#[test]
fn batches_are_the_partitions_that_have_rows() {
    let (lazy, _) = lazy();
    for ahead in [0, 1, 2, 100] {
        let batches: Result<Vec<_>, _> = lazy.batches_ahead(ahead).collect();
        let expected = [&events().partitions()[0], &events().partitions()[2]].map(Clone::clone);
        assert_eq!(batches.unwrap(), expected);
    }
    let some = lazy.field("x").unwrap().rows(2..4).unwrap();
    let texts: Vec<String> = some
        .batches()
        .map(|batch| batch.unwrap().value().unwrap().to_string())
        .collect();
    assert_eq!(texts, ["[[2, 3, 4]]", "[[5]]"]);
}

#[test]
fn large_partitions_come_in_pieces() {
    let (lazy, container) = lazy();
    let whole = lazy.read().unwrap();
    for bytes in [0, 1, 8, 30, 60, 150, 1 << 30] {
        let batches: Result<Vec<_>, _> = lazy.batches_within(bytes).collect();
        let batches = batches.unwrap();
        assert!(batches.iter().all(|batch| !batch.is_empty()), "{bytes}");
        assert_eq!(
            Array::concatenate(&batches).unwrap().value().unwrap(),
            whole.value().unwrap()
        );
        match bytes {
            0 | 1 => assert_eq!(batches.len() as u64, lazy.len()),
            150 => assert_eq!(batches.len(), 3),
            _ => {}
        }
    }
    let mut failing = lazy.batches_within(1);
    failing.next().unwrap().unwrap();
    drop(failing);
    container.inner().delete("part2-node2-data").unwrap();
    let batches: Vec<_> = lazy.batches_within(1 << 30).collect();
    assert_eq!((batches.len(), batches[1].is_err()), (2, true));
}

/// Of a partition that is small by what came before, not even the sizes are asked.
#[test]
fn what_is_surely_small_is_not_measured() {
    let container = Arc::new(CountingContainer::new(MemoryContainer::new()));
    let numbers = |n: i64| Array::from(NumpyArray::from_vec(vec![n; 10]));
    let partitioned = Partitioned::try_new((0..5).map(numbers).collect()).unwrap();
    let (form, lengths) = gawky::to_buffers(&partitioned, &container).unwrap();
    let lazy = LazyArray::new(&form, lengths, Arc::clone(&container)).unwrap();
    container.reset();
    assert_eq!(lazy.batches_within(10_000).count(), 5);
    assert_eq!(container.counts().calls, 1 + 5);
    container.reset();
    assert_eq!(lazy.batches_within(100).count(), 5);
    assert_eq!(container.counts().calls, 5 + 5);
    assert_eq!(lazy.batches_within(40).count(), 10);
}

#[test]
fn nothing_is_read_that_nobody_asks_for() {
    let (lazy, container) = lazy();
    let mut batches = lazy.batches_ahead(0);
    assert_eq!(container.requested_keys(), [""; 0]);
    batches.next().unwrap().unwrap();
    assert!(
        container
            .requested_keys()
            .iter()
            .all(|key| key.starts_with("part0-"))
    );
}

#[test]
fn the_first_error_is_the_last_thing_told() {
    let (lazy, container) = lazy();
    container.inner().delete("part0-node2-data").unwrap();
    for ahead in [0, 1, 5] {
        let mut batches = lazy.batches_ahead(ahead);
        assert!(batches.next().unwrap().is_err());
        assert!(batches.next().is_none());
    }
}

/// A container that panics must not look like one with fewer partitions.
#[test]
fn a_panic_of_the_container_is_not_the_end() {
    #[derive(Clone)]
    struct Panics;
    impl Container for Panics {
        fn get(&self, _key: &str) -> Result<Option<Buffer>, gawky::store::StoreError> {
            panic!("this container is broken")
        }
    }
    let (lazy, _) = lazy();
    let broken = LazyArray::new(lazy.form(), vec![3, 2], Panics).unwrap();
    let mut batches = broken.batches();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| batches.next()));
    assert!(caught.is_err());
}

#[test]
fn by_futures_they_are_the_same() {
    let container = Arc::new(Later::new(MemoryContainer::new()));
    let (form, lengths) =
        pollster::block_on(gawky::to_buffers_async(&events(), &*container)).unwrap();
    let lazy = LazyArray::new(&form, lengths, container).unwrap();
    let batches: Vec<Array> = pollster::block_on(lazy.batches_async(2).try_collect()).unwrap();
    let (blocking, _) = self::lazy();
    let expected: Result<Vec<_>, _> = blocking.batches_ahead(0).collect();
    assert_eq!(batches, expected.unwrap());
    let ends = pollster::block_on(lazy.ends_async(3)).unwrap();
    assert_eq!(ends.array(), &blocking.take(&[0, 1, 4]).unwrap());
    let taken = pollster::block_on(lazy.take_async(&[4, 0])).unwrap();
    assert_eq!(taken, blocking.take(&[4, 0]).unwrap());
    let explained = pollster::block_on(lazy.rows(1..2).unwrap().explain_async()).unwrap();
    assert_eq!(
        explained.buffers,
        blocking.rows(1..2).unwrap().explain().unwrap().buffers
    );
    let read = pollster::block_on(lazy.read_async()).unwrap();
    assert_eq!(read, blocking.read().unwrap());
}
