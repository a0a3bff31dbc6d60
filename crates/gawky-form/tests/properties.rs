//! Random forms, types and bytes.
//!
//! The strategies are boxed: nested as they are, unoptimized, they would overflow the stack of a test.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::Arc;

use gawky_buffer::{DType, Key};
use gawky_form::{
    ArrayType, BitMaskedForm, ByteMaskedForm, Dialect, EmptyForm, Form, FormKeyFormat, IndexType,
    IndexedForm, IndexedOptionForm, KeyFormat, ListForm, ListOffsetForm, NodeInfo, NumpyForm,
    Parameters, RecordForm, RegularForm, SignedIndexType, Type, UnionForm, UnmaskedForm,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::Value;

fn name() -> BoxedStrategy<String> {
    prop_oneof![
        4 => "[a-zA-Z_][a-zA-Z0-9_]{0,5}",
        1 => prop::sample::select(vec![
            "var", "char", "string", "int8", "parameters", "type", "union", "", "a b", "a.b", "é中", "\u{1f600}",
            "quote\"back\\slash", "new\nline\n", "x\n", "{", "]", "__record__", "0", "datetime64", "float128",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
    .boxed()
}

fn json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        prop::num::f64::SUBNORMAL.prop_map(Value::from),
        name().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((name(), inner), 0..4).prop_map(|members| members.into_iter().collect()),
        ]
    })
    .boxed()
}

fn parameters() -> BoxedStrategy<Parameters> {
    let known = prop_oneof![
        Just(("__array__".to_owned(), Value::from("string"))),
        Just(("__array__".to_owned(), Value::from("bytestring"))),
        Just(("__array__".to_owned(), Value::from("char"))),
        Just(("__array__".to_owned(), Value::from("categorical"))),
        name().prop_map(|name| ("__record__".to_owned(), Value::from(name))),
        Just(("__unit__".to_owned(), Value::from("25us"))),
        Just(("__array__".to_owned(), Value::Null)),
    ];
    prop_oneof![
        2 => Just(Parameters::none()),
        1 => vec(prop_oneof![known, (name(), json())], 0..4).prop_map(Parameters::from_iter),
    ]
    .boxed()
}

fn info() -> BoxedStrategy<NodeInfo> {
    (parameters(), option::of(name()))
        .prop_map(|(parameters, form_key)| NodeInfo {
            parameters,
            form_key: form_key.as_deref().map(Key::from),
        })
        .boxed()
}

fn dtype() -> BoxedStrategy<DType> {
    prop_oneof![
        4 => prop::sample::select(DType::TIMELESS.to_vec()),
        1 => prop::sample::select(vec!["datetime64", "datetime64[15us]", "timedelta64[D]"])
            .prop_map(|name| DType::from_primitive(name).unwrap()),
    ]
    .boxed()
}

fn index() -> BoxedStrategy<IndexType> {
    prop::sample::select(vec![IndexType::I32, IndexType::U32, IndexType::I64]).boxed()
}

fn signed() -> BoxedStrategy<SignedIndexType> {
    prop::sample::select(vec![SignedIndexType::I32, SignedIndexType::I64]).boxed()
}

fn forms() -> BoxedStrategy<Form> {
    let numpy = (dtype(), vec(0_u64..4, 0..3), info()).prop_map(|(dtype, shape, info)| {
        Form::from(NumpyForm {
            dtype,
            inner_shape: shape.into(),
            info,
        })
    });
    let empty = option::of(name()).prop_map(|form_key| {
        let info = NodeInfo {
            form_key: form_key.as_deref().map(Key::from),
            ..NodeInfo::default()
        };
        Form::from(EmptyForm { info })
    });
    prop_oneof![4 => numpy, 1 => empty]
        .prop_recursive(5, 24, 4, |inner| {
            let content = inner.clone().prop_map(Arc::new);
            let contents = vec(inner.prop_map(Arc::new), 0..4);
            prop_oneof![
                (any::<u64>(), content.clone(), info()).prop_map(|(size, content, info)| {
                    RegularForm {
                        size,
                        content,
                        info,
                    }
                    .into()
                }),
                (index(), content.clone(), info()).prop_map(|(starts, content, info)| ListForm {
                    starts,
                    content,
                    info
                }
                .into()),
                (index(), content.clone(), info()).prop_map(|(offsets, content, info)| {
                    ListOffsetForm {
                        offsets,
                        content,
                        info,
                    }
                    .into()
                }),
                (index(), content.clone(), info()).prop_map(|(index, content, info)| IndexedForm {
                    index,
                    content,
                    info
                }
                .into()),
                (signed(), content.clone(), info()).prop_map(|(index, content, info)| {
                    IndexedOptionForm {
                        index,
                        content,
                        info,
                    }
                    .into()
                }),
                (any::<bool>(), content.clone(), info()).prop_map(|(valid_when, content, info)| {
                    ByteMaskedForm {
                        valid_when,
                        content,
                        info,
                    }
                    .into()
                }),
                (any::<bool>(), any::<bool>(), content.clone(), info()).prop_map(
                    |(valid_when, lsb_order, content, info)| {
                        BitMaskedForm {
                            valid_when,
                            lsb_order,
                            content,
                            info,
                        }
                        .into()
                    }
                ),
                (content, info()).prop_map(|(content, info)| UnmaskedForm { content, info }.into()),
                (contents.clone(), info(), option::of(vec(name(), 4))).prop_map(
                    |(contents, info, names)| {
                        let names = names.map(|names| {
                            names
                                .into_iter()
                                .take(contents.len())
                                .map(Arc::from)
                                .collect()
                        });
                        RecordForm::try_new(names, contents.into(), info)
                            .unwrap()
                            .into()
                    }
                ),
                (index(), contents, info()).prop_map(|(index, contents, info)| {
                    UnionForm::try_new(index, contents.into(), info)
                        .unwrap()
                        .into()
                }),
            ]
        })
        .boxed()
}

