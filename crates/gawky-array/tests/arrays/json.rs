//! Arrays as JSON: what a parser reads back is what the values are.

use std::collections::HashMap;

use gawky_array::json::{self, JsonError, Layout, ToJson, Writer};
use gawky_array::{
    Array, IndexedOptionArray, ListOffsetArray, NumpyArray, RecordArray, RegularArray, Value,
};
use gawky_buffer::{Buffer, DType, Scalar, float128_to_f64};
use gawky_form::Parameters;
use gawky_testkit::arbitrary::{arrays, is_small};
use proptest::prelude::*;
use serde_json::Value as Json;

use crate::properties::cases;

const NONE: Parameters = Parameters::none();

fn lossless() -> ToJson {
    ToJson::new()
        .nan_string("nan")
        .posinf_string("inf")
        .neginf_string("-inf")
        .complex_record_fields("re", "im")
        .convert_bytes(|bytes| bytes.escape_ascii().to_string())
}

fn numbers<T: gawky_buffer::Native>(values: Vec<T>) -> Array {
    NumpyArray::from_vec(values).into()
}

/// Two numbers of a dtype that no Rust type stands for.
fn of_dtype<T: gawky_buffer::Native>(dtype: &str, values: Vec<T>) -> Array {
    let data = Buffer::from_vec(values);
    NumpyArray::try_new(data, dtype.parse().unwrap(), [].into(), 2, NONE)
        .unwrap()
        .into()
}

fn text(kind: &str, chars: &str, bytes: &[u8], offsets: Vec<i64>) -> Array {
    let named = |name: &str| Parameters::none().with("__array__", name);
    let content = NumpyArray::from_vec(bytes.to_vec()).with_parameters(named(chars));
    ListOffsetArray::try_new(offsets.into(), content.into(), named(kind))
        .unwrap()
        .into()
}

#[test]
fn each_kind_of_value_has_its_spelling() {
    for (array, expected) in [
        (of_dtype("bool", vec![1_u8, 0]), "[true,false]"),
        (
            numbers(vec![i64::MIN, i64::MAX]),
            "[-9223372036854775808,9223372036854775807]",
        ),
        (numbers(vec![u64::MAX]), "[18446744073709551615]"),
        (
            numbers(vec![0.1_f32, 1.0, -0.0, 3e38]),
            "[0.1,1.0,-0.0,3e+38]",
        ),
        (
            numbers([65504.0, 1.1].map(half::f16::from_f64).to_vec()),
            "[65504.0,1.099609375]",
        ),
        (numbers(vec![0.1_f64, 1e300, 5e-324]), "[0.1,1e+300,5e-324]"),
        (
            numbers(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY]),
            r#"["nan","inf","-inf"]"#,
        ),
        (
            numbers(vec![num_complex::Complex::new(1.5_f32, f32::NAN)]),
            r#"[{"re":1.5,"im":"nan"}]"#,
        ),
        (
            of_dtype("datetime64[s]", vec![0, i64::MIN]),
            r#"["1970-01-01T00:00:00",null]"#,
        ),
        (of_dtype("timedelta64[s]", vec![7, i64::MIN]), "[7,null]"),
        (
            text(
                "string",
                "char",
                b"a\"\\/\n\x01\x7f\xc3\xa9\xff",
                vec![0, 1, 1, 10],
            ),
            "[\"a\",\"\",\"\\\"\\\\/\\n\\u0001\u{7f}\u{e9}\\udcff\"]",
        ),
        (
            text("bytestring", "byte", b"\x00z", vec![0, 2]),
            r#"["\\x00z"]"#,
        ),
        (
            RegularArray::try_new(numbers(vec![1, 2, 3, 4]), 2, 2, NONE)
                .unwrap()
                .into(),
            "[[1,2],[3,4]]",
        ),
        (
            RegularArray::try_new(numbers::<u8>(vec![]), 0, 2, NONE)
                .unwrap()
                .into(),
            "[[],[]]",
        ),
        (
            RecordArray::from_fields([("a\"", numbers(vec![1])), ("b", numbers(vec![2]))]).into(),
            r#"[{"a\"":1,"b":2}]"#,
        ),
        (
            IndexedOptionArray::try_new(vec![1_i64, -1, 0].into(), numbers(vec![1, 2]), NONE)
                .unwrap()
                .into(),
            "[2,null,1]",
        ),
    ] {
        assert_eq!(lossless().to_string(&array).unwrap(), expected);
    }
}

