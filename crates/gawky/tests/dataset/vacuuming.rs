//! Vacuum: what goes, and what stays.

use std::time::Duration;

use gawky::dataset::{CreateMode, Packing, Vacuum};
use gawky::store::ContainerList;
use gawky_testkit::containers::{Fault, FaultyContainer};

use super::*;

fn keys(container: &Memory) -> Vec<String> {
    let listed = container.list("").unwrap();
    listed.into_iter().map(String::from).collect()
}

#[test]
fn versions_that_are_not_kept_go() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append_all([&lists(0), &lists(10)]).unwrap();
    dataset.overwrite([&lists(20)]).unwrap();
    dataset.append(&lists(30)).unwrap();
    dataset.delete_partitions([0]).unwrap();
    assert_eq!(dataset.version(), 5);
    // The last three: 3, 4 and 5.
    let gone = dataset.vacuum(Vacuum::keep(3).measure(true)).unwrap();
    assert_eq!((gone.versions, gone.partitions, gone.claims), (2, 2, 0));
    let blobs = gone
        .keys
        .iter()
        .filter(|key| key.starts_with("part"))
        .count();
    assert_eq!(blobs, 4);
    assert!(gone.bytes.unwrap() >= 2 * 7 * 8);
    let dataset = super::dataset(&container);
    let numbers: Vec<u64> = dataset
        .versions()
        .unwrap()
        .iter()
        .map(|v| v.version)
        .collect();
    assert_eq!(numbers, [3, 4, 5, 6]);
    assert_eq!(rows(&dataset.open_at(3).unwrap()), said(&[lists(20)]));
    assert_eq!(
        rows(&dataset.open_at(4).unwrap()),
        said(&[lists(20), lists(30)])
    );
    assert_eq!(rows(&dataset), said(&[lists(30)]));
    let found = fault(dataset.open_at(2));
    assert!(
        matches!(
            found,
            DatasetFault::NoVersion {
                oldest: 3,
                newest: 6,
                ..
            }
        ),
        "{found}"
    );
    all_versions_read(&dataset);

    let mut dataset = dataset;
    dataset.vacuum(Vacuum::keep(1)).unwrap();
    assert_eq!(
        keys(&container),
        [
            "checksums/3.json",
            "dataset.json",
            "part3-node0-offsets",
            "part3-node1-data"
        ]
    );
    let version = dataset.version();
    assert_eq!(dataset.vacuum(Vacuum::keep(2)).unwrap().keys.len(), 0);
    assert_eq!(dataset.version(), version, "there was nothing to do");
    dataset.append(&lists(40)).unwrap();
    assert_eq!(rows(&dataset), said(&[lists(30), lists(40)]));
    all_versions_read(&dataset);
}

/// Leaves a writer's blobs and claim behind.
fn leave_litter(container: &Memory, first: i64) {
    let faulty = Arc::new(FaultyContainer::new(Arc::clone(container)));
    let mut dead = patient(Dataset::open_in(Arc::clone(&faulty)).unwrap());
    faulty.fail_key("dataset.json", Fault::Error);
    // Its look at the manifest fails, so it dies with a claim.
    assert!(dead.append(&lists(first)).is_err());
    faulty.heal();
    let mut dead = patient(Dataset::open_in(Arc::clone(&faulty)).unwrap());
    let now = faulty.operations();
    // Claim, claim again, look, blobs and their checksums; the manifest fails.
    faulty.fail_from(now + 7, Fault::Error);
    assert!(dead.append(&lists(first)).is_err());
}

#[test]
fn what_dead_writers_left_goes_when_it_is_old() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&lists(0)).unwrap();
    let clean = keys(&container);
    leave_litter(&container, 10);
    let littered = keys(&container);
    assert!(littered.contains(&"claims/1".to_owned()), "{littered:?}");
    assert!(littered.contains(&"claims/2".to_owned()), "{littered:?}");
    assert!(
        littered.contains(&"part2-node1-data".to_owned()),
        "{littered:?}"
    );

    // Who wrote may be alive.
    let gone = dataset.vacuum(Vacuum::keep(100)).unwrap();
    assert_eq!(gone, gawky::dataset::Vacuumed::default());
    assert_eq!(keys(&container), littered);

    // The next writer takes another number.
    dataset.append(&lists(20)).unwrap();
    assert_eq!(dataset.ids(), Some(&[0, 3][..]));
    let gone = dataset
        .vacuum(Vacuum::keep(100).older_than(Duration::ZERO))
        .unwrap();
    assert_eq!((gone.versions, gone.partitions, gone.claims), (0, 1, 2));
    let mut expected = clean;
    expected.insert(1, "checksums/3.json".to_owned());
    expected.extend([
        "part3-node0-offsets".to_owned(),
        "part3-node1-data".to_owned(),
    ]);
    assert_eq!(keys(&container), expected);
    all_versions_read(&super::dataset(&container));
}

