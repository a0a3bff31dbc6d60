//! What can go wrong between names and bytes.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use gawky_buffer::{BufferError, DType};

use crate::Version;
use crate::key::KeyFault;
#[cfg(feature = "safetensors")]
use crate::safetensors::SafeTensorsFault;

/// What can go wrong between names and bytes.
///
/// A key that is not there is no error: reading answers `None`. The error is `Clone`, so that many waiters
/// for one failed read can each be told.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A key that no container accepts.
    #[error("{key:?} cannot be a key: {fault}")]
    InvalidKey {
        /// The key.
        key: String,
        /// Which rule it breaks.
        fault: KeyFault,
    },
    /// Two keys of which one would have to be a file and a folder at once.
    #[error(
        "{key:?} cannot be kept beside {other:?}, because a folder cannot hold a file and a folder of one \
         name: rename one of them, or delete {other:?} first"
    )]
    KeyIsPrefix {
        /// The key that was to be put.
        key: String,
        /// The key, or the prefix of keys, that is there already.
        other: String,
    },
    /// A range that ends before it starts.
    #[error("bytes {start}..{end} of {key:?} were asked: a range cannot end before it starts")]
    InvertedRange {
        /// The key.
        key: String,
        /// First byte asked.
        start: u64,
        /// One past the last byte asked.
        end: u64,
    },
    /// A range that reaches past the end of the blob.
    #[error(
        "bytes {start}..{end} of {key:?} were asked, but it has {have}: it was truncated, or it belongs to \
         other data than the form and length that it is read with"
    )]
    OutOfRange {
        /// The key.
        key: String,
        /// First byte asked.
        start: u64,
        /// One past the last byte asked.
        end: u64,
        /// How many bytes the blob has.
        have: u64,
    },
    /// A container that answered another number of bytes than it was asked for.
    #[error(
        "{asked} bytes of {key:?} were asked and {got} came: the transfer was cut off, or the container \
         does not honour ranges; try again"
    )]
    WrongLength {
        /// The key.
        key: String,
        /// How many bytes were asked.
        asked: u64,
        /// How many came.
        got: u64,
    },
    /// A container that answered another number of fetches than it was asked.
    #[error(
        "{asked} blobs and ranges were asked, {key:?} first, and {got} answers came: the container does not keep to \
         the rules of fetch_versioned; run the conformance suite of gawky-testkit on it"
    )]
    AnswerCount {
        /// The first key that was asked.
        key: String,
        /// How many answers there should be.
        asked: usize,
        /// How many came.
        got: usize,
    },
    /// A blob that is not what it was when its checksum was made.
    #[cfg(feature = "checksums")]
    #[error(
        "{key:?} is damaged: its checksum says {expected}, and it has {found}; read it again, restore it from a copy, \
         or make its checksum anew if it was replaced on purpose"
    )]
    ChecksumMismatch {
        /// The key.
        key: String,
        /// What it was.
        expected: crate::Checksum,
        /// What it is.
        found: crate::Checksum,
    },
    /// A blob without a checksum, where every one is to have one.
    #[cfg(feature = "checksums")]
    #[error(
        "there is no checksum for {key:?}: make one for it, or read without strict(true) to let it pass unproved"
    )]
    NoChecksum {
        /// The key.
        key: String,
    },
    /// JSON that was to be checksums.
    #[cfg(feature = "checksums")]
    #[error("these are no checksums: {reason}; write them anew by Checksums::to_json")]
    NotChecksums {
        /// What is wrong, and where.
        reason: String,
    },
    /// A typed blob asked for as something else.
    #[error(
        "{key:?} holds {stored} but {asked} is wanted: read it with the form that it was written with, \
         or convert it"
    )]
    DType {
        /// The key.
        key: String,
        /// What the container holds.
        stored: DType,
        /// What the form wants.
        asked: DType,
    },
    /// A blob that has to be there and is not: an archive, for example, that was to be opened.
    #[error("there is no {key:?}: check the name, and that it has been written")]
    NotFound {
        /// The key.
        key: String,
    },
    /// A safetensors file that is none, or a blob that cannot be in one.
    #[cfg(feature = "safetensors")]
    #[error("{key:?}: {fault}")]
    SafeTensors {
        /// The key of the file, or of the tensor that it is about.
        key: String,
        /// What is wrong.
        fault: SafeTensorsFault,
    },
    /// Device bytes given to a container that keeps bytes on the host.
    #[error("the bytes for {key:?} are on {place}: copy them with to_host() before putting them")]
    NotOnHost {
        /// The key.
        key: String,
        /// Where they are.
        place: String,
    },
    /// A conditional creation of a key that is there already.
    #[error("{key:?} exists already: read it, then replace it by put_if_match with its version")]
    Exists {
        /// The key.
        key: String,
    },
    /// A conditional replacement of a key that has changed meanwhile.
    #[error(
        "{key:?} is no longer at version {expected} but {}: read it again, redo the change, and retry",
        .found.as_ref().map_or_else(|| "gone".to_owned(), |version| format!("at {version}"))
    )]
    VersionMismatch {
        /// The key.
        key: String,
        /// The version that the replacement was made from.
        expected: Version,
        /// The version that is there; `None` when the key is gone.
        found: Option<Version>,
    },
    /// A file system that failed.
    #[error("{}: {source}{}", path.display(), with_key(key))]
    Io {
        /// The key; for listing, the prefix; empty where a folder itself is meant.
        key: String,
        /// What was being read or written.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// A name that leads to a device, a pipe or a socket.
    #[error("{} is no regular file, so it cannot be read as {key:?}: remove it from the folder", path.display())]
    NotAFile {
        /// The key.
        key: String,
        /// Where it leads.
        path: PathBuf,
    },
    /// A symbolic link that leads out of the folder.
    #[error(
        "{} leads out of the folder through a symbolic link, so it is not read as {key:?}: \
         open the folder with follow_symlinks(true) if that is meant",
        path.display()
    )]
    LeavesRoot {
        /// The key.
        key: String,
        /// The name inside the folder.
        path: PathBuf,
    },
    /// Bytes that could not be viewed or moved.
    #[error("{key:?}: {source}")]
    Buffer {
        /// The key.
        key: String,
        /// What is wrong with them.
        source: BufferError,
    },
    /// A store behind a network that failed, after all retries.
    #[error("{}{source} ({attempts} {})", of_key(key), if *attempts == 1 { "attempt" } else { "attempts" })]
    Remote {
        /// The key; for listing, the prefix.
        key: String,
        /// How often it was asked, as far as this process can tell: below it, a client may have asked again.
        attempts: u32,
        /// What it said last, and what to do about it.
        source: Arc<dyn Error + Send + Sync>,
    },
    /// A container that cannot do this at all.
    #[error("{}{container} cannot {what}: {hint}", of_key(key))]
    Unsupported {
        /// The key; for listing, the prefix.
        key: String,
        /// Which container.
        container: String,
        /// What was asked of it.
        what: &'static str,
        /// What to do instead.
        hint: &'static str,
    },
    /// An archive, or a member of one, that is not what it should be.
    #[cfg(feature = "npz")]
    #[error("{}: {fault}", shown_member(key, file))]
    Npz {
        /// The key of the member in the archive; that of the archive when it is the archive.
        key: String,
        /// The key of the archive.
        file: String,
        /// What is wrong.
        fault: Box<crate::npz::NpzFault>,
    },
    /// A blob that lies inside of another, an archive, and could not be read for what befell that one.
    #[error("{key:?} cannot be read: {source}")]
    Inside {
        /// The key of the blob that was wanted.
        key: String,
        /// What befell the blob that it lies in.
        source: Box<StoreError>,
    },
    /// A container that failed in a way of its own.
    #[error("{}{source}", of_key(key))]
    Backend {
        /// The key.
        key: String,
        /// What it said.
        source: Arc<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// Wraps the failure of a container of your own.
    ///
    /// ```
    /// use gawky_store::StoreError;
    /// let error = StoreError::backend("part0-node1-data", "503 after 4 attempts");
    /// assert_eq!(error.to_string(), r#""part0-node1-data": 503 after 4 attempts"#);
    /// ```
    #[must_use]
    pub fn backend(
        key: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Backend {
            key: key.into(),
            source: Arc::from(source.into()),
        }
    }

    /// Whether a conditional put lost against another writer: read again, redo the change, retry.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::Inside { source, .. } => source.is_conflict(),
            Self::Exists { .. } | Self::VersionMismatch { .. } => true,
            _ => false,
        }
    }

    /// The key that the error is about; empty for one that is about none.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::InvalidKey { key, .. }
            | Self::KeyIsPrefix { key, .. }
            | Self::InvertedRange { key, .. }
            | Self::OutOfRange { key, .. }
            | Self::WrongLength { key, .. }
            | Self::AnswerCount { key, .. }
            | Self::DType { key, .. }
            | Self::NotFound { key }
            | Self::NotOnHost { key, .. }
            | Self::Exists { key }
            | Self::VersionMismatch { key, .. }
            | Self::Io { key, .. }
            | Self::NotAFile { key, .. }
            | Self::LeavesRoot { key, .. }
            | Self::Buffer { key, .. }
            | Self::Remote { key, .. }
            | Self::Unsupported { key, .. }
            | Self::Inside { key, .. }
            | Self::Backend { key, .. } => key,
            #[cfg(feature = "checksums")]
            Self::ChecksumMismatch { key, .. } | Self::NoChecksum { key } => key,
            #[cfg(feature = "checksums")]
            Self::NotChecksums { .. } => "",
            #[cfg(feature = "safetensors")]
            Self::SafeTensors { key, .. } => key,
            #[cfg(feature = "npz")]
            Self::Npz { key, .. } => key,
        }
    }
}

/// The key as the subject of a message; nothing where it is about none.
fn of_key(key: &str) -> String {
    match key {
        "" => String::new(),
        key => format!("{key:?}: "),
    }
}

/// The key behind a message; nothing where it is about none.
fn with_key(key: &str) -> String {
    match key {
        "" => String::new(),
        key => format!(" (key {key:?})"),
    }
}

#[cfg(feature = "npz")]
fn shown_member(key: &str, file: &str) -> String {
    if key == file {
        format!("{file:?}")
    } else {
        format!("{key:?} in {file:?}")
    }
}
