//! How much is under way at once, and on how many threads.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use gawky_object_store::{AsyncObjectContainer, Blocking, Retries};
use gawky_store::{
    AsyncContainer, AsyncContainerWrite, Buffer, Container, Fetch, Profile, StoreError,
};

use super::container;
use super::store::{Hostile, Wrong, forbidden};
use super::writing::blob;

/// `count` blobs of 100 bytes, `b0` and so on, of which so many bytes may be under way.
async fn blobs(count: usize, max_in_flight: u64) -> (Arc<Hostile>, AsyncObjectContainer) {
    let (store, container) = container(1).await;
    let blobs = (0..count).map(|n| blob(&format!("b{n}"), &[7; 100]));
    container.put_many(blobs.collect()).await.unwrap();
    store.bytes.most.store(0, Ordering::SeqCst);
    store.under_way.most.store(0, Ordering::SeqCst);
    let profile = Profile::new(8, true, None).with_max_in_flight(max_in_flight);
    (store, container.with_profile(profile))
}

fn whole(count: usize) -> Vec<Fetch> {
    let fetches = (0..count).map(|n| Fetch::raw(format!("b{n}"), None));
    fetches.collect()
}

async fn most_bytes(max_in_flight: u64) -> usize {
    let (store, container) = blobs(20, max_in_flight).await;
    store.always(Wrong::Heavy);
    let answers = container.fetch(&whole(20)).await.unwrap();
    for answer in answers {
        assert_eq!(answer, Some(Buffer::copied_from(&[7; 100])));
    }
    assert_eq!(store.asked().len(), 20, "nothing is asked twice");
    assert_eq!(store.bytes.now.load(Ordering::SeqCst), 0);
    store.bytes.most.load(Ordering::SeqCst)
}

