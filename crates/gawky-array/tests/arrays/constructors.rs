//! What no constructor accepts, class by class, and what it says.

use std::sync::Arc;

use gawky_array::{
    Array, ArrayError, BitMaskedArray, ByteMaskedArray, Index, IndexedArray, IndexedOptionArray,
    ListArray, ListOffsetArray, NumpyArray, Problem, RecordArray, RegularArray, UnionArray,
};
use gawky_buffer::{Buffer, DType};
use gawky_form::{Attribute, FormError, IndexType, Parameters};

const NONE: Parameters = Parameters::none();

fn numbers(length: i64) -> Array {
    NumpyArray::from_vec((0..length).collect::<Vec<i64>>()).into()
}

/// The class and buffer that the error names, the problem, and the message.
#[track_caller]
fn refused<T: std::fmt::Debug>(
    result: Result<T, ArrayError>,
) -> (&'static str, Option<Attribute>, Problem, String) {
    let error = result.unwrap_err();
    let message = error.to_string();
    match error {
        ArrayError::Node { location, problem } => {
            assert_eq!((location.path.as_str(), &location.key), ("", &None));
            (location.class, location.attribute, problem, message)
        }
        other => panic!("{other}"),
    }
}

#[test]
fn numpy_arrays() {
    let make = |bytes: usize, shape: &[u64], length| {
        let data = vec![0_u8; bytes];
        NumpyArray::try_new(data.into(), DType::Int32, shape.into(), length, NONE)
    };
    assert_eq!(make(24, &[2], 3).unwrap().len(), 3);
    assert_eq!(make(27, &[2], 3).unwrap().data().len(), 24);
    assert_eq!(
        refused(make(23, &[2], 3)),
        (
            "NumpyArray",
            Some(Attribute::Data),
            Problem::TooShort { needed: 24, have: 23 },
            "(root), NumpyArray, data: needs 24 bytes, but has 23: the blob was cut short or belongs to another \
             form or length"
                .to_owned()
        )
    );
    for (shape, length) in [
        (vec![u64::MAX], 1),
        (vec![1 << 32, 1 << 32], 1),
        (vec![], usize::MAX),
    ] {
        let (_, _, problem, message) = refused(make(8, &shape, length));
        assert_eq!(
            problem,
            Problem::TooLarge {
                what: "bytes",
                length: length as u64
            }
        );
        assert!(message.ends_with(&format!(
            "bytes of {length} rows are more than any array can have"
        )));
    }
    // At an odd address the data are copied, so that they can be viewed.
    let odd = Buffer::copied_from(&[0; 9]).slice(1..9).unwrap();
    let array = NumpyArray::try_new(odd, DType::Int64, Arc::new([]), 1, NONE).unwrap();
    assert!(array.data().address().is_multiple_of(8));
}

#[test]
fn regular_arrays() {
    assert_eq!(
        RegularArray::try_new(numbers(7), 3, 2, NONE).unwrap().len(),
        2
    );
    for (size, length, needed) in [(3, 3, 9), (8, 1, 8), (1 << 60, 1 << 60, u64::MAX)] {
        assert_eq!(
            refused(RegularArray::try_new(numbers(7), size, length, NONE)),
            (
                "RegularArray",
                None,
                Problem::ContentTooShort { needed, have: 7 },
                format!("(root), RegularArray: its content needs {needed} elements, but has 7")
            )
        );
    }
}

#[test]
fn list_offset_arrays() {
    let make = |offsets: Index| ListOffsetArray::try_new(offsets, numbers(5), NONE);
    assert_eq!(make(vec![2_i32, 2, 5].into()).unwrap().len(), 2);
    assert_eq!(make(vec![9_u32].into()).unwrap().len(), 0);
    for (offsets, problem, message) in [
        (
            Index::from(Vec::<i64>::new()),
            Problem::BufferTooShort { needed: 1, have: 0 },
            "needs 1 elements in this buffer, but has 0",
        ),
        (
            vec![-1_i64, 2].into(),
            Problem::NegativeOffset { offset: -1 },
            "offsets begin at -1: they must not be negative",
        ),
        (
            vec![0_i32, 3, 2].into(),
            Problem::OffsetsDecrease {
                at: 1,
                start: 3,
                stop: 2,
            },
            "list 1 would begin at 3 and end at 2: offsets must not decrease",
        ),
        (
            // So far apart that their differences wrap, and are all positive.
            vec![0_i64, i64::MAX, i64::MIN, -1, 5].into(),
            Problem::OffsetsDecrease {
                at: 1,
                start: i64::MAX,
                stop: i64::MIN,
            },
            "list 1 would begin at 9223372036854775807 and end at -9223372036854775808: offsets must not decrease",
        ),
        (
            vec![0_u32, 6].into(),
            Problem::ContentTooShort { needed: 6, have: 5 },
            "its content needs 6 elements, but has 5",
        ),
    ] {
        assert_eq!(
            refused(make(offsets)),
            (
                "ListOffsetArray",
                Some(Attribute::Offsets),
                problem,
                format!("(root), ListOffsetArray, offsets: {message}")
            )
        );
    }
}

