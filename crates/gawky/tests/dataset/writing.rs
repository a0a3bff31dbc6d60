//! Streams: cut into partitions, written by threads, committed together.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use gawky::dataset::Packing;
use gawky::store::{
    Blob, ContainerConditional, ContainerDelete, ContainerWrite, StoreError, Version,
};
use gawky_testkit::containers::{Fault, FaultyContainer};

use super::*;

fn numbers(range: std::ops::Range<i64>) -> Array {
    NumpyArray::from_vec(range.collect::<Vec<_>>()).into()
}

#[test]
fn partitions_have_as_many_rows_as_was_said() {
    for pieces in [1, 3, 7, 10, 25, 100] {
        let container = memory();
        let mut dataset = created(&container);
        let mut writer = dataset.writer().unwrap().rows_per_partition(10);
        for first in (0..100).step_by(pieces) {
            let last = (first + pieces).min(100);
            writer
                .append(&numbers(
                    first.cast_signed() as i64..last.cast_signed() as i64,
                ))
                .unwrap();
        }
        let written = writer.finish().unwrap();
        assert_eq!(
            (written.partitions, written.rows, written.bytes),
            (10, 100, 800)
        );
        assert_eq!(dataset.lengths(), [10; 10], "{pieces}");
        assert_eq!(dataset.version(), 2, "one commit");
        assert_eq!(dataset.ids(), None);
        assert_eq!(dataset.lazy().read().unwrap(), numbers(0..100));
    }
}

#[test]
fn partitions_have_about_as_many_bytes_as_was_said() {
    let mut dataset = created(&memory());
    let mut writer = dataset.writer().unwrap().bytes_per_partition(80);
    writer.append(&numbers(0..25)).unwrap();
    writer.append(&numbers(25..27)).unwrap();
    writer.finish().unwrap();
    assert_eq!(dataset.lengths(), [10, 10, 7]);
    // A row alone may have more.
    let mut dataset = created(&memory());
    let mut writer = dataset.writer().unwrap().bytes_per_partition(1);
    writer.append(&numbers(0..3)).unwrap();
    writer.finish().unwrap();
    assert_eq!(dataset.lengths(), [1, 1, 1]);
}

#[test]
fn nested_rows_and_other_layouts_go_into_one_stream() {
    let mut dataset = created(&memory());
    let mut writer = dataset.writer().unwrap().rows_per_partition(4);
    let form = r#"{"class": "ListArray", "starts": "i32", "stops": "i32", "content": "int32"}"#;
    writer.append(&lists(0)).unwrap();
    writer
        .append(&lists(10).conform_to(&form.parse().unwrap()).unwrap())
        .unwrap();
    writer.append(&EmptyArray.into()).unwrap();
    let floats = NumpyArray::from_vec(vec![1.5]).into();
    assert!(
        writer.append(&floats).is_err(),
        "and nothing of it is taken"
    );
    writer.append(&lists(20)).unwrap();
    writer.finish().unwrap();
    assert_eq!(dataset.lengths(), [4, 4, 1]);
    let all = Array::concatenate(&[lists(0), lists(10), lists(20)]).unwrap();
    assert_eq!(dataset.lazy().read().unwrap(), all);
}

#[test]
fn a_slice_stores_what_it_reaches() {
    let mut dataset = created(&memory());
    let mut writer = dataset.writer().unwrap();
    writer
        .append(&numbers(0..100).slice(10..20).unwrap())
        .unwrap();
    let written = writer.finish().unwrap();
    assert_eq!(written.bytes, 80);
    let mut writer = dataset.writer().unwrap().pack(false);
    let first = lists(0).slice(2..3).unwrap();
    assert!(writer.append(&first).is_err());
    drop(writer);
    assert_eq!(dataset.lengths(), [10]);
}

#[test]
fn it_commits_every_so_often() {
    let container = memory();
    let mut dataset = created(&container);
    let mut writer = dataset
        .writer()
        .unwrap()
        .rows_per_partition(3)
        .commit_every(2);
    for first in 0..5 {
        writer.append(&lists(first * 10)).unwrap();
    }
    assert_eq!(super::dataset(&container).lengths().len(), 4);
    drop(writer);
    let found = super::dataset(&container);
    assert_eq!((found.version(), found.lengths().len()), (3, 4));
    assert_eq!(dataset.version(), 3);
}

#[test]
fn dropped_it_leaves_the_dataset_as_it_was() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&lists(0)).unwrap();
    let before = container.get("dataset.json").unwrap();
    let mut writer = dataset.writer().unwrap().rows_per_partition(3);
    for first in 1..5 {
        writer.append(&lists(first * 10)).unwrap();
    }
    drop(writer);
    assert_eq!(container.get("dataset.json").unwrap(), before);
    dataset.append(&lists(90)).unwrap();
    assert_eq!(rows(&dataset), said(&[lists(0), lists(90)]));
    all_versions_read(&dataset);
}

