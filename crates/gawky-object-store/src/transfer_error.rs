//! [`TransferError`]: what can go wrong between here and there.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::ops::Range;

use gawky_store::StoreError;

/// What can go wrong between here and there: the source of a [`StoreError::Remote`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// The store does not allow it.
    #[error(
        "the store does not allow it: check the credentials and what they permit (some stores say this of \
         keys that are not there, when the right to list is missing): {0}"
    )]
    Denied(#[source] object_store::Error),
    /// The bucket is not there.
    #[error("there is no such bucket: check its name, the endpoint and the region: {0}")]
    NoBucket(#[source] object_store::Error),
    /// A body that broke off.
    #[error("the body broke off after {got} of {asked} bytes{}", .source.as_ref().map_or_else(String::new, |e| format!(": {e}")))]
    BrokenOff {
        /// How many bytes were asked.
        asked: u64,
        /// How many came.
        got: u64,
        /// What the store said, if it said anything.
        source: Option<object_store::Error>,
    },
    /// A body that goes on.
    #[error("{asked} bytes were asked and {got} or more came")]
    TooLong {
        /// How many bytes were asked.
        asked: u64,
        /// How many came before it was given up.
        got: u64,
    },
    /// An answer to another question.
    #[error(
        "bytes {}..{} were asked and bytes {}..{} of {size} answered", asked.start, asked.end, answered.start,
        answered.end
    )]
    WrongRange {
        /// Which bytes were asked.
        asked: Range<u64>,
        /// Which bytes are said to have come.
        answered: Range<u64>,
        /// How many bytes the object is said to have.
        size: u64,
    },
    /// The whole blob was asked, and the server says that it answers something else, without saying which bytes.
    #[error("the whole blob was asked and something else answered, with status {status}")]
    NotWhole {
        /// The status of the answer, such as 206.
        status: u16,
    },
    /// Bytes that are not the blob's, but another coding of them.
    #[error(
        "the bytes are encoded by {coding:?} and are not the blob's: let the server send them as they are, or put the \
         blob without Content-Encoding"
    )]
    Encoded {
        /// What the header `Content-Encoding` says.
        coding: String,
    },
    /// A conditional put of which an earlier attempt may have landed: what stands in the way may be what came after it. (Where
    /// the blob holds just the bytes that were put, it is no error.)
    #[error(
        "an earlier attempt failed after it was sent, and this one found the blob changed, so whether it landed is not \
         known: read the blob before putting it again: {0}"
    )]
    Unsettled(#[source] StoreError),
    /// A conditional put that landed, of which the store does not tell the version.
    #[error(
        "the blob was put, but the store does not tell its version: keep what several writers change in a store with \
         ETags, and read the blob before putting it again"
    )]
    Unversioned,
    /// Anything else that the store said.
    #[error("{0}")]
    Store(#[source] object_store::Error),
}

/// What a store's refusal comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no such object.
    Missing,
    /// There is no such bucket.
    NoBucket,
    /// The object is in another state than the one that was named.
    Condition,
    /// There is such an object already, or somebody else is just making one.
    Taken,
    /// The store cannot do this at all.
    Unsupported,
    /// It is not allowed.
    Denied,
    /// Perhaps the object has no such bytes.
    PerhapsOutOfRange,
    /// The answer made no sense; another may.
    Nonsense,
    /// Anything else, after all retries of the store itself.
    Final,
}

/// What `error` comes to. Where the crate `object_store` has no variant for it, and keeps its types to itself, the text of
/// the cause that it is about decides: never that of the whole, which has URLs, and so keys, in it.
pub(crate) fn refusal(error: &object_store::Error) -> Refusal {
    use object_store::Error as E;
    match error {
        E::NotFound { .. } | E::Generic { .. } if says_no_bucket(error) => Refusal::NoBucket,
        E::NotFound { .. } => Refusal::Missing,
        E::Precondition { .. } | E::NotModified { .. } => Refusal::Condition,
        E::AlreadyExists { .. } => Refusal::Taken,
        E::NotSupported { .. } | E::NotImplemented { .. } => Refusal::Unsupported,
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => Refusal::Denied,
        E::Generic { .. } => match (io_kind(error), answered(error).map(|(status, _)| status)) {
            // A folder is no object, and below a file there is none.
            (Some(ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory), _) => {
                Refusal::Missing
            }
            (Some(_), _) => Refusal::Final,
            (None, Some(416)) => Refusal::PerhapsOutOfRange,
            (None, Some(401 | 403)) => Refusal::Denied,
            (None, Some(405 | 501)) => Refusal::Unsupported,
            (None, Some(_)) => Refusal::Final,
            (None, None) if begins(error, &OUT_OF_RANGE) => Refusal::PerhapsOutOfRange,
            // A version of another store's kind is one that this object never had.
            (None, None) if begins(error, &NO_SUCH_VERSION) => Refusal::Condition,
            (None, None) if begins(error, &["Error performing "]) => Refusal::Final,
            (None, None) => Refusal::Nonsense,
        },
        _ => Refusal::Final,
    }
}

const OUT_OF_RANGE: [&str; 2] = ["Wanted range starting at", "Requested range was invalid"];
const NO_SUCH_VERSION: [&str; 2] = [
    "ETag required for conditional",
    "Version required for conditional",
];

/// Whether the answer has the code for it, or, from Google's JSON, the message. Neither can be a part of a key there: XML
/// escapes `<`, and JSON the quotation mark.
fn says_no_bucket(error: &object_store::Error) -> bool {
    answered(error).is_some_and(|(_, body)| {
        [
            "<Code>NoSuchBucket</Code>",
            "<Code>ContainerNotFound</Code>",
            "\"The specified bucket does not exist.\"",
        ]
        .iter()
        .any(|part| body.contains(part))
    })
}

/// Whether the store did what it was told, and only did not say which version came of it.
pub(crate) fn is_unversioned(error: &object_store::Error) -> bool {
    begins(error, &["ETag Header missing from response"])
}

/// The status and the body of the answer that was the last, if it was one that tells of an error.
fn answered(error: &object_store::Error) -> Option<(u16, String)> {
    causes(error).find_map(|cause| {
        let text = cause.to_string();
        let (status, body) = text
            .strip_prefix("Server returned non-2xx status code: ")?
            .split_once(": ")?;
        let status = status.get(..3)?.parse().ok()?;
        Some((status, body.to_owned()))
    })
}

fn begins(error: &object_store::Error, any: &[&str]) -> bool {
    causes(error).any(|cause| {
        let text = cause.to_string();
        any.iter().any(|begin| text.starts_with(begin))
    })
}

impl From<object_store::Error> for TransferError {
    fn from(error: object_store::Error) -> Self {
        match refusal(&error) {
            Refusal::NoBucket => Self::NoBucket(error),
            Refusal::Denied => Self::Denied(error),
            _ => Self::Store(error),
        }
    }
}

/// What the file system said, where one is behind the store.
pub(crate) fn io_kind(error: &object_store::Error) -> Option<ErrorKind> {
    causes(error).find_map(|cause| cause.downcast_ref().map(io::Error::kind))
}

fn causes(error: &object_store::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}
