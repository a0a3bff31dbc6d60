//! What is kept, and for how long.

use gawky_store::cache::{Cache, CachePolicy, Cached, Retention};
use gawky_store::{
    Attribute, Buffer, Container, DType, Directory, Fetch, FetchReport, Fetched, Key,
    MemoryContainer, Origin, StoreError,
};

use crate::stage::{Stage, ask, blob, block_on, range, whole};

const ROOM: u64 = 1 << 30;

#[test]
fn sizes_of_what_is_kept_are_those_of_the_others() {
    let stage = Stage::with(&[("a", b"aaaa"), ("b", b"bb")]);
    let cached = Cached::new(&stage, &Cache::new(ROOM));
    let keys = ["b", "missing", "a"].map(Key::from);
    let sizes = [Some(2), None, Some(4)];
    assert_eq!(cached.sizes(&keys).unwrap(), sizes);
    cached.fetch(&[whole("a")]).unwrap();
    assert_eq!(cached.sizes(&keys).unwrap(), sizes);
    assert_eq!(cached.sizes(&keys[2..]).unwrap(), sizes[2..]);
    assert_eq!(
        block_on(gawky_store::AsyncContainer::sizes(&cached, &keys)).unwrap(),
        sizes
    );
}

#[test]
fn the_second_read_asks_nothing() {
    let stage = Stage::with(&[("a", b"aaaa"), ("b", b"bb")]);
    let cache = Cache::new(ROOM);
    let cached = Cached::new(&stage, &cache);
    let fetches = [whole("a"), range("b", 0..1), whole("a"), whole("missing")];
    let mut first = FetchReport::default();
    let answers = cached.fetch_versioned(&fetches, &mut first).unwrap();
    assert_eq!(stage.calls(), 1, "what is missing is fetched in one call");
    assert_eq!(
        (first.requests, first.cache_hits, first.cache_bytes),
        (3, 1, 4)
    );

    let mut second = FetchReport::default();
    let there = &fetches[..3];
    let again = cached.fetch_versioned(there, &mut second).unwrap();
    assert_eq!(again, answers[..3]);
    assert_eq!(stage.calls(), 1);
    assert_eq!(
        (second.requests, second.bytes, second.cache_hits),
        (0, 0, 3)
    );
    assert_eq!(second.cache_bytes, 9);
    let version = stage.memory.version("a").unwrap();
    assert_eq!(answers[0].as_ref().unwrap().version, version);

    let stats = cache.stats();
    assert_eq!((stats.misses, stats.waits, stats.hits), (3, 1, 3));
    assert_eq!((stats.entries, stats.insertions), (2, 2));
}

#[test]
fn a_missing_key_is_asked_for_every_time() {
    let stage = Stage::new();
    let cached = Cached::new(&stage, &Cache::new(ROOM));
    assert_eq!(ask(&cached, whole("k")), None);
    stage.keep("k", b"1");
    assert_eq!(ask(&cached, whole("k")), Some(b"1".to_vec()));
}

#[test]
fn nothing_is_asked_for_nothing() {
    let stage = Stage::new();
    let cached = Cached::new(&stage, &Cache::new(ROOM));
    assert_eq!(ask(&cached, range("none", 7..7)), Some(Vec::new()));
    assert!(cached.fetch(&[]).unwrap().is_empty());
    assert_eq!(stage.calls(), 0);
    assert!(matches!(
        cached.get_range("../x", 7..7),
        Err(StoreError::InvalidKey { .. })
    ));
}

