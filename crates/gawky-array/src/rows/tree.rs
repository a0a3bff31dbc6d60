//! A value of a format that cannot be read twice, kept for as long as it takes to find the content of a union that takes it.

use std::fmt;

use gawky_form::MAX_DEPTH;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::ser::{Serialize, SerializeMap, SerializeTuple, Serializer};

/// A value with all that is in it.
#[derive(Debug)]
pub(super) enum Tree {
    Missing,
    Some(Box<Self>),
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Wide(i128),
    Float32(f32),
    Float64(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Self>),
    Tuple(Vec<Self>),
    Map(Vec<(Self, Self)>),
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Missing => serializer.serialize_none(),
            Self::Some(value) => serializer.serialize_some(value),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Signed(value) => serializer.serialize_i64(*value),
            Self::Unsigned(value) => serializer.serialize_u64(*value),
            Self::Wide(value) => serializer.serialize_i128(*value),
            Self::Float32(value) => serializer.serialize_f32(*value),
            Self::Float64(value) => serializer.serialize_f64(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Self::List(elements) => serializer.collect_seq(elements),
            Self::Tuple(elements) => {
                let mut tuple = serializer.serialize_tuple(elements.len())?;
                for element in elements {
                    tuple.serialize_element(element)?;
                }
                tuple.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

/// Reads a tree that is in so many others.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    pub(super) depth: usize,
}

impl Reading {
    fn inner<E: Error>(self) -> Result<Self, E> {
        match self.depth < MAX_DEPTH {
            true => Ok(Self {
                depth: self.depth + 1,
            }),
            false => Err(E::custom(super::RowsProblem::TooDeep)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reading {
    type Value = Tree;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Tree, D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Signed(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Tree, E> {
        Ok(i64::try_from(value).map_or(Tree::Unsigned(value), Tree::Signed))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Tree, E> {
        match u64::try_from(value) {
            Ok(value) => self.visit_u64(value),
            Err(_) => Ok(i64::try_from(value).map_or(Tree::Wide(value), Tree::Signed)),
        }
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Tree, E> {
        self.visit_i128(i128::try_from(value).unwrap_or(i128::MAX))
    }

    fn visit_f32<E: Error>(self, value: f32) -> Result<Tree, E> {
        Ok(Tree::Float32(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Float64(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_bytes<E: Error>(self, value: &[u8]) -> Result<Tree, E> {
        Ok(Tree::Bytes(value.to_vec()))
    }

    fn visit_none<E: Error>(self) -> Result<Tree, E> {
        Ok(Tree::Missing)
    }

    fn visit_unit<E: Error>(self) -> Result<Tree, E> {
        Ok(Tree::Missing)
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<Tree, D::Error> {
        let value = self.inner()?.deserialize(value)?;
        Ok(Tree::Some(Box::new(value)))
    }

    /// An extension type of MessagePack comes as a newtype of its number and its bytes.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<Tree, D::Error> {
        match value.deserialize_any(self.inner()?)? {
            Tree::List(both) => Ok(Tree::Tuple(both)),
            tree => Ok(tree),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Tree, A::Error> {
        let inner = self.inner()?;
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(inner)? {
            list.push(element);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let inner = self.inner()?;
        let mut map = Vec::new();
        while let Some(key) = entries.next_key_seed(inner)? {
            map.push((key, entries.next_value_seed(inner)?));
        }
        Ok(Tree::Map(map))
    }

    /// What a CBOR tag is put on comes as the variant of an enum.
    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<Tree, A::Error> {
        let (name, content) = variant.variant::<String>()?;
        match name.as_str() {
            "@@TAGGED@@" => content.tuple_variant(2, Tagged(self.inner()?)),
            _ => Err(A::Error::custom(format!(
                "the format has the variant {name:?} of an enum, and does not tell what is in it"
            ))),
        }
    }
}

/// What a tag is put on, behind the tag.
struct Tagged(Reading);

impl<'de> Visitor<'de> for Tagged {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tag and a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut both: A) -> Result<Tree, A::Error> {
        let lacks = || A::Error::custom("a tag is put on nothing");
        both.next_element::<u64>()?.ok_or_else(lacks)?;
        both.next_element_seed(self.0)?.ok_or_else(lacks)
    }
}