/// The same with the members of objects in the opposite order, but for those that are called as fields are.
fn backwards(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let is_node = members.contains_key("class");
            let members = members.iter().map(|(name, value)| match is_node {
                true if name == "parameters" => (name.clone(), value.clone()),
                _ => (name.clone(), backwards(value)),
            });
            match is_node {
                true => members.rev().collect(),
                false => members.collect(),
            }
        }
        Value::Array(values) => values.iter().map(backwards).collect(),
        other => other.clone(),
    }
}

/// Text that looks a little like what is to be read.
fn almost(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    vec(
        prop_oneof![9 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned), 1 => any::<String>()],
        0..24,
    )
    .prop_map(|pieces| pieces.concat())
}

const JSON_PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"class\"",
    "\"content\"",
    "\"contents\"",
    "\"form\"",
    "\"NumpyArray\"",
    "\"VirtualArray\"",
    "\"RecordArray\"",
    "\"parameters\"",
    "\"primitive\"",
    "\"size\"",
    "\"int8\"",
    "null",
    "true",
    "-1",
    "1e400",
    "18446744073709551616",
    "\"\\ud800\"",
    " ",
];

const TYPE_PIECES: &[&str] = &[
    "var",
    "*",
    "3",
    "?",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "=",
    "parameters",
    "unit",
    "\"a\"",
    "\"\\\"",
    "union",
    "struct",
    "tuple",
    "option",
    "categorical",
    "type",
    "string",
    "bytes",
    "char",
    "datetime64",
    "[us]",
    "int8",
    "Point",
    "x",
    "-1.5e3",
    " ",
    "unknown",
    "null",
];