#[test]
fn a_range_of_what_is_kept_is_a_hit() {
    let stage = Stage::with(&[("whole", b"0123456789"), ("part", b"0123456789")]);
    let cache = Cache::new(ROOM);
    let cached = Cached::new(&stage, &cache);
    ask(&cached, whole("whole"));
    ask(&cached, range("part", 2..8));
    assert_eq!(stage.calls(), 2);
    for (fetch, expected) in [
        (range("whole", 0..10), &b"0123456789"[..]),
        (range("whole", 9..10), b"9"),
        (range("part", 2..8), b"234567"),
        (range("part", 3..5), b"34"),
        (range("part", 7..8), b"7"),
    ] {
        assert_eq!(ask(&cached, fetch).unwrap(), expected);
    }
    assert_eq!(cached.get_range("whole", 1..3).unwrap().unwrap().len(), 2);
    assert_eq!(cached.size("whole").unwrap(), Some(10));
    assert!(cached.contains("part").unwrap());
    assert_eq!(stage.calls(), 2);

    assert_eq!(ask(&cached, range("part", 1..3)).unwrap(), b"12");
    assert_eq!(ask(&cached, whole("part")).unwrap(), b"0123456789");
    assert_eq!(stage.calls(), 4);
    assert_eq!(
        cache.stats().entries,
        2,
        "the whole takes the place of its parts"
    );
}

#[test]
fn a_range_within_a_longer_one_is_found_past_shorter_ones() {
    let stage = Stage::with(&[("k", b"0123456789")]);
    let cached = Cached::new(&stage, &Cache::new(ROOM));
    for (start, end) in [(4, 5), (3, 5), (0, 9)] {
        ask(&cached, range("k", start..end));
    }
    assert_eq!(ask(&cached, range("k", 4..7)).unwrap(), b"456");
    assert_eq!(stage.calls(), 3);
}

#[test]
fn past_the_end_of_what_is_kept_the_container_knows() {
    let stage = Stage::with(&[("k", b"0123")]);
    let cached = Cached::new(&stage, &Cache::new(ROOM));
    ask(&cached, whole("k"));
    let refused = cached.get_range("k", 2..5);
    assert!(
        matches!(refused, Err(StoreError::OutOfRange { have: 4, .. })),
        "{refused:?}"
    );
    stage.keep("k", b"01234");
    assert_eq!(ask(&cached, range("k", 2..5)).unwrap(), b"234");
}

#[test]
fn the_least_recently_used_makes_room() {
    let stage = Stage::with(&[("a", &[1; 1024]), ("b", &[2; 1024]), ("c", &[3; 1024])]);
    let cache = Cache::new(2 * (1024 + 256));
    let cached = Cached::new(&stage, &cache);
    for key in ["a", "b", "a", "c"] {
        ask(&cached, whole(key));
    }
    let keys = |cache: &Cache| -> Vec<String> {
        let entries = cache.entries().into_iter();
        entries.map(|entry| entry.key.to_string()).collect()
    };
    assert_eq!(keys(&cache), ["a", "c"], "what was used last, goes last");
    assert_eq!(cache.stats().evictions, 1);
    assert_eq!(cache.stats().bytes, cache.capacity());
    assert_eq!(stage.calls(), 3);
}

#[test]
fn what_is_too_large_is_handed_on() {
    let stage = Stage::with(&[("small", &[1; 64]), ("large", &[2; 4096])]);
    let cache = Cache::new(4096 + 255);
    let cached = Cached::new(&stage, &cache);
    ask(&cached, whole("small"));
    let large = cached.get("large").unwrap().unwrap();
    assert_eq!(
        large.address(),
        stage.memory.get("large").unwrap().unwrap().address(),
        "what is not kept is not copied"
    );
    assert_eq!((cache.stats().entries, cache.stats().evictions), (1, 0));
}

#[test]
fn empty_blobs_are_not_free() {
    let stage = Stage::new();
    let cache = Cache::new(10 * 256);
    let cached = Cached::new(&stage, &cache);
    for n in 0..100 {
        let key = format!("part0-node{n}-data");
        stage.keep(&key, b"");
        assert_eq!(ask(&cached, whole(&key)), Some(Vec::new()));
    }
    assert_eq!((cache.stats().entries, cache.stats().bytes), (10, 10 * 256));
}

