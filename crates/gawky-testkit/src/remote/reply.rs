//! [`Reply`]: the bytes that go over the wire, right or spoilt.

use std::ops::Range;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, Response, StatusCode};

use super::connection::{response_head, unframed_head};
use super::{Asked, HttpFault};

/// What is written, and what becomes of the connection then.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) status: Option<StatusCode>,
    pub(super) head: Vec<u8>,
    pub(super) body: Bytes,
    pub(super) ending: Ending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Kept,
    Closed,
    Reset,
    /// Nothing more is said, until the client has gone.
    Silent,
}

impl Reply {
    /// An answer as it should be.
    pub(super) fn new(method: &Method, response: Response<Bytes>) -> Self {
        Self {
            status: Some(response.status()),
            head: response_head(method, &response),
            body: match *method {
                Method::HEAD => Bytes::new(),
                _ => response.into_body(),
            },
            ending: Ending::Kept,
        }
    }

    fn nothing(ending: Ending) -> Self {
        Self {
            status: None,
            head: Vec::new(),
            body: Bytes::new(),
            ending,
        }
    }
}

/// An answer that the proxy makes up, as S3 words its errors.
pub(super) fn made_up(status: u16) -> Response<Bytes> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let code = match status {
        StatusCode::FORBIDDEN => "AccessDenied",
        StatusCode::CONFLICT => "ConditionalRequestConflict",
        StatusCode::RANGE_NOT_SATISFIABLE => "InvalidRange",
        StatusCode::SERVICE_UNAVAILABLE => "SlowDown",
        _ => "InternalError",
    };
    let body = format!("<Error><Code>{code}</Code><Message>so the test wants it</Message></Error>");
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

/// What a fault comes to when the server is not asked.
pub(super) fn unasked(fault: HttpFault, method: &Method) -> Reply {
    match fault {
        HttpFault::Status(status) => Reply::new(method, made_up(status)),
        HttpFault::Busy(seconds) => {
            let mut response = made_up(503);
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
            Reply::new(method, response)
        }
        HttpFault::Silence => Reply::nothing(Ending::Silent),
        _ => Reply::nothing(Ending::Reset),
    }
}

/// What a fault makes of the server's answer, which is of the whole blob where the fault
/// [needs that](HttpFault::needs_whole). `None` when this answer cannot be spoilt so.
pub(super) fn spoilt(
    fault: HttpFault,
    asked: &Asked,
    method: &Method,
    answer: &Response<Bytes>,
) -> Option<Reply> {
    let length = answer.body().len();
    let half = length / 2;
    match fault {
        HttpFault::StatusAfterwards(status) => {
            return Some(Reply::new(method, made_up(status)));
        }
        HttpFault::ResetAfterwards => return Some(Reply::nothing(Ending::Reset)),
        HttpFault::ResetInHead => {
            let mut head = response_head(method, answer);
            head.truncate(head.len() / 2);
            return Some(Reply {
                status: Some(answer.status()),
                head,
                ..Reply::nothing(Ending::Reset)
            });
        }
        _ => {}
    }
    if !answer.status().is_success() || length == 0 || *method == Method::HEAD {
        return None;
    }
    let mut reply = Reply::new(method, answer.clone());
    match fault {
        HttpFault::ResetInBody => {
            reply.body.truncate(half);
            reply.ending = Ending::Reset;
        }
        HttpFault::CutBody => {
            reply.body.truncate(half);
            reply.ending = Ending::Closed;
        }
        HttpFault::CutUnframed => {
            let mut headers = answer.headers().clone();
            headers.remove(CONTENT_LENGTH);
            reply.head = unframed_head(answer.status(), &headers);
            reply.body.truncate(half);
            reply.ending = Ending::Closed;
        }
        HttpFault::TrailingBytes => {
            reply.body = longer(answer.body());
        }
        HttpFault::ShortBody => return Some(with_body(answer, answer.body().slice(..half))),
        HttpFault::LongBody => return Some(with_body(answer, longer(answer.body()))),
        HttpFault::FlippedBit => {
            let mut bytes = answer.body().to_vec();
            *bytes.get_mut(half)? ^= 1;
            return Some(with_body(answer, bytes.into()));
        }
        HttpFault::Encoded => {
            let mut encoded = answer.clone();
            let coding = HeaderValue::from_static("gzip");
            encoded.headers_mut().insert(CONTENT_ENCODING, coding);
            return Some(with_body(
                &encoded,
                answer
                    .body()
                    .iter()
                    .map(|byte| !byte)
                    .collect::<Vec<_>>()
                    .into(),
            ));
        }
        HttpFault::RangeIgnored => {}
        HttpFault::WrongRange | HttpFault::LyingRange => {
            return misread(fault, asked, answer);
        }
        _ => return None,
    }
    Some(reply)
}

fn longer(body: &Bytes) -> Bytes {
    [body.as_ref(), b"and more"].concat().into()
}

fn with_body(answer: &Response<Bytes>, body: Bytes) -> Reply {
    Reply::new(&Method::GET, answer.clone().map(|_| body))
}

/// Another range of a whole blob than the one that was asked.
fn misread(fault: HttpFault, asked: &Asked, whole: &Response<Bytes>) -> Option<Reply> {
    let size = u64::try_from(whole.body().len()).ok()?;
    let wanted = match asked.range {
        None => 0..size,
        Some(_) => asked.bytes()?,
    };
    let right = wanted.start.min(size)..wanted.end.min(size);
    let got = if right.end < size {
        right.start + 1..right.end + 1
    } else if right.start > 0 {
        right.start - 1..right.end - 1
    } else {
        0..size / 2
    };
    if right.is_empty() || got.is_empty() {
        return None;
    }
    let claimed = match fault {
        HttpFault::LyingRange => &right,
        _ => &got,
    };
    let mut answer = whole.clone().map(|body| slice(&body, &got));
    *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
    answer.headers_mut().insert(
        CONTENT_RANGE,
        HeaderValue::try_from(content_range(claimed, size)).ok()?,
    );
    Some(Reply::new(&Method::GET, answer))
}

fn slice(body: &Bytes, range: &Range<u64>) -> Bytes {
    match (usize::try_from(range.start), usize::try_from(range.end)) {
        (Ok(start), Ok(end)) => body.slice(start..end),
        _ => Bytes::new(),
    }
}

/// As the header says it, of a range that is not empty.
pub(super) fn content_range(range: &Range<u64>, size: u64) -> String {
    format!(
        "bytes {}-{}/{size}",
        range.start,
        range.end.saturating_sub(1)
    )
}
