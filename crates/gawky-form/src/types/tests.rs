#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::*;
use crate::{Form, MAX_DEPTH, MAX_PARAMETER_DEPTH};

fn of_form(json: &str) -> String {
    Form::from_json(json).unwrap().type_().to_string()
}

fn numpy(dtype: &str, parameters: &str) -> String {
    of_form(&format!(
        r#"{{"class": "NumpyArray", "primitive": "{dtype}", "parameters": {parameters}}}"#
    ))
}

/// As `form.type` prints them in Awkward 2.14.
#[test]
fn types_of_forms_follow_awkward() {
    for (json, expected) in [
        (r#""datetime64""#, "datetime64"),
        (r#"{"class": "EmptyArray"}"#, "unknown"),
        (
            r#"{"class": "NumpyArray", "primitive": "int64", "inner_shape": [2, 3], "parameters": {"__array__": "char"}}"#,
            r#"[2 * 3 * int64, parameters={"__array__": "char"}]"#,
        ),
        (
            r#"{"class": "NumpyArray", "primitive": "int64", "inner_shape": [2, 3], "parameters": {"__array__": "string"}}"#,
            "string[2]",
        ),
        // An index gives its parameters on.
        (
            r#"{"class": "IndexedArray", "index": "i64", "content": {"class": "EmptyArray"}, "parameters": {"a": 1}}"#,
            r#"unknown[parameters={"a": 1}]"#,
        ),
        (
            r#"{"class": "IndexedArray", "index": "i64", "content": {"class": "NumpyArray", "primitive": "int64", "parameters": {"a": null, "b": 1}}, "parameters": {"__array__": "categorical", "c": null}}"#,
            r#"categorical[type=int64[parameters={"b": 1}]]"#,
        ),
        (
            r#"{"class": "IndexedArray", "index": "i64", "content": {"class": "NumpyArray", "primitive": "uint8", "parameters": {"__array__": "char"}}, "parameters": {"q": 2}}"#,
            "char",
        ),
        (
            r#"{"class": "IndexedArray", "index": "i64", "content": {"class": "IndexedArray", "index": "i64", "content": "int64", "parameters": {"__array__": "categorical"}}, "parameters": {"__array__": "categorical"}}"#,
            r#"categorical[type=int64[parameters={"__array__": "categorical"}]]"#,
        ),
        (
            r#"{"class": "IndexedArray", "index": "i64", "content": {"class": "IndexedOptionArray", "index": "i64", "content": "int64", "parameters": {"__array__": "categorical"}}, "parameters": {"__array__": "categorical"}}"#,
            r#"option[categorical[type=int64], parameters={"__array__": "categorical"}]"#,
        ),
        (
            r#"{"class": "IndexedOptionArray", "index": "i64", "content": {"class": "IndexedArray", "index": "i64", "content": "int64", "parameters": {"__array__": "categorical"}}, "parameters": {"__array__": "categorical"}}"#,
            "?categorical[type=categorical[type=int64]]",
        ),
        // An option of a union is a union of options.
        (
            r#"{"class": "IndexedOptionArray", "index": "i64", "content": {"class": "UnionArray", "tags": "i8", "index": "i64", "contents": ["int64", {"class": "UnmaskedArray", "content": "int8", "parameters": {"z": 0}}], "parameters": {"u": 9}}, "parameters": {"__array__": "categorical", "k": 5}}"#,
            r#"union[option[categorical[type=int64], parameters={"k": 5}], option[categorical[type=int8], parameters={"k": 5, "z": 0}], parameters={"u": 9}]"#,
        ),
        (
            r#"{"class": "UnmaskedArray", "content": {"class": "ListOffsetArray", "offsets": "i64", "content": "int64", "parameters": {"__categorical__": true}}}"#,
            "option[categorical[type=var * int64]]",
        ),
        (
            r#"{"class": "UnmaskedArray", "content": {"class": "ListOffsetArray", "offsets": "i64", "content": "int64", "parameters": {"__array__": 1}}}"#,
            r#"option[[var * int64, parameters={"__array__": 1}]]"#,
        ),
        (
            r#"{"class": "RegularArray", "size": 3, "content": "int64", "parameters": {"__array__": "bytestring"}}"#,
            "bytes[3]",
        ),
        (
            r#"{"class": "ByteMaskedArray", "mask": "i8", "valid_when": true, "content": {"class": "RegularArray", "size": 3, "content": "int64"}}"#,
            "option[3 * int64]",
        ),
        (
            r#"{"class": "UnmaskedArray", "content": {"class": "RegularArray", "size": 3, "content": "int64", "parameters": {"__array__": "char"}}}"#,
            r#"?[3 * int64, parameters={"__array__": "char"}]"#,
        ),
        // Records.
        (
            r#"{"class": "RecordArray", "fields": ["a b", "é", "_1", "", "1"], "contents": ["int64", "int64", "int64", "int64", "int64"], "parameters": {"__record__": "Point 3"}}"#,
            r#"struct[{"a b": int64, "\u00e9": int64, _1: int64, "": int64, "1": int64}, parameters={"__record__": "Point 3"}]"#,
        ),
        (
            r#"{"class": "RecordArray", "fields": [], "contents": [], "parameters": {"__record__": "int8", "a": 1}}"#,
            r#"struct[{}, parameters={"__record__": "int8", "a": 1}]"#,
        ),
        (
            r#"{"class": "RecordArray", "fields": null, "contents": [], "parameters": {"__record__": "P", "a": null, "c": 2}}"#,
            r#"P[parameters={"c": 2}]"#,
        ),
        (
            r#"{"class": "RecordArray", "fields": null, "contents": ["int8"], "parameters": {"__record__": "var"}}"#,
            "var[int8]",
        ),
        (
            r#"{"class": "RecordArray", "fields": null, "contents": ["int8"], "parameters": {"__record__": null}}"#,
            "(int8)",
        ),
        (
            r#"{"class": "RecordArray", "fields": null, "contents": ["int8"], "parameters": {"q": 1}}"#,
            r#"tuple[[int8], parameters={"q": 1}]"#,
        ),
    ] {
        assert_eq!(of_form(json), expected, "{json}");
        let read: Type = expected.parse().unwrap();
        assert_eq!(read.to_string(), expected);
    }
}

#[test]
fn parameters_are_spelled_as_python_spells_them() {
    for (parameters, expected) in [
        (
            r#"{"__unit__": "15us", "z": 1, "a": [0.1, 1e300, -0.0]}"#,
            r#"int64[unit="15us", parameters={"z": 1, "a": [0.1, 1e+300, -0.0]}]"#,
        ),
        (r#"{"__unit__": "1us"}"#, r#"int64[unit="us"]"#),
        (
            r#"{"__unit__": "parsec"}"#,
            r#"int64[parameters={"__unit__": "parsec"}]"#,
        ),
        (
            r#"{"__array__": 5}"#,
            r#"int64[parameters={"__array__": 5}]"#,
        ),
        (r#"{"__array__": "char", "more": 1}"#, "char"),
        (r#"{"__categorical__": true}"#, "categorical[type=int64]"),
        (
            r#"{"__array__": null, "q": "\ud83d\ude00\u007f\u001f\"/\\"}"#,
            r#"int64[parameters={"q": "\ud83d\ude00\u007f\u001f\"/\\"}]"#,
        ),
    ] {
        assert_eq!(numpy("int64", parameters), expected);
        let read: Type = expected.parse().unwrap();
        assert_eq!(read.to_string(), expected);
    }
}

/// As `type.show()` prints it.
#[test]
fn several_lines() {
    let t: ArrayType = r#"3 * var * {x: ?int8, p: P[y: 2 * bool, parameters={"a": 1}], u: union[string, tuple[[int8], parameters={"b": {"c": [1]}}], {}, parameters={"d": 2}]}"#
        .parse()
        .unwrap();
    let expected = r#"3 * var * {
    x: ?int8,
    p: P[
        y: 2 * bool, 
    parameters={"a": 1}],
    u: union[
        string,
        tuple[[
            int8
        ], parameters={"b": {"c": [1]}}],
        {
            
        }, 
    parameters={"d": 2}]
}"#;
    assert_eq!(format!("{t:#}"), expected);
    assert_eq!(expected.parse::<ArrayType>().unwrap(), t);
}

/// All that Awkward's grammar has, in spellings that do not print back alike.
#[test]
fn the_whole_grammar_reads() {
    for (text, printed) in [
        ("  var*\t3 *\r\n int8 ", "var * 3 * int8"),
        ("int8[parameters={}]", "int8"),
        ("unknown[ parameters = { } ]", "unknown"),
        ("option[int8]", "?int8"),
        ("option[string]", "?string"),
        ("?var * int8", "option[var * int8]"),
        (
            r#"option[int8, parameters={"a": 1}]"#,
            r#"option[int8, parameters={"a": 1}]"#,
        ),
        ("()", "()"),
        ("tuple[[]]", "()"),
        ("tuple[[int8, bool]]", "(int8, bool)"),
        (
            r#"tuple[[], parameters={"a": 1}]"#,
            r#"tuple[[], parameters={"a": 1}]"#,
        ),
        ("{}", "{}"),
        ("struct[{}]", "{}"),
        (r#"struct[{x: int8}]"#, "{x: int8}"),
        (
            r#"{"x": int8, "y z": bool, x: int8}"#,
            r#"{x: int8, "y z": bool, x: int8}"#,
        ),
        (
            "{var: int8, int8: bool, parameters: string}",
            "{var: int8, int8: bool, parameters: string}",
        ),
        ("Point[]", "Point[]"),
        ("Point[int8, bool]", "Point[int8, bool]"),
        (
            r#"Point[x: int8, "y": bool, parameters={"a": 1}]"#,
            r#"Point[x: int8, y: bool, parameters={"a": 1}]"#,
        ),
        (
            r#"Point[x: int8, parameters={"__record__": "Other"}]"#,
            "Other[x: int8]",
        ),
        ("Point[parameters: int8]", "Point[parameters: int8]"),
        ("union[]", "union[]"),
        (
            r#"union[int8, parameters={"a": 1}]"#,
            r#"union[int8, parameters={"a": 1}]"#,
        ),
        (
            r#"union[, parameters={"a": 1}]"#,
            r#"union[, parameters={"a": 1}]"#,
        ),
        (
            r#"union[parameters={"a": 1}]"#,
            r#"union[, parameters={"a": 1}]"#,
        ),
        (
            r#"[int8, parameters={"a": 1}]"#,
            r#"int8[parameters={"a": 1}]"#,
        ),
        (
            r#"[[3 * int8, parameters={"a": 1}], parameters={"a": 2}]"#,
            r#"[3 * int8, parameters={"a": 2}]"#,
        ),
        ("categorical[ type = string ]", "categorical[type=string]"),
        ("char", "char"),
        ("byte", "byte"),
        ("char[int8]", "char[int8]"),
        ("string[ 5 ]", "string[5]"),
        ("bytes", "bytes"),
        ("datetime64", "datetime64"),
        ("datetime64[1us]", "datetime64[us]"),
        ("timedelta64[15us]", "timedelta64[15us]"),
        (
            r#"datetime64[s][parameters={"a": 1}]"#,
            r#"datetime64[s][parameters={"a": 1}]"#,
        ),
        (
            r#"datetime64[parameters={"a": "]"}]"#,
            r#"datetime64[parameters={"a": "]"}]"#,
        ),
        ("float16", "float16"),
        ("complex256", "complex256"),
        (
            r#"int8[parameters={"a": [+5, .5, 5., -0, 1e3, 1E+3, true, false, null, [], {}], "b": 1, "b": 2}]"#,
            r#"int8[parameters={"a": [5, 0.5, 5.0, 0, 1000.0, 1000.0, true, false, null, [], {}], "b": 2}]"#,
        ),
    ] {
        let read = Type::from_datashape(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(read.to_string(), printed, "{text}");
        assert_eq!(Type::from_datashape(printed).unwrap(), read, "{printed}");
    }
}

#[test]
fn errors_say_where_and_why() {
    for (text, expected) in [
        ("", "0: expected a type, found the end"),
        ("var * ", "6: expected a type, found the end"),
        ("var int8", "4: expected \"*\", found \"int8\""),
        (
            "int9",
            "0: there is no type \"int9\"; a record of that name has brackets: int9[x: int64]",
        ),
        ("int8 int8", "5: expected the end, found \"int8\""),
        (
            "{x int8}",
            "1: expected the name of a field and \":\", found \"x int8}\"",
        ),
        ("{x: int8", "8: expected \",\" or \"}\", found the end"),
        (
            "{x: int8,}",
            "9: expected the name of a field and \":\", found \"}\"",
        ),
        ("(int8,)", "6: expected a type, found \")\""),
        (
            "P[int8, x: int8]",
            "11: expected a type without a name, as before it, found \"int8]\"",
        ),
        (
            "P[x: int8, int8]",
            "11: expected the name of a field and \":\", found \"int8]\"",
        ),
        (
            "union[x: int8]",
            "6: there is no type \"x\"; a record of that name has brackets: x[x: int64]",
        ),
        ("[int8]", "5: expected \",\" and parameters, found \"]\""),
        ("int8[3]", "5: expected \"parameters=\", found \"3]\""),
        ("int8[parameters=3]", "16: expected \"{\", found \"3]\""),
        (
            r#"int8[parameters={"a": nan}]"#,
            "25: expected a JSON value, found \"}]\"",
        ),
        (
            r#"int8[parameters={"a": -}]"#,
            "22: expected a number, found \"-}]\"",
        ),
        (
            r#"int8[parameters={"a": 1e999}]"#,
            "22: the number 1e999 is too large",
        ),
        (
            r#"int8[parameters={a: 1}]"#,
            "17: expected a string, found \"a: 1}]\"",
        ),
        (
            r#"{"x"#,
            "1: this string cannot be read: its closing quote is missing",
        ),
        (
            r#"{"\x": int8}"#,
            "1: this string cannot be read: invalid escape at line 1 column 3",
        ),
        (
            "99999999999999999999 * int8",
            "0: the number 99999999999999999999 is too large",
        ),
        ("categorical[int8]", "16: expected \"type=\", found \"]\""),
        ("é * int8", "0: expected a type, found \"é * int8\""),
        (
            "(int8, a_name_that_is_rather_long * 3)",
            "7: there is no type \"a_name_that_is_rather_long\"; a record of that name has brackets: \
             a_name_that_is_rather_long[x: int64]",
        ),
        (
            "3 * int8 and then a lot of text",
            "9: expected the end, found \"and then a lot of te\"…",
        ),
    ] {
        let message = Type::from_datashape(text).unwrap_err().to_string();
        let expected = format!("the type cannot be read at byte {expected}");
        assert_eq!(message.replace("…\"", "\"…"), expected, "{text}");
    }
    assert_eq!(
        ArrayType::from_datashape("var * int8")
            .unwrap_err()
            .to_string(),
        "the type cannot be read at byte 0: expected the length of an array, as in \"3 * int64\", found \"var * int8\""
    );
}

#[test]
fn nesting_is_capped() {
    for (open, close, leaf) in [
        ("var * ", "", "int8"),
        ("?", "", "int8"),
        ("3*", "", "int8"),
        ("(", ")", "int8"),
        ("{x:", "}", "int8"),
        ("P[", "]", "int8"),
        ("P[x:", "]", "int8"),
        ("union[", "]", "int8"),
        ("option[", "]", "int8"),
        ("tuple[[", "]]", "int8"),
        ("struct[{x:", "}]", "int8"),
        ("categorical[type=", "]", "int8"),
        ("[", ",parameters={}]", "int8"),
    ] {
        let text = |depth| open.repeat(depth) + leaf + &close.repeat(depth);
        assert!(Type::from_datashape(&text(MAX_DEPTH - 1)).is_ok(), "{open}");
        for depth in [MAX_DEPTH, 100_000] {
            let message = Type::from_datashape(&text(depth)).unwrap_err().to_string();
            assert!(
                message.ends_with("types are nested more than 128 deep"),
                "{message}"
            );
        }
    }
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let text = |depth| {
            let value = open.repeat(depth) + "1" + &close.repeat(depth);
            format!(r#"int8[parameters={{"p":{value}}}]"#)
        };
        assert!(Type::from_datashape(&text(MAX_PARAMETER_DEPTH - 1)).is_ok());
        for depth in [MAX_PARAMETER_DEPTH, 100_000] {
            let message = Type::from_datashape(&text(depth)).unwrap_err().to_string();
            assert!(
                message.ends_with("parameters are nested more than 64 deep"),
                "{message}"
            );
        }
    }
}

/// As `ak.forms.from_type`.
#[test]
fn forms_of_types_follow_awkward() {
    for (text, expected) in [
        ("int8", r#"{"class": "NumpyArray", "primitive": "int8"}"#),
        ("unknown", r#"{"class": "EmptyArray"}"#),
        (
            "3 * int8",
            r#"{"class": "RegularArray", "size": 3, "content": "int8"}"#,
        ),
        (
            "var * int8",
            r#"{"class": "ListOffsetArray", "offsets": "i64", "content": "int8"}"#,
        ),
        (
            "?int8",
            r#"{"class": "IndexedOptionArray", "index": "i64", "content": "int8"}"#,
        ),
        (
            "(int8)",
            r#"{"class": "RecordArray", "fields": null, "contents": ["int8"]}"#,
        ),
        (
            "P[x: int8]",
            r#"{"class": "RecordArray", "fields": ["x"], "contents": ["int8"], "parameters": {"__record__": "P"}}"#,
        ),
        (
            "union[int8, bool]",
            r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": ["int8", "bool"]}"#,
        ),
        (
            "categorical[type=int8]",
            r#"{"class": "IndexedArray", "index": "i64", "content": "int8", "parameters": {"__array__": "categorical"}}"#,
        ),
        (
            "string",
            r#"{"class": "ListOffsetArray", "offsets": "i64", "content": {"class": "NumpyArray", "primitive": "uint8", "parameters": {"__array__": "char"}}, "parameters": {"__array__": "string"}}"#,
        ),
    ] {
        let form = Form::from_type(&text.parse().unwrap()).unwrap();
        assert_eq!(form.to_json(crate::Dialect::V2, false).unwrap(), expected);
        assert_eq!(form.type_().to_string(), text);
    }
    let categorical_option = OptionType {
        content: Arc::new(DType::Int8.into()),
        parameters: Parameters::none()
            .with("__categorical__", true)
            .with("a", 1),
    };
    assert_eq!(
        Form::from_type(&categorical_option.into())
            .unwrap()
            .to_json(crate::Dialect::V2, false)
            .unwrap(),
        r#"{"class": "IndexedOptionArray", "index": "i64", "content": "int8", "parameters": {"a": 1, "__array__": "categorical"}}"#
    );
    let unknown = r#"unknown[parameters={"a": 1}]"#.parse().unwrap();
    assert_eq!(
        Form::from_type(&unknown).unwrap_err().to_string(),
        "an unknown type with parameters has no form: EmptyArray cannot have parameters"
    );
    let wide = format!("union[{}]", vec!["int8"; 129].join(","));
    assert!(matches!(
        Form::from_type(&wide.parse().unwrap()),
        Err(FormError::UnionWidth { contents: 129 })
    ));
}

/// Of options in options the outer one is categorical where that is said around the inner one: read otherwise, it would print
/// as another type.
#[test]
fn categories_of_options_in_options_print_as_they_were_read() {
    for text in [
        "?categorical[type=?int32]",
        "??categorical[type=int32]",
        "?categorical[type=?categorical[type=int32]]",
        "?categorical[type=option[var * int32]]",
        "option[categorical[type=?int32], parameters={\"a\": 1}]",
        "?categorical[type=categorical[type=int32]]",
    ] {
        let read: Type = text.parse().unwrap();
        assert_eq!(read.to_string(), text);
    }
}

#[test]
fn equality_is_awkwards() {
    for (one, other, equal, equal_with_all) in [
        ("int8", "int8", true, true),
        ("int8", "int16", false, false),
        ("int8", r#"int8[parameters={"a": 1}]"#, true, false),
        ("int8", r#"int8[parameters={"a": null}]"#, true, true),
        ("char", "uint8", false, false),
        ("var * int8", "3 * int8", false, false),
        ("3 * int8", "4 * int8", false, false),
        ("P[x: int8]", "{x: int8}", false, false),
        ("{x: int8, y: bool}", "{y: bool, x: int8}", true, true),
        ("{x: int8, x: bool}", "{x: int8, x: bool}", true, true),
        ("{x: int8, x: bool}", "{x: bool, x: int8}", false, false),
        ("{x: int8}", "{x: int8, y: int8}", false, false),
        ("(int8, bool)", "(bool, int8)", false, false),
        ("(int8)", "{\"0\": int8}", false, false),
        (
            "union[int8, bool, string]",
            "union[string, int8, bool]",
            true,
            true,
        ),
        (
            "union[int8, int8, bool]",
            "union[int8, bool, bool]",
            false,
            false,
        ),
        ("categorical[type=int8]", "int8", false, false),
        ("?int8", "?int8", true, true),
        ("?int8", "int8", false, false),
        ("unknown", r#"unknown[parameters={"a": 1}]"#, true, true),
    ] {
        let one = Type::from_datashape(one).unwrap();
        let other = Type::from_datashape(other).unwrap();
        for (one, other) in [(&one, &other), (&other, &one)] {
            assert_eq!(one.is_equal_to(other, false), equal, "{one} {other}");
            assert_eq!(
                one.is_equal_to(other, true),
                equal_with_all,
                "{one} {other}"
            );
        }
    }
    let three: ArrayType = "3 * int8".parse().unwrap();
    let four: ArrayType = "4 * int8".parse().unwrap();
    assert!(three.is_equal_to(&three, true) && !three.is_equal_to(&four, false));
}
