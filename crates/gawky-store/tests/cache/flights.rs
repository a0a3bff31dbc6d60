//! Many threads, one fetch.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use gawky_store::cache::{Cache, Cached};
use gawky_store::{Container, Fetch, StoreError};

use crate::stage::{Stage, ask, range, whole};

const ROOM: u64 = 1 << 30;

/// Waits until so many readers wait for others.
fn until_waiting(cache: &Cache, readers: u64) {
    while cache.stats().waits < readers {
        thread::yield_now();
    }
}

#[test]
fn sixty_four_threads_missing_one_key_cause_one_fetch() {
    let stage = Stage::with(&[("k", b"1234")]);
    let cache = Cache::new(ROOM);
    let seen = cache.clone();
    stage.acts(move |_, _| {
        until_waiting(&seen, 63);
        Ok(())
    });
    let cached = Cached::new(&stage, &cache);
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| assert_eq!(ask(&cached, whole("k")).unwrap(), b"1234"));
        }
    });
    assert_eq!(stage.calls(), 1);
    let stats = cache.stats();
    assert_eq!((stats.misses, stats.waits, stats.hits), (1, 63, 0));
}

/// What is too large to be kept is fetched once for those who wait, too.
#[test]
fn what_is_not_kept_is_shared_with_those_who_wait() {
    let stage = Stage::with(&[("k", &[7; 4096])]);
    let cache = Cache::new(300);
    let seen = cache.clone();
    stage.acts(move |_, _| {
        until_waiting(&seen, 7);
        Ok(())
    });
    let cached = Cached::new(&stage, &cache);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(ask(&cached, whole("k")).unwrap(), [7; 4096]));
        }
    });
    assert_eq!((stage.calls(), cache.stats().entries), (1, 0));
}

#[test]
fn a_failure_that_is_certain_is_shared() {
    let stage = Stage::with(&[("k", b"1"), ("other", b"2")]);
    let cache = Cache::new(ROOM);
    let seen = cache.clone();
    stage.acts(move |_, _| {
        until_waiting(&seen, 7);
        Err(StoreError::backend("k", "out of order"))
    });
    let cached = Cached::new(&stage, &cache);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let error = cached.fetch(&[whole("k")]).unwrap_err();
                assert_eq!(error.to_string(), "\"k\": out of order");
            });
        }
    });
    assert_eq!(stage.calls(), 1);
    stage.rests();
    assert_eq!(
        ask(&cached, whole("k")).unwrap(),
        b"1",
        "nothing is kept of it"
    );
}

/// Waits until so many fetches are under way.
fn until_led(cache: &Cache, fetches: u64) {
    while cache.stats().misses < fetches {
        thread::yield_now();
    }
}

#[test]
fn a_failure_of_something_else_is_not_shared() {
    let stage = Stage::with(&[("good", b"1"), ("bad", b"2")]);
    let cache = Cache::new(ROOM);
    let seen = cache.clone();
    stage.acts(move |stage, fetches| {
        if fetches.iter().any(|fetch| fetch.key == "bad") {
            until_waiting(&seen, 7);
            return Err(StoreError::backend("bad", "out of order"));
        }
        // Who was disappointed once asks for itself, so that nobody is disappointed again and again.
        while stage.calls() < 8 {
            thread::yield_now();
        }
        Ok(())
    });
    let cached = Cached::new(&stage, &cache);
    thread::scope(|scope| {
        scope.spawn(|| {
            assert!(cached.fetch(&[whole("good"), whole("bad")]).is_err());
        });
        for _ in 0..7 {
            scope.spawn(|| {
                until_led(&cache, 2);
                assert_eq!(ask(&cached, whole("good")).unwrap(), b"1");
            });
        }
    });
}

#[test]
fn a_range_that_fails_does_not_fail_another_range() {
    let stage = Stage::with(&[("k", b"0123456789")]);
    let cache = Cache::new(ROOM);
    let seen = cache.clone();
    stage.acts(move |_, fetches| {
        if fetches.len() == 2 {
            until_waiting(&seen, 2);
            return Err(StoreError::OutOfRange {
                key: "k".to_owned(),
                start: 2,
                end: 9,
                have: 4,
            });
        }
        Ok(())
    });
    let cached = Cached::new(&stage, &cache);
    thread::scope(|scope| {
        scope.spawn(|| {
            let both = [range("k", 0..2), range("k", 2..9)];
            assert!(cached.fetch(&both).is_err());
        });
        scope.spawn(|| {
            until_led(&cache, 2);
            assert_eq!(ask(&cached, range("k", 0..2)).unwrap(), b"01");
        });
        scope.spawn(|| {
            until_led(&cache, 2);
            let error = cached.fetch(&[range("k", 2..9)]).unwrap_err();
            assert!(matches!(error, StoreError::OutOfRange { .. }));
        });
    });
    assert_eq!(
        stage.calls(),
        2,
        "who waits for the range that fails is told, the other one asks again"
    );
}

