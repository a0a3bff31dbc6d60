//! Checks of [`Container::fetch_versioned`]: states, raw bytes, origins, and the report.

use std::fmt::Debug;

use gawky_buffer::{Attribute, Blob, Buffer, Fetch, Key, Origin, Version};
use gawky_store::{Container, ContainerWrite, FetchReport, Fetched, StoreError};

use super::Setup;
use super::samples::{assert_bytes, blob, dtypes, fetch, pattern};

const KEYS: [(&str, usize); 4] = [("a", 24), ("b", 1), ("c/d", 5_000), ("c/e", 80)];

fn sample<C: Container>(setup: &Setup<'_, C>) -> C {
    let blobs = KEYS
        .iter()
        .zip(0..)
        .map(|((key, len), seed)| blob(key, &pattern(*len, seed)));
    (setup.fill)(blobs.collect())
}

fn whole_sample() -> Vec<Fetch> {
    KEYS.iter().map(|(key, _)| Fetch::raw(*key, None)).collect()
}

#[track_caller]
fn ask<C: Container>(container: &C, fetches: &[Fetch]) -> Vec<Option<Fetched>> {
    let answers = container
        .fetch_versioned(fetches, &mut FetchReport::default())
        .unwrap();
    assert_eq!(answers.len(), fetches.len(), "one answer for each fetch");
    answers
}

#[track_caller]
fn assert_answer(answer: Option<&Fetched>, expected: &[u8], what: &str) {
    assert_bytes(answer.map(|fetched| &fetched.bytes), expected, what);
}

/// What was read is labelled with the state that asking tells, or neither knows one.
pub(super) fn states_come_with_the_bytes<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    for (n, (key, len)) in KEYS.iter().enumerate() {
        let version = container.version(key).unwrap();
        let seed = u8::try_from(n).unwrap();
        for range in [None, Some(0..1), Some(0..*len as u64)] {
            let end = range
                .as_ref()
                .map_or(*len, |range| usize::try_from(range.end).unwrap());
            let answers = ask(&container, &[Fetch::raw(*key, range)]);
            assert_answer(answers[0].as_ref(), &pattern(*len, seed)[..end], key);
            let found = answers[0]
                .as_ref()
                .and_then(|fetched| fetched.version.clone());
            assert_eq!(found, version, "version of {key}");
        }
    }
    let many = ask(&container, &whole_sample());
    for ((key, _), answer) in KEYS.iter().zip(many) {
        assert_eq!(
            answer.unwrap().version,
            container.version(key).unwrap(),
            "version of {key}"
        );
    }
    assert_eq!(ask(&container, &[Fetch::raw("nothing", None)]), [None]);
}

/// Asked for many at once, each is told as it is told alone.
pub(super) fn many_states_are_those_of_each<C: Container>(setup: &Setup<'_, C>) {
    let (one, many) = (
        |container: &dyn Container, key: &str| container.version(key),
        |container: &dyn Container, keys: &[Key]| container.versions(keys),
    );
    many_are_those_of_each(setup, one, many);
}

/// As for states.
pub(super) fn many_sizes_are_those_of_each<C: Container>(setup: &Setup<'_, C>) {
    let (one, many) = (
        |container: &dyn Container, key: &str| container.size(key),
        |container: &dyn Container, keys: &[Key]| container.sizes(keys),
    );
    many_are_those_of_each(setup, one, many);
    let keys: Vec<Key> = KEYS.iter().map(|(key, _)| Key::from(*key)).collect();
    let sizes: Vec<_> = KEYS.iter().map(|(_, len)| Some(*len as u64)).collect();
    assert_eq!(sample(setup).sizes(&keys).unwrap(), sizes);
}

fn many_are_those_of_each<C: Container, T: PartialEq + Debug>(
    setup: &Setup<'_, C>,
    one: impl Fn(&dyn Container, &str) -> Result<Option<T>, StoreError>,
    many: impl Fn(&dyn Container, &[Key]) -> Result<Vec<Option<T>>, StoreError>,
) {
    let container = sample(setup);
    let container = &container as &dyn Container;
    assert_eq!(many(container, &[]).unwrap(), []);
    // Enough that some are asked at the same time, in an order of their own.
    let keys = ["c/e", "nothing", "a", "b", "a", "c", "c/d"].map(Key::from);
    for count in [1, 2, keys.len(), 300] {
        let keys: Vec<Key> = keys.iter().cycle().take(count).cloned().collect();
        let each = keys.iter().map(|key| one(container, key).unwrap());
        let each: Vec<Option<T>> = each.collect();
        assert_eq!(many(container, &keys).unwrap(), each, "{count} keys");
    }
    for key in ["../x", ""] {
        let alone = one(container, key).is_err();
        let among = many(container, &["a".into(), key.into(), "b".into()]);
        assert_eq!(among.is_err(), alone, "{key:?}");
    }
}

