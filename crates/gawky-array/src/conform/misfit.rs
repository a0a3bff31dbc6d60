//! [`Misfit`]: why an array cannot be laid out as a form without losing something.

use gawky_buffer::{BufferError, DType};
use gawky_form::{Form, FormDifferences, IndexType, NodePath, Parameters};

use crate::node::as_rows;
use crate::{Array, ArrayError, Location, Problem};

/// Where, and why, an array cannot be laid out as a form without losing something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {found} cannot become {wanted}: {obstacle}{}", differing(.differences))]
#[non_exhaustive]
pub struct Misfit {
    /// The node of the form.
    pub path: NodePath,
    /// What the array has there: `NumpyArray (float64)`.
    pub found: String,
    /// What the form has there: `NumpyArray (int32)`.
    pub wanted: String,
    /// What would be lost.
    pub obstacle: Obstacle,
    /// In what the forms of the whole arrays differ; here is the array's.
    pub differences: FormDifferences,
}

fn differing(differences: &FormDifferences) -> String {
    const SHOWN: usize = 8;
    if differences.is_empty() {
        return String::new();
    }
    format!("; the forms differ: {}", differences.in_brief(SHOWN))
}

/// What would be lost if an array were laid out as a form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Obstacle {
    /// Values of two kinds: lists and numbers, records and lists.
    #[error("they hold values of different kinds")]
    Kind,
    /// Scalars that are not converted, whatever their values.
    #[error("{from} does not become {to}: {reason}", from = from.primitive(), to = to.primitive())]
    DType {
        /// What they are.
        from: DType,
        /// What they should be.
        to: DType,
        /// Why not.
        reason: &'static str,
    },
    /// A value that another dtype does not hold exactly.
    #[error("{value}, the element {at}, is no {}", to.primitive())]
    Value {
        /// Which element of the node.
        at: u64,
        /// The value, as it prints.
        value: String,
        /// What it should be.
        to: DType,
    },
    /// A missing element where the form has no option.
    #[error("the element {at} is missing, and the form has no option there")]
    Missing {
        /// Which element of the node.
        at: u64,
    },
    /// A list of another length than all should have.
    #[error("the list {at} has {length} elements, not {size}")]
    ListLength {
        /// Which list.
        at: u64,
        /// How long it is.
        length: u64,
        /// How long all should be.
        size: u64,
    },
    /// Elements where the form knows no type.
    #[error("{length} elements have no place where no type is known")]
    Unknown {
        /// How many elements there are, or would stand below a mask.
        length: u64,
    },
    /// Metadata that differ.
    #[error("the parameter {name:?} is {} here and {} there; metadata are part of the meaning", said(.here), said(.there))]
    Parameter {
        /// Which parameter.
        name: String,
        /// Its JSON in the array.
        here: Option<String>,
        /// Its JSON in the form.
        there: Option<String>,
    },
    /// A field that the form does not have.
    #[error("the form has no field {field:?}, which would be lost")]
    AdditionalField {
        /// The field.
        field: String,
    },
    /// A field that the form has, and cannot be missing.
    #[error(
        "there is no field {field:?}, and in the form it is no option, so that it cannot be missing"
    )]
    NoSuchField {
        /// The field.
        field: String,
    },
    /// Records and tuples.
    #[error("one has named fields, the other is a tuple")]
    Tuple,
    /// Elements that fit none of a union's contents.
    #[error("it fits none of the contents of the union: {}", .reasons.join("; "))]
    NoContent {
        /// Why not, for each content.
        reasons: Vec<String>,
    },
    /// Categories that cannot be told apart.
    #[error("elements of a union cannot be made categories, of which each is there once")]
    Categories,
    /// More elements than the integers of the form can number.
    #[error("{elements} elements are more than {} can number", kind.name())]
    Width {
        /// How many elements there are.
        elements: u64,
        /// The integers.
        kind: IndexType,
    },
}

fn said(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("absent")
}

/// Why something was not done, with a path that grows on the way up.
#[derive(Debug)]
pub(super) struct Refusal {
    path: NodePath,
    class: &'static str,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Misfit {
        found: String,
        wanted: String,
        obstacle: Obstacle,
    },
    Problem(Problem),
}

