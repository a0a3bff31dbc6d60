//! What the nodes of a form say of their rows, their buffers and their fields.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::sync::Arc;

use gawky_form::{
    Attribute, EmptyForm, Extent, Form, FormError, FormKeyFormat, IndexType, KeyFormat, NodeInfo,
    Parameters, RecordForm, RecordType, Type, UnionForm,
};

/// A form of each class, what it declares, and how many rows of its contents a row has.
const CLASSES: [(&str, &[Attribute], Option<u64>); 12] = [
    (r#"{"class": "EmptyArray"}"#, &[], None),
    (r#""int8""#, &[Attribute::Data], None),
    (
        r#"{"class": "RegularArray", "size": 3, "content": "int8"}"#,
        &[],
        Some(3),
    ),
    (
        r#"{"class": "ListArray", "starts": "i32", "stops": "i32", "content": "int8"}"#,
        &[Attribute::Starts, Attribute::Stops],
        None,
    ),
    (
        r#"{"class": "ListOffsetArray", "offsets": "i64", "content": "int8"}"#,
        &[Attribute::Offsets],
        None,
    ),
    (
        r#"{"class": "RecordArray", "fields": ["x"], "contents": ["int8"]}"#,
        &[],
        Some(1),
    ),
    (
        r#"{"class": "IndexedArray", "index": "i64", "content": "int8"}"#,
        &[Attribute::Index],
        None,
    ),
    (
        r#"{"class": "IndexedOptionArray", "index": "i64", "content": "int8"}"#,
        &[Attribute::Index],
        None,
    ),
    (
        r#"{"class": "ByteMaskedArray", "mask": "i8", "valid_when": true, "content": "int8"}"#,
        &[Attribute::Mask],
        Some(1),
    ),
    (
        r#"{"class": "BitMaskedArray", "mask": "u8", "valid_when": true, "lsb_order": true, "content": "int8"}"#,
        &[Attribute::Mask],
        Some(1),
    ),
    (
        r#"{"class": "UnmaskedArray", "content": "int8"}"#,
        &[],
        Some(1),
    ),
    (
        r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": ["int8"]}"#,
        &[Attribute::Tags, Attribute::Index],
        None,
    ),
];

#[test]
fn each_class_declares_its_buffers_and_its_rows() {
    for (json, attributes, rows) in CLASSES {
        let form = Form::from_json(json).unwrap();
        let declared: Vec<_> = form
            .buffers()
            .iter()
            .map(|buffer| buffer.attribute)
            .collect();
        assert_eq!(declared, attributes, "{json}");
        assert_eq!(form.buffer_count(), attributes.len(), "{json}");
        assert_eq!(form.rows_of_contents(), rows, "{json}");
    }
}

#[test]
fn an_extent_tells_which_elements_rows_need() {
    const END: u64 = u64::MAX;
    for (extent, rows, elements) in [
        (Extent::PerRow(1), 2..5, Some(2..5)),
        (Extent::PerRow(6), 2..5, Some(12..30)),
        (Extent::PerRow(0), 2..5, Some(0..0)),
        (Extent::PerRow(2), END / 2..END, None),
        (Extent::Fenceposts, 2..5, Some(2..6)),
        (Extent::Fenceposts, 4..4, Some(4..5)),
        (Extent::Fenceposts, 0..END, None),
        (Extent::Bits, 0..1, Some(0..1)),
        (Extent::Bits, 7..9, Some(0..2)),
        (Extent::Bits, 8..16, Some(1..2)),
        (Extent::Bits, 8..17, Some(1..3)),
        // Of no rows no byte is needed, wherever they are not.
        (Extent::Bits, 0..0, Some(0..0)),
        (Extent::Bits, 17..17, Some(2..2)),
        (Extent::Bits, 0..END, Some(0..1 << 61)),
    ] {
        assert_eq!(
            extent.elements(rows.clone()),
            elements,
            "{extent:?}, {rows:?}"
        );
    }
}

#[test]
fn blobs_have_so_many_bytes() {
    let form = r#"{"class": "RecordArray", "fields": ["a", "b", "c", "d"], "contents": [
        {"class": "RegularArray", "size": 3, "content": {"class": "NumpyArray", "primitive": "int16", "inner_shape": [5]}},
        {"class": "ListOffsetArray", "offsets": "u32", "content": "float64"},
        {"class": "BitMaskedArray", "mask": "u8", "valid_when": true, "lsb_order": true, "content": "complex128"},
        {"class": "IndexedArray", "index": "i32", "content": "int8"}]}"#;
    let form = Form::from_json(form)
        .unwrap()
        .with_form_keys(&FormKeyFormat::default(), 0)
        .unwrap();
    let expected = form.expected_buffers(&KeyFormat::array(), None).unwrap();
    let bytes = |length: u64| -> Vec<Option<u64>> {
        expected.iter().map(|blob| blob.bytes(length)).collect()
    };
    assert_eq!(
        bytes(9),
        [
            Some(270),
            Some(40),
            None,
            Some(2),
            Some(144),
            Some(36),
            None
        ]
    );
    assert_eq!(
        bytes(0),
        [Some(0), Some(4), None, Some(0), Some(0), Some(0), None]
    );
    assert_eq!(
        bytes(1 << 60),
        [
            None,
            Some((1 << 62) + 4),
            None,
            Some(1 << 57),
            None,
            Some(1 << 62),
            None
        ]
    );
}

