//! Awkward's own Arrow metadata: what parameters, records and options a node had.
//!
//! The keys and their meaning are those of `awkward/_connect/pyarrow/extn_types.py` and `table_conv.py`. A field
//! carries it as an extension type called `awkward`; the schema of a Parquet file carries that of all of its fields
//! as one JSON text, and the fields are plain.

use std::sync::Arc;

use arrow_schema::extension::{EXTENSION_TYPE_METADATA_KEY, EXTENSION_TYPE_NAME_KEY};
use arrow_schema::{DataType, Field, Metadata};
use gawky_form::Parameters;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{ArrowError, ArrowProblem};

/// What Awkward's extension type is called.
pub(crate) const NAME: &str = "awkward";

/// Where a field of a record says whether its own nulls mean anything, `True` or `False`.
const OPTION_TYPE: &str = "option_type";

/// What Awkward notes about a field.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Annotation {
    /// The class of the option, if the node is one.
    pub(crate) mask_type: Option<String>,
    /// The class of the node below the option.
    pub(crate) node_type: Option<String>,
    /// The option's parameters.
    pub(crate) mask_parameters: Parameters,
    /// The node's parameters; `None` where they are not told.
    pub(crate) node_parameters: Option<Parameters>,
    /// Whether a struct is a tuple.
    pub(crate) record_is_tuple: Option<bool>,
    /// Whether Arrow's null type stands for a type that is not known, and is no option.
    pub(crate) is_nonnullable_nulltype: bool,
    /// What there is to note about the values of a dictionary, which are no field of their own.
    pub(crate) values: Option<Arc<Annotation>>,
}

/// The members as Python writes them; more may come.
#[derive(Deserialize)]
pub(crate) struct Told {
    #[serde(default)]
    mask_type: Option<String>,
    #[serde(default)]
    node_type: Option<String>,
    #[serde(default)]
    mask_parameters: Option<Map<String, Value>>,
    #[serde(default)]
    node_parameters: Option<Map<String, Value>>,
    #[serde(default)]
    record_is_tuple: Option<bool>,
    #[serde(default)]
    is_nonnullable_nulltype: Option<bool>,
    /// In Parquet files: `"False"` where the field's nulls are those of the record around it.
    #[serde(default)]
    pub(crate) option_type: Option<Value>,
    #[serde(default)]
    pub(crate) field_name: Option<String>,
    #[serde(default)]
    pub(crate) subfield_metadata: Option<Vec<Option<Told>>>,
}

impl Told {
    /// What is told of a field of this type.
    pub(crate) fn annotation(&mut self, data_type: &DataType) -> Annotation {
        let values = match data_type {
            DataType::Dictionary(_, value) => {
                let told = self.subfield_metadata.as_mut();
                let told = told.and_then(|told| told.first_mut()?.as_mut());
                told.map(|told| Arc::new(told.annotation(value)))
            }
            _ => None,
        };
        Annotation {
            values,
            mask_type: self.mask_type.take(),
            node_type: self.node_type.take(),
            mask_parameters: parameters(self.mask_parameters.take()).unwrap_or_default(),
            node_parameters: parameters(self.node_parameters.take()),
            record_is_tuple: self.record_is_tuple,
            is_nonnullable_nulltype: self.is_nonnullable_nulltype.unwrap_or(false),
        }
    }
}

/// Parameters as Python tells them; none are told as an empty object, or by nothing.
pub(crate) fn parameters(told: Option<Map<String, Value>>) -> Option<Parameters> {
    told.map(Parameters::from_iter)
}

pub(crate) fn unreadable(reason: impl std::fmt::Display) -> ArrowError {
    ArrowProblem::Metadata {
        reason: reason.to_string(),
    }
    .into()
}

/// `parameters` as a JSON object.
pub(crate) fn to_json(parameters: &Parameters) -> Value {
    let members = parameters.iter();
    Value::Object(
        members
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect(),
    )
}

