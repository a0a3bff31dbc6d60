//! Merging, splitting, windows.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

mod properties;

use std::collections::HashMap;
use std::ops::Range;

use gawky_buffer::{Buffer, BufferMut, Fetch, Version};

use super::{Request, Requests, Window};
use crate::{Coalescing, Container, FetchReport, Fetched, Profile, StoreError};

type Blobs = HashMap<String, Buffer>;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

fn whole(key: &str) -> Fetch {
    Fetch::raw(key, None)
}

fn range(key: &str, range: Range<u64>) -> Fetch {
    Fetch::raw(key, Some(range))
}

fn gap(max_gap: u64) -> Option<Coalescing> {
    Some(Coalescing::new(max_gap, u64::MAX, usize::MAX))
}

fn blob(len: u64, seed: u8) -> Buffer {
    let bytes: Vec<u8> = (0..len)
        .map(|at| at.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes()[0] ^ seed)
        .collect();
    Buffer::from_vec(bytes)
}

/// What a plan comes to: the key and range of each request.
fn planned(fetches: &[Fetch], coalescing: Option<Coalescing>) -> Vec<(String, Option<Range<u64>>)> {
    let requests = Requests::plan(fetches, coalescing).unwrap();
    requests
        .as_slice()
        .iter()
        .map(|request| (request.key.to_string(), request.range.clone()))
        .collect()
}

/// As a container does that has no memory of its own: every answer is read afresh.
fn perform(blobs: &Blobs, request: &Request) -> Result<Option<Fetched>, StoreError> {
    let answer = match &request.range {
        None => blobs.get(request.key.as_str()).cloned(),
        Some(range) => blobs.get_range(&request.key, range.clone())?,
    };
    Ok(answer.map(|bytes| {
        let len = bytes.len();
        let mut own = BufferMut::try_with_capacity_at_phase(len, request.phase()).unwrap();
        own.extend_from_slice(bytes.bytes().unwrap());
        Fetched {
            bytes: own.freeze(),
            version: Some(Version::new(format!("of {}", request.key))),
        }
    }))
}

fn fetch(
    blobs: &Blobs,
    fetches: &[Fetch],
    coalescing: Option<Coalescing>,
) -> Result<(Vec<Option<Fetched>>, FetchReport), StoreError> {
    let requests = Requests::plan(fetches, coalescing)?;
    let mut fetched = Vec::new();
    for (at, request) in requests.as_slice().iter().enumerate() {
        fetched.push(perform(blobs, request).map_err(|error| requests.blame(at, error))?);
    }
    let mut report = FetchReport::default();
    Ok((requests.answers(fetched, &mut report)?, report))
}

fn bytes(fetched: Vec<Option<Fetched>>) -> Vec<Option<Buffer>> {
    fetched
        .into_iter()
        .map(|fetched| fetched.map(|fetched| fetched.bytes))
        .collect()
}

#[test]
fn off_is_one_request_each_and_zero_is_adjacent_only() {
    let adjacent: Vec<Fetch> = (0..10).map(|n| range("k", n * 8..n * 8 + 8)).collect();
    let all = Some(0..80);
    assert_eq!(planned(&adjacent, None).len(), 10);
    assert_eq!(planned(&adjacent, gap(0)), [("k".to_owned(), all.clone())]);

    let apart: Vec<Fetch> = (0..10).map(|n| range("k", n * 9..n * 9 + 8)).collect();
    assert_eq!(planned(&apart, gap(0)).len(), 10);
    assert_eq!(planned(&apart, gap(1)), [("k".to_owned(), Some(0..89))]);

    let twice = [adjacent[0].clone(), adjacent[0].clone()];
    assert_eq!(planned(&twice, None).len(), 2, "off is off");
    assert_eq!(planned(&twice, gap(0)).len(), 1);
}

