//! What is touched: hard case 10.

use gawky::array::ArrayError;
use gawky::form::FormError;
use gawky::prelude::*;
use gawky::store::ContainerDelete;
use gawky::store::cache::{Cache, Cached};
use gawky_testkit::containers::{CountingContainer, Fault, FaultyContainer};

use super::{events, stored};

#[test]
fn looking_around_reads_nothing() {
    let (container, form, lengths) = stored();
    let lazy = LazyArray::new(&form, &lengths, &container).unwrap();
    assert_eq!(lazy.len(), 5);
    assert_eq!(lazy.form(), &form);
    assert_eq!(
        lazy.type_().to_string(),
        "{x: var * int64, y: {z: var * var * float64}}"
    );
    assert_eq!(lazy.field_names(), ["x", "y"]);
    assert_eq!(lazy.num_partitions(), 2);
    let z = lazy.field("y.z").unwrap().rows(2..4).unwrap();
    assert_eq!(z.array_type().to_string(), "2 * var * var * float64");
    assert_eq!(z.partition(1).unwrap().len(), 1);
    assert!(z.partition(2).is_none());
    assert_eq!(
        lazy.select("y.*").unwrap().type_().to_string(),
        "{y: {z: var * var * float64}}"
    );
    assert_eq!(format!("{z}"), "<LazyArray type='2 * var * var * float64'>");
    assert!(format!("{z:?}").contains("rows: 2..4"));
    assert_eq!(container.requested_keys(), [""; 0]);
}

#[test]
fn what_is_not_selected_is_not_read() {
    let (container, form, lengths) = stored();
    let lazy = LazyArray::new(&form, &lengths, &container).unwrap();
    let x = lazy.field("x").unwrap();
    assert_eq!(
        x.read().unwrap(),
        events().concatenate().unwrap().field("x").unwrap()
    );
    assert_eq!(
        container.requested_keys(),
        [
            "part0-node1-offsets",
            "part0-node2-data",
            "part2-node1-offsets",
            "part2-node2-data",
        ]
    );
    container.reset();
    // Within one partition, only the bytes of its rows.
    let row = lazy.select("x").unwrap().rows(2..3).unwrap();
    let (array, report) = row.read_with_report().unwrap();
    assert_eq!(array.value().unwrap().to_string(), "[{x: [2, 3, 4]}]");
    assert_eq!((report.steps, report.bytes_asked), (2, 16 + 24));
    let ranges: Vec<_> = container
        .fetches()
        .into_iter()
        .map(|fetch| fetch.range.unwrap())
        .collect();
    assert_eq!(ranges, [16..32, 16..40]);
}

#[test]
fn each_blob_is_read_once_for_all_that_is_done_at_once() {
    let (container, form, lengths) = stored();
    let lazy = LazyArray::new(&form, &lengths, &container).unwrap();
    lazy.read().unwrap();
    let mut keys = container.requested_keys();
    keys.sort_unstable();
    let count = keys.len();
    keys.dedup();
    assert_eq!(keys.len(), count);
}

#[test]
fn rows_across_partitions_are_one_array() {
    let (container, form, lengths) = stored();
    let lazy = LazyArray::new(&form, &lengths, &container).unwrap();
    let all = events().concatenate().unwrap();
    for (start, end) in [(0, 5), (1, 4), (2, 3), (3, 5), (2, 2), (5, 5)] {
        let rows = lazy.rows(start as u64..end as u64).unwrap();
        assert!(
            rows.read()
                .unwrap()
                .equal_values(&all.slice(start..end).unwrap(), true)
                .unwrap()
        );
    }
    assert_eq!(
        lazy.rows(1..)
            .unwrap()
            .rows(..=1)
            .unwrap()
            .rows(1..)
            .unwrap()
            .len(),
        1
    );
    let error = lazy.rows(3..).unwrap().rows(0..3).unwrap_err();
    assert!(matches!(
        error,
        Error::Array(ArrayError::OutOfRange { length: 2, .. })
    ));
}

#[test]
fn rows_in_any_order_take_a_fetch_for_each_step() {
    let (container, form, lengths) = stored();
    let lazy = LazyArray::new(&form, &lengths, &container).unwrap();
    let all = events().concatenate().unwrap();
    let taken = lazy.take(&[4, 0, 2, 0]).unwrap();
    assert!(
        taken
            .equal_values(&all.take(&[4, 0, 2, 0]).unwrap(), true)
            .unwrap()
    );
    assert_eq!(container.counts().calls, 3);
    assert_eq!(
        lazy.rows(1..)
            .unwrap()
            .field("x")
            .unwrap()
            .take(&[0, 3])
            .unwrap()
            .to_string(),
        "<Array [[], [6, 7]] type='2 * var * int64'>"
    );
    // In order, and each once, they are as they are stored: nothing is taken of what was read.
    let in_order = lazy.take(&[0, 2, 4]).unwrap();
    assert!(
        in_order
            .equal_values(&all.take(&[0, 2, 4]).unwrap(), true)
            .unwrap()
    );
    assert_eq!(in_order.form(), all.form());
    assert_eq!(lazy.take(&[]).unwrap().len(), 0);
    assert!(lazy.take(&[5]).is_err());
}

