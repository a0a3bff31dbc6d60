//! Checks of [`Container`].

use std::sync::Arc;
use std::thread;

use gawky_buffer::{Alignment, Blob, Buffer};
use gawky_store::{Container, StoreError};

use super::Setup;
use super::samples::{assert_bytes, blob, fetch, pattern};

const LARGE: usize = 3 * 1024 * 1024 + 5;

fn sample<C: Container>(setup: &Setup<'_, C>) -> C {
    setup.with(&[
        ("node0-offsets", &pattern(24, 1)),
        ("one", &[7]),
        ("empty", &[]),
        ("deep/er/still/node1-data", &pattern(80, 2)),
    ])
}

pub(super) fn whole_blobs<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    for _ in 0..2 {
        assert_bytes(
            container.get("node0-offsets").unwrap().as_ref(),
            &pattern(24, 1),
            "offsets",
        );
        assert_bytes(container.get("one").unwrap().as_ref(), &[7], "one");
        let deep = container.get("deep/er/still/node1-data").unwrap();
        assert_bytes(deep.as_ref(), &pattern(80, 2), "deep");
    }
}

pub(super) fn an_empty_blob_is_not_missing<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    assert_bytes(container.get("empty").unwrap().as_ref(), &[], "empty");
    assert_eq!(container.size("empty").unwrap(), Some(0));
    assert!(container.contains("empty").unwrap());
    assert_eq!(
        container.fetch(&[fetch("empty", None)]).unwrap(),
        [Some(Buffer::empty())]
    );
}

pub(super) fn a_large_blob<C: Container>(setup: &Setup<'_, C>) {
    let large = pattern(LARGE, 3);
    let container = setup.with(&[("large", &large)]);
    let answer = container.get("large").unwrap();
    assert_bytes(answer.as_ref(), &large, "large");
    // Any view must work, by a copy where the bytes lie badly.
    let head = answer.unwrap().slice(0..LARGE / 8 * 8).unwrap();
    assert_eq!(head.typed::<u64>().unwrap().len(), LARGE / 8);
}

/// Large enough for containers that share one read between threads.
pub(super) fn a_huge_blob<C: Container>(setup: &Setup<'_, C>) {
    let mut huge = pattern(1 << 20, 4).repeat(21);
    for (at, byte) in huge.iter_mut().step_by(4096).enumerate() {
        *byte = at.to_le_bytes()[0] ^ at.to_le_bytes()[1];
    }
    let container = setup.with(&[("huge", &huge)]);
    assert_bytes(container.get("huge").unwrap().as_ref(), &huge, "huge");
    let range = 4_097..huge.len() as u64 - 1;
    let part = container.get_range("huge", range.clone()).unwrap();
    assert_bytes(part.as_ref(), &huge[4_097..huge.len() - 1], "most of huge");
    let fetches = [fetch("huge", Some(range)), fetch("huge", None)];
    for (answer, start) in container.fetch(&fetches).unwrap().iter().zip([4_097, 0]) {
        let end = if start == 0 {
            huge.len()
        } else {
            huge.len() - 1
        };
        assert_bytes(answer.as_ref(), &huge[start..end], "huge, fetched");
    }
}

pub(super) fn a_missing_key_is_none<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    for key in [
        "nothing",
        "node0",
        "node0-offsets2",
        "node0-offsets/x",
        "one/two/three",
        "deep",
        "deep/er",
        "deep/er/still",
        "er/still/node1-data",
        "node1-data",
        "deep/er/still/node1-data/x",
        "empty/x",
        "nothing/at/all",
    ] {
        assert_eq!(container.get(key).unwrap(), None, "{key:?}");
        assert_eq!(container.get_range(key, 0..1).unwrap(), None, "{key:?}");
        assert_eq!(container.size(key).unwrap(), None, "{key:?}");
        assert!(!container.contains(key).unwrap(), "{key:?}");
        assert_eq!(
            container.fetch(&[fetch(key, None)]).unwrap(),
            [None],
            "{key:?}"
        );
    }
    let nothing = setup.empty();
    assert_eq!(nothing.get("one").unwrap(), None);
    assert_eq!(nothing.fetch(&[fetch("one", Some(0..1))]).unwrap(), [None]);
}

pub(super) fn sizes<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    assert_eq!(container.size("node0-offsets").unwrap(), Some(24));
    assert_eq!(container.size("one").unwrap(), Some(1));
    assert_eq!(
        container.size("deep/er/still/node1-data").unwrap(),
        Some(80)
    );
}