#[test]
fn the_limits_are_kept_but_one_range_alone_may_pass_them() {
    let adjacent: Vec<Fetch> = (0..10).map(|n| range("k", n * 8..n * 8 + 8)).collect();
    let lens = |limits| -> Vec<u64> {
        let requests = Requests::plan(&adjacent, Some(limits)).unwrap();
        requests
            .as_slice()
            .iter()
            .map(|request| request.len().unwrap())
            .collect()
    };
    assert_eq!(lens(Coalescing::new(0, 31, 100)), [24, 24, 24, 8]);
    assert_eq!(lens(Coalescing::new(0, 7, 100)), [8; 10]);
    assert_eq!(lens(Coalescing::new(0, 100, 4)), [32, 32, 16]);
    assert_eq!(lens(Coalescing::new(0, 0, 0)), [8; 10]);

    let large = [range("k", 0..100), range("k", 100..101), range("k", 40..60)];
    assert_eq!(
        planned(&large, Some(Coalescing::new(0, 50, 100))),
        [
            ("k".to_owned(), Some(0..100)),
            ("k".to_owned(), Some(100..101))
        ]
    );
}

#[test]
fn what_lies_within_others_costs_nothing() {
    let fetches = [
        range("k", 10..20),
        range("k", 0..50),
        range("k", 0..50),
        range("k", 49..50),
    ];
    let strict = Some(Coalescing::new(0, 1, 1));
    assert_eq!(planned(&fetches, strict), [("k".to_owned(), Some(0..50))]);
    // Ranges within others do not use up the number of ranges.
    let mut many = vec![range("k", 0..8); 50];
    many.push(range("k", 8..16));
    let two = Some(Coalescing::new(0, 100, 2));
    assert_eq!(planned(&many, two), [("k".to_owned(), Some(0..16))]);
}

#[test]
fn ranges_come_from_a_blob_that_is_read_whole() {
    let fetches = [
        range("k", 4..8),
        range("other", 0..1),
        whole("k"),
        range("k", 0..2),
        whole("k"),
    ];
    assert_eq!(
        planned(&fetches, gap(0)),
        [("k".to_owned(), None), ("other".to_owned(), Some(0..1))]
    );
    let blobs = Blobs::from([
        ("k".to_owned(), blob(8, 1)),
        ("other".to_owned(), blob(1, 2)),
    ]);
    let (answers, report) = fetch(&blobs, &fetches, gap(0)).unwrap();
    assert_eq!(bytes(answers), blobs.fetch(&fetches).unwrap());
    assert_eq!((report.merged, report.copies), (3, 0));

    let past = [range("k", 4..9), whole("k")];
    let error = fetch(&blobs, &past, gap(0)).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::OutOfRange {
                start: 4,
                end: 9,
                have: 8,
                ..
            }
        ),
        "{error}"
    );
    let (answers, _) = fetch(&Blobs::new(), &past, gap(0)).unwrap();
    assert_eq!(
        answers,
        [None, None],
        "of a blob that is missing, everything is"
    );
}

