//! Versions: each can be read as it was.

use super::*;

#[test]
fn each_version_reads_as_it_was() {
    let container = memory();
    let mut dataset = created(&container);
    let mut expected = vec![(1, Vec::new())];
    let mut model: Vec<Array> = Vec::new();
    let mut keep = |dataset: &Dataset<Memory>, model: &[Array]| {
        expected.push((dataset.version(), said(model)));
    };
    for turn in 0..3 {
        dataset.append(&lists(turn)).unwrap();
        model.push(lists(turn));
        keep(&dataset, &model);
    }
    dataset.overwrite([&lists(100), &lists(110)]).unwrap();
    model = vec![lists(100), lists(110)];
    keep(&dataset, &model);
    dataset.append(&lists(120)).unwrap();
    model.push(lists(120));
    keep(&dataset, &model);
    dataset.delete_partitions([1]).unwrap();
    model.remove(1);
    keep(&dataset, &model);
    dataset.append(&lists(130)).unwrap();
    model.push(lists(130));
    keep(&dataset, &model);

    assert_eq!(dataset.ids(), Some(&[3, 5, 6][..]));
    let versions = dataset.versions().unwrap();
    let numbers: Vec<u64> = versions.iter().map(|version| version.version).collect();
    assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
    for (version, rows_then) in &expected {
        for from in [super::dataset(&container), dataset.clone()] {
            assert_eq!(
                &rows(&from.open_at(*version).unwrap()),
                rows_then,
                "{version}"
            );
        }
    }
    // From a version before, those after are not seen, and those before are.
    let past = dataset.open_at(5).unwrap();
    assert_eq!(past.versions().unwrap().len(), 5);
    assert_eq!(rows(&past.open_at(3).unwrap()), expected[2].1);
    assert!(past.open_at(6).is_err());
    all_versions_read(&dataset);
}

#[test]
fn a_version_of_the_past_cannot_be_changed() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&lists(0)).unwrap();
    let mut past = dataset.open_at(1).unwrap();
    let found = fault(past.append(&lists(1)));
    assert!(
        matches!(
            found,
            DatasetFault::Past {
                version: 1,
                newest: 2
            }
        ),
        "{found}"
    );
    assert!(past.delete_partitions([0]).is_err());
    past.refresh().unwrap();
    past.append(&lists(1)).unwrap();
    let mut newest = past.open_at(3).unwrap();
    newest.append(&lists(2)).unwrap();
}

#[test]
fn versions_that_never_were_are_refused() {
    let container = memory();
    let dataset = created(&container);
    for version in [0, 2, u64::MAX] {
        let found = fault(dataset.open_at(version));
        assert!(
            matches!(
                found,
                DatasetFault::NoVersion {
                    oldest: 1,
                    newest: 1,
                    ..
                }
            ),
            "{found}"
        );
    }
}

#[test]
fn overwriting_five_by_three_shows_three() {
    let container = memory();
    let mut dataset = created(&container);
    let five: Vec<Array> = (0..5).map(|first| lists(first * 10)).collect();
    dataset.append_all(&five).unwrap();
    let three: Vec<Array> = (5..8).map(|first| lists(first * 10)).collect();
    dataset.overwrite(&three).unwrap();
    assert_eq!(rows(&dataset), said(&three));
    assert_eq!(rows(&super::dataset(&container)), said(&three));
    assert_eq!(rows(&dataset.open_at(2).unwrap()), said(&five));
}

#[test]
fn overwriting_may_change_the_form() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&lists(0)).unwrap();
    let floats = Array::from(NumpyArray::from_vec(vec![1.5_f64]));
    dataset.overwrite([&floats]).unwrap();
    assert_eq!(dataset.form().type_().to_string(), "float64");
    assert_eq!(rows(&dataset), ["[1.5]"]);
    assert_eq!(rows(&dataset.open_at(2).unwrap()), said(&[lists(0)]));
    dataset.overwrite([]).unwrap();
    assert_eq!((dataset.len(), dataset.version()), (0, 4));
    all_versions_read(&dataset);
}

/// More appends than a manifest remembers: it starts anew, and names the one before.
#[test]
fn a_history_that_grows_too_long_is_cut_in_two() {
    let container = memory();
    let mut dataset = created(&container);
    for turn in 0..1_005 {
        dataset.append(&lists(turn)).unwrap();
    }
    assert!(container.contains("versions/1000.json").unwrap());
    let dataset = super::dataset(&container);
    assert_eq!(dataset.versions().unwrap().len(), 1_006);
    for version in [1, 2, 999, 1_000, 1_001, 1_006] {
        let then = dataset.open_at(version).unwrap();
        assert_eq!(then.lengths().len() as u64, version - 1);
    }
    assert_eq!(
        dataset.open_at(1_000).unwrap().read_partition(998).unwrap(),
        lists(998)
    );
}