/// How large a whole blob is, is known when its answer begins, and counts from then on.
#[tokio::test]
async fn whole_blobs_keep_to_the_budget() {
    assert_eq!(most_bytes(1_000).await, 800, "eight at once");
    assert_eq!(most_bytes(350).await, 300);
    assert_eq!(most_bytes(100).await, 100);
    assert_eq!(most_bytes(99).await, 100, "one alone may always come");
    assert_eq!(most_bytes(0).await, 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn whole_blobs_keep_to_the_budget_on_many_threads() {
    for _ in 0..20 {
        assert!(most_bytes(350).await <= 300);
        assert_eq!(most_bytes(0).await, 100);
    }
}

/// A blob whose answer says another size the second time counts for that one, and waits for nobody who waits for it.
#[tokio::test]
async fn sizes_may_change_between_attempts() {
    let (store, container) = blobs(8, 250).await;
    let claims = [150, 100_000, 200, 240, 150, 300, 99_999, 101];
    store.next(claims.map(Wrong::Claims));
    store.next(claims.map(Wrong::Claims));
    let answers = container.fetch(&whole(8)).await.unwrap();
    assert!(answers.iter().all(Option::is_some));
}

/// While an answer waits for room here, its server may give up; that is no failed attempt.
#[tokio::test]
async fn waiting_here_is_no_attempt() {
    let (store, container) = blobs(2, 100).await;
    let container = container.with_retries(Retries::NONE);
    store.next([Wrong::Heavy, Wrong::BreaksOff]);
    let answers = container.fetch(&whole(2)).await.unwrap();
    assert!(answers.iter().all(Option::is_some));
    assert_eq!(store.asked().len(), 3);
    store.next([Wrong::Heavy, Wrong::BreaksOff, Wrong::BreaksOff]);
    container.fetch(&whole(2)).await.unwrap_err();
}

#[tokio::test]
async fn a_dropped_fetch_frees_those_who_wait() {
    let (store, container) = blobs(4, 100).await;
    store.next([Wrong::Hangs]);
    let fetches = whole(4);
    let mut fetch = Box::pin(container.fetch(&fetches));
    for _ in 0..50 {
        assert!(futures_util::poll!(&mut fetch).is_pending());
        tokio::task::yield_now().await;
    }
    assert!(store.under_way.now.load(Ordering::SeqCst) > 0);
    drop(fetch);
    assert!(container.fetch(&fetches).await.is_ok());
}

/// Parts of many blobs count together.
#[tokio::test]
async fn many_large_blobs_keep_to_the_budget() {
    let (store, container) = blobs(0, 45).await;
    let container = container.with_part_size(10);
    let many = |count: usize| {
        let blobs = (0..count).map(|n| blob(&format!("p{n}"), &[7; 100]));
        blobs.collect::<Vec<_>>()
    };
    container.put_many(many(6)).await.unwrap();
    assert_eq!(store.bytes.most.load(Ordering::SeqCst), 40);
    assert_eq!(store.completed.load(Ordering::SeqCst), 6);
    for n in 0..6 {
        let kept = container.get(&format!("p{n}")).await.unwrap();
        assert_eq!(kept, Some(Buffer::copied_from(&[7; 100])));
    }
    let container = container.with_profile(Profile::new(3, true, None));
    store.under_way.most.store(0, Ordering::SeqCst);
    container.put_many(many(6)).await.unwrap();
    assert_eq!(store.under_way.most.load(Ordering::SeqCst), 3);
}

/// Bodies of one call come on several threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_come_on_several_threads() {
    let (store, container) = blobs(2, 1_000).await;
    store.always(Wrong::Meets);
    let answers = container.fetch(&whole(2)).await.unwrap();
    assert!(answers.iter().all(Option::is_some));
}

#[test]
fn bodies_come_on_several_threads_without_futures_too() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (store, container) = runtime.block_on(blobs(2, 1_000));
    let container = Blocking::new(container).unwrap();
    if std::thread::available_parallelism().unwrap().get() > 1 {
        store.always(Wrong::Meets);
    }
    let answers = container.fetch(&whole(2)).unwrap();
    assert!(answers.iter().all(Option::is_some));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_fetch_ends_its_tasks() {
    let (store, container) = blobs(3, 1_000).await;
    store.always(Wrong::Hangs);
    let fetches = whole(3);
    let mut fetch = Box::pin(container.fetch(&fetches));
    while store.under_way.now.load(Ordering::SeqCst) < 3 {
        assert!(futures_util::poll!(&mut fetch).is_pending());
        tokio::task::yield_now().await;
    }
    drop(fetch);
    while store.under_way.now.load(Ordering::SeqCst) > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_failure_of_tasks_is_told() {
    for _ in 0..50 {
        let (store, container) = container(100).await;
        let wrong = [(0, Wrong::Slow), (1, Wrong::Error(forbidden))];
        store.at.lock().unwrap().extend(wrong);
        let mut fetches: Vec<_> = (0..50).map(|n| Fetch::raw("k", Some(n..n + 1))).collect();
        fetches[2] = Fetch::raw("k", Some(90..110));
        let error = container.fetch(&fetches).await.unwrap_err();
        assert!(matches!(error, StoreError::Remote { .. }), "{error}");
        assert!(store.asked().len() < 40, "nothing is begun after a failure");
    }
}

#[test]
fn a_panic_in_a_task_is_the_caller_s() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (store, container) = runtime.block_on(blobs(3, 1_000));
    let container = Blocking::new(container).unwrap();
    store.always(Wrong::Panics);
    let fetch = std::panic::AssertUnwindSafe(|| container.fetch(&whole(3)));
    let panic = std::panic::catch_unwind(fetch).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"as told"));
    *store.always.lock().unwrap() = None;
    assert!(container.fetch(&whole(3)).is_ok());
}

/// Without a runtime there are no tasks, and everything comes all the same.
#[test]
fn many_without_a_runtime() {
    let work = async {
        let (store, container) = container(100).await;
        store.next([Wrong::Short, Wrong::Slow, Wrong::BreaksOff]);
        let container = container.with_retries(Retries::new(4, std::time::Duration::ZERO));
        let fetches: Vec<_> = (0..50).map(|n| Fetch::raw("k", Some(n..n + 1))).collect();
        container.fetch(&fetches).await.unwrap().len()
    };
    let mut work = Box::pin(work);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let count = loop {
        if let std::task::Poll::Ready(count) = work.as_mut().poll(&mut context) {
            break count;
        }
    };
    assert_eq!(count, 50);
}
