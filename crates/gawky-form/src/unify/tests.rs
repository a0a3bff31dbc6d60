//! Which form holds the values of two.

use super::*;

fn form(datashape: &str) -> Result<Form, FormError> {
    Form::from_type(&datashape.parse()?)
}

fn json(json: &str) -> Result<Form, FormError> {
    Form::from_json(json)
}

fn both(one: &str, other: &str, merging: Merging) -> Result<String, FormError> {
    let unified = merging.unify([&form(one)?, &form(other)?])?;
    Ok(unified.type_().to_string())
}

/// The types as `ak.concatenate(..., mergebool=False)` makes them, but for dates and categories.
#[test]
fn types_are_unified_as_awkward_does() -> Result<(), FormError> {
    for (one, other, expected) in [
        ("int32", "int32", "int32"),
        ("int32", "float32", "float64"),
        ("int64", "uint64", "float64"),
        ("bool", "int64", "union[bool, int64]"),
        ("int64", "complex64", "complex128"),
        ("datetime64[s]", "datetime64[us]", "datetime64[us]"),
        ("datetime64[s]", "int64", "union[datetime64[s], int64]"),
        ("unknown", "var * int8", "var * int8"),
        ("?unknown", "int8", "?int8"),
        ("?int8", "int16", "?int16"),
        ("int8", "?int8", "?int8"),
        ("var * unknown", "var * ?int8", "var * ?int8"),
        ("3 * int8", "3 * int16", "3 * int16"),
        ("3 * int8", "4 * int8", "var * int8"),
        ("3 * int8", "var * float32", "var * float32"),
        ("var * int8", "int8", "union[var * int8, int8]"),
        ("string", "string", "string"),
        ("string", "bytes", "union[string, bytes]"),
        ("string", "var * uint8", "union[string, var * uint8]"),
        ("string", "?string", "?string"),
        ("?string", "int8", "union[?string, ?int8]"),
        (
            "{x: int8, y: string}",
            "{y: string, x: float32}",
            "{x: float32, y: string}",
        ),
        (
            "{x: int8}",
            "{x: int8, y: int8}",
            "union[{x: int8}, {x: int8, y: int8}]",
        ),
        ("{x: int8}", "{x: string}", "union[{x: int8}, {x: string}]"),
        (
            "{x: union[int8, string]}",
            "{x: bytes}",
            "{x: union[int8, string, bytes]}",
        ),
        ("{x: int8}", "(int8)", "union[{x: int8}, (int8)]"),
        ("(int8, ?int8)", "(int16, int8)", "(int16, ?int8)"),
        ("(int8)", "(int8, int8)", "union[(int8), (int8, int8)]"),
        ("Point[x: int8]", "Point[x: int16]", "Point[x: int16]"),
        (
            "Point[x: int8]",
            "Vector[x: int8]",
            "union[Point[x: int8], Vector[x: int8]]",
        ),
        (
            "Point[x: int8]",
            "{x: int8}",
            "union[Point[x: int8], {x: int8}]",
        ),
        ("union[int8, string]", "float32", "union[float32, string]"),
        ("union[int8, string]", "bool", "union[int8, string, bool]"),
        ("float32", "union[string, int8]", "union[float32, string]"),
        (
            "union[int8, string]",
            "union[string, var * int8]",
            "union[int8, string, var * int8]",
        ),
        (
            "union[int8, string]",
            "?bool",
            "union[?int8, ?string, ?bool]",
        ),
        ("union[?int8, ?string]", "int8", "union[?int8, ?string]"),
        ("union[?int8, ?string]", "?unknown", "union[?int8, ?string]"),
        ("union[int8, string]", "unknown", "union[int8, string]"),
        (
            "var * int8",
            "var * string",
            "union[var * int8, var * string]",
        ),
        (
            "var * union[int8, string]",
            "var * bytes",
            "var * union[int8, string, bytes]",
        ),
        (
            "categorical[type=string]",
            "categorical[type=string]",
            "categorical[type=string]",
        ),
        ("categorical[type=string]", "string", "string"),
        (
            "categorical[type=string]",
            "unknown",
            "categorical[type=string]",
        ),
        (
            "categorical[type=string]",
            "?unknown",
            "?categorical[type=string]",
        ),
        (
            "categorical[type=string]",
            "int8",
            "union[categorical[type=string], int8]",
        ),
        (
            "?categorical[type=string]",
            "categorical[type=string]",
            "?categorical[type=string]",
        ),
    ] {
        let unified = both(one, other, Merging::new())?;
        assert_eq!(
            unified,
            form(expected)?.type_().to_string(),
            "{one} with {other}"
        );
        // The other way round it is the same, but for the order of fields and contents.
        let (there, back) = (form(&unified)?, form(&both(other, one, Merging::new())?)?);
        assert!(
            there.type_().is_equal_to(&back.type_(), true),
            "{other} with {one}"
        );
    }
    Ok(())
}

