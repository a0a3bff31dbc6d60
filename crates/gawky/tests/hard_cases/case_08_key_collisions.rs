//! Keys that would be one: an error before anything is put. (scikit-hep/awkward #3247)

use gawky::array::ArrayError;
use gawky::form::{FormError, KeyParts, TemplateProblem};
use gawky::prelude::*;
use gawky_testkit::containers::CountingContainer;

use super::{blobs, form};

fn numbers() -> Array {
    NumpyArray::from_vec(vec![1_i64, 2]).into()
}

fn pair() -> Array {
    RecordArray::from_fields([("x", numbers()), ("y", numbers())]).into()
}

fn lists() -> Array {
    ListArray::try_new(
        vec![0_i64, 1].into(),
        vec![1_i64, 2].into(),
        numbers(),
        Parameters::none(),
    )
    .unwrap()
    .into()
}

/// The error, after which nothing has been put.
fn refused(write: &ToBuffers<'_, Array>) -> Error {
    let container = CountingContainer::new(MemoryContainer::new());
    let error = write.write(&container).unwrap_err();
    assert_eq!(container.counts().puts, 0);
    assert!(container.inner().is_empty());
    error
}

#[test]
fn one_form_key_for_two_nodes() {
    let pair = pair();
    let error = refused(&ToBuffers::new(&pair).form_key("same").unwrap());
    assert_eq!(
        error.to_string(),
        "two buffers would have the key \"same-data\": data of x (NumpyArray) and data of y (NumpyArray); use \
         {form_key} and {attribute} in the key format, and {id} in the form key format"
    );
    let Error::Array(ArrayError::KeyCollision { key, first, second }) = error else {
        panic!("{error}");
    };
    assert_eq!(key, "same-data");
    assert_eq!(first, "data of x (NumpyArray)");
    assert_eq!(second, "data of y (NumpyArray)");
}

#[test]
fn templates_that_tell_too_little() {
    let (pair, lists) = (pair(), lists());
    let error = refused(&ToBuffers::new(&pair).key_format("{attribute}").unwrap());
    assert!(error.to_string().starts_with(
        "two buffers would have the key \"data\": data of x (NumpyArray) and data of y (NumpyArray);"
    ));
    let error = refused(&ToBuffers::new(&lists).key_format("{form_key}").unwrap());
    assert!(error.to_string().starts_with(
        "two buffers would have the key \"node0\": starts of (root) (ListArray) and stops of (root) (ListArray);"
    ));
    let same = KeyFormat::closure(|_: &KeyParts<'_>| "same".to_owned());
    let error = refused(&ToBuffers::new(&lists).keys(same));
    assert!(
        error
            .to_string()
            .starts_with("two buffers would have the key \"same\""),
        "{error}"
    );
}

#[test]
fn unknown_placeholders() {
    let array = numbers();
    let error = ToBuffers::new(&array)
        .key_format("{form_key}-{atribute}")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the key template \"{form_key}-{atribute}\" is wrong at byte 11: there is no placeholder {atribute} here, \
         only {partition}, {form_key} and {attribute}; a literal brace is \"{{\""
    );
    assert!(matches!(
        error,
        Error::Form(FormError::Template {
            position: 11,
            problem: TemplateProblem::UnknownName { .. },
            ..
        })
    ));
    let error = ToBuffers::new(&array).form_key("node{number}").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("there is no placeholder {number} here, only {id}"),
        "{error}"
    );
    assert!(
        FromBuffers::new(&form(r#""int64""#), 1)
            .key_format("{")
            .is_err()
    );
}

#[test]
fn nodes_without_a_form_key() {
    let json = r#"{"class": "RecordArray", "fields": ["x"], "contents": [
        {"class": "ListOffsetArray", "offsets": "i64", "content": "int64", "form_key": "node1"}]}"#;
    let unnamed = Form::from_json(json).unwrap();
    let blobs = blobs([("node1-offsets", vec![0_i64, 1].into())]);
    let message = "NumpyArray at x has no form key to name its buffers by; name the nodes with with_form_keys first";
    let error = gawky::from_buffers(&unnamed, 1, &blobs).unwrap_err();
    assert_eq!(error.to_string(), message);

    let content = ListOffsetArray::try_new(vec![0_i64, 1, 2].into(), numbers(), Parameters::none());
    let array = Array::from(RecordArray::from_fields([(
        "x",
        Array::from(content.unwrap()),
    )]));
    let error = refused(&ToBuffers::new(&array).form(&unnamed));
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_form_that_is_not_the_arrays() {
    let array = pair();
    for other in [
        r#"{"class": "RecordArray", "fields": ["x", "y"], "contents": ["int64", "float64"]}"#,
        r#"{"class": "RecordArray", "fields": ["x", "z"], "contents": ["int64", "int64"]}"#,
        r#"{"class": "RecordArray", "fields": ["x"], "contents": ["int64"]}"#,
        r#""int64""#,
    ] {
        let form = form(other);
        let error = refused(&ToBuffers::new(&array).form(&form));
        assert!(
            matches!(error, Error::Array(ArrayError::FormsDiffer { .. })),
            "{other}: {error}"
        );
    }
}

#[test]
fn two_fields_of_one_name_are_two() {
    let twice = Array::from(RecordArray::from_fields([
        ("x", numbers()),
        ("x", NumpyArray::from_vec(vec![0.5_f64, 1.5]).into()),
    ]));
    let memory = MemoryContainer::new();
    let (form, length) = gawky::to_buffers(&twice, &memory).unwrap();
    assert!(memory.contains("node1-data").unwrap() && memory.contains("node2-data").unwrap());
    let again = gawky::from_buffers(&form, length, &memory).unwrap();
    assert_eq!(again, twice);
    assert_eq!(
        again.to_string(),
        "<Array [{x: 1, x: 0.5}, {x: 2, x: 1.5}] type='2 * {x: int64, x: float64}'>"
    );
}

#[test]
fn partitions_that_would_share_keys() {
    let two = Partitioned::try_new(vec![numbers(), numbers()]).unwrap();
    let container = CountingContainer::new(MemoryContainer::new());
    let write = ToBuffers::new(&two)
        .key_format("{form_key}-{attribute}")
        .unwrap();
    let error = write.write(&container).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the key format \"{form_key}-{attribute}\" would give every partition the same keys: put {partition} into it"
    );
    let careless = KeyFormat::closure(|parts: &KeyParts<'_>| parts.form_key.to_owned());
    let error = ToBuffers::new(&two)
        .keys(careless)
        .write(&container)
        .unwrap_err();
    assert!(
        matches!(error, Error::Array(ArrayError::KeyCollision { .. })),
        "{error}"
    );
    assert_eq!(container.counts().puts, 0);
    let (form, _) = gawky::to_buffers(&two, &container).unwrap();
    let read = FromBuffers::new(&form, [2, 2])
        .key_format("{form_key}-{attribute}")
        .unwrap();
    assert!(matches!(
        read.read(&container),
        Err(Error::PartitionsShareKeys { .. })
    ));
}
