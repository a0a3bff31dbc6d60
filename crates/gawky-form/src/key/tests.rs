#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::sync::Arc;

use gawky_buffer::DType;

use super::*;
use crate::{
    EmptyForm, IndexType, ListForm, ListOffsetForm, NodeInfo, NumpyForm, RecordForm, UnionForm,
};

fn parts(partition: Option<u64>) -> KeyParts<'static> {
    KeyParts {
        partition,
        form_key: "node3",
        attribute: Attribute::Offsets,
    }
}

fn nested() -> Form {
    let list: Form = ListOffsetForm {
        offsets: IndexType::I64,
        content: Arc::new(NumpyForm::new(DType::Float32).into()),
        info: NodeInfo::default(),
    }
    .into();
    let union: Form = UnionForm::try_new(
        IndexType::I64,
        Arc::new([
            Arc::new(EmptyForm::default().into()),
            Arc::new(
                ListForm {
                    starts: IndexType::U32,
                    content: Arc::new(list.clone()),
                    info: NodeInfo::default(),
                }
                .into(),
            ),
        ]),
        NodeInfo::default(),
    )
    .unwrap()
    .into();
    let tuple: Form = RecordForm::try_new(None, Arc::new([Arc::new(union)]), NodeInfo::default())
        .unwrap()
        .into();
    RecordForm::try_new(
        Some(Arc::new(["x".into(), "y".into()])),
        Arc::new([Arc::new(list), Arc::new(tuple)]),
        NodeInfo::default(),
    )
    .unwrap()
    .into()
}

#[test]
fn templates_write_what_python_formats() {
    for (template, expected) in [
        ("{form_key}-{attribute}", "node3-offsets"),
        (
            "part{partition}-{form_key}-{attribute}",
            "part12-node3-offsets",
        ),
        ("{partition:04d}", "0012"),
        ("{partition:04}", "0012"),
        ("{partition:0}", "12"),
        ("{partition:01d}", "12"),
        ("{partition:d}", "12"),
        ("{{{form_key}}}", "{node3}"),
        ("}}{{", "}{"),
        ("mäggi/{attribute}/{attribute}", "mäggi/offsets/offsets"),
        ("", ""),
    ] {
        let format = KeyFormat::template(template).unwrap();
        assert_eq!(
            format.key(&parts(Some(12))).unwrap(),
            expected,
            "{template}"
        );
        assert_eq!(format.as_template(), Some(template));
        let mut out = String::from(">");
        format.write(&parts(Some(12)), &mut out).unwrap();
        assert_eq!(out, format!(">{expected}"));
    }
    assert_eq!(
        KeyFormat::partitioned()
            .key(&parts(Some(u64::MAX)))
            .unwrap(),
        "part18446744073709551615-node3-offsets"
    );
    assert_eq!(
        KeyFormat::array().key(&parts(None)).unwrap(),
        "node3-offsets"
    );
    assert_eq!(
        KeyFormat::array().as_template(),
        Some("{form_key}-{attribute}")
    );
}

#[test]
fn ready_made_formats_are_what_their_templates_say() {
    for ready in [KeyFormat::array(), KeyFormat::partitioned()] {
        let parsed = KeyFormat::template(ready.as_template().unwrap()).unwrap();
        assert_eq!(parsed.has_partition(), ready.has_partition());
        let parts = parts(Some(3));
        assert_eq!(parsed.key(&parts).unwrap(), ready.key(&parts).unwrap());
    }
    let form = nested();
    let parsed = FormKeyFormat::template("node{id}").unwrap();
    assert_eq!(
        parsed.form_key(10, &form),
        FormKeyFormat::default().form_key(10, &form)
    );
    assert_eq!(
        FormKeyFormat::template("{id:03}")
            .unwrap()
            .form_key(7, &form),
        "007"
    );
}

#[test]
fn bad_templates_are_refused() {
    for (template, message) in [
        (
            "{form_key",
            "the key template \"{form_key\" is wrong at byte 0: this \"{\" has no \"}\"; a literal brace is \"{{\"",
        ),
        (
            "a{form{_key}",
            "the key template \"a{form{_key}\" is wrong at byte 1: this \"{\" has no \"}\"; a literal brace is \"{{\"",
        ),
        (
            "a}b",
            "the key template \"a}b\" is wrong at byte 1: this \"}\" has no \"{\"; a literal brace is \"}}\"",
        ),
        (
            "{{{form_key}}",
            "the key template \"{{{form_key}}\" is wrong at byte 12: this \"}\" has no \"{\"; a literal brace is \"}}\"",
        ),
        (
            "{id}",
            "the key template \"{id}\" is wrong at byte 0: there is no placeholder {id} here, only {partition}, {form_key} and {attribute}; a literal brace is \"{{\"",
        ),
        (
            "{}",
            "the key template \"{}\" is wrong at byte 0: there is no placeholder {} here, only {partition}, {form_key} and {attribute}; a literal brace is \"{{\"",
        ),
        (
            "{form_key!r}",
            "the key template \"{form_key!r}\" is wrong at byte 0: there is no placeholder {form_key!r} here, only {partition}, {form_key} and {attribute}; a literal brace is \"{{\"",
        ),
        (
            "{form_key:>10}",
            "the key template \"{form_key:>10}\" is wrong at byte 0: {form_key} cannot be formatted as \">10\": only numbers can, and only padded with up to 64 digits of zeros, as in \"04d\"",
        ),
        (
            "{partition:4d}",
            "the key template \"{partition:4d}\" is wrong at byte 0: {partition} cannot be formatted as \"4d\": only numbers can, and only padded with up to 64 digits of zeros, as in \"04d\"",
        ),
        (
            "{partition:0999999999d}",
            "the key template \"{partition:0999999999d}\" is wrong at byte 0: {partition} cannot be formatted as \"0999999999d\": only numbers can, and only padded with up to 64 digits of zeros, as in \"04d\"",
        ),
    ] {
        assert_eq!(
            KeyFormat::template(template).unwrap_err().to_string(),
            message
        );
    }
    assert_eq!(
        FormKeyFormat::template("{form_key}")
            .unwrap_err()
            .to_string(),
        "the key template \"{form_key}\" is wrong at byte 0: there is no placeholder {form_key} here, only {id}; a literal brace is \"{{\""
    );
    for format in ["0+4", "0-4", "x", "0x", "00 4", "d4"] {
        assert!(
            KeyFormat::template(&format!("{{partition:{format}}}")).is_err(),
            "{format}"
        );
    }
}

