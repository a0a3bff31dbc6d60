//! Writing where others write, and where it fails.

use std::sync::atomic::Ordering;

use gawky_object_store::AsyncObjectContainer;
use gawky_store::{
    AsyncContainer, AsyncContainerConditional, AsyncContainerList, AsyncContainerWrite, Blob,
    Buffer, DType, StoreError,
};

use super::store::{Wrong, conflict, forbidden, nonsense, unavailable};
use super::{container, transfer_error};

pub(crate) fn blob(key: &str, bytes: &[u8]) -> Blob {
    Blob::new(key, DType::UInt8, Buffer::copied_from(bytes))
}

/// 409 between writers of whom none has landed: it is tried again.
#[tokio::test]
async fn a_conflict_over_nothing_is_tried_again() {
    let (store, container) = container(1).await;
    store
        .puts
        .lock()
        .unwrap()
        .extend([conflict as fn() -> _, conflict, conflict]);
    let version = container.put_if_absent(blob("new", b"1")).await.unwrap();
    store
        .puts
        .lock()
        .unwrap()
        .extend([conflict as fn() -> _, conflict]);
    container
        .put_if_match(blob("new", b"2"), &version)
        .await
        .unwrap();
    assert_eq!(
        container.get("new").await.unwrap(),
        Some(Buffer::copied_from(b"2"))
    );

    store
        .puts
        .lock()
        .unwrap()
        .extend(vec![conflict as fn() -> _; 4]);
    let error = container
        .put_if_absent(blob("other", b"1"))
        .await
        .unwrap_err();
    assert!(
        matches!(error, StoreError::Remote { attempts: 4, .. }),
        "{error:?}"
    );
    assert!(!error.is_conflict());
    assert_eq!(container.get("other").await.unwrap(), None);
}

#[tokio::test]
async fn a_conflict_over_something_is_one() {
    let (store, container) = container(1).await;
    let version = container.version("k").await.unwrap().unwrap();
    store.puts.lock().unwrap().push_back(conflict);
    let error = container.put_if_absent(blob("k", b"1")).await.unwrap_err();
    assert!(matches!(error, StoreError::Exists { .. }), "{error:?}");
    container.put(blob("k", b"2")).await.unwrap();
    store.puts.lock().unwrap().push_back(conflict);
    let error = container
        .put_if_match(blob("k", b"3"), &version)
        .await
        .unwrap_err();
    assert!(
        matches!(error, StoreError::VersionMismatch { found: Some(_), .. }),
        "{error:?}"
    );
}

/// What may have landed is not put on a condition a second time; what replaces anything may be.
#[tokio::test]
async fn what_may_have_landed() {
    let (store, container) = container(1).await;
    store.puts.lock().unwrap().push_back(nonsense);
    let error = container.put_if_absent(blob("k", b"1")).await.unwrap_err();
    assert_eq!(transfer_error(&error).0, 1);
    store
        .puts
        .lock()
        .unwrap()
        .extend([nonsense as fn() -> _, conflict]);
    container.put(blob("k", b"1")).await.unwrap();
    store.puts.lock().unwrap().push_back(unavailable);
    let error = container.put(blob("k", b"1")).await.unwrap_err();
    assert_eq!(transfer_error(&error).0, 1, "that was tried again below");
}

/// What landed without an ETag is put, and its version is that under which it is read.
#[tokio::test]
async fn what_landed_without_a_version() {
    let (store, container) = container(1).await;
    store.no_etags.store(true, Ordering::SeqCst);
    let version = container.put_if_absent(blob("new", b"1")).await.unwrap();
    assert_eq!(
        container.version("new").await.unwrap().as_ref(),
        Some(&version)
    );
    let version = container
        .put_if_match(blob("new", b"2"), &version)
        .await
        .unwrap();
    assert_eq!(container.version("new").await.unwrap(), Some(version));

    store.always(Wrong::NoETag);
    let error = container.put_if_absent(blob("k2", b"1")).await.unwrap_err();
    assert!(error.to_string().contains("the blob was put"), "{error}");
}

#[tokio::test]
async fn all_keys_are_checked_before_the_first_put() {
    let (_, container) = container(1).await;
    let blobs = vec![blob("a", b"1"), blob("b/../c", b"2")];
    assert!(matches!(
        container.put_many(blobs).await,
        Err(StoreError::InvalidKey { .. })
    ));
    assert_eq!(container.list("").await.unwrap(), ["k"]);
}

#[tokio::test]
async fn many_are_put_several_at_once() {
    let (store, container) = container(1).await;
    let mut blobs: Vec<_> = (0..30).map(|n| blob(&format!("p/{n}"), &[n])).collect();
    blobs.push(blob("p/0", b"last"));
    container.put_many(blobs).await.unwrap();
    assert_eq!(store.under_way.most.load(Ordering::SeqCst), 4);
    assert_eq!(container.list("p").await.unwrap().len(), 30);
    assert_eq!(
        container.get("p/0").await.unwrap(),
        Some(Buffer::copied_from(b"last"))
    );
}

#[tokio::test]
async fn large_blobs_go_in_parts() {
    let (store, container) = container(1).await;
    let container = container.with_part_size(10);
    let bytes: Vec<u8> = (0..105).collect();
    container.put(blob("large", &bytes)).await.unwrap();
    assert_eq!(
        container.get("large").await.unwrap(),
        Some(Buffer::from_vec(bytes))
    );
    assert_eq!(store.completed.load(Ordering::SeqCst), 1);
    assert_eq!(store.aborted.load(Ordering::SeqCst), 0);
    assert_eq!(store.under_way.most.load(Ordering::SeqCst), 4);
    container.put(blob("small", &[1; 10])).await.unwrap();
    assert_eq!(
        store.completed.load(Ordering::SeqCst),
        1,
        "ten bytes go in one"
    );
}

/// A part that fails: the old bytes stay, and the rest is taken back.
#[tokio::test]
async fn a_failed_part_leaves_nothing() {
    let (store, container) = container(1).await;
    let container: AsyncObjectContainer = container.with_part_size(10);
    store.puts.lock().unwrap().push_back(forbidden);
    let error = container.put(blob("k", &[7; 105])).await.unwrap_err();
    assert!(
        transfer_error(&error)
            .1
            .to_string()
            .contains("check the credentials")
    );
    assert_eq!(
        container.get("k").await.unwrap(),
        Some(Buffer::copied_from(&[0]))
    );
    assert_eq!(store.completed.load(Ordering::SeqCst), 0);
    assert_eq!(store.aborted.load(Ordering::SeqCst), 1);
}

/// An upload that is given up half-way is taken back, too.
#[tokio::test]
async fn a_dropped_upload_leaves_nothing() {
    let (store, container) = container(1).await;
    let container = container.with_part_size(10);
    let mut put = Box::pin(container.put(blob("k", &[7; 105])));
    while store.under_way.now.load(Ordering::SeqCst) == 0 {
        assert!(futures_util::poll!(&mut put).is_pending());
    }
    drop(put);
    while store.aborted.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(store.completed.load(Ordering::SeqCst), 0);
    assert_eq!(
        container.get("k").await.unwrap(),
        Some(Buffer::copied_from(&[0]))
    );
}