#[test]
fn what_json_has_no_words_for_is_an_error_that_says_where() {
    let nested = |numbers: Array| -> Array {
        let pt = RecordArray::from_fields([("pt", numbers)]).into();
        let muon = ListOffsetArray::try_new(vec![0_i64, 1, 1, 3].into(), pt, NONE).unwrap();
        RecordArray::from_fields([("muon", muon.into())]).into()
    };
    for (array, expected) in [
        (
            nested(numbers(vec![1.0, 2.0, f64::NAN])),
            "row 2, muon[1].pt: JSON has no NaN: say by nan_string how to write it",
        ),
        (
            RegularArray::try_new(numbers(vec![1.0, f64::NAN]), 2, 1, NONE)
                .unwrap()
                .into(),
            "row 0, [1]: JSON has no NaN: say by nan_string how to write it",
        ),
        (
            NumpyArray::try_new(
                Buffer::from_vec(vec![0.0, 1.0, 2.0, f64::NAN]),
                DType::Float64,
                [1, 2].into(),
                2,
                NONE,
            )
            .unwrap()
            .into(),
            "row 1, [0][1]: JSON has no NaN: say by nan_string how to write it",
        ),
        (
            RecordArray::try_new(
                None,
                vec![numbers(vec![1]), numbers(vec![f64::NAN])],
                1,
                NONE,
            )
            .unwrap()
            .into(),
            "row 0, 1: JSON has no NaN: say by nan_string how to write it",
        ),
        (
            numbers(vec![f32::INFINITY]),
            "row 0: JSON has no infinity: say by posinf_string how to write it",
        ),
        (
            numbers(vec![f32::NEG_INFINITY]),
            "row 0: JSON has no infinity: say by neginf_string how to write it",
        ),
        (
            numbers(vec![num_complex::Complex::new(1.0, 0.0)]),
            "row 0: JSON has no complex numbers: say by complex_record_fields how to write them",
        ),
        (
            text("bytestring", "byte", b"z", vec![0, 1]),
            "row 0: JSON has no bytestrings: say by convert_bytes how to write them",
        ),
    ] {
        assert_eq!(json::to_string(&array).unwrap_err().to_string(), expected);
    }
}

/// A writer that takes so many bytes, and notes how many it was given at once.
struct Narrow {
    room: usize,
    most: usize,
}

