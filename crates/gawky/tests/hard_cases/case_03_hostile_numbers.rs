//! Numbers that are meant to hurt: an error each, at once. (scikit-hep/awkward #3062, vortex-data/vortex #8814, #9155)
//!
//! That they cost no memory is tested in `hostile_memory`, a binary of its own with an allocator that counts.

use gawky::array::Problem;
use gawky::form::{FormError, MAX_DEPTH, Type};
use gawky::prelude::*;

use super::{Blobs, blobs, form, node_error};

const LISTS: &str = r#"{"class": "ListOffsetArray", "offsets": "i64", "content": "int64"}"#;

fn lists(offsets: Vec<i64>) -> Blobs {
    blobs([
        ("node0-offsets", offsets.into()),
        ("node1-data", vec![0_i64; 8].into()),
    ])
}

#[test]
fn offsets_that_decrease() {
    for (offsets, problem, message) in [
        (
            vec![0, 2, -1],
            Problem::OffsetsDecrease {
                at: 1,
                start: 2,
                stop: -1,
            },
            "(root), ListOffsetArray, offsets, key \"node0-offsets\": list 1 would begin at 2 and end at -1: \
             offsets must not decrease",
        ),
        (
            vec![0, 5, 2, 4],
            Problem::OffsetsDecrease {
                at: 1,
                start: 5,
                stop: 2,
            },
            "(root), ListOffsetArray, offsets, key \"node0-offsets\": list 1 would begin at 5 and end at 2: \
             offsets must not decrease",
        ),
        (
            vec![-3, 2],
            Problem::NegativeOffset { offset: -3 },
            "(root), ListOffsetArray, offsets, key \"node0-offsets\": offsets begin at -3: they must not be \
             negative",
        ),
    ] {
        let length = offsets.len() - 1;
        let blobs = lists(offsets);
        let form = form(LISTS);
        let read = FromBuffers::new(&form, length);
        for error in [
            read.read(&blobs),
            read.clone().rows(0..length as u64).read(&blobs),
        ] {
            assert_eq!(error.as_ref().unwrap_err().to_string(), message);
            let (location, found) = node_error(error);
            assert_eq!(found, problem);
            assert_eq!(location.key.as_deref(), Some("node0-offsets"));
        }
    }
}

#[test]
fn sizes_that_overflow() {
    let huge = r#"{"class": "RegularArray", "size": 4611686018427387904, "content": "int64"}"#;
    let (location, problem) = node_error(gawky::from_buffers(&form(huge), 8, &blobs([])));
    assert_eq!(location.class, "RegularArray");
    assert_eq!(
        problem,
        Problem::TooLarge {
            what: "list elements",
            length: 8
        }
    );

    // One such list has a length, but no bytes that memory could hold.
    let (location, problem) = node_error(gawky::from_buffers(&form(huge), 1, &blobs([])));
    assert_eq!(location.class, "NumpyArray");
    assert_eq!(
        problem,
        Problem::TooLarge {
            what: "bytes",
            length: 1 << 62
        }
    );
}

#[test]
fn lengths_that_no_array_has() {
    for json in [
        LISTS,
        r#"{"class": "NumpyArray", "primitive": "int8"}"#,
        r#"{"class": "RecordArray", "fields": [], "contents": []}"#,
        r#"{"class": "BitMaskedArray", "mask": "u8", "valid_when": true, "lsb_order": true, "content": "int8"}"#,
    ] {
        let form = form(json);
        let error = gawky::from_buffers(&form, u64::MAX, &lists(vec![0, 1]));
        assert_eq!(
            error.as_ref().unwrap_err().to_string(),
            format!(
                "(root), {}: elements of 18446744073709551615 rows are more than any array can have",
                form.class()
            )
        );
        let (_, problem) = node_error(error);
        assert_eq!(
            problem,
            Problem::TooLarge {
                what: "elements",
                length: u64::MAX
            }
        );
        // A length of -1 is no other.
        assert!(gawky::from_buffers(&form, -1, &lists(vec![0, 1])).is_err());
    }
    let rows = FromBuffers::new(&form(LISTS), 1)
        .rows(u64::MAX - 1..u64::MAX)
        .read(&lists(vec![0, 1]));
    assert_eq!(
        rows.unwrap_err().to_string(),
        "rows 18446744073709551614..18446744073709551615 are not within an array of 1 rows"
    );
}