pub(super) fn the_state_that_is_there_is_answered<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    for range in [None, Some(8..16), Some(3..3)] {
        let fetch = Fetch::raw("a", range.clone());
        let plain = container.fetch(std::slice::from_ref(&fetch)).unwrap();
        let fetch = fetch.at_version(container.version("a").unwrap());
        let answers = ask(
            &container,
            &[Fetch::raw("b", None), fetch, Fetch::raw("b", None)],
        );
        assert_eq!(
            answers[1].as_ref().map(|own| own.bytes.clone()),
            plain[0],
            "{range:?}"
        );
    }
}

#[track_caller]
fn assert_refused<C: Container>(container: &C, fetches: &[Fetch], key: &str, asked: &Version) {
    let answer = container.fetch_versioned(fetches, &mut FetchReport::default());
    match answer {
        Err(StoreError::VersionMismatch {
            key: of,
            expected,
            found,
        }) => {
            assert_eq!((of.as_str(), &expected), (key, asked));
            assert_ne!(found.as_ref(), Some(asked), "it is what was asked");
        }
        other => panic!("{key} at {asked} is to be VersionMismatch, and gave {other:?}"),
    }
}

/// A container without versions ignores the one that is asked.
pub(super) fn another_state_is_refused<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    let nonsense = Version::new("nonsense");
    for range in [None, Some(8..16), Some(0..24)] {
        let asked = Fetch::raw("a", range.clone()).at_version(Some(nonsense.clone()));
        if container.version("a").unwrap().is_none() {
            let range = range.map_or(0..24, |range| {
                usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()
            });
            let answers = ask(&container, &[asked]);
            assert_answer(answers[0].as_ref(), &pattern(24, 0)[range], "a");
            continue;
        }
        assert_refused(&container, std::slice::from_ref(&asked), "a", &nonsense);
        // Among others, also of the same bytes in any state.
        let among = [
            Fetch::raw("b", None),
            Fetch::raw("a", range),
            asked,
            Fetch::raw("c/d", None),
        ];
        assert_refused(&container, &among, "a", &nonsense);
    }
}

/// A member that is missing in an archive may be refused for the archive's own state.
pub(super) fn nothing_is_in_no_state<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    let version = Version::new("nonsense");
    let asked = Fetch::raw("nothing", None).at_version(Some(version.clone()));
    match container.fetch_versioned(&[asked], &mut FetchReport::default()) {
        Ok(answers) => assert_eq!(answers, [None]),
        Err(StoreError::VersionMismatch { key, found, .. }) => {
            assert_eq!(key, "nothing");
            assert_ne!(found, Some(version));
        }
        Err(other) => panic!("a missing key is to be None or VersionMismatch, and gave {other}"),
    }
}

/// For containers that can be written: what has been replaced is not handed out as what it was.
pub(super) fn an_old_state_is_refused<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    let container = setup.with(&[("k", &pattern(64, 1)), ("other", b"1")]);
    let Some(old) = container.version("k").unwrap() else {
        return;
    };
    container.put(blob("k", &pattern(64, 2))).unwrap();
    for range in [None, Some(0..8)] {
        let asked = Fetch::raw("k", range.clone()).at_version(Some(old.clone()));
        assert_refused(&container, &[Fetch::raw("other", None), asked], "k", &old);
        let answers = ask(&container, &[Fetch::raw("k", range.clone())]);
        let end = range.map_or(64, |_| 8);
        assert_answer(answers[0].as_ref(), &pattern(64, 2)[..end], "k");
        let now = answers[0].as_ref().unwrap().version.clone().unwrap();
        assert_ne!(now, old);
        assert_eq!(Some(now), container.version("k").unwrap());
    }
}

