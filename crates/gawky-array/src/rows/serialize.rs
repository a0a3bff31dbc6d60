//! Rust values into columns that grow.

use gawky_buffer::DType;
use gawky_form::MAX_DEPTH;
use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::Value as Json;

use super::times::{self, GrowParts, GrowTime};
use super::{Maps, RowsError, RowsProblem};
use crate::build::{Column, Records, Sequence, Unfit};

/// Adds a value, which is in so many others, as the next row.
pub(super) fn push<T: Serialize + ?Sized>(
    column: &mut Column,
    maps: Maps,
    depth: usize,
    value: &T,
) -> Result<(), RowsError> {
    let within = Within { maps, depth };
    within.push(column, value)
}

/// Where in a row a value is.
#[derive(Clone, Copy)]
struct Within {
    maps: Maps,
    /// In how many others it is.
    depth: usize,
}

impl Within {
    fn push<T: Serialize + ?Sized>(self, column: &mut Column, value: &T) -> Result<(), RowsError> {
        column.add(RowsError::no_content, |column| {
            value.serialize(Grow {
                column,
                within: self,
            })
        })
    }

    /// Where what is in a value is.
    #[inline]
    fn deeper(self) -> Result<Self, RowsError> {
        match self.depth < MAX_DEPTH {
            true => Ok(Self {
                depth: self.depth + 1,
                ..self
            }),
            false => Err(RowsProblem::TooDeep.into()),
        }
    }
}

/// A column to which a value is about to be added.
struct Grow<'c> {
    column: &'c mut Column,
    within: Within,
}

impl<'c> Grow<'c> {
    #[inline]
    fn record(self) -> Result<GrowRecord<'c>, RowsError> {
        Ok(GrowRecord {
            records: self.column.record()?,
            within: self.within.deeper()?,
        })
    }

    #[inline]
    fn tuple(self, fields: usize) -> Result<GrowTuple<'c>, RowsError> {
        Ok(GrowTuple {
            elements: self.column.tuple(fields)?,
            next: 0,
            within: self.within.deeper()?,
        })
    }

    /// The same for a date or a duration.
    fn time(self, dtype: DType) -> GrowTime<'c> {
        GrowTime::new(self.column, dtype, self.within.depth)
    }

    /// What is in the variant of this name.
    fn variant(self, name: &str) -> Result<Self, RowsError> {
        Ok(Self {
            column: self.column.variant(name)?,
            within: self.within.deeper()?,
        })
    }
}

impl<'c> Serializer for Grow<'c> {
    type Ok = ();
    type Error = RowsError;
    type SerializeSeq = GrowList<'c>;
    type SerializeTuple = OrTime<'c, GrowTuple<'c>>;
    type SerializeTupleStruct = GrowTuple<'c>;
    type SerializeTupleVariant = GrowTuple<'c>;
    type SerializeMap = GrowMap<'c>;
    type SerializeStruct = OrTime<'c, GrowRecord<'c>>;
    type SerializeStructVariant = GrowRecord<'c>;

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<(), RowsError> {
        Ok(self.column.bool(value)?)
    }

    #[inline]
    fn serialize_i8(self, value: i8) -> Result<(), RowsError> {
        Ok(self.column.native(value)?)
    }

    #[inline]
    fn serialize_i16(self, value: i16) -> Result<(), RowsError> {
        Ok(self.column.native(value)?)
    }

    #[inline]
    fn serialize_i32(self, value: i32) -> Result<(), RowsError> {
        Ok(self.column.native(value)?)
    }

    #[inline]
    fn serialize_i64(self, value: i64) -> Result<(), RowsError> {
        Ok(self.column.native(value)?)
    }

    fn serialize_i128(self, value: i128) -> Result<(), RowsError> {
        match self.column.declared_time() {
            Some(dtype) => self.time(dtype).serialize_i128(value),
            None => Err(RowsProblem::Wide.into()),
        }
    }

    #[inline]
    fn serialize_u8(self, value: u8) -> Result<(), RowsError> {
        Ok(self.column.native(value)?)
    }

    #[inline]
    fn serialize_u16(self, value: u16) -> Result<(), RowsError> {
        Ok(self.column.native(value)?)
    }

    #[inline]
    fn serialize_u32(self, value: u32) -> Result<(), RowsError> {
        Ok(self.column.native(value)?)
    }

