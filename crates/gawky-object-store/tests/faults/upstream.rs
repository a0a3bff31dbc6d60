//! A bucket behind a proxy that fails.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use gawky_object_store::object_store::aws::{AmazonS3, AmazonS3Builder, S3ConditionalPut};
use gawky_object_store::object_store::{BackoffConfig, ClientOptions, RetryConfig};
use gawky_object_store::{AsyncObjectContainer, Blocking, ObjectContainer, Retries, Witness};
use gawky_store::StoreError;
use gawky_testkit::remote::{FaultProxy, ObjectServer};

/// How often a transfer is tried.
pub(crate) const ATTEMPTS: u32 = 4;
/// How often the client below asks again, within one of those.
pub(crate) const RETRIES: usize = 3;

/// A prefix of a bucket of its own, and the proxy before it.
pub(crate) struct Upstream {
    pub(crate) proxy: FaultProxy,
    server: Option<ObjectServer>,
    url: String,
    prefix: String,
}

impl Upstream {
    pub(crate) fn start() -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let (server, url) = match std::env::var("GAWKY_TEST_S3") {
            Ok(url) => (None, url),
            Err(_) => {
                let server = ObjectServer::start().unwrap();
                let url = server.url().to_owned();
                (Some(server), url)
            }
        };
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        Self {
            proxy: FaultProxy::start(&url).unwrap(),
            server,
            url,
            prefix: format!("faults-{}-{number}", std::process::id()),
        }
    }

    /// Whether the server is one that others made.
    pub(crate) fn is_real(&self) -> bool {
        self.server.is_none()
    }

    /// Through the proxy, with retries that do not wait.
    pub(crate) fn container(&self) -> ObjectContainer {
        self.container_with(|asynchronous| asynchronous)
    }

    pub(crate) fn container_with(
        &self,
        change: impl FnOnce(AsyncObjectContainer) -> AsyncObjectContainer,
    ) -> ObjectContainer {
        let store = store(self.proxy.url(), Duration::from_secs(30));
        let container = AsyncObjectContainer::new(Arc::new(store), self.prefix.as_str().into())
            .with_retries(Retries::new(ATTEMPTS, Duration::from_micros(10)));
        Blocking::new(change(container)).unwrap()
    }

    /// Through the proxy, giving up every request after `timeout`.
    pub(crate) fn impatient(&self, timeout: Duration) -> ObjectContainer {
        let store = store(self.proxy.url(), timeout);
        let container = AsyncObjectContainer::new(Arc::new(store), self.prefix.as_str().into())
            .with_retries(Retries::NONE);
        Blocking::new(container).unwrap()
    }

    /// Past the proxy: what is really there.
    pub(crate) fn direct(&self) -> ObjectContainer {
        let store = store(&self.url, Duration::from_secs(30));
        ObjectContainer::over(Arc::new(store), self.prefix.as_str().into()).unwrap()
    }
}

fn store(url: &str, timeout: Duration) -> AmazonS3 {
    AmazonS3Builder::new()
        .with_endpoint(url)
        .with_allow_http(true)
        .with_region("us-east-1")
        .with_http_connector(Witness)
        .with_bucket_name("gawky")
        .with_access_key_id("anybody")
        .with_secret_access_key("anything")
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_client_options(
            ClientOptions::new()
                .with_allow_http(true)
                .with_timeout(timeout),
        )
        .with_retry(RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_micros(10),
                max_backoff: Duration::from_micros(100),
                base: 2.0,
            },
            max_retries: RETRIES,
            retry_timeout: Duration::from_secs(60),
        })
        .build()
        .unwrap()
}

/// That an error is of a failed storage, and tells which key, how often it was tried, and why it failed.
pub(crate) fn assert_tells(error: &StoreError, keys: &[&str]) {
    let StoreError::Remote {
        key,
        attempts,
        source,
    } = error
    else {
        panic!("not a failed storage: {error:?}");
    };
    assert!(
        keys.contains(&key.as_str()),
        "{key} is none of {keys:?}: {error}"
    );
    assert!(*attempts >= 1, "{error:?}");
    let cause = source.to_string();
    assert!(!cause.is_empty(), "{error:?}");
    let message = error.to_string();
    for part in [format!("{key:?}"), format!("{attempts} attempt"), cause] {
        assert!(message.contains(&part), "{part} is not in {message}");
    }
    assert!(error.source().is_some(), "{error:?}");
}
