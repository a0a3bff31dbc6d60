//! Headers that are wrong, by accident or not.

use gawky_store::safetensors::{SafeTensors, SafeTensorsFault};
use gawky_store::{
    Buffer, Container, ContainerList, DType, Fetch, MemoryContainer, Profile, StoreError,
};

use super::{KEY, assemble, bytes, fault, inside};

fn open(header: &str, data: &[u8]) -> Result<SafeTensors<MemoryContainer>, StoreError> {
    SafeTensors::from_buffer(assemble(header.as_bytes(), data))
}

#[track_caller]
fn header_message(header: &str) -> String {
    match fault(open(header, &[])) {
        SafeTensorsFault::Header { message } => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_in_it() {
    for header in [
        "{}",
        " {} \n",
        r#"{"__metadata__": null}"#,
        r#"{"__metadata__": {}}"#,
    ] {
        let tensors = open(header, &[]).unwrap();
        assert!(tensors.layer().is_empty() && tensors.layer().metadata().is_empty());
        assert!(tensors.list("").unwrap().is_empty());
        assert_eq!(tensors.get("x").unwrap(), None);
    }
}

#[test]
fn members_in_any_order_and_unknown_ones() {
    let header = r#"{
        "b": {"data_offsets": [3, 5], "unknown": {"dtype": [1e400, null, "\ud83d\ude00"]}, "shape": [1, 1], "dtype": "I16"},
        "__metadata__": {"a\nb": "\u00e4"},
        "\u0061": {"shape": [3], "dtype": "U8", "data_offsets": [0, 3]},
        "scalar": {"shape": [], "dtype": "F32", "data_offsets": [5, 9]},
        "none": {"shape": [7, 0, 9], "dtype": "F32", "data_offsets": [5, 5]}
    }"#;
    let header = header.replace("1e400", "1e4");
    let tensors = open(&header, b"123456789").unwrap();
    assert_eq!(tensors.layer().keys(), ["a", "b", "none", "scalar"]);
    assert_eq!(tensors.list("").unwrap(), ["a", "b", "none", "scalar"]);
    assert_eq!(tensors.layer().metadata()["a\nb"], "ä");
    assert_eq!(tensors.get("a").unwrap(), Some(bytes(b"123")));
    assert_eq!(tensors.get("b").unwrap(), Some(bytes(b"45")));
    assert_eq!(tensors.get("none").unwrap(), Some(Buffer::empty()));
    assert_eq!(tensors.size("none").unwrap(), Some(0));
    assert_eq!(tensors.layer().dtype("scalar"), Some(DType::Float32));
}

/// Names that cannot be keys hide nothing, and are not handed out.
#[test]
fn names_that_are_no_keys() {
    let header = r#"{"": {"shape": [1], "dtype": "U8", "data_offsets": [0, 1]},
        "../x": {"shape": [1], "dtype": "U8", "data_offsets": [1, 2]},
        "y": {"shape": [1], "dtype": "U8", "data_offsets": [2, 3]}}"#;
    let tensors = open(header, b"123").unwrap();
    assert_eq!(tensors.list("").unwrap(), ["y"]);
    assert_eq!(tensors.layer().keys(), ["y"]);
    assert_eq!(tensors.get("y").unwrap(), Some(bytes(b"3")));
    for key in ["", "../x"] {
        assert!(matches!(
            tensors.get(key),
            Err(StoreError::InvalidKey { .. })
        ));
    }
}

