//! A bucket behind a proxy that fails, in each dialect.

use std::error::Error;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use gawky_object_store::object_store::{BackoffConfig, RetryConfig};
use gawky_object_store::{Blocking, ObjectContainer, OpenOptions, Retries};
use gawky_store::StoreError;
use gawky_testkit::remote::{FaultProxy, ObjectServer};

/// How often a transfer is tried.
pub(crate) const ATTEMPTS: u32 = 4;
/// How often the client below asks again, within one of those.
pub(crate) const RETRIES: usize = 3;

const PATIENCE: Duration = Duration::from_secs(30);

/// Which client asks: each words its errors in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    S3,
    Google,
    Azure,
    Http,
}

impl Dialect {
    pub(crate) const ALL: [Self; 4] = [Self::S3, Self::Google, Self::Azure, Self::Http];

    /// The container under `prefix` of a bucket of the server at `url`.
    fn open(self, url: &str, prefix: &str, timeout: Duration, retries: Retries) -> ObjectContainer {
        let options = OpenOptions::new()
            .environment(false)
            .option("allow_http", "true")
            .option("timeout", format!("{}ms", timeout.as_millis()))
            .retries(retries)
            .retry(RetryConfig {
                backoff: BackoffConfig {
                    init_backoff: Duration::from_micros(10),
                    max_backoff: Duration::from_micros(100),
                    base: 2.0,
                },
                max_retries: RETRIES,
                retry_timeout: Duration::from_secs(60),
            });
        let (options, place) = match self {
            Self::S3 => (
                options
                    .option("endpoint", url)
                    .option("region", "us-east-1")
                    .option("access_key_id", "anybody")
                    .option("secret_access_key", "anything"),
                format!("s3://gawky/{prefix}"),
            ),
            Self::Google => (
                options
                    .option("base_url", url)
                    .option("bearer_token", "anything"),
                format!("gs://gawky/{prefix}"),
            ),
            Self::Azure => (
                options
                    .option("endpoint", format!("{url}/account"))
                    .option("account_name", "account")
                    .option("skip_signature", "true"),
                format!("az://gawky/{prefix}"),
            ),
            Self::Http => (options, format!("{url}/gawky/{prefix}")),
        };
        Blocking::new(options.open_async(&place).unwrap()).unwrap()
    }
}

/// A prefix of a bucket of its own, and the proxy before it.
pub(crate) struct Upstream {
    pub(crate) dialect: Dialect,
    pub(crate) proxy: FaultProxy,
    server: Option<ObjectServer>,
    url: String,
    prefix: String,
}

impl Upstream {
    /// S3, and where there is one, a server that others made.
    pub(crate) fn start() -> Self {
        match std::env::var("GAWKY_TEST_S3") {
            Ok(url) => Self::before(Dialect::S3, None, url),
            Err(_) => Self::of(Dialect::S3),
        }
    }

    /// The testkit's server.
    pub(crate) fn of(dialect: Dialect) -> Self {
        let server = ObjectServer::start().unwrap();
        let url = server.url().to_owned();
        Self::before(dialect, Some(server), url)
    }

    fn before(dialect: Dialect, server: Option<ObjectServer>, url: String) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        Self {
            dialect,
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
        self.opened(self.proxy.url(), PATIENCE, ATTEMPTS)
    }

    /// Through the proxy, giving up every request after `timeout`.
    pub(crate) fn impatient(&self, timeout: Duration) -> ObjectContainer {
        self.opened(self.proxy.url(), timeout, 1)
    }

    /// Past the proxy: what is really there.
    pub(crate) fn direct(&self) -> ObjectContainer {
        self.opened(&self.url, PATIENCE, ATTEMPTS)
    }

    fn opened(&self, url: &str, timeout: Duration, attempts: u32) -> ObjectContainer {
        let retries = Retries::new(attempts, Duration::from_micros(10));
        self.dialect.open(url, &self.prefix, timeout, retries)
    }
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
