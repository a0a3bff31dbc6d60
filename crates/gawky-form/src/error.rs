//! What can go wrong with forms, types and keys.

use crate::NodePath;
use crate::alike::most_alike;
use crate::json::JsonProblem;
use crate::key::TemplateProblem;
use crate::types::DatashapeProblem;

/// What can go wrong with forms, types and keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// A record form with as many names as contents was needed.
    #[error("a record has {fields} field names for {contents} contents")]
    FieldCount {
        /// How many names there are.
        fields: usize,
        /// How many contents there are.
        contents: usize,
    },
    /// A union with more alternatives than 8-bit tags can tell apart.
    #[error("a union has {contents} contents, but its tags are 8-bit: 128 at most")]
    UnionWidth {
        /// How many contents there are.
        contents: usize,
    },
    /// A template of keys that cannot be understood.
    #[error("the key template {template:?} is wrong at byte {position}: {problem}")]
    Template {
        /// The template.
        template: String,
        /// Where the problem is, in bytes.
        position: usize,
        /// What the problem is.
        problem: TemplateProblem,
    },
    /// A template that asks for a partition where there is none.
    #[error(
        "the key template {template:?} asks for a partition, but this array has no partitions; use a template \
         without {{partition}}, or say which partition it is"
    )]
    NoPartition {
        /// The template.
        template: String,
    },
    /// A node with buffers has no form key to name them by.
    #[error(
        "{class} at {path} has no form key to name its buffers by; name the nodes with with_form_keys first"
    )]
    NoFormKey {
        /// The node.
        path: NodePath,
        /// The class of the node.
        class: &'static str,
    },
    /// More nodes than numbers to name them by.
    #[error(
        "the nodes of the form cannot be numbered: the numbers pass u64::MAX; start from a lower id"
    )]
    NodeNumber,
    /// What is no JSON.
    #[error("this is no JSON: {message}")]
    JsonSyntax {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What the JSON reader says, position included.
        message: String,
    },
    /// JSON that is no form.
    #[error("this JSON is no form, at {path}: {problem}")]
    Json {
        /// Where, from the root `$`.
        path: String,
        /// Why.
        problem: JsonProblem,
    },
    /// A form that Awkward 1 cannot write down.
    #[error(
        "the record at {path} has two fields {field:?}, which Awkward 1's JSON cannot say; write Awkward 2's, or \
         rename one"
    )]
    NotInDialect {
        /// The record.
        path: NodePath,
        /// The name that is there twice.
        field: String,
    },
    /// An unknown type with parameters, for which there is no form.
    #[error("an unknown type with parameters has no form: EmptyArray cannot have parameters")]
    EmptyParameters,
    /// A type that cannot be read.
    #[error("the type cannot be read at byte {position}: {problem}")]
    Datashape {
        /// Where, in bytes.
        position: usize,
        /// Why.
        problem: DatashapeProblem,
    },
    /// A pattern that leads to no column.
    #[error("no column matches {column:?}{}", choices(.column, .columns))]
    NoColumn {
        /// The pattern.
        column: String,
        /// The columns that there are.
        columns: Vec<String>,
    },
    /// A field that holds no lists, whose lengths were asked for.
    #[error("{column:?} holds no lists that have lengths")]
    NoLists {
        /// The field; empty for the array itself.
        column: String,
    },
    /// A pattern without a name in it.
    #[error(
        "the column pattern {column:?} is, or expands to, nothing; name a column, or \"*\" for all"
    )]
    EmptyColumn {
        /// The pattern.
        column: String,
    },
    /// A pattern whose braces multiply.
    #[error(
        "the column pattern {column:?} stands for more than {limit} patterns; select in several steps"
    )]
    TooManyAlternatives {
        /// The pattern.
        column: String,
        /// The most that are allowed.
        limit: usize,
    },
    /// A pattern, or a path, that is too long.
    #[error(
        "a column pattern of {length} bytes is longer than {limit}; select with several patterns"
    )]
    LongColumn {
        /// Its length in bytes.
        length: usize,
        /// The most that are allowed.
        limit: usize,
    },
}

/// What one might have meant.
fn choices(column: &str, columns: &[String]) -> String {
    match most_alike(column, columns) {
        None => "; there are no columns".to_owned(),
        Some(alike) => format!("; there are {alike}"),
    }
}
