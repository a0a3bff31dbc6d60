//! [`Asked`], [`Exchange`], [`Traffic`]: what passed a proxy.

use std::ops::{AddAssign, Range};

use bytes::Bytes;
use http::header::{IF_MATCH, IF_NONE_MATCH, RANGE};
use http::{HeaderMap, HeaderName, Method, Request};

use super::HttpFault;
use super::objects::GENERATION_MATCH;

/// What a client asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Asked {
    /// `GET`, `PUT`, …
    pub method: String,
    /// The path, percent-encoded as it came.
    pub path: String,
    /// What follows the question mark; empty when nothing does.
    pub query: String,
    /// The header `Range` as it came.
    pub range: Option<String>,
    /// Whether it was to be done only if the blob is in some state.
    pub conditional: bool,
}

impl Asked {
    pub(super) fn of(request: &Request<Bytes>) -> Self {
        let headers = request.headers();
        let conditions = [
            IF_MATCH,
            IF_NONE_MATCH,
            HeaderName::from_static(GENERATION_MATCH),
        ];
        Self {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            range: text(headers, &RANGE),
            conditional: conditions.iter().any(|name| headers.contains_key(name)),
        }
    }

    /// Whether a blob, or a part of it, is to be read: a `GET` that is no listing.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.method == Method::GET.as_str() && self.query.is_empty()
    }

    /// The bytes that are asked for, where both ends are named.
    #[must_use]
    pub fn bytes(&self) -> Option<Range<u64>> {
        let (start, last) = self
            .range
            .as_deref()?
            .strip_prefix("bytes=")?
            .split_once('-')?;
        let (start, last): (u64, u64) = (start.parse().ok()?, last.parse().ok()?);
        Some(start..last.checked_add(1)?)
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// What a client asked, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exchange {
    /// The request.
    pub asked: Asked,
    /// How many bytes the body of the request had.
    pub received: u64,
    /// What was done to it; `None` when the answer is that of the server.
    pub fault: Option<HttpFault>,
    /// The status that was answered; `None` where none was.
    pub status: Option<u16>,
    /// How many bytes of body were answered.
    pub sent: u64,
}

/// How much passed a proxy.
///
/// ```
/// use gawky_testkit::remote::Traffic;
///
/// let mut both = Traffic::default();
/// both += Traffic { requests: 1, sent: 24, ..Traffic::default() };
/// both += Traffic { requests: 2, faults: 1, ..Traffic::default() };
/// assert_eq!(both, Traffic { requests: 3, sent: 24, received: 0, faults: 1 });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How many requests came.
    pub requests: u64,
    /// How many bytes of body were answered.
    pub sent: u64,
    /// How many bytes of body came with the requests.
    pub received: u64,
    /// How many of the requests something was done to.
    pub faults: u64,
}

impl From<&Exchange> for Traffic {
    fn from(exchange: &Exchange) -> Self {
        Self {
            requests: 1,
            sent: exchange.sent,
            received: exchange.received,
            faults: exchange.fault.is_some().into(),
        }
    }
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.sent += other.sent;
        self.received += other.received;
        self.faults += other.faults;
    }
}
