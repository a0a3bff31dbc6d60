//! Where datasets may lie: folders, buckets, archives' worth of readers; and both packings in each.

use gawky::dataset::Packing;
use gawky::store::StoreError;
use gawky_testkit::containers::{BlockOn, Later};

use super::*;

/// What any store must do.
fn serves(store: &Arc<dyn Store>) {
    for packing in [Packing::Blobs, Packing::Safetensors] {
        let mut dataset = CreateDataset::new()
            .packing(packing)
            .mode(gawky::dataset::CreateMode::Overwrite)
            .create_in(Arc::clone(store))
            .unwrap();
        dataset.append(&lists(0)).unwrap();
        let mut other = Dataset::open_in(Arc::clone(store)).unwrap();
        dataset.append_all([&lists(10), &lists(20)]).unwrap();
        other.append(&lists(30)).unwrap();
        let expected = [lists(0), lists(10), lists(20), lists(30)];
        assert_eq!(rows(&other), said(&expected), "{packing:?}");
        assert_eq!(other.packing(), packing);
        all_versions_read(&other);
    }
}

#[test]
fn memory_serves() {
    serves(&boxed(MemoryContainer::new()));
}

#[test]
fn a_folder_serves() {
    let folder = tempfile::tempdir().unwrap();
    serves(&boxed(
        Directory::create(folder.path().join("new")).unwrap(),
    ));
    let mut names: Vec<_> = std::fs::read_dir(folder.path().join("new"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("part3"))
        .collect();
    names.sort();
    assert_eq!(names, ["part3-node0-offsets", "part3-node1-data"]);
}

#[test]
fn tensors_may_be_called_by_the_number_of_their_partition() {
    let mut dataset = CreateDataset::new()
        .packing(Packing::Safetensors)
        .key_format("p{partition}.safetensors/t{partition}-{form_key}-{attribute}")
        .create_in(memory())
        .unwrap();
    let arrays = [lists(0), lists(10), lists(20)];
    dataset.append_all(&arrays).unwrap();
    assert_eq!(rows(&dataset), said(&arrays));
    assert!(dataset.validate().is_clean());
}

#[test]
fn a_path_is_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("events");
    let place = place.to_str().unwrap();
    assert!(Dataset::open(place).is_err(), "nothing is made by opening");
    Dataset::create(place).unwrap().append(&lists(0)).unwrap();
    assert_eq!(rows(&Dataset::open(place).unwrap()), said(&[lists(0)]));
    #[cfg(not(feature = "remote"))]
    assert!(
        Dataset::open("s3://bucket/x")
            .unwrap_err()
            .to_string()
            .contains("object-store")
    );
}

#[cfg(feature = "aws")]
#[test]
fn a_bucket_serves() {
    use gawky::object_store::OpenOptions;
    let server = gawky_testkit::remote::ObjectServer::start().unwrap();
    let store = OpenOptions::new()
        .environment(false)
        .option("endpoint", server.url())
        .option("allow_http", "true")
        .option("access_key_id", "x")
        .option("secret_access_key", "y")
        .option("region", "z")
        .open("s3://bucket/events")
        .unwrap();
    serves(&store);
}

/// The same by futures, from a container that is read by nothing else.
#[test]
fn futures_open_it() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&lists(0)).unwrap();
    dataset.overwrite([&lists(10)]).unwrap();
    dataset.append(&lists(20)).unwrap();
    pollster::block_on(async {
        let mut later = Dataset::open_async(Later::new(Arc::clone(&container)))
            .await
            .unwrap();
        assert_eq!(later.lengths(), dataset.lengths());
        assert_eq!(
            later.versions_async().await.unwrap(),
            dataset.versions().unwrap()
        );
        let past = later.open_at_async(2).await.unwrap();
        assert_eq!((past.version(), past.len()), (2, 3));
        assert!(later.open_at_async(9).await.is_err());
        dataset.append(&lists(30)).unwrap();
        later.refresh_async().await.unwrap();
        assert_eq!(later.len(), 9);
    });
    let blocking = BlockOn::new(Later::new(container));
    assert_eq!(rows(&Dataset::open_in(blocking).unwrap()), rows(&dataset));
}

/// HARD_CASES 14: keys are the same, containers are not.
#[test]
fn two_datasets_with_equal_keys_never_mix_in_one_cache() {
    use gawky::store::cache::{Cache, Cached};
    let cache = Cache::new(1 << 20);
    let containers = [memory(), memory()];
    for (container, first) in containers.iter().zip([0, 100]) {
        created(container).append(&lists(first)).unwrap();
    }
    let open = |container: &Memory| {
        patient(Dataset::open_in(Cached::new(Arc::clone(container), &cache)).unwrap())
    };
    let mut datasets = containers.each_ref().map(open);
    for _ in 0..2 {
        for (dataset, first) in datasets.iter().zip([0, 100]) {
            assert_eq!(rows(dataset), said(&[lists(first)]));
        }
    }
    assert!(cache.stats().hits > 0);
    // What others commit shows through a cache, too; and one may write through it.
    let [one, _] = &mut datasets;
    created_by_another(&containers[0]);
    one.refresh().unwrap();
    assert_eq!(rows(one), said(&[lists(0), lists(10)]));
    created_by_another(&containers[0]);
    one.append(&lists(20)).unwrap();
    assert_eq!(
        rows(one),
        said(&[lists(0), lists(10), lists(10), lists(20)])
    );
}

fn created_by_another(container: &Memory) {
    dataset(container).append(&lists(10)).unwrap();
}

#[test]
fn a_folder_that_takes_no_commit_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("events");
    let mut dataset = Dataset::create(root.to_str().unwrap()).unwrap();
    dataset.append(&lists(0)).unwrap();
    // As where it may not be written.
    let lock = root.join(".gawky-lock");
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let mut dataset = dataset.with_patience(100, |_| ());
    let error = dataset.append(&lists(10)).unwrap_err();
    assert!(
        matches!(&error, Error::Store { source, .. } if matches!(**source, StoreError::Io { .. })),
        "there is no doubt about it: {error}"
    );
    std::fs::remove_dir(&lock).unwrap();
    dataset.append(&lists(10)).unwrap();
    assert_eq!(rows(&dataset), said(&[lists(0), lists(10)]));
}
