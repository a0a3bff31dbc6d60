//! Rows into Rust values.

use gawky_buffer::{Scalar, float128_to_f64};
use serde::Deserialize;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::RowsError;
use crate::value::Iter;
use crate::{RecordRef, Value};

/// A row as a Rust value.
pub(super) fn row<'de, T: Deserialize<'de>>(value: Value<'de>) -> Result<T, RowsError> {
    T::deserialize(Row(value))
}

/// A value of an array, to be read as whatever is asked for.
#[derive(Clone, Copy)]
struct Row<'de>(Value<'de>);

impl<'de> Deserializer<'de> for Row<'de> {
    type Error = RowsError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Scalar(scalar) => visit_scalar(scalar, visitor),
            Value::Str(text) => visitor.visit_borrowed_str(text),
            Value::NonUtf8(bytes) | Value::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Value::List(list) => visitor.visit_seq(Elements::new(list.iter())),
            Value::Record(record) if record.is_tuple() => {
                visitor.visit_seq(Elements::new(record.values()))
            }
            Value::Record(record) => visitor.visit_map(Fields::new(record, false)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        match self.0 {
            Value::Null
            | Value::Scalar(Scalar::DateTime64(None, _) | Scalar::TimeDelta64(None, _)) => {
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        visitor.visit_newtype_struct(self)
    }

    /// A bytestring is a sequence of its bytes, for those who ask for one.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        match self.0 {
            Value::Bytes(bytes) => {
                let elements = bytes.iter().map(|byte| Value::Scalar(Scalar::UInt8(*byte)));
                visitor.visit_seq(Elements::new(elements))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    /// A record in order, where it has names: a tuple may be read from it.
    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        match self.0 {
            Value::Record(record) => visitor.visit_seq(Elements::new(record.values())),
            _ => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        match self.0 {
            Value::Record(record) if !record.is_tuple() => {
                visitor.visit_map(Fields::new(record, true))
            }
            Value::List(list) => visitor.visit_map(Pairs {
                pairs: list.iter(),
                value: None,
            }),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        match self.0 {
            Value::Str(name) => visitor.visit_enum(BorrowedStrDeserializer::new(name)),
            Value::Record(record) => {
                // Of variants in one record, that is there which is not missing.
                let mut present = Fields::new(record, record.len() > 1);
                match (present.next(), present.next()) {
                    (Some((name, value)), None) => visitor.visit_enum(Variant { name, value }),
                    _ => Err(RowsError::custom(
                        "a variant is a string, or a record of which one field is not missing",
                    )),
                }
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct identifier
    }
}

fn visit_scalar<'de, V: Visitor<'de>>(scalar: Scalar, visitor: V) -> Result<V::Value, RowsError> {
    let pair = |re: f64, im: f64| {
        Elements::new(
            [re, im]
                .map(|part| Value::Scalar(Scalar::Float64(part)))
                .into_iter(),
        )
    };
    match scalar {
        Scalar::Bool(value) => visitor.visit_bool(value),
        Scalar::Int8(value) => visitor.visit_i8(value),
        Scalar::Int16(value) => visitor.visit_i16(value),
        Scalar::Int32(value) => visitor.visit_i32(value),
        Scalar::Int64(value) => visitor.visit_i64(value),
        Scalar::UInt8(value) => visitor.visit_u8(value),
        Scalar::UInt16(value) => visitor.visit_u16(value),
        Scalar::UInt32(value) => visitor.visit_u32(value),
        Scalar::UInt64(value) => visitor.visit_u64(value),
        Scalar::Float16(value) => visitor.visit_f32(value.to_f32()),
        Scalar::Float32(value) => visitor.visit_f32(value),
        Scalar::Float64(value) => visitor.visit_f64(value),
        Scalar::Float128(bytes) => visitor.visit_f64(float128_to_f64(&bytes)),
        Scalar::Complex64(value) => visitor.visit_seq(pair(value.re.into(), value.im.into())),
        Scalar::Complex128(value) => visitor.visit_seq(pair(value.re, value.im)),
        Scalar::Complex256([re, im]) => {
            visitor.visit_seq(pair(float128_to_f64(&re), float128_to_f64(&im)))
        }
        Scalar::DateTime64(None, _) | Scalar::TimeDelta64(None, _) => visitor.visit_unit(),
        Scalar::DateTime64(Some(_), _) => visitor.visit_string(scalar.to_string()),
        Scalar::TimeDelta64(Some(ticks), _) => visitor.visit_i64(ticks),
    }
}

/// The elements of a list or a tuple.
struct Elements<I> {
    values: I,
}

impl<I> Elements<I> {
    fn new(values: I) -> Self {
        Self { values }
    }
}

impl<'de, I: Iterator<Item = Value<'de>>> SeqAccess<'de> for Elements<I> {
    type Error = RowsError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, RowsError> {
        self.values
            .next()
            .map(|value| seed.deserialize(Row(value)))
            .transpose()
    }
}

/// The fields of a record with names.
struct Fields<'de> {
    record: RecordRef<'de>,
    next: usize,
    /// Whether those that are missing are left out.
    present: bool,
    value: Option<(&'de str, Value<'de>)>,
}

impl<'de> Fields<'de> {
    fn new(record: RecordRef<'de>, present: bool) -> Self {
        Self {
            record,
            next: 0,
            present,
            value: None,
        }
    }
}

impl<'de> Iterator for Fields<'de> {
    type Item = (&'de str, Value<'de>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let position = self.next;
            let name = self.record.name_at(position)?;
            let value = self.record.at(position)?;
            self.next += 1;
            if !(self.present && value.is_null()) {
                return Some((name, value));
            }
        }
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = RowsError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, RowsError> {
        self.value = self.next();
        self.value
            .map(|(name, _)| seed.deserialize(KeyText(name)))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, RowsError> {
        let (name, value) = self
            .value
            .take()
            .ok_or_else(|| RowsError::custom("a value was asked for before its key"))?;
        seed.deserialize(Row(value))
            .map_err(|error| error.in_field(name))
    }
}

/// A field as the key of a map: a string, or the integer or boolean that it was.
struct KeyText<'de>(&'de str);

impl KeyText<'_> {
    fn parsed<T: std::str::FromStr>(&self) -> Result<T, RowsError> {
        let wanted = std::any::type_name::<T>();
        self.0
            .parse()
            .map_err(|_| RowsError::custom(format!("the key {:?} is no {wanted}", self.0)))
    }
}

macro_rules! parsed_keys {
    ($($method:ident $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
            visitor.$visit(self.parsed()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for KeyText<'de> {
    type Error = RowsError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        visitor.visit_borrowed_str(self.0)
    }

    parsed_keys! {
        deserialize_bool visit_bool
        deserialize_i8 visit_i8
        deserialize_i16 visit_i16
        deserialize_i32 visit_i32
        deserialize_i64 visit_i64
        deserialize_u8 visit_u8
        deserialize_u16 visit_u16
        deserialize_u32 visit_u32
        deserialize_u64 visit_u64
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        visitor.visit_enum(BorrowedStrDeserializer::new(self.0))
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

/// Lists of pairs, as the keys and values of a map.
struct Pairs<'de> {
    pairs: Iter<'de>,
    value: Option<Value<'de>>,
}

impl<'de> MapAccess<'de> for Pairs<'de> {
    type Error = RowsError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, RowsError> {
        let Some(pair) = self.pairs.next() else {
            return Ok(None);
        };
        let pair = pair.as_record().filter(|pair| pair.len() == 2);
        match pair.and_then(|pair| Some((pair.at(0)?, pair.at(1)?))) {
            Some((key, value)) => {
                self.value = Some(value);
                seed.deserialize(Row(key)).map(Some)
            }
            None => Err(RowsError::custom(
                "a map is a record, or a list of pairs, and this list has something else in it",
            )),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, RowsError> {
        let value = self
            .value
            .take()
            .ok_or_else(|| RowsError::custom("a value was asked for before its key"))?;
        seed.deserialize(Row(value))
    }
}

/// A variant with something in it.
struct Variant<'de> {
    name: &'de str,
    value: Value<'de>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = RowsError;
    type Variant = Content<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<'de>), RowsError> {
        let Self { name, value } = self;
        let variant = seed.deserialize(BorrowedStrDeserializer::<RowsError>::new(name))?;
        Ok((variant, Content { name, value }))
    }
}

/// What is in a variant.
struct Content<'de> {
    name: &'de str,
    value: Value<'de>,
}

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = RowsError;

    fn unit_variant(self) -> Result<(), RowsError> {
        match self.value {
            Value::Null => Ok(()),
            _ => Err(RowsError::custom(format!(
                "the variant {:?} has nothing in it, and this has",
                self.name
            ))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, RowsError> {
        seed.deserialize(Row(self.value))
            .map_err(|error| error.in_field(self.name))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        Row(self.value)
            .deserialize_tuple(length, visitor)
            .map_err(|error| error.in_field(self.name))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        Row(self.value)
            .deserialize_map(visitor)
            .map_err(|error| error.in_field(self.name))
    }
}
