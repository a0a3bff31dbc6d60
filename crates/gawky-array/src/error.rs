//! What can go wrong with arrays.

use std::fmt;

use gawky_buffer::BufferError;
use gawky_form::{Attribute, Form, FormError, IndexType};

use crate::conform::Misfit;

/// Where in an array, and in which blob, something is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Location {
    /// The partition, where the array is one of several.
    pub partition: Option<u64>,
    /// The node, by the fields that lead to it: `muon.pt`; empty for the root.
    pub path: String,
    /// The node's class, as Awkward names it.
    pub class: &'static str,
    /// Which of the node's buffers.
    pub attribute: Option<Attribute>,
    /// The blob's key, where there is one.
    pub key: Option<String>,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() {
            "(root)"
        } else {
            &self.path
        };
        write!(f, "{path}, {}", self.class)?;
        if let Some(attribute) = self.attribute {
            write!(f, ", {attribute}")?;
        }
        if let Some(partition) = self.partition {
            write!(f, ", partition {partition}")?;
        }
        if let Some(key) = &self.key {
            write!(f, ", key {key:?}")?;
        }
        Ok(())
    }
}

/// What is wrong with one node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The container has no such blob.
    #[error(
        "needs {needed} bytes, but there is no such blob: check the key format and the partition"
    )]
    Missing {
        /// How many bytes are needed.
        needed: u64,
    },
    /// A blob has fewer bytes than the node needs.
    #[error(
        "needs {needed} bytes, but has {have}: the blob was cut short or belongs to another form or length"
    )]
    TooShort {
        /// How many bytes are needed.
        needed: u64,
        /// How many there are.
        have: u64,
    },
    /// A content has fewer elements than its node needs.
    #[error("its content needs {needed} elements, but has {have}")]
    ContentTooShort {
        /// How many elements are needed.
        needed: u64,
        /// How many there are.
        have: u64,
    },
    /// A buffer has fewer elements than the node needs.
    #[error("needs {needed} elements in this buffer, but has {have}")]
    BufferTooShort {
        /// How many elements are needed.
        needed: u64,
        /// How many there are.
        have: u64,
    },
    /// Offsets that begin below zero.
    #[error("offsets begin at {offset}: they must not be negative")]
    NegativeOffset {
        /// The first offset.
        offset: i64,
    },
    /// Offsets that decrease.
    #[error("list {at} would begin at {start} and end at {stop}: offsets must not decrease")]
    OffsetsDecrease {
        /// Which list.
        at: u64,
        /// Where it begins.
        start: i64,
        /// Where it ends.
        stop: i64,
    },
    /// A list that begins below zero, or ends before it begins.
    #[error("list {at} begins at {start} and ends at {stop}")]
    ListBounds {
        /// Which list.
        at: u64,
        /// Where it begins.
        start: i64,
        /// Where it ends.
        stop: i64,
    },
    /// A list that would have fewer than no elements.
    #[error("list {at} would have {count} elements: counts must not be negative")]
    NegativeCount {
        /// Which list.
        at: u64,
        /// How many elements it was to have.
        count: i64,
    },
    /// Counts that are not those of as many elements as there are.
    #[error("the lists would have {counted} elements together, but there are {length}")]
    CountsDiffer {
        /// How many elements the counts make together.
        counted: u64,
        /// How many there are.
        length: u64,
    },
    /// An index that is negative where nothing may be missing, or beyond the content.
    #[error("index {index} at {at} is not within a content of {length} elements")]
    IndexOutOfRange {
        /// Which element of the index.
        at: u64,
        /// The index.
        index: i64,
        /// How many elements the content has, or could have.
        length: u64,
    },
    /// A tag that names no content of its union.
    #[error("tag {tag} at {at} names none of the {contents} contents")]
    TagOutOfRange {
        /// Which element of the tags.
        at: u64,
        /// The tag.
        tag: i8,
        /// How many contents there are.
        contents: usize,
    },
    /// A string whose bytes are no UTF-8. Reading lets it pass, as Awkward does; validating does not.
    #[error("string {at} is no UTF-8: its bytes were damaged, or are no text")]
    NotUtf8 {
        /// Which string of the node, from 0.
        at: u64,
    },
    /// An EmptyArray that should have elements.
    #[error("has no type, so it has no elements, but {length} are needed")]
    EmptyHasLength {
        /// How many elements are needed.
        length: u64,
    },
    /// A number of elements or bytes that no array can have.
    #[error("{what} of {length} rows are more than any array can have")]
    TooLarge {
        /// What there would be too much of.
        what: &'static str,
        /// The rows that ask for it.
        length: u64,
    },
    /// Not enough memory for a result.
    #[error("there is not enough memory for {elements} elements")]
    OutOfMemory {
        /// How many elements were to be kept.
        elements: u64,
    },
    /// Starts and stops of two kinds.
    #[error("starts are {} and stops are {}: both must be the same", starts.name(), stops.name())]
    KindsDiffer {
        /// What the starts are.
        starts: IndexType,
        /// What the stops are.
        stops: IndexType,
    },
    /// An index whose integers cannot be negative, where a negative one would mean missing.
    #[error("an index of u32 cannot say that an element is missing: use i32 or i64")]
    UnsignedOption,
    /// A node that Awkward's rules do not allow where it is.
    #[error("{0}")]
    NotCanonical(String),
    /// Something about the bytes themselves.
    #[error(transparent)]
    Buffer(#[from] BufferError),
    /// Something about the form itself.
    #[error(transparent)]
    Form(#[from] FormError),
}

/// What can go wrong with arrays.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ArrayError {
    /// Something is wrong with one node.
    #[error("{location}: {problem}")]
    Node {
        /// Which node, and which blob.
        location: Box<Location>,
        /// What is wrong with it.
        #[source]
        problem: Problem,
    },
    /// Rows that are not within the array.
    #[error("rows {start}..{end} are not within an array of {length} rows")]
    OutOfRange {
        /// The first row asked.
        start: u64,
        /// One past the last row asked.
        end: u64,
        /// How many rows there are.
        length: u64,
    },
    /// A field that is not there.
    #[error("there is no field {field:?} at {path:?}; there are: {fields:?}")]
    NoSuchField {
        /// The field asked.
        field: String,
        /// Where it was looked for.
        path: String,
        /// The fields that are there.
        fields: Vec<String>,
    },
    /// Lists that do not nest so deep.
    #[error("there is no axis {axis}{}: {}", place(.path), axes(*.axis, *.depth))]
    NoSuchAxis {
        /// The axis asked.
        axis: usize,
        /// How many axes there are where there are fewest, the rows included.
        depth: usize,
        /// The field in which there are so few; empty for the root.
        path: String,
    },
    /// Two buffers would be written under one key.
    #[error(
        "two buffers would have the key {key:?}: {first} and {second}; \
         use {{form_key}} and {{attribute}} in the key format, and {{id}} in the form key format"
    )]
    KeyCollision {
        /// The key.
        key: String,
        /// The node and attribute that has it.
        first: String,
        /// The node and attribute that would have it too.
        second: String,
    },
    /// A form that nests deeper than gawky reads.
    #[error("the form nests {depth} nodes deep; {max} is the most")]
    TooDeep {
        /// How deep it nests.
        depth: usize,
        /// The limit.
        max: usize,
    },
    /// Arrays that have more rows together than any array can have.
    #[error("{before} rows and {length} more are more than any array can have")]
    TooManyRows {
        /// How many rows there were before.
        before: u64,
        /// How many rows were to come.
        length: u64,
    },
    /// The blobs supplied are not as many as were asked for.
    #[error("{asked} blobs were asked for, {supplied} were supplied")]
    SuppliedCount {
        /// How many were asked for.
        asked: usize,
        /// How many came.
        supplied: usize,
    },
    /// Rows that were asked for as something else than they are.
    #[error("{wanted} was asked for, but the array is of {found} ({class}): {hint}")]
    OtherType {
        /// What was asked, as a type in datashape.
        wanted: String,
        /// The type that the array has.
        found: String,
        /// The class of the node that does not fit.
        class: &'static str,
        /// What to do.
        hint: String,
    },
    /// Arrays that are not of one form, or an array that is not of the form given for it.
    #[error("arrays of different forms cannot be put together or written as one: {}", differing(.first, .second))]
    FormsDiffer {
        /// The form that was expected.
        first: Box<Form>,
        /// The form that was found.
        second: Box<Form>,
    },
    /// An array that cannot be laid out as a form without losing something.
    #[error(transparent)]
    Misfit(Box<Misfit>),
    /// Something about bytes that belongs to no node.
    #[error(transparent)]
    Buffer(#[from] BufferError),
    /// Something about a form or a key.
    #[error(transparent)]
    Form(#[from] FormError),
}

/// Where a field is, if it is not the root.
fn place(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!(" at {path:?}")
    }
}

fn axes(axis: usize, depth: usize) -> String {
    if axis == 0 {
        "how many rows there are is the array's length".to_owned()
    } else {
        format!("lists nest so deep that there are {depth}, 0 being the rows")
    }
}

/// In what the form that was found differs from the one that was expected.
fn differing(expected: &Form, found: &Form) -> String {
    const SHOWN: usize = 8;
    let differences = found.difference(expected);
    if differences.is_empty() {
        "they differ in their form keys".to_owned()
    } else {
        differences.in_brief(SHOWN)
    }
}

impl ArrayError {
    /// Rows of a node that are at `depth`, where `axis` lies deeper.
    pub(crate) fn no_such_axis(axis: usize, depth: usize) -> Self {
        Self::NoSuchAxis {
            axis,
            depth,
            path: String::new(),
        }
    }

    /// A problem of a node that is looked at by itself.
    pub(crate) fn of_node(
        class: &'static str,
        attribute: Option<Attribute>,
        problem: Problem,
    ) -> Self {
        Self::Node {
            location: Box::new(Location {
                class,
                attribute,
                ..Location::default()
            }),
            problem,
        }
    }
}
