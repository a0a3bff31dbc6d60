//! Records as structs, maps and tuples.

use std::slice::Iter;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::{Row, RowsError};
use crate::rows::source::Field;

/// What becomes of the fields of a record that are missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// They are there, with nothing in them.
    There,
    /// They are there, but those that turn out to take no such thing are left out from then on.
    Tried,
    /// They are left out.
    LeftOut,
}

/// The fields of a record with names.
pub(super) struct Fields<'s, 'de> {
    fields: Iter<'s, Field<'de>>,
    row: usize,
    missing: Missing,
    /// The last one.
    last: Option<Given<'s, 'de>>,
}

/// A field of one row, with what its value is beneath options.
#[derive(Clone, Copy)]
pub(super) struct Given<'s, 'de> {
    field: &'s Field<'de>,
    pub(super) value: Row<'s, 'de>,
    is_missing: bool,
}

impl<'de> Given<'_, 'de> {
    #[inline]
    pub(super) fn name(self) -> &'de str {
        self.field.name
    }
}

impl<'s, 'de> Fields<'s, 'de> {
    #[inline]
    pub(super) fn new(fields: &'s [Field<'de>], row: usize, missing: Missing) -> Self {
        Self {
            fields: fields.iter(),
            row,
            missing,
            last: None,
        }
    }
}

impl<'s, 'de> Iterator for Fields<'s, 'de> {
    type Item = Given<'s, 'de>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let row = self.row;
        loop {
            let field = self.fields.next()?;
            let source = &field.source;
            let mut given = Given {
                field,
                value: Row { source, row },
                is_missing: false,
            };
            if self.missing == Missing::There || !source.is_above() {
                return Some(given);
            }
            match source.beneath(row) {
                Some(Some((source, row))) => given.value = Row { source, row },
                Some(None) if self.missing == Missing::LeftOut || field.note.is_set() => continue,
                Some(None) => given.is_missing = true,
                // Which is an error for whoever reads it.
                None => {}
            }
            return Some(given);
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
        self.last = self.next();
        match self.last {
            Some(given) => seed.deserialize(KeyText(given.name())).map(Some),
            None => Ok(None),
        }
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, RowsError> {
        match self.last {
            Some(given) => seed.deserialize(given.value).map_err(|error| {
                if given.is_missing {
                    given.field.note.set();
                    return error.of_missing();
                }
                error.in_field(given.name())
            }),
            None => Err(RowsError::custom("a value was asked for before its key")),
        }
    }
}

/// The fields of a tuple, or of a record in order.
pub(super) struct Slots<'s, 'de> {
    fields: Iter<'s, Field<'de>>,
    slot: usize,
    row: usize,
}

impl<'s, 'de> Slots<'s, 'de> {
    #[inline]
    pub(super) fn new(fields: &'s [Field<'de>], row: usize) -> Self {
        Self {
            fields: fields.iter(),
            slot: 0,
            row,
        }
    }
}

impl<'de> SeqAccess<'de> for Slots<'_, 'de> {
    type Error = RowsError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, RowsError> {
        let Some(Field { name, source, .. }) = self.fields.next() else {
            return Ok(None);
        };
        let slot = self.slot;
        self.slot += 1;
        match seed.deserialize(Row {
            source,
            row: self.row,
        }) {
            Ok(value) => Ok(Some(value)),
            Err(error) if name.is_empty() => Err(error.in_field(&slot.to_string())),
            Err(error) => Err(error.in_field(name)),
        }
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.fields.len())
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

    #[inline]
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