#[test]
fn list_arrays() {
    let make = |starts: Index, stops: Index| ListArray::try_new(starts, stops, numbers(5), NONE);
    let further = make(vec![0_i64, 9].into(), vec![5_i64, 9, 77].into()).unwrap();
    assert_eq!((further.len(), further.stops().len()), (2, 2));
    let none = make(Vec::<i64>::new().into(), Vec::<i64>::new().into()).unwrap();
    assert!(none.is_empty());
    for (starts, stops, problem, message) in [
        (
            Index::from(vec![0_i64, 1]),
            Index::from(vec![1_i64]),
            Problem::BufferTooShort { needed: 2, have: 1 },
            "needs 2 elements in this buffer, but has 1",
        ),
        (
            vec![0_i64, -1].into(),
            vec![1_i64, 2].into(),
            Problem::ListBounds {
                at: 1,
                start: -1,
                stop: 2,
            },
            "list 1 begins at -1 and ends at 2",
        ),
        (
            vec![0_i64, 3].into(),
            vec![1_i64, 2].into(),
            Problem::ListBounds {
                at: 1,
                start: 3,
                stop: 2,
            },
            "list 1 begins at 3 and ends at 2",
        ),
        (
            vec![4_i32].into(),
            vec![6_i32].into(),
            Problem::ContentTooShort { needed: 6, have: 5 },
            "its content needs 6 elements, but has 5",
        ),
    ] {
        assert_eq!(
            refused(make(starts, stops)),
            (
                "ListArray",
                Some(Attribute::Stops),
                problem,
                format!("(root), ListArray, stops: {message}")
            )
        );
    }
    let (_, _, problem, message) = refused(make(vec![0_i64].into(), vec![1_i32].into()));
    let (starts, stops) = (IndexType::I64, IndexType::I32);
    assert_eq!(problem, Problem::KindsDiffer { starts, stops });
    assert_eq!(
        message,
        "(root), ListArray, stops: starts are i64 and stops are i32: both must be the same"
    );
}

#[test]
fn record_arrays() {
    let names: Arc<[Arc<str>]> = ["x".into()].into();
    let make =
        |contents, length| RecordArray::try_new(Some(Arc::clone(&names)), contents, length, NONE);
    assert_eq!(make(vec![numbers(5)], 3).unwrap().len(), 3);
    assert_eq!(
        refused(make(vec![], 0)),
        (
            "RecordArray",
            None,
            Problem::Form(FormError::FieldCount {
                fields: 1,
                contents: 0
            }),
            "(root), RecordArray: a record has 1 field names for 0 contents".to_owned()
        )
    );
    assert_eq!(
        refused(make(vec![numbers(2)], 3)),
        (
            "RecordArray",
            None,
            Problem::ContentTooShort { needed: 3, have: 2 },
            "(root), RecordArray: its content needs 3 elements, but has 2".to_owned()
        )
    );
    let uneven = RecordArray::from_fields([("x", numbers(4)), ("y", numbers(2))]);
    assert_eq!(uneven.len(), 2);
    assert_eq!(RecordArray::from_fields::<&str>([]).len(), 0);
}

#[test]
fn indexed_arrays() {
    let make = |index: Index| IndexedArray::try_new(index, numbers(3), NONE);
    assert_eq!(make(vec![2_u32, 0, 2].into()).unwrap().len(), 3);
    for (index, at, value, length) in [
        (Index::from(vec![0_i64, 3]), 1, 3, 3),
        (vec![0_i32, -1].into(), 1, -1, i64::MAX.unsigned_abs()),
        (vec![i64::MAX].into(), 0, i64::MAX, i64::MAX.unsigned_abs()),
        (vec![1, u32::MAX].into(), 1, i64::from(u32::MAX), 3),
    ] {
        assert_eq!(
            refused(make(index)),
            (
                "IndexedArray",
                Some(Attribute::Index),
                Problem::IndexOutOfRange {
                    at,
                    index: value,
                    length
                },
                format!(
                    "(root), IndexedArray, index: index {value} at {at} is not within a content of {length} elements"
                )
            )
        );
    }
}

