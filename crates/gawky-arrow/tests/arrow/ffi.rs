//! The C Data Interface, with this process on both sides.

use gawky::Array;
use gawky::array::{ListOffsetArray, NumpyArray, RecordArray};
use gawky::form::Parameters;
use gawky_arrow::{ArrowError, FromArrow, ToArrow, ffi};

use super::golden::arrays;
use super::may_be_refused;

#[allow(unsafe_code, reason = "the interface hands pointers over")]
fn through(array: &Array) -> Result<Array, ArrowError> {
    let (exported, schema) = ffi::export(array, &ToArrow::new())?;
    // SAFETY: both were made by `export` just now.
    unsafe { ffi::import(exported, &schema, &FromArrow::new()) }
}

#[test]
fn golden_arrays_say_the_same_when_they_come_back() {
    let mut passed = 0;
    for file in [
        "awkward2.jsonl",
        "awkward1.jsonl",
        "random2.jsonl",
        "random1.jsonl",
    ] {
        for (name, array) in arrays(file) {
            match through(&array) {
                Ok(again) => {
                    let same = again.equal_values(&array, true).unwrap();
                    assert!(same, "{name}: {array} became {again}");
                    passed += 1;
                }
                Err(error) => assert!(may_be_refused(&error), "{name}: {error}"),
            }
        }
    }
    assert!(passed > 400, "{passed}");
}

fn lists() -> Array {
    let content = NumpyArray::from_vec(vec![1.5, 2.5, 3.5]);
    let named = Parameters::from_iter([("doc", "what it is")]);
    let lists = ListOffsetArray::try_new(vec![0_i64, 2, 2, 3].into(), content.into(), named);
    lists.unwrap().into()
}

#[test]
fn buffers_and_metadata_are_handed_over_as_they_are() {
    let array = lists();
    let again = through(&array).unwrap();
    assert_eq!(again, array);
    let (Array::ListOffset(own), Array::ListOffset(other)) = (&array, &again) else {
        panic!("{again}");
    };
    assert_eq!(
        own.offsets().buffer().address(),
        other.offsets().buffer().address()
    );
    let (Array::Numpy(own), Array::Numpy(other)) = (own.content(), other.content()) else {
        panic!("{again}");
    };
    assert_eq!(own.data().address(), other.data().address());
}

#[test]
fn what_was_handed_over_outlives_the_array() {
    let (exported, schema) = ffi::export(&lists(), &ToArrow::new()).unwrap();
    #[allow(unsafe_code, reason = "the interface hands pointers over")]
    // SAFETY: both were made by `export`.
    let again = unsafe { ffi::import(exported, &schema, &FromArrow::new()) }.unwrap();
    drop(schema);
    assert_eq!(again, lists());
}

#[test]
#[allow(unsafe_code, reason = "the interface hands pointers over")]
fn streams_are_arrays_of_one_form() {
    let records = Array::from(RecordArray::from_fields([("x", lists())]));
    let pieces = vec![
        records.slice(0..1).unwrap(),
        records.slice(1..1).unwrap(),
        records.slice(1..3).unwrap(),
    ];
    let stream = ffi::export_stream(pieces, &records.form(), &ToArrow::new()).unwrap();
    // SAFETY: it was made by `export_stream`.
    let arrays = unsafe { ffi::import_stream(stream, &FromArrow::new()) }.unwrap();
    let arrays = arrays.collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(arrays.len(), 3);
    assert_eq!(Array::concatenate(&arrays).unwrap(), records);

    // One of another form ends the stream with an error.
    let stream = ffi::export_stream(
        vec![records.clone(), lists()],
        &records.form(),
        &ToArrow::new(),
    );
    // SAFETY: it was made by `export_stream`.
    let arrays = unsafe { ffi::import_stream(stream.unwrap(), &FromArrow::new()) }.unwrap();
    let outcomes: Vec<_> = arrays.collect();
    assert!(outcomes[0].is_ok());
    let error = outcomes[1].as_ref().unwrap_err();
    assert!(error.to_string().contains("not of the form"), "{error}");
}
