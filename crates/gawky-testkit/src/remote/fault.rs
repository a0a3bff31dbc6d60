//! [`HttpFault`]: what can happen to a request and its answer.

use std::time::Duration;

use super::Asked;

/// What happens to one request.
///
/// What a client can know of it without a checksum:
///
/// | fault | a range was asked | a whole blob was asked |
/// |---|---|---|
/// | `Status`, `StatusAfterwards`, `Busy` | the status | the status |
/// | `Reset`, `ResetAfterwards`, `ResetInHead`, `ResetInBody`, `CutBody` | the connection | the connection |
/// | `RangeIgnored` | the status is 200, not 206 | |
/// | `WrongRange` | `Content-Range` | the status is 206, not 200 |
/// | `Encoded` | `Content-Encoding` | the same |
/// | `ShortBody`, `CutUnframed`, `LongBody` | the length | nothing, but where the size is known from elsewhere |
/// | `TrailingBytes` | nothing needs to be known: the body is right, the connection is not | the same |
/// | `LyingRange`, `FlippedBit` | nothing | nothing |
///
/// Where the table says "nothing", headers and body agree with each other and with the question, and no client of
/// HTTP can tell: that is what checksums beside the form are for. [`is_noticeable`](Self::is_noticeable) is the
/// table in code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HttpFault {
    /// Done, and answered as it should be, but late.
    Delay(Duration),
    /// Not done; answered with this status.
    Status(u16),
    /// Done; answered with this status all the same.
    StatusAfterwards(u16),
    /// Not done; answered with 503 and `Retry-After`, in seconds.
    Busy(u32),
    /// Not done; the connection is reset before any answer.
    Reset,
    /// Done; the connection is reset before any answer.
    ResetAfterwards,
    /// Done; the connection is reset half-way through the headers.
    ResetInHead,
    /// The connection is reset half-way through the body.
    ResetInBody,
    /// The connection is closed in order half-way through the body, of which `Content-Length` promised all.
    CutBody,
    /// The same where the end of the connection is the end of the body: there is no `Content-Length`.
    CutUnframed,
    /// Half the body, and a `Content-Length` that says so. Of a range, `Content-Range` still promises all.
    ShortBody,
    /// A few bytes too many, and a `Content-Length` that says so.
    LongBody,
    /// The right body, and more bytes on the connection behind it, which belong to no answer.
    TrailingBytes,
    /// The whole blob with status 200 where a range was asked.
    RangeIgnored,
    /// Another range than the one asked, as `Content-Range` says: the neighbouring one of the same length, or,
    /// where there is none, or the whole blob was asked, the first half.
    WrongRange,
    /// The same bytes as `WrongRange`, under a `Content-Range` that claims to be the one asked.
    LyingRange,
    /// The right length, with one bit turned over.
    FlippedBit,
    /// Not the blob's own bytes, but others, and a `Content-Encoding: gzip`. That does not pass.
    Encoded,
    /// Not done, and no answer ever. Only for clients that have a timeout.
    Silence,
}

impl HttpFault {
    /// One of each kind, but for [`Silence`](Self::Silence) and [`Encoded`](Self::Encoded).
    pub const ALL: [Self; 22] = [
        Self::Delay(Duration::from_millis(1)),
        Self::Status(403),
        Self::Status(409),
        Self::Status(416),
        Self::Status(500),
        Self::StatusAfterwards(409),
        Self::StatusAfterwards(500),
        Self::StatusAfterwards(503),
        Self::Busy(0),
        Self::Reset,
        Self::ResetAfterwards,
        Self::ResetInHead,
        Self::ResetInBody,
        Self::CutBody,
        Self::CutUnframed,
        Self::ShortBody,
        Self::LongBody,
        Self::TrailingBytes,
        Self::RangeIgnored,
        Self::WrongRange,
        Self::LyingRange,
        Self::FlippedBit,
    ];

    /// Whether it could happen to this request: a body is cut only where one is read, a conflict is only for who
    /// set a condition.
    #[must_use]
    pub fn applies_to(self, asked: &Asked) -> bool {
        match self {
            Self::Delay(_)
            | Self::Busy(_)
            | Self::Reset
            | Self::ResetAfterwards
            | Self::ResetInHead
            | Self::Silence => true,
            Self::Status(409) | Self::StatusAfterwards(409) => {
                asked.method == "PUT" && asked.conditional
            }
            Self::Status(416) => asked.range.is_some(),
            Self::Status(_) => true,
            Self::StatusAfterwards(_) => asked.method != "GET" && asked.method != "HEAD",
            Self::ResetInBody
            | Self::CutBody
            | Self::CutUnframed
            | Self::ShortBody
            | Self::LongBody
            | Self::TrailingBytes
            | Self::Encoded
            | Self::FlippedBit => asked.is_read(),
            Self::WrongRange => {
                asked.is_read() && (asked.range.is_none() || asked.bytes().is_some())
            }
            Self::RangeIgnored | Self::LyingRange => asked.is_read() && asked.bytes().is_some(),
        }
    }

    /// Whether a client that has no checksum can know of it, or need not.
    #[must_use]
    pub fn is_noticeable(self, asked: &Asked) -> bool {
        match self {
            Self::LyingRange | Self::FlippedBit => false,
            Self::ShortBody | Self::CutUnframed | Self::LongBody => asked.bytes().is_some(),
            _ => true,
        }
    }

    /// Whether the server hears of the request at all.
    pub(super) fn is_forwarded(self) -> bool {
        !matches!(
            self,
            Self::Status(_) | Self::Busy(_) | Self::Reset | Self::Silence
        )
    }

    /// Whether it takes the whole blob to answer a request for a range.
    pub(super) fn needs_whole(self) -> bool {
        matches!(
            self,
            Self::RangeIgnored | Self::WrongRange | Self::LyingRange
        )
    }
}