#[test]
fn booleans_are_numbers_where_that_is_wanted() -> Result<(), FormError> {
    let numbers = Merging::new().booleans(true);
    assert_eq!(both("bool", "int8", numbers)?, "int8");
    assert_eq!(
        both("var * complex64", "var * bool", numbers)?,
        "var * complex64"
    );
    assert_eq!(
        both("union[bool, string]", "int8", numbers)?,
        "union[int8, string]"
    );
    assert_eq!(both("bool", "string", numbers)?, "union[bool, string]");
    Ok(())
}

#[test]
fn classes_that_are_the_same_stay() -> Result<(), FormError> {
    let masked = |class: &str, facts: &str, content: &str| {
        json(&format!(
            r#"{{"class": "{class}", {facts} "content": {content}}}"#
        ))
    };
    let byte = |valid: bool, content: &str| {
        masked(
            "ByteMaskedArray",
            &format!(r#""mask": "i8", "valid_when": {valid},"#),
            content,
        )
    };
    let unified =
        |one: &Form, other: &Form| Form::unify([one, other]).map(|form| form.describe_node());
    let (one, other) = (byte(true, r#""int8""#)?, byte(true, r#""int16""#)?);
    assert_eq!(unified(&one, &other)?, "ByteMaskedArray (valid_when true)");
    assert_eq!(
        unified(&one, &byte(false, r#""int8""#)?)?,
        "IndexedOptionArray (i64)"
    );
    assert_eq!(
        unified(&one, &json(r#""int8""#)?)?,
        "IndexedOptionArray (i64)"
    );
    let unmasked = masked("UnmaskedArray", "", r#""int8""#)?;
    assert_eq!(
        unified(&unmasked, &masked("UnmaskedArray", "", r#""int32""#)?)?,
        "UnmaskedArray"
    );
    assert_eq!(unified(&unmasked, &one)?, "IndexedOptionArray (i64)");
    assert_eq!(unified(&unmasked, &json(r#""int8""#)?)?, "UnmaskedArray");
    // An index says from where its content comes, also where it is one of what may be missing.
    let indexed = |content: &str| masked("IndexedArray", r#""index": "i32","#, content);
    let missing =
        r#"{"class": "ByteMaskedArray", "mask": "i8", "valid_when": true, "content": "int8"}"#;
    assert_eq!(
        unified(&unmasked, &indexed(missing)?)?,
        "IndexedOptionArray (i64)"
    );
    assert_eq!(
        unified(&indexed(missing)?, &unmasked)?,
        "IndexedOptionArray (i64)"
    );
    assert_eq!(
        unified(&indexed(r#""int8""#)?, &indexed(r#""int16""#)?)?,
        "IndexedArray (i64)"
    );
    assert_eq!(
        unified(&indexed(r#""int8""#)?, &json(r#""int16""#)?)?,
        "NumpyArray (int16)"
    );
    // An option above a union may miss what an option below it does not.
    let union = r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": [{"class": "UnmaskedArray", "content": "int8"}]}"#;
    let above = byte(true, union)?;
    assert_eq!(
        unified(&above, &json(r#""int16""#)?)?,
        "IndexedOptionArray (i64)"
    );
    // Both as indexes and lists: widths that are the same stay, others are of 64 bits.
    let lists = |class: &str, kind: &str, content: &str| {
        masked(class, &format!(r#""offsets": "{kind}","#), content)
    };
    let narrow = lists("ListOffsetArray", "i32", r#""int8""#)?;
    assert_eq!(
        unified(&narrow, &lists("ListOffsetArray", "i32", r#""int16""#)?)?,
        "ListOffsetArray (i32)"
    );
    assert_eq!(
        unified(&narrow, &lists("ListOffsetArray", "u32", r#""int8""#)?)?,
        "ListOffsetArray (i64)"
    );
    let starts =
        json(r#"{"class": "ListArray", "starts": "i32", "stops": "i32", "content": "int64"}"#)?;
    assert_eq!(unified(&narrow, &starts)?, "ListOffsetArray (i64)");
    assert_eq!(unified(&starts, &starts)?, "ListArray (i32)");
    // An inner shape is lists of one size.
    let rows = json(r#"{"class": "NumpyArray", "primitive": "int8", "inner_shape": [3, 2]}"#)?;
    let wide = json(r#"{"class": "NumpyArray", "primitive": "int16", "inner_shape": [3, 2]}"#)?;
    assert_eq!(unified(&rows, &wide)?, "NumpyArray (int16, 3, 2)");
    let pairs = Form::unify([&rows, &form("3 * 4 * float32")?])?;
    assert_eq!(pairs.type_().to_string(), "3 * var * float32");
    Ok(())
}

#[test]
fn metadata_stay_where_they_are_the_same() -> Result<(), FormError> {
    let with = |parameters: &str, dtype: &str| {
        json(&format!(
            r#"{{"class": "NumpyArray", "primitive": "{dtype}", "parameters": {parameters}}}"#
        ))
    };
    let one = with(r#"{"unit": "GeV", "from": "a"}"#, "int8")?;
    let other = with(r#"{"from": "b", "unit": "GeV", "more": 1}"#, "int16")?;
    let unified = Form::unify([&one, &other])?;
    let parameters: Vec<_> = unified.parameters().iter().collect();
    assert_eq!(parameters, [("unit", &serde_json::Value::from("GeV"))]);
    // So do those of unions of which one content is left.
    let union = |dtype: &str| {
        json(&format!(
            r#"{{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": ["int8", "{dtype}"], "parameters": {{"unit": "GeV"}}}}"#
        ))
    };
    let unified = Form::unify([&union("int16")?, &union("int32")?])?;
    assert_eq!(
        unified.type_().to_string(),
        r#"int32[parameters={"unit": "GeV"}]"#
    );
    // An index gives its own to what it picks from.
    let indexed = json(
        r#"{"class": "IndexedArray", "index": "i64", "parameters": {"__record__": "Point"},
            "content": {"class": "RecordArray", "fields": ["x"], "contents": ["int8"]}}"#,
    )?;
    let unified = Form::unify([&indexed, &form("Point[x: float64]")?])?;
    assert_eq!(unified.type_().to_string(), "Point[x: float64]");
    Ok(())
}

#[test]
fn many_are_as_one_after_the_other() -> Result<(), FormError> {
    let forms = [
        "int8",
        "string",
        "?float32",
        "unknown",
        "var * unknown",
        "var * int8",
    ]
    .map(form);
    let forms = forms.into_iter().collect::<Result<Vec<_>, _>>()?;
    let unified = Form::unify(&forms)?;
    assert_eq!(
        unified.type_().to_string(),
        "union[?float32, ?string, option[var * int8]]"
    );
    assert_eq!(Form::unify(&[])?.class(), "EmptyArray");
    for form in &forms {
        assert_eq!(Form::unify([form, form])?, *form);
        assert_eq!(Form::unify([&unified, form])?, unified);
    }
    Ok(())
}

#[test]
fn a_union_has_no_more_contents_than_tags() -> Result<(), FormError> {
    let tuple = |slots: usize| form(&format!("({})", vec!["int8"; slots].join(", ")));
    let forms = (1..=129).map(tuple).collect::<Result<Vec<_>, _>>()?;
    assert_eq!(Form::unify(forms.iter().take(128))?.children().len(), 128);
    assert!(matches!(
        Form::unify(&forms),
        Err(FormError::UnionWidth { contents: 129 })
    ));
    Ok(())
}
