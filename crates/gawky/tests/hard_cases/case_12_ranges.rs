//! Ranges: nothing costs nothing, what is not there is an error, neighbours are one request, and few bytes do not keep
//! many alive. (apache/arrow-rs-object-store #453, developmentseed/obstore #678, apache/opendal #8062)

use gawky::buffer::{Fetch, Version};
use gawky::prelude::*;
use gawky::store::plan::Requests;
use gawky::store::safetensors::SafeTensors;
use gawky::store::{Coalescing, ContainerId, FetchReport, Fetched, Profile, StoreError};
use gawky_testkit::containers::CountingContainer;

use super::everywhere::{everywhere, tensors};
use super::{Blobs, blobs, form};

const LISTS: &str = r#"{"class": "ListOffsetArray", "offsets": "i64", "content": "float64"}"#;

/// `[[1, 2], [], [3]]`
fn lists() -> Blobs {
    blobs([
        ("node0-offsets", vec![0_i64, 2, 2, 3].into()),
        ("node1-data", vec![1.0_f64, 2.0, 3.0].into()),
    ])
}

#[test]
fn nothing_costs_no_request() {
    let form = form(LISTS);
    everywhere(&lists(), |place, container| {
        let counting = CountingContainer::new(container);
        let read = FromBuffers::new(&form, 3);
        for rows in [0..0, 2..2, 3..3] {
            let (array, report) = read.clone().rows(rows).read_with_report(&counting).unwrap();
            assert_eq!(array.len(), 0, "{place}");
            assert_eq!(report.storage.requests, 0, "{place}");
        }
        // The content of an empty list is asked for nothing.
        let (array, report) = read.clone().rows(1..2).read_with_report(&counting).unwrap();
        assert_eq!(
            array.to_string(),
            "<Array [[]] type='1 * var * float64'>",
            "{place}"
        );
        if container.known_size("node1-data").is_some() {
            // Where sizes are known, what is small comes along at once.
            assert_eq!(report.steps, 1, "{place}");
        } else {
            assert_eq!(report.keys, ["node0-offsets"], "{place}");
            assert!(
                report.storage.requests + report.storage.cache_hits <= 1,
                "{place}"
            );
            assert_eq!(counting.requests_of("node1-data"), 0, "{place}");
        }

        let empty = ["node1-data", "nothing"].map(|key| Fetch::raw(key, Some(1 << 40..1 << 40)));
        let mut took = FetchReport::default();
        let answers = counting.fetch_versioned(&empty, &mut took).unwrap();
        assert!(
            answers
                .iter()
                .flatten()
                .all(|answer| answer.bytes.is_empty()),
            "{place}"
        );
        assert_eq!((answers.len(), took.requests), (2, 0), "{place}");
    });
}

#[test]
fn a_blob_without_bytes_is_read_by_rows_for_nothing() {
    let form = form(r#"{"class": "NumpyArray", "primitive": "int64", "inner_shape": [0]}"#);
    everywhere(
        &blobs([("node0-data", Buffer::empty())]),
        |place, container| {
            let read = FromBuffers::new(&form, 5).rows(1..4);
            let (array, report) = read.read_with_report(container).unwrap();
            assert_eq!(
                array.to_string(),
                "<Array [[], [], []] type='3 * 0 * int64'>",
                "{place}"
            );
            assert_eq!(report.storage.requests, 0, "{place}");
        },
    );
}

#[test]
fn past_the_end_is_an_error_and_not_short_data() {
    let form = form(LISTS);
    everywhere(&lists(), |place, container| {
        for (start, end) in [(0, 25), (23, 25), (24, 25), (0, u64::MAX)] {
            let fetch = |start, end| Fetch::raw("node1-data", Some(start..end));
            let direct = container.get_range("node1-data", start..end).map(drop);
            let alone = container.fetch(&[fetch(start, end)]).map(drop);
            let among = [
                fetch(0, 8),
                fetch(8, 16),
                fetch(start, end),
                Fetch::raw("node0-offsets", None),
            ];
            let among = container.fetch(&among).map(drop);
            for answer in [direct, alone, among] {
                match answer {
                    Err(StoreError::OutOfRange {
                        start: s,
                        end: e,
                        have: 24,
                        ..
                    }) => {
                        assert_eq!((s, e), (start, end), "{place}");
                    }
                    other => panic!("{place}: {start}..{end} gave {other:?}"),
                }
            }
        }
        let read = FromBuffers::new(&form, 4).rows(2..4);
        let error = read.read(container).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("\"node0-offsets\": needs 40 bytes, but has 32"),
            "{place}: {error}"
        );
    });
}

