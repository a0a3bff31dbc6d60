//! Rows into Rust values.

mod fields;
mod lists;
mod pairs;
mod scalars;
mod variants;

use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

use crate::ArrayError;
use crate::node::as_rows;

use super::source::{Bounds, Records, Source};
use super::{RowsError, times};
use fields::{Fields, Missing, Slots};
use lists::Elements;
use pairs::Pairs;
use variants::Variant;

/// A row as a Rust value.
#[inline]
pub(super) fn row<'de, T: Deserialize<'de>>(
    source: &Source<'de>,
    row: usize,
) -> Result<T, RowsError> {
    loop {
        match T::deserialize(Row { source, row }) {
            // The row is read once more, without the field that was in vain.
            Err(error) if error.is_of_missing() => {}
            read => return read,
        }
    }
}

/// A row of an array, to be read as whatever is asked for.
#[derive(Clone, Copy)]
pub(super) struct Row<'s, 'de> {
    pub(super) source: &'s Source<'de>,
    pub(super) row: usize,
}

impl<'s, 'de> Row<'s, 'de> {
    /// The row that this is beneath options, indexes and unions, or none where it is missing.
    #[inline]
    pub(super) fn beneath(self) -> Result<Option<Self>, RowsError> {
        match self.source.beneath(self.row) {
            Some(beneath) => Ok(beneath.map(|(source, row)| Self { source, row })),
            None => Err(past_the_end(self.row)),
        }
    }

    /// This one, of these.
    #[inline]
    fn of<T: Copy>(self, values: &[T]) -> Result<T, RowsError> {
        match values.get(self.row) {
            Some(value) => Ok(*value),
            None => Err(past_the_end(self.row)),
        }
    }

    /// The bytes of this one, of strings or bytestrings.
    #[inline]
    fn bytes(self, bounds: Bounds<'de>, bytes: &'de [u8]) -> Result<&'de [u8], RowsError> {
        match bounds.of(self.row).and_then(|bounds| bytes.get(bounds)) {
            Some(bytes) => Ok(bytes),
            None => Err(past_the_end(self.row)),
        }
    }

    /// The elements of this one, of lists.
    #[inline]
    fn elements(
        self,
        bounds: Bounds<'de>,
        content: &'s Source<'de>,
    ) -> Result<Elements<'s, 'de>, RowsError> {
        match bounds.of(self.row) {
            Some(rows) => Ok(Elements::new(content, rows)),
            None => Err(past_the_end(self.row)),
        }
    }

    /// The fields of this one, of records.
    #[inline]
    fn fields(
        self,
        records: &'s Records<'de>,
        missing: Missing,
    ) -> Result<Fields<'s, 'de>, RowsError> {
        match self.row < records.length {
            true => Ok(Fields::new(&records.fields, self.row, missing)),
            false => Err(past_the_end(self.row)),
        }
    }

    /// The fields of this one in order, of records or tuples.
    #[inline]
    fn slots(self, records: &'s Records<'de>) -> Result<Slots<'s, 'de>, RowsError> {
        match self.row < records.length {
            true => Ok(Slots::new(&records.fields, self.row)),
            false => Err(past_the_end(self.row)),
        }
    }

    /// Whether it is a date, or a duration, that is none.
    #[inline]
    pub(super) fn is_no_time(self) -> bool {
        match self.source {
            Source::Scalars(array) => scalars::is_no_time(array.element(self.row)),
            _ => false,
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

/// Numbers go to whoever asks for their dtype without a look at what else the row could be.
macro_rules! numbers {
    ($($method:ident $dtype:ident $visit:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
            match self.source {
                Source::$dtype(values) => visitor.$visit(self.of(values)?),
                _ => self.deserialize_any(visitor),
            }
        }
    )*};
}

/// Strings go to whoever asks for one without a look at what else the row could be.
macro_rules! texts {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
            match self.source {
                Source::Text(bounds, bytes) => visit_text(self.bytes(*bounds, bytes)?, visitor),
                _ => self.deserialize_any(visitor),
            }
        }
    )*};
}

#[inline]
fn visit_text<'de, V: Visitor<'de>>(bytes: &'de [u8], visitor: V) -> Result<V::Value, RowsError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => visitor.visit_borrowed_str(text),
        // Awkward does not check.
        Err(_) => visitor.visit_borrowed_bytes(bytes),
    }
}

