//! The conformance suite over the wire, on the object store of the testkit: Google Cloud Storage, for which there is no
//! other server to test with, and S3, also where no real server is.

#![cfg(all(feature = "aws", feature = "gcp"))]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use gawky_object_store::object_store::ObjectStore;
use gawky_object_store::{AsyncObjectContainer, Blocking, ObjectContainer, OpenOptions};
use gawky_testkit::remote::ObjectServer;
use gawky_testkit::store_suite::Suite;

// Opened once: each opening makes a client, with the certificates of the system, which takes longer than most checks.
fn s3(server: &ObjectServer) -> Arc<dyn ObjectStore> {
    let opened = OpenOptions::new()
        .environment(false)
        .option("endpoint", server.url())
        .option("allow_http", "true")
        .option("region", "us-east-1")
        .option("access_key_id", "anybody")
        .option("secret_access_key", "anything")
        .open_async("s3://bucket");
    Arc::clone(opened.unwrap().store())
}

fn google(server: &ObjectServer) -> Arc<dyn ObjectStore> {
    let opened = OpenOptions::new()
        .environment(false)
        .option("base_url", server.url())
        .option("allow_http", "true")
        .option("bearer_token", "anything")
        .open_async("gs://bucket");
    Arc::clone(opened.unwrap().store())
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
