//! Rows out of formats that tell what their values are: CBOR, MessagePack, and JSON through serde.

use std::cell::RefCell;

use ciborium::value::{Integer, Value as Cbor};
use gawky_array::Array;
use gawky_array::rows::{self, FromRows, Maps, RowsError, RowsProblem};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;

fn cbor(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

thread_local! {
    static FROM: RefCell<(FromRows, Option<Result<Array, RowsError>>)> = RefCell::default();
}

/// Reads by the options that lie there, and lays down what comes of it.
struct Read;

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        FROM.with_borrow_mut(|(from, read)| {
            let result = read.insert(from.read(deserializer));
            result.as_ref().map(|_| Self).map_err(D::Error::custom)
        })
    }
}

/// Ciborium gives its deserialiser to nobody.
fn read_cbor(from: &FromRows, bytes: &[u8]) -> Result<Array, RowsError> {
    FROM.set((from.clone(), None));
    let outer = ciborium::from_reader::<Read, _>(bytes);
    let (_, read) = FROM.take();
    let read = read.unwrap();
    assert_eq!(outer.is_ok(), read.is_ok());
    read
}

fn read_messages(from: &FromRows, bytes: &[u8]) -> Result<Array, RowsError> {
    from.read(&mut rmp_serde::Deserializer::new(bytes))
}

fn read_json(from: &FromRows, text: &str) -> Result<Array, RowsError> {
    from.read(&mut serde_json::Deserializer::from_str(text))
}

fn shown(array: &Array) -> String {
    format!(
        "{} of {}",
        array.value().unwrap(),
        array.array_type().content
    )
}

/// The same rows in three formats are the same array, and the one that JSON's own reader makes.
#[test]
fn formats_agree() {
    let rows = json!([
        {"met": 33.1, "run": 1, "muons": [{"pt": 50.25, "charge": -1}, {"pt": 22.0, "charge": 1}], "name": "aé", "good": true},
        {"run": 300, "met": 1e100, "muons": [], "name": null, "good": false, "more": [[1, 70000], [], [5_000_000_000_u64]]},
        null,
        {"met": 0.5, "run": 2, "muons": [], "name": "x", "good": 7, "more": null},
    ]);
    let expected = gawky_array::json::from_str(&rows.to_string()).unwrap();
    let from = FromRows::new();
    assert_eq!(read_cbor(&from, &cbor(&rows)).unwrap(), expected);
    assert_eq!(
        read_messages(&from, &rmp_serde::to_vec(&rows).unwrap()).unwrap(),
        expected
    );
    assert_eq!(read_json(&from, &rows.to_string()).unwrap(), expected);
    assert_eq!(rows::from_deserializer(&rows).unwrap(), expected);

    let of = "?{met: float64, run: uint16, muons: var * {pt: float32, charge: int8}, name: ?string, good: union[bool, int8], more: option[var * var * uint64]}";
    let declared = FromRows::new().of_type(&of.parse().unwrap()).unwrap();
    let array = read_cbor(&declared, &cbor(&rows)).unwrap();
    assert_eq!(
        array.array_type().content.to_string(),
        of.replace(":", ": ").replace(":  ", ": ")
    );
    assert_eq!(
        read_messages(&declared, &rmp_serde::to_vec(&rows).unwrap()).unwrap(),
        array
    );
    assert_eq!(read_json(&declared, &rows.to_string()).unwrap(), array);
}

#[test]
fn bytes_are_bytestrings() {
    let rows = [
        serde_bytes::Bytes::new(b"a\xff"),
        serde_bytes::Bytes::new(b""),
    ];
    let long = [serde_bytes::ByteBuf::from(vec![7; 1000])];
    for read in [
        read_cbor(&FromRows::new(), &cbor(&rows)),
        read_messages(&FromRows::new(), &rmp_serde::to_vec(&rows).unwrap()),
    ] {
        assert_eq!(shown(&read.unwrap()), "[b'a\\xff', b''] of bytes");
    }
    let read = read_cbor(&FromRows::new(), &cbor(&long)).unwrap();
    assert_eq!(
        (read.array_type().to_string().as_str(), read.nbytes() > 1000),
        ("1 * bytes", true)
    );
}

#[test]
fn keys_that_are_no_strings() {
    let rows = vec![
        Cbor::Map(vec![
            (Cbor::Integer(1.into()), Cbor::Text("a".into())),
            (Cbor::Bool(true), Cbor::Null),
        ]),
        Cbor::Map(vec![(
            Cbor::Integer(Integer::from(-2)),
            Cbor::Text("b".into()),
        )]),
    ];
    assert_eq!(
        shown(&read_cbor(&FromRows::new(), &cbor(&rows)).unwrap()),
        "[{'1': 'a', true: None, '-2': None}, {'1': None, true: None, '-2': 'b'}] of {\"1\": ?string, true: ?unknown, \"-2\": ?string}"
    );
    let pairs = FromRows::new().maps(Maps::Pairs);
    assert_eq!(
        shown(&read_cbor(&pairs, &cbor(&rows)).unwrap()),
        "[[(1, 'a'), (True, None)], [(-2, 'b')]] of var * (union[int64, bool], ?string)"
    );
    let points = std::collections::BTreeMap::from([((1, 2), "x")]);
    let bytes = rmp_serde::to_vec(&[points]).unwrap();
    assert_eq!(
        shown(&read_messages(&pairs, &bytes).unwrap()),
        "[[([1, 2], 'x')]] of var * (var * int64, string)"
    );
    let error = read_messages(&FromRows::new(), &bytes).unwrap_err();
    assert_eq!(
        error.problem(),
        &RowsProblem::Key {
            found: "a sequence".into()
        }
    );
    let declared = FromRows::new()
        .of_type(&"var * (int64, ?string)".parse().unwrap())
        .unwrap();
    assert_eq!(
        shown(&read_cbor(&declared, &cbor(&rows[1..].to_vec())).unwrap()),
        "[[(-2, 'b')]] of var * (int64, ?string)"
    );
}