#[test]
fn names_and_contents_are_as_many() {
    let names = |names: &[&str]| -> Option<Arc<[Arc<str>]>> {
        Some(names.iter().map(|name| Arc::from(*name)).collect())
    };
    let forms = |count: usize| -> Arc<[Arc<Form>]> {
        (0..count)
            .map(|_| Arc::new(EmptyForm::default().into()))
            .collect()
    };
    let types = |count: usize| -> Arc<[Type]> { vec!["int8".parse().unwrap(); count].into() };
    for (fields, contents) in [(1, 2), (2, 1), (0, 1)] {
        let given = names(&["x", "y"][..fields]);
        let form = RecordForm::try_new(given.clone(), forms(contents), NodeInfo::default());
        assert_eq!(form, Err(FormError::FieldCount { fields, contents }));
        let of = RecordType::try_new(given, types(contents), Parameters::none());
        assert_eq!(of, Err(FormError::FieldCount { fields, contents }));
    }
    assert!(RecordForm::try_new(None, forms(2), NodeInfo::default()).is_ok());
    assert!(RecordType::try_new(None, types(2), Parameters::none()).is_ok());
    let union = |count: usize| {
        UnionForm::try_new(IndexType::I64, forms(count), NodeInfo::default()).map(|_| ())
    };
    assert_eq!(union(128), Ok(()));
    assert_eq!(union(129), Err(FormError::UnionWidth { contents: 129 }));
}

#[test]
fn fields_are_found_by_name_and_slots_by_number() {
    let positions = |datashape: &str, names: [&str; 4]| {
        let form = Form::from_type(&datashape.parse().unwrap()).unwrap();
        let Form::Record(record) = form else {
            panic!("{datashape} is no record");
        };
        names.map(|name| record.position(name))
    };
    assert_eq!(
        positions("{x: int8, y: int8, \"1\": int8}", ["y", "1", "0", "z"]),
        [Some(1), Some(2), None, None]
    );
    assert_eq!(
        positions("(int8, int8)", ["0", "1", "2", "x"]),
        [Some(0), Some(1), None, None]
    );
}

#[test]
fn fields_have_places_among_others() {
    let places = |datashape: &str, names: Option<&[&str]>, contents: usize| {
        let Form::Record(record) = Form::from_type(&datashape.parse().unwrap()).unwrap() else {
            panic!("{datashape} is no record");
        };
        let names: Option<Vec<Arc<str>>> =
            names.map(|names| names.iter().map(|name| Arc::from(*name)).collect());
        record.places_among(names.as_deref(), contents)
    };
    let named = "{x: int8, y: int8, x: int8}";
    assert_eq!(
        places(named, Some(&["x", "z", "x", "x"]), 4),
        [Some(0), None, Some(2)]
    );
    assert_eq!(
        places(named, Some(&["x", "y", "x"]), 3),
        [Some(0), Some(1), Some(2)]
    );
    assert_eq!(places(named, None, 3), [None; 3]);
    assert_eq!(places("(int8, int8)", None, 1), [Some(0), None]);
    assert_eq!(places("(int8, int8)", None, 3), [Some(0), Some(1)]);
    assert_eq!(places("(int8)", Some(&["0"]), 1), [None]);
}