#[test]
fn no_cache_and_no_capacity_are_the_same() {
    let stage = Stage::with(&[("k", b"1234")]);
    let nothing = Cache::new(0);
    for cached in [Cached::new(&stage, None), Cached::new(&stage, &nothing)] {
        let before = stage.calls();
        for _ in 0..3 {
            assert_eq!(ask(&cached, whole("k")).unwrap(), b"1234");
        }
        assert_eq!(stage.calls() - before, 3);
        assert!(cached.cache().is_none());
        assert_eq!(cached.refresh(&["k"]).unwrap(), 0);
    }
    assert_eq!(nothing.stats(), Default::default());
}

/// What breaks the rules of `fetch` is not kept, and not handed on.
#[test]
fn wrong_answers_are_errors() {
    struct Wrong(fn(Vec<Option<Fetched>>) -> Vec<Option<Fetched>>);
    impl Container for Wrong {
        fn get(&self, _: &str) -> Result<Option<Buffer>, StoreError> {
            Ok(Some(Buffer::from_vec(vec![7_u8; 8])))
        }
        fn fetch_versioned(
            &self,
            fetches: &[Fetch],
            _: &mut FetchReport,
        ) -> Result<Vec<Option<Fetched>>, StoreError> {
            let bytes = Buffer::from_vec(vec![7_u8; 8]);
            Ok((self.0)(vec![Some(bytes.into()); fetches.len()]))
        }
    }
    let cache = Cache::new(ROOM);
    let both = [range("k", 0..8), range("k", 8..16)];
    let one_too_few = Cached::new(
        Wrong(|mut answers| {
            answers.pop();
            answers
        }),
        &cache,
    );
    let counted = one_too_few.fetch(&both);
    let (asked, got) = match counted.unwrap_err() {
        StoreError::AnswerCount { asked, got, .. } => (asked, got),
        other => panic!("{other}"),
    };
    assert_eq!((asked, got), (2, 1));
    assert!(one_too_few.fetch(&both[..1]).is_err());
    assert_eq!(cache.stats().entries, 0);

    let as_they_are = Cached::new(Wrong(|answers| answers), &cache);
    let long = [range("k", 0..8), range("k", 8..15), range("k", 16..24)];
    match as_they_are.fetch(&long).unwrap_err() {
        StoreError::WrongLength { asked, got, .. } => assert_eq!((asked, got), (7, 8)),
        other => panic!("{other}"),
    }
    assert_eq!(
        cache.stats().entries,
        2,
        "the others are what they should be"
    );
}

/// Hard case 12: a 4 KiB slice kept from a 16 MiB merged read keeps under 64 KiB alive.
#[test]
fn a_slice_of_a_merged_read_keeps_itself_alone_alive() {
    struct Merging(Buffer);
    impl Container for Merging {
        fn get(&self, _: &str) -> Result<Option<Buffer>, StoreError> {
            Ok(Some(self.0.clone()))
        }
    }
    let merging = Merging(Buffer::from_vec(vec![7_u8; 16 << 20]));
    let cache = Cache::new(ROOM);
    let cached = Cached::new(merging, &cache);
    let fetch = Fetch::range("k", (1 << 20) + 1..(1 << 20) + 4097, DType::Float64);
    let mut report = FetchReport::default();
    let answers = cached.fetch_versioned(&[fetch], &mut report).unwrap();
    let bytes = &answers[0].as_ref().unwrap().bytes;
    assert!(bytes.retained() < 64 * 1024);
    assert_eq!(bytes.address() % 64, 0);
    assert_eq!((report.copies, report.copied_bytes), (1, 4096));
    assert!(cache.stats().bytes < 64 * 1024);
}

#[test]
fn what_lies_well_is_not_copied() {
    let memory = MemoryContainer::new();
    let bytes = Buffer::from_vec((0..1_000_i64).collect());
    memory.insert("k", bytes.clone()).unwrap();
    let cached = Cached::new(&memory, &Cache::new(ROOM));
    for _ in 0..2 {
        let answer = cached.fetch(&[Fetch::whole("k", DType::Int64)]).unwrap();
        assert_eq!(answer[0].as_ref().unwrap().address(), bytes.address());
    }
}

