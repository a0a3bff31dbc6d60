//! Values that hold no others: names, numbers, truth values.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::Context;
use crate::json::problem::JsonProblem;

/// A value that holds no others.
pub(super) enum Leaf<'de> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Negative(i64),
    Float(f64),
    Text(Cow<'de, str>),
}

impl fmt::Display for Leaf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Unsigned(value) => value.fmt(f),
            Self::Negative(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Text(text) => fmt::Debug::fmt(text, f),
        }
    }
}

/// Reads a leaf.
#[derive(Clone, Copy)]
pub(super) struct LeafSeed<'c> {
    pub(super) context: &'c Context,
    pub(super) expected: &'static str,
}

impl LeafSeed<'_> {
    fn wrong<E: de::Error>(self, found: &(impl fmt::Display + ?Sized)) -> E {
        self.context.fail(JsonProblem::WrongType {
            expected: self.expected,
            found: found.to_string(),
        })
    }
}

impl<'de> DeserializeSeed<'de> for LeafSeed<'_> {
    type Value = Leaf<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Leaf<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for LeafSeed<'_> {
    type Value = Leaf<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Leaf<'de>, E> {
        Ok(Leaf::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Leaf<'de>, E> {
        Ok(Leaf::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Leaf<'de>, E> {
        Ok(Leaf::Unsigned(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Leaf<'de>, E> {
        Ok(u64::try_from(value).map_or(Leaf::Negative(value), Leaf::Unsigned))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Leaf<'de>, E> {
        Ok(Leaf::Float(value))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Leaf<'de>, E> {
        Ok(Leaf::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Leaf<'de>, E> {
        Ok(Leaf::Text(Cow::Borrowed(text)))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Leaf<'de>, E> {
        Ok(Leaf::Text(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Leaf<'de>, A::Error> {
        Err(self.wrong("an array"))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Leaf<'de>, A::Error> {
        Err(self.wrong("an object"))
    }
}

/// Makes something of a leaf.
pub(super) trait FromLeaf<'de>: Sized {
    /// What is needed, as errors say it.
    const EXPECTED: &'static str;

    /// `Err` gives the leaf back where it is of another kind.
    fn from_leaf(leaf: Leaf<'de>) -> Result<Self, LeafError<'de>>;
}

pub(super) enum LeafError<'de> {
    WrongType(Leaf<'de>),
    Problem(JsonProblem),
}

impl<'de> FromLeaf<'de> for Cow<'de, str> {
    const EXPECTED: &'static str = "a string";

    fn from_leaf(leaf: Leaf<'de>) -> Result<Self, LeafError<'de>> {
        match leaf {
            Leaf::Text(text) => Ok(text),
            other => Err(LeafError::WrongType(other)),
        }
    }
}

impl<'de> FromLeaf<'de> for Option<Cow<'de, str>> {
    const EXPECTED: &'static str = "a string or null";

    fn from_leaf(leaf: Leaf<'de>) -> Result<Self, LeafError<'de>> {
        match leaf {
            Leaf::Text(text) => Ok(Some(text)),
            Leaf::Null => Ok(None),
            other => Err(LeafError::WrongType(other)),
        }
    }
}

impl<'de> FromLeaf<'de> for bool {
    const EXPECTED: &'static str = "true or false";

    fn from_leaf(leaf: Leaf<'de>) -> Result<Self, LeafError<'de>> {
        match leaf {
            Leaf::Bool(value) => Ok(value),
            other => Err(LeafError::WrongType(other)),
        }
    }
}

/// Sizes.
impl<'de> FromLeaf<'de> for u64 {
    const EXPECTED: &'static str = "a size (a whole number below 2^64)";

    fn from_leaf(leaf: Leaf<'de>) -> Result<Self, LeafError<'de>> {
        match leaf {
            Leaf::Unsigned(value) => Ok(value),
            Leaf::Negative(value) => Err(LeafError::Problem(JsonProblem::Negative(value))),
            Leaf::Null => Err(LeafError::Problem(JsonProblem::UnknownSize)),
            other => Err(LeafError::WrongType(other)),
        }
    }
}

impl<'de> LeafError<'de> {
    pub(super) fn fail<T: FromLeaf<'de>, E: de::Error>(self, context: &Context) -> E {
        context.fail(match self {
            Self::Problem(problem) => problem,
            Self::WrongType(leaf) => JsonProblem::WrongType {
                expected: T::EXPECTED,
                found: leaf.to_string(),
            },
        })
    }
}
