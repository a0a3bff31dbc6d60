//! The drivers: blocking and by futures they ask for the same, and tell what it took.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

use futures_util::FutureExt;
use gawky::prelude::*;
use gawky_testkit::containers::{CountingContainer, Later};

/// Polls until it is done; everything here wakes at once.
fn finish<T>(future: impl Future<Output = T> + Send) -> T {
    let mut future = Box::pin(future);
    loop {
        if let Some(done) = future.as_mut().now_or_never() {
            return done;
        }
    }
}

/// Two partitions, the second of which needs a step more for its rows than an empty one does.
fn partitions() -> Partitioned {
    let list = |offsets: Vec<i64>, content: Vec<f64>| {
        let content = Array::from(NumpyArray::from_vec(content));
        Array::from(ListOffsetArray::try_new(offsets.into(), content, Parameters::none()).unwrap())
    };
    Partitioned::try_new(vec![
        list(vec![0, 2, 2, 3], vec![1.0, 2.0, 3.0]),
        list(vec![0], vec![]),
        list(vec![0, 1, 4], vec![4.0, 5.0, 6.0, 7.0]),
    ])
    .unwrap()
}

#[test]
fn what_is_written_and_read_by_futures_is_what_is_written_and_read_blocking() {
    let (blocking, by_futures) = (MemoryContainer::new(), Later::new(MemoryContainer::new()));
    let (form, lengths) = gawky::to_buffers(&partitions(), &blocking).unwrap();
    let again = finish(gawky::to_buffers_async(&partitions(), &by_futures)).unwrap();
    assert_eq!((form.clone(), lengths.clone()), again);

    let read = finish(gawky::from_buffers_async(&form, &lengths, &by_futures)).unwrap();
    assert_eq!(read, partitions());
    for rows in [0..5, 2..4, 3..3, 4..5] {
        let reader = FromBuffers::new(&form, &lengths).rows(rows);
        let (there, took) = reader.read_with_report(&blocking).unwrap();
        let (here, also_took) = finish(reader.read_async_with_report(&by_futures)).unwrap();
        assert_eq!(there, here);
        assert_eq!(took.keys, also_took.keys);
        assert_eq!(took.storage, also_took.storage);
    }
}

#[test]
fn partitions_share_their_steps() {
    let container = CountingContainer::new(MemoryContainer::new());
    let (form, lengths) = gawky::to_buffers(&partitions(), &container).unwrap();
    container.reset();

    let (_, report) = FromBuffers::new(&form, &lengths)
        .read_with_report(&container)
        .unwrap();
    assert_eq!((report.steps, container.counts().calls), (1, 1));
    assert_eq!(report.keys.len(), 6);
    assert_eq!(report.storage.requests, 6);

    container.reset();
    let (rows, report) = FromBuffers::new(&form, &lengths)
        .rows(1..4)
        .read_with_report(&container)
        .unwrap();
    assert_eq!(
        rows.concatenate().unwrap().value().unwrap().to_string(),
        "[[], [3.0], [4.0]]"
    );
    assert_eq!((report.steps, container.counts().calls), (2, 2));
    let keys = [
        "part0-node0-offsets",
        "part2-node0-offsets",
        "part0-node1-data",
        "part2-node1-data",
    ];
    assert_eq!(report.keys, keys);
    assert_eq!(report.bytes_asked, 3 * 8 + 2 * 8 + 8 + 8);
}

#[test]
fn errors_by_futures_name_partition_node_and_key() {
    let container = Later::new(MemoryContainer::new());
    let (form, lengths) = finish(gawky::to_buffers_async(&partitions(), &container)).unwrap();
    container
        .inner()
        .insert("part2-node1-data", Buffer::from_vec(vec![4.0_f64]))
        .unwrap();
    let reader = FromBuffers::new(&form, &lengths).rows(3..5);
    let error = finish(reader.read_async(&container)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "(root), NumpyArray, data, partition 2, key \"part2-node1-data\": needs 32 bytes, but has 8: the blob \
         was cut short or belongs to another form or length"
    );
    assert_eq!(
        error.to_string(),
        reader.read(container.inner()).unwrap_err().to_string()
    );
}

#[test]
fn the_report_reads_as_a_sentence() {
    let memory = MemoryContainer::new();
    let (form, lengths) = gawky::to_buffers(&partitions(), &memory).unwrap();
    let (_, report) = FromBuffers::new(&form, &lengths)
        .read_with_report(&memory)
        .unwrap();
    let text = report.to_string();
    let start = "6 buffers of 120 bytes in 1 step: 6 requests for 120 bytes (0 merged, 0 retried, 0 from a cache), \
                 0 buffers copied, ";
    assert!(text.starts_with(start), "{text}");
}
