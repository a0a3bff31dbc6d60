//! Rows that take no bytes keep their number and their type. (scikit-hep/awkward #592, #1007, #4229)

use super::{blobs, form, survives};

#[test]
fn regular_lists_of_size_zero() {
    let form = form(r#"{"class": "RegularArray", "size": 0, "content": "int64"}"#);
    let array = gawky::from_buffers(&form, 3, &blobs([])).unwrap();
    assert_eq!(
        array.to_string(),
        "<Array [[], [], []] type='3 * 0 * int64'>"
    );
    survives(&array);
}

#[test]
fn numpy_arrays_with_an_empty_axis() {
    let form = form(r#"{"class": "NumpyArray", "primitive": "int64", "inner_shape": [0, 3]}"#);
    for blobs in [blobs([]), blobs([("node0-data", Vec::<u8>::new().into())])] {
        let array = gawky::from_buffers(&form, 5, &blobs).unwrap();
        assert_eq!(
            array.to_string(),
            "<Array [[], [], [], [], []] type='5 * 0 * 3 * int64'>"
        );
        assert_eq!(array.nbytes(), 0);
        survives(&array);
    }
}

#[test]
fn records_and_tuples_without_fields() {
    for (json, shown) in [
        (
            r#"{"class": "RecordArray", "fields": [], "contents": []}"#,
            "<Array [{}, {}, {}] type='3 * {}'>",
        ),
        (
            r#"{"class": "RecordArray", "fields": null, "contents": []}"#,
            "<Array [(), (), ()] type='3 * ()'>",
        ),
    ] {
        let array = gawky::from_buffers(&form(json), 3, &blobs([])).unwrap();
        assert_eq!(array.to_string(), shown);
        survives(&array);
    }
}

#[test]
fn lists_of_records_without_fields() {
    let form = form(
        r#"{"class": "ListOffsetArray", "offsets": "i64",
            "content": {"class": "RecordArray", "fields": [], "contents": []}}"#,
    );
    let blobs = blobs([("node0-offsets", vec![0_i64, 2, 3].into())]);
    let array = gawky::from_buffers(&form, 2, &blobs).unwrap();
    assert_eq!(
        array.to_string(),
        "<Array [[{}, {}], [{}]] type='2 * var * {}'>"
    );
    survives(&array);
}