    #[inline]
    fn serialize_u64(self, value: u64) -> Result<(), RowsError> {
        Ok(self.column.native(value)?)
    }

    fn serialize_u128(self, _value: u128) -> Result<(), RowsError> {
        Err(RowsProblem::Wide.into())
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<(), RowsError> {
        Ok(self.column.native(value)?)
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<(), RowsError> {
        Ok(self.column.native(value)?)
    }

    fn serialize_char(self, value: char) -> Result<(), RowsError> {
        Ok(self.column.text(value.encode_utf8(&mut [0; 4]))?)
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), RowsError> {
        Ok(self.column.text(value)?)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), RowsError> {
        Ok(self.column.bytes(value)?)
    }

    #[inline]
    fn serialize_none(self) -> Result<(), RowsError> {
        Ok(self.column.null()?)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), RowsError> {
        // The form is the same whether one is missing or not.
        self.column.optional();
        self.within.deeper()?.push(self.column, value)
    }

    fn serialize_unit(self) -> Result<(), RowsError> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), RowsError> {
        self.serialize_none()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _number: u32,
        variant: &'static str,
    ) -> Result<(), RowsError> {
        Ok(self.column.category(variant)?)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), RowsError> {
        match times::dtype_of(name) {
            None => self.within.deeper()?.push(self.column, value),
            Some(dtype) => value.serialize(self.time(dtype)),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _number: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), RowsError> {
        value
            .serialize(self.variant(variant)?)
            .map_err(|error| error.in_field(variant))
    }

    #[inline]
    fn serialize_seq(self, _length: Option<usize>) -> Result<GrowList<'c>, RowsError> {
        Ok(GrowList {
            elements: self.column.list()?,
            next: 0,
            within: self.within.deeper()?,
        })
    }

    #[inline]
    fn serialize_tuple(self, fields: usize) -> Result<Self::SerializeTuple, RowsError> {
        match self.column.declared_time() {
            None => self.tuple(fields).map(OrTime::Grown),
            Some(dtype) => self.time(dtype).serialize_tuple(fields).map(OrTime::Time),
        }
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        fields: usize,
    ) -> Result<GrowTuple<'c>, RowsError> {
        self.tuple(fields)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _number: u32,
        variant: &'static str,
        fields: usize,
    ) -> Result<GrowTuple<'c>, RowsError> {
        self.variant(variant)?.tuple(fields)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<GrowMap<'c>, RowsError> {
        let by_choice = self.within.maps != Maps::Records;
        match self.column.wants_pairs().unwrap_or(by_choice) {
            false => Ok(GrowMap::Record {
                record: self.record()?,
                key: String::new(),
            }),
            true => self.serialize_seq(length).map(GrowMap::Pairs),
        }
    }

    #[inline]
    fn serialize_struct(
        self,
        name: &'static str,
        fields: usize,
    ) -> Result<Self::SerializeStruct, RowsError> {
        match self.column.declared_time() {
            None => self.record().map(OrTime::Grown),
            Some(dtype) => {
                let parts = self.time(dtype).serialize_struct(name, fields);
                parts.map(OrTime::Time)
            }
        }
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _number: u32,
        variant: &'static str,
        _fields: usize,
    ) -> Result<GrowRecord<'c>, RowsError> {
        self.variant(variant)?.record()
    }
}

/// What grows, or a date or a duration that comes in parts, where such are declared.
enum OrTime<'c, G> {
    Grown(G),
    Time(GrowParts<'c>),
}

impl<'c> SerializeTuple for OrTime<'c, GrowTuple<'c>> {
    type Ok = ();
    type Error = RowsError;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RowsError> {
        match self {
            Self::Grown(tuple) => tuple.element(value),
            Self::Time(parts) => parts.serialize_element(value),
        }
    }

    #[inline]
    fn end(self) -> Result<(), RowsError> {
        match self {
            Self::Grown(tuple) => Ok(tuple.elements.end()?),
            Self::Time(parts) => SerializeTuple::end(parts),
        }
    }
}

impl<'c> SerializeStruct for OrTime<'c, GrowRecord<'c>> {
    type Ok = ();
    type Error = RowsError;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), RowsError> {
        match self {
            Self::Grown(record) => record.field(name, value),
            Self::Time(parts) => SerializeStruct::serialize_field(parts, name, value),
        }
    }

    #[inline]
    fn end(self) -> Result<(), RowsError> {
        match self {
            Self::Grown(record) => Ok(record.records.end()?),
            Self::Time(parts) => SerializeStruct::end(parts),
        }
    }
}

