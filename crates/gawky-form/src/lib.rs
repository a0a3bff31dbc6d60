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
//! ```
//! use gawky_form::{Dialect, Form, FormKeyFormat, KeyFormat};
//!
//! let form: Form = r#"{"class": "ListOffsetArray64", "content": {"class": "RecordArray", "contents": {"pt": "float32", "charge": "int8"}}}"#
//!     .parse()?; // of Awkward 1, as it happens
//! assert_eq!(form.type_().to_string(), "var * {pt: float32, charge: int8}");
//!
//! let form = form.select("pt")?.with_form_keys(&FormKeyFormat::default(), 0)?;
//! let keys: Vec<_> = form.expected_buffers(&KeyFormat::array(), None)?.into_iter().map(|buffer| buffer.key.to_string()).collect();
//! assert_eq!(keys, ["node0-offsets", "node2-data"]);
//! assert!(form.to_json(Dialect::V2, false)?.starts_with(r#"{"class": "ListOffsetArray", "offsets": "i64""#));
//! # Ok::<(), gawky_form::FormError>(())
//! ```
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