#[test]
fn when_a_leader_panics_another_takes_over() {
    let stage = Stage::with(&[("k", b"1234")]);
    let cache = Cache::new(ROOM);
    let seen = cache.clone();
    stage.acts(move |stage, _| {
        if stage.calls() == 1 {
            until_waiting(&seen, 7);
            panic!("a leader that falls");
        }
        Ok(())
    });
    let cached = Cached::new(&stage, &cache);
    let fallen = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let read = || assert_eq!(ask(&cached, whole("k")).unwrap(), b"1234");
                if catch_unwind(AssertUnwindSafe(read)).is_err() {
                    fallen.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(fallen.load(Ordering::SeqCst), 1);
    assert_eq!(stage.calls(), 2);
}

/// Readers that want the same blobs in opposite orders, none of which is ever kept for long.
#[test]
fn overlapping_sets_in_opposite_orders_do_not_stop_each_other() {
    const ROUNDS: usize = if cfg!(miri) { 10 } else { 200 };
    let keys: Vec<String> = (0..20).map(|n| format!("part0-node{n}-data")).collect();
    let stage = Stage::new();
    for key in &keys {
        let bytes = key.repeat(10);
        stage.keep(key, bytes.as_bytes());
    }
    stage.acts(|stage, fetches| {
        thread::yield_now();
        match stage.calls() % 13 {
            0 => Err(StoreError::backend(fetches[0].key.clone(), "now and then")),
            7 => panic!("now and then"),
            _ => Ok(()),
        }
    });
    let cache = Cache::new(2_000);
    let cached = Cached::new(&stage, &cache);
    thread::scope(|scope| {
        for reader in 0..8_usize {
            let (keys, cached) = (&keys, &cached);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let of = |at: usize| &keys[(reader * 3 + round + at) % keys.len()];
                    let mut fetches: Vec<Fetch> = (0..6).map(|at| whole(of(at))).collect();
                    if reader % 2 == 0 {
                        fetches.reverse();
                    }
                    let read = || cached.fetch(&fetches);
                    let Ok(Ok(answers)) = catch_unwind(AssertUnwindSafe(read)) else {
                        continue;
                    };
                    for (fetch, answer) in fetches.iter().zip(answers) {
                        let expected = fetch.key.repeat(10);
                        assert_eq!(answer.unwrap().bytes().unwrap(), expected.as_bytes());
                    }
                }
            });
        }
    });
    let stats = cache.stats();
    assert!(stats.bytes <= cache.capacity());
    cache.clear();
    assert_eq!((cache.stats().bytes, cache.stats().entries), (0, 0));
}

/// Readers and writers of one key: a reader that begins after a writing is told of that or a later one.
#[test]
fn no_reader_goes_back_in_time() {
    const WRITTEN: u64 = if cfg!(miri) { 10 } else { 500 };
    let stage = Arc::new(Stage::with(&[("k", &0_u64.to_le_bytes())]));
    stage.acts(|_, _| {
        thread::yield_now();
        Ok(())
    });
    let cache = Cache::new(ROOM);
    let cached = Cached::new(Arc::clone(&stage), &cache);
    let written = AtomicU64::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 1..=WRITTEN {
                let bytes = n.to_le_bytes();
                gawky_store::ContainerWrite::put(&cached, crate::stage::blob("k", &bytes)).unwrap();
                written.store(n, Ordering::SeqCst);
                thread::yield_now();
            }
        });
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let at_least = written.load(Ordering::SeqCst);
                    let bytes = ask(&cached, whole("k")).unwrap();
                    let read = u64::from_le_bytes(bytes.try_into().unwrap());
                    assert!(read >= at_least, "{read} after {at_least} was written");
                    if at_least == WRITTEN {
                        return;
                    }
                }
            });
        }
    });
    // Whether readers met the cache in between is up to the machine; once writing is over they do.
    let last = ask(&cached, whole("k")).unwrap();
    let hits = cache.stats().hits;
    assert_eq!(ask(&cached, whole("k")).unwrap(), last);
    assert_eq!(cache.stats().hits, hits + 1);
}
