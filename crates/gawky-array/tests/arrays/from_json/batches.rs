//! Arrays of the rows that a reader gives.

use std::io::{self, Read};

use gawky_array::json::{self, FromJson, JsonError};
use gawky_array::{Array, json::ToJson};

use super::{lines, of};

fn events(rows: usize) -> String {
    let row = |row: usize| {
        let list: Vec<String> = (0..row % 5)
            .map(|n| format!("{{\"pt\": {}.5, \"name\": \"n\\u00e9{n}\"}}", row + n))
            .collect();
        format!("{{\"id\": {row}, \"list\": [{}]}}\n", list.join(", "))
    };
    (0..rows).map(row).collect()
}

fn joined(batches: &[Array]) -> Array {
    Array::concatenate(batches).unwrap()
}

#[test]
fn batches_are_the_rows_in_pieces() {
    let text = events(2000);
    let whole = lines().read_str(&text).unwrap();
    assert_eq!(whole.len(), 2000);
    for rows in [1, 7, 777, 1999, 2000, 1 << 30] {
        let batches: Vec<Array> = lines()
            .batch_rows(rows)
            .batches(text.as_bytes())
            .map(Result::unwrap)
            .collect();
        assert_eq!(batches.len(), 2000_usize.div_ceil(rows));
        assert!(batches.iter().all(|batch| batch.len() <= rows));
        assert!(joined(&batches).equal_values(&whole, true).unwrap());
    }
    let list = format!("[{}]", text.trim_end().replace('\n', ","));
    let batches: Vec<Array> = FromJson::new()
        .batch_rows(777)
        .batches(list.as_bytes())
        .map(Result::unwrap)
        .collect();
    assert!(joined(&batches).equal_values(&whole, true).unwrap());
}

#[test]
fn batches_are_bounded_by_bytes() {
    let text = events(50_000);
    let batches: Vec<Array> = lines()
        .batch_bytes(100_000)
        .batches(text.as_bytes())
        .map(Result::unwrap)
        .collect();
    assert!(batches.len() > 20);
    for batch in &batches {
        assert!(batch.nbytes() < 120_000, "{}", batch.nbytes());
    }
}

/// However a text is cut by its reader, it is the same.
#[test]
fn a_text_in_pieces_is_the_same() {
    struct Pieces<'a>(&'a [u8], usize);
    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(into.len()).min(self.0.len());
            let (piece, rest) = self.0.split_at(length);
            into[..length].copy_from_slice(piece);
            self.0 = rest;
            self.1 = self.1 % 13 + 1;
            Ok(length)
        }
    }
    // Larger than what is read at once, so that rows lie across the ends.
    let text = events(9_000);
    assert!(text.len() > 300_000);
    let whole = lines().read_str(&text).unwrap();
    let pieces = lines().read(Pieces(text.as_bytes(), 5)).unwrap();
    assert_eq!(whole, pieces);
    let list = format!("\u{feff} [{}] ", text.trim_end().replace('\n', "\n,"));
    assert_eq!(
        json::from_reader(Pieces(list.as_bytes(), 1)).unwrap(),
        whole
    );
}

/// What the rows of a batch have taught, the next knows.
#[test]
fn layouts_are_kept_from_batch_to_batch() {
    let text = "{\"a\": 1, \"b\": [{\"c\": \"x\"}]}\n{\"a\": 2.5, \"b\": []}\n{\"a\": 3, \"b\": []}\n{\"b\": null}\n{\"a\": 4, \"b\": [], \"d\": true}\n";
    let types: Vec<String> = lines()
        .batch_rows(1)
        .batches(text.as_bytes())
        .map(|batch| batch.unwrap().array_type().content.to_string())
        .collect();
    assert_eq!(
        types,
        [
            "{a: int64, b: var * {c: string}}",
            "{a: float64, b: var * {c: string}}",
            "{a: float64, b: var * {c: string}}",
            "{a: ?float64, b: option[var * {c: string}]}",
            "{a: ?float64, b: option[var * {c: string}], d: ?bool}",
        ]
    );
}

/// A row that is left out does not take away what batches before have taught.
#[test]
fn bad_rows_forget_nothing() {
    let text = "{\"a\": [1], \"b\": null}\n{\"a\": \"x\", \"a\": 1}\n{\"a\": [], \"b\": 1, \"c\": 2, \"c\": 2}\n{\"a\": [], \"b\": null}\n";
    let types: Vec<String> = lines()
        .batch_rows(1)
        .batches(text.as_bytes())
        .skip_bad(|_| Ok(()))
        .map(|batch| batch.unwrap().array_type().to_string())
        .collect();
    assert_eq!(
        types,
        [
            "1 * {a: var * int64, b: ?unknown}",
            "1 * {a: var * int64, b: ?unknown}"
        ]
    );
}

#[test]
fn declared_layouts_are_the_same_in_all_batches() {
    let from = of("{id: uint32, list: var * {pt: float32, name: string}}")
        .line_delimited(true)
        .batch_rows(3);
    let text = events(10);
    let forms: Vec<_> = from
        .batches(text.as_bytes())
        .map(|batch| batch.unwrap().form())
        .collect();
    assert_eq!(forms.len(), 4);
    assert!(forms.iter().all(|form| *form == forms[0]));
}

#[test]
fn rows_and_lines_are_counted_through_batches() {
    let mut text = events(5000);
    text.push_str("{\"id\": 1, \"list\": [0, {\"pt\": tru}]}\n");
    for from in [lines().batch_rows(100), lines().batch_rows(1)] {
        let error = from.batches(text.as_bytes()).find_map(Result::err).unwrap();
        assert_eq!(
            error.to_string(),
            "line 5001, column 33 (row 5000, list[1].pt): expected ident"
        );
    }
}

#[test]
fn a_reader_that_fails_ends_it() {
    struct Broken(usize);
    impl Read for Broken {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                1 => Err(io::ErrorKind::Interrupted.into()),
                2 => {
                    into[..4].copy_from_slice(b"1\n2\n");
                    Ok(4)
                }
                _ => Err(io::Error::other("gone")),
            }
        }
    }
    let mut batches = lines().batches(Broken(0));
    let error = batches.next().unwrap().unwrap_err();
    assert!(
        matches!(&error, JsonError::Read(cause) if cause.to_string() == "gone"),
        "{error}"
    );
    assert!(batches.next().is_none());
}

#[test]
fn nothing_is_no_batch() {
    assert_eq!(lines().batches(&b" \n"[..]).count(), 0);
    assert_eq!(FromJson::new().batches(&b"[]"[..]).count(), 0);
    assert_eq!(
        FromJson::new()
            .batches(&b""[..])
            .filter(Result::is_err)
            .count(),
        1
    );
    let empty = FromJson::new().read(&b"[]"[..]).unwrap();
    assert_eq!(ToJson::new().to_string(&empty).unwrap(), "[]");
}
