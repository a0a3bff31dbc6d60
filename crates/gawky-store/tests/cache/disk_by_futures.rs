//! What is kept on disk, by futures.

use std::sync::atomic::Ordering;

use futures_util::poll;
use gawky_store::cache::Cached;
use gawky_store::{AsyncContainer, AsyncContainerWrite, Fetch};
use tempfile::TempDir;

use crate::disk::{another_process, ask_again, remote, versions_asked};
use crate::stage::{Stage, blob, block_on, range, whole};

async fn ask_async(cached: &Cached<&Stage>, fetch: Fetch) -> Option<Vec<u8>> {
    let answer = AsyncContainer::fetch(cached, &[fetch])
        .await
        .unwrap()
        .remove(0);
    answer.map(|bytes| bytes.bytes().unwrap().to_vec())
}

#[test]
fn by_futures() {
    let home: TempDir = tempfile::tempdir().unwrap();
    let stage = remote(&[("a", b"aaaa"), ("b", b"0123456789")]);
    block_on(async {
        let fetches = [whole("a"), range("b", 2..8)];
        for (calls, versions) in [(1, 0), (1, 2), (1, 4)] {
            let cached = Cached::new(&stage, &another_process(home.path()));
            let answers = AsyncContainer::fetch(&cached, &fetches).await.unwrap();
            assert_eq!(answers[1].as_ref().unwrap().bytes().unwrap(), b"234567");
            assert_eq!((stage.calls(), versions_asked(&stage)), (calls, versions));
        }
        assert_eq!(stage.version_calls.load(Ordering::SeqCst), 2, "at once");
        stage.keep("a", b"bbbb");
        let cached = Cached::new(&stage, &another_process(home.path()));
        assert_eq!(ask_async(&cached, whole("a")).await.unwrap(), b"bbbb");

        let cached = Cached::new(&stage, &another_process(home.path())).immutable();
        assert_eq!(ask_async(&cached, whole("a")).await.unwrap(), b"bbbb");
        AsyncContainerWrite::put(&cached, blob("a", b"cccc"))
            .await
            .unwrap();
        let cached = Cached::new(&stage, &another_process(home.path())).immutable();
        assert_eq!(ask_async(&cached, whole("a")).await.unwrap(), b"cccc");
    });
}

/// Wherever a future is dropped, others can read.
#[test]
fn futures_dropped_at_any_place_hold_nothing() {
    for on_disk in [false, true] {
        let home = tempfile::tempdir().unwrap();
        let stage = remote(&[("k", b"1234")]);
        if on_disk {
            ask_again(&stage, home.path(), whole("k"));
        }
        for polls in 0..6 {
            stage.closed.store(true, Ordering::SeqCst);
            let cache = another_process(home.path());
            let cached = Cached::new(&stage, &cache);
            block_on(async {
                let mut early = Box::pin(ask_async(&cached, whole("k")));
                for _ in 0..polls {
                    if poll!(&mut early).is_ready() {
                        break;
                    }
                }
                drop(early);
                stage.closed.store(false, Ordering::SeqCst);
                assert_eq!(ask_async(&cached, whole("k")).await.unwrap(), b"1234");
            });
        }
    }
}
