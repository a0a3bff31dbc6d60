//! Values in the spelling of the golden files: `{"$float": "nan"}`, `{"$complex": [re, im]}`, …

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gawky::Value;
use gawky::array::{ListRef, RecordRef};
use gawky::buffer::{Scalar, float128_to_f64};
use serde_json::{Map, Value as Json, json};

/// Spells a value; `None` where the golden files have no words for it, which is text that is not UTF-8.
#[must_use]
pub fn encode(value: &Value<'_>) -> Option<Json> {
    Some(match value {
        Value::Null => Json::Null,
        Value::Scalar(scalar) => encode_scalar(scalar),
        Value::Str(text) => Json::from(*text),
        Value::NonUtf8(_) => return None,
        Value::Bytes(bytes) => json!({ "$bytes": BASE64_STANDARD.encode(bytes) }),
        Value::List(list) => Json::Array(
            list.iter()
                .map(|value| encode(&value))
                .collect::<Option<_>>()?,
        ),
        Value::Record(record) => {
            let values = record.values().map(|value| encode(&value));
            match record.names() {
                None => json!({ "$tuple": values.collect::<Option<Vec<_>>>()? }),
                Some(names) => {
                    let mut members = Map::new();
                    for (name, value) in names.zip(values) {
                        members.insert(name.to_owned(), value?);
                    }
                    Json::Object(members)
                }
            }
        }
    })
}

fn encode_float(value: f64) -> Json {
    let name = if value.is_nan() {
        "nan"
    } else if value == f64::INFINITY {
        "inf"
    } else if value == f64::NEG_INFINITY {
        "-inf"
    } else {
        return Json::from(value);
    };
    json!({ "$float": name })
}

fn encode_ticks(name: &str, ticks: Option<i64>, unit: &str) -> Json {
    let ticks = ticks.map_or_else(|| Json::from("NaT"), Json::from);
    json!({ name: [ticks, unit] })
}

fn encode_complex(re: f64, im: f64) -> Json {
    json!({ "$complex": [encode_float(re), encode_float(im)] })
}

fn encode_scalar(scalar: &Scalar) -> Json {
    match scalar {
        Scalar::Bool(value) => Json::from(*value),
        Scalar::Int8(value) => Json::from(*value),
        Scalar::Int16(value) => Json::from(*value),
        Scalar::Int32(value) => Json::from(*value),
        Scalar::Int64(value) => Json::from(*value),
        Scalar::UInt8(value) => Json::from(*value),
        Scalar::UInt16(value) => Json::from(*value),
        Scalar::UInt32(value) => Json::from(*value),
        Scalar::UInt64(value) => Json::from(*value),
        Scalar::Float16(value) => encode_float(value.to_f64()),
        Scalar::Float32(value) => encode_float(f64::from(*value)),
        Scalar::Float64(value) => encode_float(*value),
        Scalar::Float128(value) => encode_float(float128_to_f64(value)),
        Scalar::Complex64(value) => encode_complex(f64::from(value.re), f64::from(value.im)),
        Scalar::Complex128(value) => encode_complex(value.re, value.im),
        Scalar::Complex256([re, im]) => encode_complex(float128_to_f64(re), float128_to_f64(im)),
        Scalar::DateTime64(ticks, unit) => encode_ticks("$datetime64", *ticks, &unit.to_string()),
        Scalar::TimeDelta64(ticks, unit) => encode_ticks("$timedelta64", *ticks, &unit.to_string()),
    }
}

/// The first place where a value differs from its golden spelling, and how; `None` where they agree.
///
/// Numbers must be of one kind (`1` is not `1.0`) and have the same sign, zero included.
#[must_use]
pub fn difference(found: &Value<'_>, expected: &Json) -> Option<String> {
    let mut trail = Trail {
        path: String::from("value"),
        difference: None,
    };
    differs(found, expected, &mut trail);
    trail.difference
}

/// The way to the value that is being compared, and what was found there.
struct Trail {
    path: String,
    difference: Option<String>,
}