#[test]
fn tags_and_extensions() {
    let tagged = Cbor::Array(vec![
        Cbor::Tag(32, Box::new(Cbor::Text("https://example.org".into()))),
        Cbor::Tag(
            1,
            Box::new(Cbor::Tag(2000, Box::new(Cbor::Text("twice".into())))),
        ),
    ]);
    assert_eq!(
        shown(&read_cbor(&FromRows::new(), &cbor(&tagged)).unwrap()),
        "['https://example.org', 'twice'] of string"
    );
    // Where a value is looked at whole, before it is known where it goes.
    let union = FromRows::new()
        .of_type(&"union[var * int8, var * string]".parse().unwrap())
        .unwrap();
    let list = cbor(&Cbor::Array(vec![tagged]));
    assert_eq!(
        shown(&read_cbor(&union, &list).unwrap()),
        "[['https://example.org', 'twice']] of union[var * int8, var * string]"
    );
    // fixext 1 of type 5, and ext 8 of type -1 with 3 bytes.
    let messages = b"\x92\xd4\x05\xaa\xc7\x03\xff\x01\x02\x03";
    assert_eq!(
        shown(&read_messages(&FromRows::new(), messages).unwrap()),
        "[(5, b'\\xaa'), (-1, b'\\x01\\x02\\x03')] of (int64, bytes)"
    );
}

#[test]
fn integers_of_any_size() {
    let rows = [i128::from(u64::MAX), 3];
    let big = Cbor::Array(
        rows.iter()
            .map(|row| Cbor::Integer((*row).try_into().unwrap()))
            .collect(),
    );
    assert_eq!(
        shown(&read_cbor(&FromRows::new(), &cbor(&big)).unwrap()),
        "[18446744073709551615, 3] of uint64"
    );
    // A bignum of CBOR, with 9 bytes.
    let error = read_cbor(&FromRows::new(), b"\x82\x01\xc2\x49\x01\0\0\0\0\0\0\0\0").unwrap_err();
    assert_eq!(
        (error.row(), error.problem()),
        (Some(1), &RowsProblem::Wide)
    );
    assert_eq!(
        shown(&read_cbor(&FromRows::new(), b"\x81\xc2\x41\x05").unwrap()),
        "[5] of int64"
    );
}

#[test]
fn errors_name_row_and_path() {
    let of = |of: &str| FromRows::new().of_type(&of.parse().unwrap()).unwrap();
    let rows = json!([{"muons": []}, {"muons": [{"pt": 1.5}, {"pt": "x"}]}]);
    let from = of("{muons: var * {pt: float64}}");
    let expected = "row 1, muons[1].pt: a string does not go into the declared type float64";
    assert_eq!(
        read_cbor(&from, &cbor(&rows)).unwrap_err().to_string(),
        expected
    );
    assert_eq!(
        read_messages(&from, &rmp_serde::to_vec(&rows).unwrap())
            .unwrap_err()
            .to_string(),
        expected
    );
    assert_eq!(
        read_json(&from, &rows.to_string()).unwrap_err().to_string(),
        expected
    );

    let twice = read_json(&FromRows::new(), r#"[{"a": {"x": 1, "x": 2}}]"#).unwrap_err();
    assert_eq!(
        twice.to_string(),
        "row 0, a: the map has the key \"x\" twice: make maps lists of pairs, by Maps::Pairs"
    );
    // What the format has to say has a place, too.
    let syntax = read_json(&FromRows::new(), r#"[1, {"a": [0, tru]}]"#).unwrap_err();
    assert_eq!((syntax.row(), syntax.path().as_str()), (Some(1), "a[1]"));
    assert!(syntax.to_string().contains("expected"), "{syntax}");
    let cut = &cbor(&rows)[..20];
    assert!(read_cbor(&FromRows::new(), cut).is_err());
    let none = read_json(&FromRows::new(), "{}").unwrap_err();
    assert!(none.to_string().contains("a sequence of rows"), "{none}");
    let deep = format!("{}1{}", "[".repeat(2000), "]".repeat(2000));
    let mut deserializer = serde_json::Deserializer::from_str(&deep);
    deserializer.disable_recursion_limit();
    let error = rows::from_deserializer(&mut deserializer).unwrap_err();
    assert_eq!(error.problem(), &RowsProblem::TooDeep);
}

/// A row that is refused leaves nothing behind.
#[test]
fn rows_one_by_one() {
    let from = FromRows::new()
        .of_type(&"{x: int64, y: var * int64}".parse().unwrap())
        .unwrap();
    let mut builder = from.begin();
    builder.push_from(json!({"x": 1, "y": [1, 2]})).unwrap();
    // One number and two, and where the list begins and ends.
    assert_eq!(builder.nbytes(), 8 + 2 * 8 + 2 * 8);
    let error = builder
        .push_from(json!({"x": 2, "y": [3, 4.5]}))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 1, y[1]: 4.5 is no int64, the declared type"
    );
    builder.push_from(json!({"y": [], "x": 3})).unwrap();
    assert_eq!(
        shown(&builder.finish().unwrap()),
        "[{x: 1, y: [1, 2]}, {x: 3, y: []}] of {x: int64, y: var * int64}"
    );
}
