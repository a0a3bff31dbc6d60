//! How much lies in the container.

use gawky::dataset::{CreateDataset, Packing};
use gawky::prelude::*;
use gawky::store::ContainerDelete;
use gawky_testkit::containers::{CountingContainer, Later};

use super::events;

#[test]
fn sizes_are_summed_up_and_nothing_is_read() {
    let container = CountingContainer::new(MemoryContainer::new());
    let (form, lengths) = gawky::to_buffers(&events(), &container).unwrap();
    container.reset();
    let lazy = LazyArray::new(&form, lengths, &container).unwrap();
    let stored = lazy.stored().unwrap();
    let counts = container.reset();
    assert_eq!((counts.calls, counts.bytes), (1, 0));
    assert_eq!((stored.partitions, stored.missing()), (2, 0));
    for buffer in &stored.buffers {
        let keys =
            [0, 2].map(|part| format!("part{part}-{}-{}", buffer.form_key, buffer.attribute));
        let sizes = keys.map(|key| container.inner().get(&key).unwrap().unwrap().len() as u64);
        assert_eq!(buffer.bytes, sizes.iter().sum::<u64>(), "{buffer:?}");
        assert_eq!(buffer.blobs, 2);
    }
    assert_eq!(stored.buffers[0].path, "x");

    let x = lazy
        .field("x")
        .unwrap()
        .rows(0..1)
        .unwrap()
        .stored()
        .unwrap();
    assert_eq!((x.partitions, x.blobs()), (1, 2));
    let later = lazy
        .clone()
        .map_container(|container| Later::new(container.inner()));
    let by_futures = pollster::block_on(later.stored_async()).unwrap();
    assert_eq!(by_futures, stored);

    container.inner().delete("part2-node1-offsets").unwrap();
    let stored = lazy.stored().unwrap();
    let first = &stored.buffers[0];
    assert_eq!((stored.missing(), first.blobs, first.missing), (1, 1, 1));
    assert_eq!(first.first_missing.as_deref(), Some("part2-node1-offsets"));
}

/// More partitions than are asked about in one call.
#[test]
fn sizes_of_many_blobs_are_asked_in_turns() {
    let container = CountingContainer::new(MemoryContainer::new());
    let number = |n: u8| Array::from(NumpyArray::from_vec(vec![n; usize::from(n % 3)]));
    let arrays: Vec<Array> = (0..200).cycle().take(10_000).map(number).collect();
    let partitioned = Partitioned::try_new(arrays).unwrap();
    let (form, lengths) = gawky::to_buffers(&partitioned, &container).unwrap();
    let lazy = LazyArray::new(&form, lengths, &container).unwrap();
    container.reset();
    let stored = lazy.stored().unwrap();
    assert_eq!(stored.bytes(), lazy.len());
    assert_eq!(stored.blobs(), stored.partitions as u64);
    assert_eq!(container.counts().calls, stored.blobs().div_ceil(4096));
}

#[test]
fn headers_tell_of_files() {
    let memory = CountingContainer::new(MemoryContainer::new());
    let create = CreateDataset::new().packing(Packing::Safetensors);
    let mut dataset = create.create_in(memory).unwrap();
    dataset.append_all(events().partitions()).unwrap();
    dataset.container().reset();
    let stored = dataset.lazy().stored().unwrap();
    let whole = dataset.lazy().read().unwrap();
    assert!(stored.bytes() >= whole.nbytes() as u64);
    assert_eq!(stored.missing(), 0);
    let later = dataset.lazy().map_container(Later::new);
    assert_eq!(pollster::block_on(later.stored_async()).unwrap(), stored);
}