/// A container that asks another one, merging by limits of its own.
struct Merging<C>(C, Option<Coalescing>);

impl<C: Container> Container for Merging<C> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.0.get(key)
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let requests = Requests::plan(fetches, self.1)?;
        let mut fetched = Vec::new();
        for (at, request) in requests.as_slice().iter().enumerate() {
            let fetch = Fetch::raw(request.key.clone(), request.range.clone())
                .at_version(request.version.clone());
            let answer = self.0.fetch_versioned(&[fetch], report);
            fetched.extend(answer.map_err(|error| requests.blame(at, error))?);
        }
        requests.answers(fetched, report)
    }

    fn profile(&self) -> Profile {
        Profile::new(1, true, self.1)
    }

    fn id(&self) -> Option<ContainerId> {
        self.0.id()
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.0.version(key)
    }
}

/// Columns that lie next to each other in one file.
#[test]
fn neighbours_are_a_request_each_or_one() {
    let names: Vec<String> = (1..=20).map(|n| format!("node{n}-data")).collect();
    let column: Vec<u8> = [1_i64, 2, 3].iter().flat_map(|n| n.to_le_bytes()).collect();
    let columns: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), "I64", 3, &*column))
        .collect();
    let fields: Vec<String> = (1..=20).map(|n| format!("\"x{n}\"")).collect();
    let form = form(&format!(
        r#"{{"class": "RecordArray", "fields": [{}], "contents": [{}]}}"#,
        fields.join(","),
        ["\"int64\""; 20].join(",")
    ));
    everywhere(
        &blobs([("columns", tensors(&columns))]),
        |place, container| {
            let counting = CountingContainer::new(container);
            for (coalescing, expected) in [
                (None, 20),
                (Some(Coalescing::new(0, 1 << 20, 100)), 1),
                (Some(Coalescing::new(0, 1 << 20, 5)), 4),
                (Some(Coalescing::new(0, 48, 100)), 10),
            ] {
                let columns = SafeTensors::open(Merging(&counting, coalescing), "columns").unwrap();
                counting.reset();
                let (array, report) = FromBuffers::new(&form, 3)
                    .read_with_report(&columns)
                    .unwrap();
                assert_eq!(counting.counts().requests, expected, "{place}");
                // A small file was read when it was opened, and nothing of it is requested.
                let is_here = place.starts_with("a file of tensors");
                let for_nothing = if is_here { expected } else { 0 };
                assert_eq!(
                    report.storage.merged,
                    20 - expected + for_nothing,
                    "{place}"
                );
                for name in ["x1", "x7", "x20"] {
                    let column = array.field(name).unwrap();
                    assert_eq!(
                        column.to_string(),
                        "<Array [1, 2, 3] type='3 * int64'>",
                        "{place}"
                    );
                }
            }
        },
    );
}

#[test]
fn few_bytes_do_not_keep_many_alive() {
    const LARGE: usize = 16 << 20;
    let small: Vec<u8> = (0..512_i64).flat_map(i64::to_le_bytes).collect();
    let large = vec![7_u8; LARGE];
    let padding = vec![1_u8; 8 << 10];
    let file = tensors(&[
        ("padding", "U8", padding.len(), &padding),
        ("node1-data", "I64", 512, &small),
        ("node2-data", "U8", LARGE, &large),
    ]);
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("file"), file.bytes().unwrap()).unwrap();
    let columns = SafeTensors::open(Directory::open(home.path()).unwrap(), "file").unwrap();

    let form = form(
        r#"{"class": "RecordArray", "fields": ["small", "large"], "contents": ["int64", "uint8"]}"#,
    );
    let (array, report) = FromBuffers::new(&form, 512)
        .read_with_report(&columns)
        .unwrap();
    assert_eq!((report.storage.requests, report.storage.merged), (1, 1));
    let Array::Numpy(small) = array.field("small").unwrap() else {
        panic!("it is flat");
    };
    assert_eq!(small.data().len(), 4 << 10);
    assert!(
        small.data().retained() < 64 << 10,
        "{}",
        small.data().retained()
    );
    assert_eq!((report.copies, report.copied_bytes), (1, 4 << 10));
}
