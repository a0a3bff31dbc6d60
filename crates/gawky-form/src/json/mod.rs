//! Forms as JSON: three dialects are read, two are written.
//!
//! Read: Awkward 2's, its older style of records (`contents` as an object), and Awkward 1's, verbose or
//! terse, with its `VirtualArray` wrappers, which read as what they wrap. Members may come in any order,
//! unknown ones are ignored as Awkward ignores them. Written: Awkward 2's and Awkward 1's, each verbose or
//! terse, with the members and the order of the original (`awkward/forms/*.py`; Awkward 1's
//! `src/libawkward/Content.cpp` and `array/*.cpp`).

mod detect;
mod problem;
mod read;
mod write;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

pub use problem::JsonProblem;
use read::{Context, NodeSeed, usual};
use write::Node;

use crate::select::{Open, Patterns};
use crate::{Columns, Form, FormError, python_json};

/// How deeply forms read from JSON, and types read from datashape, may be nested.
///
/// In an unoptimized build, no recursion of this crate over so deep a form takes more than 1.25 MiB of stack.
pub const MAX_DEPTH: usize = 128;

/// How deeply parameters may be nested.
pub const MAX_PARAMETER_DEPTH: usize = 64;

/// How many dimensions one row of a NumPy node may have; NumPy itself allows no more.
pub const MAX_DIMENSIONS: usize = 64;

/// Whose JSON is to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Awkward 2's: `ListOffsetArray`, `primitive`, `fields` beside `contents`.
    #[default]
    V2,
    /// Awkward 1's: `ListOffsetArray64`, `itemsize` and `format`, `contents` as an object.
    V1,
}

impl Form {
    /// Reads a form in any dialect.
    ///
    /// ```
    /// use gawky_form::Form;
    /// let new = Form::from_json(r#"{"class": "ListOffsetArray", "offsets": "i64", "content": "float64"}"#)?;
    /// let old = Form::from_json(
    ///     r#"{"class": "ListOffsetArray64", "offsets": "i64",
    ///         "content": {"class": "NumpyArray", "itemsize": 8, "format": "d"}}"#,
    /// )?;
    /// assert_eq!(new, old);
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    ///
    /// # Errors
    /// [`FormError::JsonSyntax`] for what is no JSON; [`FormError::Json`] for JSON that is no form: it says
    /// where, and why.
    pub fn from_json(json: &str) -> Result<Self, FormError> {
        Self::read_json(json, None)
    }

    /// Reads a form with only these columns: what [`select`](Self::select) leaves of it.
    ///
    /// Fields that are not selected are passed over: that they are JSON is all that is known of them then. Of a form of very
    /// many columns this takes a fraction of the time.
    ///
    /// ```
    /// use gawky_form::Form;
    /// let json = r#"{"class": "RecordArray", "fields": ["x", "y"], "contents": ["float64", "int8"]}"#;
    /// assert_eq!(Form::from_json_columns(json, "y")?, Form::from_json(json)?.select("y")?);
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    ///
    /// # Errors
    /// As for [`from_json`](Self::from_json) and [`select`](Self::select).
    pub fn from_json_columns(json: &str, columns: impl Columns) -> Result<Self, FormError> {
        let patterns = Patterns::below(&[] as &[&str], &columns)?;
        let wanted = Self::read_json(json, Some(&patterns.open()))?;
        match wanted.select_patterns(&patterns) {
            // The error names all columns that there are.
            Err(FormError::NoColumn { .. }) => Self::from_json(json)?.select_patterns(&patterns),
            selected => selected,
        }
    }

    /// Reads the form that a text begins with, and tells how many bytes of it that took: a form that stands within other JSON.
    /// With `columns`, as [`from_json_columns`](Self::from_json_columns).
    ///
    /// ```
    /// use gawky_form::Form;
    /// let text = r#"{"class": "RecordArray", "fields": ["x"], "contents": ["float64"]}, "rows": 3}"#;
    /// let (form, length) = Form::from_json_start(text, None::<&str>)?;
    /// assert_eq!(form, Form::from_json(&text[..length])?);
    /// assert_eq!(&text[length..], r#", "rows": 3}"#);
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    ///
    /// # Errors
    /// As for [`from_json`](Self::from_json) and [`select`](Self::select).
    pub fn from_json_start(
        json: &str,
        columns: Option<impl Columns>,
    ) -> Result<(Self, usize), FormError> {
        let patterns = match &columns {
            None => None,
            Some(columns) => Some(Patterns::below(&[] as &[&str], columns)?),
        };
        let open = patterns.as_ref().map(Patterns::open);
        if let Some((form, rest)) = usual::read(json, open.as_deref()) {
            let form = Arc::unwrap_or_clone(form);
            let selected = match &patterns {
                None => Ok(form),
                Some(patterns) => form.select_patterns(patterns),
            };
            if let Ok(form) = selected {
                return Ok((form, json.len() - rest.len()));
            }
        }
        let mut values = serde_json::Deserializer::from_str(json).into_iter::<&RawValue>();
        let first = values.next().transpose().map_err(|error| syntax(&error))?;
        let first = first.map(RawValue::get).unwrap_or_default();
        let form = match columns {
            None => Self::from_json(first),
            Some(columns) => Self::from_json_columns(first, columns),
        };
        Ok((form?, values.byte_offset()))
    }

