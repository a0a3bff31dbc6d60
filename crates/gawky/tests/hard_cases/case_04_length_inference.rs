//! How much of a content is needed follows from what points into it. (scikit-hep/awkward #1939, #3810, #671)

use gawky::array::Problem;
use gawky::prelude::*;
use gawky_testkit::containers::CountingContainer;

use super::{Blobs, blobs, form, node_error};

const UNION: &str = r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": [
    "int64", {"class": "RegularArray", "size": 3, "content": "int64"}]}"#;

fn numbers(length: i64) -> Buffer {
    (0..length).collect::<Vec<i64>>().into()
}

fn union(first: i64, second: i64) -> Blobs {
    blobs([
        ("node0-tags", vec![0_i8, 0, 1, 0].into()),
        ("node0-index", vec![5_i64, 0, 2, 1].into()),
        ("node1-data", numbers(first)),
        ("node3-data", numbers(second)),
    ])
}

#[test]
fn unions_need_what_their_index_reaches() {
    for (first, second) in [(9, 12), (6, 9)] {
        let array = gawky::from_buffers(&form(UNION), 4, &union(first, second)).unwrap();
        assert_eq!(array.value().unwrap().to_string(), "[5, 0, [6, 7, 8], 1]");
        assert_eq!(array.children()[0].len(), 6);
        assert_eq!(array.children()[1].len(), 3);
    }
    for (blobs, key, needed, have) in [
        (union(5, 9), "node1-data", 6 * 8, 5 * 8),
        (union(6, 8), "node3-data", 9 * 8, 8 * 8),
    ] {
        let (location, problem) = node_error(gawky::from_buffers(&form(UNION), 4, &blobs));
        assert_eq!(location.key.as_deref(), Some(key));
        assert_eq!(problem, Problem::TooShort { needed, have });
    }
}

#[test]
fn rows_of_unions_ask_for_what_they_pick() {
    let form = form(UNION);
    let container = CountingContainer::new(union(9, 12));
    let read = FromBuffers::new(&form, 4).rows(1..3);
    let (array, report) = read.read_with_report(&container).unwrap();
    assert_eq!(array.value().unwrap().to_string(), "[0, [6, 7, 8]]");
    // Two tags, two indexes, one number, one list of three.
    assert_eq!(report.bytes_asked, 2 + 2 * 8 + 8 + 3 * 8);
    assert_eq!((report.steps, report.fetches), (2, 4));
    assert_eq!(container.counts().bytes, report.bytes_asked);
}

#[test]
fn a_tag_that_is_never_used_needs_nothing() {
    let mut blobs = union(9, 12);
    blobs.remove("node3-data");
    blobs.insert("node0-tags".to_owned(), vec![0_i8; 4].into());
    let array = gawky::from_buffers(&form(UNION), 4, &blobs).unwrap();
    assert_eq!(array.value().unwrap().to_string(), "[5, 0, 2, 1]");
    assert_eq!(array.children()[1].len(), 0);
}

#[test]
fn empty_lists_may_lie_anywhere() {
    let form =
        form(r#"{"class": "ListArray", "starts": "i64", "stops": "i64", "content": "int64"}"#);
    let blobs = blobs([
        ("node0-starts", vec![0_i64, 999].into()),
        ("node0-stops", vec![2_i64, 999].into()),
        ("node1-data", numbers(2)),
    ]);
    let array = gawky::from_buffers(&form, 2, &blobs).unwrap();
    assert_eq!(
        array.to_string(),
        "<Array [[0, 1], []] type='2 * var * int64'>"
    );
    let last = FromBuffers::new(&form, 2).rows(1..2).read(&blobs).unwrap();
    assert_eq!(last.to_string(), "<Array [[]] type='1 * var * int64'>");
}

#[test]
fn nothing_but_missing_elements_need_no_content() {
    let form = form(r#"{"class": "IndexedOptionArray", "index": "i64", "content": "int64"}"#);
    let blobs = blobs([("node0-index", vec![-1_i64, -1].into())]);
    let array = gawky::from_buffers(&form, 2, &blobs).unwrap();
    assert_eq!(array.to_string(), "<Array [None, None] type='2 * ?int64'>");
}

#[test]
fn bits_are_needed_in_whole_bytes() {
    let form = form(
        r#"{"class": "BitMaskedArray", "mask": "u8", "valid_when": true, "lsb_order": true, "content": "int64"}"#,
    );
    let masked = |mask: Vec<u8>| blobs([("node0-mask", mask.into()), ("node1-data", numbers(13))]);
    let array = gawky::from_buffers(&form, 13, &masked(vec![0b1111_0101, 0b1_0011])).unwrap();
    assert_eq!(
        array.value().unwrap().to_string(),
        "[0, None, 2, None, 4, 5, 6, 7, 8, 9, None, None, 12]"
    );
    let (location, problem) = node_error(gawky::from_buffers(&form, 13, &masked(vec![255])));
    assert_eq!(location.key.as_deref(), Some("node0-mask"));
    assert_eq!(problem, Problem::TooShort { needed: 2, have: 1 });
}
