//! Whatever is done to a cache: it serves what the container has, and its sums are right.

use std::collections::BTreeMap;

use gawky_store::cache::{Cache, CachePolicy, Cached, CachedEntry, Retention};
use gawky_store::{Container, ContainerDelete, ContainerWrite, Fetch, MemoryContainer, Version};
use proptest::prelude::*;

use crate::stage::{blob, range, whole};

/// A blob, which of its bytes, and whether of this very version.
type Asked = (u8, Option<(u8, u8)>, bool);

#[derive(Clone, Debug)]
enum Act {
    Fetch(Vec<Asked>),
    Put(u8, u8),
    Delete(u8),
    Evict(u8),
    Clear,
}

fn act() -> impl Strategy<Value = Act> {
    let bounds = (0_u8..40, 0_u8..40).prop_map(|(a, b)| (a.min(b), a.max(b)));
    let fetch = (0_u8..6, prop::option::of(bounds), any::<bool>());
    prop_oneof![
        12 => prop::collection::vec(fetch, 0..5).prop_map(Act::Fetch),
        3 => (0_u8..6, 0_u8..60).prop_map(|(key, len)| Act::Put(key, len)),
        1 => (0_u8..6).prop_map(Act::Delete),
        1 => (0_u8..6).prop_map(Act::Evict),
        1 => Just(Act::Clear),
    ]
}

fn name(key: u8) -> String {
    format!("node{key}-data")
}

proptest! {
    #[test]
    fn it_serves_what_is_there_and_counts_what_it_holds(
        capacity in prop::sample::select(vec![0_u64, 200, 300, 700, 2_000, 1 << 20]),
        acts in prop::collection::vec(act(), 0..60),
    ) {
        let policy = CachePolicy::from_fn(|fetch| match fetch.key.as_bytes()[4] {
            b'0' => Retention::Pass,
            b'1' => Retention::Pin,
            _ => Retention::Keep,
        });
        let cache = Cache::new(capacity).with_policy(policy);
        let cached = Cached::new(MemoryContainer::new(), &cache);
        let mut model: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
        let mut state = 0_u8;
        for act in acts {
            match act {
                Act::Put(key, len) => {
                    state = state.wrapping_add(1);
                    let bytes: Vec<u8> = (0..len).map(|at| at ^ state).collect();
                    cached.put(blob(&name(key), &bytes)).unwrap();
                    model.insert(key, bytes);
                }
                Act::Delete(key) => {
                    cached.delete(&name(key)).unwrap();
                    model.remove(&key);
                }
                Act::Evict(key) => {
                    cache.evict(|entry| entry.key == name(key));
                }
                Act::Clear => cache.clear(),
                Act::Fetch(asked) => fetch(&cached, &model, &asked)?,
            }
            check(&cache)?;
        }
        cache.clear();
        prop_assert_eq!((cache.stats().bytes, cache.stats().entries), (0, 0));
    }
}

fn fetch(
    cached: &Cached<MemoryContainer>,
    model: &BTreeMap<u8, Vec<u8>>,
    asked: &[Asked],
) -> Result<(), TestCaseError> {
    let fetches: Vec<Fetch> = asked
        .iter()
        .map(|(key, bounds, pinned)| {
            let version: Option<Version> = cached.inner().version(&name(*key)).unwrap();
            let fetch = match bounds {
                None => whole(&name(*key)),
                Some((start, end)) => range(&name(*key), u64::from(*start)..u64::from(*end)),
            };
            fetch.at_version(version.filter(|_| *pinned))
        })
        .collect();
    let expected: Option<Vec<Option<Vec<u8>>>> = asked
        .iter()
        .map(|(key, bounds, _)| {
            let (start, end) = bounds.map_or((0, None), |(start, end)| {
                (usize::from(start), Some(usize::from(end)))
            });
            match model.get(key) {
                _ if end == Some(start) => Some(Some(Vec::new())),
                None => Some(None),
                Some(bytes) => bytes
                    .get(start..end.unwrap_or(bytes.len()))
                    .map(|bytes| Some(bytes.to_vec())),
            }
        })
        .collect();
    match (cached.fetch(&fetches), expected) {
        (Ok(answers), Some(expected)) => {
            let answers: Vec<Option<Vec<u8>>> = answers
                .into_iter()
                .map(|answer| answer.map(|bytes| bytes.bytes().unwrap().to_vec()))
                .collect();
            prop_assert_eq!(answers, expected);
        }
        (Err(_), None) => {}
        (answer, expected) => prop_assert!(false, "{answer:?} for {expected:?}"),
    }
    Ok(())
}

fn check(cache: &Cache) -> Result<(), TestCaseError> {
    let (stats, entries) = (cache.stats(), cache.entries());
    prop_assert!(stats.bytes <= cache.capacity());
    prop_assert_eq!(stats.entries, entries.len() as u64);
    let least: u64 = entries.iter().map(|entry| entry.len + 256).sum();
    let slack: u64 = entries.iter().map(|entry| entry.len / 8 + 4096).sum();
    prop_assert!((least..=least + slack).contains(&stats.bytes));
    for (at, entry) in entries.iter().enumerate() {
        let of_blob = entries.iter().filter(|other| other.key == entry.key);
        prop_assert!(of_blob.clone().all(|other| other.version == entry.version));
        prop_assert!(entry.range.is_some() || of_blob.count() == 1);
        prop_assert_eq!(entry.pinned, entry.key.as_bytes()[4] == b'1');
        let same = |other: &CachedEntry| other.key == entry.key && other.range == entry.range;
        prop_assert!(!entries[at + 1..].iter().any(same));
    }
    prop_assert!(entries.is_sorted_by_key(|entry| entry.pinned));
    let rest = stats.insertions - stats.evictions - stats.dropped;
    prop_assert!(
        rest >= stats.entries,
        "what a whole blob replaces is in neither sum"
    );
    Ok(())
}
