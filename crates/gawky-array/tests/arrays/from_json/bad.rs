//! Rows that are left out.

use std::io;

use gawky_array::json::{FromJson, JsonError, JsonFault};

use super::{lines, of};

/// What is read, and which rows are told.
fn skipping(from: &FromJson, text: &str) -> (Result<String, String>, Vec<String>) {
    let mut told = Vec::new();
    let mut batches = from.batches(text.as_bytes()).skip_bad(|row| {
        told.push(format!(
            "{} -- {}",
            String::from_utf8_lossy(row.text),
            row.error
        ));
        Ok(())
    });
    let read = match batches.next() {
        None => Ok("nothing".to_owned()),
        Some(Ok(array)) => Ok(array.value().unwrap().to_string()),
        Some(Err(error)) => Err(error.to_string()),
    };
    assert!(batches.next().is_none());
    let skipped = batches.skipped();
    drop(batches);
    assert_eq!(skipped, told.len() as u64);
    (read, told)
}

#[test]
fn lines_that_are_no_json() {
    let text = "1\n{\"x\": \n2\n[1, 2\n\"a\tb\"\n3 oops 4\n5\n{";
    let (read, told) = skipping(&lines(), text);
    assert_eq!(read.unwrap(), "[1, 2, 3, 5]");
    assert_eq!(
        told,
        [
            // The object goes on in the next line, but not as one.
            "{\"x\": -- line 4, column 1 (row 1): expected `,` or `}`",
            "[1, 2 -- line 5, column 1 (row 3): expected `,` or `]`",
            "\"a\tb\" -- line 5, column 3 (row 4): control character (\\u0000-\\u001F) found while parsing a string",
            "oops 4 -- line 6, column 3 (row 6): expected value",
            "{ -- line 8, column 2 (row 8): the text ends in the midst of a value",
        ]
    );
}

#[test]
fn rows_that_do_not_fit() {
    for (from, text) in [
        (
            of("{x: int64}").line_delimited(true),
            "{\"x\": 1}\n{\"x\": \"a\"}{\"x\": 2}\n{\"y\": 0}\n{\"x\": 3}",
        ),
        (
            of("{x: int64}"),
            "[{\"x\": 1},\n{\"x\": \"a\"},{\"x\": 2},\n{\"y\": 0},\n{\"x\": 3}]",
        ),
    ] {
        let (read, told) = skipping(&from, text);
        assert_eq!(read.unwrap(), "[{x: 1}, {x: 2}, {x: 3}]");
        assert_eq!(told.len(), 2);
        assert_eq!(
            told[0],
            "{\"x\": \"a\"} -- line 2, column 10 (row 1, x): a string does not go into the declared type int64"
        );
        assert!(
            told[1].starts_with("{\"y\": 0} -- line 3, column 6 (row 3): "),
            "{}",
            told[1]
        );
    }
}

#[test]
fn the_first_or_all_of_them() {
    let (read, told) = skipping(&of("int64"), "[\"a\", \"b\"]");
    assert_eq!((read.unwrap().as_str(), told.len()), ("nothing", 2));
    let (read, told) = skipping(&of("int64"), "[\"a\", 1]");
    assert_eq!((read.unwrap().as_str(), told.len()), ("[1]", 1));
    let (read, told) = skipping(&of("int64"), "\"a\"");
    assert_eq!((read.unwrap().as_str(), told.len()), ("nothing", 1));
    let (read, told) = skipping(&lines(), "}\n1");
    assert_eq!((read.unwrap().as_str(), told.len()), ("[1]", 1));
}

/// Nobody knows where an element ends that is no JSON.
#[test]
fn lists_that_are_no_json_end_it() {
    for text in ["[1, {\"x\" 2}, 3]", "[1, 2", "[1 2]", "[1] 2", "[1,]", "["] {
        let (read, told) = skipping(&of("int64"), text);
        assert!(read.is_err(), "{text}");
        assert!(told.is_empty(), "{text}");
    }
}

/// The array is as if a row that was left out had never been there: it teaches nothing.
#[test]
fn they_teach_nothing() {
    let text = "{\"x\": 1}\n{\"x\": null, \"y\": [true, {\"z\": 1}], \"x\": 2}\n{\"x\": 2}\n";
    let mut batches = lines().batches(text.as_bytes()).skip_bad(|_| Ok(()));
    let array = batches.next().unwrap().unwrap();
    assert_eq!(array.array_type().to_string(), "2 * {x: int64}");
    let first = "{\"x\": {\"y\": 1}, \"x\": 2}\n{\"x\": 2}\n";
    let mut batches = lines().batches(first.as_bytes()).skip_bad(|_| Ok(()));
    let array = batches.next().unwrap().unwrap();
    assert_eq!(array.array_type().to_string(), "1 * {x: int64}");
}

#[test]
fn whoever_is_told_may_fail() {
    let mut batches = lines()
        .batches("1\n}\n2".as_bytes())
        .skip_bad(|_| Err(io::Error::other("full")));
    let error = batches.next().unwrap().unwrap_err();
    assert!(matches!(error, JsonError::Aside(_)), "{error}");
    assert_eq!(
        error.to_string(),
        "a row that was left out could not be kept: full"
    );
    assert!(batches.next().is_none());
}

