//! Arrays as JSON and back, and JSON as arrays and back.

use gawky_array::json::{self, FromJson, JsonError, JsonFault, ToJson};
use gawky_testkit::arbitrary::{Sample, arrays};
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::properties::cases;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).ok());
    pairs
        .map(|pair| u8::from_str_radix(pair?, 16).ok())
        .collect()
}

fn to() -> ToJson {
    ToJson::new()
        .nan_string("not a number")
        .posinf_string("too much")
        .neginf_string("too little")
        .complex_record_fields("re", "im")
        .convert_bytes(hex)
}

fn from() -> FromJson {
    FromJson::new()
        .nan_string("not a number")
        .posinf_string("too much")
        .neginf_string("too little")
        .complex_record_fields("re", "im")
        .convert_strings(unhex)
}

/// Whether two values are the same, but for fields that are missing and null, and numbers that are spelled otherwise.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let in_both = |one: &Map<String, Value>, other: &Map<String, Value>| {
                let field = |name: &String| other.get(name).unwrap_or(&Value::Null).clone();
                one.iter().all(|(name, value)| same(value, &field(name)))
            };
            in_both(one, other) && in_both(other, one)
        }
        (Value::Number(one), Value::Number(other)) if one.is_f64() || other.is_f64() => {
            one.as_f64() == other.as_f64()
        }
        (one, other) => one == other,
    }
}

fn is_fault(error: &JsonError, known: fn(&JsonFault) -> bool) -> bool {
    matches!(error, JsonError::Refused { fault, .. } if known(fault))
}

/// Any JSON.
fn texts() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has none", |value| value.is_finite())
            .prop_map(Value::from),
        (-3..3_i64).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-c]".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((prop_oneof!["[a-c]", any::<String>()], inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(cases(300))]

    /// What is read of a text says what `serde_json` says of it.
    #[test]
    fn texts_become_what_they_say(rows in prop::collection::vec(texts(), 0..8), pretty in any::<bool>(), size in 1..5_usize) {
        let value = Value::Array(rows.clone());
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let array = json::from_str(&text).unwrap();
        prop_assert_eq!(array.len(), rows.len());
        let back: Value = serde_json::from_str(&json::to_string(&array).unwrap()).unwrap();
        prop_assert!(same(&back, &value), "{back} of {value}");

        // Line by line it is the same, and in batches.
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        let from_lines = json::from_lines(lines.as_bytes()).unwrap();
        prop_assert_eq!(&from_lines, &array);
        let batches = FromJson::new().line_delimited(true).batch_rows(size).batches(lines.as_bytes());
        let written: Vec<Value> = batches
            .flat_map(|batch| {
                let text = json::to_string(&batch.unwrap()).unwrap();
                serde_json::from_str::<Vec<Value>>(&text).unwrap()
            })
            .collect();
        prop_assert!(same(&Value::Array(written), &value));

        // And it is of its own type.
        let of = array.array_type().content;
        let text = json::to_string(&array).unwrap();
        let again = FromJson::new().schema(&of).unwrap().read_str(&text).unwrap();
        prop_assert_eq!(again.array_type(), array.array_type());
        prop_assert_eq!(json::to_string(&again).unwrap(), text);
    }

    /// What JSON does not lose of an array comes back.
    #[test]
    fn arrays_come_back(Sample(array) in arrays()) {
        let text = to().to_string(&array).unwrap();
        if text.starts_with('"') {
            // An array of characters, or bytes, is the one string that they are.
            return Ok(());
        }
        let learned = match FromJson::new().read_str(&text) {
            Ok(learned) => learned,
            // Strings that are no UTF-8, and records with two fields of one name.
            Err(error) => {
                let known = |fault: &JsonFault| matches!(fault, JsonFault::Surrogate) || fault.to_string().contains("twice");
                prop_assert!(is_fault(&error, known), "{error}: {text}");
                return Ok(());
            }
        };
        prop_assert_eq!(learned.len(), array.len());
        let (one, other): (Value, Value) =
            (serde_json::from_str(&json::to_string(&learned).unwrap()).unwrap(), serde_json::from_str(&text).unwrap());
        prop_assert!(same(&one, &other), "{one} of {other}");

        // With its type, it is what it was.
        let of = array.array_type().content;
        let shown = of.to_string();
        let lossy = ["union", "128", "256", "datetime", "timedelta", "char", "byte[", "parameters="].iter().any(|name| shown.contains(name));
        if lossy {
            return Ok(());
        }
        match from().schema(&of).unwrap().read_str(&text) {
            Ok(typed) => prop_assert!(typed.equal_values(&array, true).unwrap(), "{typed} of {text}"),
            Err(error) => prop_assert!(false, "{error}: {shown} of {text}"),
        }
    }
}
