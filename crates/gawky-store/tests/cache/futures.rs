//! The same by futures, which may be dropped.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::thread;

use futures_util::future::join_all;
use futures_util::poll;
use gawky_store::cache::{Cache, Cached};
use gawky_store::{
    AsyncContainer, AsyncContainerConditional, AsyncContainerDelete, AsyncContainerList,
    AsyncContainerWrite, Buffer, Container, Fetch, FetchReport, Key, StoreError,
};

use crate::stage::{Stage, ask, blob, block_on, range, whole};

const ROOM: u64 = 1 << 30;

async fn ask_async<C: AsyncContainer>(container: &C, fetch: Fetch) -> Option<Vec<u8>> {
    let answer = container.fetch(&[fetch]).await.unwrap().remove(0);
    answer.map(|bytes| bytes.bytes().unwrap().to_vec())
}

#[test]
fn the_second_read_asks_nothing() {
    let stage = Stage::with(&[("a", b"aaaa"), ("b", b"bb")]);
    let cache = Cache::new(ROOM);
    let cached = Cached::new(&stage, &cache);
    block_on(async {
        let fetches = [whole("a"), range("b", 0..1), whole("a")];
        let mut report = FetchReport::default();
        for _ in 0..2 {
            let answers = AsyncContainer::fetch_versioned(&cached, &fetches, &mut report);
            assert_eq!(answers.await.unwrap().len(), 3);
        }
        assert_eq!((report.requests, report.cache_hits), (2, 4));
        let part = AsyncContainer::get_range(&cached, "a", 1..3).await.unwrap();
        assert_eq!(part.unwrap().len(), 2);
        assert_eq!(AsyncContainer::size(&cached, "a").await.unwrap(), Some(4));
        assert!(AsyncContainer::contains(&cached, "b").await.unwrap());
        assert!(cached.prefetch_async(&fetches).await.unwrap().requests == 0);
    });
    assert_eq!(stage.calls(), 1);
    assert_eq!(
        ask(&cached, whole("a")).unwrap(),
        b"aaaa",
        "both worlds share what is kept"
    );
    assert_eq!(stage.calls(), 1);
}

#[test]
fn what_is_listed_and_fetched_ahead_is_the_containers() {
    let stage = Stage::with(&[("x/a", b"aaaa"), ("x/b", b"bb"), ("c", b"c")]);
    let cached = Cached::new(&stage, &Cache::new(ROOM));
    block_on(async {
        let mut listed = cached.list("x/").await.unwrap();
        listed.sort();
        assert_eq!(listed, ["x/a", "x/b"].map(Key::from));
        let fetches = [whole("x/a"), whole("c")];
        let ahead = cached.prefetch_async(&fetches);
        let report = ahead.await.unwrap();
        assert_eq!((report.requests, report.bytes), (2, 5));
        let calls = stage.calls();
        assert_eq!(ask_async(&cached, whole("x/a")).await.unwrap(), b"aaaa");
        assert_eq!(stage.calls(), calls);
    });
}

#[test]
fn many_tasks_on_one_thread_cause_one_fetch() {
    let stage = Stage::with(&[("k", b"1234")]);
    stage.closed.store(true, Ordering::SeqCst);
    let cached = Cached::new(&stage, &Cache::new(ROOM));
    block_on(async {
        let mut reads = pin!(join_all((0..64).map(|_| ask_async(&cached, whole("k")))));
        for _ in 0..3 {
            assert!(poll!(&mut reads).is_pending());
        }
        stage.closed.store(false, Ordering::SeqCst);
        for read in reads.await {
            assert_eq!(read.unwrap(), b"1234");
        }
    });
    assert_eq!(stage.calls(), 1);
}

#[test]
fn when_a_leader_is_dropped_a_waiter_takes_over() {
    let stage = Stage::with(&[("k", b"1234"), ("other", b"5")]);
    stage.closed.store(true, Ordering::SeqCst);
    let cache = Cache::new(ROOM);
    let cached = Cached::new(&stage, &cache);
    block_on(async {
        let mut leader = Box::pin(ask_async(&cached, whole("k")));
        let mut second = Box::pin(ask_async(&cached, whole("k")));
        let mut third = Box::pin(ask_async(&cached, whole("k")));
        assert!(poll!(&mut leader).is_pending());
        assert!(poll!(&mut second).is_pending());
        assert!(poll!(&mut third).is_pending());
        assert_eq!(stage.calls(), 1);
        drop(leader);
        assert!(poll!(&mut third).is_pending());
        assert!(poll!(&mut second).is_pending());
        assert_eq!(stage.calls(), 2, "one of the two");
        drop(third);
        assert!(poll!(&mut second).is_pending());
        assert_eq!(stage.calls(), 3);
        stage.closed.store(false, Ordering::SeqCst);
        assert_eq!(second.await.unwrap(), b"1234");
    });
    assert_eq!(cache.stats().entries, 1);
}

