//! Texts that mean ill.

use gawky_array::json::{self, FromJson, JsonError, JsonFault};
use gawky_array::rows::RowsProblem;

use super::{lines, of};

fn fault(read: Result<gawky_array::Array, JsonError>) -> JsonFault {
    match read {
        Err(JsonError::Refused { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_in_values_in_values() {
    let nested = |open: &str, close: &str, depth: usize| {
        format!("[{}1{}]", open.repeat(depth), close.repeat(depth))
    };
    for (open, close) in [("[", "]"), ("{\"x\":", "}"), ("[{\"x\":", "}]")] {
        for depth in [200, 100_000] {
            let text = nested(open, close, depth);
            for read in [
                json::from_str(&text),
                json::from_reader(text.as_bytes()),
                FromJson::new()
                    .maps(gawky_array::rows::Maps::Pairs)
                    .read_str(&text),
            ] {
                assert_eq!(fault(read), RowsProblem::TooDeep.into(), "{open}");
            }
            // What is passed over is bounded, too.
            let skipped = format!("[{{\"y\": {text}, \"x\": 1}}]");
            assert_eq!(
                fault(of("{x: int64}").skip_unknown(true).read_str(&skipped)),
                RowsProblem::TooDeep.into()
            );
        }
        let array = json::from_str(&nested(open, close, 60)).unwrap();
        assert_eq!(array.len(), 1);
    }
    // As deep as forms go, and not a list deeper.
    assert!(json::from_str(&nested("[", "]", 127)).is_ok());
    assert_eq!(
        fault(json::from_str(&nested("[", "]", 129))),
        RowsProblem::TooDeep.into()
    );
}

#[test]
fn fields_upon_fields() {
    let many = |rows: std::ops::Range<usize>| -> String {
        rows.map(|row| format!("{{\"f{row}\": {row}}}\n")).collect()
    };
    assert_eq!(
        fault(lines().read_str(&many(0..100_000))),
        RowsProblem::TooSparse.into()
    );
    let one: Vec<String> = (0..70_000)
        .map(|field| format!("\"f{field}\": 0"))
        .collect();
    assert_eq!(
        fault(json::from_str(&format!("{{{}}}", one.join(",")))),
        RowsProblem::TooManyKeys.into()
    );
}

#[test]
fn kinds_upon_kinds() {
    // A tuple by its size would be a kind, but lists and records are one each.
    let text = r#"[1, "a", true, [1], {}, 18446744073709551615, -1, 0.5, null]"#;
    assert_eq!(json::from_str(text).unwrap().len(), 9);
}

/// Numbers that have no dtype in common are not all looked at again for each row: that would take hours.
#[test]
fn numbers_that_have_no_dtype_in_common() {
    let (many, last) = (vec!["1"; 100_000].join(","), vec!["0.5"; 100_000].join(","));
    let array = json::from_str(&format!("[{many}, 9007199254740993, {last}]")).unwrap();
    assert_eq!(
        array.array_type().to_string(),
        "200001 * union[int64, float64]"
    );
    let last = vec!["-1"; 100_000].join(",");
    let array = json::from_str(&format!("[{many}, 18446744073709551615, {last}]")).unwrap();
    assert_eq!(
        array.array_type().to_string(),
        "200001 * union[uint64, int64]"
    );
}

#[test]
fn a_row_too_long() {
    let long = format!("[1, \"{}\", 2]", "x".repeat(1 << 20));
    let from = FromJson::new().row_bytes(1000);
    let error = from.read(long.as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 1, column 3 (row 1): the row has more than 1000 bytes, which row_bytes allows"
    );
    assert_eq!(from.read_str(&long).unwrap().len(), 3);
    assert_eq!(FromJson::new().read(long.as_bytes()).unwrap().len(), 3);
    // Bytes that never become a line.
    let endless = std::io::Read::take(std::io::repeat(b'{'), u64::MAX);
    let mut batches = lines()
        .row_bytes(1 << 20)
        .batches(endless)
        .skip_bad(|_| Ok(()));
    assert!(matches!(
        batches.next(),
        Some(Err(JsonError::Refused { .. }))
    ));
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    assert_eq!(json::from_slice(b"\xef\xbb\xbf[1]").unwrap().len(), 1);
    assert_eq!(json::from_reader(&b"\xef\xbb\xbf[1]"[..]).unwrap().len(), 1);
    assert_eq!(json::from_lines(&b"\xef\xbb\xbf1\n2"[..]).unwrap().len(), 2);
    assert!(json::from_slice(b"[\xef\xbb\xbf1]").is_err());
    assert!(json::from_slice(b"\xef\xbb\xbf").is_err());
    assert!(json::from_slice(b"\xef\xbb").is_err());
}

/// Whatever is cut, or changed, is read as JSON, or is an error; and as a whole it is what it is piece by piece.
#[test]
fn texts_damaged_at_random() {
    let mut state = 1_u64;
    let mut random = |end: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % end
    };
    let texts = [
        r#"[{"x": 1, "y": [1.5, null, "aé\u00e9\ud83d\ude00\n"], "z": {"a": true}}, {"x": -2e3, "z": {"a": false}, "y": []}]"#,
        "{\"x\": 1}\n{\"x\": 18446744073709551615, \"y\": [[]]}\n\"a\"\n[1, {\"r\": 1, \"i\": 2}]\nnull\n",
    ];
    let bytes = b"[]{},:\"\\0123456789.eE+-tfnu \n\xff\xc3\x00d8";
    let options = [
        FromJson::new(),
        FromJson::new()
            .inf_nan(true)
            .maps(gawky_array::rows::Maps::Pairs),
        of("?{x: float32, y: ?union[var * ?union[float64, string], bool], z: ?{a: bool}}")
            .skip_unknown(true),
    ];
    for round in 0..1000 {
        let mut text = texts[round % 2].as_bytes().to_vec();
        for _ in 0..=random(4) {
            let at = random(text.len());
            match random(4) {
                0 => text.truncate(at.max(1)),
                1 => text[at] = bytes[random(bytes.len())],
                2 => text.insert(at, bytes[random(bytes.len())]),
                _ => drop(text.remove(at)),
            }
            if text.is_empty() {
                text.push(b' ');
            }
        }
        for (option, from) in options.iter().enumerate() {
            let from = from.clone().line_delimited(round % 2 == 1);
            let whole = from.read_slice(&text).map_err(|error| error.to_string());
            let pieces = from
                .read(OneByOne(&text))
                .map_err(|error| error.to_string());
            assert_eq!(whole, pieces, "{}", String::from_utf8_lossy(&text));
            // What is no JSON for others is none here.
            // But for the bytes of strings that are passed over.
            let looked_at = option < 2 || std::str::from_utf8(&text).is_ok();
            if round % 2 == 0
                && looked_at
                && serde_json::from_slice::<serde_json::Value>(&text).is_err()
                && !text.starts_with(b"\xef")
            {
                let literals = [&b"NaN"[..], b"Infinity"];
                let literal = literals
                    .iter()
                    .any(|word| text.windows(word.len()).any(|part| part == *word));
                assert!(
                    whole.is_err() || literal,
                    "{}",
                    String::from_utf8_lossy(&text)
                );
            }
            if let Ok(array) = &whole {
                assert!(array.value().unwrap().to_string().len() < 10_000);
            }
            let mut skipped = 0;
            let batches = from.batch_rows(1).batches(&text[..]).skip_bad(|_| {
                skipped += 1;
                Ok(())
            });
            let rows: usize = batches.map_while(Result::ok).map(|array| array.len()).sum();
            assert!(
                whole.is_err() || rows == whole.unwrap().len(),
                "{}",
                String::from_utf8_lossy(&text)
            );
        }
    }
}

/// A reader that gives a byte at a time.
struct OneByOne<'a>(&'a [u8]);

impl std::io::Read for OneByOne<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let (Some((byte, rest)), Some(first)) = (self.0.split_first(), into.first_mut()) else {
            return Ok(0);
        };
        *first = *byte;
        self.0 = rest;
        Ok(1)
    }
}
