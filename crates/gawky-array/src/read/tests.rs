#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what is wrong by panicking"
)]

use std::sync::Arc;

use gawky_form::{FormError, FormKeyFormat, NodeInfo, UnmaskedForm};

use super::*;

fn form(json: &str) -> Form {
    Form::from_json(json)
        .unwrap()
        .with_form_keys(&FormKeyFormat::default(), 0)
        .unwrap()
}

/// `{x: var * int64, y: var * var * float32}`.
fn columns() -> Form {
    form(
        r#"{"class": "RecordArray", "fields": ["x", "y"], "contents": [
            {"class": "ListOffsetArray", "offsets": "i64", "content": "int64"},
            {"class": "ListOffsetArray", "offsets": "i32", "content":
                {"class": "ListOffsetArray", "offsets": "i32", "content": "float32"}}]}"#,
    )
}

/// What is asked for next: keys and ranges.
fn asked(reading: &mut Reading<'_>) -> Vec<(String, Option<Range<u64>>)> {
    match reading.step().unwrap() {
        Step::Need(fetches) => fetches
            .iter()
            .map(|fetch| (fetch.key.to_string(), fetch.range.clone()))
            .collect(),
        Step::Done(array) => panic!("{array} is done"),
    }
}

fn done(reading: &mut Reading<'_>) -> Array {
    match reading.step().unwrap() {
        Step::Done(array) => array,
        Step::Need(fetches) => panic!("{fetches:?}"),
    }
}

fn some<T: gawky_buffer::Native>(values: Vec<T>) -> Option<Buffer> {
    Some(values.into())
}

fn rows(form: &Form, rows: Range<u64>) -> Reading<'_> {
    Reading::rows(form, 10, rows, &KeyFormat::array(), ReadOptions::default()).unwrap()
}

#[test]
fn the_whole_is_asked_for_at_once_in_the_order_of_the_form() {
    let form = columns();
    let keys = KeyFormat::array();
    let mut reading = Reading::whole(&form, 1, &keys, ReadOptions::default()).unwrap();
    let all = [
        "node1-offsets",
        "node2-data",
        "node3-offsets",
        "node4-offsets",
        "node5-data",
    ];
    let asked = asked(&mut reading);
    assert_eq!(asked, all.map(|key| (key.to_owned(), None)));
    reading
        .supply(vec![
            some(vec![0_i64, 2]),
            some(vec![1_i64, 2]),
            some(vec![0_i32, 1]),
            some(vec![0_i32, 0]),
            None,
        ])
        .unwrap();
    assert_eq!(
        done(&mut reading).value().unwrap().to_string(),
        "[{x: [1, 2], y: [[]]}]"
    );
    assert_eq!(
        reading.report(),
        ReadingReport {
            steps: 1,
            fetches: 5,
            bytes: 16 + 16 + 8 + 8,
            copies: 0,
            copied_bytes: 0
        }
    );
}

#[test]
fn rows_take_one_step_for_each_level_and_siblings_share_it() {
    let form = columns();
    let mut reading = rows(&form, 3..5);
    let range = |key: &str, range| (key.to_owned(), Some(range));
    let first = [
        range("node1-offsets", 24..48),
        range("node3-offsets", 12..24),
    ];
    assert_eq!(asked(&mut reading), first);
    // Asking again changes nothing.
    assert_eq!(asked(&mut reading), first);
    reading
        .supply(vec![some(vec![6_i64, 6, 8]), some(vec![2_i32, 3, 5])])
        .unwrap();
    assert_eq!(
        asked(&mut reading),
        [range("node2-data", 48..64), range("node4-offsets", 8..24)]
    );
    reading
        .supply(vec![some(vec![1_i64, 2]), some(vec![7_i32, 7, 8, 9])])
        .unwrap();
    assert_eq!(asked(&mut reading), [range("node5-data", 28..36)]);
    reading.supply(vec![some(vec![0.5_f32, 1.5])]).unwrap();
    let array = done(&mut reading);
    assert_eq!(
        array.value().unwrap().to_string(),
        "[{x: [], y: [[]]}, {x: [1, 2], y: [[0.5], [1.5]]}]"
    );
    assert_eq!(reading.report().steps, 3);
    assert_eq!(reading.report().bytes, 24 + 12 + 16 + 16 + 8);
}