#[test]
fn indexed_option_arrays() {
    let make = |index: Index| IndexedOptionArray::try_new(index, numbers(3), NONE);
    assert_eq!(make(vec![2_i32, -1, i32::MIN].into()).unwrap().len(), 3);
    assert_eq!(
        refused(make(vec![-1_i64, 3].into())),
        (
            "IndexedOptionArray",
            Some(Attribute::Index),
            Problem::IndexOutOfRange {
                at: 1,
                index: 3,
                length: 3
            },
            "(root), IndexedOptionArray, index: index 3 at 1 is not within a content of 3 elements"
                .to_owned()
        )
    );
    let (_, _, problem, message) = refused(make(vec![0_u32].into()));
    assert_eq!(problem, Problem::UnsignedOption);
    assert_eq!(
        message,
        "(root), IndexedOptionArray, index: an index of u32 cannot say that an element is missing: use i32 or i64"
    );
}

#[test]
fn masked_arrays() {
    let bytes = |mask: Vec<u8>| ByteMaskedArray::try_new(mask.into(), numbers(3), true, NONE);
    assert_eq!(bytes(vec![0, 255]).unwrap().len(), 2);
    assert_eq!(
        refused(bytes(vec![1; 4])),
        (
            "ByteMaskedArray",
            Some(Attribute::Mask),
            Problem::ContentTooShort { needed: 4, have: 3 },
            "(root), ByteMaskedArray, mask: its content needs 4 elements, but has 3".to_owned()
        )
    );
    let bits = |mask: Vec<u8>, length| {
        BitMaskedArray::try_new(mask.into(), numbers(9), true, true, length, NONE)
    };
    assert_eq!(bits(vec![1, 2, 3], 9).unwrap().mask().unwrap().len(), 2);
    assert_eq!(
        refused(bits(vec![1], 9)),
        (
            "BitMaskedArray",
            Some(Attribute::Mask),
            Problem::TooShort { needed: 2, have: 1 },
            "(root), BitMaskedArray, mask: needs 2 bytes, but has 1: the blob was cut short or belongs to another \
             form or length"
                .to_owned()
        )
    );
    let (_, _, problem, _) = refused(bits(vec![1, 2], 10));
    assert_eq!(
        problem,
        Problem::ContentTooShort {
            needed: 10,
            have: 9
        }
    );
}

#[test]
fn unions() {
    let make = |tags: Vec<u8>, index: Index, contents: usize| {
        let contents = vec![numbers(3); contents];
        UnionArray::try_new(tags.into(), index, contents, NONE)
    };
    assert_eq!(
        make(vec![0, 1], vec![2_i64, 0, 99].into(), 2)
            .unwrap()
            .index()
            .len(),
        2
    );
    assert_eq!(
        make(vec![127], vec![0_i64].into(), 128)
            .unwrap()
            .contents()
            .len(),
        128
    );
    for (tags, index, contents, attribute, problem, message) in [
        (
            vec![0, 0],
            Index::from(vec![0_i64]),
            1,
            Some(Attribute::Index),
            Problem::BufferTooShort { needed: 2, have: 1 },
            "index: needs 2 elements in this buffer, but has 1",
        ),
        (
            vec![0, 2],
            vec![0_i64, 0].into(),
            2,
            Some(Attribute::Tags),
            Problem::TagOutOfRange {
                at: 1,
                tag: 2,
                contents: 2,
            },
            "tags: tag 2 at 1 names none of the 2 contents",
        ),
        (
            vec![255],
            vec![0_i64].into(),
            2,
            Some(Attribute::Tags),
            Problem::TagOutOfRange {
                at: 0,
                tag: -1,
                contents: 2,
            },
            "tags: tag -1 at 0 names none of the 2 contents",
        ),
        (
            vec![0],
            vec![-1_i32].into(),
            1,
            Some(Attribute::Index),
            Problem::IndexOutOfRange {
                at: 0,
                index: -1,
                length: i64::MAX.unsigned_abs(),
            },
            "index: index -1 at 0 is not within a content of 9223372036854775807 elements",
        ),
        (
            vec![0],
            vec![3_u32].into(),
            1,
            Some(Attribute::Index),
            Problem::ContentTooShort { needed: 4, have: 3 },
            "index: its content needs 4 elements, but has 3",
        ),
    ] {
        assert_eq!(
            refused(make(tags, index, contents)),
            (
                "UnionArray",
                attribute,
                problem,
                format!("(root), UnionArray, {message}")
            )
        );
    }
    let (_, _, problem, message) = refused(make(vec![], Vec::<i64>::new().into(), 129));
    assert_eq!(
        problem,
        Problem::Form(FormError::UnionWidth { contents: 129 })
    );
    assert!(message.contains("129 contents"), "{message}");
}

