//! The conformance suite over the wire, on the object store of the testkit: Google Cloud Storage, for which there is no
//! other server to test with, and S3, also where no real server is.

#![cfg(all(feature = "aws", feature = "gcp"))]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use gawky_object_store::object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use gawky_object_store::object_store::gcp::GoogleCloudStorageBuilder;
use gawky_object_store::object_store::{ClientOptions, ObjectStore};
use gawky_object_store::{AsyncObjectContainer, Blocking, ObjectContainer};
use gawky_testkit::remote::ObjectServer;
use gawky_testkit::store_suite::Suite;

fn s3(server: &ObjectServer) -> Arc<dyn ObjectStore> {
    let store = AmazonS3Builder::new()
        .with_endpoint(server.url())
        .with_allow_http(true)
        .with_region("us-east-1")
        .with_bucket_name("bucket")
        .with_access_key_id("anybody")
        .with_secret_access_key("anything")
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .build();
    Arc::new(store.unwrap())
}

fn google(server: &ObjectServer) -> Arc<dyn ObjectStore> {
    let store = GoogleCloudStorageBuilder::new()
        .with_base_url(server.url())
        .with_bucket_name("bucket")
        .with_bearer_token("anything")
        .with_client_options(ClientOptions::new().with_allow_http(true))
        .build();
    Arc::new(store.unwrap())
}

/// One container after the other, each under a prefix of its own. What is large for the suite is put in parts.
fn containers(store: Arc<dyn ObjectStore>) -> impl Fn() -> ObjectContainer {
    // The connections of the store belong to the runtime that all containers share, and that ends with the last.
    let last = ObjectContainer::over(Arc::clone(&store), "".into()).unwrap();
    let number = AtomicU32::new(0);
    move || {
        let _ = &last;
        let prefix = format!("p/{}", number.fetch_add(1, Ordering::Relaxed));
        let container = AsyncObjectContainer::new(Arc::clone(&store), prefix.into());
        Blocking::new(container.with_part_size(500_000)).unwrap()
    }
}

#[test]
fn s3_conforms() {
    let server = ObjectServer::start().unwrap();
    Suite::of(containers(s3(&server)))
        .versioned_by_content()
        .reading()
        .writing()
        .deleting()
        .listing()
        .listing_and_writing()
        .conditional()
        .finish();
}

#[test]
fn google_conforms() {
    let server = ObjectServer::start().unwrap();
    Suite::of(containers(google(&server)))
        .reading()
        .writing()
        .deleting()
        .listing()
        .listing_and_writing()
        .conditional()
        .finish();
}