#[test]
fn masks_records_and_regular_lists_share_the_step_of_what_is_in_them() {
    let form = form(
        r#"{"class": "RecordArray", "fields": ["x"], "contents": [
            {"class": "BitMaskedArray", "mask": "u8", "valid_when": true, "lsb_order": true, "content":
                {"class": "RegularArray", "size": 2, "content":
                    {"class": "ByteMaskedArray", "mask": "i8", "valid_when": true, "content": "int16"}}}]}"#,
    );
    let mut reading = rows(&form, 9..10);
    let range = |key: &str, range| (key.to_owned(), Some(range));
    assert_eq!(
        asked(&mut reading),
        [
            range("node1-mask", 1..2),
            range("node3-mask", 18..20),
            range("node4-data", 36..40)
        ]
    );
    reading
        .supply(vec![
            some(vec![0b10_u8]),
            some(vec![0_u8, 1]),
            some(vec![5_i16, 6]),
        ])
        .unwrap();
    assert_eq!(
        done(&mut reading).to_string(),
        "<Array [{x: [None, 6]}] type='1 * {x: option[2 * ?int16]}'>"
    );
}

#[test]
fn rows_of_a_union_point_into_the_contents_that_were_read() {
    let form = form(
        r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": ["int64", "bool"]}"#,
    );
    let mut reading = rows(&form, 4..7);
    assert_eq!(asked(&mut reading).len(), 2);
    reading
        .supply(vec![some(vec![1_u8, 0, 0]), some(vec![5_i64, 3, 2])])
        .unwrap();
    let range = |key: &str, range| (key.to_owned(), Some(range));
    let contents = [range("node1-data", 16..32), range("node2-data", 5..6)];
    assert_eq!(asked(&mut reading), contents);
    reading
        .supply(vec![some(vec![70_i64, 80]), some(vec![1_u8])])
        .unwrap();
    assert_eq!(
        done(&mut reading).value().unwrap().to_string(),
        "[True, 80, 70]"
    );
}

#[test]
fn no_rows_need_nothing() {
    let form = columns();
    for empty in [0..0, 4..4, 10..10] {
        let mut reading = rows(&form, empty);
        assert!(reading.fetches().is_empty());
        assert_eq!(done(&mut reading).len(), 0);
        assert_eq!(reading.report(), ReadingReport::default());
    }
    let none = Array::empty(&form).unwrap();
    assert_eq!(none.form().type_(), form.type_());
    assert_eq!(none.len(), 0);
}

#[test]
fn as_many_blobs_as_were_asked_for() {
    let form = columns();
    let mut reading = rows(&form, 0..1);
    assert_eq!(asked(&mut reading).len(), 2);
    let error = reading.supply(vec![None]).unwrap_err();
    assert_eq!(
        error,
        ArrayError::SuppliedCount {
            asked: 2,
            supplied: 1
        }
    );
    assert_eq!(error.to_string(), "2 blobs were asked for, 1 were supplied");
    // Nothing has been taken: the right ones may still come.
    reading
        .supply(vec![some(vec![0_i64, 0]), some(vec![0_i32, 0])])
        .unwrap();
    assert_eq!(
        done(&mut reading).value().unwrap().to_string(),
        "[{x: [], y: []}]"
    );
}

#[test]
fn what_is_missing_or_short_is_named() {
    let form = columns();
    let options = ReadOptions {
        partition: Some(3),
        ..ReadOptions::default()
    };
    let keys = KeyFormat::partitioned();
    let failing = |offsets: Option<Buffer>| {
        let mut reading = Reading::whole(&form, 2, &keys, options.clone()).unwrap();
        let lists = some(vec![0_i64, 0, 0]);
        reading
            .supply(vec![lists, None, offsets, None, None])
            .unwrap();
        reading.step().unwrap_err().to_string()
    };
    assert_eq!(
        failing(None),
        "y, ListOffsetArray, offsets, partition 3, key \"part3-node3-offsets\": needs 12 bytes, but there is no \
         such blob: check the key format and the partition"
    );
    assert_eq!(
        failing(some(vec![0_i32, 1])),
        "y, ListOffsetArray, offsets, partition 3, key \"part3-node3-offsets\": needs 12 bytes, but has 8: the blob \
         was cut short or belongs to another form or length"
    );
}

#[test]
fn what_is_longer_than_needed_is_cut() {
    let form = columns();
    let keys = KeyFormat::array();
    let mut reading = Reading::whole(&form, 1, &keys, ReadOptions::default()).unwrap();
    asked(&mut reading);
    let blobs = vec![
        some(vec![0_i64, 2, 9]),
        some(vec![1_i64, 2, 3]),
        some(vec![0_i32, 1, 9]),
        some(vec![0_i32, 1, 9]),
        some(vec![0.5_f32, 1.5]),
    ];
    reading.supply(blobs).unwrap();
    let array = done(&mut reading);
    assert_eq!(array.nbytes(), 16 + 16 + 8 + 8 + 4);
    assert_eq!(
        array.value().unwrap().to_string(),
        "[{x: [1, 2], y: [[0.5]]}]"
    );
}