#[test]
fn faults_are_typed() {
    let fault = |text: &[u8]| match FromJson::new().read_slice(text) {
        Err(JsonError::Refused { fault, .. }) => fault,
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(b""), JsonFault::Truncated);
    assert_eq!(fault(b"[1, 2"), JsonFault::Truncated);
    assert_eq!(fault(b"\"abc"), JsonFault::Truncated);
    assert_eq!(fault(b"[tru"), JsonFault::Truncated);
    assert_eq!(fault(b"1 2"), JsonFault::Trailing);
    assert_eq!(fault(b"[\"a\xffb\"]"), JsonFault::Utf8);
    assert_eq!(fault(b"{\"a\xffb\": 1}"), JsonFault::Utf8);
    assert_eq!(fault(br#"["\udc80"]"#), JsonFault::Surrogate);
    assert_eq!(fault(br#"["\ud800"]"#), JsonFault::Surrogate);
    assert_eq!(fault(br#"["\ud800x"]"#), JsonFault::Surrogate);
    assert_eq!(fault(br#"["\ud800\u0041"]"#), JsonFault::Surrogate);
    assert!(matches!(fault(b"[1,]"), JsonFault::Syntax(_)));
    for text in [
        "[01]",
        "[+1]",
        "[.5]",
        "[1.]",
        "[1e]",
        "[-]",
        "['a']",
        "[1] // c",
        "{1: 2}",
        "{\"a\" 1}",
        "[\"\\x\"]",
        "[nul]",
        "[True]",
    ] {
        assert!(FromJson::new().read_str(text).is_err(), "{text}");
        assert!(FromJson::new().read(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn text_that_is_no_utf8_names_row_and_path() {
    let error = lines()
        .read_slice(b"{\"a\": [\"x\"]}\n{\"a\": [\"y\", \"z\xff\"]}")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2, column 15 (row 1, a[1]): the string is not UTF-8"
    );
}

#[test]
fn rows_that_are_too_long_are_left_out_by_their_line() {
    let long = "x".repeat(3 << 20);
    let text = format!("1\n\n  [\"{long}\"]  \n2\n\"{long}\"\n\"\n3\n\"{long}");
    let from = lines().row_bytes(1 << 20);
    let mut told = Vec::new();
    let mut batches = from.batches(text.as_bytes()).skip_bad(|row| {
        assert!(row.text.len() < 4, "{}", row.text.len());
        told.push(row.error.to_string());
        Ok(())
    });
    let array = batches.next().unwrap().unwrap();
    assert_eq!(array.value().unwrap().to_string(), "[1, 2, 3]");
    assert_eq!((batches.next().is_none(), batches.skipped()), (true, 4));
    drop(batches);
    let why = "the row has more than 1048576 bytes, which row_bytes allows";
    assert_eq!(told[0], format!("line 3, column 3 (row 1): {why}"));
    assert_eq!(told[1], format!("line 5, column 1 (row 3): {why}"));
    assert!(told[2].starts_with("line 6, column "), "{}", told[2]);
    assert_eq!(told[3], format!("line 8, column 1 (row 6): {why}"));
    // Nobody asked for it, and of a list it is not known where the row ends.
    let refused = |from: FromJson, text: &str| {
        let error = from.batches(text.as_bytes()).next().unwrap().unwrap_err();
        assert!(error.to_string().ends_with(why), "{error}");
    };
    refused(from.clone(), &text);
    let list = format!("[1, \"{long}\", 2]");
    refused(from.line_delimited(false), &list);
}

#[test]
fn the_first_batch_may_declare_the_others() {
    let text = "{\"x\": 1, \"y\": []}\n{\"x\": 2, \"y\": [\"a\"]}\n{\"x\": 2.5, \"y\": []}\n{\"x\": 3, \"y\": [], \"z\": 1}\n\
                {\"x\": null, \"y\": []}\n{\"x\": 4, \"y\": [1]}\n{\"x\": 5, \"y\": [\"b\"]}\n";
    let from = lines().batch_rows(1).first_batch_declares(true);
    let mut told = Vec::new();
    let arrays: Vec<String> = from
        .batches(text.as_bytes())
        .skip_bad(|row| {
            told.push(row.error.to_string());
            Ok(())
        })
        .map(|batch| batch.unwrap().to_string())
        .collect();
    assert_eq!(arrays.len(), 3, "{arrays:?}");
    // What was unknown is learned.
    assert!(arrays[2].contains("{x: 5, y: ['b']}"), "{arrays:?}");
    let begins = [
        "line 3, column 10 (row 2, x): ",
        "line 4, ",
        "line 5, ",
        "line 6, ",
    ];
    assert_eq!(told.len(), begins.len(), "{told:?}");
    for (told, begins) in told.iter().zip(begins) {
        assert!(told.starts_with(begins), "{told}");
    }
}
