//! [`SafeTensorsFault`]: what can be wrong with a safetensors file.

use gawky_buffer::DType;

use super::header::MAX_HEADER;

/// What can be wrong with a safetensors file, or with what is to become one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SafeTensorsFault {
    /// Fewer bytes than the length of the header takes.
    #[error(
        "it has {have} bytes, but a safetensors file begins with 8 that say how long its header is"
    )]
    TooShort {
        /// How many bytes there are.
        have: u64,
    },
    /// A header longer than the format allows.
    #[error(
        "its header is said to have {len} bytes, but the format allows {MAX_HEADER}: it is no safetensors \
         file, or it is damaged"
    )]
    HeaderTooLong {
        /// How many bytes the header is said to have, or would have.
        len: u64,
    },
    /// A header that goes on after the end of the file.
    #[error(
        "its header ends at byte {needed}, but it has {have}: it was truncated, or it is no safetensors file"
    )]
    HeaderCut {
        /// Where the header ends.
        needed: u64,
        /// How many bytes the file has.
        have: u64,
    },
    /// A header that is not the JSON that it should be.
    #[error("its header is damaged, or of another format: {message}")]
    Header {
        /// What is wrong with it, and where.
        message: String,
    },
    /// A name that two tensors have, or two members of the metadata.
    #[error("its header has {name:?} twice, of which only one can be meant: write it again")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// A tensor that does not follow the one before it: there is a hole between them, or they overlap.
    #[error(
        "its tensor {tensor:?} lies at {start}..{end}, where one from {expected} on was to follow: tensors may \
         neither overlap nor leave holes"
    )]
    Misplaced {
        /// The tensor.
        tensor: String,
        /// Its first byte, counted from the end of the header.
        start: u64,
        /// One past its last byte.
        end: u64,
        /// Where it should have started.
        expected: u64,
    },
    /// A tensor whose shape and dtype come to another number of bytes than it has.
    #[error(
        "its tensor {tensor:?} has {have} bytes, but {} for its shape of {dtype}",
        .needed.map_or_else(|| "no number of bytes is right".to_owned(), |needed| format!("needs {needed}"))
    )]
    Size {
        /// The tensor.
        tensor: String,
        /// Its dtype, as the format spells it.
        dtype: &'static str,
        /// How many bytes shape and dtype come to; `None` when they come to no whole number of bytes, or to more
        /// than can be counted.
        needed: Option<u64>,
        /// How many bytes it has.
        have: u64,
    },
    /// A file that does not end where its last tensor does.
    #[error(
        "its last tensor ends at byte {needed}, but it has {have}: it was truncated, or something was appended"
    )]
    FileLength {
        /// Where it should end.
        needed: u64,
        /// How many bytes it has.
        have: u64,
    },
    /// A file that was replaced while its header was being read, in a container without versions.
    #[error("it was replaced while its header was being read: open it again")]
    Changed,
    /// A tensor of a dtype that no form has, asked for as one that a form has.
    #[error(
        "it holds {stored}, which nothing here can be read as, and {asked} is wanted: fetch it as raw bytes"
    )]
    ForeignDType {
        /// What the tensor is, as the format spells it.
        stored: &'static str,
        /// What was wanted.
        asked: DType,
    },
    /// A key that the format needs for itself.
    #[error(
        "no tensor can have this name, under which the format keeps its metadata: choose another key"
    )]
    Reserved,
    /// Bytes in the order that the format does not have.
    #[error(
        "its bytes are big-endian, and tensors are little-endian: write it with ByteOrder::Little, so that \
         every reader takes it for what it is"
    )]
    BigEndian,
}
