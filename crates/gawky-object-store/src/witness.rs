//! [`Witness`]: what a server answered beside what a store makes of it.

#[cfg(any(feature = "aws", feature = "azure", feature = "gcp", feature = "http"))]
pub use over_http::Witness;

/// What stood at the head of an answer; it travels along with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// `Content-Range`.
    pub(crate) range: Option<String>,
}

impl Head {
    /// The bytes that came, and of how many they are, where it says both.
    pub(crate) fn part(&self) -> Option<(std::ops::Range<u64>, u64)> {
        let (range, size) = self
            .range
            .as_deref()?
            .strip_prefix("bytes ")?
            .split_once('/')?;
        let (start, last) = range.split_once('-')?;
        let last: u64 = last.trim().parse().ok()?;
        let range = start.trim().parse().ok()?..last.checked_add(1)?;
        Some((range, size.trim().parse().ok()?))
    }
}

#[cfg(any(feature = "aws", feature = "azure", feature = "gcp", feature = "http"))]
mod over_http {
    use async_trait::async_trait;
    use object_store::client::{
        HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService,
        ReqwestConnector,
    };
    use object_store::{ClientOptions, Result};

    use super::Head;
    use crate::attempts::Attempts;

    /// The HTTP client of stores that [`open`](crate::open) makes: it counts the requests, and tells a part of a blob from the whole
    /// by the status of the answer, which stores do not look at when they asked for the whole.
    ///
    /// Give it to a store that you build yourself. Without it, a server that answers a part where all was asked is believed,
    /// and the retries of the store below are not in reports.
    ///
    /// ```
    /// use gawky_object_store::Witness;
    /// use gawky_object_store::object_store::http::HttpBuilder;
    ///
    /// let store = HttpBuilder::new().with_url("https://example.org/data").with_http_connector(Witness).build()?;
    /// # Ok::<(), gawky_object_store::object_store::Error>(())
    /// ```
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Witness;

    impl HttpConnector for Witness {
        fn connect(&self, options: &ClientOptions) -> Result<HttpClient> {
            let client = ReqwestConnector::default().connect(options)?;
            Ok(HttpClient::new(Witnessed(client)))
        }
    }

    #[derive(Debug)]
    struct Witnessed(HttpClient);

    #[async_trait]
    impl HttpService for Witnessed {
        async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
            if let Some(attempts) = request.extensions().get::<Attempts>() {
                attempts.count();
            }
            let mut answer = self.0.execute(request).await?;
            let range = answer.headers().get("content-range");
            let head = Head {
                status: answer.status().as_u16(),
                range: range.map(|range| String::from_utf8_lossy(range.as_bytes()).into_owned()),
            };
            answer.extensions_mut().insert(head);
            Ok(answer)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let part = |range: &str| {
            let range = Some(range.to_owned());
            Head { status: 206, range }.part()
        };
        assert_eq!(part("bytes 0-2/5"), Some((0..3, 5)));
        for unclear in [
            "",
            "bytes 0-2/*",
            "bytes */5",
            "bytes 0-2",
            "lines 0-2/5",
            "bytes -2/5",
            "bytes 0-18446744073709551615/5",
        ] {
            assert_eq!(part(unclear), None, "{unclear}");
        }
    }
}