#[test]
fn a_waiter_that_is_dropped_disturbs_nobody() {
    let stage = Stage::with(&[("k", b"1234")]);
    stage.closed.store(true, Ordering::SeqCst);
    let cached = Cached::new(&stage, &Cache::new(ROOM));
    block_on(async {
        let mut leader = Box::pin(ask_async(&cached, whole("k")));
        let mut waiter = Box::pin(ask_async(&cached, whole("k")));
        let mut patient = Box::pin(ask_async(&cached, whole("k")));
        for read in [&mut leader, &mut waiter, &mut patient] {
            assert!(poll!(read).is_pending());
        }
        drop(waiter);
        stage.closed.store(false, Ordering::SeqCst);
        assert_eq!(leader.await.unwrap(), b"1234");
        assert_eq!(patient.await.unwrap(), b"1234");
    });
    assert_eq!(stage.calls(), 1);
}

#[test]
fn a_future_that_never_began_holds_nothing() {
    let stage = Stage::with(&[("k", b"1234")]);
    let cached = Cached::new(&stage, &Cache::new(ROOM));
    let idle = ask_async(&cached, whole("k"));
    assert_eq!(block_on(ask_async(&cached, whole("k"))).unwrap(), b"1234");
    drop(idle);
}

/// The thread that would have to poll the leader is the one that reads.
#[test]
fn a_blocking_reader_does_not_wait_for_a_future() {
    let stage = Stage::with(&[("k", b"1234")]);
    stage.closed.store(true, Ordering::SeqCst);
    let cache = Cache::new(ROOM);
    let cached = Cached::new(&stage, &cache);
    block_on(async {
        let mut leader = Box::pin(ask_async(&cached, whole("k")));
        let mut waiter = Box::pin(ask_async(&cached, whole("k")));
        assert!(poll!(&mut leader).is_pending());
        assert!(poll!(&mut waiter).is_pending());
        assert_eq!(ask(&cached, whole("k")).unwrap(), b"1234");
        assert_eq!(cache.stats().entries, 1);
        stage.closed.store(false, Ordering::SeqCst);
        assert_eq!(leader.await.unwrap(), b"1234");
        assert_eq!(waiter.await.unwrap(), b"1234");
    });
    assert_eq!(stage.calls(), 2);
    assert_eq!(cache.stats().entries, 1);
}

#[test]
fn a_future_waits_for_a_blocking_reader() {
    let stage = Stage::with(&[("k", b"1234")]);
    let cache = Cache::new(ROOM);
    let seen = cache.clone();
    stage.acts(move |_, _| {
        while seen.stats().waits < 1 {
            thread::yield_now();
        }
        Ok(())
    });
    let cached = Cached::new(&stage, &cache);
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(ask(&cached, whole("k")).unwrap(), b"1234"));
        scope.spawn(|| {
            while cache.stats().misses < 1 {
                thread::yield_now();
            }
            assert_eq!(block_on(ask_async(&cached, whole("k"))).unwrap(), b"1234");
        });
    });
    assert_eq!(stage.calls(), 1);
}

#[test]
fn overlapping_sets_in_opposite_orders_do_not_stop_each_other() {
    let stage = Stage::with(&[("a", b"1"), ("b", b"2"), ("c", b"3")]);
    stage.closed.store(true, Ordering::SeqCst);
    let cached = Cached::new(&stage, &Cache::new(ROOM));
    block_on(async {
        let sets = [["a", "b"], ["c", "a"], ["b", "c"]].map(|keys| keys.map(whole));
        let mut reads = pin!(join_all(
            sets.iter().map(|set| AsyncContainer::fetch(&cached, set))
        ));
        assert!(poll!(&mut reads).is_pending());
        stage.closed.store(false, Ordering::SeqCst);
        for read in reads.await {
            assert_eq!(read.unwrap().len(), 2);
        }
    });
    assert_eq!(stage.calls(), 2, "the third set has nothing left to fetch");
}

