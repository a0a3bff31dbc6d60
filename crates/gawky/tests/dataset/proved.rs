//! Checksums: what validating and reading prove by them, and that whatever changes a dataset keeps them.

use std::path::{Path, PathBuf};

use gawky::dataset::{CreateMode, Packing, Vacuum};
use gawky::store::StoreError;
use gawky_testkit::containers::Later;

use super::*;

fn created_in(packing: Packing, folder: &Path) -> Dataset<Arc<Directory>> {
    let directory = Arc::new(Directory::create(folder).unwrap());
    let create = CreateDataset::new().packing(packing);
    let mut dataset = create.create_in(directory).unwrap();
    dataset
        .append_all([&lists(0), &lists(10), &lists(20)])
        .unwrap();
    dataset
}

/// The files of partition 1.
fn files(packing: Packing, folder: &Path) -> Vec<PathBuf> {
    let names: &[&str] = match packing {
        Packing::Safetensors => &["part1.safetensors"],
        _ => &["part1-node0-offsets", "part1-node1-data"],
    };
    names.iter().map(|name| folder.join(name)).collect()
}

/// Any byte of any file of a partition, turned over: validating names the blob, and reading with proof is an error that does; without
/// proof it is an error, or gives other values. Other partitions can be read.
#[test]
fn any_flipped_bit_is_found() {
    for packing in [Packing::Blobs, Packing::Safetensors] {
        let folder = tempfile::tempdir().unwrap();
        let dataset = created_in(packing, folder.path());
        let verified = dataset.clone().verified(true);
        let sound = rows(&dataset);
        assert_eq!(rows(&verified), sound);
        for file in files(packing, folder.path()) {
            let good = std::fs::read(&file).unwrap();
            for at in 0..good.len() {
                let mut bad = good.clone();
                bad[at] ^= 1 << (at % 8);
                std::fs::write(&file, &bad).unwrap();
                let validation = dataset.validate();
                let key = file.file_name().unwrap().to_str().unwrap();
                assert!(!validation.is_clean(), "{key}, byte {at}");
                for fault in &validation.faults {
                    assert_eq!(fault.partition, Some(1), "{key}, byte {at}: {fault}");
                    assert!(fault.key.starts_with(key), "{key}, byte {at}: {fault}");
                }
                // What a reader does not look at cannot mislead it.
                if let Ok(array) = dataset.clone().verified(true).read_partition(1) {
                    assert_eq!(
                        array.value().unwrap().to_string(),
                        sound[1],
                        "{key}, byte {at}"
                    );
                    assert_eq!(packing, Packing::Safetensors, "{key}, byte {at}");
                }
                let _ = dataset.read_partition(1);
                for partition in [0, 2] {
                    let array = verified.read_partition(partition).unwrap();
                    assert_eq!(array.value().unwrap().to_string(), sound[partition]);
                }
            }
            std::fs::write(&file, good).unwrap();
        }
        assert!(dataset.validate().is_clean());
    }
}

#[test]
fn damage_is_named_with_partition_node_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut dataset = created_in(Packing::Blobs, folder.path());
    dataset.delete_partitions([0]).unwrap();
    let path = folder.path().join("part1-node1-data");
    std::fs::write(&path, [7; 24]).unwrap();
    let validation = dataset.validate();
    let line = validation.to_string();
    assert!(
        line.starts_with(
            "partition 0 (called 1), \"part1-node1-data\" is damaged: its checksum says crc32c "
        ),
        "{line}"
    );
    assert_eq!(validation.faults.len(), 1);
    let error = dataset
        .clone()
        .verified(true)
        .read_partition(0)
        .unwrap_err();
    let Error::Store { location, source } = &error else {
        panic!("{error}")
    };
    assert!(
        matches!(**source, StoreError::ChecksumMismatch { .. }),
        "{error}"
    );
    assert_eq!(location.as_ref().unwrap().partition, Some(1));
    // Ranges are proved by the whole blob, although their own bytes may be as they were.
    let verified = dataset.clone().verified(true);
    let rows = verified.lazy().rows(2..3).unwrap();
    assert!(rows.read().unwrap_err().to_string().contains("is damaged"));
    assert!(dataset.lazy().rows(2..3).unwrap().read().is_ok());

    // Putting it together with others would make it look sound.
    let error = dataset.compact(100).unwrap_err();
    assert!(error.to_string().contains("is damaged"), "{error}");
}

#[test]
fn checksums_that_are_missing_or_none_are_named() {
    for damage in [None, Some("{}")] {
        let folder = tempfile::tempdir().unwrap();
        let dataset = created_in(Packing::Blobs, folder.path());
        let path = folder.path().join("checksums/1.json");
        match damage {
            None => std::fs::remove_file(&path).unwrap(),
            Some(text) => std::fs::write(&path, text).unwrap(),
        }
        // What can be looked at without them is.
        std::fs::write(folder.path().join("part1-node1-data"), [0; 7]).unwrap();
        let found = dataset.validate();
        let keys: Vec<&str> = found
            .faults
            .iter()
            .map(|fault| fault.key.as_str())
            .collect();
        assert_eq!(keys, ["checksums/1.json", "part1-node1-data"], "{found}");
        let verified = dataset.verified(true);
        let error = verified.read_partition(1).unwrap_err().to_string();
        assert!(error.contains("checksums/1.json"), "{error}");
        assert!(verified.read_partition(0).is_ok());
    }
}

/// What lies below a damaged node is told of, too, where checksums say what there should be.
#[test]
fn everything_that_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = created_in(Packing::Blobs, folder.path());
    for file in files(Packing::Blobs, folder.path()) {
        std::fs::remove_file(file).unwrap();
    }
    let found = dataset.validate();
    let keys: Vec<&str> = found
        .faults
        .iter()
        .map(|fault| fault.key.as_str())
        .collect();
    assert_eq!(keys, ["part1-node0-offsets", "part1-node1-data"], "{found}");
}