#[test]
fn other_blobs_and_other_states_are_other_requests() {
    let (a, b) = (Some(Version::new("a")), Some(Version::new("b")));
    let fetches = [
        range("k", 0..8).at_version(a.clone()),
        range("k", 8..16).at_version(b.clone()),
        range("k", 16..24),
        range("l", 24..32),
        range("k", 24..32),
        range("k", 8..10).at_version(a.clone()),
    ];
    let requests = Requests::plan(&fetches, gap(0)).unwrap();
    let found: Vec<_> = requests
        .as_slice()
        .iter()
        .map(|request| {
            (
                request.key.as_str(),
                request.range.clone().unwrap(),
                &request.version,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("k", 0..10, &a),
            ("k", 8..16, &b),
            ("k", 16..32, &None),
            ("l", 24..32, &None)
        ]
    );
}

#[test]
fn nothing_asked_is_no_request() {
    for coalescing in [None, gap(0), gap(u64::MAX)] {
        let fetches = [
            range("k", 0..0),
            range("k", u64::MAX..u64::MAX),
            range("missing", 5..5),
        ];
        assert_eq!(planned(&fetches, coalescing), []);
        assert_eq!(planned(&[], coalescing), []);
        let (answers, report) = fetch(&Blobs::new(), &fetches, coalescing).unwrap();
        assert_eq!(bytes(answers), vec![Some(Buffer::empty()); 3]);
        assert_eq!(report, FetchReport::default());
        // An empty range is no bridge between others.
        let bridge = [range("k", 0..8), range("k", 8..8), range("k", 9..16)];
        assert_eq!(planned(&bridge, gap(0)).len(), 2);
    }
}

#[test]
fn requests_are_in_the_order_of_the_fetches() {
    let fetches = [
        range("z", 100..108),
        range("a", 0..8),
        range("z", 0..8),
        range("z", 108..116),
        whole("m"),
        range("z", 8..16),
    ];
    let keys: Vec<_> = planned(&fetches, gap(0));
    assert_eq!(
        keys,
        [
            ("z".to_owned(), Some(100..116)),
            ("a".to_owned(), Some(0..8)),
            ("z".to_owned(), Some(0..16)),
            ("m".to_owned(), None)
        ]
    );
}

#[test]
fn extreme_ranges_do_not_overflow() {
    let fetches = [
        range("k", 0..u64::MAX),
        range("k", u64::MAX - 1..u64::MAX),
        range("k", 5..6),
        range("l", u64::MAX - 9..u64::MAX - 8),
        range("l", u64::MAX - 1..u64::MAX),
        range("l", 0..1),
    ];
    for coalescing in [
        None,
        gap(0),
        gap(u64::MAX),
        Some(Coalescing::new(u64::MAX, 0, 0)),
    ] {
        assert!(Requests::plan(&fetches, coalescing).is_ok());
    }
    assert_eq!(planned(&fetches, gap(u64::MAX)).len(), 2);
    assert_eq!(planned(&fetches, gap(6)).len(), 4);
    assert_eq!(planned(&fetches, gap(7)).len(), 3);
}

#[test]
fn what_cannot_be_asked_is_told_at_once() {
    for coalescing in [None, gap(0)] {
        let inverted = Requests::plan(
            &[
                whole("k"),
                Fetch::raw("k", Some(Range { start: 3, end: 2 })),
            ],
            coalescing,
        );
        assert!(matches!(
            inverted,
            Err(StoreError::InvertedRange {
                start: 3,
                end: 2,
                ..
            })
        ));
        let bad_key = Requests::plan(&[range("a//b", 0..0)], coalescing);
        assert!(matches!(bad_key, Err(StoreError::InvalidKey { .. })));
    }
}

#[test]
fn the_fetch_that_passes_the_end_is_blamed() {
    let blobs = Blobs::from([("k".to_owned(), blob(100, 1))]);
    let blamed = |fetches: &[Fetch]| match fetch(&blobs, fetches, gap(0)).unwrap_err() {
        StoreError::OutOfRange {
            key,
            start,
            end,
            have,
        } => {
            assert_eq!((key.as_str(), have), ("k", 100));
            start..end
        }
        other => panic!("{other}"),
    };
    assert_eq!(blamed(&[range("k", 0..60), range("k", 60..120)]), 60..120);
    assert_eq!(blamed(&[range("k", 60..120), range("k", 90..101)]), 60..120);
    assert_eq!(blamed(&[range("k", 90..101), range("k", 60..120)]), 90..101);
    // The first is all of the merged range.
    assert_eq!(blamed(&[range("k", 0..200), range("k", 50..150)]), 0..200);
    assert_eq!(blamed(&[range("k", 50..150), range("k", 0..200)]), 50..150);

    let requests = Requests::plan(&[range("k", 0..60), range("k", 60..120)], gap(0)).unwrap();
    let other = requests.blame(0, StoreError::backend("k", "503"));
    assert_eq!(other.to_string(), "\"k\": 503");
    let elsewhere = StoreError::OutOfRange {
        key: "k".to_owned(),
        start: 0,
        end: 120,
        have: 120,
    };
    let StoreError::OutOfRange {
        start: 0, end: 120, ..
    } = requests.blame(0, elsewhere)
    else {
        panic!("nobody asked for more than there is");
    };
}

#[test]
fn a_wrong_number_or_length_of_answers_is_an_error() {
    let plan = || Requests::plan(&[range("k", 0..8), whole("l")], gap(0)).unwrap();
    let answer = |len| Some(Fetched::from(blob(len, 0)));
    let mut report = FetchReport::default();
    for (answers, got) in [(vec![], 0), (vec![answer(8)], 1), (vec![None; 3], 3)] {
        let error = plan().answers(answers, &mut report).unwrap_err();
        assert!(
            matches!(&error, StoreError::AnswerCount { key, asked: 2, got: g } if key == "k" && *g == got),
            "{error}"
        );
    }
    for len in [0, 7, 9] {
        let error = plan()
            .answers(vec![answer(len), None], &mut report)
            .unwrap_err();
        assert!(matches!(error, StoreError::WrongLength { asked: 8, got, .. } if got == len));
    }
    assert!(
        plan()
            .answers(vec![answer(8), answer(123)], &mut report)
            .is_ok()
    );
    assert!(plan().answers(vec![None, None], &mut report).is_ok());
}

/// HARD_CASES 12: whoever keeps a few bytes of a merged read does not keep the rest alive.
#[test]
fn few_bytes_do_not_keep_many_alive() {
    let retained = |answers: &[Option<Fetched>], at: usize| {
        answers[at].as_ref().unwrap().bytes.retained() as u64
    };
    let blobs = Blobs::from([("k".to_owned(), blob(16 * MIB, 1))]);

    // Little of what was read is wanted.
    let sparse: Vec<Fetch> = (0..16)
        .map(|n| range("k", n * MIB..n * MIB + 4 * KIB))
        .collect();
    let (answers, report) = fetch(&blobs, &sparse, gap(MIB)).unwrap();
    assert_eq!(
        (report.merged, report.copies, report.copied_bytes),
        (15, 16, 64 * KIB)
    );
    for at in 0..16 {
        assert!(
            retained(&answers, at) < 64 * KIB,
            "{}",
            retained(&answers, at)
        );
    }

    // All is wanted, and one piece is small.
    let mixed = [range("k", 0..4 * KIB), range("k", 4 * KIB..16 * MIB)];
    let (answers, report) = fetch(&blobs, &mixed, gap(0)).unwrap();
    assert!(retained(&answers, 0) < 64 * KIB);
    assert_eq!((report.copies, report.copied_bytes), (1, 4 * KIB));

    // The same out of a blob that is read whole anyway.
    let out_of_whole = [range("k", 5..4 * KIB), whole("k")];
    let (answers, _) = fetch(&blobs, &out_of_whole, gap(0)).unwrap();
    assert!(retained(&answers, 0) < 64 * KIB);
    assert_eq!(bytes(answers), blobs.fetch(&out_of_whole).unwrap());
}

#[test]
fn what_is_mostly_wanted_is_not_copied() {
    let blobs = Blobs::from([("k".to_owned(), blob(MIB, 1))]);
    for pieces in [2, 15, 16, 17, 100, 4096] {
        let step = MIB / pieces;
        let fetches: Vec<Fetch> = (0..pieces)
            .map(|n| range("k", n * step..(n + 1) * step))
            .collect();
        let (answers, report) = fetch(&blobs, &fetches, gap(0)).unwrap();
        assert_eq!((report.copies, report.merged), (0, pieces - 1));
        let first = answers[0].as_ref().unwrap().bytes.address();
        let last = answers.last().unwrap().as_ref().unwrap().bytes.address();
        assert_eq!(last as u64 - first as u64, (pieces - 1) * step);
    }
    // Whatever is wasted of little, is little.
    let sparse = [range("k", 0..8), range("k", 60 * KIB..60 * KIB + 8)];
    let (_, report) = fetch(&blobs, &sparse, gap(MIB)).unwrap();
    assert_eq!((report.copies, report.merged), (0, 1));
}

#[test]
fn bytes_wanted_twice_are_not_wanted_more() {
    // A fifth of what is read is wanted, by six ranges that overlap.
    let mut fetches = Vec::new();
    for n in 0..10 {
        let start = n * 100 * KIB;
        fetches.extend(
            (0..6)
                .map(|n| start + n * KIB)
                .map(|start| range("k", start..start + 15 * KIB)),
        );
    }
    let blobs = Blobs::from([("k".to_owned(), blob(MIB, 1))]);
    let (answers, report) = fetch(&blobs, &fetches, gap(MIB)).unwrap();
    assert_eq!((report.copies, report.merged), (60, 59));
    assert!(
        answers
            .iter()
            .flatten()
            .all(|piece| piece.bytes.retained() < 64 << 10)
    );
}

/// HARD_CASES 5: aligned in the blob is aligned in memory, also when it was read with others.
#[test]
fn pieces_lie_as_they_do_in_their_blob() {
    let blobs = Blobs::from([("k".to_owned(), blob(4 * KIB, 1))]);
    // A uint8 of odd length, then an int64, as a file of tensors has them.
    let fetches = [range("k", 13..20), range("k", 24..64), range("k", 67..75)];
    let (answers, report) = fetch(&blobs, &fetches, gap(4)).unwrap();
    assert_eq!((report.merged, report.copies), (2, 0));
    for (answer, fetch) in answers.iter().zip(&fetches) {
        let start = fetch.range.as_ref().unwrap().start;
        let address = answer.as_ref().unwrap().bytes.address() as u64;
        assert_eq!(address % 64, start % 64);
    }
    // What is not cut begins at a line of its own.
    for alone in [vec![range("k", 13..20)], vec![range("k", 13..20); 2]] {
        let requests = Requests::plan(&alone, gap(4)).unwrap();
        assert_eq!(requests.as_slice()[0].phase(), 0);
    }
}

#[test]
fn pieces_have_the_state_of_what_they_were_cut_from() {
    let blobs = Blobs::from([("k".to_owned(), blob(100, 1))]);
    let fetches = [range("k", 0..8), range("k", 8..16), range("k", 3..3)];
    let (answers, _) = fetch(&blobs, &fetches, gap(0)).unwrap();
    let version = Some(Version::new("of k"));
    assert_eq!(answers[0].as_ref().unwrap().version, version);
    assert_eq!(answers[1].as_ref().unwrap().version, version);
    assert_eq!(answers[2].as_ref().unwrap().version, None, "nobody looked");
}

/// A plan of a hundred thousand ranges, in the worst order, is no matter of minutes.
#[test]
fn huge_lists_are_planned() {
    let count = 100_000_u64;
    let scattered: Vec<Fetch> = (0..count)
        .map(|n| n * 7_919 % count)
        .map(|n| range(&format!("k{}", n % 100), n * 10..n * 10 + 10))
        .collect();
    assert_eq!(planned(&scattered, None).len(), 100_000);
    assert_eq!(planned(&scattered, gap(990)).len(), 100);
    let nested: Vec<Fetch> = (0..count).map(|n| range("k", n..2 * count - n)).collect();
    assert_eq!(planned(&nested, gap(0)).len(), 1);
}

#[test]
fn windows_bound_what_is_under_way() {
    let mut window = Window::new(&Profile::new(3, true, None).with_max_in_flight(100));
    assert!(window.start(1_000), "one alone may always go");
    assert!(!window.start(0));
    window.finish(1_000);
    assert!(window.start(50) && window.start(50));
    assert!(!window.start(1), "the bytes are spent");
    assert!(window.start(0));
    assert!(!window.start(0), "the requests are spent");
    window.finish(0);
    window.finish(50);
    assert!(window.start(50));
    for _ in 0..10 {
        window.finish(u64::MAX);
    }
    assert!(
        window.start(u64::MAX),
        "too much finished is nothing under way"
    );
    assert!(!window.start(u64::MAX));

    let mut none = Profile::MEMORY;
    (none.concurrency, none.max_in_flight) = (0, 0);
    let mut window = Window::new(&none);
    assert!(window.start(7), "or nothing would ever be read");
    assert!(!window.start(7));
}

/// What is asked for whole has a size when its answer has begun.
#[test]
fn windows_bound_bytes_that_are_known_late() {
    let mut window = Window::new(&Profile::new(4, true, None).with_max_in_flight(100));
    assert!(window.start(0) && window.start(0) && window.start(0));
    assert!(window.take(1_000), "nobody else's bytes are under way");
    assert!(!window.take(1) && !window.start(1));
    window.give(1_000);
    assert!(window.take(60) && !window.take(60) && window.take(40));
    assert!(window.start(0), "the bytes are spent, the requests are not");
    assert!(!window.start(0));
    window.finish(60);
    assert!(window.start(60) && !window.take(1));
    window.give(u64::MAX);
    assert!(window.take(u64::MAX) && !window.take(u64::MAX));
}
