//! [`Fault`]: why a command ends otherwise than well.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use gawky::Error;
use gawky::dataset::DatasetFault;
use gawky::form::FormError;
use gawky::json::JsonError;
use gawky::object_store::OpenError;
use gawky::store::StoreError;

/// What a command comes to: the exit status, where it has done its work.
pub(crate) type Outcome = Result<ExitCode, Fault>;

/// Why a command ends otherwise than well.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It could not be done.
    Failure {
        message: String,
        /// Whether the message says where.
        placed: bool,
    },
    /// What was said makes no sense.
    Usage(String),
    /// Nobody reads what it writes any more, as `head` does when it has enough: that is no failure.
    Unheard,
}

impl Fault {
    pub(crate) fn failure(message: impl Display) -> Self {
        Self::Failure {
            message: one_line(&message.to_string()),
            placed: false,
        }
    }

    pub(crate) fn usage(message: impl Display) -> Self {
        Self::Usage(one_line(&message.to_string()))
    }

    /// The same, told of the place, unless the message names it by itself or says that it was another.
    pub(crate) fn of(self, place: &str) -> Self {
        match self {
            Self::Failure {
                message,
                placed: false,
            } => match names(&message, place) {
                true => Self::Failure {
                    message,
                    placed: true,
                },
                false => Self::at(place, message),
            },
            fault => fault,
        }
    }

    /// A failure at a place.
    pub(crate) fn at(place: &str, message: impl Display) -> Self {
        Self::Failure {
            message: one_line(&format!("{place}: {message}")),
            placed: true,
        }
    }

    pub(crate) fn message(&self) -> Option<&str> {
        match self {
            Self::Failure { message, .. } | Self::Usage(message) => Some(message),
            Self::Unheard => None,
        }
    }

    pub(crate) fn status(&self) -> ExitCode {
        match self {
            Self::Failure { .. } => ExitCode::from(1),
            Self::Usage(_) => ExitCode::from(2),
            Self::Unheard => ExitCode::SUCCESS,
        }
    }
}

/// Whether a message names a place, and not only a word that the place is part of.
fn names(message: &str, place: &str) -> bool {
    message.match_indices(place).any(|(at, _)| {
        let is_word = |c: char| c.is_alphanumeric();
        let before = message.get(..at).and_then(|text| text.chars().next_back());
        let after = message
            .get(at + place.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// A message as one line, whatever was in it.
fn one_line(message: &str) -> String {
    let lines = message
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let joined = lines.collect::<Vec<_>>().join(" ");
    joined.chars().filter(|c| !c.is_control()).collect()
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unheard,
            _ => Self::failure(format!(
                "the output could not be written: {error}: make room, or write it elsewhere"
            )),
        }
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        match error.io_error_kind() {
            Some(kind) => io::Error::from(kind).into(),
            None => Self::failure(error),
        }
    }
}

impl From<JsonError> for Fault {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::Write(error) => error.into(),
            JsonError::Aside(_) => Self::failure(format!(
                "{error}: make room, or choose another file by --rejects"
            )),
            error => Self::failure(in_own_words(&error.to_string())),
        }
    }
}

/// What the library calls by the names of Rust, as the command has it.
const OWN_WORDS: [(&str, &str); 5] = [
    (
        "make maps lists of pairs, by Maps::Pairs",
        "make objects lists of pairs, by --maps pairs",
    ),
    ("which row_bytes allows", "which --row-bytes allows"),
    (
        "line_delimited makes rows",
        "a name that ends in .jsonl makes rows",
    ),
    ("(FromArrow::decimals)", "by --decimals"),
    (
        "a schema with float64 there rounds it",
        "--schema with float64 there rounds it",
    ),
];

/// A message of the library with the options of the command in it.
pub(crate) fn in_own_words(message: &str) -> String {
    let words = OWN_WORDS.iter();
    words.fold(message.to_owned(), |message, (library, command)| {
        message.replace(library, command)
    })
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Store {
                location: None,
                source,
            } => (*source).into(),
            Error::Open(error) => error.into(),
            Error::Dataset { key, fault } => match *fault {
                DatasetFault::Missing => {
                    Self::failure("there is no dataset: no dataset.json lies there")
                }
                fault => Self::failure(Error::Dataset {
                    key,
                    fault: Box::new(fault),
                }),
            },
            error => Self::failure(error),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Io { path, source, .. } => {
                let path = path.display();
                match source.kind() {
                    io::ErrorKind::NotFound => {
                        Self::failure(format!("there is no {path}: check the place"))
                    }
                    io::ErrorKind::PermissionDenied => Self::failure(format!(
                        "{path}: this user has no permission for it: change that, or choose another place"
                    )),
                    io::ErrorKind::NotADirectory => {
                        Self::failure(format!("{path} is no folder: check the place"))
                    }
                    _ => Self::failure(error),
                }
            }
            StoreError::Remote { source, .. } if wants_credentials(&source.to_string()) => {
                Self::failure(
                    "there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give --option \
                     skip_signature=true where the bucket is public",
                )
            }
            _ => Self::failure(error),
        }
    }
}

/// Whether S3 was asked without credentials: it is Amazon's machines then that are asked for some, in vain.
fn wants_credentials(said: &str) -> bool {
    said.contains("/latest/api/token") || said.contains("/latest/meta-data/iam")
}

impl From<OpenError> for Fault {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Store(error) => error.into(),
            error => Self::failure(error),
        }
    }
}

#[cfg(feature = "arrow")]
impl From<gawky::arrow::ArrowError> for Fault {
    fn from(error: gawky::arrow::ArrowError) -> Self {
        Self::failure(Self::from_arrow(&error))
    }
}

#[cfg(feature = "arrow")]
impl Fault {
    /// What Arrow's error says, after its place where there is one.
    pub(crate) fn from_arrow(error: &gawky::arrow::ArrowError) -> String {
        let path = error.path();
        in_own_words(&match path.is_root() {
            true => error.problem().to_string(),
            false => error.to_string(),
        })
    }
}

impl From<FormError> for Fault {
    fn from(error: FormError) -> Self {
        Self::failure(error)
    }
}
