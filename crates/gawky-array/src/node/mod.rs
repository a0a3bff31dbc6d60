//! The node classes, one file each; the same list, in the same order, as `gawky_form::form`.
//!
//! Every class answers the same questions, each in one function of its file:
//!
//! | function | question |
//! |---|---|
//! | `try_new` | do these parts make an array? |
//! | `pieces` | which bytes does the node itself hold, in the order that its form declares them? |
//! | `form` | what is its form, given its children's? |
//! | `slice` | what are the rows `a..b` of it? |
//! | `map_buffers` | what is it over other buffers with the same content? |
//! | `open` | given its own bytes for some rows, which rows of its children are needed? |
//! | `assemble` | what is the array, given its bytes and its children? |
//!
//! `open` and `assemble` are the two halves of reading; see [`Reading`](crate::Reading).

pub(crate) mod bit_masked;
mod byte_masked;
mod empty;
pub(crate) mod indexed;
mod indexed_option;
mod list;
pub(crate) mod list_offset;
mod numpy;
mod record;
mod regular;
mod runs;
mod union;
mod unmasked;

use std::ops::Range;

use gawky_buffer::{Buffer, BufferError, Place};
use gawky_form::Attribute;
use smallvec::SmallVec;

use crate::{Array, ArrayError, Problem};

pub use bit_masked::BitMaskedArray;
pub use byte_masked::ByteMaskedArray;
pub use empty::EmptyArray;
pub use indexed::IndexedArray;
pub use indexed_option::IndexedOptionArray;
pub use list::ListArray;
pub use list_offset::ListOffsetArray;
pub use numpy::NumpyArray;
pub use record::RecordArray;
pub use regular::RegularArray;
pub(crate) use runs::Runs;
pub use runs::positions_among;
pub use union::UnionArray;
pub use unmasked::UnmaskedArray;

/// The bytes that a node itself holds: none, one buffer or two.
pub(crate) type Pieces = SmallVec<[Buffer; 2]>;

/// Which rows of its children a node needs.
#[derive(Debug)]
pub(crate) enum ChildRows {
    /// It has no children, or every child is needed in these rows.
    Every(Runs),
    /// The rows of each child.
    Each(Vec<Runs>),
}

impl ChildRows {
    /// The rows of one child, and those between them.
    pub(crate) fn of(&self, child: usize) -> Range<u64> {
        match self {
            Self::Every(rows) => rows.extent(),
            Self::Each(each) => each.get(child).map_or(0..0, Runs::extent),
        }
    }
}

/// How a node's bytes are to be taken when it is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    /// The children are read from their first needed row only, so structure must be re-based; otherwise
    /// they are read from row 0, and the bytes stay as they are.
    pub(crate) rebase: bool,
    /// Prove the structure in one pass, instead of trusting it.
    pub(crate) prove: bool,
}

impl Opening {
    /// The rows of a child that spans `lowest..highest`, and what to subtract from what points into it.
    pub(crate) fn child(self, lowest: i64, highest: i64) -> Result<(Range<u64>, i64), Problem> {
        let start = if self.rebase { lowest } else { 0 };
        let rows = unsigned(start)?..unsigned(highest)?;
        Ok((rows, start))
    }
}

/// A problem, and which of the node's buffers has it.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) attribute: Option<Attribute>,
    pub(crate) problem: Problem,
}

impl Fault {
    /// This fault as the error of a node that is looked at by itself.
    pub(crate) fn at(self, class: &'static str) -> ArrayError {
        ArrayError::of_node(class, self.attribute, self.problem)
    }
}

impl<P: Into<Problem>> From<P> for Fault {
    fn from(problem: P) -> Self {
        Self {
            attribute: None,
            problem: problem.into(),
        }
    }
}

impl Problem {
    /// This problem, in one of the node's buffers.
    pub(crate) fn of(self, attribute: Attribute) -> Fault {
        Fault {
            attribute: Some(attribute),
            problem: self,
        }
    }
}

/// A number that has been proved not to be negative.
pub(crate) fn unsigned(value: i64) -> Result<u64, Problem> {
    u64::try_from(value).map_err(|_| Problem::NegativeOffset { offset: value })
}

/// The rows of a content between two numbers that have been proved.
pub(crate) fn extent((first, end): (i64, i64)) -> Result<Range<usize>, Problem> {
    Ok(in_memory(unsigned(first)?)?..in_memory(unsigned(end)?)?)
}

/// A number of rows as a length in memory.
pub(crate) fn in_memory(length: u64) -> Result<usize, Problem> {
    usize::try_from(length).map_err(|_| Problem::TooLarge {
        what: "elements",
        length,
    })
}

/// A length in memory as a number of rows.
pub(crate) fn as_rows(length: usize) -> u64 {
    // No machine has a usize wider than 64 bits.
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// An empty list with room for `elements`; an error, instead of an abort, where there is no memory for them.
pub(crate) fn reserved<T>(elements: usize) -> Result<Vec<T>, Problem> {
    let mut room = Vec::new();
    room.try_reserve_exact(elements)
        .map_err(|_| Problem::OutOfMemory {
            elements: as_rows(elements),
        })?;
    Ok(room)
}

/// That buffers of structure lie at one place with what they are about. Of each content only the first buffer is looked
/// at, so that it costs nothing.
pub(crate) fn together(own: &[&Buffer], contents: &[Array]) -> Result<(), BufferError> {
    let own = own.iter().filter_map(|buffer| place_of(buffer));
    let mut places = own.chain(contents.iter().filter_map(Array::first_place));
    let Some(first) = places.next() else {
        return Ok(());
    };
    match places.find(|place| *place != first) {
        None => Ok(()),
        Some(other) => Err(BufferError::TwoPlaces {
            place: first.to_string(),
            other: other.to_string(),
        }),
    }
}

/// Where a buffer lies; `None` for one of no bytes on the host, which says nothing about what is beside it.
pub(crate) fn place_of(buffer: &Buffer) -> Option<Place> {
    let place = buffer.place();
    (!buffer.is_empty() || !place.is_host()).then_some(place)
}

/// What reading has at hand for each of a node's buffers: exactly the bytes that its rows need.
pub(crate) type Slots<'a> = &'a mut [Option<Buffer>];

/// The first of a node's buffers; nothing, if the caller has none.
pub(crate) fn first(slots: Slots<'_>) -> Buffer {
    slots.first_mut().and_then(Option::take).unwrap_or_default()
}

/// The second of a node's buffers; nothing, if the caller has none.
pub(crate) fn second(slots: Slots<'_>) -> Buffer {
    slots.get_mut(1).and_then(Option::take).unwrap_or_default()
}

/// Puts back what `open` has made of a node's buffers.
pub(crate) fn put_back(slots: Slots<'_>, buffers: impl IntoIterator<Item = Buffer>) {
    for (slot, buffer) in slots.iter_mut().zip(buffers) {
        *slot = Some(buffer);
    }
}
