//! Layers around the same values: which metadata belong to which, where one form has more of them.

use gawky_array::{
    Array, ByteMaskedArray, IndexedArray, NumpyArray, Obstacle, UnionArray, UnmaskedArray,
};
use gawky_form::Parameters;

use super::{NONE, conformed, numbers, refused, same, truth};

fn doc(text: &str) -> Parameters {
    Parameters::from_iter([("doc", text)])
}

fn categorical(index: Vec<i64>, categories: Array) -> Array {
    let parameters = Parameters::from_iter([("__array__", "categorical")]);
    IndexedArray::try_new(index.into(), categories, parameters)
        .unwrap()
        .into()
}

fn is_parameter(obstacle: &Obstacle) -> bool {
    matches!(obstacle, Obstacle::Parameter { name, .. } if name == "doc")
}

#[test]
fn an_index_gives_its_metadata_to_what_it_picks() {
    let index = r#"{"class": "IndexedArray", "index": "i64", "content": "int64", "parameters": {"doc": "x"}}"#;
    let described = r#"{"class": "NumpyArray", "primitive": "int64", "parameters": {"doc": "x"}}"#;
    let plain = numbers(vec![1_i64]);
    assert!(is_parameter(&refused(&plain, index)));
    let array = IndexedArray::try_new(vec![0_i64].into(), plain, doc("x")).unwrap();
    let array = Array::from(array);
    assert!(is_parameter(&refused(&array, r#""int64""#)));
    let there = same(&array, described);
    same(&there, index);
    conformed(&array, &index.replace("int64", "int8"));
    assert!(is_parameter(&refused(
        &array,
        &index.replace(r#""x""#, r#""y""#)
    )));
}

#[test]
fn an_option_keeps_its_metadata_to_itself() {
    let option = |parameters: &str| {
        format!(r#"{{"class": "UnmaskedArray", "content": "int64", "parameters": {parameters}}}"#)
    };
    // Where there was none, they are the form's.
    let there = same(&numbers(vec![1_i64]), &option(r#"{"doc": "x"}"#));
    assert!(is_parameter(&refused(&there, &option("{}"))));
    assert!(is_parameter(&refused(&there, r#""int64""#)));
    let masked = ByteMaskedArray::try_new(vec![0_u8].into(), numbers(vec![1_i8]), true, doc("x"));
    let masked = Array::from(masked.unwrap());
    let index = r#"{"class": "IndexedOptionArray", "index": "i64", "content": "int8", "parameters": {"doc": "x"}}"#;
    same(&masked, index);
    assert!(is_parameter(&refused(
        &masked,
        &index.replace(r#""x""#, r#""y""#)
    )));
}

#[test]
fn an_option_of_options_has_the_metadata_of_all() {
    let inner = UnmaskedArray::new(numbers(vec![1_i64]), doc("x"));
    let outer = UnmaskedArray::new(inner.into(), Parameters::from_iter([("unit", "m")]));
    let outer = Array::from(outer);
    let both = r#"{"class": "UnmaskedArray", "content": "int64", "parameters": {"unit": "m", "doc": "x"}}"#;
    let there = same(&outer, both);
    assert_eq!(there.conform_to(&outer.form()).unwrap(), outer);
    assert!(is_parameter(&refused(
        &outer,
        &both.replace(r#", "doc": "x""#, "")
    )));
}

#[test]
fn options_in_a_union_in_an_option_stay_there() {
    let inner = UnmaskedArray::new(numbers(vec![1_i64]), doc("x")).into();
    let union = UnionArray::try_new(
        vec![1_u8, 0].into(),
        vec![0_i64, 0].into(),
        vec![inner, truth()],
        NONE,
    );
    let masked = ByteMaskedArray::try_new(vec![0_u8, 1].into(), union.unwrap().into(), true, NONE);
    same(
        &masked.unwrap().into(),
        r#"{"class": "IndexedOptionArray", "index": "i32", "content":
            {"class": "UnionArray", "tags": "i8", "index": "i32", "contents": [
                {"class": "IndexedOptionArray", "index": "i64", "content": "int64", "parameters": {"doc": "x"}},
                "bool"
            ]}}"#,
    );
}

#[test]
fn a_union_in_a_union_stays_one() {
    let union = |contents: Vec<Array>, parameters: Parameters| {
        let tags: Vec<u8> = vec![0, 1];
        UnionArray::try_new(tags.into(), vec![0_i64, 0].into(), contents, parameters).unwrap()
    };
    let inner = union(vec![numbers(vec![1_i64]), truth()], doc("x"));
    let outer = Array::from(union(vec![inner.into(), numbers(vec![0.5])], NONE));
    let nested = r#"{"class": "UnionArray", "tags": "i8", "index": "i32", "contents": [
        "float64",
        {"class": "UnionArray", "tags": "i8", "index": "u32", "contents": ["bool", "int64"], "parameters": {"doc": "x"}}
    ]}"#;
    same(&outer, nested);
    assert!(matches!(
        refused(&outer, &nested.replace(r#""x""#, r#""y""#)),
        Obstacle::NoContent { .. }
    ));
    // As one union, some of its elements would say more than others.
    let flat = r#"{"class": "UnionArray", "tags": "i8", "index": "i32", "contents": ["bool", "float64", "int64"]}"#;
    assert!(is_parameter(&refused(&outer, flat)));
}

#[test]
fn a_union_that_goes_takes_no_metadata_along() {
    let option = UnmaskedArray::new(numbers(vec![1_i64]), NONE).into();
    let parts = (vec![0_u8].into(), vec![0_i64].into());
    let union = UnionArray::try_new(parts.0, parts.1, vec![option], doc("x")).unwrap();
    let index = r#"{"class": "IndexedOptionArray", "index": "i64", "content": "int64"}"#;
    assert!(is_parameter(&refused(&union.into(), index)));
}

#[test]
fn categories_of_two_sources_are_distinct_together() {
    let contents = vec![
        categorical(vec![1, 0], numbers(vec![5_i64, 7])),
        categorical(vec![0, 1], numbers(vec![7_i32, 9])),
    ];
    let (tags, index) = (vec![0_u8, 1, 1, 0], vec![0_i64, 0, 1, 1]);
    let union = UnionArray::try_new(tags.into(), index.into(), contents, NONE).unwrap();
    let categories = r#"{"class": "IndexedArray", "index": "u32", "content": "int64", "parameters": {"__array__": "categorical"}}"#;
    let there = conformed(&union.into(), categories);
    assert_eq!(there.value().unwrap().to_string(), "[7, 7, 9, 5]");
    assert_eq!(there.children()[0], numbers(vec![5_i64, 7, 9]));
}

/// Those of one source are distinct already, so that nothing has to be compared.
#[test]
fn categories_of_one_source_may_have_unions() {
    let contents = vec![numbers(vec![5_i64]), truth()];
    let (tags, index) = (vec![1_u8, 0], vec![0_i64, 0]);
    let union = UnionArray::try_new(tags.into(), index.into(), contents, NONE).unwrap();
    let array = categorical(vec![1, 0, 1], union.into());
    let union =
        r#"{"class": "UnionArray", "tags": "i8", "index": "i64", "contents": ["int64", "bool"]}"#;
    let there = same(
        &array,
        &format!(
            r#"{{"class": "IndexedArray", "index": "u32", "content": {union}, "parameters": {{"__array__": "categorical"}}}}"#
        ),
    );
    assert_eq!(there.value().unwrap().to_string(), "[5, True, 5]");
}

#[test]
fn categories_count_whole() {
    let array = categorical(vec![1, 0], NumpyArray::from_vec(vec![5_i64, 7]).into());
    let first = array.slice(0..1).unwrap();
    assert_eq!(first.reached_nbytes(), Ok(8 + 16));
}
