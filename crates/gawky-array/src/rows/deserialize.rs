//! Rows into Rust values.

use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::{Scalar, float128_to_f64};
use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, SeqDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use crate::ArrayError;
use crate::node::as_rows;

use super::RowsError;
use super::source::{Found, Records, Source};

/// Numbers go to whoever asks for one, without a look at what else the row could be.
macro_rules! numbers {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
            let row = self.row;
            match self.source {
                Source::Bool(values) => match values.get(row) {
                    Some(value) => visitor.visit_bool(*value != 0),
                    None => self.deserialize_any(visitor),
                },
                Source::Int8(values) => match values.get(row) {
                    Some(value) => visitor.visit_i8(*value),
                    None => self.deserialize_any(visitor),
                },
                Source::Int16(values) => match values.get(row) {
                    Some(value) => visitor.visit_i16(*value),
                    None => self.deserialize_any(visitor),
                },
                Source::Int32(values) => match values.get(row) {
                    Some(value) => visitor.visit_i32(*value),
                    None => self.deserialize_any(visitor),
                },
                Source::Int64(values) => match values.get(row) {
                    Some(value) => visitor.visit_i64(*value),
                    None => self.deserialize_any(visitor),
                },
                Source::UInt8(values) => match values.get(row) {
                    Some(value) => visitor.visit_u8(*value),
                    None => self.deserialize_any(visitor),
                },
                Source::UInt16(values) => match values.get(row) {
                    Some(value) => visitor.visit_u16(*value),
                    None => self.deserialize_any(visitor),
                },
                Source::UInt32(values) => match values.get(row) {
                    Some(value) => visitor.visit_u32(*value),
                    None => self.deserialize_any(visitor),
                },
                Source::UInt64(values) => match values.get(row) {
                    Some(value) => visitor.visit_u64(*value),
                    None => self.deserialize_any(visitor),
                },
                Source::Float32(values) => match values.get(row) {
                    Some(value) => visitor.visit_f32(*value),
                    None => self.deserialize_any(visitor),
                },
                Source::Float64(values) => match values.get(row) {
                    Some(value) => visitor.visit_f64(*value),
                    None => self.deserialize_any(visitor),
                },
                _ => self.deserialize_any(visitor),
            }
        }
    )*};
}

/// A row as a Rust value.
pub(super) fn row<'de, T: Deserialize<'de>>(
    source: &Source<'de>,
    row: usize,
) -> Result<T, RowsError> {
    T::deserialize(Row { source, row })
}

/// A row of an array, to be read as whatever is asked for.
#[derive(Clone, Copy)]
struct Row<'s, 'de> {
    source: &'s Source<'de>,
    row: usize,
}

impl<'s, 'de> Row<'s, 'de> {
    #[inline]
    fn find(self) -> Result<Found<'s, 'de>, RowsError> {
        // What is most often asked for.
        let found = match self.source {
            Source::Record(records) if self.row < records.array.len() => {
                Some(Found::Record(records, self.row))
            }
            Source::List(bounds, content) => {
                bounds.of(self.row).map(|rows| Found::List(content, rows))
            }
            source => source.find(self.row),
        };
        found.ok_or_else(|| past_the_end(self.row))
    }

    /// The bytes of a string, if it is one.
    #[inline]
    fn text(self) -> Option<&'de [u8]> {
        match self.source {
            Source::Text(bounds, bytes) => bytes.get(bounds.of(self.row)?),
            _ => None,
        }
    }
}

#[cold]
fn past_the_end(row: usize) -> RowsError {
    ArrayError::OutOfRange {
        start: as_rows(row),
        end: as_rows(row).saturating_add(1),
        length: as_rows(row),
    }
    .into()
}