#[test]
fn numbers_of_dead_writers_are_not_given_away_again() {
    let container = memory();
    let mut dataset = created(&container);
    leave_litter(&container, 10);
    dataset
        .vacuum(Vacuum::keep(100).older_than(Duration::ZERO))
        .unwrap();
    dataset.append(&lists(0)).unwrap();
    assert_eq!(dataset.ids(), Some(&[2][..]));
    assert_eq!(rows(&dataset), said(&[lists(0)]));
}

#[test]
fn what_is_nobodys_business_stays() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&lists(0)).unwrap();
    dataset.overwrite([&lists(10)]).unwrap();
    let foreign = [
        "README.md",
        "part0-notes.txt",
        "part9223372036854775806-node1-data",
        "claims/mine",
        "versions/x.json",
        "aside/table",
        "other/part0-node1-data",
    ];
    for key in foreign {
        container.insert(key, Buffer::empty()).unwrap();
    }
    dataset
        .vacuum(Vacuum::keep(1).older_than(Duration::ZERO))
        .unwrap();
    let left = keys(&container);
    for key in foreign {
        assert!(left.contains(&key.to_owned()), "{key}");
    }
    dataset.append(&lists(20)).unwrap();
    assert_eq!(dataset.ids(), Some(&[1, 2][..]));
}

#[test]
fn blobs_of_every_layout_are_known() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&lists(0)).unwrap();
    let mut dataset = CreateDataset::new()
        .mode(CreateMode::Overwrite)
        .packing(Packing::Safetensors)
        .create_in(Arc::clone(&container))
        .unwrap();
    dataset.append_all([&lists(10), &lists(20)]).unwrap();
    dataset.delete_partitions([0]).unwrap();
    let gone = dataset.vacuum(Vacuum::keep(1)).unwrap();
    assert_eq!(gone.partitions, 2);
    assert_eq!(
        keys(&container),
        ["checksums/2.json", "dataset.json", "part2.safetensors"]
    );
    assert_eq!(rows(&super::dataset(&container)), said(&[lists(20)]));
}

#[test]
fn a_manifest_of_the_past_that_cannot_be_read_keeps_everything() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&lists(0)).unwrap();
    dataset.overwrite([&lists(10)]).unwrap();
    container
        .insert("versions/2.json", Buffer::empty())
        .unwrap();
    let before = keys(&container);
    assert!(dataset.vacuum(Vacuum::keep(2)).is_err());
    assert_eq!(keys(&container), before);
}

#[test]
fn a_folder_is_clean_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let mut dataset = Dataset::create(folder.path().to_str().unwrap()).unwrap();
    dataset.append(&lists(0)).unwrap();
    dataset.overwrite([&lists(10)]).unwrap();
    dataset.vacuum(Vacuum::keep(1)).unwrap();
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "checksums",
            "dataset.json",
            "part1-node0-offsets",
            "part1-node1-data"
        ]
    );
}

#[test]
fn what_was_written_in_a_form_that_no_manifest_has_goes_too() {
    #[derive(serde::Serialize)]
    struct Row {
        a: i64,
        b: Vec<(u8, Option<String>)>,
    }
    let row = |a| Row {
        a,
        b: vec![(1, Some("x".to_owned())), (2, None)],
    };
    let rows = Array::from_rows([row(1), row(2)]).unwrap();
    // It dies as soon as it has put blobs, and before it commits.
    let container = (0..40).find_map(|operations| {
        let container = memory();
        created(&container);
        let faulty = Arc::new(FaultyContainer::new(Arc::clone(&container)));
        let mut dead = patient(Dataset::open_in(Arc::clone(&faulty)).unwrap());
        faulty.fail_from(faulty.operations() + operations, Fault::Error);
        let has_died = dead.append(&rows).is_err();
        let has_written = keys(&container).contains(&"part0-node7-data".to_owned());
        (has_died && has_written).then_some(container)
    });
    let container = container.unwrap();
    let mut dataset = super::dataset(&container);
    assert_eq!(dataset.form().type_().to_string(), "unknown");
    container
        .insert("part1-notes.txt", Buffer::from_vec(vec![1_u8]))
        .unwrap();
    let gone = dataset
        .vacuum(Vacuum::keep(1).older_than(Duration::ZERO))
        .unwrap();
    assert_eq!((gone.partitions, gone.claims), (1, 1), "{gone:?}");
    let left = keys(&container);
    assert_eq!(
        left,
        ["dataset.json", "part1-notes.txt"],
        "and nobody else's"
    );
}
