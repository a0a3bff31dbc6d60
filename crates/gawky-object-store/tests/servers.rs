//! The conformance suite on real servers, which `scripts/servers` starts; where one is absent, its test says so and passes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]
#![cfg(all(feature = "aws", feature = "azure", feature = "http"))]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use gawky_object_store::{OpenOptions, TransferError};
use gawky_store::{
    AsyncContainer, AsyncContainerConditional, AsyncContainerDelete, AsyncContainerList,
    AsyncContainerWrite, Blob, Buffer, Container, ContainerWrite, DType, Directory, Fetch, Store,
    StoreError,
};
use gawky_testkit::store_suite::Suite;

/// Where a server is; none, with a word about it, where it has not been started.
fn server(variable: &str) -> Option<String> {
    let url = std::env::var(variable).ok().filter(|url| !url.is_empty());
    if url.is_none() {
        println!("{variable} is not set, so nothing is tested here: run scripts/servers");
    }
    url
}

fn s3(endpoint: &str) -> OpenOptions {
    OpenOptions::new()
        .environment(false)
        .option("access_key_id", "testing")
        .option("secret_access_key", "testing")
        .option("region", "us-east-1")
        .option("endpoint", endpoint)
        .option("allow_http", "true")
}

/// The account and key that Microsoft publishes for its emulator.
fn azure(endpoint: &str) -> OpenOptions {
    OpenOptions::new()
        .environment(false)
        .option("account_name", "devstoreaccount1")
        .option(
            "account_key",
            "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
        )
        .option("endpoint", endpoint)
        .option("allow_http", "true")
}

