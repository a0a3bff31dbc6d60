#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::single_range_in_vec_init,
    reason = "tests say what is wrong by panicking"
)]

use gawky_buffer::Native;
use gawky_form::{Form, FormKeyFormat, KeyFormat};

use super::*;
use crate::read::{ReadOptions, Reading, Step};
use crate::{Array, ArrayError};

const ROWS: u64 = 1 << 20;

fn form(datashape: &str) -> Form {
    let form = Form::from_type(&datashape.parse().unwrap()).unwrap();
    form.with_form_keys(&FormKeyFormat::default(), 0).unwrap()
}

fn reading<const N: usize>(form: &Form, rows: [Range<u64>; N]) -> Reading<'_> {
    Reading::scattered(
        form,
        ROWS,
        rows,
        &KeyFormat::array(),
        ReadOptions::default(),
    )
    .unwrap()
}

fn asked(reading: &mut Reading<'_>) -> Vec<Range<u64>> {
    match reading.step().unwrap() {
        Step::Need(fetches) => fetches
            .iter()
            .filter_map(|fetch| fetch.range.clone())
            .collect(),
        Step::Done(array) => panic!("{array} is done"),
    }
}

fn done(reading: &mut Reading<'_>) -> Array {
    match reading.step().unwrap() {
        Step::Done(array) => array,
        Step::Need(fetches) => panic!("{fetches:?}"),
    }
}

fn problem(reading: &mut Reading<'_>) -> (Problem, String) {
    match reading.step() {
        Err(ArrayError::Node { location, problem }) => (problem, location.to_string()),
        other => panic!("{other:?}"),
    }
}

fn some<T: Native>(values: Vec<T>) -> Option<Buffer> {
    Some(values.into())
}

#[test]
fn ranges_with_little_between_them_are_asked_for_as_one_and_others_apart() {
    let form = form("int64");
    // In any order, with repetitions; 512 rows of 8 bytes are what lies between at most.
    let mut reading = reading(
        &form,
        [600_000..600_001, 3..5, 4..7, 519..520, 1_033..1_034],
    );
    assert_eq!(
        asked(&mut reading),
        [24..4_160, 8_264..8_272, 4_800_000..4_800_008]
    );
    reading
        .supply([
            some((3..520).collect::<Vec<i64>>()),
            some(vec![1_033_i64]),
            some(vec![-1_i64]),
        ])
        .unwrap();
    let taken = done(&mut reading);
    assert_eq!(
        taken.value().unwrap().to_string(),
        "[3, 4, 5, 6, 519, 1033, -1]"
    );
    assert_eq!((reading.report().steps, reading.report().fetches), (1, 3));
}

#[test]
fn rows_within_others_are_read_with_them() {
    let form = form("int64");
    let mut reading = reading(&form, [4..5, 3..9, 6..7]);
    assert_eq!(asked(&mut reading), [24..72]);
}

#[test]
fn the_content_of_lists_is_read_where_their_offsets_say() {
    let form = form("var * int32");
    let mut reading = reading(&form, [0..2, 9_000..9_001, 500_000..500_002]);
    assert_eq!(
        asked(&mut reading),
        [0..24, 72_000..72_016, 4_000_000..4_000_024]
    );
    let offsets = [vec![0_i64, 2, 3], vec![7, 7], vec![50_000, 50_001, 50_003]];
    reading.supply(offsets.map(some)).unwrap();
    assert_eq!(asked(&mut reading), [0..12, 200_000..200_012]);
    reading
        .supply([some(vec![1_i32, 2, 3]), some(vec![4_i32, 5, 6])])
        .unwrap();
    let taken = done(&mut reading);
    assert_eq!(
        taken.value().unwrap().to_string(),
        "[[1, 2], [3], [], [4], [5, 6]]"
    );
    assert_eq!(taken.form(), form.without_form_keys());
}

#[test]
fn rows_that_many_point_to_are_read_once() {
    let form = form("categorical[type=int32]");
    let mut reading = reading(&form, [0..1, 9_000..9_001, 500_000..500_001]);
    assert_eq!(asked(&mut reading).len(), 3);
    reading
        .supply([
            some(vec![20_000_i64]),
            some(vec![5_i64]),
            some(vec![20_000_i64]),
        ])
        .unwrap();
    assert_eq!(asked(&mut reading), [20..24, 80_000..80_004]);
    reading
        .supply([some(vec![6_i32]), some(vec![7_i32])])
        .unwrap();
    assert_eq!(done(&mut reading).value().unwrap().to_string(), "[7, 6, 7]");
}