fn differs(found: &Value<'_>, expected: &Json, trail: &mut Trail) -> bool {
    let differs = match (found, expected) {
        (Value::List(list), Json::Array(items)) => list_differs(*list, items, trail),
        (Value::Record(record), Json::Object(members)) => record_differs(*record, members, trail),
        (Value::NonUtf8(bytes), Json::String(text)) => surrogates_restored(text) != *bytes,
        (Value::Scalar(scalar), expected) => !same(&encode_scalar(scalar), expected),
        (Value::List(_) | Value::Record(_), _) => true,
        (found, expected) => encode(found).is_none_or(|found| !same(&found, expected)),
    };
    // The innermost is the first to come here.
    if differs && trail.difference.is_none() {
        let expected: String = expected.to_string().chars().take(200).collect();
        trail.difference = Some(format!("{} is {found:100}, not {expected}", trail.path));
    }
    differs
}

/// Equal, a float only to a float of the same bits.
fn same(found: &Json, expected: &Json) -> bool {
    match (found, expected) {
        (Json::Number(a), Json::Number(b)) if a.is_f64() && b.is_f64() => {
            a.as_f64().map(f64::to_bits) == b.as_f64().map(f64::to_bits)
        }
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

fn within(trail: &mut Trail, step: &str, differs: impl FnOnce(&mut Trail) -> bool) -> bool {
    let before = trail.path.len();
    trail.path.push_str(step);
    let found = differs(trail);
    if !found {
        trail.path.truncate(before);
    }
    found
}

fn list_differs(list: ListRef<'_>, items: &[Json], trail: &mut Trail) -> bool {
    if list.len() != items.len() {
        return within(trail, " (another length)", |_| true);
    }
    let mut rows = list.iter();
    items.iter().enumerate().any(|(position, item)| {
        within(trail, &format!("[{position}]"), |trail| {
            rows.next().is_none_or(|row| differs(&row, item, trail))
        })
    })
}

fn record_differs(record: RecordRef<'_>, members: &Map<String, Json>, trail: &mut Trail) -> bool {
    let Some(names) = record.names() else {
        let Some(Json::Array(items)) = members.get("$tuple") else {
            return true;
        };
        return items.len() != record.len()
            || items.iter().enumerate().any(|(position, item)| {
                within(trail, &format!(".{position}"), |trail| {
                    record
                        .at(position)
                        .is_none_or(|value| differs(&value, item, trail))
                })
            });
    };
    // Of fields with one name, Python's dict keeps the last.
    let mut last = std::collections::BTreeMap::new();
    for (position, name) in names.enumerate() {
        last.insert(name, position);
    }
    last.len() != members.len()
        || last.into_iter().any(|(name, position)| {
            within(trail, &format!(".{name}"), |trail| {
                match (record.at(position), members.get(name)) {
                    (Some(value), Some(item)) => differs(&value, item, trail),
                    _ => true,
                }
            })
        })
}

/// The first code point that stands for a byte of text that is not UTF-8; see [`surrogates_hidden`].
const HIDDEN: u32 = 0x10_FF00;

/// Rewrites the escapes `\udc80` … `\udcff`, with which Python spells bytes that are not UTF-8, into code
/// points that JSON parsers accept; only where they follow no high surrogate.
#[must_use]
pub(super) fn surrogates_hidden(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    let mut after_high = false;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        after_high &= before.is_empty();
        out.push_str(before);
        let length = if escape.get(1..2) == Some("u") { 6 } else { 2 };
        let Some((own, after)) = escape.split_at_checked(length) else {
            out.push_str(escape);
            return out;
        };
        let code = own
            .get(2..)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .filter(|_| length == 6);
        match code {
            Some(low @ 0xDC80..=0xDCFF) if !after_high => {
                out.extend(char::from_u32(HIDDEN + low - 0xDC00));
            }
            _ => out.push_str(own),
        }
        after_high = matches!(code, Some(0xD800..=0xDBFF));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn surrogates_restored(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut buffer = [0; 4];
    for character in text.chars() {
        match u32::from(character).checked_sub(HIDDEN).map(u8::try_from) {
            Some(Ok(byte)) => bytes.push(byte),
            _ => bytes.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes()),
        }
    }
    bytes
}
