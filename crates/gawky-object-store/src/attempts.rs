//! How often a store's own client has asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use object_store::Extensions;

#[cfg(any(feature = "aws", feature = "azure", feature = "gcp", feature = "http"))]
pub(crate) use over_http::Counting;

/// Counts the HTTP requests that one request of ours comes to; it travels along with its options.
///
/// Stores that do not hand it on leave it at nothing, which counts as one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts(Arc<AtomicU32>);

impl Attempts {
    /// To travel along with the options of a request.
    pub(crate) fn extensions(&self) -> Extensions {
        let mut extensions = Extensions::new();
        extensions.insert(self.clone());
        extensions
    }

    /// How many there were since this was last asked, at least one.
    pub(crate) fn take(&self) -> u32 {
        self.0.swap(0, Ordering::Relaxed).max(1)
    }
}

#[cfg(any(feature = "aws", feature = "azure", feature = "gcp", feature = "http"))]
mod over_http {
    use std::sync::atomic::Ordering;

    use async_trait::async_trait;
    use object_store::client::{
        HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService,
        ReqwestConnector,
    };
    use object_store::{ClientOptions, Result};

    use super::Attempts;

    /// A client that counts.
    #[derive(Debug)]
    pub(crate) struct Counting;

    impl HttpConnector for Counting {
        fn connect(&self, options: &ClientOptions) -> Result<HttpClient> {
            let client = ReqwestConnector::default().connect(options)?;
            Ok(HttpClient::new(CountingService(client)))
        }
    }

    #[derive(Debug)]
    struct CountingService(HttpClient);

    #[async_trait]
    impl HttpService for CountingService {
        async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
            if let Some(attempts) = request.extensions().get::<Attempts>() {
                attempts.0.fetch_add(1, Ordering::Relaxed);
            }
            self.0.execute(request).await
        }
    }
}