impl<'de> Deserializer<'de> for Row<'_, 'de> {
    type Error = RowsError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        let Some(found) = self.beneath()? else {
            return visitor.visit_unit();
        };
        match found.source {
            Source::Bool(values) => visitor.visit_bool(found.of(values)? != 0),
            Source::Int8(values) => visitor.visit_i8(found.of(values)?),
            Source::Int16(values) => visitor.visit_i16(found.of(values)?),
            Source::Int32(values) => visitor.visit_i32(found.of(values)?),
            Source::Int64(values) => visitor.visit_i64(found.of(values)?),
            Source::UInt8(values) => visitor.visit_u8(found.of(values)?),
            Source::UInt16(values) => visitor.visit_u16(found.of(values)?),
            Source::UInt32(values) => visitor.visit_u32(found.of(values)?),
            Source::UInt64(values) => visitor.visit_u64(found.of(values)?),
            Source::Float32(values) => visitor.visit_f32(found.of(values)?),
            Source::Float64(values) => visitor.visit_f64(found.of(values)?),
            Source::Scalars(array) => match array.element(found.row) {
                Some(scalar) => scalars::visit(scalar, visitor),
                None => Err(past_the_end(found.row)),
            },
            Source::Text(bounds, bytes) => visit_text(found.bytes(*bounds, bytes)?, visitor),
            Source::Bytes(bounds, bytes) => {
                visitor.visit_borrowed_bytes(found.bytes(*bounds, bytes)?)
            }
            Source::List(bounds, content) => visitor.visit_seq(found.elements(*bounds, content)?),
            Source::Record(records) if records.is_tuple => visitor.visit_seq(found.slots(records)?),
            Source::Record(records) => visitor.visit_map(found.fields(records, Missing::There)?),
            Source::Empty | Source::Picked(..) | Source::Masked(..) | Source::Union(..) => {
                Err(past_the_end(found.row))
            }
        }
    }

    numbers! {
        deserialize_i8 Int8 visit_i8
        deserialize_i16 Int16 visit_i16
        deserialize_i32 Int32 visit_i32
        deserialize_i64 Int64 visit_i64
        deserialize_u8 UInt8 visit_u8
        deserialize_u16 UInt16 visit_u16
        deserialize_u32 UInt32 visit_u32
        deserialize_u64 UInt64 visit_u64
        deserialize_f64 Float64 visit_f64
    }

    #[inline]
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        match self.source {
            Source::Bool(values) => visitor.visit_bool(self.of(values)? != 0),
            _ => self.deserialize_any(visitor),
        }
    }

    /// A `float64` beyond those of 32 bits is none of them; else it is rounded.
    #[inline]
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        if let Source::Float32(values) = self.source {
            return visitor.visit_f32(self.of(values)?);
        }
        let Some(found) = self.beneath()? else {
            return visitor.visit_unit();
        };
        match found.source {
            Source::Float64(values) => {
                let value = found.of(values)?;
                match value.is_finite() && value.abs() > f64::from(f32::MAX) {
                    true => Err(RowsError::custom(format!("{value:e} is no f32"))),
                    false => visitor.visit_f64(value),
                }
            }
            _ => found.deserialize_any(visitor),
        }
    }

    texts! { deserialize_str deserialize_string deserialize_char deserialize_identifier }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        match self.beneath()? {
            Some(found) if !found.is_no_time() => visitor.visit_some(found),
            _ => visitor.visit_none(),
        }
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        match times::dtype_of(name) {
            None => visitor.visit_newtype_struct(self),
            Some(dtype) => times::row(self, dtype, visitor),
        }
    }

    /// A bytestring is a sequence of its bytes, for those who ask for one.
    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        let Some(found) = self.beneath()? else {
            return visitor.visit_unit();
        };
        match found.source {
            Source::List(bounds, content) => visitor.visit_seq(found.elements(*bounds, content)?),
            Source::Bytes(bounds, bytes) => {
                let bytes = found.bytes(*bounds, bytes)?.iter().copied();
                visitor.visit_seq(SeqDeserializer::new(bytes))
            }
            _ => found.deserialize_any(visitor),
        }
    }

    /// A record in order, where it has names: a tuple may be read from it.
    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        let Some(found) = self.beneath()? else {
            return visitor.visit_unit();
        };
        match found.source {
            Source::Record(records) => visitor.visit_seq(found.slots(records)?),
            _ => found.deserialize_seq(visitor),
        }
    }

    #[inline]
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
        let Some(found) = self.beneath()? else {
            return visitor.visit_unit();
        };
        match found.source {
            Source::Record(records) if !records.is_tuple => {
                visitor.visit_map(found.fields(records, Missing::LeftOut)?)
            }
            Source::List(bounds, content) => {
                visitor.visit_map(Pairs::new(found.elements(*bounds, content)?))
            }
            _ => found.deserialize_any(visitor),
        }
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        let Some(found) = self.beneath()? else {
            return visitor.visit_unit();
        };
        match found.source {
            Source::Record(records) if !records.is_tuple => {
                visitor.visit_map(found.fields(records, Missing::Tried)?)
            }
            _ => found.deserialize_map(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        let Some(found) = self.beneath()? else {
            return visitor.visit_unit();
        };
        match found.source {
            Source::Text(bounds, bytes) => {
                match std::str::from_utf8(found.bytes(*bounds, bytes)?) {
                    Ok(name) => visitor.visit_enum(BorrowedStrDeserializer::new(name)),
                    Err(_) => found.deserialize_any(visitor),
                }
            }
            Source::Record(records) => {
                // Of variants in one record, that is there which is not missing.
                let missing = match records.fields.len() {
                    0 | 1 => Missing::There,
                    _ => Missing::LeftOut,
                };
                let mut present = found.fields(records, missing)?;
                match (present.next(), present.next()) {
                    (Some(given), None) => visitor.visit_enum(Variant {
                        name: given.name(),
                        value: given.value,
                    }),
                    _ => Err(RowsError::custom(
                        "a variant is a string, or a record of which one field is not missing",
                    )),
                }
            }
            _ => found.deserialize_any(visitor),
        }
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i128 u128 bytes byte_buf unit unit_struct
    }
}
