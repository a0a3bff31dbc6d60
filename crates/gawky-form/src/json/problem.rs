//! [`JsonProblem`]: what is wrong with a form's JSON.

use std::fmt;

use crate::FormError;

/// What is wrong with a form's JSON; [`FormError::Json`] says where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonProblem {
    /// A class that is no class of forms.
    #[error("there is no class {0:?} of forms")]
    UnknownClass(String),
    /// Another kind of JSON value than is needed.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// What is needed.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A member that the class needs is not there.
    #[error("{class} needs the member {member:?}")]
    Missing {
        /// The class.
        class: String,
        /// The member.
        member: &'static str,
    },
    /// A member is there twice.
    #[error("the member {0:?} is there twice")]
    Repeated(String),
    /// A name that is no dtype.
    #[error("{0}")]
    UnknownDType(String),
    /// An integer type that these buffers cannot have.
    #[error("{class} cannot have {found:?} here, only {allowed}")]
    UnknownIndex {
        /// The class.
        class: String,
        /// What is there.
        found: String,
        /// What can be.
        allowed: &'static str,
    },
    /// Two members, or the class and a member, that cannot both be true.
    #[error("{one} contradicts {other}")]
    Contradiction {
        /// The one.
        one: String,
        /// The other.
        other: String,
    },
    /// A size that is negative.
    #[error("a size cannot be negative: {0}")]
    Negative(i64),
    /// A size that is null, as typetracers write it.
    #[error(
        "this size is null, for not known: the form is of a typetracer, which has no data; take the form of an \
         array with data"
    )]
    UnknownSize,
    /// An `EmptyArray` with parameters.
    #[error("EmptyArray cannot have parameters")]
    EmptyParameters,
    /// A `VirtualArray` that does not say what it wraps.
    #[error(
        "this VirtualArray does not say what it wraps (its form is null); take the form after the array is \
         materialized, or build it with its form"
    )]
    UnknownVirtual,
    /// Big-endian data.
    #[error(
        "the format {0:?} is big-endian, but forms do not say byte orders; drop the \">\" and read the buffers \
         as big-endian"
    )]
    ByteOrder(String),
    /// Forms nested more deeply than [`MAX_DEPTH`](crate::MAX_DEPTH).
    #[error("forms are nested more than {0} deep")]
    TooDeep(usize),
    /// Parameters nested more deeply than [`MAX_PARAMETER_DEPTH`](crate::MAX_PARAMETER_DEPTH).
    #[error("parameters are nested more than {0} deep")]
    ParametersTooDeep(usize),
    /// More dimensions than [`MAX_DIMENSIONS`](crate::MAX_DIMENSIONS).
    #[error("{found} dimensions are more than NumPy allows, {limit}")]
    TooManyDimensions {
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Nodes that fit no form.
    #[error("{0}")]
    Node(Box<FormError>),
}

/// One step from the root of a JSON document to a value.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Member(&'static str),
    Named(String),
    Element(usize),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(name) => write!(f, ".{name}"),
            Self::Named(name) => write!(f, "[{name:?}]"),
            Self::Element(position) => write!(f, "[{position}]"),
        }
    }
}
