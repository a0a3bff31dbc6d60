//! Opening by URL and path, with options and the environment.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(all(feature = "aws", feature = "gcp", feature = "azure", feature = "http"))]

use std::process::Command;
use std::sync::Arc;

use gawky_object_store::object_store::{BackoffConfig, RetryConfig};
use gawky_object_store::{OpenError, OpenOptions, Retries, TransferError, open, open_async};
use gawky_store::{
    AsyncContainer, AsyncContainerWrite, Blob, Buffer, Container, ContainerWrite, DType, Directory,
    Profile, Store, StoreError,
};
use gawky_testkit::remote::{FaultPlan, FaultProxy, HttpFault, ObjectServer};

fn quick() -> RetryConfig {
    let wait = std::time::Duration::from_millis(1);
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: wait,
            max_backoff: wait,
            base: 2.0,
        },
        max_retries: 3,
        ..RetryConfig::default()
    }
}

fn s3(endpoint: &str) -> OpenOptions {
    OpenOptions::new()
        .environment(false)
        .option("aws_access_key_id", "me")
        .option("SECRET_ACCESS_KEY", "secret")
        .option("region", "eu-central-1")
        .option("endpoint", endpoint)
        .option("allow_http", "true")
        .retry(quick())
}

fn gcs(endpoint: &str) -> OpenOptions {
    OpenOptions::new()
        .environment(false)
        .option("base_url", endpoint)
        .option("skip_signature", "true")
        .retry(quick())
}

fn blob(key: &str, bytes: &[u8]) -> Blob {
    Blob::new(key, DType::UInt8, Buffer::copied_from(bytes))
}

#[test]
fn keys_are_object_names() {
    let server = ObjectServer::start().unwrap();
    let store = s3(server.url()).open("s3://bucket/events/2024/").unwrap();
    store.put(blob("part0-node1-offsets", b"1")).unwrap();
    store.put(blob("100%", b"2")).unwrap();
    assert_eq!(
        server.paths(),
        [
            "bucket/events/2024/100%25",
            "bucket/events/2024/part0-node1-offsets"
        ]
    );
    let id = store.id().unwrap();
    let expected = format!("s3://bucket/events/2024?endpoint={}", server.url());
    assert_eq!(id.as_str(), expected);
    assert_eq!(store.profile(), Profile::REMOTE);
}

#[test]
fn gcs_and_http_read_what_s3_wrote() {
    let server = ObjectServer::start().unwrap();
    s3(server.url())
        .open("s3://bucket/p")
        .unwrap()
        .put(blob("a/mäggi", b"bytes"))
        .unwrap();
    let google = gcs(server.url()).open("gs://bucket/p").unwrap();
    let web = OpenOptions::new()
        .open(&format!("{}/bucket/p", server.url()))
        .unwrap();
    for store in [&google, &web] {
        assert_eq!(
            store.get("a/mäggi").unwrap(),
            Some(Buffer::copied_from(b"bytes"))
        );
        assert_eq!(
            store.get_range("a/mäggi", 1..3).unwrap(),
            Some(Buffer::copied_from(b"yt"))
        );
        assert_eq!(store.get("a/b").unwrap(), None);
        assert_eq!(store.size("a/mäggi").unwrap(), Some(5));
    }
    assert_eq!(google.list("").unwrap(), ["a/mäggi"]);
    assert_eq!(
        google.id().unwrap().as_str(),
        format!("gs://bucket/p?endpoint={}", server.url())
    );
    assert_eq!(
        web.id().unwrap().as_str(),
        format!("{}/bucket/p", server.url())
    );
}

/// The attempts of the client below are counted, so errors and reports tell them.
#[test]
fn attempts_are_counted() {
    let server = ObjectServer::start().unwrap();
    let proxy = FaultProxy::start(server.url()).unwrap();
    let store = s3(proxy.url()).open("s3://bucket").unwrap();
    store.put(blob("k", b"bytes")).unwrap();

    proxy.set_plan(FaultPlan::script([
        HttpFault::Status(500),
        HttpFault::Busy(0),
    ]));
    let mut report = gawky_store::FetchReport::default();
    let fetch = gawky_store::Fetch::raw("k", Some(1..3));
    store.fetch_versioned(&[fetch], &mut report).unwrap();
    assert_eq!((report.requests, report.retries, report.bytes), (3, 2, 2));

    proxy.set_plan(FaultPlan::always(HttpFault::Status(500)));
    let error = store.get("k").unwrap_err();
    assert!(
        matches!(&error, StoreError::Remote { key, attempts: 4, .. } if key == "k"),
        "{error:?}"
    );
    assert!(error.to_string().ends_with("(4 attempts)"), "{error}");
    assert!(error.to_string().contains("500"), "{error}");
    for error in [
        store.put(blob("k", b"")).unwrap_err(),
        store.size("k").unwrap_err(),
    ] {
        assert!(
            matches!(error, StoreError::Remote { attempts: 4, .. }),
            "{error:?}"
        );
    }

    proxy.set_plan(FaultPlan::always(HttpFault::Status(403)));
    for error in [
        store.get("k").unwrap_err(),
        store.size("k").unwrap_err(),
        store.list("").unwrap_err(),
    ] {
        assert!(
            matches!(error, StoreError::Remote { attempts: 1, .. }),
            "{error:?}"
        );
        assert!(
            error.to_string().contains("check the credentials"),
            "{error}"
        );
    }
}