#[test]
fn nothing_is_no_commit() {
    let mut dataset = created(&memory());
    let mut writer = dataset.writer().unwrap();
    writer.append(&numbers(0..0)).unwrap();
    assert_eq!(writer.finish().unwrap().partitions, 0);
    assert_eq!(dataset.version(), 1);
}

#[test]
fn a_partition_that_fails_is_told_and_nothing_is_committed() {
    let container = memory();
    created(&container);
    let faulty = Arc::new(FaultyContainer::new(Arc::clone(&container)));
    faulty.fail_key("part1-node1-data", Fault::Error);
    let mut dataset = patient(Dataset::open_in(Arc::clone(&faulty)).unwrap());
    let mut writer = dataset
        .writer()
        .unwrap()
        .rows_per_partition(3)
        .in_flight(1, 1);
    let mut told = None;
    for first in 0..5 {
        if let Err(error) = writer.append(&lists(first * 10)) {
            told = Some(error);
            break;
        }
    }
    match told {
        Some(Error::Partition {
            partition: 1,
            source,
        }) => {
            assert!(source.to_string().contains("part1-node1-data"), "{source}");
        }
        other => panic!("{other:?}"),
    }
    assert!(writer.append(&lists(0)).is_err());
    assert!(
        writer
            .finish()
            .unwrap_err()
            .to_string()
            .contains("has failed before")
    );
    assert_eq!(super::dataset(&container).version(), 1);

    // Where it is the last one, finishing tells.
    let mut dataset = patient(Dataset::open_in(Arc::clone(&faulty)).unwrap());
    faulty.fail_key("part2-node1-data", Fault::Error);
    faulty.fail_key("part3-node1-data", Fault::Error);
    let mut writer = dataset.writer().unwrap();
    writer.append(&lists(0)).unwrap();
    let told = writer.finish().unwrap_err();
    assert!(
        matches!(told, Error::Partition { partition: 0, .. }),
        "{told}"
    );
}

/// Counts what is under way.
struct Watched {
    inner: Memory,
    now: AtomicU64,
    most: Mutex<(u64, u64)>,
    bytes: AtomicU64,
}

impl Container for Watched {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.inner.get(key)
    }
    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.inner.version(key)
    }
}

impl ContainerWrite for Watched {
    fn put(&self, blob: Blob) -> Result<(), StoreError> {
        let bytes = blob.bytes.len() as u64;
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        let under_way = self.bytes.fetch_add(bytes, Ordering::SeqCst) + bytes;
        let mut most = self.most.lock().unwrap();
        *most = (most.0.max(now), most.1.max(under_way));
        drop(most);
        std::thread::yield_now();
        let put = self.inner.put(blob);
        self.bytes.fetch_sub(bytes, Ordering::SeqCst);
        self.now.fetch_sub(1, Ordering::SeqCst);
        put
    }
}

impl ContainerDelete for Watched {
    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.inner.delete(key)
    }
}

impl ContainerConditional for Watched {
    fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        self.inner.get_versioned(key)
    }
    fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
        self.inner.put_if_absent(blob)
    }
    fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
        self.inner.put_if_match(blob, version)
    }
}

#[test]
fn no_more_is_under_way_than_was_said() {
    let inner = memory();
    created(&inner);
    let watched = Arc::new(Watched {
        inner: Arc::clone(&inner),
        now: AtomicU64::new(0),
        most: Mutex::default(),
        bytes: AtomicU64::new(0),
    });
    let mut dataset = Dataset::open_in(Arc::clone(&watched)).unwrap();
    let mut writer = dataset
        .writer()
        .unwrap()
        .rows_per_partition(100)
        .in_flight(3, 2_000);
    for first in 0..100 {
        writer
            .append(&numbers(first * 100..(first + 1) * 100))
            .unwrap();
    }
    writer.finish().unwrap();
    let (threads, bytes) = *watched.most.lock().unwrap();
    assert!(threads <= 3, "{threads}");
    assert!(bytes <= 2_000, "{bytes}");
    assert_eq!(dataset.lazy().read().unwrap(), numbers(0..10_000));
}

#[test]
fn options_may_be_changed_between_appends() {
    let mut dataset = created(&memory());
    let mut writer = dataset.writer().unwrap().rows_per_partition(10);
    writer.append(&numbers(0..35)).unwrap();
    writer = writer.in_flight(2, 1 << 20).rows_per_partition(3);
    writer.append(&numbers(35..45)).unwrap();
    writer.finish().unwrap();
    assert_eq!(dataset.lengths(), [10, 10, 10, 5, 3, 3, 3, 1]);
    assert_eq!(dataset.lazy().read().unwrap(), numbers(0..45));

    // What is there was gathered in the form that would be replaced.
    let mut writer = dataset.writer().unwrap();
    writer.append(&numbers(45..46)).unwrap();
    let error = writer.replacing(&CreateDataset::new()).unwrap_err();
    assert!(error.to_string().contains("before append()"), "{error}");
    assert_eq!(dataset.len(), 45);
}

