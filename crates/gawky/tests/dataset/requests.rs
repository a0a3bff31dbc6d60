//! What it costs, in requests.

use gawky_testkit::containers::CountingContainer;

use super::*;

fn counted(container: &Memory) -> Arc<CountingContainer<Memory>> {
    Arc::new(CountingContainer::new(Arc::clone(container)))
}

#[test]
fn opening_is_one_small_read() {
    let container = memory();
    let mut dataset = created(&container);
    for turn in 0..20 {
        dataset.append(&lists(turn)).unwrap();
    }
    let counting = counted(&container);
    let dataset = Dataset::open_in(Arc::clone(&counting)).unwrap();
    let _ = (
        dataset.form(),
        dataset.len(),
        dataset.lengths(),
        dataset.attributes(),
    );
    let _ = format!("{dataset:?}");
    let counts = counting.reset();
    assert_eq!((counts.calls, counts.requests, counts.puts), (1, 1, 0));
    assert_eq!(counting.requested_keys(), [""; 0]);

    // Versions that others have only appended to since cost nothing.
    assert_eq!(dataset.open_at(5).unwrap().lengths().len(), 4);
    assert_eq!(dataset.versions().unwrap().len(), 21);
    assert_eq!(counting.reset().requests, 0);
}

#[test]
fn a_version_before_another_change_is_one_read_more() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&lists(0)).unwrap();
    dataset.overwrite([&lists(1)]).unwrap();
    let counting = counted(&container);
    let dataset = Dataset::open_in(Arc::clone(&counting)).unwrap();
    dataset.open_at(2).unwrap();
    assert_eq!(
        counting.requested_keys(),
        ["dataset.json", "versions/2.json"]
    );
    assert_eq!(counting.reset().requests, 2);
}

#[test]
fn an_append_is_a_claim_a_look_the_blobs_and_one_put() {
    let container = memory();
    created(&container);
    let counting = counted(&container);
    let mut dataset = Dataset::open_in(Arc::clone(&counting)).unwrap();
    // The first of a handle tries once whether claims can be replaced.
    dataset.append(&lists(0)).unwrap();
    counting.reset();
    dataset.append(&lists(1)).unwrap();
    let counts = counting.reset();
    // The claim, two blobs and their checksums, the manifest; its version was looked at; the claim went.
    assert_eq!((counts.puts, counts.requests, counts.deletes), (5, 1, 1));
    // Several partitions share the look and the commit.
    dataset
        .append_all([&lists(2), &lists(3), &lists(4)])
        .unwrap();
    let counts = counting.reset();
    assert_eq!((counts.puts, counts.requests, counts.deletes), (13, 1, 3));
}

#[test]
fn a_stream_costs_no_more_for_what_it_has_claimed_before() {
    let container = memory();
    created(&container);
    let counting = counted(&container);
    let mut dataset = Dataset::open_in(Arc::clone(&counting)).unwrap();
    let mut writer = dataset.writer().unwrap().rows_per_partition(3);
    for first in 0..20 {
        writer.append(&lists(first)).unwrap();
    }
    writer.finish().unwrap();
    let counts = counting.reset();
    // A claim, a look, two blobs and their checksums each; one proof that claims can be replaced, and one commit.
    assert_eq!(
        (counts.puts, counts.requests, counts.deletes),
        (20 * 4 + 2, 21, 20)
    );
}