#[test]
fn what_is_no_such_json_says_where() {
    for (header, expected) in [
        ("", "EOF while parsing a value at line 1 column 0"),
        (
            "[]",
            "invalid type: sequence, expected an object of tensors at line 1 column 0",
        ),
        ("{", "EOF while parsing an object at line 1 column 1"),
        ("{} x", "trailing characters at line 1 column 4"),
        (
            r#"{"__metadata__": {"form": 1}}"#,
            "invalid type: integer `1`, expected a string at line 1 column 27",
        ),
        (
            r#"{"__metadata__": "x"}"#,
            "invalid type: string \"x\", expected an object of strings at line 1 column 20",
        ),
        (
            r#"{"a": {"dtype": "F32", "shape": [1]}}"#,
            "missing field `data_offsets` at line 1 column 36",
        ),
        (
            r#"{"a": {"dtype": "F3"}}"#,
            "there is no dtype \"F3\" at line 1 column 21",
        ),
        (
            r#"{"a": {"dtype": "F32", "dtype": "F32"}}"#,
            "duplicate field `dtype` at line 1 column 30",
        ),
        (
            r#"{"a": {"shape": [-1]}}"#,
            "invalid value: integer `-1`, expected u64 at line 1 column 19",
        ),
        (
            r#"{"a": {"data_offsets": [0]}}"#,
            "invalid length 1, expected a tuple of size 2 at line 1 column 26",
        ),
        (
            r#"{"a": {"data_offsets": [0, 1, 2]}}"#,
            "trailing characters at line 1 column 31",
        ),
    ] {
        assert_eq!(header_message(header), expected, "{header}");
    }
    let not_text = SafeTensors::from_buffer(assemble(b"{\"\xff\": 1}", &[]));
    let SafeTensorsFault::Header { message } = fault(not_text) else {
        panic!("it is no text");
    };
    assert_eq!(message, "invalid utf-8 sequence of 1 bytes from index 2");
    // What a message repeats is short.
    let long = format!(r#"{{"a": {{"dtype": "{}"}}}}"#, "ä".repeat(100_000));
    assert!(header_message(&long).len() < 1_000);
    let long = format!(r#"{{"a": "{}"}}"#, "ä".repeat(100_000));
    assert!(header_message(&long).len() < 1_000);
}

fn tensor(name: &str, dtype: &str, shape: &str, start: u64, end: u64) -> String {
    format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{start},{end}]}}"#)
}

#[test]
fn names_that_are_there_twice() {
    let twice = |name: &str| SafeTensorsFault::Duplicate { name: name.into() };
    let a = tensor("a", "U8", "[0]", 0, 0);
    // Of two empty tensors the crate keeps one and finds nothing amiss.
    assert_eq!(fault(open(&format!("{{{a},{a}}}"), &[])), twice("a"));
    let spelled = tensor("\\u0061", "U8", "[0]", 0, 0);
    assert_eq!(fault(open(&format!("{{{a},{spelled}}}"), &[])), twice("a"));
    let header = r#"{"__metadata__": {"form": "1", "length": "1", "form": "2"}}"#;
    assert_eq!(fault(open(header, &[])), twice("form"));
    let header = r#"{"__metadata__": {"a": "1"}, "__metadata__": null}"#;
    assert_eq!(fault(open(header, &[])), twice("__metadata__"));
}

#[test]
fn holes_overlaps_and_sizes() {
    let misplaced = |start, end, expected| SafeTensorsFault::Misplaced {
        tensor: "b".to_owned(),
        start,
        end,
        expected,
    };
    let a = tensor("a", "U8", "[4]", 0, 4);
    for (b, expected) in [
        (tensor("b", "U8", "[4]", 5, 9), misplaced(5, 9, 4)),
        (tensor("b", "U8", "[4]", 3, 7), misplaced(3, 7, 4)),
        (tensor("b", "U8", "[4]", 7, 3), misplaced(7, 3, 4)),
        (
            tensor("b", "F32", "[2]", 4, 8),
            SafeTensorsFault::Size {
                tensor: "b".to_owned(),
                dtype: "F32",
                needed: Some(8),
                have: 4,
            },
        ),
        (
            tensor("b", "F4", "[3]", 4, 5),
            SafeTensorsFault::Size {
                tensor: "b".to_owned(),
                dtype: "F4",
                needed: None,
                have: 1,
            },
        ),
        (
            tensor("b", "F64", "[4611686018427387904, 4]", 4, 4),
            SafeTensorsFault::Size {
                tensor: "b".to_owned(),
                dtype: "F64",
                needed: None,
                have: 0,
            },
        ),
    ] {
        for header in [format!("{{{a},{b}}}"), format!("{{{b},{a}}}")] {
            assert_eq!(fault(open(&header, &[0; 9])), expected, "{header}");
        }
    }
    // The same range twice overlaps itself.
    let same = tensor("b", "U8", "[4]", 0, 4);
    assert!(matches!(
        fault(open(&format!("{{{a},{same}}}"), &[0; 4])),
        SafeTensorsFault::Misplaced {
            start: 0,
            end: 4,
            expected: 4,
            ..
        }
    ));
    let length = SafeTensorsFault::FileLength { needed: 0, have: 0 };
    let message = length.to_string();
    assert!(message.contains("truncated"), "{message}");
}