#[test]
fn any_number_of_rows_is_written_from_arrays_of_some_megabytes() {
    #[derive(serde::Serialize)]
    struct Row {
        number: u64,
        text: String,
    }
    let row = |number| Row {
        number,
        text: "x".repeat(100_000),
    };
    let mut dataset = created(&memory());
    let mut writer = dataset.writer().unwrap().bytes_per_partition(u64::MAX);
    writer.append_rows((0..250).map(row)).unwrap();
    writer.append_rows(std::iter::empty::<Row>()).unwrap();
    writer.append_rows([row(250)]).unwrap();
    let written = writer.finish().unwrap();
    assert_eq!((written.partitions, written.rows), (1, 251));
    let numbers = dataset.lazy().field("number").unwrap().read().unwrap();
    assert_eq!(
        numbers.to_rows::<u64>().unwrap(),
        (0..251).collect::<Vec<_>>()
    );
}

#[test]
fn rows_are_of_the_form_that_the_dataset_has() {
    #[derive(serde::Serialize)]
    struct Muon {
        charge: Option<i64>,
        pt: f64,
    }
    let of = "Muon[pt: float32, charge: ?int8, at: ?datetime64[s]]"
        .parse()
        .unwrap();
    let form = Form::from_type(&of).unwrap();
    let mut dataset = CreateDataset::new().form(form).create_in(memory()).unwrap();
    let mut writer = dataset.writer().unwrap();
    writer
        .append_rows([Muon {
            charge: Some(-1),
            pt: 1.5,
        }])
        .unwrap();
    let error = writer.append_rows([
        Muon {
            charge: None,
            pt: 1.5,
        },
        Muon {
            charge: Some(300),
            pt: 2.5,
        },
    ]);
    assert_eq!(
        error.unwrap_err().to_string(),
        "row 1, charge: 300 is no ?int8, the declared type"
    );
    writer.finish().unwrap();
    let read = dataset.lazy().read().unwrap();
    assert_eq!(read.form().type_(), of);
    assert_eq!(
        read.value().unwrap().to_string(),
        "[{pt: 1.5, charge: -1, at: None}, {pt: 1.5, charge: None, at: None}]",
        "the row before the misfit was taken"
    );
}

#[test]
fn a_row_that_cannot_be_is_named_by_its_number() {
    let mut dataset = created(&memory());
    let mut writer = dataset.writer().unwrap();
    let rows = (0..100_000).map(|row: i128| (row == 99_999).then_some(row));
    let error = writer.append_rows(rows).unwrap_err();
    assert!(matches!(error, Error::Rows(_)), "{error}");
    assert_eq!(
        error.to_string(),
        "row 99999: there is no dtype of 128 bits: make it a string, or two integers"
    );
    writer.append_rows([None::<i128>]).unwrap();
    let written = writer.finish().unwrap();
    assert_eq!(
        written.rows, 100_000,
        "the 99,999 before, and what came after"
    );
}

#[test]
fn a_stream_takes_the_place_of_what_is_there() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&lists(0)).unwrap();
    let other = CreateDataset::new()
        .packing(Packing::Safetensors)
        .attribute("day", 2);
    let mut writer = dataset.writer().unwrap().rows_per_partition(3);
    writer = writer.replacing(&other).unwrap();
    writer.append(&numbers(0..7)).unwrap();
    let before = super::dataset(&container);
    assert_eq!(rows(&before), said(&[lists(0)]), "nothing is seen of it");
    writer.finish().unwrap();
    assert_eq!((dataset.version(), dataset.lengths()), (3, &[3, 3, 1][..]));
    assert_eq!(dataset.packing(), Packing::Safetensors);
    assert_eq!(dataset.attributes()["day"], 2);
    assert_eq!(dataset.lazy().read().unwrap(), numbers(0..7));
    assert_eq!(rows(&dataset.open_at(2).unwrap()), said(&[lists(0)]));

    // Nothing takes the place of everything, too; and what is committed after the first time is added.
    let writer = dataset.writer().unwrap();
    writer
        .replacing(&CreateDataset::new())
        .unwrap()
        .finish()
        .unwrap();
    assert_eq!((dataset.version(), dataset.len()), (4, 0));
    let mut writer = dataset
        .writer()
        .unwrap()
        .rows_per_partition(2)
        .commit_every(1);
    writer = writer.replacing(&CreateDataset::new()).unwrap();
    writer.append(&numbers(0..6)).unwrap();
    writer.finish().unwrap();
    assert_eq!((dataset.version(), dataset.lengths()), (7, &[2, 2, 2][..]));

    // What others have done meanwhile would be lost.
    let mut writer = dataset
        .writer()
        .unwrap()
        .replacing(&CreateDataset::new())
        .unwrap();
    writer.append(&numbers(0..1)).unwrap();
    super::dataset(&container).append(&numbers(0..1)).unwrap();
    let error = writer.finish().unwrap_err();
    assert!(error.to_string().contains("meanwhile"), "{error}");
    assert_eq!(super::dataset(&container).len(), 7);
}
