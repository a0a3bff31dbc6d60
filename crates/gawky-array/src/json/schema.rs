//! JSON Schemas as types: so much of them as `ak.from_json` understands.

use std::cell::RefCell;
use std::sync::Arc;

use gawky_buffer::DType;
use gawky_form::{MAX_DEPTH, Parameters, RecordType, Type};
use serde_json::{Map, Value};

use super::JsonError;

/// What the rows are of which a schema speaks: the items of an array, or whatever else it is itself.
///
/// With the strings of each `enum`, in the order in which their categories are in the type.
pub(super) fn rows_of(schema: &str) -> Result<(Type, Vec<Vec<String>>), JsonError> {
    let root: Value = serde_json::from_str(schema).map_err(|error| JsonError::Schema {
        at: "its text".to_owned(),
        problem: error.to_string(),
    })?;
    let enums = RefCell::default();
    let schema = Schema {
        at: String::new(),
        depth: 0,
        enums: &enums,
    };
    let of = match root.get("type") {
        Some(Value::String(name)) if name == "array" => {
            let items = schema.member(schema.object(&root)?, "items")?;
            schema.below("items").type_of(items)
        }
        _ => schema.type_of(&root),
    }?;
    Ok((of, enums.take()))
}

/// A place in a schema.
struct Schema<'e> {
    /// As a JSON Pointer.
    at: String,
    depth: usize,
    enums: &'e RefCell<Vec<Vec<String>>>,
}

impl Schema<'_> {
    fn below(&self, name: &str) -> Self {
        Self {
            at: format!("{}/{}", self.at, name.replace('~', "~0").replace('/', "~1")),
            depth: self.depth + 1,
            enums: self.enums,
        }
    }

    fn wrong(&self, problem: impl Into<String>) -> JsonError {
        let at = match self.at.as_str() {
            "" => "its root".to_owned(),
            at => format!("{at:?}"),
        };
        JsonError::Schema {
            at,
            problem: problem.into(),
        }
    }

    fn object<'v>(&self, schema: &'v Value) -> Result<&'v Map<String, Value>, JsonError> {
        schema
            .as_object()
            .ok_or_else(|| self.wrong("it is no object"))
    }

    fn member<'v>(
        &self,
        schema: &'v Map<String, Value>,
        name: &str,
    ) -> Result<&'v Value, JsonError> {
        let missing = || {
            self.wrong(format!(
                "it has no {name:?}, so that it does not say what an array is to hold"
            ))
        };
        schema.get(name).ok_or_else(missing)
    }

    fn type_of(&self, schema: &Value) -> Result<Type, JsonError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.wrong(format!("it is nested more than {MAX_DEPTH} deep")));
        }
        let schema = self.object(schema)?;
        let (name, optional) = self.name(schema)?;
        let of = match name {
            "boolean" => DType::Bool.into(),
            "integer" => DType::Int64.into(),
            "number" => DType::Float64.into(),
            "string" => self.string(schema)?,
            "array" => {
                let items = self.below("items").type_of(self.member(schema, "items")?)?;
                let bound = |name| schema.get(name).and_then(Value::as_u64);
                match (bound("minItems"), bound("maxItems")) {
                    (Some(least), Some(most)) if least == most => items.regular(least),
                    _ => items.list(),
                }
            }
            "object" => {
                let at = self.below("properties");
                let properties = at.object(self.member(schema, "properties")?)?;
                let names = properties
                    .keys()
                    .map(|name| Arc::from(name.as_str()))
                    .collect();
                let contents = properties
                    .iter()
                    .map(|(name, schema)| at.below(name).type_of(schema));
                let contents = contents.collect::<Result<_, _>>()?;
                RecordType::try_new(Some(names), contents, Parameters::none())?.into()
            }
            other => return Err(self.wrong(format!("there is no type {other:?}"))),
        };
        Ok(if optional { of.option() } else { of })
    }

    /// The one type that is named, and whether it may be missing.
    fn name<'v>(&self, schema: &'v Map<String, Value>) -> Result<(&'v str, bool), JsonError> {
        let named = self.member(schema, "type")?;
        if let Some(name) = named.as_str() {
            return Ok((name, false));
        }
        let names: Option<Vec<&str>> = named
            .as_array()
            .and_then(|names| names.iter().map(Value::as_str).collect());
        let names = names
            .ok_or_else(|| self.wrong("its \"type\" is neither a name nor a list of names"))?;
        let mut others = names.iter().filter(|name| **name != "null");
        match (others.next(), others.next()) {
            (Some(name), None) => Ok((name, names.contains(&"null"))),
            _ => Err(self
                .wrong("its \"type\" is to name one type, and \"null\" where that may be missing")),
        }
    }

    fn string(&self, schema: &Map<String, Value>) -> Result<Type, JsonError> {
        let Some(values) = schema.get("enum") else {
            return Ok("string".parse()?);
        };
        let names = values.as_array().and_then(|values| {
            let names = values.iter().map(|value| value.as_str().map(str::to_owned));
            names.collect::<Option<Vec<String>>>()
        });
        let names = names.ok_or_else(|| self.wrong("its \"enum\" is no list of strings"))?;
        self.enums.borrow_mut().push(names);
        Ok("categorical[type=string]".parse()?)
    }
}