/// Strings go to whoever asks for one, without a look at what else the row could be.
macro_rules! texts {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
            match self.text().map(std::str::from_utf8) {
                Some(Ok(text)) => visitor.visit_borrowed_str(text),
                _ => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Row<'_, 'de> {
    type Error = RowsError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        match self.find()? {
            Found::Null => visitor.visit_unit(),
            Found::Scalar(scalar) => visit_scalar(scalar, visitor),
            Found::Text(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => visitor.visit_borrowed_str(text),
                // Awkward does not check.
                Err(_) => visitor.visit_borrowed_bytes(bytes),
            },
            Found::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Found::List(content, rows) => visitor.visit_seq(Elements { content, rows }),
            Found::Record(records, row) if records.array.is_tuple() => {
                visitor.visit_seq(Slots::new(records, row))
            }
            Found::Record(records, row) => visitor.visit_map(Fields::new(records, row, false)),
        }
    }

    numbers! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
    }

    texts! { deserialize_str deserialize_string deserialize_char deserialize_identifier }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        match self.source {
            // What is in it may be missing as well.
            Source::Picked(_, content)
            | Source::ByteMasked(_, content)
            | Source::BitMasked(_, content)
                if content.is_plain() =>
            {
                match self.source.beneath(self.row) {
                    Some(Some((source, row))) => visitor.visit_some(Row { source, row }),
                    _ => visitor.visit_none(),
                }
            }
            source if source.is_plain() => visitor.visit_some(self),
            _ => match self.find()? {
                Found::Null
                | Found::Scalar(Scalar::DateTime64(None, _) | Scalar::TimeDelta64(None, _)) => {
                    visitor.visit_none()
                }
                _ => visitor.visit_some(self),
            },
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
        match self.find()? {
            Found::List(content, rows) => visitor.visit_seq(Elements { content, rows }),
            Found::Bytes(bytes) => visitor.visit_seq(SeqDeserializer::new(bytes.iter().copied())),
            _ => self.deserialize_any(visitor),
        }
    }

    /// A record in order, where it has names: a tuple may be read from it.
    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        match self.find()? {
            Found::Record(records, row) => visitor.visit_seq(Slots::new(records, row)),
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

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        match self.find()? {
            Found::Record(records, row) if !records.array.is_tuple() => {
                visitor.visit_map(Fields::new(records, row, true))
            }
            Found::List(content, rows) => visitor.visit_map(Pairs {
                content,
                rows,
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
        match self.find()? {
            Found::Text(name) => match std::str::from_utf8(name) {
                Ok(name) => visitor.visit_enum(BorrowedStrDeserializer::new(name)),
                Err(_) => self.deserialize_any(visitor),
            },
            Found::Record(records, row) => {
                // Of variants in one record, that is there which is not missing.
                let mut present = Fields::new(records, row, records.contents.len() > 1);
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
        i128 u128 bytes byte_buf unit unit_struct
    }
}

fn visit_scalar<'de, V: Visitor<'de>>(scalar: Scalar, visitor: V) -> Result<V::Value, RowsError> {
    let pair = |re: f64, im: f64| SeqDeserializer::new([re, im].into_iter());
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

/// The elements of a list.
struct Elements<'s, 'de> {
    content: &'s Source<'de>,
    rows: Range<usize>,
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = RowsError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, RowsError> {
        let source = self.content;
        match self.rows.next() {
            Some(row) => seed.deserialize(Row { source, row }).map(Some),
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rows.len())
    }
}

/// The elements of a tuple, or of a record in order.
struct Slots<'s, 'de> {
    contents: std::slice::Iter<'s, Source<'de>>,
    row: usize,
}

impl<'s, 'de> Slots<'s, 'de> {
    fn new(records: &'s Records<'de>, row: usize) -> Self {
        Self {
            contents: records.contents.iter(),
            row,
        }
    }
}

impl<'de> SeqAccess<'de> for Slots<'_, 'de> {
    type Error = RowsError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, RowsError> {
        let row = self.row;
        let next = self.contents.next();
        next.map(|source| seed.deserialize(Row { source, row }))
            .transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.contents.len())
    }
}

/// The fields of a record with names.
struct Fields<'s, 'de> {
    fields: std::iter::Zip<std::slice::Iter<'de, Arc<str>>, std::slice::Iter<'s, Source<'de>>>,
    row: usize,
    /// Whether those that are missing are left out.
    present: bool,
    value: Option<(&'de str, Row<'s, 'de>)>,
}

impl<'s, 'de> Fields<'s, 'de> {
    #[inline]
    fn new(records: &'s Records<'de>, row: usize, present: bool) -> Self {
        let names = records.array.fields().unwrap_or_default();
        Self {
            fields: names.iter().zip(records.contents.iter()),
            row,
            present,
            value: None,
        }
    }
}

impl<'s, 'de> Iterator for Fields<'s, 'de> {
    type Item = (&'de str, Row<'s, 'de>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let row = self.row;
        loop {
            let (name, source) = self.fields.next()?;
            let value = Row { source, row };
            if !self.present || !source.is_missing(row) {
                return Some((name, value));
            }
        }
    }
}

impl<'de> MapAccess<'de> for Fields<'_, 'de> {
    type Error = RowsError;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, RowsError> {
        self.value = self.next();
        self.value
            .map(|(name, _)| seed.deserialize(KeyText(name)))
            .transpose()
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, RowsError> {
        let (name, value) = self
            .value
            .take()
            .ok_or_else(|| RowsError::custom("a value was asked for before its key"))?;
        seed.deserialize(value)
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
struct Pairs<'s, 'de> {
    content: &'s Source<'de>,
    rows: Range<usize>,
    value: Option<Row<'s, 'de>>,
}

impl<'de> MapAccess<'de> for Pairs<'_, 'de> {
    type Error = RowsError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, RowsError> {
        let Some(row) = self.rows.next() else {
            return Ok(None);
        };
        let content: &Source<'de> = self.content;
        let pair = match content.find(row) {
            Some(Found::Record(records, row)) => Some((records.contents.as_slice(), row)),
            _ => None,
        };
        match pair {
            Some(([key, value], row)) => {
                self.value = Some(Row { source: value, row });
                seed.deserialize(Row { source: key, row }).map(Some)
            }
            _ => Err(RowsError::custom(
                "a map is a record, or a list of pairs, and this list has something else in it",
            )),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, RowsError> {
        let value = self
            .value
            .take()
            .ok_or_else(|| RowsError::custom("a value was asked for before its key"))?;
        seed.deserialize(value)
    }
}

/// A variant with something in it.
struct Variant<'s, 'de> {
    name: &'de str,
    value: Row<'s, 'de>,
}

impl<'s, 'de> EnumAccess<'de> for Variant<'s, 'de> {
    type Error = RowsError;
    type Variant = Content<'s, 'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<'s, 'de>), RowsError> {
        let Self { name, value } = self;
        let variant = seed.deserialize(BorrowedStrDeserializer::<RowsError>::new(name))?;
        Ok((variant, Content { name, value }))
    }
}

/// What is in a variant.
struct Content<'s, 'de> {
    name: &'de str,
    value: Row<'s, 'de>,
}

impl<'de> VariantAccess<'de> for Content<'_, 'de> {
    type Error = RowsError;

    fn unit_variant(self) -> Result<(), RowsError> {
        match self.value.find()? {
            Found::Null => Ok(()),
            _ => Err(RowsError::custom(format!(
                "the variant {:?} has nothing in it, and this has",
                self.name
            ))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, RowsError> {
        seed.deserialize(self.value)
            .map_err(|error| error.in_field(self.name))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        self.value
            .deserialize_tuple(length, visitor)
            .map_err(|error| error.in_field(self.name))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        self.value
            .deserialize_map(visitor)
            .map_err(|error| error.in_field(self.name))
    }
}