#[test]
fn lengths_beyond_the_bytes() {
    for (json, key) in [
        (LISTS, "node0-offsets"),
        (
            r#"{"class": "ListArray", "starts": "i64", "stops": "i64", "content": "int64"}"#,
            "node0-starts",
        ),
        (
            r#"{"class": "NumpyArray", "primitive": "int64"}"#,
            "node0-data",
        ),
        (
            r#"{"class": "IndexedArray", "index": "i64", "content": "int64"}"#,
            "node0-index",
        ),
        (
            r#"{"class": "IndexedOptionArray", "index": "i64", "content": "int64"}"#,
            "node0-index",
        ),
        (
            r#"{"class": "ByteMaskedArray", "mask": "i8", "valid_when": true, "content": "int64"}"#,
            "node0-mask",
        ),
        (
            r#"{"class": "BitMaskedArray", "mask": "u8", "valid_when": true, "lsb_order": true, "content": "int64"}"#,
            "node0-mask",
        ),
        (
            r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": ["int64", "bool"]}"#,
            "node0-tags",
        ),
    ] {
        let form = form(json);
        let mut blobs = lists(vec![0, 1]);
        for attribute in [
            "offsets", "starts", "stops", "data", "index", "mask", "tags",
        ] {
            blobs.insert(format!("node0-{attribute}"), vec![0_i64; 2].into());
        }
        let (location, problem) = node_error(gawky::from_buffers(&form, 1_u64 << 56, &blobs));
        assert_eq!(location.key.as_deref(), Some(key), "{json}");
        assert!(
            matches!(problem, Problem::TooShort { have: 16, .. }),
            "{json}: {problem}"
        );
    }
}

#[test]
fn pointers_beyond_everything() {
    let far = i64::MAX;
    let blobs = |key: &str, far: i64| {
        let mut blobs = lists(vec![0, 1]);
        for (name, value) in [("starts", 0), ("stops", far), ("index", far), ("tags", 0)] {
            blobs.insert(format!("node0-{name}"), vec![value].into());
        }
        blobs.insert(key.to_owned(), vec![far].into());
        blobs
    };
    for json in [
        r#"{"class": "ListArray", "starts": "i64", "stops": "i64", "content": "int64"}"#,
        r#"{"class": "IndexedArray", "index": "i64", "content": "int64"}"#,
        r#"{"class": "IndexedOptionArray", "index": "i64", "content": "int64"}"#,
        r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": ["int64", "int64"]}"#,
    ] {
        for far in [far, far - 1, 1 << 60, 1 << 40] {
            let form = form(json);
            let read = FromBuffers::new(&form, 1_u64);
            for result in [
                read.read(&blobs("other", far)),
                read.clone().rows(0..1).read(&blobs("other", far)),
            ] {
                assert!(result.is_err(), "{json} {far}: {result:?}");
            }
        }
    }
    let tags = |tag: u8| {
        let mut blobs = blobs("other", 0);
        blobs.insert("node0-tags".to_owned(), vec![tag].into());
        let union = r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": ["int64", "int64"]}"#;
        node_error(gawky::from_buffers(&form(union), 1, &blobs))
    };
    for (tag, signed) in [(2, 2), (127, 127), (255, -1)] {
        let (location, problem) = tags(tag);
        assert_eq!(location.key.as_deref(), Some("node0-tags"));
        assert_eq!(
            problem,
            Problem::TagOutOfRange {
                at: 0,
                tag: signed,
                contents: 2
            }
        );
    }
}

fn nested(before: &str, inside: &str, after: &str, depth: usize) -> String {
    let mut text = before.repeat(depth);
    text.push_str(inside);
    text.push_str(&after.repeat(depth));
    text
}