pub(super) fn presence<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    for key in ["node0-offsets", "one", "empty", "deep/er/still/node1-data"] {
        assert!(container.contains(key).unwrap(), "{key:?}");
    }
}

pub(super) fn every_range_of_a_blob<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    let whole = pattern(24, 1);
    for start in 0..=24_usize {
        for end in start..=24 {
            let range = start as u64..end as u64;
            let what = format!("bytes {start}..{end}");
            let answer = container.get_range("node0-offsets", range.clone()).unwrap();
            assert_bytes(answer.as_ref(), &whole[start..end], &what);
            let fetched = container
                .fetch(&[fetch("node0-offsets", Some(range))])
                .unwrap();
            assert_bytes(fetched[0].as_ref(), &whole[start..end], &what);
        }
    }
}

pub(super) fn ranges_of_a_large_blob<C: Container>(setup: &Setup<'_, C>) {
    let large = pattern(LARGE, 3);
    let container = setup.with(&[("large", &large)]);
    for (start, end) in [
        (0, LARGE),
        (1, LARGE - 1),
        (LARGE - 1, LARGE),
        (4095, 4097),
        (7, 2_000_008),
    ] {
        let answer = container
            .get_range("large", start as u64..end as u64)
            .unwrap();
        assert_bytes(
            answer.as_ref(),
            &large[start..end],
            &format!("bytes {start}..{end}"),
        );
    }
}

#[track_caller]
fn assert_out_of_range<T: std::fmt::Debug>(
    answer: Result<T, StoreError>,
    asked: (u64, u64),
    there: u64,
) {
    match answer {
        Err(StoreError::OutOfRange {
            key,
            start,
            end,
            have,
        }) => {
            assert_eq!(
                (key.as_str(), (start, end), have),
                ("node0-offsets", asked, there)
            );
        }
        other => panic!("bytes {asked:?} of {there} are to be OutOfRange, and gave {other:?}"),
    }
}

pub(super) fn a_range_past_the_end_says_what_is_there<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    for (start, end) in [
        (0, 25),
        (23, 25),
        (24, 25),
        (25, 26),
        (0, u64::MAX),
        (1, 1 << 40),
        (u64::MAX - 1, u64::MAX),
        (i64::MAX as u64, u64::MAX),
        (5, i64::MAX as u64 + 1),
    ] {
        let asked = (start, end);
        assert_out_of_range(container.get_range("node0-offsets", start..end), asked, 24);
        assert_out_of_range(
            container.fetch(&[fetch("node0-offsets", Some(start..end))]),
            asked,
            24,
        );
    }
}

pub(super) fn an_empty_range_is_empty_everywhere<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    for key in ["node0-offsets", "one", "empty", "nothing", "deep"] {
        for at in [0, 1, 24, 25, 1 << 40, u64::MAX] {
            let answer = container.get_range(key, at..at).unwrap();
            assert_bytes(answer.as_ref(), &[], &format!("{key} at {at}"));
            let fetched = container.fetch(&[fetch(key, Some(at..at))]).unwrap();
            assert_bytes(fetched[0].as_ref(), &[], &format!("{key} at {at}"));
        }
    }
}

pub(super) fn a_range_cannot_end_before_it_starts<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    for key in ["node0-offsets", "empty", "nothing"] {
        for (start, end) in [(5_u64, 3_u64), (1, 0), (u64::MAX, 0)] {
            for answer in [
                container.get_range(key, start..end).map(drop),
                container.fetch(&[fetch(key, Some(start..end))]).map(drop),
            ] {
                assert!(
                    matches!(answer, Err(StoreError::InvertedRange { .. })),
                    "bytes {start}..{end} of {key:?} gave {answer:?}"
                );
            }
        }
    }
}

pub(super) fn a_range_of_nothing_is_none<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    assert_eq!(container.get_range("nothing", 0..8).unwrap(), None);
    assert_eq!(
        container
            .get_range("nothing", u64::MAX - 1..u64::MAX)
            .unwrap(),
        None
    );
}

pub(super) fn nothing_fetched_is_nothing<C: Container>(setup: &Setup<'_, C>) {
    assert!(sample(setup).fetch(&[]).unwrap().is_empty());
}

