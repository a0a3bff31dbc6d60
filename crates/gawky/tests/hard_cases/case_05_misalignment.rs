//! Bytes at any address. (apache/arrow-rs #4431, huggingface/safetensors #695)

use gawky::prelude::*;
use gawky::store::safetensors::SafeTensors;

use super::everywhere::{everywhere, tensors};
use super::{blobs, form};

/// These bytes, and before them so many others in the same memory.
fn after(before: usize, bytes: &[u8]) -> Buffer {
    let mut all = vec![7_u8; before];
    all.extend_from_slice(bytes);
    let all = Buffer::copied_from(&all);
    all.slice(before..all.len()).unwrap()
}

fn three() -> Vec<u8> {
    [1_i64, -2, 3]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .collect()
}

#[test]
fn numbers_at_an_odd_address_are_copied_once() {
    let form = form(r#"{"class": "NumpyArray", "primitive": "int64"}"#);
    let odd = after(1, &three());
    assert_eq!(odd.address() % 8, 1);
    let read = FromBuffers::new(&form, 3);
    let (array, report) = read
        .read_with_report(&blobs([("node0-data", odd)]))
        .unwrap();
    assert_eq!(array.to_string(), "<Array [1, -2, 3] type='3 * int64'>");
    assert_eq!((report.copies, report.copied_bytes), (1, 24));
}

/// What a coalesced read makes of blobs that lie one after the other: slices of one buffer.
#[test]
fn the_second_blob_of_a_coalesced_read() {
    let form = form(
        r#"{"class": "RecordArray", "fields": ["flag", "x"], "contents": ["uint8", "int64"]}"#,
    );
    let mut all = vec![1_u8, 2, 3];
    all.extend_from_slice(&three());
    let all = Buffer::copied_from(&all);
    let blobs = blobs([
        ("node1-data", all.slice(0..3).unwrap()),
        ("node2-data", all.slice(3..27).unwrap()),
    ]);
    let (array, report) = FromBuffers::new(&form, 3).read_with_report(&blobs).unwrap();
    assert_eq!(
        array.value().unwrap().to_string(),
        "[{flag: 1, x: 1}, {flag: 2, x: -2}, {flag: 3, x: 3}]"
    );
    assert_eq!((report.copies, report.copied_bytes), (1, 24));
}

/// The same in one file of tensors, wherever it lies: read in one piece, the integers stay where they are in it.
#[test]
fn the_second_tensor_of_a_file() {
    let form = form(
        r#"{"class": "RecordArray", "fields": ["flag", "x"], "contents": ["uint8", "int64"]}"#,
    );
    // More than is read of a local file to find the header; from far away, all of it comes along.
    for (odd, copies) in [(9_001, 1), (9_000, 0)] {
        let flags = vec![5_u8; odd];
        let file = tensors(&[
            ("node1-data", "U8", odd, &flags),
            ("node2-data", "I64", 3, &three()),
        ]);
        everywhere(&blobs([("tensors", file)]), |place, container| {
            let tensors = SafeTensors::open(container, "tensors").unwrap();
            let read = FromBuffers::new(&form, 3);
            let (array, report) = read.read_with_report(&tensors).unwrap();
            let x = array.field("x").unwrap();
            assert_eq!(
                x.to_string(),
                "<Array [1, -2, 3] type='3 * int64'>",
                "{place}"
            );
            // A cache copies few bytes out of many before it keeps them.
            let on_disk = place.contains("kept on disk");
            let is_cached = on_disk || place.contains("cached");
            let is_here = place.starts_with("an object store");
            let copies = if is_cached && !is_here { 1 } else { copies };
            assert_eq!(
                (report.copies, report.copied_bytes),
                (copies, 24 * copies),
                "{place}"
            );
            let took = (report.storage.requests, report.storage.merged);
            if on_disk || is_here {
                assert_eq!(took.0, 0, "{place}");
            } else if container.profile().coalescing.is_some() && !place.contains("proved") {
                assert_eq!(took, (1, 1), "{place}");
            }

            // By rows, too, which end anywhere.
            let rows = read.clone().rows(1..3).read(&tensors).unwrap();
            let x = rows.field("x").unwrap();
            assert_eq!(x.to_string(), "<Array [-2, 3] type='2 * int64'>", "{place}");
        });
    }
}

#[test]
fn structure_at_an_odd_address_is_copied_once_each() {
    let form =
        form(r#"{"class": "ListArray", "starts": "i32", "stops": "i32", "content": "int64"}"#);
    let integers = |values: [i32; 2]| -> Vec<u8> {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    };
    let blobs = blobs([
        ("node0-starts", after(3, &integers([0, 1]))),
        ("node0-stops", after(5, &integers([1, 3]))),
        ("node1-data", three().into()),
    ]);
    let (array, report) = FromBuffers::new(&form, 2).read_with_report(&blobs).unwrap();
    assert_eq!(array.value().unwrap().to_string(), "[[1], [-2, 3]]");
    let aligned = blobs["node1-data"].address().is_multiple_of(8);
    assert_eq!(report.copies, if aligned { 2 } else { 3 });
}

#[test]
fn nothing_at_an_odd_address_is_nothing() {
    let form = form(r#"{"class": "NumpyArray", "primitive": "int64"}"#);
    let empty = after(1, &[]);
    assert_eq!(empty.address() % 8, 1);
    let read = FromBuffers::new(&form, 0);
    let (array, report) = read
        .read_with_report(&blobs([("node0-data", empty)]))
        .unwrap();
    assert_eq!(array.to_string(), "<Array [] type='0 * int64'>");
    assert_eq!((report.copies, report.copied_bytes), (0, 0));
}

#[test]
fn bytes_have_no_address_that_is_odd() {
    let form = form(r#"{"class": "NumpyArray", "primitive": "bool"}"#);
    let odd = after(1, &[1, 0, 255]);
    let (array, report) = FromBuffers::new(&form, 3)
        .read_with_report(&blobs([("node0-data", odd.clone())]))
        .unwrap();
    assert_eq!(
        array.to_string(),
        "<Array [True, False, True] type='3 * bool'>"
    );
    assert_eq!(report.copies, 0);
    let Array::Numpy(array) = array else {
        panic!("booleans are a NumpyArray");
    };
    assert_eq!(array.data().address(), odd.address());
}
