//! Offsets that are legal and odd. (apache/arrow #36494, apache/arrow-rs #1601, #6997)

use gawky::array::Problem;
use gawky::prelude::*;

use super::{blobs, form, node_error};

const LISTS: &str = r#"{"class": "ListOffsetArray", "offsets": "i64", "content": "int64"}"#;

fn ten() -> Buffer {
    (0..10).collect::<Vec<i64>>().into()
}

#[test]
fn no_lists_without_even_one_offset() {
    let blobs = blobs([("node0-offsets", Buffer::empty())]);
    let array = gawky::from_buffers(&form(LISTS), 0, &blobs).unwrap();
    assert_eq!(array.to_string(), "<Array [] type='0 * var * int64'>");

    // Written, there is one.
    let memory = MemoryContainer::new();
    gawky::to_buffers(&array, &memory).unwrap();
    let written = memory.get("node0-offsets").unwrap().unwrap();
    assert_eq!(*written.typed::<i64>().unwrap(), [0]);
}

#[test]
fn no_lists_are_written_with_one_offset_in_any_kind_of_integer() {
    for (kind, size) in [("i32", 4), ("u32", 4), ("i64", 8)] {
        let json = LISTS.replace("i64", kind);
        let memory = MemoryContainer::new();
        gawky::to_buffers(&Array::empty(&form(&json)).unwrap(), &memory).unwrap();
        let written = memory.get("node0-offsets").unwrap().unwrap();
        assert_eq!(written.bytes().unwrap(), vec![0; size]);
    }
}

#[test]
fn no_lists_need_no_content_wherever_their_offset_lies() {
    let only = blobs([("node0-offsets", vec![7_i64].into())]);
    let array = gawky::from_buffers(&form(LISTS), 0, &only).unwrap();
    assert_eq!(array.to_string(), "<Array [] type='0 * var * int64'>");
    assert_eq!(
        array.pack().unwrap().to_string(),
        "<Array [] type='0 * var * int64'>"
    );
}

#[test]
fn offsets_that_begin_late() {
    let blobs = blobs([
        ("node0-offsets", vec![3_i64, 5, 6].into()),
        ("node1-data", ten()),
    ]);
    let array = gawky::from_buffers(&form(LISTS), 2, &blobs).unwrap();
    assert_eq!(
        array.to_string(),
        "<Array [[3, 4], [5]] type='2 * var * int64'>"
    );

    let Array::ListOffset(packed) = array.pack().unwrap() else {
        panic!("packed lists are lists");
    };
    assert_eq!(packed.offsets(), &vec![0_i64, 2, 3].into());
    assert_eq!(
        packed.content(),
        &NumpyArray::from_vec(vec![3_i64, 4, 5]).into()
    );
}

#[test]
fn offsets_beyond_the_content() {
    let three: Buffer = vec![0_i64, 1, 2].into();
    let short = blobs([
        ("node0-offsets", vec![3_i64, 5, 6].into()),
        ("node1-data", three.clone()),
    ]);
    let error = gawky::from_buffers(&form(LISTS), 2, &short);
    assert_eq!(
        error.as_ref().unwrap_err().to_string(),
        "(root), NumpyArray, data, key \"node1-data\": needs 48 bytes, but has 24: the blob was cut short or \
         belongs to another form or length"
    );
    let (location, problem) = node_error(error);
    assert_eq!(location.key.as_deref(), Some("node1-data"));
    assert_eq!(
        problem,
        Problem::TooShort {
            needed: 6 * 8,
            have: 3 * 8
        }
    );

    let made = ListOffsetArray::try_new(
        vec![3_i64, 5, 6].into(),
        NumpyArray::from_vec(vec![0_i64, 1, 2]).into(),
        Parameters::none(),
    );
    let (_, problem) = node_error(made.map_err(Error::from));
    assert_eq!(problem, Problem::ContentTooShort { needed: 6, have: 3 });
}