#[test]
fn forms_nested_too_deep() {
    for (before, after) in [
        (r#"{"class": "UnmaskedArray", "content": "#, "}"),
        (r#"{"class": "RegularArray", "size": 1, "content": "#, "}"),
        (
            r#"{"class": "RecordArray", "fields": ["x"], "contents": ["#,
            "]}",
        ),
        (r#"{"class": "RecordArray", "contents": {"x": "#, "}}"),
        (
            r#"{"class": "VirtualArray", "form": "#,
            r#", "has_length": true}"#,
        ),
    ] {
        let error = Form::from_json(&nested(before, r#""int64""#, after, 100_000));
        assert!(
            matches!(error, Err(FormError::Json { .. })),
            "{before}: {error:?}"
        );
        // What is never closed is nested as deep.
        assert!(Form::from_json(&before.repeat(100_000)).is_err());
    }
    let parameters = nested("[", "", "]", 100_000);
    let json = format!(r#"{{"class": "EmptyArray", "parameters": {{"x": {parameters}}}}}"#);
    assert!(Form::from_json(&json).is_err());
    let unknown = format!(r#"{{"class": "EmptyArray", "unknown": {parameters}}}"#);
    // What nobody knows is skipped, however deep.
    assert!(Form::from_json(&unknown).is_ok());
    for (before, after) in [
        ("var * ", ""),
        ("?", ""),
        ("option[", "]"),
        ("{x: ", "}"),
        ("(", ")"),
        ("union[", "]"),
    ] {
        let datashape = nested(before, "int64", after, 100_000);
        assert!(datashape.parse::<Type>().is_err(), "{before}");
    }
}

/// As deep as can be read, everything works, on the stack of a thread as it comes.
#[test]
fn forms_nested_as_deep_as_can_be() {
    let depth = MAX_DEPTH - 1;
    for (before, after) in [
        (r#"{"class": "UnmaskedArray", "content": "#, "}"),
        (r#"{"class": "RegularArray", "size": 1, "content": "#, "}"),
        (
            r#"{"class": "RecordArray", "fields": ["x"], "contents": ["#,
            "]}",
        ),
        (
            r#"{"class": "ListOffsetArray", "offsets": "i64", "content": "#,
            "}",
        ),
        (
            r#"{"class": "IndexedArray", "index": "i64", "content": "#,
            "}",
        ),
        (
            r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": ["#,
            "]}",
        ),
        (
            r#"{"class": "BitMaskedArray", "mask": "u8", "valid_when": false, "lsb_order": false, "content": "#,
            "}",
        ),
    ] {
        let form = form(&nested(before, r#""int64""#, after, depth));
        let mut blobs = Blobs::new();
        for expected in form.expected_buffers(&KeyFormat::array(), None).unwrap() {
            let elements: Buffer = match expected.attribute.name() {
                "offsets" => vec![0_i64, 1].into(),
                "data" => vec![7_i64].into(),
                _ => vec![0_i64].into(),
            };
            blobs.insert(expected.key.to_string(), elements);
        }
        // What bytes from outside alone can bring about must do with the stack that a thread comes with.
        let read = {
            let (form, blobs) = (form.clone(), blobs.clone());
            move || {
                let array = gawky::from_buffers(&form, 1, &blobs).unwrap();
                let row = FromBuffers::new(&form, 1).rows(0..1).read(&blobs).unwrap();
                let shown = array.value().unwrap().to_string();
                assert!(shown.contains('7'), "{shown}");
                assert!(array.to_string().len() < 100, "{array}");
                assert!(array.equal_values(&row, false).unwrap());
                assert_eq!(array.form().type_(), form.type_());
                gawky::to_buffers(&array, &MemoryContainer::new()).unwrap();
            }
        };
        let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(read);
        thread.unwrap().join().unwrap();
        let work = move || {
            let array = gawky::from_buffers(&form, 1, &blobs).unwrap();
            gawky_testkit::arbitrary::exercise(&array);
        };
        let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work);
        thread.unwrap().join().unwrap();
    }
}
