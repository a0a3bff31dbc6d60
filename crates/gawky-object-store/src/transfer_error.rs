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
    /// A conditional put of which an earlier attempt may have landed: what stands in the way may be itself.
    #[error(
        "an earlier attempt failed after it was sent, and this one found the blob changed, so whether it landed is not \
         known: read the blob before putting it again: {0}"
    )]
    Unsettled(#[source] StoreError),
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

const NO_BUCKET: [&str; 3] = ["NoSuchBucket", "ContainerNotFound", "bucket does not exist"];

/// What `error` comes to. Where the crate `object_store` has no variant for it, its text decides.
pub(crate) fn refusal(error: &object_store::Error) -> Refusal {
    use object_store::Error as E;
    let says = |any: &[&str]| {
        let text = error.to_string();
        any.iter().any(|part| text.contains(part))
    };
    match error {
        E::NotFound { .. } | E::Generic { .. } if says(&NO_BUCKET) => Refusal::NoBucket,
        E::NotFound { .. } => Refusal::Missing,
        E::Precondition { .. } | E::NotModified { .. } => Refusal::Condition,
        E::AlreadyExists { .. } => Refusal::Taken,
        E::NotSupported { .. } | E::NotImplemented { .. } => Refusal::Unsupported,
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => Refusal::Denied,
        E::Generic { .. } => match io_kind(error) {
            // A folder is no object, and below a file there is none.
            Some(ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory) => {
                Refusal::Missing
            }
            Some(_) => Refusal::Final,
            None if says(&[
                "status code: 416",
                "Wanted range starting at",
                "Requested range was invalid",
            ]) =>
            {
                Refusal::PerhapsOutOfRange
            }
            None if says(&["status code: 401", "status code: 403"]) => Refusal::Denied,
            // A version of another store's kind is one that this object never had.
            None if says(&["required for conditional"]) => Refusal::Condition,
            None if says(&["status code: 405", "status code: 501"]) => Refusal::Unsupported,
            None if says(&["Error performing"]) => Refusal::Final,
            None => Refusal::Nonsense,
        },
        _ => Refusal::Final,
    }
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
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        cause = error.source();
    }
    None
}
