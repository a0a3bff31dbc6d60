//! What is damaged is named, by validating and by reading; everything else can still be read.

use std::path::Path;

use gawky::Validation;
use gawky::dataset::Packing;
use gawky::store::{ContainerDelete, ContainerWrite};

use super::*;

/// Records with a number, lists of records, and strings; `first` tells which they are.
fn events(first: i64) -> Array {
    let numbers = |count: i64| NumpyArray::from_vec((first..first + count).collect::<Vec<i64>>());
    let pt = NumpyArray::from_vec(vec![0.5_f32, 1.5, 2.5]);
    let muons = RecordArray::from_fields([("pt", pt.into()), ("charge", numbers(3).into())]);
    let muons = ListOffsetArray::try_new(
        vec![0_i64, 2, 2, 3].into(),
        muons.into(),
        Parameters::none(),
    );
    let characters = "mäggi".as_bytes().to_vec();
    let is = |kind: &str| Parameters::none().with("__array__", kind);
    let characters = NumpyArray::from_vec(characters).with_parameters(is("char"));
    let names =
        ListOffsetArray::try_new(vec![0_i64, 3, 3, 6].into(), characters.into(), is("string"));
    Array::from(RecordArray::from_fields([
        ("run", Array::from(numbers(3))),
        ("muon", Array::from(muons.unwrap())),
        ("name", Array::from(names.unwrap())),
    ]))
}

/// Three partitions in a folder, whose blobs nothing proves.
fn written(packing: Packing, folder: &Path) -> Dataset<Arc<Directory>> {
    written_with(packing, false, folder)
}

fn written_with(packing: Packing, checksums: bool, folder: &Path) -> Dataset<Arc<Directory>> {
    let directory = Arc::new(Directory::create(folder).unwrap());
    let mut dataset = CreateDataset::new()
        .packing(packing)
        .checksums(checksums)
        .create_in(directory)
        .unwrap();
    dataset
        .append_all([&events(0), &events(10), &events(20)])
        .unwrap();
    dataset
}

fn told(validation: &Validation) -> Vec<(Option<u64>, &str, &str)> {
    validation
        .faults
        .iter()
        .map(|fault| (fault.partition, fault.path.as_str(), fault.key.as_str()))
        .collect()
}

/// Partition 1 cannot be read, and the error says of what; the others can.
fn only_partition_1_fails(dataset: &Dataset<Arc<Directory>>, key: &str) {
    let error = dataset.read_partition(1).unwrap_err().to_string();
    assert!(error.contains(key), "{error}");
    for partition in [0, 2] {
        let first = i64::try_from(partition * 10).unwrap();
        assert_eq!(dataset.read_partition(partition).unwrap(), events(first));
    }
}

#[test]
fn a_sound_dataset_is_clean() {
    for packing in [Packing::Blobs, Packing::Safetensors] {
        let folder = tempfile::tempdir().unwrap();
        let mut dataset = written_with(packing, true, folder.path());
        let validation = dataset.validate();
        assert!(validation.is_clean(), "{validation}");
        // The buffers, and a blob of checksums.
        assert_eq!((validation.partitions, validation.blobs), (3, 3 * 7));
        assert_eq!(validation.proved, 3 * 6);
        let checksums = dataset
            .container()
            .get("checksums/0.json")
            .unwrap()
            .unwrap();
        let bytes = 24 + 32 + 12 + 24 + 32 + 6 + checksums.len() as u64;
        assert_eq!(validation.bytes, 3 * bytes);
        assert_eq!(validation.to_string(), "");

        dataset.overwrite([&events(30)]).unwrap();
        dataset.delete_partitions([0]).unwrap();
        let steps: Vec<_> = dataset.validations().collect();
        // The manifests of the two versions before; no partitions.
        assert_eq!(steps.len(), 1);
        assert_eq!((steps[0].partitions, steps[0].blobs), (0, 2));
        assert!(dataset.validate().is_clean());
        assert_eq!(dataset.open_at(2).unwrap().validate().partitions, 3);
    }
}

#[test]
fn each_damaged_blob_is_named_once() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = written(Packing::Blobs, folder.path());
    let name = |node: &str| folder.path().join(format!("part1-{node}"));
    // Missing, cut short, in disorder, and no text.
    std::fs::remove_file(name("node1-data")).unwrap();
    std::fs::write(name("node4-data"), [0; 11]).unwrap();
    std::fs::write(name("node6-offsets"), b"\0\0\0\0\0\0\0\0\x01").unwrap();
    let faults = dataset.validate();
    assert_eq!(
        told(&faults),
        [
            (Some(1), "run", "part1-node1-data"),
            (Some(1), "muon.pt", "part1-node4-data"),
            (Some(1), "name", "part1-node6-offsets"),
        ],
        "{faults}"
    );
    assert_eq!(
        faults.to_string().lines().next(),
        Some(
            "partition 1, run, \"part1-node1-data\": needs 24 bytes, but there is no such blob: check the key format \
             and the partition"
        )
    );
    only_partition_1_fails(&dataset, "part1-node1-data");

    std::fs::copy(folder.path().join("part0-node1-data"), name("node1-data")).unwrap();
    std::fs::copy(folder.path().join("part0-node4-data"), name("node4-data")).unwrap();
    std::fs::copy(
        folder.path().join("part0-node6-offsets"),
        name("node6-offsets"),
    )
    .unwrap();
    std::fs::write(name("node7-data"), b"m\xe4ggi!").unwrap();
    let mut offsets = std::fs::read(name("node2-offsets")).unwrap();
    offsets[8] = 7;
    std::fs::write(name("node2-offsets"), offsets).unwrap();
    let faults = dataset.validate();
    assert_eq!(
        told(&faults),
        [
            (Some(1), "muon", "part1-node2-offsets"),
            (Some(1), "name", "part1-node7-data"),
        ],
        "{faults}"
    );
    assert!(
        faults.faults[1].problem().contains("string 0 is no UTF-8"),
        "{faults}"
    );
    only_partition_1_fails(&dataset, "part1-node2-offsets");
}

