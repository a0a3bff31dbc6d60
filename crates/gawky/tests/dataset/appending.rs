//! Appending: one writer, many at once, and what they write.

use std::thread;

use super::*;

#[test]
fn partitions_come_one_after_the_other() {
    let container = memory();
    let mut dataset = created(&container);
    assert_eq!((dataset.version(), dataset.len()), (1, 0));
    assert!(dataset.is_empty());
    let arrays = [lists(0), lists(10), lists(20)];
    let written = dataset.append(&arrays[0]).unwrap();
    assert_eq!(
        (written.partitions, written.rows, written.bytes),
        (1, 3, 7 * 8)
    );
    dataset.append_all(&arrays[1..]).unwrap();
    assert_eq!(dataset.version(), 3);
    assert_eq!(rows(&dataset), said(&arrays));
    assert_eq!(dataset.ids(), None, "one writer counts from 0");
    let again = super::dataset(&container);
    assert_eq!(rows(&again), said(&arrays));
    assert_eq!(again.manifest(), dataset.manifest());
    // Nothing else lies there: claims go.
    use gawky::store::ContainerList;
    let mut expected: Vec<String> = (0..3)
        .map(|part| format!("checksums/{part}.json"))
        .collect();
    expected.push("dataset.json".to_owned());
    for part in 0..3 {
        expected.push(format!("part{part}-node0-offsets"));
        expected.push(format!("part{part}-node1-data"));
    }
    assert_eq!(container.list("").unwrap(), expected);
}

/// A writer gives up where very many numbers are taken: by others, that is, and not by itself.
#[test]
fn a_commit_takes_as_many_partitions_as_there_are() {
    let container = memory();
    let mut dataset = created(&container);
    let blank = gawky::json::from_str("[{}]").unwrap();
    dataset.append_all(&vec![blank; 10_001]).unwrap();
    assert_eq!(dataset.lengths().len(), 10_001);
}

#[test]
fn partitions_of_a_partitioned_array_are_partitions() {
    let container = memory();
    let mut dataset = created(&container);
    let both = Partitioned::try_new(vec![lists(0), lists(10)]).unwrap();
    dataset.append_all(&both).unwrap();
    assert_eq!((dataset.version(), dataset.lengths()), (2, &[3, 3][..]));
    dataset.append_all(&[]).unwrap();
    assert_eq!(dataset.version(), 2, "nothing is no commit");
}

#[test]
fn what_no_row_reaches_is_not_written() {
    let container = memory();
    let mut dataset = created(&container);
    let slice = lists(0).slice(2..3).unwrap();
    let written = dataset.append(&slice).unwrap();
    assert_eq!((written.bytes, written.bytes_saved), (3 * 8, 2 * 8));
    let mut dataset = dataset.pack(false);
    let written = dataset.append(&slice).unwrap();
    assert_eq!(written.bytes_saved, 0);
    assert_eq!(rows(&dataset), ["[[2]]", "[[2]]"]);
}

#[test]
fn another_form_is_refused_before_anything_is_written() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&lists(0)).unwrap();
    let before = container.len();
    let floats = Array::from(NumpyArray::from_vec(vec![1.5_f64]));
    let error = dataset.append_all([&lists(1), &floats]).unwrap_err();
    assert!(
        matches!(error, Error::Partition { partition: 1, .. }),
        "{error}"
    );
    assert_eq!(container.len(), before);
    assert_eq!(rows(&dataset), said(&[lists(0)]));
}

#[test]
fn two_handles_append_in_turn() {
    let container = memory();
    let mut one = created(&container);
    let mut other = dataset(&container);
    for turn in 0..5 {
        one.append(&lists(turn * 20)).unwrap();
        other.append(&lists(turn * 20 + 10)).unwrap();
    }
    let expected: Vec<Array> = (0..10).map(|turn| lists(turn * 10)).collect();
    assert_eq!(rows(&other), said(&expected));
    assert_eq!(other.version(), 11);
    assert_eq!(one.version(), 10);
    one.refresh().unwrap();
    assert_eq!(one.version(), 11);
    all_versions_read(&one);
}

/// Eight threads, twenty appends each.
fn many_append<C>(open: impl Fn() -> Dataset<C> + Sync)
where
    C: gawky::store::Store,
{
    thread::scope(|scope| {
        for writer in 0..8 {
            let open = &open;
            scope.spawn(move || {
                let mut dataset = open().with_patience(100_000, |_| thread::yield_now());
                for turn in 0..20 {
                    dataset.append(&lists(writer * 1000 + turn * 10)).unwrap();
                }
            });
        }
    });
    let dataset = open();
    let mut found = rows(&dataset);
    found.sort();
    let mut expected: Vec<String> = (0..8)
        .flat_map(|writer| (0..20).map(move |turn| lists(writer * 1000 + turn * 10)))
        .map(|array| said(&[array]).remove(0))
        .collect();
    expected.sort();
    assert_eq!(found, expected, "none is lost, none is there twice");
    assert_eq!(dataset.version(), 161);
    assert_eq!(dataset.versions().unwrap().len(), 161);
}

#[test]
fn eight_threads_lose_nothing_in_memory() {
    let container = memory();
    created(&container);
    many_append(|| dataset(&container));
}

#[test]
fn eight_threads_lose_nothing_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let directory = || Directory::open(folder.path()).unwrap();
    CreateDataset::new().create_in(directory()).unwrap();
    many_append(|| Dataset::open_in(directory()).unwrap());
}
