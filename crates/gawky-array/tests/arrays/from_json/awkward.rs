//! What `ak.from_json` of awkward 2.14 makes of the same texts, and where that is not done here.

use gawky_array::Array;
use gawky_array::json::{self, FromJson};
use gawky_array::rows::Maps;

use super::{lines, shown};

/// What Awkward makes of it, too.
#[test]
fn a_list_is_its_elements() {
    let cases = [
        ("[1,2]", "[1, 2] of int64"),
        ("[]", "[] of unknown"),
        ("[[],[]]", "[[], []] of var * unknown"),
        ("[{}]", "[{}] of {}"),
        ("[null]", "[None] of ?unknown"),
        ("[1,null,2.5]", "[1.0, None, 2.5] of ?float64"),
        ("[1.0,2]", "[1.0, 2.0] of float64"),
        ("[true,1]", "[True, 1] of union[bool, int64]"),
        (
            r#"[1,"a",true,[1],{"x":1}]"#,
            "[1, 'a', True, [1], {x: 1}] of union[int64, string, bool, var * int64, {x: int64}]",
        ),
        (
            r#"[{"x":1},{"y":2}]"#,
            "[{x: 1, y: None}, {x: None, y: 2}] of {x: ?int64, y: ?int64}",
        ),
        (r#"[{"x":1},{}]"#, "[{x: 1}, {x: None}] of {x: ?int64}"),
        (
            r#"[{"x":1,"y":2},{"y":3,"x":4}]"#,
            "[{x: 1, y: 2}, {x: 4, y: 3}] of {x: int64, y: int64}",
        ),
        (r#"[{"":1}]"#, "[{'': 1}] of {\"\": int64}"),
        (r#"["2020-01-01"]"#, "['2020-01-01'] of string"),
        (
            r#"["\ud83d\ude00", "é", "\u00e9", "a\/b"]"#,
            "['😀', 'é', 'é', 'a/b'] of string",
        ),
        (r#"["a\u0000b"]"#, "['a\\x00b'] of string"),
        ("[-0]", "[0] of int64"),
        ("[-0.0]", "[-0.0] of float64"),
        ("[1e-400]", "[0.0] of float64"),
        ("[0.1e1]", "[1.0] of float64"),
        (" [ 1 ,\r\n\t2 ] ", "[1, 2] of int64"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(json::from_str(text)), expected, "{text}");
        assert_eq!(
            shown(json::from_reader(text.as_bytes())),
            expected,
            "{text}"
        );
    }
}

/// Awkward has numbers and records that are no arrays.
#[test]
fn what_is_no_list_is_one_row() {
    let cases = [
        ("1", "[1] of int64"),
        ("null", "[None] of ?unknown"),
        ("\"a\"", "['a'] of string"),
        (r#"{"x":1}"#, "[{x: 1}] of {x: int64}"),
        (r#"{"x":[1,2]} "#, "[{x: [1, 2]}] of {x: var * int64}"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(json::from_str(text)), expected, "{text}");
        assert_eq!(
            shown(json::from_reader(text.as_bytes())),
            expected,
            "{text}"
        );
    }
}

#[test]
fn lines_are_values_one_after_the_other() {
    let cases = [
        ("1 2 3", "[1, 2, 3] of int64"),
        ("1\n2", "[1, 2] of int64"),
        (r#"{"x":1}{"x":2}"#, "[{x: 1}, {x: 2}] of {x: int64}"),
        (
            "{\"x\":1}\r\n\r\n{\"x\":\n2}\n",
            "[{x: 1}, {x: 2}] of {x: int64}",
        ),
        ("", "[] of unknown"),
        ("\n\n", "[] of unknown"),
        ("[1]\n[2,3]", "[[1], [2, 3]] of var * int64"),
        ("null\n1", "[None, 1] of ?int64"),
        ("1,2", "! line 1, column 2 (row 1): expected value"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(lines().read_str(text)), expected, "{text}");
        assert_eq!(shown(json::from_lines(text.as_bytes())), expected, "{text}");
    }
}

#[test]
fn what_is_no_number_for_json() {
    let from = FromJson::new()
        .nan_string("nan")
        .posinf_string("inf")
        .neginf_string("-inf");
    let cases = [
        (r#"[1,"nan",2.5]"#, "[1.0, nan, 2.5] of float64"),
        (
            r#"[1, 2, "nan", "inf", "-inf"]"#,
            "[1.0, 2.0, nan, inf, -inf] of float64",
        ),
        (r#"["a","nan"]"#, "['a', nan] of union[string, float64]"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(from.read_str(text)), expected, "{text}");
    }
    // Awkward does not read these.
    let literal = "[NaN, Infinity, -Infinity, 1]";
    assert_eq!(
        shown(json::from_str(literal)),
        "! line 1, column 2 (row 0): expected value"
    );
    let from = FromJson::new().inf_nan(true);
    assert_eq!(
        shown(from.read_str(literal)),
        "[nan, inf, -inf, 1.0] of float64"
    );
    assert_eq!(
        shown(from.read(literal.as_bytes())),
        "[nan, inf, -inf, 1.0] of float64"
    );
}

#[test]
fn records_that_are_complex_numbers() {
    let from = FromJson::new().complex_record_fields("r", "i");
    let cases = [
        (r#"[{"r":1,"i":2,"o":3}]"#, "[(1+2j)] of complex128"),
        (
            r#"[{"r":1,"i":2},{"r":1.5,"i":2,"z":2}]"#,
            "[(1+2j), (1.5+2j)] of complex128",
        ),
        (
            r#"[{"z":[null,{"i":2,"r":0.5}]}]"#,
            "[{z: [None, (0.5+2j)]}] of {z: var * ?complex128}",
        ),
        (
            r#"[{"r":1,"x":2}]"#,
            "[{r: 1, x: 2}] of {r: int64, x: int64}",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(from.read_str(text)), expected, "{text}");
    }
    for (text, place, found) in [
        (
            r#"[{"r":1,"i":2},{"r":1.5}]"#,
            "row 1",
            "float64 and ?int64",
        ),
        (
            r#"[{"x":[]},{"x":[null,{"r":"a","i":2}]},{"x":null}]"#,
            "row 1, x[1]",
            "string and int64",
        ),
        (
            r#"[1,{"r":1,"i":2},"a",[],[[true,{"i":2,"r":"a"}]]]"#,
            "row 4, [0][1]",
            "string and int64",
        ),
        (
            r#"[{"r":1,"i":2},{"r":1,"i":2},{"r":1,"i":"a"}]"#,
            "row 2",
            "int64 and union[int64, string]",
        ),
    ] {
        let expected = format!(
            "! {place}: of objects with \"r\" and \"i\", complex_record_fields makes complex numbers, but of all rows these are {found}"
        );
        assert_eq!(shown(from.read_str(text)), expected, "{text}");
    }
}

/// The schemas of Awkward's documentation and tests, for the rows.
#[test]
fn json_schemas() {
    let integers = r#"{"type": "array", "items": {"type": "integer"}}"#;
    let cases = [
        (r#"{"type": "integer"}"#, "[1,2]", "[1, 2] of int64"),
        (r#"{"type": ["integer"]}"#, "[1]", "[1] of int64"),
        (r#"{"type": "number"}"#, "[1,2]", "[1.0, 2.0] of float64"),
        (
            r#"{"type": ["number", "null"]}"#,
            "[1,null]",
            "[1.0, None] of ?float64",
        ),
        (
            r#"{"type": "string"}"#,
            r#"["a","b"]"#,
            "['a', 'b'] of string",
        ),
        (
            r#"{"type": "boolean"}"#,
            "[true,false]",
            "[True, False] of bool",
        ),
        (
            r#"{"type": "string", "enum": ["b", "a"]}"#,
            r#"["a","b","a"]"#,
            "['a', 'b', 'a'] of categorical[type=string]",
        ),
        (
            r#"{"type": ["string", "null"], "enum": ["b", "a"]}"#,
            r#"["a",null]"#,
            "['a', None] of ?categorical[type=string]",
        ),
        (
            r#"{"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}"#,
            "[[1,2],[3,4]]",
            "[[1, 2], [3, 4]] of 2 * int64",
        ),
        (
            r#"{"type": ["array", "null"], "items": {"type": "integer"}}"#,
            "[null,[1]]",
            "[None, [1]] of option[var * int64]",
        ),
        (
            r#"{"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": ["integer", "null"]}}}"#,
            r#"[{"x":1,"z":3},{"x":2}]"#,
            "[{x: 1, y: None}, {x: 2, y: None}] of {x: int64, y: ?int64}",
        ),
        (
            r#"{"type": ["object", "null"], "properties": {"x": {"type": "integer"}}}"#,
            r#"[null,{"x":1}]"#,
            "[None, {x: 1}] of ?{x: int64}",
        ),
        (
            r#"{"type": "number"}"#,
            "[9223372036854775808]",
            "[9.223372036854776e+18] of float64",
        ),
        (
            r#"{"type": "integer"}"#,
            "[1,2.5]",
            "! line 1, column 7 (row 1): 2.5 is no int64, the declared type",
        ),
        (
            r#"{"type": "number"}"#,
            "[1,null]",
            "! line 1, column 8 (row 1): it is missing, and the declared type float64 is no option",
        ),
    ];
    for (items, text, expected) in cases {
        let schema = format!(r#"{{"type": "array", "items": {items}}}"#);
        let from = FromJson::new().json_schema(&schema).unwrap();
        assert_eq!(shown(from.read_str(text)), expected, "{items}");
        // One schema for each row, as it is of lines.
        if items.contains("object") && !text.contains("null") {
            let from = FromJson::new().json_schema(items).unwrap();
            assert_eq!(shown(from.read_str(text)), expected, "{items}");
        }
    }
    // Awkward makes integers of both lists one array; here lines are rows, whatever they are.
    let from = lines().json_schema(integers).unwrap();
    assert_eq!(shown(from.read_str("1\n2")), "[1, 2] of int64");
}

#[test]
fn schemas_that_say_too_little() {
    let cases = [
        ("[", "its text: EOF while parsing a list at line 1 column 1"),
        ("[]", "its root: it is no object"),
        (
            "{}",
            "its root: it has no \"type\", so that it does not say what an array is to hold",
        ),
        (
            r#"{"type": "array"}"#,
            "its root: it has no \"items\", so that it does not say what an array is to hold",
        ),
        (r#"{"type": "number", "items": {"type": "integer"}}"#, ""),
        (
            r#"{"type": "array", "items": {"type": ["integer", "string"]}}"#,
            "\"/items\": its \"type\" is to name one type, and \"null\" where that may be missing",
        ),
        (
            r#"{"type": "object", "properties": {"a/b": {"type": "any"}}}"#,
            "\"/properties/a~1b\": there is no type \"any\"",
        ),
    ];
    for (schema, expected) in cases {
        match FromJson::new().json_schema(schema) {
            Ok(_) => assert_eq!(expected, "", "{schema}"),
            Err(error) => assert_eq!(
                error.to_string(),
                format!("the JSON Schema is of no use here, at {expected}")
            ),
        }
    }
}

/// Awkward wraps the first two, and rounds the third.
#[test]
fn integers_are_never_wrapped() {
    assert_eq!(
        shown(json::from_str("[9223372036854775808]")),
        "[9223372036854775808] of uint64"
    );
    assert_eq!(
        shown(json::from_str("[18446744073709551615]")),
        "[18446744073709551615] of uint64"
    );
    assert_eq!(
        shown(json::from_str("[0, [18446744073709551616]]")),
        "! line 1, column 6 (row 1, [0]): the integer 18446744073709551616 has more than 64 bits: a schema with float64 \
         there rounds it, and as a string it stays as it is"
    );
    assert_eq!(
        shown(json::from_str("[1, 18446744073709551615, 0]")),
        "[1, 18446744073709551615, 0] of uint64"
    );
    assert_eq!(
        shown(json::from_str("[-1, 18446744073709551615]")),
        "[-1, 18446744073709551615] of union[int64, uint64]"
    );
    let long = format!("[{}]", "9".repeat(400));
    assert!(
        shown(json::from_str(&long))
            .contains("the integer 9999999999999999999999999999999999999999… has")
    );
}

#[test]
fn objects_as_lists_of_pairs() {
    let from = FromJson::new().maps(Maps::Pairs);
    assert_eq!(
        shown(from.read_str(r#"[{"a": 1, "b": 2, "a": 3}, {}, {"c": {"d": 4}}]"#)),
        "[[('a', 1), ('b', 2), ('a', 3)], [], [('c', [('d', 4)])]] of var * (string, union[int64, var * (string, int64)])"
    );
}

#[test]
fn an_enum_takes_its_strings_and_no_others() {
    let schema = r#"{"type": "array", "items": {"type": "object", "properties": {
        "a": {"type": "array", "items": {"type": "string", "enum": ["x", "y"]}},
        "b": {"type": ["string", "null"], "enum": ["p", "q", "r"]}
    }}}"#;
    let from = FromJson::new().json_schema(schema).unwrap();
    let text = r#"{"a": ["y"], "b": "q"}
        {"a": ["x", "p"], "b": null}
        {"a": [], "b": "r"}"#;
    let mut bad = Vec::new();
    // What is declared already the first batch does not declare anew, without its strings.
    let from = from
        .line_delimited(true)
        .batch_rows(1)
        .first_batch_declares(true);
    let batches = from.batches(text.as_bytes()).skip_bad(|row| {
        bad.push(row.error.to_string());
        Ok(())
    });
    let arrays: Vec<Array> = batches.map(Result::unwrap).collect();
    let array = Array::concatenate(&arrays).unwrap();
    assert_eq!(
        array.value().unwrap().to_string(),
        "[{a: ['y'], b: 'q'}, {a: [], b: 'r'}]"
    );
    assert_eq!(
        bad,
        [
            "line 2, column 24 (row 1, a[1]): \"p\" is none of the declared categories; there are x, y"
        ]
    );
    for array in arrays {
        let Array::ListOffset(lists) = array.field("a").unwrap() else {
            panic!("{array}");
        };
        let Array::Indexed(categories) = lists.content() else {
            panic!("{array}");
        };
        let names = categories.content().to_rows::<String>().unwrap();
        assert_eq!(names, ["x", "y"], "as Awkward has them, used or not");
    }
    let wrong = r#"{"type": "string", "enum": ["a", 1]}"#;
    let error = FromJson::new().json_schema(wrong).unwrap_err();
    assert!(error.to_string().contains("no list of strings"), "{error}");
}