#[test]
fn what_is_damaged_is_named_without_blocking_too() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = written(Packing::Safetensors, folder.path());
    std::fs::remove_file(folder.path().join("part1.safetensors")).unwrap();
    let directory = gawky_testkit::containers::Later::new(Arc::clone(dataset.container()));
    let found = pollster::block_on(async {
        let dataset = Dataset::open_async(directory).await.unwrap();
        dataset.validate_async().await
    });
    assert_eq!(told(&found), told(&dataset.validate()));
    assert_eq!(told(&found), [(Some(1), "", "part1.safetensors")]);
}

#[test]
fn a_damaged_file_is_named_once() {
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 4] = [
        ("cut short", |file| file.truncate(file.len() - 9)),
        ("cut within the header", |file| file.truncate(20)),
        ("emptied", Vec::clear),
        ("its header in disorder", |file| file[9] = b'x'),
    ];
    for (what, damage) in damages {
        let folder = tempfile::tempdir().unwrap();
        let dataset = written(Packing::Safetensors, folder.path());
        let file = folder.path().join("part1.safetensors");
        let mut bytes = std::fs::read(&file).unwrap();
        damage(&mut bytes);
        std::fs::write(&file, bytes).unwrap();
        let faults = dataset.validate();
        assert_eq!(
            told(&faults),
            [(Some(1), "", "part1.safetensors")],
            "{what}: {faults}"
        );
        assert_eq!(faults.partitions, 3);
        only_partition_1_fails(&dataset, "part1.safetensors");
    }
    let folder = tempfile::tempdir().unwrap();
    let dataset = written(Packing::Safetensors, folder.path());
    std::fs::remove_file(folder.path().join("part1.safetensors")).unwrap();
    let faults = dataset.validate();
    assert_eq!(
        told(&faults),
        [(Some(1), "", "part1.safetensors")],
        "{faults}"
    );
    only_partition_1_fails(&dataset, "part1.safetensors");
}

/// A tensor that is not the one that the form wants is one fault; the others of its file are looked at.
#[test]
fn a_tensor_of_another_kind_is_named() {
    let container = memory();
    let mut dataset = CreateDataset::new()
        .packing(Packing::Safetensors)
        .checksums(false)
        .create_in(Arc::clone(&container))
        .unwrap();
    dataset.append(&events(0)).unwrap();
    let file = container.get("part0.safetensors").unwrap().unwrap();
    let text = file.bytes().unwrap().to_vec();
    let place = text.windows(3).position(|bytes| bytes == b"F32").unwrap();
    let mut other = text.clone();
    other[place] = b'I';
    container
        .insert("part0.safetensors", Buffer::from_vec(other))
        .unwrap();
    let faults = dataset.validate();
    assert_eq!(
        told(&faults),
        [(Some(0), "muon.pt", "part0.safetensors/node4-data")],
        "{faults}"
    );
}

#[test]
fn only_what_is_selected_is_looked_at() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append_all([&events(0), &events(10)]).unwrap();
    for key in ["part0-node1-data", "part1-node4-data"] {
        container.delete(key).unwrap();
    }
    let lazy = dataset.lazy();
    assert_eq!(lazy.validate().faults.len(), 2);
    assert!(lazy.select("name").unwrap().validate().is_clean());
    assert_eq!(lazy.field("muon.pt").unwrap().validate().faults.len(), 1);
    assert_eq!(lazy.rows(0..2).unwrap().validate().partitions, 1);
    assert_eq!(
        lazy.rows(5..6)
            .unwrap()
            .validate()
            .to_string()
            .lines()
            .count(),
        1
    );
}

#[test]
fn a_manifest_of_the_past_that_is_missing_is_named() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&lists(0)).unwrap();
    for first in [10, 20, 30] {
        dataset.overwrite([&lists(first)]).unwrap();
    }
    container.delete("versions/3.json").unwrap();
    let faults = dataset.validate();
    assert_eq!(told(&faults), [(None, "", "versions/3.json")], "{faults}");
    container
        .put(gawky::store::Blob::new(
            "versions/4.json",
            DType::UInt8,
            Buffer::from_vec(b"{}".to_vec()),
        ))
        .unwrap();
    let faults = dataset.validate();
    assert_eq!(told(&faults), [(None, "", "versions/4.json")], "{faults}");
}

#[test]
fn what_dead_writers_left_is_no_fault() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&lists(0)).unwrap();
    container
        .insert("part7-node0-offsets", vec![5_i64].into())
        .unwrap();
    container.insert("claims/7", vec![5_i64].into()).unwrap();
    assert!(dataset.validate().is_clean());
}

/// A container that fails is no blob that is missing.
#[test]
fn a_blob_that_cannot_be_fetched_is_named() {
    use gawky_testkit::containers::{Fault, FaultyContainer};
    let faulty = Arc::new(FaultyContainer::new(memory()));
    let mut dataset = CreateDataset::new().create_in(Arc::clone(&faulty)).unwrap();
    dataset.append_all([&events(0), &events(10)]).unwrap();
    faulty.fail_key("part1-node3-offsets", Fault::Error);
    faulty.fail_key("part1-node2-offsets", Fault::Error);
    let faults = dataset.validate();
    assert_eq!(
        told(&faults),
        [(Some(1), "muon", "part1-node2-offsets")],
        "{faults}"
    );
    assert!(faults.to_string().contains("told to fail"), "{faults}");
}