/// HARD 3: sizes that no file has.
#[test]
fn claims() {
    let claimed = |len: u64| {
        let file = [&len.to_le_bytes()[..], b"{}"].concat();
        fault(SafeTensors::from_buffer(bytes(&file)))
    };
    for len in [100_000_001, 1 << 60, u64::MAX, u64::MAX - 7] {
        assert_eq!(claimed(len), SafeTensorsFault::HeaderTooLong { len });
    }
    for len in [3, 99_999_999, 100_000_000] {
        let needed = len + 8;
        assert_eq!(
            claimed(len),
            SafeTensorsFault::HeaderCut { needed, have: 10 }
        );
    }
    let at = |start: u64, end: u64| {
        format!(
            "{{{},{}}}",
            tensor("a", "U8", &format!("[{start}]"), 0, start),
            tensor("b", "U8", &format!("[{}]", end - start), start, end)
        )
    };
    assert!(matches!(
        fault(open(&at(4, 1 << 60), &[0; 8])),
        SafeTensorsFault::FileLength { .. }
    ));
    let step = 1 << 60;
    let many = (0..9).map(|n| {
        tensor(
            &format!("{n}"),
            "U8",
            &format!("[{step}]"),
            n * step,
            (n + 1) * step,
        )
    });
    let message = header_message(&format!("{{{}}}", many.collect::<Vec<_>>().join(",")));
    assert!(message.contains("more than any file has"), "{message}");
    assert!(matches!(
        fault(open(&at(4, u64::MAX), &[0; 8])),
        SafeTensorsFault::Size { needed: None, .. }
    ));
    // Where nobody has asked how long the file is, the container says so.
    let memory = MemoryContainer::new();
    let file = assemble(at(4, 1 << 60).as_bytes(), b"12345678");
    memory.insert(KEY, file.clone()).unwrap();
    assert_eq!(memory.profile(), Profile::MEMORY);
    let tensors = SafeTensors::open(memory, KEY).unwrap();
    assert_eq!(tensors.get("a").unwrap(), Some(bytes(b"1234")));
    for range in [None, Some(0..1 << 50), Some((1 << 50)..(1 << 50) + 1)] {
        let refused = inside(tensors.fetch(&[Fetch::raw("b", range)]), "b");
        assert!(
            matches!(&refused, StoreError::OutOfRange { have, .. } if *have == file.len() as u64),
            "{refused:?}"
        );
    }
}

/// HARD 7: what a typed container holds is not handed out as something else.
#[test]
fn dtypes_that_no_form_has() {
    let header = format!(
        "{{{},{}}}",
        tensor("brain", "BF16", "[2]", 0, 4),
        tensor("half", "F16", "[2]", 4, 8)
    );
    let tensors = open(&header, b"12345678").unwrap();
    assert_eq!(tensors.layer().dtype("brain"), None);
    assert_eq!(tensors.get("brain").unwrap(), Some(bytes(b"1234")));
    for asked in [DType::Float16, DType::UInt16, DType::UInt8, DType::Float32] {
        let refused = tensors.fetch(&[Fetch::whole("brain", asked)]);
        assert_eq!(
            fault(refused),
            SafeTensorsFault::ForeignDType {
                stored: "BF16",
                asked
            }
        );
    }
    let refused = tensors.fetch(&[Fetch::whole("half", DType::Int16)]);
    assert!(matches!(
        refused,
        Err(StoreError::DType {
            stored: DType::Float16,
            ..
        })
    ));
}

#[test]
fn deep_nesting_in_what_is_skipped() {
    let deep = format!(
        r#"{{"a": {{"unknown": {}1{}}}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert!(header_message(&deep).starts_with("missing field"));
    let deep = format!(r#"{{"a": {}"#, r#"{"unknown": "#.repeat(100_000));
    assert!(header_message(&deep).starts_with("EOF"));
}