#[test]
fn the_lengths_of_lists_take_offsets_and_nothing_else() {
    let (container, form, lengths) = stored();
    let lazy = LazyArray::new(&form, &lengths, &container).unwrap();
    let text = |counts: Array| counts.value().unwrap().to_string();
    assert_eq!(text(lazy.counts("x").unwrap()), "[2, 0, 3, 1, 2]");
    let keys = ["part0-node1-offsets", "part2-node1-offsets"];
    assert_eq!(container.requested_keys(), keys);
    container.reset();
    let y = lazy.field("y").unwrap().rows(2..4).unwrap();
    assert_eq!(text(y.counts("z").unwrap()), "[2, 2]");
    assert!(
        container
            .requested_keys()
            .iter()
            .all(|key| key.ends_with("node4-offsets"))
    );
    container.reset();
    let z = y.field("z").unwrap();
    assert_eq!(text(z.counts("").unwrap()), "[2, 2]");
    assert!(lazy.counts("y").is_err() && lazy.counts("q").is_err());
    assert_eq!(container.requested_keys().len(), 2);
}

#[test]
fn a_field_that_is_not_there_is_told_at_once() {
    let (container, form, lengths) = stored();
    let lazy = LazyArray::new(&form, &lengths, &container).unwrap();
    for error in [
        lazy.field("y.q").unwrap_err(),
        lazy.field("x.z").unwrap_err(),
        lazy.field("y").unwrap().select("x").unwrap_err(),
    ] {
        assert!(
            matches!(error, Error::Form(FormError::NoColumn { .. })),
            "{error}"
        );
    }
    let y = lazy.field("y").unwrap();
    assert_eq!(
        y.field("z").unwrap().type_().to_string(),
        "var * var * float64"
    );
    assert_eq!(
        y.select("z").unwrap().read().unwrap().to_string(),
        y.read().unwrap().to_string()
    );
}

#[test]
fn a_partition_that_fails_is_an_error_that_names_it() {
    let (container, form, lengths) = stored();
    container.inner().delete("part2-node2-data").unwrap();
    let lazy = LazyArray::new(&form, &lengths, &container).unwrap();
    let error = lazy.read().unwrap_err().to_string();
    assert!(
        error.starts_with("x, NumpyArray, data, partition 2, key \"part2-node2-data\""),
        "{error}"
    );
    assert!(lazy.field("y").unwrap().read().is_ok());
    assert!(lazy.rows(..3).unwrap().read().is_ok());

    let faulty = FaultyContainer::new(container);
    faulty.fail_key("part0-node1-offsets", Fault::Error);
    let error = LazyArray::new(&form, &lengths, &faulty)
        .unwrap()
        .read()
        .unwrap_err();
    assert!(error.to_string().contains("partition 0"), "{error}");
}

#[test]
fn what_was_fetched_ahead_comes_from_the_cache() {
    let (container, form, lengths) = stored();
    let cache = Cache::new(1 << 20);
    let lazy = LazyArray::new(&form, &lengths, Cached::new(&container, &cache)).unwrap();
    let x = lazy.field("x").unwrap();
    assert_eq!(x.prefetch().unwrap().storage.requests, 4);
    container.reset();
    let (_, report) = x.read_with_report().unwrap();
    assert_eq!(report.storage.cache_hits, 4);
    assert_eq!(container.requested_keys(), [""; 0]);
}

#[test]
fn nothing_stays_alive_but_what_was_read() {
    let (container, form, lengths) = stored();
    let blob = container.inner().get("part0-node2-data").unwrap().unwrap();
    let lazy = LazyArray::new(&form, &lengths, &container).unwrap();
    let before = blob.retained();
    let array = lazy.read().unwrap();
    drop(array);
    drop(lazy);
    assert_eq!(blob.retained(), before);
}

#[test]
fn without_partitions_or_rows_there_is_an_array_of_the_form() {
    let (container, form, _) = stored();
    let none = LazyArray::new(&form, Vec::new(), &container).unwrap();
    assert_eq!((none.len(), none.num_partitions()), (0, 0));
    assert_eq!(
        none.field("y.z")
            .unwrap()
            .read()
            .unwrap()
            .array_type()
            .to_string(),
        "0 * var * var * float64"
    );
}

#[test]
fn only_rows_that_are_shown_are_read() {
    let rows = 1 << 20;
    let numbers = NumpyArray::from_vec((0..rows).collect::<Vec<i64>>());
    let memory = MemoryContainer::new();
    let (form, length) = gawky::to_buffers(&Array::from(numbers), &memory).unwrap();
    let container = CountingContainer::new(memory);
    let lazy = LazyArray::new(&form, length, &container).unwrap();

    let ends = lazy.ends(5).unwrap();
    assert_eq!(container.counts().bytes, 5 * 8);
    assert_eq!(
        ends.show().limit_rows(6).to_string(),
        "[0,\n 1,\n 2,\n ...,\n 1048574,\n 1048575]"
    );
    // More lines than were read say no more.
    assert_eq!(ends.show().to_string().lines().count(), 6);
    let few = lazy.rows(7..9).unwrap().ends(20).unwrap();
    assert_eq!(few.show().to_string(), "[7,\n 8]");
    let none = lazy.rows(7..7).unwrap().ends(20).unwrap();
    assert_eq!(
        none.show().with_type(true).to_string(),
        "type: 0 * int64\n[]"
    );
}
