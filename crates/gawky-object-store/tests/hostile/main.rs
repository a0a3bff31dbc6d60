//! HARD CASES 3, 5, 12, 13, 14, 17 on a store that does wrong.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod reading;
mod room;
mod store;
mod sweeping;
mod writing;

use std::sync::Arc;
use std::time::Duration;

use gawky_object_store::object_store::ObjectStoreExt;
use gawky_object_store::object_store::path::Path;
use gawky_object_store::{AsyncObjectContainer, Retries, TransferError};
use gawky_store::{Profile, StoreError};
use store::Hostile;

/// A container on a store that holds the bytes 0, 1, 2, … under `k`.
async fn container(len: usize) -> (Arc<Hostile>, AsyncObjectContainer) {
    let store = Arc::new(Hostile::default());
    let bytes: Vec<u8> = (0..=255_u8).cycle().take(len).collect();
    store
        .inner
        .put(&Path::from("k"), bytes.into())
        .await
        .unwrap();
    let container = AsyncObjectContainer::new(Arc::<Hostile>::clone(&store), Path::default())
        .with_retries(Retries::new(4, Duration::ZERO))
        .with_profile(Profile::new(4, true, None));
    (store, container)
}

#[track_caller]
fn transfer_error(error: &StoreError) -> (u32, &TransferError) {
    match error {
        StoreError::Remote {
            key,
            attempts,
            source,
        } => {
            assert_eq!(key, "k");
            assert!(error.to_string().contains("\"k\""), "{error}");
            (*attempts, source.downcast_ref().unwrap())
        }
        other => panic!("{other:?}"),
    }
}
