//! What Awkward 1 wrote. (scikit-hep/awkward #1773, #1928)

use gawky::array::Problem;
use gawky::form::{Dialect, FormError};
use gawky::prelude::*;

use super::{blobs, form, node_error};

#[test]
fn forms_and_keys_of_awkward_1() {
    let form = Form::from_json(
        r#"{
            "class": "ListOffsetArray64", "offsets": "i64", "has_identities": false, "parameters": {},
            "form_key": "node0",
            "content": {
                "class": "RecordArray", "has_identities": false, "parameters": {}, "form_key": "node1",
                "contents": {
                    "x": {"class": "NumpyArray", "inner_shape": [], "itemsize": 8, "format": "l",
                          "has_identities": false, "parameters": {}, "form_key": "node2"},
                    "y": {"class": "NumpyArray", "inner_shape": [], "itemsize": 4, "format": "f",
                          "has_identities": false, "parameters": {}, "form_key": "node3"}
                }
            }
        }"#,
    )
    .unwrap();
    assert_eq!(form.type_().to_string(), "var * {x: int64, y: float32}");
    let blobs = blobs([
        ("part0-node0-offsets", vec![0_i64, 2, 2].into()),
        ("part0-node2-data", vec![1_i64, 2].into()),
        ("part0-node3-data", vec![0.5_f32, 1.5].into()),
        ("part1-node0-offsets", vec![0_i64, 1].into()),
        ("part1-node2-data", vec![3_i64].into()),
        ("part1-node3-data", vec![2.5_f32].into()),
    ]);
    let read = gawky::from_buffers(&form, [2, 1], &blobs).unwrap();
    assert_eq!(read.lengths(), [2, 1]);
    let whole = read.concatenate().unwrap();
    assert_eq!(
        whole.value().unwrap().to_string(),
        "[[{x: 1, y: 0.5}, {x: 2, y: 1.5}], [], [{x: 3, y: 2.5}]]"
    );

    // And written again, in words of its own.
    let memory = MemoryContainer::new();
    let (again, lengths) = gawky::to_buffers(&read, &memory).unwrap();
    assert_eq!((again.clone(), lengths), (form.clone(), vec![2, 1]));
    for (key, blob) in &blobs {
        assert_eq!(memory.get(key).unwrap().as_ref(), Some(blob), "{key}");
    }
    let json = again.to_json(Dialect::V1, true).unwrap();
    assert!(
        json.contains("\"ListOffsetArray64\"") && json.contains("\"itemsize\""),
        "{json}"
    );
    assert_eq!(Form::from_json(&json).unwrap(), form);
}

/// An option of a union, which Awkward 2 does not allow.
fn option_of_union() -> (Form, super::Blobs) {
    let form = form(
        r#"{"class": "IndexedOptionArray64", "index": "i64", "content": {
            "class": "UnionArray8_64", "tags": "i8", "index": "i64", "contents": ["int64", "bool"]}}"#,
    );
    let blobs = blobs([
        ("node0-index", vec![1_i64, -1, 0].into()),
        ("node1-tags", vec![0_i8, 1].into()),
        ("node1-index", vec![0_i64, 0].into()),
        ("node2-data", vec![7_i64].into()),
        ("node3-data", vec![1_u8].into()),
    ]);
    (form, blobs)
}

#[test]
fn options_of_unions_by_each_rule() {
    let (form, blobs) = option_of_union();
    let read = |rules| FromBuffers::new(&form, 3).rules(rules).read(&blobs);

    let kept = read(CanonicalRules::AsIs).unwrap();
    assert_eq!(kept.class(), "IndexedOptionArray");
    assert_eq!(kept.value().unwrap().to_string(), "[True, None, 7]");
    let memory = MemoryContainer::new();
    let (again, _) = gawky::to_buffers(&kept, &memory).unwrap();
    assert_eq!(again, form);

    let simple = read(CanonicalRules::Simplify).unwrap();
    assert_eq!(simple.class(), "UnionArray");
    assert_eq!(simple.type_().to_string(), "union[?int64, ?bool]");
    assert_eq!(simple.value().unwrap().to_string(), "[True, None, 7]");

    let refused = read(CanonicalRules::Strict);
    assert_eq!(
        refused.as_ref().unwrap_err().to_string(),
        "(root), IndexedOptionArray: a IndexedOptionArray must not contain a UnionArray; read it with \
         CanonicalRules::Simplify, or AsIs"
    );
    let (location, problem) = node_error(refused);
    assert_eq!(location.class, "IndexedOptionArray");
    assert!(matches!(problem, Problem::NotCanonical(_)));
}

/// Refused where it is, before a byte is read.
#[test]
fn strict_says_where() {
    let form = form(
        r#"{"class": "RecordArray", "fields": ["muon"], "contents": [
            {"class": "ByteMaskedArray", "mask": "i8", "valid_when": true, "content":
                {"class": "UnmaskedArray", "content": "int64"}}]}"#,
    );
    let container = gawky_testkit::containers::CountingContainer::new(blobs([]));
    let refused = FromBuffers::new(&form, [3])
        .rules(CanonicalRules::Strict)
        .read(&container);
    let (location, _) = node_error(refused);
    assert_eq!(
        (location.path.as_str(), location.partition),
        ("muon", Some(0))
    );
    assert_eq!(container.counts().calls, 0);
}

#[test]
fn virtual_arrays_read_as_what_they_wrap() {
    let form = Form::from_json(
        r#"{"class": "RecordArray", "contents": {"x": {
            "class": "VirtualArray", "has_length": true, "form_key": "outer",
            "form": {"class": "NumpyArray", "itemsize": 8, "format": "d", "form_key": "node1"}}}}"#,
    )
    .unwrap();
    assert_eq!(form.type_().to_string(), "{x: float64}");
    let blobs = blobs([("node1-data", vec![0.5_f64].into())]);
    let array = gawky::from_buffers(&form, 1, &blobs).unwrap();
    assert_eq!(
        array.to_string(),
        "<Array [{x: 0.5}] type='1 * {x: float64}'>"
    );
}

#[test]
fn a_member_that_is_there_twice() {
    for json in [
        r#"{"class": "RecordArray", "contents": {"x": "int64", "x": "float64"}}"#,
        r#"{"class": "NumpyArray", "primitive": "int64", "primitive": "float64"}"#,
        r#"{"class": "EmptyArray", "class": "EmptyArray"}"#,
        r#"{"class": "EmptyArray", "parameters": {"a": 1, "a": 2}}"#,
    ] {
        let error = Form::from_json(json).unwrap_err();
        assert!(matches!(error, FormError::Json { .. }), "{json}: {error}");
        assert!(error.to_string().contains("twice"), "{error}");
    }
}