#[test]
fn what_a_typed_container_refuses_is_refused() {
    let memory = MemoryContainer::new();
    let numbers = Buffer::from_vec(vec![1.5_f64, 2.5]);
    let typed = gawky_store::Blob::new("k", DType::Float64, numbers);
    gawky_store::ContainerWrite::put(&memory, typed).unwrap();
    let cached = Cached::new(&memory, &Cache::new(ROOM));
    for _ in 0..2 {
        for dtype in [DType::Float64, DType::Int64, DType::UInt8] {
            for fetch in [Fetch::whole("k", dtype), Fetch::range("k", 0..8, dtype)] {
                match cached.fetch(&[fetch]) {
                    Ok(_) => assert_eq!(dtype, DType::Float64),
                    Err(StoreError::DType { asked, .. }) => assert_eq!(asked, dtype),
                    Err(other) => panic!("{other}"),
                }
            }
        }
        assert!(
            cached.get("k").unwrap().is_some(),
            "plain bytes it gives always"
        );
    }
}

#[test]
fn the_policy_decides_by_node_and_attribute() {
    let stage = Stage::new();
    for key in ["node0-offsets", "node1-data", "node2-data", "dataset.json"] {
        stage.keep(key, &[1; 8]);
    }
    let of = |form_key: &str, attribute| {
        let origin = Origin {
            form_key: form_key.into(),
            attribute,
        };
        whole(&format!("{form_key}-{attribute}")).with_origin(Some(origin))
    };
    let policy = CachePolicy::structure_only().with_node("node2", Attribute::Data, Retention::Pin);
    let cache = Cache::new(ROOM).with_policy(policy);
    let cached = Cached::new(&stage, &cache);
    let fetches = [
        of("node0", Attribute::Offsets),
        of("node1", Attribute::Data),
        of("node2", Attribute::Data),
        whole("dataset.json"),
    ];
    let first = cached.fetch(&fetches).unwrap();
    assert_eq!(stage.calls(), 1, "what passes goes along with the rest");
    let kept: Vec<(String, bool)> = cache
        .entries()
        .into_iter()
        .map(|entry| (entry.key.into(), entry.pinned))
        .collect();
    assert_eq!(
        kept,
        [
            ("node0-offsets".to_owned(), false),
            ("dataset.json".to_owned(), false),
            ("node2-data".to_owned(), true)
        ]
    );
    let mut report = FetchReport::default();
    let again = cached.fetch_versioned(&fetches, &mut report).unwrap();
    assert_eq!((report.requests, report.cache_hits), (1, 3));
    assert!(
        again
            .iter()
            .zip(&first)
            .all(|(again, first)| { again.as_ref().map(|again| &again.bytes) == first.as_ref() })
    );
    assert_eq!(cache.stats().passes, 2);
}

#[test]
fn the_pinned_go_last() {
    let stage = Stage::with(&[("pin", &[1; 1024]), ("a", &[2; 1024]), ("b", &[3; 1024])]);
    let pins = CachePolicy::from_fn(|fetch| match fetch.key.as_str() {
        "a" | "b" => Retention::Keep,
        _ => Retention::Pin,
    });
    let cache = Cache::new(2 * (1024 + 256)).with_policy(pins);
    let cached = Cached::new(&stage, &cache);
    for key in ["pin", "a", "b", "a", "b"] {
        ask(&cached, whole(key));
    }
    let calls = stage.calls();
    ask(&cached, whole("pin"));
    assert_eq!(stage.calls(), calls);
    stage.keep("pin2", &[4; 1024]);
    stage.keep("pin3", &[5; 1024]);
    for key in ["pin2", "pin3"] {
        ask(&cached, whole(key));
    }
    let keys: Vec<String> = cache.entries().into_iter().map(|e| e.key.into()).collect();
    assert_eq!(keys, ["pin2", "pin3"], "among themselves, too");
}