#[test]
fn bits_are_put_together_from_wherever_in_a_byte_they_lie() {
    let form = Form::from_json(
        r#"{"class": "BitMaskedArray", "mask": "u8", "valid_when": true, "lsb_order": true, "content": "int8"}"#,
    );
    let form = form
        .unwrap()
        .with_form_keys(&FormKeyFormat::default(), 0)
        .unwrap();
    let mut reading = reading(&form, [3..5, 100_006..100_010, 900_000..900_001]);
    let bits = [0..1, 12_500..12_502, 112_500..112_501];
    let content = [3..5, 100_006..100_010, 900_000..900_001];
    assert_eq!(asked(&mut reading), [bits, content].concat());
    reading
        .supply([
            some(vec![0b0001_0000_u8]),
            some(vec![0b1100_0000_u8, 0b0000_0010]),
            some(vec![1_u8]),
            some(vec![1_i8, 2]),
            some(vec![3_i8, 4, 5, 6]),
            some(vec![7_i8]),
        ])
        .unwrap();
    let taken = done(&mut reading);
    assert_eq!(
        taken.value().unwrap().to_string(),
        "[None, 2, 3, 4, None, 6, 7]"
    );
}

#[test]
fn offsets_of_later_rows_that_lie_before_those_of_earlier_ones_are_refused() {
    let form = form("var * int32");
    for later in [3_i64, 501] {
        let mut reading = reading(&form, [0..1, 9_000..9_001]);
        asked(&mut reading);
        reading
            .supply([some(vec![500_i64, 502]), some(vec![later, later + 2])])
            .unwrap();
        let (problem, place) = problem(&mut reading);
        assert!(
            matches!(problem, Problem::OffsetsDecrease { at: 1, .. }),
            "{problem:?}"
        );
        assert!(place.contains("node0-offsets"), "{place}");
    }
}

/// Lists without elements lie nowhere in particular, and what was read before them has been read.
#[test]
fn offsets_of_lists_without_elements_may_be_any() {
    let form = form("var * int32");
    for third in [502, 501] {
        let mut reading = reading(&form, [0..1, 9_000..9_001, 500_000..500_001]);
        asked(&mut reading);
        let offsets = [[500_i64, 502], [3, 3], [third, third + 1]];
        reading
            .supply(offsets.map(|two| some(two.to_vec())))
            .unwrap();
        if third < 502 {
            let (problem, _) = problem(&mut reading);
            assert!(
                matches!(problem, Problem::OffsetsDecrease { at: 2, .. }),
                "{problem:?}"
            );
            continue;
        }
        assert_eq!(asked(&mut reading), [2_000..2_012]);
        reading.supply([some(vec![1_i32, 2, 3])]).unwrap();
        assert_eq!(
            done(&mut reading).value().unwrap().to_string(),
            "[[1, 2], [], [3]]"
        );
    }
}

#[test]
fn what_is_not_there_or_too_short_is_named() {
    let form = form("int64");
    for (second, bytes) in [
        (None, 0),
        (some(vec![1_i64]), 8),
        (some(vec![1_u8; 15]), 15),
    ] {
        let (is_there, needed) = (second.is_some(), 16);
        let mut reading = reading(&form, [0..1, 9_000..9_002]);
        asked(&mut reading);
        reading.supply([some(vec![0_i64]), second]).unwrap();
        let (problem, place) = problem(&mut reading);
        match problem {
            Problem::Missing { needed: told } => assert!(!is_there && told == needed),
            Problem::TooShort { needed: told, have } => {
                assert!(is_there && told == needed && have == bytes);
            }
            other => panic!("{other:?}"),
        }
        assert!(place.contains("node0-data"), "{place}");
    }
}

/// What a container answers beyond what it was asked for is not taken for what it was asked for elsewhere.
#[test]
fn an_answer_that_is_too_long_is_cut() {
    let form = form("int64");
    let rows = || reading(&form, [0..1, 10_000..10_001]);
    let long = || some(vec![7_i64; 12_500]);
    let mut here = rows();
    asked(&mut here);
    here.supply([long(), some(vec![8_i64])]).unwrap();
    assert_eq!(done(&mut here).value().unwrap().to_string(), "[7, 8]");
    let mut missing = rows();
    asked(&mut missing);
    missing.supply([long(), None]).unwrap();
    let (problem, _) = problem(&mut missing);
    assert!(
        matches!(problem, Problem::Missing { needed: 8 }),
        "{problem:?}"
    );
}

#[test]
fn rows_past_the_end_are_refused() {
    let form = form("int64");
    let keys = KeyFormat::array();
    for rows in [0..ROWS + 1, Range { start: 2, end: 1 }] {
        let read = Reading::scattered(&form, ROWS, [0..1, rows], &keys, ReadOptions::default());
        assert!(matches!(
            read,
            Err(ArrayError::OutOfRange { length: ROWS, .. })
        ));
    }
    let none = Reading::scattered(&form, ROWS, [], &keys, ReadOptions::default());
    assert_eq!(done(&mut none.unwrap()).len(), 0);
}