#[test]
fn failures_are_told_to_those_who_wait() {
    let stage = Stage::with(&[("k", b"1")]);
    stage.acts(|_, _| Err(StoreError::backend("k", "out of order")));
    stage.closed.store(true, Ordering::SeqCst);
    let cached = Cached::new(&stage, &Cache::new(ROOM));
    block_on(async {
        let fetches = [whole("k")];
        let mut reads = pin!(join_all(
            (0..8).map(|_| AsyncContainer::fetch(&cached, &fetches))
        ));
        assert!(poll!(&mut reads).is_pending());
        stage.closed.store(false, Ordering::SeqCst);
        for read in reads.await {
            assert_eq!(read.unwrap_err().to_string(), "\"k\": out of order");
        }
    });
    assert_eq!(stage.calls(), 1);
}

#[test]
fn what_is_written_while_old_bytes_are_on_their_way() {
    let stage = Stage::with(&[("k", b"old")]);
    stage.closed.store(true, Ordering::SeqCst);
    let cached = Cached::new(&stage, &Cache::new(ROOM));
    block_on(async {
        let mut early = Box::pin(ask_async(&cached, whole("k")));
        assert!(poll!(&mut early).is_pending());
        AsyncContainerWrite::put(&cached, blob("k", b"new"))
            .await
            .unwrap();
        stage.closed.store(false, Ordering::SeqCst);
        assert_eq!(ask_async(&cached, whole("k")).await.unwrap(), b"new");
        assert_eq!(early.await.unwrap(), b"old");
        assert_eq!(ask_async(&cached, whole("k")).await.unwrap(), b"new");
        let many = vec![blob("k", b"newer")];
        AsyncContainerWrite::put_many(&cached, many).await.unwrap();
        assert_eq!(ask_async(&cached, whole("k")).await.unwrap(), b"newer");
        stage.keep("k", b"newest");
        assert_eq!(cached.refresh_async(&["k"]).await.unwrap(), 1);
        assert_eq!(ask_async(&cached, whole("k")).await.unwrap(), b"newest");
    });
}

#[test]
fn nothing_overwritten_through_the_handle_is_served() {
    let stage = Stage::with(&[("k", b"0")]);
    let cache = Cache::new(ROOM);
    let cached = Cached::new(&stage, &cache);
    block_on(async {
        let now = async || ask_async(&cached, whole("k")).await;
        assert_eq!(now().await.unwrap(), b"0");

        let (_, first) = cached.get_versioned("k").await.unwrap().unwrap();
        let second = cached.put_if_match(blob("k", b"1"), &first).await.unwrap();
        assert_eq!(now().await.unwrap(), b"1");
        assert!(cached.put_if_match(blob("k", b"2"), &first).await.is_err());
        assert_eq!(
            AsyncContainer::version(&cached, "k").await.unwrap(),
            Some(second)
        );

        assert_eq!(now().await.unwrap(), b"1");
        AsyncContainerDelete::delete(&cached, "k").await.unwrap();
        assert_eq!(now().await, None);
        cached.put_if_absent(blob("k", b"3")).await.unwrap();
        assert_eq!(now().await.unwrap(), b"3");

        let pieces = [&b"four"[..], b"", b"5"].map(Buffer::copied_from);
        AsyncContainerWrite::put_pieces(&cached, "k".into(), &pieces)
            .await
            .unwrap();
        assert_eq!(now().await.unwrap(), b"four5");

        assert!(cached.put_if_absent(blob("k", b"4")).await.is_err());
        assert_eq!(cache.stats().entries, 0, "who knows what it has written");
        assert_eq!(now().await.unwrap(), b"four5");

        let keys = ["k".into(), "none".into()];
        AsyncContainerDelete::delete_many(&cached, &keys)
            .await
            .unwrap();
        assert_eq!(now().await, None);
    });
}

#[test]
fn any_answer_of_a_newer_state_drops_the_older_one() {
    let stage = Stage::with(&[("k", b"0")]);
    let cached = Cached::new(&stage, &Cache::new(ROOM));
    block_on(async {
        let now = async || ask_async(&cached, whole("k")).await.unwrap();
        assert_eq!(now().await, b"0");
        stage.keep("k", b"1");
        assert_eq!(now().await, b"0", "a hit does not ask");
        AsyncContainer::version(&cached, "k").await.unwrap();
        assert_eq!(now().await, b"1");
        stage.keep("k", b"2");
        cached.get_versioned("k").await.unwrap();
        assert_eq!(now().await, b"2");
    });
}

#[test]
fn no_cache_is_the_container_itself() {
    let stage = Stage::with(&[("k", b"1234")]);
    let cached = Cached::new(&stage, None);
    block_on(async {
        for _ in 0..2 {
            assert_eq!(ask_async(&cached, whole("k")).await.unwrap(), b"1234");
        }
    });
    assert_eq!(stage.calls(), 2);
    assert_eq!(Container::id(&cached), Container::id(&stage));
}