/// A conditional put that was sent twice may stand in its own way: then it is put. What stands in another's way may
/// have been put and changed since, which is no conflict.
#[test]
fn what_landed_the_first_time_is_put() {
    let server = ObjectServer::start().unwrap();
    let proxy = FaultProxy::start(server.url()).unwrap();
    let store = s3(proxy.url()).open("s3://bucket").unwrap();
    let fail_once = |fault| proxy.set_plan(FaultPlan::script([fault]));
    let landed = HttpFault::StatusAfterwards(500);
    let is_unsettled = |answer: Result<gawky_store::Version, StoreError>| {
        let error = answer.unwrap_err();
        assert!(!error.is_conflict(), "{error}");
        let StoreError::Remote {
            source, attempts, ..
        } = &error
        else {
            return false;
        };
        *attempts == 2 && matches!(source.downcast_ref(), Some(TransferError::Unsettled(_)))
    };
    fail_once(landed);
    let first = store.put_if_absent(blob("k", b"1")).unwrap();
    assert_eq!(store.version("k").unwrap().as_ref(), Some(&first));
    fail_once(landed);
    let second = store.put_if_match(blob("k", b"2"), &first).unwrap();
    let kept = store.get_versioned("k").unwrap();
    assert_eq!(kept, Some((Buffer::copied_from(b"2"), second)));

    fail_once(landed);
    assert!(is_unsettled(store.put_if_absent(blob("k", b"3"))));
    fail_once(landed);
    assert!(is_unsettled(store.put_if_match(blob("k", b"3"), &first)));
    // Sent once, it is one, whatever the bytes.
    let error = store.put_if_absent(blob("k", b"2")).unwrap_err();
    assert!(error.is_conflict(), "{error}");
    assert_eq!(store.get("k").unwrap(), Some(Buffer::copied_from(b"2")));

    // A connection that is reset says nothing, and is not tried again.
    store.delete("k").unwrap();
    fail_once(HttpFault::ResetAfterwards);
    let error = store.put_if_absent(blob("k", b"1")).unwrap_err();
    assert!(
        matches!(error, StoreError::Remote { attempts: 1, .. }),
        "{error}"
    );
    // Sent twice, of which the first did not land, it is there.
    store.delete("k").unwrap();
    fail_once(HttpFault::Status(503));
    store.put_if_absent(blob("k", b"4")).unwrap();
}

/// Consoles put `dir/` where they show a folder; it is no blob.
#[test]
fn folder_markers_are_not_listed() {
    let server = ObjectServer::start().unwrap();
    let store = s3(server.url()).open("s3://bucket/p").unwrap();
    for (key, bytes) in [
        ("dir/x", b"1".as_slice()),
        ("dir-2", b""),
        ("empty", b""),
        ("empty/x", b""),
    ] {
        store.put(blob(key, bytes)).unwrap();
    }
    server.insert("bucket/p/dir/", Vec::new());
    server.insert("bucket/p/", Vec::new());
    for prefix in ["", "dir", "dir/"] {
        for key in store.list(prefix).unwrap() {
            assert!(store.contains(&key).unwrap(), "{key} under {prefix:?}");
        }
    }
    assert_eq!(
        store.list("").unwrap(),
        ["dir-2", "dir/x", "empty", "empty/x"]
    );
}

#[test]
fn a_file_is_a_key_in_the_folder_above() {
    let server = ObjectServer::start().unwrap();
    server.insert("bucket/deep/er.npz", vec![1, 2]);
    for (url, key) in [
        ("s3://bucket/deep/er.npz", "er.npz"),
        ("s3://bucket/file", "file"),
        ("s3://bucket/folder/", "folder"),
    ] {
        let (_, found) = s3(server.url()).open_file(url).unwrap();
        assert_eq!(&*found, key, "{url}");
    }
    let (folder, key) = s3(server.url())
        .open_file("s3://bucket/deep/er.npz")
        .unwrap();
    assert_eq!(folder.size(&key).unwrap(), Some(2));
    for url in ["s3://bucket", "s3://bucket/", "memory:", "/", ".."] {
        let error = OpenOptions::new().open_file(url).err().unwrap().to_string();
        assert!(
            error.ends_with("it names no file: say its whole name"),
            "{error}"
        );
    }

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.npz");
    let created = folder.path().join("new/events.npz");
    let text = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    assert!(OpenOptions::new().open_file(&text(&created)).is_err());
    let (new, key) = OpenOptions::new()
        .create(true)
        .open_file(&text(&created))
        .unwrap();
    new.put(blob(&key, &[7])).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&created, &path).unwrap();
        let (above, key) = OpenOptions::new().open_file(&text(&path)).unwrap();
        assert_eq!(above.size(&key).unwrap(), Some(1));
    }
    let odd = folder.path().join("100%.npz");
    let error = OpenOptions::new().open_file(&text(&odd)).err().unwrap();
    assert!(error.to_string().contains("rename the file"), "{error}");
}

