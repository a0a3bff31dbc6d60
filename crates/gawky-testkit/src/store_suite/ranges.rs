//! Checks of many ranges at once: merged or not, they are the bytes that were asked.

use std::borrow::Cow;
use std::ops::Range;

use gawky_buffer::{Blob, Buffer, DType, Fetch};
use gawky_store::{Container, FetchReport, StoreError};

use super::Setup;
use super::samples::{assert_bytes, blob, fetch, pattern};

const KIB: usize = 1024;

#[track_caller]
fn assert_ranges<C: Container>(container: &C, whole: &[u8], ranges: &[Range<usize>]) {
    let fetches: Vec<Fetch> = ranges
        .iter()
        .map(|range| fetch("k", Some(range.start as u64..range.end as u64)))
        .collect();
    let answers = container.fetch(&fetches).unwrap();
    assert_eq!(answers.len(), ranges.len());
    for (at, (answer, range)) in answers.iter().zip(ranges).enumerate() {
        let what = format!("bytes {range:?}, answer {at} of {}", ranges.len());
        assert_bytes(answer.as_ref(), &whole[range.clone()], &what);
    }
}

pub(super) fn neighbours<C: Container>(setup: &Setup<'_, C>) {
    let whole = pattern(64 * KIB, 1);
    let container = setup.with(&[("k", &whole)]);
    let end = whole.len();
    for mut ranges in [
        vec![0..8, 8..16, 16..24],
        vec![0..8, 9..16, 20..24],
        vec![0..1, 1..2, 3..4, 7..8, 15..16, 31..32, 63..64],
        // Overlapping, within each other, and the same.
        vec![0..100, 50..150, 10..20, 0..100, 149..150, 0..1],
        vec![0..end, 5..6, end - 1..end],
        // Far apart.
        vec![0..8, 30 * KIB..30 * KIB + 8, end - 8..end],
        vec![7..16 * KIB, 16 * KIB..end - 3, end - 3..end],
    ] {
        assert_ranges(&container, &whole, &ranges);
        ranges.reverse();
        assert_ranges(&container, &whole, &ranges);
        ranges.rotate_left(1);
        assert_ranges(&container, &whole, &ranges);
    }
}

pub(super) fn scattered<C: Container>(setup: &Setup<'_, C>) {
    let whole = pattern(300 * KIB, 2);
    let container = setup.with(&[("k", &whole)]);
    for longest in [3, 500, 100 * KIB] {
        let ranges: Vec<Range<usize>> = (0..300)
            .map(|n| (n * 104_729 % whole.len(), n * 7_919 % longest))
            .map(|(start, len)| start..(start + len).min(whole.len()))
            .collect();
        assert_ranges(&container, &whole, &ranges);
    }
}

pub(super) fn of_a_blob_that_is_fetched_whole<C: Container>(setup: &Setup<'_, C>) {
    let container = setup.with(&[("k", &pattern(100, 1)), ("l", &pattern(50, 2))]);
    let answers = container
        .fetch(&[
            fetch("k", Some(10..20)),
            fetch("l", None),
            fetch("k", None),
            fetch("l", Some(49..50)),
            fetch("k", Some(99..100)),
            fetch("k", Some(7..7)),
        ])
        .unwrap();
    let (k, l) = (pattern(100, 1), pattern(50, 2));
    let expected: [&[u8]; 6] = [&k[10..20], &l, &k, &l[49..], &k[99..], &[]];
    for (at, (answer, expected)) in answers.iter().zip(expected).enumerate() {
        assert_bytes(answer.as_ref(), expected, &format!("answer {at}"));
    }
    let past = container.fetch(&[fetch("k", None), fetch("k", Some(90..101))]);
    assert_past(past, 90..101, 100);
}

#[track_caller]
fn assert_past(answer: Result<Vec<Option<Buffer>>, StoreError>, asked: Range<u64>, there: u64) {
    match answer {
        Err(StoreError::OutOfRange {
            key,
            start,
            end,
            have,
        }) => {
            assert_eq!((key.as_str(), start..end, have), ("k", asked, there));
        }
        other => panic!("bytes {asked:?} of {there} are to be OutOfRange, and gave {other:?}"),
    }
}