    /// Reads at least what is wanted of a form.
    fn read_json(json: &str, wanted: Option<&[Open<'_>]>) -> Result<Self, FormError> {
        if let Some((form, rest)) = usual::read(json, wanted)
            && rest.bytes().all(|byte| b" \n\r\t".contains(&byte))
        {
            return Ok(Arc::unwrap_or_clone(form));
        }
        Self::read_any_json(json, wanted)
    }

    /// The same, however it is spelled.
    fn read_any_json(json: &str, wanted: Option<&[Open<'_>]>) -> Result<Self, FormError> {
        let context = Context::default();
        let mut deserializer = serde_json::Deserializer::from_str(json);
        // The seed counts by itself.
        deserializer.disable_recursion_limit();
        NodeSeed::root(&context, wanted)
            .deserialize(&mut deserializer)
            .and_then(|form| deserializer.end().map(|()| Arc::unwrap_or_clone(form)))
            .map_err(|error| context.into_error().unwrap_or_else(|| syntax(&error)))
    }

    /// This form as JSON text: as Python's `json.dumps` spells it for Awkward 2, without spaces for Awkward 1.
    ///
    /// Verbose, every node has all its members; otherwise those with default values are left out, and leaves
    /// with no more than a dtype are bare strings.
    ///
    /// ```
    /// use gawky_buffer::DType;
    /// use gawky_form::{Dialect, Form, NumpyForm};
    /// let form = Form::from(NumpyForm::new(DType::Int64));
    /// assert_eq!(form.to_json(Dialect::V2, false)?, r#"{"class": "NumpyArray", "primitive": "int64"}"#);
    /// assert_eq!(
    ///     form.to_json(Dialect::V1, false)?,
    ///     r#"{"class":"NumpyArray","itemsize":8,"format":"l","primitive":"int64"}"#
    /// );
    /// # Ok::<(), gawky_form::FormError>(())
    /// ```
    ///
    /// # Errors
    /// [`FormError::NotInDialect`] when a record has two fields of one name, which Awkward 1 cannot say.
    pub fn to_json(&self, dialect: Dialect, verbose: bool) -> Result<String, FormError> {
        self.check_dialect(dialect)?;
        let node = Node::root(self, dialect, verbose);
        match dialect {
            Dialect::V2 => python_json::dumps(&node),
            Dialect::V1 => serde_json::to_string(&node),
        }
        .map_err(|error| syntax(&error))
    }

    /// This form as a JSON value; see [`to_json`](Self::to_json).
    ///
    /// # Errors
    /// As for [`to_json`](Self::to_json).
    pub fn to_json_value(&self, dialect: Dialect, verbose: bool) -> Result<Value, FormError> {
        self.check_dialect(dialect)?;
        serde_json::to_value(Node::root(self, dialect, verbose)).map_err(|error| syntax(&error))
    }
}

fn syntax(error: &serde_json::Error) -> FormError {
    FormError::JsonSyntax {
        line: error.line(),
        column: error.column(),
        message: error.to_string(),
    }
}

/// The form as Awkward 2 prints it, in one line; `parse` reads it back.
impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = self.to_json(Dialect::V2, false).map_err(|_| fmt::Error)?;
        f.write_str(&json)
    }
}

impl FromStr for Form {
    type Err = FormError;

    /// Reads JSON, as [`Form::from_json`].
    fn from_str(json: &str) -> Result<Self, FormError> {
        Self::from_json(json)
    }
}

impl Serialize for Form {
    /// Awkward 2's terse JSON.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Node::root(self, Dialect::V2, false).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Form {
    /// Any dialect; only from formats that describe themselves, such as JSON.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let context = Context::default();
        NodeSeed::root(&context, None)
            .deserialize(deserializer)
            .map(Arc::unwrap_or_clone)
            .map_err(|error| match context.into_error() {
                Some(refused) => D::Error::custom(refused),
                None => error,
            })
    }
}

#[cfg(test)]
mod dialect_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod usual_tests;
