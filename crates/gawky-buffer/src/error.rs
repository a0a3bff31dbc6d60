//! What can go wrong with bytes.

use crate::DType;

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
    /// Bytes on one place where bytes on another are needed beside them.
    #[error(
        "some of the bytes are on {place} and some on {other}: bring them together with to_place() first"
    )]
    TwoPlaces {
        /// Where some are.
        place: String,
        /// Where others are.
        other: String,
    },
    /// Something that is not computed where the bytes are.
    #[error("{place} does not {what}: {instead}")]
    NotComputed {
        /// Where they are.
        place: String,
        /// What was asked of it.
        what: String,
        /// What to do instead.
        instead: &'static str,
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
    /// A text that tells no date, or no duration, of a dtype.
    #[error("{text:?} is no {}: {reason}", dtype.primitive())]
    Time {
        /// What was read.
        text: String,
        /// What it should be.
        dtype: DType,
        /// Why it is not.
        reason: &'static str,
    },
    /// An offset past the end of the buffer.
    #[error("offset {offset} lies past the end of a buffer of {len} bytes")]
    OffsetPastEnd {
        /// Where the data should have started.
        offset: usize,
        /// How many bytes there are.
        len: usize,
    },
    /// A buffer too small for what was asked of it.
    #[error("{needed} bytes are needed, and there are {len}")]
    TooSmall {
        /// How many bytes were needed, counted from the offset.
        needed: usize,
        /// How many there are from the offset on.
        len: usize,
    },
    /// More bytes than memory can hold, or than the allocator would give.
    #[error("{what} does not fit in memory")]
    OutOfMemory {
        /// What was asked, such as `[3, 4] of float64`.
        what: String,
    },
    /// Strides that reach outside the buffer.
    #[error(
        "shape {shape:?} with strides {strides:?} from byte {offset} leaves a buffer of {len} bytes"
    )]
    StridesOutOfBounds {
        /// Elements along each axis.
        shape: Vec<usize>,
        /// Bytes between elements along each axis.
        strides: Vec<isize>,
        /// Byte of the first element.
        offset: usize,
        /// How many bytes there are.
        len: usize,
    },
    /// A shape that what is there cannot take.
    #[error("shape {from:?} cannot become {to}: {reason}")]
    Shape {
        /// The shape that is there.
        from: Vec<usize>,
        /// What it should have become.
        to: String,
        /// Why not.
        reason: &'static str,
    },
    /// An axis that there is not, or one that is named twice.
    #[error("axis {axis} does not fit {ndim} dimensions{reason}")]
    Axis {
        /// What was asked.
        axis: usize,
        /// How many axes there are.
        ndim: usize,
        /// More about it, starting with a colon, or nothing.
        reason: &'static str,
    },
    /// An index past the end of an axis.
    #[error("index {index} is out of bounds for axis {axis} of length {len}")]
    Index {
        /// What was asked; negative counts from the end.
        index: isize,
        /// Along which axis.
        axis: usize,
        /// How long that axis is.
        len: usize,
    },
    /// A slice with a step of zero.
    #[error("the step of the slice along axis {axis} is zero")]
    ZeroStep {
        /// Along which axis.
        axis: usize,
    },
    /// A dtype that does not become another.
    #[error("{from} does not become {to}: {reason}")]
    Cast {
        /// What is there.
        from: DType,
        /// What it should have become.
        to: DType,
        /// Why not, and what to do instead.
        reason: &'static str,
    },
    /// An element that another dtype cannot hold, where that was to be an error.
    #[error("element {index} ({value}) does not fit {to}")]
    Overflow {
        /// Its number, in row-major order.
        index: usize,
        /// What it is, as text.
        value: String,
        /// What it should have become.
        to: DType,
    },
    /// One dtype where another is needed.
    #[error("the elements are {have}, not {asked}")]
    DTypeMismatch {
        /// What the elements are.
        have: DType,
        /// What was asked.
        asked: DType,
    },
    /// Bytes in the machine's other order where they were to be viewed, not copied.
    #[error("the elements are not in this machine's byte order: use to_byteorder first")]
    ForeignByteOrder,
    /// Elements that do not lie as a typed view needs them.
    #[error("a view of {dtype} is impossible: {reason}")]
    NoView {
        /// What the elements are.
        dtype: DType,
        /// Why not, and what to do instead.
        reason: &'static str,
    },
}
