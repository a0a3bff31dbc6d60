//! What is touched, of a dataset in either packing; `tests/lazy/touched.rs` has it of lazy arrays. (ak #3741, #1052, #3685)

use std::collections::BTreeSet;
use std::sync::Arc;

use gawky::dataset::{CreateDataset, DatasetBlobs, Packing};
use gawky::prelude::*;
use gawky_testkit::containers::CountingContainer;

type Counting = Arc<CountingContainer<Arc<MemoryContainer>>>;

/// `{x: var * int64, y: {z: var * var * float64}}`, of three rows.
fn events() -> Array {
    let lists = |offsets: Vec<i64>, content: Array| {
        Array::from(ListOffsetArray::try_new(offsets.into(), content, Parameters::none()).unwrap())
    };
    let x = lists(
        vec![0, 2, 2, 3],
        NumpyArray::from_vec(vec![1_i64, 2, 3]).into(),
    );
    let z = lists(
        vec![0, 1, 3],
        NumpyArray::from_vec(vec![0.5_f64, 1.5, 2.5]).into(),
    );
    let y = RecordArray::from_fields([("z", lists(vec![0, 1, 1, 2], z))]);
    RecordArray::from_fields([("x", x), ("y", y.into())]).into()
}

/// Two partitions, and a handle that has been opened and nothing more.
fn opened(packing: Packing) -> (Counting, Dataset<Counting>) {
    let memory = Arc::new(MemoryContainer::new());
    let create = CreateDataset::new().packing(packing);
    let mut dataset = create.create_in(Arc::clone(&memory)).unwrap();
    dataset.append_all([&events(), &events()]).unwrap();
    let counting = Arc::new(CountingContainer::new(memory));
    let dataset = Dataset::open_in(Arc::clone(&counting)).unwrap();
    (counting, dataset)
}

/// What was asked for: the blobs, and of files how many bytes.
fn asked(counting: &Counting) -> (Vec<String>, u64) {
    let keys = counting.requested_keys();
    (keys, counting.reset().bytes)
}

fn distinct(keys: &[String]) -> usize {
    keys.iter().collect::<BTreeSet<_>>().len()
}

#[test]
fn opening_is_one_read_and_looking_around_none() {
    for packing in [Packing::Blobs, Packing::Safetensors] {
        let (counting, dataset) = opened(packing);
        assert_eq!(asked(&counting).0, ["dataset.json"]);
        let lazy: LazyArray<DatasetBlobs<Counting>> = dataset.lazy();
        assert_eq!(
            (dataset.len(), lazy.len(), lazy.num_partitions()),
            (6, 6, 2)
        );
        assert_eq!(lazy.form(), dataset.form());
        let z = lazy.field("y.z").unwrap().rows(2..4).unwrap();
        assert_eq!(format!("{z}"), "<LazyArray type='2 * var * var * float64'>");
        let _ = (format!("{dataset:?}"), format!("{lazy:?}"));
        let _ = (lazy.select("x").unwrap(), dataset.open_at(1).unwrap());
        assert_eq!(asked(&counting), (vec![], 0));
    }
}

#[test]
fn the_lengths_of_lists_are_their_offsets_and_nothing_else() {
    let (counting, dataset) = opened(Packing::Blobs);
    counting.reset();
    let counts = dataset.lazy().counts("x").unwrap();
    assert_eq!(counts.value().unwrap().to_string(), "[2, 0, 1, 2, 0, 1]");
    assert_eq!(
        asked(&counting),
        (
            vec!["part0-node1-offsets".into(), "part1-node1-offsets".into()],
            64
        )
    );

    // Of a file its header, once, and after that the very bytes.
    let (counting, dataset) = opened(Packing::Safetensors);
    let lazy = dataset.lazy();
    lazy.select("x").unwrap().read().unwrap();
    counting.reset();
    let counts = lazy.counts("x").unwrap();
    assert_eq!(counts.value().unwrap().to_string(), "[2, 0, 1, 2, 0, 1]");
    assert_eq!(asked(&counting).1, 64);
}

#[test]
fn each_blob_is_read_once_at_most() {
    let (counting, dataset) = opened(Packing::Blobs);
    counting.reset();
    let lazy = dataset.lazy();
    lazy.read().unwrap();
    let (keys, _) = asked(&counting);
    assert_eq!((keys.len(), distinct(&keys)), (10, 10));
    lazy.rows(1..5).unwrap().read().unwrap();
    let (keys, _) = asked(&counting);
    assert_eq!(keys.len(), distinct(&keys), "{keys:?}");
    // Nothing is kept where nobody asked for it.
    lazy.read().unwrap();
    assert_eq!(asked(&counting).0.len(), 10);
}
