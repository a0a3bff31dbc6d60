//! Parameters: any JSON, but no deeper than a cap, and no member twice.

use std::fmt;

use indexmap::IndexMap;
use indexmap::map::Entry;
use serde::Deserializer;
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::Context;
use super::members::NameSeed;
use crate::Parameters;
use crate::json::MAX_PARAMETER_DEPTH;
use crate::json::problem::{JsonProblem, Step};

/// Reads the parameters of a node: an object, or null for none.
#[derive(Clone, Copy)]
pub(super) struct ParametersSeed<'c> {
    pub(super) context: &'c Context,
}

impl ParametersSeed<'_> {
    const EXPECTED: &'static str = "an object or null";

    fn wrong<E: de::Error>(self, found: &(impl fmt::Display + ?Sized)) -> E {
        self.context.fail(JsonProblem::WrongType {
            expected: Self::EXPECTED,
            found: found.to_string(),
        })
    }
}

impl<'de> DeserializeSeed<'de> for ParametersSeed<'_> {
    type Value = Parameters;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Parameters, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ParametersSeed<'_> {
    type Value = Parameters;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::EXPECTED)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Parameters, E> {
        Ok(Parameters::none())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parameters, A::Error> {
        let context = self.context;
        let mut parameters = IndexMap::new();
        while let Some(name) = map.next_key_seed(NameSeed)? {
            let value = map.next_value_seed(ValueSeed { context, depth: 1 });
            let value = context.at(value, || Step::Named(name.to_string()))?;
            match parameters.entry(name.into_owned()) {
                Entry::Vacant(entry) => entry.insert(value),
                Entry::Occupied(entry) => {
                    return Err(context.fail(JsonProblem::Repeated(entry.key().clone())));
                }
            };
        }
        Ok(Parameters::from_map(parameters))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Parameters, E> {
        Err(self.wrong(&value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Parameters, E> {
        Err(self.wrong(&value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Parameters, E> {
        Err(self.wrong(&value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Parameters, E> {
        Err(self.wrong(&value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Parameters, E> {
        Err(self.wrong(&format_args!("{value:?}")))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Parameters, A::Error> {
        Err(self.wrong("an array"))
    }
}

/// Reads any JSON.
#[derive(Clone, Copy)]
struct ValueSeed<'c> {
    context: &'c Context,
    depth: usize,
}

impl ValueSeed<'_> {
    /// The seed of what this value holds.
    fn inner<E: de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_PARAMETER_DEPTH {
            return Err(self
                .context
                .fail(JsonProblem::ParametersTooDeep(MAX_PARAMETER_DEPTH)));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let seed = self.inner()?;
        let mut values = Vec::new();
        loop {
            let value = seq.next_element_seed(seed);
            match self.context.at(value, || Step::Element(values.len()))? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let seed = self.inner()?;
        let mut members = Map::new();
        while let Some(name) = map.next_key_seed(NameSeed)? {
            let value = map.next_value_seed(seed);
            let value = self.context.at(value, || Step::Named(name.to_string()))?;
            let name = name.into_owned();
            if members.contains_key(&name) {
                return Err(self.context.fail(JsonProblem::Repeated(name)));
            }
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}
