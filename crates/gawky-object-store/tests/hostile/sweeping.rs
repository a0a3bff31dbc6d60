//! Listing and deleting, which fail in their midst.

use std::sync::atomic::Ordering;

use gawky_store::{
    AsyncContainerDelete, AsyncContainerList, AsyncContainerWrite, Blob, Buffer, DType, Key,
};

use super::store::{conflict, forbidden, nonsense, not_partial, unavailable};
use super::{container, transfer_error};

fn keys() -> Vec<Key> {
    ["k", "l", "m"].map(Key::from).to_vec()
}

async fn three() -> (
    std::sync::Arc<super::store::Hostile>,
    gawky_object_store::AsyncObjectContainer,
) {
    let (store, container) = container(3).await;
    for key in ["l", "m"] {
        let blob = Blob::new(key, DType::UInt8, Buffer::copied_from(b"1"));
        container.put(blob).await.unwrap();
    }
    (store, container)
}

#[tokio::test]
async fn a_listing_that_breaks_off_is_begun_again() {
    let (store, container) = three().await;
    store
        .lists
        .lock()
        .unwrap()
        .extend([nonsense as fn() -> _; 3]);
    assert_eq!(container.list("").await.unwrap(), keys());
    assert_eq!(store.sweeps.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_deletion_that_fails_in_its_midst_is_made_again() {
    let (store, container) = three().await;
    store
        .deletes
        .lock()
        .unwrap()
        .extend([nonsense as fn() -> _, conflict]);
    container.delete_many(&keys()).await.unwrap();
    assert_eq!(container.list("").await.unwrap(), [""; 0]);
    assert_eq!(store.sweeps.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn what_stays_is_told_with_the_attempts() {
    for (error, tries) in [(nonsense as fn() -> _, 4), (unavailable, 1), (forbidden, 1)] {
        let (store, container) = three().await;
        store.lists.lock().unwrap().extend([error; 4]);
        let failed = container.list("k").await.unwrap_err();
        assert_eq!(transfer_error(&failed).0, tries);
        assert_eq!(store.sweeps.swap(0, Ordering::SeqCst), tries as usize);
        store.deletes.lock().unwrap().extend([error; 4]);
        let failed = container.delete_many(&keys()).await.unwrap_err();
        assert_eq!(transfer_error(&failed).0, tries);
        assert_eq!(store.sweeps.load(Ordering::SeqCst), tries as usize);
        store.lists.lock().unwrap().clear();
        // What did not fail is gone.
        assert_eq!(container.list("").await.unwrap(), ["k"]);
    }
}

#[tokio::test]
async fn what_a_store_cannot_is_not_tried_again() {
    let (store, container) = three().await;
    store.lists.lock().unwrap().push_back(not_partial);
    let error = container.list("").await.unwrap_err().to_string();
    assert!(error.contains("list"), "{error}");
    store.deletes.lock().unwrap().push_back(not_partial);
    let error = container
        .delete_many(&keys())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("delete"), "{error}");
    assert_eq!(store.sweeps.load(Ordering::SeqCst), 2);
}