#[test]
fn what_has_no_checksums_cannot_be_proved() {
    let container = memory();
    let create = CreateDataset::new().checksums(false);
    let mut dataset = create.create_in(Arc::clone(&container)).unwrap();
    dataset.append(&lists(0)).unwrap();
    assert!(!dataset.has_checksums());
    assert!(!container.contains("checksums/0.json").unwrap());
    assert_eq!(dataset.validate().proved, 0);
    let error = dataset
        .clone()
        .verified(true)
        .read_partition(0)
        .unwrap_err();
    assert!(
        error.to_string().contains("there is no checksum for"),
        "{error}"
    );

    // It stays as it was made.
    let append = CreateDataset::new().mode(CreateMode::Append);
    assert!(append.create_in(Arc::clone(&container)).is_ok());
    let other = append.checksums(true).create_in(Arc::clone(&container));
    let told = fault(other).to_string();
    assert!(
        told.contains("the option checksums is to be true"),
        "{told}"
    );
}

#[test]
fn whatever_changes_a_dataset_keeps_them() {
    for packing in [Packing::Blobs, Packing::Safetensors] {
        let folder = tempfile::tempdir().unwrap();
        let mut dataset = created_in(packing, folder.path());
        let mut writer = dataset.writer().unwrap().rows_per_partition(4);
        for first in [30, 40, 50] {
            writer.append(&lists(first)).unwrap();
        }
        writer.finish().unwrap();
        let clean = |dataset: &Dataset<Arc<Directory>>, count: u64| {
            let found = dataset.validate();
            assert!(found.is_clean(), "{found}");
            assert_eq!((found.partitions, found.proved), (count, 2 * count));
            assert_eq!(rows(&dataset.clone().verified(true)), rows(dataset));
        };
        clean(&dataset, 6);
        dataset.compact(9).unwrap();
        clean(&dataset, 2);
        dataset.overwrite([&lists(60)]).unwrap();
        clean(&dataset, 1);
        clean(&dataset.open_at(2).unwrap(), 3);
        dataset
            .vacuum(Vacuum::keep(1).older_than(std::time::Duration::ZERO))
            .unwrap();
        clean(&dataset, 1);
        let left: Vec<_> = std::fs::read_dir(folder.path().join("checksums"))
            .unwrap()
            .collect();
        assert_eq!(left.len(), 1);
    }
}

#[test]
fn the_same_is_proved_without_blocking() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append_all([&lists(0), &lists(10)]).unwrap();
    container
        .insert("part1-node1-data", vec![1_i64, 2, 3].into())
        .unwrap();
    container
        .insert("checksums/0.json", Buffer::empty())
        .unwrap();
    let later = Later::new(Arc::clone(&container));
    let (found, read) = pollster::block_on(async {
        let dataset = Dataset::open_async(later).await.unwrap().verified(true);
        let whole = dataset.lazy().rows(3..6).unwrap();
        (dataset.validate_async().await, whole.read_async().await)
    });
    assert_eq!(found.to_string(), dataset.validate().to_string());
    assert_eq!(found.faults.len(), 2);
    assert!(read.unwrap_err().to_string().contains("is damaged"));
}

/// The checksums of a partition are asked for once for all steps of a read, and of no other partition.
#[test]
fn proving_costs_one_request_a_partition() {
    use gawky_testkit::containers::CountingContainer;
    let container = memory();
    created(&container)
        .append_all([&lists(0), &lists(10), &lists(20)])
        .unwrap();
    let counting = Arc::new(CountingContainer::new(Arc::clone(&container)));
    let dataset = Dataset::open_in(Arc::clone(&counting))
        .unwrap()
        .verified(true);
    let lazy = dataset.lazy();
    counting.reset();
    lazy.rows(4..7).unwrap().read().unwrap();
    let mut keys = counting.requested_keys();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "checksums/1.json",
            "checksums/2.json",
            "part1-node0-offsets",
            "part1-node1-data",
            "part2-node0-offsets",
            "part2-node1-data",
        ]
    );
}

/// Keeps how many bytes one call has fetched at most, and tells no sizes.
struct Most {
    inner: Memory,
    bytes: std::sync::atomic::AtomicU64,
}

impl Container for Most {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.inner.get(key)
    }

    fn fetch_versioned(
        &self,
        fetches: &[gawky::store::Fetch],
        report: &mut gawky::store::FetchReport,
    ) -> Result<Vec<Option<gawky::store::Fetched>>, StoreError> {
        let fetched = self.inner.fetch_versioned(fetches, report)?;
        let bytes = fetched
            .iter()
            .flatten()
            .map(|found| found.bytes.len() as u64)
            .sum();
        self.bytes
            .fetch_max(bytes, std::sync::atomic::Ordering::Relaxed);
        Ok(fetched)
    }
}

#[test]
fn a_few_columns_are_looked_at_at_a_time() {
    let column = Array::from(NumpyArray::from_vec(vec![1_i64; 1 << 20]));
    let columns = (0..20).map(|number| (format!("c{number}"), column.clone()));
    let array = Array::from(RecordArray::from_fields(columns));
    let container = memory();
    created(&container).append(&array).unwrap();
    let most = Arc::new(Most {
        inner: container,
        bytes: 0.into(),
    });
    let dataset = Dataset::open_in(Arc::clone(&most)).unwrap();
    let found = dataset.validate();
    assert!(found.is_clean() && found.proved == 20, "{found}");
    assert_eq!(
        most.bytes.load(std::sync::atomic::Ordering::Relaxed),
        64 << 20
    );
}
