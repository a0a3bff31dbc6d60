//! What can go wrong with bytes.

/// What can go wrong with bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BufferError {
    /// A byte range that does not lie within the buffer.
    #[error("bytes {start}..{end} were asked of a buffer of {len} bytes")]
    OutOfRange {
        /// First byte asked.
        start: usize,
        /// One past the last byte asked.
        end: usize,
        /// How many bytes there are.
        len: usize,
    },
    /// A length that is no multiple of the item size.
    #[error("a buffer of {len} bytes is no whole number of {itemsize}-byte elements")]
    NotMultiple {
        /// How many bytes there are.
        len: usize,
        /// Bytes per element.
        itemsize: usize,
    },
    /// An alignment that is no power of two.
    #[error("{bytes} is no alignment: use a power of two")]
    Alignment {
        /// What was asked.
        bytes: usize,
    },
    /// Host bytes were asked of a buffer that lives elsewhere.
    #[error("the bytes are on {place}: copy them with to_host() first")]
    NotOnHost {
        /// Where they are.
        place: String,
    },
    /// A device failed.
    #[error("{place}: {message}")]
    Device {
        /// Which device.
        place: String,
        /// What it said.
        message: String,
    },
    /// A dtype, in any spelling, that there is not.
    #[error("{text:?} is no {what}{hint}")]
    UnknownDType {
        /// What was read.
        text: String,
        /// Which spelling was expected.
        what: &'static str,
        /// What to write instead, starting with a colon, or nothing.
        hint: &'static str,
    },
}