/// Whatever the bytes are, who asks for bytes gets them.
pub(super) fn raw_fetches_always_answer<C: Container>(setup: &Setup<'_, C>) {
    let bytes = pattern(64, 3);
    for dtype in dtypes() {
        let held = Blob::new("k", dtype, Buffer::copied_from(&bytes));
        let container = (setup.fill)(vec![held]);
        let answers = ask(
            &container,
            &[Fetch::raw("k", None), Fetch::raw("k", Some(32..64))],
        );
        assert_answer(answers[0].as_ref(), &bytes, &format!("{dtype}, raw"));
        assert_answer(
            answers[1].as_ref(),
            &bytes[32..],
            &format!("part of {dtype}, raw"),
        );
    }
}

pub(super) fn origins_are_ignored<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    let origin = |form_key: &str, attribute| Origin {
        form_key: Key::from(form_key),
        attribute,
    };
    let origins = [
        None,
        Some(origin("node0", Attribute::Offsets)),
        Some(origin("node7", Attribute::Data)),
        Some(origin("", Attribute::Mask)),
    ];
    for range in [None, Some(8..16)] {
        let fetches: Vec<Fetch> = origins
            .iter()
            .map(|origin| fetch("a", range.clone()).with_origin(origin.clone()))
            .collect();
        let answers = container.fetch(&fetches).unwrap();
        let plain = container.fetch(&[fetch("a", range)]).unwrap();
        for answer in answers {
            assert_eq!(answer, plain[0]);
        }
    }
}

/// Every fetch is accounted for: by a request of its own, another's, or a cache.
pub(super) fn the_report_adds_up<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    let mut report = FetchReport::default();
    report.request(1_000);
    for _ in 0..3 {
        let before = report;
        container
            .fetch_versioned(&whole_sample(), &mut report)
            .unwrap();
        let wanted: usize = KEYS.iter().map(|(_, len)| len).sum();
        assert_accounted(&before, &report, KEYS.len() as u64, wanted as u64);
    }
}

pub(super) fn ranges_are_reported<C: Container>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    let mut report = FetchReport::default();
    report.request(1_000);
    let before = report;
    let fetches = [
        fetch("c/d", Some(0..100)),
        fetch("c/d", Some(4_900..5_000)),
        fetch("a", Some(0..8)),
    ];
    container.fetch_versioned(&fetches, &mut report).unwrap();
    assert_accounted(&before, &report, 3, 208);
}

/// Every byte as well, where each fetch had a request or a hit of its own: what rode along with another may have been
/// brought when the container was opened.
#[track_caller]
fn assert_accounted(before: &FetchReport, after: &FetchReport, fetches: u64, bytes: u64) {
    let answered = |report: &FetchReport| report.requests + report.merged + report.cache_hits;
    assert!(
        answered(after) >= answered(before) + fetches,
        "{fetches} fetches are not accounted for in {after:?} after {before:?}"
    );
    assert!(
        after.merged <= before.merged + fetches,
        "more rode along than were asked: {after:?} after {before:?}"
    );
    let brought = |report: &FetchReport| report.bytes + report.cache_bytes;
    let expected = if after.merged == before.merged {
        bytes
    } else {
        0
    };
    assert!(
        brought(after) >= brought(before) + expected,
        "{bytes} bytes are not accounted for in {after:?} after {before:?}"
    );
}

/// HARD_CASES 12: what asks for nothing never leaves the process.
pub(super) fn nothing_asked_costs_nothing<C: Container>(setup: &Setup<'_, C>) {
    let container = setup.with(&[("empty", b""), ("k", b"12345678")]);
    let mut report = FetchReport::default();
    container.fetch_versioned(&[], &mut report).unwrap();
    let fetches = ["empty", "k", "nothing"].map(|key| fetch(key, Some(5..5)));
    let answers = container.fetch_versioned(&fetches, &mut report).unwrap();
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().is_some_and(|own| own.bytes.is_empty()))
    );
    assert_eq!((report.requests, report.bytes), (0, 0), "{report:?}");
    assert_eq!(report.merged, 0, "{report:?}");

    // Among others it adds nothing to what they cost.
    let cost = |fetches: &[Fetch]| {
        let container = setup.with(&[("k", b"12345678")]);
        let mut report = FetchReport::default();
        container.fetch_versioned(fetches, &mut report).unwrap();
        (report.requests, report.bytes, report.merged)
    };
    let alone = fetch("k", Some(0..8));
    let among = [
        fetch("k", Some(8..8)),
        alone.clone(),
        fetch("k", Some(3..3)),
    ];
    assert_eq!(cost(&among), cost(&[alone]));
}