/// A prefix that nobody has used, on servers that may have been running for long.
fn fresh() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_nanos();
    format!("run-{now:x}-{}/x", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn blob(key: &str, bytes: &[u8]) -> Blob {
    Blob::new(key, DType::UInt8, Buffer::copied_from(bytes))
}

#[test]
fn s3_conforms() {
    let Some(url) = server("GAWKY_TEST_S3") else {
        return;
    };
    Suite::of(|| s3(&url).open(&format!("s3://gawky/{}", fresh())).unwrap())
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
fn azure_conforms() {
    let Some(url) = server("GAWKY_TEST_AZURE") else {
        return;
    };
    Suite::of(|| {
        azure(&url)
            .open(&format!("az://gawky/{}", fresh()))
            .unwrap()
    })
    .reading()
    .writing()
    .deleting()
    .listing()
    .listing_and_writing()
    .conditional()
    .finish();
}

/// Files that a [`Directory`] wrote, through a web server that only reads them.
#[test]
fn http_conforms() {
    let Some(url) = server("GAWKY_TEST_HTTP") else {
        return;
    };
    let root = PathBuf::from(std::env::var_os("GAWKY_TEST_HTTP_ROOT").unwrap());
    Suite::filled_by(|blobs| {
        let name = fresh();
        let folder = Directory::create(root.join(&name)).unwrap();
        folder.put_many(blobs).unwrap();
        OpenOptions::new().open(&format!("{url}/{name}")).unwrap()
    })
    .reading()
    .finish();
}

#[test]
fn a_web_server_that_only_reads_says_so() {
    let Some(url) = server("GAWKY_TEST_HTTP") else {
        return;
    };
    let store = OpenOptions::new().open(&format!("{url}/nothing")).unwrap();
    let unsupported = |error: StoreError, what: &str| {
        assert!(
            matches!(&error, StoreError::Unsupported { what: cannot, .. } if cannot.contains(what)),
            "{error:?}"
        );
    };
    unsupported(store.put(blob("k", b"1")).unwrap_err(), "written");
    unsupported(
        store.put_if_absent(blob("k", b"1")).unwrap_err(),
        "condition",
    );
    unsupported(store.delete("k").unwrap_err(), "delete");
    unsupported(store.list("").unwrap_err(), "list");
}

async fn natively<C>(container: C)
where
    C: AsyncContainer
        + AsyncContainerWrite
        + AsyncContainerDelete
        + AsyncContainerList
        + AsyncContainerConditional,
{
    let large: Vec<u8> = (0..40_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    container
        .put_many(vec![blob("a/large", &large), blob("b", b"small")])
        .await
        .unwrap();
    assert_eq!(
        container.size("a/large").await.unwrap(),
        Some(large.len() as u64)
    );
    let fetches = [
        Fetch::raw("a/large", None),
        Fetch::raw("a/large", Some(39_999_990..40_000_000)),
        Fetch::raw("b", Some(1..3)),
        Fetch::raw("c", None),
    ];
    let answers = container.fetch(&fetches).await.unwrap();
    assert_eq!(answers[0], Some(Buffer::copied_from(&large)));
    assert_eq!(answers[1], Some(Buffer::copied_from(&large[39_999_990..])));
    assert_eq!(answers[2], Some(Buffer::copied_from(b"ma")));
    assert_eq!(answers[3], None);
    let (_, version) = container.get_versioned("b").await.unwrap().unwrap();
    container
        .put_if_match(blob("b", b"other"), &version)
        .await
        .unwrap();
    let stale = [Fetch::raw("b", Some(0..2)).at_version(Some(version.clone()))];
    let error = container.fetch(&stale).await.unwrap_err();
    assert!(
        matches!(error, StoreError::VersionMismatch { found: Some(_), .. }),
        "{error}"
    );
    assert!(
        container
            .put_if_match(blob("b", b"2"), &version)
            .await
            .unwrap_err()
            .is_conflict()
    );
    assert_eq!(container.list("").await.unwrap(), ["a/large", "b"]);
    container
        .delete_many(&["a/large".into(), "b".into(), "c".into()])
        .await
        .unwrap();
    assert_eq!(container.list("").await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn s3_natively() {
    let Some(url) = server("GAWKY_TEST_S3") else {
        return;
    };
    natively(
        s3(&url)
            .open_async(&format!("s3://gawky/{}", fresh()))
            .unwrap(),
    )
    .await;
}

#[tokio::test]
async fn azure_natively() {
    let Some(url) = server("GAWKY_TEST_AZURE") else {
        return;
    };
    natively(
        azure(&url)
            .open_async(&format!("az://gawky/{}", fresh()))
            .unwrap(),
    )
    .await;
}

/// A bucket that is not there, or credentials that are wrong, are not a missing key.
#[test]
fn a_failure_is_not_a_missing_key() {
    let is_no_bucket = |error: &StoreError| {
        let StoreError::Remote { source, .. } = error else {
            return false;
        };
        matches!(
            source.downcast_ref::<TransferError>(),
            Some(TransferError::NoBucket(_))
        )
    };
    if let Some(url) = server("GAWKY_TEST_S3") {
        let store: Arc<dyn Store> = s3(&url).open("s3://no-such-bucket/p").unwrap();
        for error in [
            store.get("k").unwrap_err(),
            store.list("").unwrap_err(),
            store.put(blob("k", b"1")).unwrap_err(),
        ] {
            assert!(is_no_bucket(&error), "{error:?}");
        }
    }
    if let Some(url) = server("GAWKY_TEST_AZURE") {
        let store = azure(&url).open("az://no-such-container/p").unwrap();
        for error in [
            store.get("k").unwrap_err(),
            store.list("").unwrap_err(),
            store.put(blob("k", b"1")).unwrap_err(),
        ] {
            assert!(is_no_bucket(&error), "{error:?}");
        }
        let wrong = azure(&url)
            .option("account_key", "d3Jvbmc=")
            .open("az://gawky/p")
            .unwrap();
        for error in [
            wrong.get("k").unwrap_err(),
            wrong.list("").unwrap_err(),
            wrong.put(blob("k", b"1")).unwrap_err(),
        ] {
            assert!(
                error.to_string().contains("check the credentials"),
                "{error:?}"
            );
        }
    }
}