impl std::io::Write for Narrow {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.most = self.most.max(bytes.len());
        self.room = self
            .room
            .checked_sub(bytes.len())
            .ok_or_else(|| std::io::Error::other("full"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_is_larger_than_memory_would_like_is_written_bit_by_bit() {
    let long = RegularArray::try_new(numbers(vec![7_u8; 1 << 20]), 1 << 20, 1, NONE).unwrap();
    let empty = NumpyArray::try_new(
        Buffer::from_vec(Vec::<u8>::new()),
        DType::UInt8,
        [1 << 20, 0].into(),
        1,
        NONE,
    );
    let wide = (0..1 << 15).map(|number| (number.to_string(), numbers(vec![0.1])));
    let wide = RecordArray::from_fields(wide).into();
    let many = numbers(vec![7_u8; 1 << 20]);
    for array in [long.into(), empty.unwrap().into(), wide, many] {
        let mut writer = Narrow {
            room: usize::MAX,
            most: 0,
        };
        json::to_lines(&array, &mut writer).unwrap();
        assert!(writer.most < 70_000, "{} bytes at once", writer.most);

        let writer = Narrow {
            room: 100_000,
            most: 0,
        };
        let error = json::to_lines(&array, writer).unwrap_err();
        assert!(matches!(error, JsonError::Write(_)));
        assert_eq!(error.to_string(), "JSON could not be written: full");
    }
}

#[test]
fn many_arrays_are_one_text() {
    let record: Array = RecordArray::from_fields([("a\n", numbers(vec![1]))]).into();
    let strings = text("string", "char", b"xy\n", vec![0, 1, 3]);
    let none = numbers::<i64>(vec![]);
    for (arrays, list, lines) in [
        (vec![], "[]\n", ""),
        (vec![&none], "[]\n", ""),
        (
            vec![&none, &strings],
            "[\"x\",\n\"y\\n\"]\n",
            "\"x\"\n\"y\\n\"\n",
        ),
        (
            vec![&record, &none, &strings, &record],
            "[{\"a\\n\":1},\n\"x\",\n\"y\\n\",\n{\"a\\n\":1}]\n",
            "{\"a\\n\":1}\n\"x\"\n\"y\\n\"\n{\"a\\n\":1}\n",
        ),
    ] {
        for (layout, expected) in [(Layout::List, list), (Layout::Lines, lines)] {
            let mut writer = Writer::new(Vec::new(), layout);
            for array in &arrays {
                writer.write(array).unwrap();
            }
            let rows: usize = arrays.iter().map(|array| array.len()).sum();
            assert_eq!(writer.rows(), rows as u64);
            let text = String::from_utf8(writer.finish().unwrap()).unwrap();
            assert_eq!(text, expected);
            if layout == Layout::List {
                assert_eq!(json::from_str(&text).unwrap().len(), rows);
            }
        }
    }
}

#[test]
fn rows_of_many_arrays_are_counted() {
    let mut writer = Writer::with_options(Vec::new(), Layout::List, &lossless());
    writer.write(&numbers(vec![1.5, f64::NAN])).unwrap();
    assert_eq!(writer.finish().unwrap(), b"[1.5,\n\"nan\"]\n");

    let mut writer = Writer::new(Vec::new(), Layout::Lines);
    writer.write(&numbers(vec![1, 2, 3])).unwrap();
    let error = writer.write(&numbers(vec![1.5, f64::NAN])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 4: JSON has no NaN: say by nan_string how to write it"
    );
    let mut writer = Writer::new(Narrow { room: 4, most: 0 }, Layout::List);
    writer.write(&numbers(vec![1])).unwrap();
    let error = writer.write(&numbers(vec![2])).unwrap_err();
    assert!(matches!(error, JsonError::Write(_)), "{error}");
}

fn float(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn same_float(json: &Json, value: f64) -> bool {
    float(json)
        .is_some_and(|read| read.to_bits() == value.to_bits() || read.is_nan() && value.is_nan())
}

/// Whether a parser that knows the dtype reads the same.
fn same_scalar(json: &Json, scalar: Scalar) -> bool {
    let parts =
        |re: Scalar, im: Scalar| same_scalar(&json["re"], re) && same_scalar(&json["im"], im);
    match scalar {
        Scalar::Bool(value) => json.as_bool() == Some(value),
        Scalar::Float16(value) => float(json).is_some_and(|read| {
            half::f16::from_f64(read).to_bits() == value.to_bits()
                || read.is_nan() && value.is_nan()
        }),
        Scalar::Float32(value) => match json {
            Json::Number(number) => number.to_string().parse() == Ok(value),
            _ => same_float(json, f64::from(value)),
        },
        Scalar::Float64(value) => same_float(json, value),
        Scalar::Float128(bytes) => same_float(json, float128_to_f64(&bytes)),
        Scalar::Complex64(value) => parts(Scalar::Float32(value.re), Scalar::Float32(value.im)),
        Scalar::Complex128(value) => parts(Scalar::Float64(value.re), Scalar::Float64(value.im)),
        Scalar::Complex256([re, im]) => parts(Scalar::Float128(re), Scalar::Float128(im)),
        Scalar::DateTime64(None, _) | Scalar::TimeDelta64(None, _) => json.is_null(),
        Scalar::DateTime64(Some(_), _) => json.as_str() == Some(&*scalar.to_string()),
        Scalar::TimeDelta64(Some(ticks), _) => json.as_i64() == Some(ticks),
        // Integers print alike.
        _ => json.as_number().map(ToString::to_string) == Some(scalar.to_string()),
    }
}

/// Bytes as the text has them, of which a parser was told `\ue080` for `\udc80`.
fn restored(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for char in text.chars() {
        match u32::from(char) {
            code @ 0xe080..=0xe0ff => bytes.push((code & 0xff) as u8),
            _ => bytes.extend(char.to_string().bytes()),
        }
    }
    bytes
}

fn same(json: &Json, value: &Value<'_>) -> bool {
    match value {
        Value::Null => json.is_null(),
        Value::Scalar(scalar) => same_scalar(json, *scalar),
        Value::Str(text) => json.as_str() == Some(text),
        Value::NonUtf8(bytes) => json.as_str().is_some_and(|text| restored(text) == *bytes),
        Value::Bytes(bytes) => json.as_str() == Some(&bytes.escape_ascii().to_string()),
        Value::List(list) => json.as_array().is_some_and(|items| {
            items.len() == list.len()
                && items
                    .iter()
                    .zip(*list)
                    .all(|(item, value)| same(item, &value))
        }),
        Value::Record(record) => json.as_object().is_some_and(|members| {
            let names: Vec<String> = match record.names() {
                Some(names) => names.map(str::to_owned).collect(),
                None => (0..record.len()).map(|slot| slot.to_string()).collect(),
            };
            // Of two that have one name, parsers keep the last.
            let last: HashMap<String, Value<'_>> = names.into_iter().zip(record.values()).collect();
            members.len() == last.len()
                && last.iter().all(|(name, value)| {
                    members.get(name).is_some_and(|member| same(member, value))
                })
        }),
    }
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn a_parser_reads_the_values_back(array in arrays()) {
        if is_small(&array) {
            let text = lossless().to_string(&array).unwrap();
            let json: Json = serde_json::from_str(&text.replace("\\udc", "\\ue0")).unwrap();
            prop_assert!(same(&json, &array.value().unwrap()), "{text}\n{array:?}");

            let mut lines = Vec::new();
            lossless().write_lines(&array, &mut lines).unwrap();
            let lines = String::from_utf8(lines).unwrap();
            prop_assert_eq!(lines.lines().count(), array.len());
            for (line, value) in lines.lines().zip(array.iter().unwrap()) {
                let json: Json = serde_json::from_str(&line.replace("\\udc", "\\ue0")).unwrap();
                prop_assert!(same(&json, &value), "{line}\n{value}");
            }
        }
    }
}

#[test]
fn a_writer_gets_the_text() {
    let array = json::from_str("[[1, 2], []]").unwrap();
    let mut text = Vec::new();
    json::to_writer(&array, &mut text).unwrap();
    assert_eq!(text, b"[[1,2],[]]");
    let mut lines = Vec::new();
    json::to_lines(&array, &mut lines).unwrap();
    assert_eq!(lines, b"[1,2]\n[]\n");
}