#[test]
fn indexes() {
    let index = Index::try_new(Buffer::from_vec(vec![0_u8; 12]), IndexType::I32).unwrap();
    assert_eq!((index.len(), index.get(3)), (3, None));
    let error = Index::try_new(Buffer::from_vec(vec![0_u8; 12]), IndexType::I64).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a buffer of 12 bytes is no whole number of 8-byte elements"
    );
    assert!(index.slice(1..4).is_err());
    assert!(index.slice(usize::MAX - 1..usize::MAX).is_err());
}

/// Unchecked constructors make what the others make, or with the feature `recheck` panic at what these refuse.
#[test]
#[allow(unsafe_code, reason = "unchecked constructors are tested")]
fn unchecked_constructors() {
    let right = || vec![0_i64, 1, 3].into();
    let wrong = || vec![3_i64, 1, 0].into();
    let tags = || Buffer::from_vec(vec![0_i8, 0, 1]);
    let contents = || vec![numbers(4), numbers(4)];

    // SAFETY: `try_new` takes the same for right.
    let unchecked: [Array; 5] = unsafe {
        [
            ListOffsetArray::new_unchecked(right(), numbers(4), NONE).into(),
            ListArray::new_unchecked(right(), right(), numbers(4), NONE).into(),
            IndexedArray::new_unchecked(right(), numbers(4), NONE).into(),
            IndexedOptionArray::new_unchecked(right(), numbers(4), NONE).into(),
            UnionArray::new_unchecked(tags(), right(), contents(), NONE).into(),
        ]
    };
    let checked: [Array; 5] = [
        ListOffsetArray::try_new(right(), numbers(4), NONE)
            .unwrap()
            .into(),
        ListArray::try_new(right(), right(), numbers(4), NONE)
            .unwrap()
            .into(),
        IndexedArray::try_new(right(), numbers(4), NONE)
            .unwrap()
            .into(),
        IndexedOptionArray::try_new(right(), numbers(4), NONE)
            .unwrap()
            .into(),
        UnionArray::try_new(tags(), right(), contents(), NONE)
            .unwrap()
            .into(),
    ];
    assert_eq!(unchecked, checked);

    // SAFETY: nothing keeps these promises; values may be wrong, but nothing worse may happen.
    let broken: [fn(Index) -> Array; 5] = unsafe {
        [
            |index| ListOffsetArray::new_unchecked(index, numbers(2), NONE).into(),
            |index| {
                let starts = vec![0_i64; 3].into();
                ListArray::new_unchecked(starts, index, numbers(2), NONE).into()
            },
            |index| IndexedArray::new_unchecked(index, numbers(2), NONE).into(),
            |index| IndexedOptionArray::new_unchecked(index, numbers(2), NONE).into(),
            |index| {
                let tags = Buffer::from_vec(vec![0_i8; 3]);
                UnionArray::new_unchecked(tags, index, vec![numbers(2), numbers(2)], NONE).into()
            },
        ]
    };
    for make in broken {
        let made = std::panic::catch_unwind(|| {
            let array = make(wrong());
            let _ = array.to_string();
            array.len()
        });
        assert_eq!(made.is_err(), cfg!(feature = "recheck"), "{made:?}");
    }
}

#[test]
fn rows_and_fields_that_are_not_there() {
    let array = Array::from(RecordArray::from_fields([
        ("x", numbers(3)),
        ("y.z", numbers(3)),
    ]));
    for rows in [2..4, 4..4, usize::MAX..usize::MAX] {
        let message = format!(
            "rows {}..{} are not within an array of 3 rows",
            rows.start, rows.end
        );
        assert_eq!(array.slice(rows).unwrap_err().to_string(), message);
    }
    #[allow(clippy::reversed_empty_ranges, reason = "that is what is tested")]
    let reversed = array.slice(2..1).unwrap_err();
    assert_eq!(
        reversed.to_string(),
        "rows 2..1 are not within an array of 3 rows"
    );
    assert_eq!(
        array.get(3).unwrap_err().to_string(),
        "rows 3..4 are not within an array of 3 rows"
    );
    assert_eq!(
        array.take(&[0, 7]).unwrap_err().to_string(),
        "(root), RecordArray: index 7 at 1 is not within a content of 3 elements"
    );
    assert_eq!(
        array.field("w").unwrap_err().to_string(),
        "there is no field \"w\" at \"\"; there are: [\"x\", \"y.z\"]"
    );
    let nested = Array::from(RecordArray::from_fields([("muon", array)]));
    assert_eq!(nested.field("muon.y.z").unwrap(), numbers(3));
    let error = nested.field("muon.pt").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no field \"pt\" at \"muon\"; there are: [\"x\", \"y.z\"]"
    );
    assert!(matches!(error, ArrayError::NoSuchField { path, .. } if path == "muon"));
}
