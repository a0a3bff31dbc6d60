//! Rows of a declared type.

use gawky_array::json::{FromJson, ToJson};
use gawky_form::Form;

use super::{of, shown};

#[test]
fn what_fits() {
    let cases = [
        ("uint8", "[0, 255]", "[0, 255]"),
        ("float32", "[0.1, 16777217, 1]", "[0.1, 16777216.0, 1.0]"),
        ("float16", "[1.5, 65504]", "[1.5, 65500.0]"),
        (
            "float64",
            "[9007199254740993, 123456789012345680000, -0, -0.0]",
            "[9007199254740992.0, 1.2345678901234568e+20, -0.0, -0.0]",
        ),
        ("int8", "[1.0, 2e1, -0]", "[1, 20, 0]"),
        (
            "int64",
            "[9007199254740992.0, 900719925474099.2e1, 100e-2]",
            "[9007199254740992, 9007199254740992, 1]",
        ),
        ("uint64", "[18446744073709551615]", "[18446744073709551615]"),
        ("?bool", "[null, true]", "[None, True]"),
        (
            "datetime64[ms]",
            r#"["2020-01-01T12:30:00.250"]"#,
            "[2020-01-01T12:30:00.250]",
        ),
        ("timedelta64[s]", "[90]", "[90 seconds]"),
        ("2 * int32", "[[1, 2], [3, 4]]", "[[1, 2], [3, 4]]"),
        (
            "(int64, string)",
            r#"[[1, "a"], {"1": "b", "0": 2}]"#,
            "[(1, 'a'), (2, 'b')]",
        ),
        (
            "var * (string, int64)",
            r#"[{"a": 1, "b": 2}, [["c", 3]]]"#,
            "[[('a', 1), ('b', 2)], [('c', 3)]]",
        ),
        ("complex64", "[1, 2.5]", "[(1+0j), (2.5+0j)]"),
        (
            "union[{x: int64}, {y: string}]",
            r#"[{"y": "a"}, {"x": 1}]"#,
            "[{y: 'a'}, {x: 1}]",
        ),
        (
            "union[var * int64, var * string]",
            r#"[[], ["a"], [1, 2]]"#,
            "[[], ['a'], [1, 2]]",
        ),
        ("unknown", "[1, null, 2.5]", "[1.0, None, 2.5]"),
        ("bytes", "[[1, 255]]", "[b'\\x01\\xff']"),
    ];
    for (schema, text, expected) in cases {
        let array = of(schema)
            .read_str(text)
            .unwrap_or_else(|error| panic!("{schema}: {error}"));
        assert_eq!(array.value().unwrap().to_string(), expected, "{schema}");
        if schema != "unknown" {
            let form = Form::from_type(&schema.parse().unwrap()).unwrap();
            assert_eq!(array.form(), form, "{schema}");
        }
    }
}