#[test]
fn lists_that_begin_with_the_content_are_as_they_were_read() {
    let form =
        form(r#"{"class": "ListArray", "starts": "i64", "stops": "i64", "content": "int64"}"#);
    let keys = KeyFormat::array();
    let mut reading = Reading::whole(&form, 2, &keys, ReadOptions::default()).unwrap();
    asked(&mut reading);
    let starts = Buffer::from_vec(vec![0_i64, 9]);
    let address = starts.address();
    let blobs = vec![Some(starts), some(vec![2_i64, 9]), some(vec![1_i64, 2])];
    reading.supply(blobs).unwrap();
    let Array::List(lists) = done(&mut reading) else {
        panic!("a list was written");
    };
    assert_eq!(lists.starts().buffer().address(), address);
}

#[test]
fn forms_that_cannot_be_read() {
    let keys = KeyFormat::array();
    let begin = |form: &Form, keys: &KeyFormat| {
        Reading::whole(form, 1, keys, ReadOptions::default()).map(|reading| reading.report())
    };
    let unnamed = Form::from_json(r#""int64""#).unwrap();
    let error = begin(&unnamed, &keys).unwrap_err();
    assert!(matches!(
        error,
        ArrayError::Form(FormError::NoFormKey { .. })
    ));
    let error = begin(&columns(), &KeyFormat::partitioned()).unwrap_err();
    assert!(matches!(
        error,
        ArrayError::Form(FormError::NoPartition { .. })
    ));

    // Nested by hand, deeper than any form that was read.
    let mut deep = form(r#""int64""#);
    for _ in 0..gawky_form::MAX_DEPTH {
        deep = UnmaskedForm {
            content: Arc::new(deep),
            info: NodeInfo::default(),
        }
        .into();
    }
    let error = begin(&deep, &keys).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the form nests 129 nodes deep; 128 is the most"
    );
    assert!(Array::empty(&deep).is_err());
    assert!(begin(deep.children().first().unwrap(), &keys).is_ok());
}

#[test]
fn what_is_trusted_still_has_its_size() {
    let form = form(r#"{"class": "ListOffsetArray", "offsets": "i64", "content": "int64"}"#);
    let read = |offsets: Vec<i64>, data: Vec<i64>| {
        // SAFETY: nothing keeps this promise here; values may be wrong, but nothing worse may happen.
        let options = unsafe { ReadOptions::default().trusting() };
        let length = as_rows(offsets.len() - 1);
        let mut reading = Reading::whole(&form, length, &KeyFormat::array(), options).unwrap();
        reading.supply(vec![some(offsets), some(data)]).unwrap();
        match reading.step() {
            Ok(Step::Done(array)) => Ok(array),
            Ok(Step::Need(fetches)) => panic!("{fetches:?}"),
            Err(error) => Err(error),
        }
    };
    let array = read(vec![0, 5, 2, 4], vec![1; 4]);
    // With the feature, promises are proved, and this one is broken.
    assert_eq!(array.is_err(), cfg!(feature = "recheck"));
    if let Ok(array) = array {
        assert_eq!(array.len(), 3);
        let _ = array.to_string();
    }
    for (offsets, data) in [(vec![0, 5], 4), (vec![-1, 2], 4), (vec![3, 2], 4)] {
        assert!(read(offsets, vec![1; data]).is_err());
    }
}

/// What came at an odd address, or in the other byte order, is copied once, and counted.
#[test]
fn copies_are_counted() {
    let form = form(r#"{"class": "ListOffsetArray", "offsets": "i64", "content": "uint8"}"#);
    let options = ReadOptions {
        byteorder: ByteOrder::Big,
        ..ReadOptions::default()
    };
    let mut reading = Reading::whole(&form, 1, &KeyFormat::array(), options).unwrap();
    let offsets: Vec<i64> = [0_i64, 3].map(i64::to_be).to_vec();
    let data = Buffer::from(vec![0_u8, 1, 2, 3]);
    let odd = data.slice(1..4).unwrap();
    reading.supply(vec![some(offsets), Some(odd)]).unwrap();
    let array = done(&mut reading);
    assert_eq!(
        array.to_string(),
        "<Array [[1, 2, 3]] type='1 * var * uint8'>"
    );
    let report = reading.report();
    let swapped = if cfg!(target_endian = "little") { 1 } else { 0 };
    assert_eq!(report.copies, swapped);
    assert_eq!(report.copied_bytes, as_rows(16 * swapped));
}

/// What would be asked for: keys, ranges, steps and bytes.
fn outlined(outlining: &mut Outlining<'_>, blobs: &[(&str, Buffer)]) -> Vec<Planned> {
    loop {
        let answers: Vec<_> = match outlining.step().unwrap() {
            OutlineStep::Done(planned) => return planned,
            OutlineStep::Need(fetches) => fetches
                .iter()
                .map(|fetch| {
                    let range = fetch.range.clone().unwrap();
                    let range =
                        usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
                    let blob = blobs.iter().find(|(key, _)| fetch.key == **key);
                    Some(blob.unwrap().1.slice(range).unwrap())
                })
                .collect(),
        };
        outlining.supply(answers).unwrap();
    }
}

#[test]
fn an_outline_reads_what_the_rest_depends_on_and_nothing_else() {
    let form = columns();
    let keys = KeyFormat::array();
    let blobs = [
        ("node1-offsets", Buffer::from_vec(vec![0_i64, 2, 3])),
        ("node3-offsets", Buffer::from_vec(vec![0_i32, 1, 1])),
        ("node4-offsets", Buffer::from_vec(vec![0_i32, 5])),
    ];
    let mut outlining = Outlining::rows(&form, 2, 0..2, &keys, ReadOptions::default()).unwrap();
    let planned = outlined(&mut outlining, &blobs);
    let told: Vec<_> = planned
        .iter()
        .map(|planned| {
            (
                &*planned.fetch.key,
                planned.bytes,
                planned.step,
                &*planned.path,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("node1-offsets", 24, 0, "x"),
            ("node3-offsets", 12, 0, "y"),
            ("node2-data", 24, 1, "x"),
            ("node4-offsets", 8, 1, "y"),
            ("node5-data", 20, 2, "y"),
        ]
    );
    assert_eq!(outlining.report().fetches, 3);
}

#[test]
fn small_blobs_come_whole_with_the_first_step() {
    let form = columns();
    let mut reading = rows(&form, 1..2);
    let sizes = |key: &str| match key {
        "node1-offsets" => Some(24),
        "node4-offsets" | "node3-offsets" => Some(12),
        "node5-data" => Some(25),
        _ => None,
    };
    reading.fetch_small(24, sizes).unwrap();
    let whole = |key: &str| (key.to_owned(), None);
    assert_eq!(
        asked(&mut reading),
        [
            whole("node1-offsets"),
            whole("node3-offsets"),
            whole("node4-offsets")
        ]
    );
    reading
        .supply(vec![
            some(vec![0_i64, 2, 3]),
            some(vec![0_i32, 1, 2]),
            some(vec![0_i32, 1, 3]),
        ])
        .unwrap();
    // The levels below share a step now.
    assert_eq!(
        asked(&mut reading),
        [
            ("node2-data".to_owned(), Some(16..24)),
            ("node5-data".to_owned(), Some(4..12)),
        ]
    );
    reading
        .supply(vec![some(vec![7_i64]), some(vec![1.5_f32, 2.5])])
        .unwrap();
    assert_eq!(
        done(&mut reading).value().unwrap().to_string(),
        "[{x: [7], y: [[1.5, 2.5]]}]"
    );
}

#[test]
fn sizes_are_not_asked_for_one_by_one_where_none_are_known() {
    let form = columns();
    let asked = std::cell::Cell::new(0);
    let mut reading = rows(&form, 1..2);
    let unknown = |_: &str| {
        asked.set(asked.get() + 1);
        None
    };
    reading.fetch_small(100, unknown).unwrap();
    assert_eq!(asked.get(), 1);
}

#[test]
fn a_small_blob_that_is_missing_or_short_is_an_error_of_its_node() {
    let form = columns();
    for (blob, said) in [
        (None, "needs 16 bytes, but there is no such blob"),
        (some(vec![0_i64]), "needs 24 bytes, but has 8"),
    ] {
        let mut reading = rows(&form, 1..2);
        let size = |key: &str| (key == "node1-offsets").then_some(24);
        reading.fetch_small(100, size).unwrap();
        assert_eq!(asked(&mut reading).len(), 2);
        reading.supply(vec![blob, some(vec![0_i32, 0])]).unwrap();
        let error = reading.step().unwrap_err().to_string();
        assert!(
            error.contains(said) && error.contains("node1-offsets"),
            "{error}"
        );
    }
}