#[test]
fn evicted_by_key_by_container_by_anything() {
    let (one, other) = (Stage::new(), Stage::new());
    let cache = Cache::new(ROOM);
    let (first, second) = (Cached::new(&one, &cache), Cached::new(&other, &cache));
    for (stage, cached) in [(&one, &first), (&other, &second)] {
        for key in ["a", "b"] {
            stage.keep(key, key.as_bytes());
            ask(cached, whole(key));
            ask(cached, range(key, 0..1));
        }
    }
    assert_eq!(cache.stats().entries, 4);
    assert_eq!(cache.evict(|entry| entry.key == "a"), 2);
    assert_eq!(cache.stats().entries, 2);
    cache.evict_blob(&one.memory.id().unwrap(), "a");
    assert_eq!(cache.stats().entries, 2, "it had gone before");
    cache.evict_blob(&one.memory.id().unwrap(), "b");
    assert_eq!(cache.stats().entries, 1);
    ask(&first, whole("a"));
    ask(&first, whole("b"));
    cache.evict_container(&one.memory.id().unwrap());
    assert_eq!(cache.entries().len(), 1);
    assert_eq!(cache.entries()[0].container, other.memory.id().unwrap());
    assert_eq!(
        cache.evict(|_| cache.stats().entries == 1),
        1,
        "who decides may look at the cache"
    );
    ask(&first, whole("a"));
    cache.clear();
    let stats = cache.stats();
    assert_eq!((stats.entries, stats.bytes, stats.dropped), (0, 0, 7));
    assert_eq!(ask(&first, whole("a")).unwrap(), b"a");
}

#[test]
fn read_ahead_of_the_reader() {
    let stage = Stage::with(&[("a", b"1"), ("b", b"2")]);
    let cached = Cached::new(&stage, &Cache::new(ROOM));
    let fetches = [whole("a"), whole("b")];
    assert_eq!(cached.prefetch(&fetches).unwrap().requests, 2);
    assert_eq!(cached.prefetch(&fetches).unwrap().requests, 0);
    ask(&cached, whole("a"));
    assert_eq!(stage.calls(), 1);
}

#[test]
fn containers_on_one_cache_never_mix() {
    let cache = Cache::new(ROOM);
    let (one, other) = (
        Stage::with(&[("k", b"one")]),
        Stage::with(&[("k", b"other")]),
    );
    let nameless = |bytes: &[u8]| {
        let mut stage = Stage::with(&[("k", bytes)]);
        stage.nameless = true;
        stage
    };
    let (third, fourth) = (nameless(b"third"), nameless(b"fourth"));
    let all = [
        (Cached::new(&one, &cache), "one"),
        (Cached::new(&other, &cache), "other"),
        (Cached::new(&third, &cache), "third"),
        (Cached::new(&fourth, &cache), "fourth"),
    ];
    for _ in 0..2 {
        for (cached, expected) in &all {
            assert_eq!(ask(cached, whole("k")).unwrap(), expected.as_bytes());
        }
    }
    assert_eq!(cache.stats().misses, 4);

    let again = Cached::new(&one, &cache);
    ask(&again, whole("k"));
    assert_eq!(one.calls(), 1, "one that tells its name is known again");
    let again = all[2].0.clone();
    ask(&again, whole("k"));
    assert_eq!(third.calls(), 2, "one that does not, is not");
}

#[test]
fn two_folders_with_equal_keys_and_one_folder_twice() {
    let home = tempfile::tempdir().unwrap();
    let folder = |name: &str| {
        let folder = Directory::create(home.path().join(name)).unwrap();
        gawky_store::ContainerWrite::put(&folder, blob("k", name.as_bytes())).unwrap();
        folder
    };
    let cache = Cache::new(ROOM);
    for _ in 0..2 {
        for name in ["one", "two", "one"] {
            let cached = Cached::new(folder(name), &cache);
            assert_eq!(
                cached.get("k").unwrap().unwrap().bytes().unwrap(),
                name.as_bytes()
            );
        }
    }
    let opened = Cached::new(Directory::open(home.path().join("two")).unwrap(), &cache);
    opened.get("k").unwrap();
    assert!(cache.stats().hits > 0);
}