/// A list that grows.
struct GrowList<'c> {
    elements: Sequence<'c>,
    /// How many elements have been begun.
    next: u64,
    within: Within,
}

impl SerializeSeq for GrowList<'_> {
    type Ok = ();
    type Error = RowsError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RowsError> {
        let position = self.next;
        self.next += 1;
        let pushed = self.within.push(self.elements.next()?, value);
        pushed.map_err(|error| error.in_position(position))
    }

    #[inline]
    fn end(self) -> Result<(), RowsError> {
        Ok(self.elements.end()?)
    }
}

/// A tuple that grows.
struct GrowTuple<'c> {
    elements: Sequence<'c>,
    next: usize,
    within: Within,
}

impl GrowTuple<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RowsError> {
        let position = self.next;
        self.next += 1;
        self.within
            .push(self.elements.next()?, value)
            .map_err(|error| error.in_field(&position.to_string()))
    }
}

impl SerializeTupleStruct for GrowTuple<'_> {
    type Ok = ();
    type Error = RowsError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RowsError> {
        self.element(value)
    }

    #[inline]
    fn end(self) -> Result<(), RowsError> {
        Ok(self.elements.end()?)
    }
}

impl SerializeTupleVariant for GrowTuple<'_> {
    type Ok = ();
    type Error = RowsError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RowsError> {
        self.element(value)
    }

    #[inline]
    fn end(self) -> Result<(), RowsError> {
        Ok(self.elements.end()?)
    }
}

/// A record that grows.
struct GrowRecord<'c> {
    records: &'c mut Records,
    within: Within,
}

impl GrowRecord<'_> {
    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), RowsError> {
        let column = self.records.field(name).map_err(|unfit| match unfit {
            Unfit::FieldTwice => RowsProblem::KeyTwice {
                key: name.to_owned(),
            }
            .into(),
            unfit => RowsError::from(unfit),
        })?;
        self.within
            .push(column, value)
            .map_err(|error| error.in_field(name))
    }
}

impl SerializeStructVariant for GrowRecord<'_> {
    type Ok = ();
    type Error = RowsError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), RowsError> {
        self.field(name, value)
    }

    #[inline]
    fn end(self) -> Result<(), RowsError> {
        Ok(self.records.end()?)
    }
}

/// A map that grows: a record, or a list of pairs.
enum GrowMap<'c> {
    Record {
        record: GrowRecord<'c>,
        /// That of the value that comes next.
        key: String,
    },
    Pairs(GrowList<'c>),
}

impl SerializeMap for GrowMap<'_> {
    type Ok = ();
    type Error = RowsError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RowsError> {
        match self {
            Self::Record { key, .. } => *key = key_of(value)?,
            Self::Pairs(list) => {
                let position = list.next;
                list.next += 1;
                let mut pair = list.elements.next()?.pair(list.within.maps.pairs())?;
                list.within
                    .push(pair.next()?, value)
                    .map_err(|error| error.in_field("0").in_position(position))?;
            }
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RowsError> {
        match self {
            Self::Record { record, key } => record.field(key, value),
            Self::Pairs(list) => {
                let position = list.next.saturating_sub(1);
                let pairs = list.elements.reborrow().into_last();
                if let Some(mut pair) = pairs.and_then(Column::last_sequence) {
                    list.within
                        .push(pair.next()?, value)
                        .map_err(|error| error.in_field("1").in_position(position))?;
                    pair.end()?;
                }
                Ok(())
            }
        }
    }

    #[inline]
    fn end(self) -> Result<(), RowsError> {
        match self {
            Self::Record { record, .. } => record.records.end()?,
            Self::Pairs(list) => list.elements.end()?,
        }
        Ok(())
    }
}

/// The field that a key of a map is.
fn key_of<T: Serialize + ?Sized>(key: &T) -> Result<String, RowsError> {
    match serde_json::to_value(key) {
        Ok(Json::String(text)) => Ok(text),
        Ok(Json::Number(number)) if !number.is_f64() => Ok(number.to_string()),
        Ok(Json::Bool(value)) => Ok(value.to_string()),
        Ok(other) => Err(RowsProblem::Key {
            found: other.to_string(),
        }
        .into()),
        Err(error) => Err(RowsProblem::Told(error.to_string()).into()),
    }
}