pub(super) type Fitting<T> = Result<T, Box<Refusal>>;

impl Refusal {
    /// `array` does not become `form`.
    #[cold]
    pub(super) fn new(array: &Array, form: &Form, obstacle: Obstacle) -> Box<Self> {
        Self::of(array.form().describe_node(), form, obstacle)
    }

    /// What cannot be said by one array does not become `form`.
    #[cold]
    pub(super) fn of(found: impl Into<String>, form: &Form, obstacle: Obstacle) -> Box<Self> {
        Box::new(Self {
            path: NodePath::root(),
            class: form.class(),
            cause: Cause::Misfit {
                found: found.into(),
                wanted: form.describe_node(),
                obstacle,
            },
        })
    }

    /// This refusal of the child of `parent` at `position`, as one within `parent`.
    pub(super) fn within(mut self: Box<Self>, parent: &Form, position: usize) -> Box<Self> {
        self.path.enclose(parent, position);
        self
    }

    /// Notes which class a problem is of, where it is not known yet.
    pub(super) fn of_class(mut self: Box<Self>, class: &'static str) -> Box<Self> {
        if self.class.is_empty() {
            self.class = class;
        }
        self
    }

    /// Whether another layout might do.
    pub(super) fn is_misfit(&self) -> bool {
        matches!(self.cause, Cause::Misfit { .. })
    }

    /// In one sentence, for a union that tells why none of its contents will do.
    pub(super) fn in_brief(&self) -> String {
        match &self.cause {
            Cause::Misfit {
                found,
                wanted,
                obstacle,
            } => format!("{}: {found} as {wanted}: {obstacle}", self.path),
            Cause::Problem(problem) => format!("{}: {problem}", self.path),
        }
    }

    pub(super) fn into_error(self, array: &Array, form: &Form) -> ArrayError {
        match self.cause {
            Cause::Misfit {
                found,
                wanted,
                obstacle,
            } => ArrayError::Misfit(Box::new(Misfit {
                path: self.path,
                found,
                wanted,
                obstacle,
                differences: array.form().difference(form),
            })),
            Cause::Problem(problem) => ArrayError::Node {
                location: Box::new(Location {
                    path: if self.path.is_root() {
                        String::new()
                    } else {
                        self.path.to_string()
                    },
                    class: self.class,
                    ..Location::default()
                }),
                problem,
            },
        }
    }
}

impl<P: Into<Problem>> From<P> for Box<Refusal> {
    fn from(problem: P) -> Self {
        Self::new(Refusal {
            path: NodePath::root(),
            class: "",
            cause: Cause::Problem(problem.into()),
        })
    }
}

/// The first parameter in which two nodes differ; nulls are as good as absent.
pub(super) fn differing_parameter(here: &Parameters, there: &Parameters) -> Option<Obstacle> {
    if here == there {
        return None;
    }
    let value = |parameters: &Parameters, name: &str| {
        let value = parameters.get(name)?;
        (!value.is_null()).then(|| value.to_string())
    };
    here.iter().chain(there.iter()).find_map(|(name, _)| {
        let (own, other) = (value(here, name), value(there, name));
        (own != other).then(|| Obstacle::Parameter {
            name: name.to_owned(),
            here: own,
            there: other,
        })
    })
}

/// More elements than `kind` can number.
pub(super) fn too_wide(elements: usize, kind: IndexType, form: &Form) -> Box<Refusal> {
    Refusal::of(
        "a structure of so many elements",
        form,
        Obstacle::Width {
            elements: as_rows(elements),
            kind,
        },
    )
}

/// An overflow of a date, or what else stands in the way of bytes.
pub(super) fn bytes_or(
    error: BufferError,
    form: &Form,
    from: DType,
    to: DType,
    at: usize,
) -> Box<Refusal> {
    match error {
        BufferError::Overflow { index, value, .. } => Refusal::of(
            format!("NumpyArray ({})", from.primitive()),
            form,
            Obstacle::Value {
                at: as_rows(at.saturating_add(index)),
                value,
                to,
            },
        ),
        BufferError::Cast { reason, .. } => Refusal::of(
            format!("NumpyArray ({})", from.primitive()),
            form,
            Obstacle::DType { from, to, reason },
        ),
        other => other.into(),
    }
}
