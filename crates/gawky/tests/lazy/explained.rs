//! What is explained is what is done.

use gawky::prelude::*;

use super::stored;

#[test]
fn rows_are_explained_by_their_offsets() {
    let (container, form, lengths) = stored();
    let lazy = LazyArray::new(&form, &lengths, &container)
        .unwrap()
        .rows(2..4)
        .unwrap();
    let explanation = lazy.explain().unwrap();
    assert_eq!(
        explanation.to_string(),
        "\
2 rows of 2 partitions in 3 steps: 208 bytes in 10 fetches
  step  fetches           bytes  buffer
     0        2              32  x, offsets: part0-node1-offsets[16..32], …
     0        2              32  y.z, offsets: part0-node4-offsets[16..32], …
     1        2              32  x, data: part0-node2-data[16..40], …
     1        2              48  y.z, offsets: part0-node5-offsets[8..32], …
     2        2              64  y.z, data: part0-node6-data[16..48], …
"
    );
    assert!(
        container
            .requested_keys()
            .iter()
            .all(|key| key.ends_with("-offsets"))
    );
    container.reset();
    let (_, report) = lazy.read_with_report().unwrap();
    assert_eq!(explanation.bytes(), report.bytes_asked);
    assert_eq!(explanation.fetches(), report.fetches as u64);
    assert_eq!(explanation.steps, report.steps);
}

#[test]
fn whole_partitions_are_explained_without_reading() {
    let (container, form, lengths) = stored();
    let lazy = LazyArray::new(&form, &lengths, &container).unwrap();
    let text = lazy.select("x").unwrap().explain().unwrap().to_string();
    assert_eq!(
        text,
        "\
5 rows of 2 partitions in 1 step: 56 bytes, and 2 whole blobs of unknown size, in 4 fetches
  step  fetches           bytes  buffer
     0        2              56  x, offsets: part0-node1-offsets, …
     0        2               ?  x, data: part0-node2-data, …
"
    );
    assert_eq!(container.requested_keys(), [""; 0]);
    let none = lazy.rows(0..0).unwrap().explain().unwrap();
    assert_eq!(
        none.to_string(),
        "0 rows of 0 partitions in 0 steps: 0 bytes in 0 fetches\n"
    );
}

/// A hundred thousand partitions are explained by what they have in common.
#[test]
fn many_partitions_are_told_in_a_few_lines() {
    let form = Form::from_type(&"{x: var * int64, y: 3 * ?int16}".parse().unwrap())
        .unwrap()
        .with_form_keys(&FormKeyFormat::default(), 0)
        .unwrap();
    let lengths: Vec<u64> = (0..100_000).map(|number| 1_000 + number % 7).collect();
    let rows: u64 = lengths.iter().sum();
    let memory = MemoryContainer::new();
    let lazy = LazyArray::new(&form, lengths, &memory).unwrap();
    let explanation = lazy.explain().unwrap();
    assert_eq!(explanation.partitions, 100_000);
    assert_eq!(explanation.fetches(), 400_000);
    assert_eq!(explanation.buffers[0].bytes, 8 * (rows + 100_000));
    assert_eq!(explanation.of_unknown_size(), 200_000);
}
