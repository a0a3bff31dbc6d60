//! Shape without data: forms, types, keys and column selection.
//!
//! | type | what it is |
//! |---|---|
//! | [`Form`] and its 12 node structs | the tree of node classes, with parameters and form keys |
//! | [`Parameters`] | the JSON metadata of one node, verbatim and in order |
//! | [`BufferSpec`], [`Attribute`], [`Extent`] | the buffers that a node declares, as data |
//! | [`FormKeyFormat`], [`KeyFormat`], [`KeyParts`], [`ExpectedBuffer`] | what nodes and blobs are called |
//! | [`Dialect`], [`Form::from_json`], [`Form::to_json`] | forms as JSON: three dialects read, two written |
//! | [`NodePath`] | where in a form a node is, as errors say it |
//! | [`Form::difference`], [`FormDifferences`] | in what two forms differ, node by node |
//! | [`Form::unify`], [`Merging`] | the form that holds the values of several |
//! | [`Type`], [`ArrayType`] | what a user sees, in datashape, printed and parsed |
//! | [`Form::select`], [`Form::columns`] | column selection by patterns |
//! | [`most_alike`] | for errors: of the names that there are, those most like the one asked for |
//! | [`FormError`] | everything that can go wrong here |
//!
//! A form never holds a length, and nothing here does I/O.

mod alike;
mod difference;
mod error;
mod form;
mod json;
mod key;
mod learn;
mod parameters;
mod python_json;
mod select;
mod types;
mod unify;

pub use alike::most_alike;
pub use difference::{FormDifference, FormDifferences};
pub use error::FormError;
pub use form::{
    Attribute, BitMaskedForm, BufferSpec, BufferSpecs, ByteMaskedForm, EmptyForm, Extent, Form,
    IndexType, IndexedForm, IndexedOptionForm, ListForm, ListOffsetForm, NodeInfo, NumpyForm,
    RecordForm, RegularForm, SignedIndexType, UnionForm, UnmaskedForm,
};
pub use json::{Dialect, JsonProblem, MAX_DEPTH, MAX_DIMENSIONS, MAX_PARAMETER_DEPTH};
pub use key::{ExpectedBuffer, FormKeyFormat, KeyFormat, KeyParts, NodePath, TemplateProblem};
pub use parameters::Parameters;
pub use select::Columns;
pub use types::{
    ArrayType, DatashapeProblem, ListType, NumpyType, OptionType, RecordType, RegularType, Type,
    UnionType, UnknownType,
};
pub use unify::Merging;