/// Classes and widths stay where the type lets them.
#[test]
fn a_form_of_another_type_stays_near() {
    fn layout(form: &Form) -> String {
        let below: Vec<_> = form.children().iter().map(|child| layout(child)).collect();
        match below.is_empty() {
            true => form.describe_node(),
            false => format!("{} of {}", form.describe_node(), below.join(" and ")),
        }
    }
    let masked =
        r#"{"class": "ByteMaskedArray", "mask": "i8", "valid_when": false, "content": "int8"}"#;
    let indexed = r#"{"class": "IndexedArray", "index": "i32", "content": "int8"}"#;
    let narrow = r#"{"class": "ListOffsetArray", "offsets": "i32", "content": "int8"}"#;
    let missing =
        &format!(r#"{{"class": "IndexedOptionArray", "index": "i32", "content": {narrow}}}"#);
    let union =
        r#"{"class": "UnionArray", "tags": "i8", "index": "i32", "contents": ["int8", "bool"]}"#;
    let starts = r#"{"class": "ListArray", "starts": "u32", "stops": "u32", "content": "int8"}"#;
    let shaped = r#"{"class": "NumpyArray", "primitive": "int8", "inner_shape": [2, 3]}"#;
    let categories = r#"{"class": "IndexedArray", "index": "i32", "content": "int8", "parameters": {"__array__": "categorical"}}"#;
    let record = &format!(
        r#"{{"class": "RecordArray", "fields": ["x", "y"], "contents": [{narrow}, {indexed}]}}"#
    );
    for (from, of, expected) in [
        (
            categories,
            "categorical[type=int16]",
            "IndexedArray (i32) of NumpyArray (int16)",
        ),
        (
            record,
            "{z: bool, y: int8, x: var * int16}",
            "RecordArray (3 fields) of NumpyArray (bool) and IndexedArray (i32) of NumpyArray (int8) \
             and ListOffsetArray (i32) of NumpyArray (int16)",
        ),
        (
            record,
            "(var * int8, int8)",
            "RecordArray (2 slots) of ListOffsetArray (i64) of NumpyArray (int8) and NumpyArray (int8)",
        ),
        (
            masked,
            "?int16",
            "ByteMaskedArray (valid_when false) of NumpyArray (int16)",
        ),
        (masked, "int16", "NumpyArray (int16)"),
        (r#""int8""#, "?int8", "UnmaskedArray of NumpyArray (int8)"),
        (indexed, "int16", "IndexedArray (i32) of NumpyArray (int16)"),
        // What is picked may be picked no more: an index says so.
        (
            indexed,
            "?int16",
            "IndexedOptionArray (i64) of NumpyArray (int16)",
        ),
        (
            union,
            "?int8",
            "IndexedOptionArray (i64) of NumpyArray (int8)",
        ),
        (union, "bool", "NumpyArray (bool)"),
        (
            narrow,
            "union[string, var * int8]",
            "UnionArray (i64, 2 contents) of ListOffsetArray (i64) of NumpyArray (uint8) and ListOffsetArray (i32) of NumpyArray (int8)",
        ),
        // Which alternative is missing what is missing cannot be told.
        (
            missing,
            "union[string, var * int8]",
            "UnionArray (i64, 2 contents) of ListOffsetArray (i64) of NumpyArray (uint8) and ListOffsetArray (i64) of NumpyArray (int8)",
        ),
        (
            starts,
            "var * int16",
            "ListArray (u32) of NumpyArray (int16)",
        ),
        (
            starts,
            "3 * int16",
            "RegularArray (size 3) of NumpyArray (int16)",
        ),
        (shaped, "2 * 3 * int16", "NumpyArray (int16, 2, 3)"),
        (
            shaped,
            "2 * var * int16",
            "RegularArray (size 2) of ListOffsetArray (i64) of NumpyArray (int16)",
        ),
    ] {
        let form = Form::from_json(from).unwrap();
        let near = form.with_type(&of.parse().unwrap()).unwrap();
        assert_eq!(layout(&near), expected, "{from} as {of}");
        assert!(near.type_().is_equal_to(&of.parse().unwrap(), true), "{of}");
    }
}
