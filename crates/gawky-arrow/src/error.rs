//! What can go wrong between arrays and Arrow.

use std::fmt;
use std::sync::Arc;

use arrow_schema::DataType;
use gawky_array::ArrayError;
use gawky_buffer::BufferError;
use gawky_form::{FormError, NodePath};

/// What can go wrong between arrays and Arrow, and at which node.
#[derive(Debug)]
pub struct ArrowError {
    /// From the node to the root.
    steps: Vec<Step>,
    problem: Box<ArrowProblem>,
}

#[derive(Debug)]
enum Step {
    Field(Arc<str>),
    Slot(usize),
    Alternative(usize),
}

/// What is wrong at one node.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArrowProblem {
    /// Something that Arrow cannot say.
    #[error("Arrow has no counterpart for {what}: {hint}")]
    NoCounterpart {
        /// What it is.
        what: String,
        /// What to do instead.
        hint: &'static str,
    },
    /// Something that an array cannot say.
    #[error("arrays have no counterpart for Arrow's {data_type}: {hint}")]
    Unsupported {
        /// Arrow's type.
        data_type: DataType,
        /// What to do instead.
        hint: &'static str,
    },
    /// A string that is no UTF-8, which Arrow's strings have to be.
    #[error("string {at} is no UTF-8, which Arrow's strings have to be: make it a bytestring")]
    NotUtf8 {
        /// Which string of the node, from 0.
        at: u64,
    },
    /// A number that does not fit Arrow's type for it.
    #[error("{value}, at {at}, does not fit {wanted}: {hint}")]
    DoesNotFit {
        /// The number.
        value: i64,
        /// Where it is in its buffer, from 0.
        at: u64,
        /// What it has to fit.
        wanted: &'static str,
        /// What to do instead.
        hint: &'static str,
    },
    /// Rows that take no bytes in Arrow, nulls and those of a run, and would take very many in an array.
    #[error(
        "rows of which Arrow has {bytes} bytes would take {needed} here: they are nulls, or of one run, so take slices of the array, or shorter batches"
    )]
    RowsOfNothing {
        /// How many bytes they would take.
        needed: u64,
        /// How many there are.
        bytes: u64,
    },
    /// A null in a field that is declared to have none.
    #[error("there are {nulls} nulls where the field says that there are none")]
    UnexpectedNulls {
        /// How many there are.
        nulls: usize,
    },
    /// A reference of an Arrow array to something that it does not have.
    #[error("element {at} points to {what} {index}, of which there are {length}")]
    OutOfBounds {
        /// Which element of the node, from 0.
        at: u64,
        /// To what it points.
        what: &'static str,
        /// Where it points.
        index: i64,
        /// How many there are.
        length: u64,
    },
    /// An Arrow array that is not of the type that its field declares.
    #[error("the field declares {declared}, but the array is {found}")]
    TypesDiffer {
        /// What the field declares.
        declared: DataType,
        /// What the array is.
        found: DataType,
    },
    /// A record batch of other columns than those of the schema that was planned for.
    #[error("the batch has the columns {}, where the schema has {}", listed(.found), listed(.expected))]
    SchemasDiffer {
        /// The names of the schema's.
        expected: Vec<String>,
        /// The names of the batch's.
        found: Vec<String>,
    },
    /// An array that is not of the form that was planned for.
    #[error("the array is not of the form that the schema was made of: {0}")]
    FormsDiffer(#[source] ArrayError),
    /// Metadata in Awkward's name that cannot be read.
    #[error("the Arrow metadata of Awkward cannot be read: {reason}")]
    Metadata {
        /// Why.
        reason: String,
    },
    /// Nodes in nodes, more of them than are read.
    #[error("Arrow's type nests more than {max} deep")]
    TooDeep {
        /// The most that is read.
        max: usize,
    },
    /// Something about the buffers of an Arrow array.
    #[error(transparent)]
    Problem(#[from] gawky_array::Problem),
    /// Something about the array itself.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// Something about bytes.
    #[error(transparent)]
    Buffer(#[from] BufferError),
    /// Something about the form.
    #[error(transparent)]
    Form(#[from] FormError),
    /// Something that Arrow can say, and Parquet cannot.
    #[error("Parquet has no {what}: {hint}")]
    NotInParquet {
        /// What it is.
        what: String,
        /// What to do instead.
        hint: &'static str,
    },
    /// A file, or a foreign array, at which Arrow's own code gave up.
    #[error("what was to be read is damaged: Arrow gave up at it ({reason})")]
    Damaged {
        /// What the reader said.
        reason: String,
    },
    /// What the crate that reads and writes Parquet files refuses.
    #[cfg(feature = "parquet")]
    #[error(transparent)]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Something that Arrow's own crates refuse.
    #[error(transparent)]
    Arrow(#[from] arrow_schema::ArrowError),
}

impl ArrowError {
    /// The node, by the fields that lead to it.
    #[must_use]
    pub fn path(&self) -> NodePath {
        let mut path = NodePath::root();
        for step in self.steps.iter().rev() {
            match step {
                Step::Field(name) => path.push_field(Arc::clone(name)),
                Step::Slot(slot) => path.push_slot(*slot),
                Step::Alternative(alternative) => path.push_alternative(*alternative),
            }
        }
        path
    }

    /// What is wrong there.
    #[must_use]
    pub fn problem(&self) -> &ArrowProblem {
        &self.problem
    }

    pub(crate) fn in_field(mut self, name: &str) -> Self {
        self.steps.push(Step::Field(name.into()));
        self
    }

    pub(crate) fn in_slot(mut self, slot: usize) -> Self {
        self.steps.push(Step::Slot(slot));
        self
    }

    pub(crate) fn in_alternative(mut self, alternative: usize) -> Self {
        self.steps.push(Step::Alternative(alternative));
        self
    }
}

impl fmt::Display for ArrowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path(), self.problem)
    }
}

impl std::error::Error for ArrowError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.problem.source()
    }
}

impl<P: Into<ArrowProblem>> From<P> for ArrowError {
    fn from(problem: P) -> Self {
        Self {
            steps: Vec::new(),
            problem: Box::new(problem.into()),
        }
    }
}

/// The first of many names.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let mut text = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("{name:?}"))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(", … ({} in all)", names.len()));
    }
    if names.is_empty() {
        "(none)".to_owned()
    } else {
        text
    }
}

/// A length in memory as a number of rows.
pub(crate) fn as_rows(length: usize) -> u64 {
    // No machine has a usize wider than 64 bits.
    u64::try_from(length).unwrap_or(u64::MAX)
}
