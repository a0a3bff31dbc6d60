//! [`OpenError`]: why a place cannot be opened.

use gawky_store::StoreError;

/// Why a place cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A scheme that nobody knows.
    #[error(
        "{url:?}: there is no scheme {scheme:?}; there are s3, s3a, gs, az, abfs, abfss, http, https, file, \
         memory, and paths without any"
    )]
    Scheme {
        /// What was to be opened.
        url: String,
        /// Its scheme.
        scheme: String,
    },
    /// A scheme that this build leaves out.
    #[error(
        "{url:?}: this build has no {scheme}; build gawky-object-store, or gawky, with the feature {feature:?}"
    )]
    NotBuilt {
        /// What was to be opened.
        url: String,
        /// Its scheme.
        scheme: String,
        /// The feature that it takes.
        feature: &'static str,
    },
    /// A URL that names no place.
    #[error("{url:?}: {why}")]
    Url {
        /// What was to be opened.
        url: String,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// An option that the place does not have.
    #[error("{url:?}: there is no option {option:?} here; there are {}", .known.join(", "))]
    Option {
        /// What was to be opened.
        url: String,
        /// The option.
        option: String,
        /// The options that there are.
        known: Vec<&'static str>,
    },
    /// A setting that would do nothing at the place.
    #[error("{url:?}: {setting} cannot be set here: {why}")]
    Setting {
        /// What was to be opened.
        url: String,
        /// The method of [`OpenOptions`](crate::OpenOptions), or the option.
        setting: String,
        /// Why it would do nothing, and what to do.
        why: &'static str,
    },
    /// An endpoint without encryption that was not asked for.
    #[error(
        "{url:?}: the endpoint {endpoint:?} does not encrypt: set the option allow_http to true if that is meant"
    )]
    AllowHttp {
        /// What was to be opened.
        url: String,
        /// Where it is.
        endpoint: String,
    },
    /// Options that the store does not make sense of.
    #[error("{url:?}: {source}")]
    Configuration {
        /// What was to be opened.
        url: String,
        /// What it says.
        source: object_store::Error,
    },
    /// A folder that cannot be opened, or a runtime that cannot be started.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<OpenError> for StoreError {
    fn from(error: OpenError) -> Self {
        let url = match &error {
            OpenError::Scheme { url, .. }
            | OpenError::NotBuilt { url, .. }
            | OpenError::Url { url, .. }
            | OpenError::Option { url, .. }
            | OpenError::Setting { url, .. }
            | OpenError::AllowHttp { url, .. }
            | OpenError::Configuration { url, .. } => url.clone(),
            OpenError::Store(error) => return error.clone(),
        };
        // The error says the URL itself; as a key it is for who asks which key it was about.
        Self::backend(url, error)
    }
}