#[test]
fn a_template_with_partition_needs_one() {
    assert_eq!(
        KeyFormat::partitioned()
            .key(&parts(None))
            .unwrap_err()
            .to_string(),
        "the key template \"part{partition}-{form_key}-{attribute}\" asks for a partition, but this array has no \
         partitions; use a template without {partition}, or say which partition it is"
    );
    assert!(KeyFormat::partitioned().has_partition());
    assert!(!KeyFormat::array().has_partition());
}

#[test]
fn closures_name_nodes_and_blobs() {
    let blobs = KeyFormat::closure(|parts| format!("{}/{}", parts.attribute, parts.form_key));
    assert_eq!(blobs.key(&parts(None)).unwrap(), "offsets/node3");
    assert!(blobs.has_partition());
    assert_eq!(blobs.as_template(), None);
    assert_eq!(format!("{:?}", blobs.clone()), "KeyFormat(closure)");
    let nodes = FormKeyFormat::closure(|id, form| format!("{}{id}", form.class()));
    let named = nested().with_form_keys(&nodes, 0).unwrap();
    assert_eq!(named.children()[0].form_key(), Some("ListOffsetArray1"));
}

#[test]
fn nodes_are_numbered_depth_first() {
    let named = nested()
        .with_form_keys(&FormKeyFormat::default(), 5)
        .unwrap();
    let mut keys = Vec::new();
    fn walk<'a>(form: &'a Form, keys: &mut Vec<(&'static str, &'a str)>) {
        keys.push((form.class(), form.form_key().unwrap()));
        form.children().iter().for_each(|child| walk(child, keys));
    }
    walk(&named, &mut keys);
    assert_eq!(
        keys,
        [
            ("RecordArray", "node5"),
            ("ListOffsetArray", "node6"),
            ("NumpyArray", "node7"),
            ("RecordArray", "node8"),
            ("UnionArray", "node9"),
            ("EmptyArray", "node10"),
            ("ListArray", "node11"),
            ("ListOffsetArray", "node12"),
            ("NumpyArray", "node13"),
        ]
    );
    let expected = named.expected_buffers(&KeyFormat::array(), None).unwrap();
    let expected: Vec<_> = expected
        .iter()
        .map(|buffer| (buffer.key.as_str(), buffer.dtype))
        .collect();
    assert_eq!(
        expected,
        [
            ("node6-offsets", DType::Int64),
            ("node7-data", DType::Float32),
            ("node9-tags", DType::Int8),
            ("node9-index", DType::Int64),
            ("node11-starts", DType::UInt32),
            ("node11-stops", DType::UInt32),
            ("node12-offsets", DType::Int64),
            ("node13-data", DType::Float32),
        ]
    );
    assert_eq!(
        nested()
            .with_form_keys(&FormKeyFormat::default(), u64::MAX - 1)
            .unwrap_err(),
        FormError::NodeNumber
    );
    let last = Form::from(EmptyForm::default());
    assert!(
        last.with_form_keys(&FormKeyFormat::default(), u64::MAX)
            .is_ok()
    );
}

#[test]
fn a_node_without_a_name_is_found() {
    let mut named = nested()
        .with_form_keys(&FormKeyFormat::default(), 0)
        .unwrap();
    named.info_mut().form_key = None;
    assert!(
        named.expected_buffers(&KeyFormat::array(), None).is_ok(),
        "a record has no buffers"
    );
    assert_eq!(
        nested()
            .expected_buffers(&KeyFormat::array(), None)
            .unwrap_err()
            .to_string(),
        "ListOffsetArray at x has no form key to name its buffers by; name the nodes with with_form_keys first"
    );
    let tuple = &nested().children()[1].clone();
    assert_eq!(
        tuple
            .expected_buffers(&KeyFormat::array(), None)
            .unwrap_err()
            .to_string(),
        "UnionArray at 0 has no form key to name its buffers by; name the nodes with with_form_keys first"
    );
}

#[test]
fn same_names_make_two_keys() {
    let leaf = Arc::new(Form::from(NumpyForm::new(DType::Int64)));
    let record = RecordForm::try_new(
        Some(Arc::new(["x".into(), "x".into()])),
        Arc::new([Arc::clone(&leaf), leaf]),
        NodeInfo::default(),
    )
    .unwrap();
    let named = Form::from(record)
        .with_form_keys(&FormKeyFormat::default(), 0)
        .unwrap();
    let expected = named.expected_buffers(&KeyFormat::array(), None).unwrap();
    assert_eq!(expected[0].key, "node1-data");
    assert_eq!(expected[1].key, "node2-data");
}