impl Annotation {
    /// What a field carries; `None` where it is not Awkward's.
    pub(crate) fn of(field: &Field) -> Result<Option<Self>, ArrowError> {
        let text = Self::text(field);
        text.map(|text| Self::read(text, field.data_type()))
            .transpose()
    }

    /// The text that a field carries, if it is Awkward's.
    pub(crate) fn text(field: &Field) -> Option<&str> {
        let metadata = field.metadata();
        if metadata.get(EXTENSION_TYPE_NAME_KEY)? != NAME {
            return None;
        }
        metadata
            .get(EXTENSION_TYPE_METADATA_KEY)
            .map(String::as_str)
    }

    /// What the text of a field of this type says.
    pub(crate) fn read(text: &str, data_type: &DataType) -> Result<Self, ArrowError> {
        let mut told: Told = serde_json::from_str(text).map_err(unreadable)?;
        Ok(told.annotation(data_type))
    }

    /// The metadata of a field that carries this.
    pub(crate) fn to_metadata(&self) -> Metadata {
        metadata(self.to_text())
    }

    /// All members, in Python's order and spelling.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::with_capacity(256);
        text.push('{');
        self.write_members(&mut text);
        text.push_str(", \"option_type\": false");
        if let Some(values) = &self.values {
            text.push_str(", \"subfield_metadata\": [");
            text.push_str(&values.to_text());
            text.push(']');
        }
        text.push('}');
        text
    }

    pub(crate) fn write_members(&self, text: &mut String) {
        text.push_str("\"mask_type\": ");
        write_class(text, self.mask_type.as_deref());
        text.push_str(", \"node_type\": ");
        write_class(text, self.node_type.as_deref());
        text.push_str(", \"mask_parameters\": ");
        let mask = self.mask_type.as_ref().map(|_| &self.mask_parameters);
        write_parameters(text, mask);
        text.push_str(", \"node_parameters\": ");
        write_parameters(text, self.node_parameters.as_ref());
        text.push_str(", \"record_is_tuple\": ");
        text.push_str(match self.record_is_tuple {
            Some(true) => "true",
            Some(false) => "false",
            None => "null",
        });
        text.push_str(", \"record_is_scalar\": false, \"is_nonnullable_nulltype\": ");
        text.push_str(if self.is_nonnullable_nulltype {
            "true"
        } else {
            "false"
        });
    }
}

/// The metadata of a field that carries an annotation's text.
pub(crate) fn metadata(text: String) -> Metadata {
    Metadata::new()
        .with(EXTENSION_TYPE_NAME_KEY, NAME)
        .with(EXTENSION_TYPE_METADATA_KEY, text)
}

/// The name of a class, which needs no escapes.
fn write_class(text: &mut String, name: Option<&str>) {
    match name {
        Some(name) => {
            text.push('"');
            text.push_str(name);
            text.push('"');
        }
        None => text.push_str("null"),
    }
}

/// Parameters without a copy of them.
struct Members<'p>(&'p Parameters);

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter())
    }
}

fn write_parameters(text: &mut String, parameters: Option<&Parameters>) {
    match parameters {
        None => text.push_str("null"),
        Some(parameters) if parameters.is_empty() => text.push_str("{}"),
        // JSON values, under names, are always JSON.
        Some(parameters) => {
            text.push_str(&serde_json::to_string(&Members(parameters)).unwrap_or_default());
        }
    }
}

/// A field that is nullable for the nulls of the record around it.
pub(crate) fn nullable_for_above(field: Field) -> Field {
    let mut field = field.with_nullable(true);
    field.metadata_mut().insert(OPTION_TYPE, "False");
    field
}

/// Whether a field is nullable for nothing but the nulls of the record around it.
pub(crate) fn is_nullable_for_above(field: &Field) -> bool {
    field
        .metadata()
        .get(OPTION_TYPE)
        .is_some_and(|told| told == "False")
}

/// Whether the nulls of an array of this field mean that something is missing. Awkward also makes a field nullable
/// for the nulls of the record around it, and says so.
pub(crate) fn is_option(field: &Field) -> bool {
    field.is_nullable() && !is_nullable_for_above(field)
}