#[test]
fn what_does_not_fit_is_named_with_line_row_and_path() {
    let event = "{met: float32, muons: var * {pt: float32, charge: ?int8}}";
    let muon = |muon: &str| {
        format!(
            "[{{\"met\": 1, \"muons\": []}},\n {{\"met\": 2.5, \"muons\": [{{\"pt\": 1}}, {muon}]}}]"
        )
    };
    let cases = [
        (
            event,
            muon(r#"{"pt": 1, "charge": 128}"#),
            "line 2, column 59 (row 1, muons[1].charge): 128 is no ?int8, the declared type",
        ),
        (
            event,
            muon(r#"{"pt": 1, "charge": 0.5}"#),
            "line 2, column 59 (row 1, muons[1].charge): 0.5 is no ?int8, the declared type",
        ),
        (
            event,
            muon(r#"{"pt": 1e39}"#),
            "line 2, column 47 (row 1, muons[1].pt): 1e+39 is no float32, the declared type",
        ),
        (
            event,
            muon(r#"{"pt": "1"}"#),
            "line 2, column 46 (row 1, muons[1].pt): a string does not go into the declared type float32",
        ),
        (
            event,
            muon(r#"{"charge": 1}"#),
            "line 2, column 49 (row 1, muons[1]): the field \"pt\" is not there, and its declared type float32 is no option",
        ),
        (
            event,
            muon(r#"{"pt": null}"#),
            "line 2, column 47 (row 1, muons[1].pt): it is missing, and the declared type float32 is no option",
        ),
        (
            event,
            muon(r#"{"pt": 1, "pt": 2}"#),
            "line 2, column 51 (row 1, muons[1]): the map has the key \"pt\" twice: make maps lists of pairs, by Maps::Pairs",
        ),
        (
            "var * 2 * int64",
            "[[[1, 2], [3]]]".into(),
            "line 1, column 14 (row 0, [1]): the list has 1 elements, and 2 * … is declared",
        ),
        (
            "(int64, int64)",
            r#"[{"0": 1, "2": 1}]"#.into(),
            "line 1, column 15 (row 0): a tuple of 2 is declared here, which has no field \"2\"",
        ),
        (
            "uint8",
            "[-1]".into(),
            "line 1, column 4 (row 0): -1 is no uint8, the declared type",
        ),
        // The nearest float of each of these is an integer, which they are not.
        (
            "int64",
            "[9007199254740993.0]".into(),
            "line 1, column 20 (row 0): 9007199254740992.0 is no int64, the declared type",
        ),
        (
            "?int8",
            "[0.99999999999999999999]".into(),
            "line 1, column 24 (row 0): 1.0 is no ?int8, the declared type",
        ),
        (
            "int64",
            "[-9223372036854775809]".into(),
            "line 1, column 22 (row 0): -9.223372036854776e+18 is no int64, the declared type",
        ),
        (
            "float64",
            "[1e400]".into(),
            "line 1, column 2 (row 0): the number 1e400 is beyond what float64 holds",
        ),
        (
            "float64",
            format!("[1{}]", "0".repeat(400)),
            "line 1, column 2 (row 0): the number 1000000000000000000000000000000000000000… is beyond what float64 holds",
        ),
        (
            "int64",
            "[9223372036854775808]".into(),
            "line 1, column 21 (row 0): 9223372036854775808 is no int64, the declared type",
        ),
        ("datetime64[D]", r#"["2020-13-01"]"#.into(), ""),
        (
            "bool",
            "[true, 1]".into(),
            "line 1, column 9 (row 1): the number 1 does not go into the declared type bool",
        ),
        (
            "string",
            "[[]]".into(),
            "line 1, column 2 (row 0): a list does not go into the declared type string",
        ),
        (
            "var * {x: int64}",
            r#"[[{"x": 1}], [{"x": 1}, 2]]"#.into(),
            "line 1, column 26 (row 1, [1]): the number 2 does not go into the declared type {x: int64}",
        ),
        (
            "var * (string, var * int64)",
            r#"[{"a": [1], "b": [1, true]}]"#.into(),
            "line 1, column 26 (row 0, b[1]): a boolean does not go into the declared type int64",
        ),
        (
            "(int64, {x: int64})",
            r#"[{"1": {"x": "a"}, "0": 1}]"#.into(),
            "line 1, column 17 (row 0, 1.x): a string does not go into the declared type int64",
        ),
        (
            "(int64, int64)",
            r#"[{"01": 1}]"#.into(),
            "line 1, column 8 (row 0): a tuple of 2 is declared here, which has no field \"01\"",
        ),
        (
            "(int64, int64)",
            r#"[{"1": 1, "1": 2}]"#.into(),
            "line 1, column 15 (row 0): the map has the key \"1\" twice: make maps lists of pairs, by Maps::Pairs",
        ),
    ];
    for (schema, text, expected) in cases {
        let error = of(schema).read_str(&text).unwrap_err().to_string();
        match expected {
            "" => assert!(error.starts_with("line 1, column 14 (row 0): "), "{error}"),
            _ => assert_eq!(error, expected),
        }
        let read = of(schema).read(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(read, error);
    }
}

/// Of records that several contents of a union are, none is null, but the union's option is.
#[test]
fn null_in_unions_of_records() {
    let text = r#"[null, {"y": 1}, {"x": 2}]"#;
    for schema in [
        "?union[{x: int64}, {y: int64}]",
        "union[?{x: int64}, ?{y: int64}]",
    ] {
        let array = of(schema).read_str(text).unwrap();
        assert_eq!(array.value().unwrap().to_string(), "[None, {y: 1}, {x: 2}]");
    }
    assert_eq!(
        shown(of("union[{x: int64}, {y: int64}]").read_str(text)),
        "! line 1, column 6 (row 0): it is missing, and the declared type union[{x: int64}, {y: int64}] is no option"
    );
    // What is no record goes to the content of its kind.
    let from = of("union[{x: int64}, {y: {z: var * uint8}}, string, float32]");
    assert_eq!(
        from.read_str(r#"["a", 2, {"y": {"z": []}}]"#)
            .unwrap()
            .value()
            .unwrap()
            .to_string(),
        "['a', 2.0, {y: {z: []}}]"
    );
    let error = from.read_str(r#"[{"y": {"z": [1, 256]}}]"#).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("y.z[1]: 256 is no uint8, the declared type"),
        "{error}"
    );
}

#[test]
fn integers_in_floats_are_the_nearest() {
    for (schema, text, expected) in [
        (
            "float64",
            "[9007199254740993, -9007199254740993]",
            "[9007199254740992.0, -9007199254740992.0]",
        ),
        (
            "float32",
            "[16777217, 16777216, 2]",
            "[16777216.0, 16777216.0, 2.0]",
        ),
        (
            "float64",
            "[18446744073709551615]",
            "[1.8446744073709552e+19]",
        ),
        ("float16", "[2049, 1]", "[2048.0, 1.0]"),
        ("complex64", "[16777217]", "[(16777216+0j)]"),
        ("?int8", "[null, -128, 127, 1.0]", "[None, -128, 127, 1]"),
        (
            "uint64",
            "[0, 18446744073709551615]",
            "[0, 18446744073709551615]",
        ),
        (
            "union[float32, string]",
            "[16777217, 1, \"1\"]",
            "[16777216.0, 1.0, '1']",
        ),
    ] {
        let array = of(schema).read_str(text).unwrap();
        assert_eq!(array.value().unwrap().to_string(), expected, "{schema}");
    }
    for (schema, text) in [
        ("int8", "[128]"),
        ("uint8", "[-1]"),
        ("uint64", "[-1]"),
        ("int64", "[1.5]"),
    ] {
        let error = of(schema).read_str(text).unwrap_err().to_string();
        assert!(error.contains(&format!("is no {schema}")), "{error}");
    }
}

#[test]
fn strings_where_bytes_and_dates_are() {
    let from = of("union[bytes, datetime64[D]]").convert_strings(|text| Some(text.into()));
    let array = from.read_str(r#"["2020-01-02", "abc"]"#).unwrap();
    assert_eq!(array.value().unwrap().to_string(), "[2020-01-02, b'abc']");
}

#[test]
fn unknown_fields_are_refused_or_passed_over() {
    let text = r#"[{"a": {"deep": ["er", {"x": null}]}, "x": 1, "b": 2}, {"x": 2}]"#;
    let error = of("{x: int64}").read_str(text).unwrap_err().to_string();
    assert!(error.starts_with("line 1, column 7 (row 0): "), "{error}");
    assert!(error.contains("\"a\""), "{error}");
    let from = of("{x: int64}").skip_unknown(true);
    assert_eq!(shown(from.read_str(text)), "[{x: 1}, {x: 2}] of {x: int64}");
    let broken = r#"[{"a": {"deep": ["er" {"x": null}]}, "x": 1}]"#;
    assert_eq!(
        shown(from.read_str(broken)),
        "! line 1, column 23 (row 0): expected `,` or `]`"
    );
}

#[test]
fn strings_that_are_numbers_and_bytes() {
    let from = of("float32").nan_string("nan").posinf_string("inf");
    assert_eq!(
        shown(from.read_str(r#"["nan", "inf", 1]"#)),
        "[nan, inf, 1.0] of float32"
    );
    let from = of("string").nan_string("nan");
    assert_eq!(shown(from.read_str(r#"["nan"]"#)), "['nan'] of string");

    let to = ToJson::new()
        .convert_bytes(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect());
    let from = of("?bytes").convert_strings(|text| {
        let pairs = text
            .as_bytes()
            .chunks(2)
            .map(|pair| std::str::from_utf8(pair).ok());
        pairs
            .map(|pair| u8::from_str_radix(pair?, 16).ok())
            .collect()
    });
    let text = r#"["00ff",null,""]"#;
    let array = from.read_str(text).unwrap();
    assert_eq!(
        array.value().unwrap().to_string(),
        "[b'\\x00\\xff', None, b'']"
    );
    assert_eq!(to.to_string(&array).unwrap(), text);
    assert_eq!(
        shown(from.read_str(r#"["0g"]"#)),
        "! line 1, column 2 (row 0): the string was refused as a bytestring, by convert_strings"
    );
}

#[test]
fn complex_numbers() {
    let from = |schema: &str| of(schema).complex_record_fields("r", "i").nan_string("nan");
    let text = r#"[{"r": 1, "other": [{}], "i": 0.1}, null, {"i": -2, "r": "nan"}]"#;
    assert_eq!(
        shown(from("?complex64").read_str(text)),
        "[(1+0.1j), None, (nan-2j)] of ?complex64"
    );
    for wrong in [
        r#"[{"r": 1}]"#,
        r#"[{"r": 1, "i": "x"}]"#,
        r#"[{"r": 1, "i": {}}]"#,
    ] {
        assert_eq!(
            shown(from("complex128").read_str(wrong)),
            "! line 1, column 2 (row 0): the object is no complex number: of those, \"r\" and \"i\" are the parts"
        );
    }
    let twice = r#"[{"r": 1, "i": 2, "r": 3}]"#;
    assert!(shown(from("complex128").read_str(twice)).contains("the key \"r\" twice"));
    let great = r#"[{"r": 1, "i": 1e999}]"#;
    assert!(shown(from("complex128").read_str(great)).contains("1e999 is beyond"));
    let record = of("complex128")
        .read_str(r#"[{"r": 1, "i": 2}]"#)
        .unwrap_err()
        .to_string();
    assert!(
        record.contains("a record does not go into the declared type complex128"),
        "{record}"
    );
    assert!(
        FromJson::new()
            .schema(&"complex128".parse().unwrap())
            .is_ok()
    );
}