pub(super) fn fetched_in_order<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    let keys = ["one", "deep/er/still/node1-data", "node0-offsets", "empty"];
    let expected = [vec![7], pattern(80, 2), pattern(24, 1), vec![]];
    for turn in 0..4 {
        let order: Vec<usize> = (0..4).map(|at| (at + turn) % 4).collect();
        let fetches: Vec<_> = order.iter().map(|&at| fetch(keys[at], None)).collect();
        let answers = container.fetch(&fetches).unwrap();
        assert_eq!(answers.len(), 4);
        for (&at, answer) in order.iter().zip(&answers) {
            assert_bytes(answer.as_ref(), &expected[at], keys[at]);
        }
    }
}

pub(super) fn fetched_twice<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    let asked = [None, Some(0..4), None, Some(2..6), Some(0..4), Some(23..24)];
    let fetches: Vec<_> = asked
        .iter()
        .map(|range| fetch("node0-offsets", range.clone()))
        .collect();
    let whole = pattern(24, 1);
    let answers = container.fetch(&fetches).unwrap();
    for (answer, range) in answers.iter().zip([0..24, 0..4, 0..24, 2..6, 0..4, 23..24]) {
        assert_bytes(
            answer.as_ref(),
            &whole[range.clone()],
            &format!("{range:?}"),
        );
    }
}

pub(super) fn missing_among_present<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    let keys = [
        "nothing",
        "one",
        "nothing/else",
        "empty",
        "nothing",
        "deep",
        "one",
    ];
    let fetches: Vec<_> = keys.iter().map(|key| fetch(key, None)).collect();
    let there: Vec<bool> = container
        .fetch(&fetches)
        .unwrap()
        .iter()
        .map(Option::is_some)
        .collect();
    assert_eq!(there, [false, true, false, true, false, false, true]);
}

pub(super) fn fetched_ranges<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    let (offsets, deep) = (pattern(24, 1), pattern(80, 2));
    let answers = container
        .fetch(&[
            fetch("node0-offsets", Some(8..24)),
            fetch("deep/er/still/node1-data", Some(79..80)),
            fetch("nothing", Some(0..0)),
            fetch("one", None),
            fetch("node0-offsets", Some(0..8)),
            fetch("deep/er/still/node1-data", Some(0..80)),
            fetch("empty", Some(0..0)),
            fetch("nothing", Some(0..1)),
        ])
        .unwrap();
    let expected: [Option<&[u8]>; 8] = [
        Some(&offsets[8..]),
        Some(&deep[79..]),
        Some(&[]),
        Some(&[7]),
        Some(&offsets[..8]),
        Some(&deep),
        Some(&[]),
        None,
    ];
    for (at, (answer, expected)) in answers.iter().zip(expected).enumerate() {
        match expected {
            None => assert_eq!(*answer, None, "answer {at}"),
            Some(expected) => assert_bytes(answer.as_ref(), expected, &format!("answer {at}")),
        }
    }
}

fn numbered(count: u32) -> Vec<Blob> {
    (0..count)
        .map(|n| blob(&format!("part0/node{n}-data"), &n.to_le_bytes()))
        .collect()
}

pub(super) fn many_fetched_at_once<C: Container>(setup: &Setup<'_, C>) {
    let container = (setup.fill)(numbered(1_000));
    let order: Vec<u32> = (0..3_000).map(|n| n * 7_919 % 1_100).collect();
    let fetches: Vec<_> = order
        .iter()
        .map(|n| fetch(&format!("part0/node{n}-data"), (n % 3 == 0).then_some(0..2)))
        .collect();
    let answers = container.fetch(&fetches).unwrap();
    assert_eq!(answers.len(), order.len());
    for (n, answer) in order.iter().zip(&answers) {
        let bytes = n.to_le_bytes();
        match answer {
            None => assert!(*n >= 1_000, "blob {n} is missing"),
            Some(_) if n % 3 == 0 => assert_bytes(answer.as_ref(), &bytes[..2], &n.to_string()),
            Some(_) => assert_bytes(answer.as_ref(), &bytes, &n.to_string()),
        }
    }
}

pub(super) fn large_blobs_fetched_at_once<C: Container>(setup: &Setup<'_, C>) {
    let blobs: Vec<Vec<u8>> = (0..6).map(|seed| pattern(LARGE, seed)).collect();
    let keys: Vec<String> = (0..6).map(|n| format!("large{n}")).collect();
    let container = (setup.fill)(
        keys.iter()
            .zip(&blobs)
            .map(|(key, bytes)| blob(key, bytes))
            .collect(),
    );
    let fetches: Vec<_> = keys.iter().rev().map(|key| fetch(key, None)).collect();
    for (expected, answer) in blobs.iter().rev().zip(container.fetch(&fetches).unwrap()) {
        assert_bytes(answer.as_ref(), expected, "a large blob");
    }
    let fetches: Vec<_> = keys
        .iter()
        .map(|key| fetch(key, Some(3..LARGE as u64 - 1)))
        .collect();
    for (expected, answer) in blobs.iter().zip(container.fetch(&fetches).unwrap()) {
        assert_bytes(answer.as_ref(), &expected[3..LARGE - 1], "a large range");
    }
}

