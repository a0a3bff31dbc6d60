//! What is open in a builder, and the calls that are not for it.

use std::fmt;

/// What values are added to one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nested {
    /// A list: `begin_list`, `end_list`.
    List,
    /// A tuple: `begin_tuple`, `index`, `end_tuple`.
    Tuple,
    /// A record: `begin_record`, `field`, `end_record`.
    Record,
}

impl fmt::Display for Nested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::List => "list",
            Self::Tuple => "tuple",
            Self::Record => "record",
        })
    }
}

/// A call of a builder that is not for what is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Nesting {
    /// Something is to be ended, or an element of it chosen, that is not open.
    #[error("this is for an open {wanted}, and {}", open_is(.open))]
    NotOpen {
        /// What the call is for.
        wanted: Nested,
        /// What is open, if anything is, and was begun in the same closure.
        open: Option<Nested>,
    },
    /// A value for a record without a field that is chosen for it.
    #[error("a record is open: call field() before each of its values")]
    NoField,
    /// A value for a tuple without an element that is chosen for it.
    #[error("a tuple is open: call index() before each of its values")]
    NoIndex,
    /// An element that the tuple has not, or has already.
    #[error("the tuple of {size} takes no element {index} now: it has no such, or has it already")]
    NoSuchIndex {
        /// Which element.
        index: usize,
        /// How many there are.
        size: usize,
    },
    /// What a closure has begun and not ended.
    #[error("a {open} was begun, and was not ended: call end_{open}()")]
    LeftOpen {
        /// What it is.
        open: Nested,
    },
    /// Lists in lists in lists.
    #[error(
        "the values are nested more than {} deep, which is as deep as forms go",
        gawky_form::MAX_DEPTH
    )]
    TooDeep,
}

fn open_is(open: &Option<Nested>) -> String {
    match open {
        None => "nothing is open".to_owned(),
        Some(open) => format!("a {open} is open"),
    }
}