#[test]
fn unknown_options_are_refused() {
    let unknown = |url: &str, option: &str| {
        let options = OpenOptions::new().environment(false).option(option, "x");
        match (options.open(url).err(), options.open_async(url).err()) {
            (Some(OpenError::Option { option, known, .. }), Some(_)) => {
                assert!(!known.is_empty());
                option
            }
            other => format!("{url} with {option}: {other:?}"),
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    for url in ["s3://b", "gs://b", "az://b", "http://b", "memory:", folder] {
        assert_eq!(unknown(url, "regoin"), "regoin");
    }
}

/// What is set and would do nothing is an error that names it.
#[test]
fn settings_that_do_not_apply_are_refused() {
    let options = || OpenOptions::new().environment(false);
    let refused = |options: &OpenOptions, url: &str, setting: &str| {
        let error = options.open(url).err().unwrap();
        assert!(matches!(error, OpenError::Setting { .. }), "{error}");
        assert!(error.to_string().contains(setting), "{error}");
        assert!(error.to_string().contains(url), "{error}");
    };
    for (url, option) in [
        ("s3://b", "bucket"),
        ("S3://b", "AWS_BUCKET"),
        ("gs://b", "bucket"),
        ("az://b", "container_name"),
        ("abfss://b@me.dfs.core.windows.net", "account_name"),
    ] {
        refused(&options().option(option, "x"), url, option);
    }
    let folder = tempfile::tempdir().unwrap();
    for place in ["memory:", folder.path().to_str().unwrap()] {
        for (set, name) in [
            (options().retry(quick()), "retry"),
            (options().retries(Retries::NONE), "retries"),
            (options().profile(Profile::FILE), "profile"),
            (options().part_size(1), "part_size"),
        ] {
            refused(&set, place, &format!("{name} cannot"));
            // By futures, they are object stores, of which nothing is a client.
            assert_eq!(set.open_async(place).is_ok(), name != "retry", "{name}");
        }
        // It is there.
        options().create(true).open(place).unwrap();
    }
    // There is nothing to be made.
    options().create(true).open("http://localhost:1/x").unwrap();
}

#[test]
fn retries_are_options() {
    let server = ObjectServer::start().unwrap();
    let proxy = FaultProxy::start(server.url()).unwrap();
    proxy.set_plan(FaultPlan::always(HttpFault::Status(500)));
    for (name, value, requests) in [
        ("max_retries", "2", 3),
        ("Max_Retries", "0", 1),
        ("retry_timeout", "0s", 1),
    ] {
        for (url, options) in [
            ("s3://bucket", s3(proxy.url())),
            ("gs://bucket", gcs(proxy.url())),
            (proxy.url(), OpenOptions::new().retry(quick())),
        ] {
            proxy.reset();
            let store = options.option(name, value).open(url).unwrap();
            store.get("k").unwrap_err();
            assert_eq!(proxy.traffic().requests, requests, "{url}, {name}");
        }
    }
}

#[test]
fn bad_values_are_refused() {
    for option in ["timeout", "max_retries", "retry_timeout"] {
        let error = OpenOptions::new()
            .option(option, "soon")
            .open("s3://b")
            .err()
            .unwrap();
        assert!(matches!(error, OpenError::Configuration { .. }), "{error}");
        let error = StoreError::from(error);
        assert!(error.to_string().contains("s3://b"), "{error}");
        assert!(error.to_string().contains("soon"), "{error}");
    }
}

#[test]
fn an_endpoint_without_encryption_is_to_be_allowed() {
    for (url, option) in [("s3://b", "endpoint"), ("az://b", "azure_storage_endpoint")] {
        let options = OpenOptions::new()
            .environment(false)
            .option("account_name", "me")
            .option(option, "http://user:secret@localhost:1");
        let options = if url.starts_with("s3") {
            s3("http://user:secret@localhost:1").option("allow_http", "false")
        } else {
            options
        };
        let error = options.open(url).err().unwrap();
        assert!(matches!(error, OpenError::AllowHttp { .. }), "{error}");
        assert!(error.to_string().contains("allow_http"), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn secrets_are_not_shown() {
    let options = s3("http://user:secret@localhost:1");
    assert!(!format!("{options:?}").contains("secret\""), "{options:?}");
    let container = options.open_async("s3://b/p").unwrap();
    assert_eq!(
        container.id().unwrap().as_str(),
        "s3://b/p?endpoint=http://localhost:1"
    );
    let azure = OpenOptions::new()
        .environment(false)
        .option("account_key", "c2VjcmV0")
        .open_async("abfss://box@me.dfs.core.windows.net/p")
        .unwrap();
    assert_eq!(
        azure.id().unwrap().as_str(),
        "az://box@me.dfs.core.windows.net/p"
    );
    assert!(!format!("{azure:?}").contains("c2VjcmV0"));
}

/// A folder is a folder, whoever opens it.
#[tokio::test]
async fn folders() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("events");
    let text = path.to_str().unwrap();
    assert!(matches!(
        open(text),
        Err(OpenError::Store(StoreError::Io { .. }))
    ));
    assert!(matches!(
        open_async(text),
        Err(OpenError::Store(StoreError::Io { .. }))
    ));
    let made = OpenOptions::new().create(true).open(text).unwrap();
    made.put(blob("a:b/100%", b"1")).unwrap();
    let url = format!("file://{text}");
    let directory = Directory::open(&path).unwrap();
    for store in [
        open(text).unwrap(),
        open(&url).unwrap(),
        Arc::new(directory) as Arc<dyn Store>,
    ] {
        assert_eq!(
            store.get("a:b/100%").unwrap(),
            Some(Buffer::copied_from(b"1"))
        );
        assert_eq!(store.id(), made.id());
    }
    let natively = open_async(&url).unwrap();
    assert_eq!(
        natively.get("a:b/100%").await.unwrap(),
        Some(Buffer::copied_from(b"1"))
    );
    assert_ne!(natively.id(), made.id());
    natively.put(blob("b", b"2")).await.unwrap();
    assert_eq!(made.list("").unwrap(), ["a:b/100%", "b"]);
    let other = temporary.path().join("new");
    OpenOptions::new()
        .create(true)
        .open_async(other.to_str().unwrap())
        .unwrap();
    assert!(other.is_dir());
}

#[tokio::test]
async fn memory() {
    let (one, other) = (open("memory:").unwrap(), open("memory://").unwrap());
    one.put(blob("k", b"1")).unwrap();
    assert_eq!(other.get("k").unwrap(), None);
    assert_ne!(one.id(), other.id());
    let natively = open_async("memory:").unwrap();
    natively.put(blob("k", b"1")).await.unwrap();
    assert_eq!(natively.size("k").await.unwrap(), Some(1));
}

/// Run by [`the_environment_counts`] in a process of its own.
#[test]
fn child() {
    if std::env::var_os("GAWKY_TEST_CHILD").is_none() {
        return;
    }
    let store = open("s3://bucket/p").unwrap();
    store.put(blob("k", b"1")).unwrap();
    assert_eq!(store.get("k").unwrap(), Some(Buffer::copied_from(b"1")));
    let error = OpenOptions::new()
        .option("allow_http", "false")
        .open("s3://bucket")
        .err();
    assert!(
        matches!(error, Some(OpenError::AllowHttp { .. })),
        "options come before the environment"
    );
    let id = OpenOptions::new()
        .environment(false)
        .open_async("s3://bucket/p")
        .unwrap()
        .id();
    assert_eq!(id.unwrap().as_str(), "s3://bucket/p");
}

#[test]
fn the_environment_counts() {
    let server = ObjectServer::start().unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env("GAWKY_TEST_CHILD", "1")
        .env("AWS_ACCESS_KEY_ID", "me")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ENDPOINT_URL", server.url())
        .env("AWS_ALLOW_HTTP", "true")
        .output()
        .unwrap();
    assert!(
        child.status.success(),
        "{}",
        String::from_utf8_lossy(&child.stdout)
    );
    assert_eq!(server.paths(), ["bucket/p/k"]);
}

/// A folder is told by other versions here and there, so a cache must not take one for the other.
#[test]
fn a_folder_by_futures_shares_no_cache_with_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("a#b c");
    std::fs::create_dir(&odd).unwrap();
    let path = odd.to_str().unwrap();
    let blocking = gawky_object_store::open(path).unwrap().id().unwrap();
    let open = || gawky_object_store::open_async(path).unwrap();
    let id = AsyncContainer::id(&open()).unwrap();
    assert_ne!(id, blocking);
    assert_eq!(AsyncContainer::id(&open()), Some(id.clone()));
    assert!(
        id.is_lasting() && id.as_str().ends_with("/a%23b%20c"),
        "{id}"
    );
}
