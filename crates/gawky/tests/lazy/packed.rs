//! Lazy arrays over files, and over datasets in either packing.

use gawky::dataset::{CreateDataset, Packing};
use gawky::prelude::*;
use gawky::safetensors::SafeTensorsArray;
use gawky_testkit::containers::CountingContainer;

use super::events;

/// Ten thousand rows of lists of floats in lists, too many to be small.
fn large() -> Array {
    let rows = 10_000_i64;
    let floats: Vec<f32> = (0..u16::try_from(4 * rows).unwrap())
        .map(f32::from)
        .collect();
    let list = |offsets: Vec<i64>, content: Array| {
        Array::from(ListOffsetArray::try_new(offsets.into(), content, Parameters::none()).unwrap())
    };
    let inner = list(
        (0..=2 * rows).map(|at| at * 2).collect(),
        NumpyArray::from_vec(floats).into(),
    );
    list((0..=rows).map(|at| at * 2).collect(), inner)
}

#[test]
fn opening_a_file_reads_its_header_and_nothing_else() {
    let container = CountingContainer::new(MemoryContainer::new());
    gawky::to_safetensors(&large(), &container, "large.safetensors").unwrap();
    container.reset();
    let file = SafeTensorsArray::open(&container, "large.safetensors").unwrap();
    let header = container.reset().bytes;
    assert!(header < 2_000, "{header} bytes");
    let lazy = file.lazy().unwrap();
    assert_eq!(lazy.array_type().to_string(), "10000 * var * var * float32");
    assert_eq!(container.counts().calls, 0);
    // Three levels in three steps.
    let (rows, report) = lazy.rows(5..6).unwrap().read_with_report().unwrap();
    assert_eq!(
        rows.value().unwrap().to_string(),
        "[[[20.0, 21.0], [22.0, 23.0]]]"
    );
    assert_eq!((report.steps, report.bytes_asked), (3, 16 + 24 + 16));
}

#[test]
fn what_is_small_comes_with_the_first_step() {
    let container = CountingContainer::new(MemoryContainer::new());
    let small = large().slice(0..10).unwrap();
    gawky::to_safetensors(&small, &container, "small.safetensors").unwrap();
    let file = SafeTensorsArray::open(&container, "small.safetensors").unwrap();
    let lazy = file.lazy().unwrap().rows(5..6).unwrap();
    let explanation = lazy.explain().unwrap();
    let (rows, report) = lazy.read_with_report().unwrap();
    assert_eq!(
        rows.value().unwrap().to_string(),
        "[[[20.0, 21.0], [22.0, 23.0]]]"
    );
    assert_eq!(report.steps, 1);
    assert_eq!(
        (explanation.steps, explanation.bytes()),
        (1, report.bytes_asked)
    );
    assert_eq!(report.bytes_asked, 11 * 8 + 21 * 8 + 40 * 4);
    let rows = file
        .reader()
        .rows(5..6)
        .read_with_report(file.tensors())
        .unwrap();
    assert_eq!(rows.1.steps, 1);
}

#[test]
fn a_dataset_is_read_lazily_in_either_packing() {
    let events = events();
    let all = events.concatenate().unwrap();
    for packing in [Packing::Blobs, Packing::Safetensors] {
        let create = CreateDataset::new().packing(packing);
        let container = CountingContainer::new(MemoryContainer::new());
        let mut dataset = create.create_in(container).unwrap();
        for partition in &events {
            dataset.append(partition).unwrap();
        }
        dataset.container().reset();
        let lazy = dataset.lazy();
        assert_eq!(lazy.len(), 5);
        assert_eq!(lazy.type_(), all.type_());
        let z = lazy.field("y.z").unwrap();
        assert_eq!(dataset.container().counts().calls, 0);
        assert!(
            z.read()
                .unwrap()
                .equal_values(&all.field("y.z").unwrap(), true)
                .unwrap()
        );
        let keys = dataset.container().requested_keys();
        assert!(
            keys.iter()
                .all(|key| key.starts_with("part0") || key.starts_with("part2")),
            "{keys:?}"
        );
        assert!(
            keys.iter()
                .all(|key| !key.contains("node1") && !key.contains("node2"))
        );
        for (start, end) in [(0, 5), (1, 4), (2, 3), (3, 5), (5, 5)] {
            let rows = lazy.rows(start as u64..end as u64).unwrap().read().unwrap();
            assert!(
                rows.equal_values(&all.slice(start..end).unwrap(), true)
                    .unwrap()
            );
        }
        // What is explained of files that were not open before is what is done with them now.
        let fresh = dataset.lazy().rows(2..4).unwrap();
        let explanation = fresh.explain().unwrap();
        let (_, report) = fresh.read_with_report().unwrap();
        assert_eq!(
            (explanation.steps, explanation.bytes()),
            (report.steps, report.bytes_asked)
        );
        assert_eq!(
            lazy.take(&[4, 0]).unwrap().value().unwrap().to_string(),
            all.take(&[4, 0]).unwrap().value().unwrap().to_string()
        );
        assert_eq!(lazy.batches().count(), 2);
        assert_eq!(dataset.read_partition(1).unwrap().len(), 0);
        assert!(dataset.read_partition(3).is_err());
    }
}

#[test]
fn the_headers_of_all_files_come_together() {
    let create = CreateDataset::new().packing(Packing::Safetensors);
    let mut dataset = create
        .create_in(CountingContainer::new(MemoryContainer::new()))
        .unwrap();
    for partition in &events() {
        dataset.append(partition).unwrap();
    }
    dataset.container().reset();
    let lazy = dataset.lazy();
    let x = lazy.field("x").unwrap();
    x.read().unwrap();
    // Lengths of headers, headers, tensors; of two files with two tensors each.
    assert_eq!(dataset.container().counts().calls, 3);
    dataset.container().reset();
    x.read().unwrap();
    assert_eq!(dataset.container().counts().calls, 1);
}