/// Whether options of categories are over options, which Awkward 1 allows: its datashape, `?categorical[type=?x]`,
/// reads as categories that are in two options.
fn has_categories_of_options(form: &Form) -> bool {
    fn is_option(form: &Form) -> bool {
        form.is_option() || matches!(form, Form::Indexed(indexed) if is_option(&indexed.content))
    }
    let has = matches!(form, Form::IndexedOption(option)
        if form.parameters().is_categorical() && is_option(&option.content));
    has || form
        .children()
        .iter()
        .any(|child| has_categories_of_options(child))
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn forms_differ_in_something_or_are_the_same(here in forms(), there in forms()) {
        let same = here.without_form_keys() == there.without_form_keys();
        prop_assert_eq!(here.difference(&there).is_empty(), same);
        prop_assert_eq!(here.difference(&there).len(), there.difference(&here).len());
        prop_assert!(here.difference(&here).is_empty());
    }

    #[test]
    fn forms_survive_json(form in forms()) {
        for dialect in [Dialect::V1, Dialect::V2] {
            for verbose in [false, true] {
                // Awkward 1 cannot say a name twice.
                let Ok(text) = form.to_json(dialect, verbose) else { continue };
                prop_assert_eq!(&Form::from_json(&text).unwrap(), &form, "{}", text);
                let value = form.to_json_value(dialect, verbose).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Value>(&text).unwrap(), &value);
                prop_assert_eq!(serde_json::from_value::<Form>(value.clone()).unwrap(), form.clone());
                let (dialect, verbose) = Dialect::detect(&value);
                prop_assert_eq!(form.to_json_value(dialect, verbose).unwrap(), value);
            }
        }
    }

    #[test]
    fn columns_are_read_as_they_are_selected(
        form in forms(),
        picked in vec((any::<prop::sample::Index>(), 0..4_u8), 0..3),
    ) {
        let columns = form.columns();
        let patterns: Vec<String> = picked
            .iter()
            .map(|(index, how)| {
                let column = match columns.is_empty() {
                    true => "",
                    false => index.get(&columns).as_str(),
                };
                match how {
                    0 => column.to_owned(),
                    1 => column.split('.').next().unwrap().to_owned(),
                    2 => format!("{}*", column.chars().next().unwrap_or('x')),
                    _ => column.chars().map(|c| if c == '.' { '.' } else { '?' }).collect(),
                }
            })
            .collect();
        for dialect in [Dialect::V1, Dialect::V2] {
            for verbose in [false, true] {
                let Ok(value) = form.to_json_value(dialect, verbose) else { continue };
                // Members in an unusual order hide which fields there are until it is too late to pass over them.
                for text in [value.to_string(), backwards(&value).to_string()] {
                    let selected = Form::from_json(&text).unwrap().select(&patterns);
                    prop_assert_eq!(Form::from_json_columns(&text, &patterns), selected, "{} of {}", patterns.join(" and "), text);
                }
            }
        }
    }

    #[test]
    fn columns_of_nonsense_are_errors_or_what_is_selected(
        text in almost(JSON_PIECES),
        column in prop::sample::select(vec!["*", "x", "class", "0", ""]),
    ) {
        let read = Form::from_json_columns(&text, column);
        if let Ok(form) = Form::from_json(&text) {
            prop_assert_eq!(read, form.select(column));
        }
    }

    #[test]
    fn types_survive_datashape(form in forms(), length in any::<u64>()) {
        prop_assume!(!has_categories_of_options(&form));
        let printed = form.array_type(length);
        let text = printed.to_string();
        let read = ArrayType::from_datashape(&text);
        prop_assert!(read.is_ok(), "{}: {}", text, read.unwrap_err());
        let read = read.unwrap();
        prop_assert_eq!(read.to_string(), text);
        // What is not in the text stays as it is from then on.
        prop_assert_eq!(&ArrayType::from_datashape(&read.to_string()).unwrap(), &read);
        prop_assert_eq!(&ArrayType::from_datashape(&format!("{printed:#}")).unwrap(), &read);
        prop_assert!(read.is_equal_to(&read, true));
        let _ = Form::from_type(&read.content);
    }

    #[test]
    fn columns_can_be_selected_one_by_one(form in forms()) {
        // Names with wildcards or dots in them are not for patterns.
        for column in form.columns() {
            if column.contains(['*', '?', '[', '{', '}']) || column.split('.').any(str::is_empty) {
                continue;
            }
            if let Ok(selected) = form.select(&column) {
                // A tuple's fields are counted anew.
                prop_assert!(!selected.columns().is_empty(), "{}", column);
                prop_assert!(selected.columns().len() <= form.columns().len(), "{}", column);
            }
        }
        let none: [&str; 0] = [];
        prop_assert!(form.select(none).unwrap().columns().is_empty());
    }

    #[test]
    fn named_forms_expect_as_many_buffers_as_nodes_declare(form in forms(), start in 0_u64..1000) {
        fn count(form: &Form) -> usize {
            form.buffers().len() + form.children().iter().map(|child| count(child)).sum::<usize>()
        }
        let named = form.with_form_keys(&FormKeyFormat::default(), start).unwrap();
        let expected = named.expected_buffers(&KeyFormat::array(), None).unwrap();
        prop_assert_eq!(expected.len(), count(&form));
        let mut keys: Vec<_> = expected.iter().map(|buffer| &buffer.key).collect();
        keys.sort();
        keys.dedup();
        prop_assert_eq!(keys.len(), expected.len());
    }

    #[test]
    fn no_text_panics(json in almost(JSON_PIECES), datashape in almost(TYPE_PIECES), any in any::<String>()) {
        for text in [&json, &datashape, &any] {
            if let Ok(form) = Form::from_json(text) {
                prop_assert_eq!(Form::from_json(&form.to_json(Dialect::V2, true).unwrap()).unwrap(), form);
            }
            if let Ok(of) = Type::from_datashape(text) {
                let printed = of.to_string();
                prop_assert_eq!(Type::from_datashape(&printed).unwrap().to_string(), printed);
            }
            let _ = ArrayType::from_datashape(text);
            let _ = KeyFormat::template(text);
            let _ = FormKeyFormat::template(text);
            let _ = Form::from(NumpyForm::new(DType::Int8)).select(text.as_str());
        }
    }
}
