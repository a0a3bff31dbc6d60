//! Asking in which states many blobs are.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use gawky_store::{
    AsyncContainer, Buffer, Container, Directory, Key, LocalFile, Profile, StoreError, Version,
    async_trait,
};

/// It answers when it is asked for the second time, and counts who waits.
#[derive(Default)]
struct Slow {
    waiting: AtomicUsize,
    most: AtomicUsize,
}

#[async_trait]
impl AsyncContainer for Slow {
    async fn get(&self, _: &str) -> Result<Option<Buffer>, StoreError> {
        Ok(None)
    }

    fn profile(&self) -> Profile {
        Profile::new(4, true, None)
    }

    async fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        let waiting = self.waiting.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(waiting, Ordering::SeqCst);
        let mut has_waited = false;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut has_waited, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        match key {
            "7" => Err(StoreError::backend(key, "out of order")),
            _ => Ok(Some(Version::new(key))),
        }
    }
}

fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

fn keys(count: usize) -> Vec<Key> {
    (0..count).map(|n| Key::from(n.to_string())).collect()
}

#[test]
fn as_many_futures_are_under_way_as_the_container_likes() {
    let slow = Slow::default();
    let versions = finish(slow.versions(&keys(7))).unwrap();
    let each = keys(7)
        .into_iter()
        .map(|key| Some(Version::new(key.as_str())));
    assert_eq!(versions, each.collect::<Vec<_>>());
    assert_eq!(slow.most.load(Ordering::SeqCst), 4);
    let error = finish(slow.versions(&keys(20))).unwrap_err();
    assert_eq!(error.to_string(), "\"7\": out of order");
}

/// It tells the state of one blob at a time.
struct OneByOne;

impl Container for OneByOne {
    fn get(&self, _: &str) -> Result<Option<Buffer>, StoreError> {
        Ok(None)
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        match key {
            "3" => Ok(None),
            "7" | "8" => Err(StoreError::backend(key, "out of order")),
            _ => Ok(Some(Version::new(key))),
        }
    }
}

#[test]
fn one_is_asked_for_after_the_other() {
    let [two, three] = ["2", "3"].map(Key::from);
    let versions = OneByOne.versions(&[two, three]).unwrap();
    assert_eq!(versions, [Some(Version::new("2")), None]);
    let error = OneByOne.versions(&keys(9)).unwrap_err();
    assert_eq!(error.to_string(), "\"7\": out of order");
}

#[test]
fn those_of_a_thousand_files() {
    let home = tempfile::tempdir().unwrap();
    let folder = Directory::open(home.path()).unwrap().threads(4);
    for key in keys(1_000).iter().step_by(3) {
        LocalFile::write(home.path().join(key.as_str()), &Buffer::empty()).unwrap();
    }
    let mut keys = keys(1_000);
    let versions = folder.versions(&keys).unwrap();
    for (key, version) in keys.iter().zip(&versions) {
        assert_eq!(*version, folder.version(key).unwrap(), "{key}");
    }
    assert_eq!(versions.iter().flatten().count(), 334);
    for at in [900, 400] {
        keys.insert(at, format!("../{at}").into());
        let error = folder.versions(&keys).unwrap_err();
        assert_eq!(error.key(), format!("../{at}"), "the first that is wrong");
    }
}