/// HARD_CASES 12: an error, not short data, and it names the range that somebody asked.
pub(super) fn one_of_several_neighbours_passes_the_end<C: Container>(setup: &Setup<'_, C>) {
    let container = setup.with(&[("k", &pattern(100, 1))]);
    let of = |ranges: &[Range<u64>]| -> Vec<Fetch> {
        ranges
            .iter()
            .map(|range| fetch("k", Some(range.clone())))
            .collect()
    };
    for ranges in [
        vec![0..8, 8..16, 92..101],
        vec![92..101, 0..8, 84..92],
        vec![0..100, 92..101],
        vec![80..92, 92..101, 92..101],
    ] {
        assert_past(container.fetch(&of(&ranges)), 92..101, 100);
    }
    assert_past(container.fetch(&of(&[0..8, 100..101])), 100..101, 100);
    assert_past(
        container.fetch(&of(&[90..100, 100..u64::MAX])),
        100..u64::MAX,
        100,
    );
}

fn integers(start: i64) -> Vec<u8> {
    (start..start + 10).flat_map(i64::to_le_bytes).collect()
}

#[track_caller]
fn assert_integers(answer: Option<&Buffer>, start: i64) {
    let answer = answer.expect("it is there");
    let values: Vec<i64> = answer
        .typed::<i64>()
        .unwrap()
        .iter()
        .map(|value| i64::from_le(*value))
        .collect();
    assert_eq!(values, (start..start + 10).collect::<Vec<_>>());
    // No elements are no elements, wherever they are not.
    let nothing = answer.slice(1..1).unwrap();
    assert!(matches!(nothing.typed::<i64>(), Ok(Cow::Borrowed([]))));
}

/// HARD_CASES 5: integers behind an odd number of bytes, in one blob and in several, read with what lies before
/// them.
pub(super) fn integers_behind_odd_bytes<C: Container>(setup: &Setup<'_, C>) {
    let mut whole = pattern(7, 1);
    whole.extend(integers(100));
    whole.extend([1, 2, 3]);
    whole.extend(integers(200));
    let container = (setup.fill)(vec![
        blob("odd", &pattern(7, 2)),
        Blob::new("between", DType::Int64, Buffer::copied_from(&integers(300))),
        blob("odder", &[9]),
        Blob::new("last", DType::Int64, Buffer::copied_from(&integers(400))),
        blob("together", &whole),
    ]);
    let of = |key: &str, range| Fetch::raw(key, range);
    for gap in [0, 3] {
        let answers = container
            .fetch(&[
                of("together", Some(0..7 - gap)),
                of("together", Some(7..87)),
                of("together", Some(90..170)),
                of("odd", None),
                of("between", None),
                of("odder", Some(0..1)),
                of("last", Some(0..80)),
            ])
            .unwrap();
        assert_bytes(answers[3].as_ref(), &pattern(7, 2), "odd");
        assert_integers(answers[1].as_ref(), 100);
        assert_integers(answers[2].as_ref(), 200);
        assert_integers(answers[4].as_ref(), 300);
        assert_integers(answers[6].as_ref(), 400);
    }
}

/// Who says that neighbours are worth one request makes one of them.
pub(super) fn who_declares_merging_merges<C: Container>(setup: &Setup<'_, C>) {
    const COUNT: u64 = 64;
    let container = setup.with(&[("k", &pattern(8 * 64, 1))]);
    let Some(limits) = container.profile().coalescing else {
        return;
    };
    if limits.max_bytes < 8 * COUNT || limits.max_ranges < 64 {
        return;
    }
    let fetches: Vec<Fetch> = (0..COUNT)
        .map(|n| fetch("k", Some(8 * n..8 * n + 8)))
        .collect();
    let mut report = FetchReport::default();
    container.fetch_versioned(&fetches, &mut report).unwrap();
    assert!(report.requests < COUNT / 2, "{report:?}");
}

/// HARD_CASES 12, for those that read more than was asked: 4 KiB of a large read do not keep it alive.
pub(super) fn few_bytes_do_not_keep_many_alive<C: Container>(setup: &Setup<'_, C>) {
    if setup.empty().profile().coalescing.is_none() {
        return;
    }
    let whole = pattern(8 * KIB * KIB, 1);
    let container = setup.with(&[("k", &whole)]);
    let ranges = [0..4 * KIB as u64, 4 * KIB as u64..whole.len() as u64];
    let answers = container
        .fetch(&ranges.map(|range| fetch("k", Some(range))))
        .unwrap();
    let piece = answers[0].as_ref().expect("it is there");
    assert_bytes(Some(piece), &whole[..4 * KIB], "the piece");
    assert!(
        piece.retained() < 64 * KIB,
        "4 KiB keep {} bytes alive",
        piece.retained()
    );
}