pub(super) fn a_bad_fetch_among_good_ones<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    let mut fetches = vec![fetch("one", None); 100];
    fetches.insert(50, fetch("node0-offsets", Some(20..30)));
    assert_out_of_range(container.fetch(&fetches), (20, 30), 24);
}

pub(super) fn the_first_failure_is_told<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    let mut fetches = vec![fetch("one", None); 300];
    for at in [7, 8, 150, 299] {
        fetches[at] = fetch("node0-offsets", Some(0..1_000 + at as u64));
    }
    assert_out_of_range(container.fetch(&fetches), (0, 1_007), 24);
}

pub(super) fn bytes_outlive_their_container<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    let whole = container.get("node0-offsets").unwrap();
    let part = container.get_range("node0-offsets", 8..16).unwrap();
    drop(container);
    assert_bytes(whole.as_ref(), &pattern(24, 1), "whole");
    assert_bytes(part.as_ref(), &pattern(24, 1)[8..16], "part");
}

pub(super) fn many_threads<C: Container>(setup: &Setup<'_, C>) {
    let container = (setup.fill)(numbered(50));
    thread::scope(|scope| {
        for turn in 0..8_u32 {
            let container = &container;
            scope.spawn(move || {
                for step in 0..100 {
                    let n = (turn * 13 + step * 7) % 60;
                    let key = format!("part0/node{n}-data");
                    let answers = container
                        .fetch(&[fetch(&key, None), fetch(&key, Some(1..3))])
                        .unwrap();
                    let expected = (n < 50).then(|| n.to_le_bytes());
                    assert_eq!(answers[0].is_some(), expected.is_some(), "{key}");
                    if let Some(bytes) = expected {
                        assert_bytes(answers[0].as_ref(), &bytes, &key);
                        assert_bytes(answers[1].as_ref(), &bytes[1..3], &key);
                    }
                }
            });
        }
    });
}

pub(super) fn through_pointers<C: Container>(setup: &Setup<'_, C>) {
    fn look(
        container: impl Container,
        direct: (gawky_store::Profile, Option<gawky_store::ContainerId>),
    ) {
        assert_bytes(container.get("one").unwrap().as_ref(), &[7], "one");
        assert_eq!(container.size("one").unwrap(), Some(1));
        assert_eq!((container.profile(), container.id()), direct);
        assert_eq!(container.fetch(&[fetch("nothing", None)]).unwrap(), [None]);
        assert!(container.get_range("one", 0..2).is_err());
    }
    let container = sample(setup);
    let direct = (container.profile(), container.id());
    look(&container, direct.clone());
    look(&container as &dyn Container, direct.clone());
    look(Box::new(&container as &dyn Container), direct.clone());
    look(Arc::new(container), direct);
}

pub(super) fn the_profile_is_sane<C: Container>(setup: &Setup<'_, C>) {
    let profile = sample(setup).profile();
    assert!(profile.concurrency >= 1);
    assert!(
        profile.max_in_flight > 0,
        "one request alone may always go, but nothing else ever would"
    );
    if let Some(coalescing) = profile.coalescing {
        assert!(
            coalescing.max_bytes > 0 && coalescing.max_ranges > 1,
            "{coalescing:?}"
        );
    }
    // Whatever else it may be, memory that came from it is memory: its address tells its alignment.
    let answer = sample(setup).get("node0-offsets").unwrap().unwrap();
    assert!(answer.alignment().satisfies(Alignment::BYTE));
    assert!(answer.place().is_host());
}

pub(super) fn identities<C: Container>(setup: &Setup<'_, C>) {
    let (a, b) = (sample(setup), sample(setup));
    assert_eq!(a.id(), a.id());
    if a.id().is_some() {
        assert_ne!(
            a.id(),
            b.id(),
            "two containers must not pass for one in a cache"
        );
    }
}

pub(super) fn no_version_of_nothing<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    assert_eq!(container.version("nothing").unwrap(), None);
    assert_eq!(container.version("deep").unwrap(), None);
    assert_eq!(
        container.version("one").unwrap(),
        container.version("one").unwrap()
    );
}
