//! Dates and durations into columns that grow.

use gawky_buffer::{DType, Scalar};
use gawky_form::MAX_DEPTH;
use serde::Serialize;
use serde::ser::{Impossible, SerializeSeq, Serializer};

use super::parts::{GrowParts, no_such_time, no_time};
use crate::build::{Column, Sequence, Unfit};
use crate::rows::{RowsError, RowsProblem};

/// A column to which a date, a duration, an option or a list of such is about to be added.
pub(in super::super) struct GrowTime<'c> {
    column: &'c mut Column,
    dtype: DType,
    /// In how many others it is.
    depth: usize,
}

impl<'c> GrowTime<'c> {
    pub(in super::super) fn new(column: &'c mut Column, dtype: DType, depth: usize) -> Self {
        Self {
            column,
            dtype,
            depth,
        }
    }

    fn deeper(self) -> Result<Self, RowsError> {
        match self.depth < MAX_DEPTH {
            true => Ok(Self {
                depth: self.depth + 1,
                ..self
            }),
            false => Err(RowsProblem::TooDeep.into()),
        }
    }

    fn ticks(self, ticks: impl TryInto<i64> + std::fmt::Display + Copy) -> Result<(), RowsError> {
        let count = ticks.try_into().ok().filter(|ticks| *ticks != i64::MIN);
        let Some(ticks) = count else {
            return Err(no_time(format!("the number {ticks}"), self.dtype));
        };
        let scalar = match self.dtype {
            DType::TimeDelta64(tick) => Scalar::TimeDelta64(Some(ticks), tick),
            DType::DateTime64(tick) => Scalar::DateTime64(Some(ticks), tick),
            _ => Scalar::Int64(ticks),
        };
        Ok(self.column.number(scalar)?)
    }

    fn refuse<T>(self, found: impl Into<String>) -> Result<T, RowsError> {
        Err(no_time(found, self.dtype))
    }
}

macro_rules! ticks {
    ($($method:ident $native:ty)*) => {$(
        fn $method(self, value: $native) -> Result<(), RowsError> {
            self.ticks(value)
        }
    )*};
}

impl<'c> Serializer for GrowTime<'c> {
    type Ok = ();
    type Error = RowsError;
    type SerializeSeq = GrowTimes<'c>;
    type SerializeTuple = GrowParts<'c>;
    type SerializeTupleStruct = GrowParts<'c>;
    type SerializeTupleVariant = Impossible<(), RowsError>;
    type SerializeMap = Impossible<(), RowsError>;
    type SerializeStruct = GrowParts<'c>;
    type SerializeStructVariant = Impossible<(), RowsError>;

    ticks! {
        serialize_i8 i8 serialize_i16 i16 serialize_i32 i32 serialize_i64 i64
        serialize_u8 u8 serialize_u16 u16 serialize_u32 u32 serialize_u64 u64
    }

    fn serialize_str(self, text: &str) -> Result<(), RowsError> {
        let scalar = Scalar::parse_time(text, self.dtype).map_err(no_such_time)?;
        Ok(self.column.number(scalar)?)
    }

    /// Nanoseconds, whatever the unit is: so `time::Timestamp` has it.
    fn serialize_i128(self, value: i128) -> Result<(), RowsError> {
        let scalar = Scalar::of_nanoseconds(value, self.dtype).map_err(no_such_time)?;
        Ok(self.column.number(scalar)?)
    }

    fn serialize_none(self) -> Result<(), RowsError> {
        self.column.expect(self.dtype);
        Ok(self.column.null()?)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), RowsError> {
        self.column.optional();
        value.serialize(self.deeper()?)
    }

    fn serialize_unit(self) -> Result<(), RowsError> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), RowsError> {
        self.serialize_none()
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), RowsError> {
        value.serialize(self.deeper()?)
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<GrowTimes<'c>, RowsError> {
        let Self {
            column,
            dtype,
            depth,
        } = self.deeper()?;
        Ok(GrowTimes {
            elements: column.list()?,
            next: 0,
            dtype,
            depth,
        })
    }

    fn serialize_tuple(self, size: usize) -> Result<GrowParts<'c>, RowsError> {
        GrowParts::tuple(self.column, self.dtype, size)
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        size: usize,
    ) -> Result<GrowParts<'c>, RowsError> {
        GrowParts::tuple(self.column, self.dtype, size)
    }

    fn serialize_struct(
        self,
        name: &'static str,
        _fields: usize,
    ) -> Result<GrowParts<'c>, RowsError> {
        GrowParts::record(self.column, self.dtype, name)
    }

    fn serialize_bool(self, _value: bool) -> Result<(), RowsError> {
        self.refuse("a boolean")
    }

    fn serialize_u128(self, value: u128) -> Result<(), RowsError> {
        self.refuse(format!("the number {value}"))
    }

    fn serialize_f32(self, value: f32) -> Result<(), RowsError> {
        self.refuse(format!("the number {value}"))
    }

    fn serialize_f64(self, value: f64) -> Result<(), RowsError> {
        self.refuse(format!("the number {value}"))
    }

    fn serialize_char(self, _value: char) -> Result<(), RowsError> {
        self.refuse("a character")
    }

    fn serialize_bytes(self, _value: &[u8]) -> Result<(), RowsError> {
        self.refuse("a bytestring")
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _number: u32,
        variant: &'static str,
    ) -> Result<(), RowsError> {
        self.refuse(format!("the variant {variant:?}"))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _number: u32,
        variant: &'static str,
        _value: &T,
    ) -> Result<(), RowsError> {
        self.refuse(format!("the variant {variant:?}"))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _number: u32,
        variant: &'static str,
        _size: usize,
    ) -> Result<Self::SerializeTupleVariant, RowsError> {
        self.refuse(format!("the variant {variant:?}"))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Self::SerializeMap, RowsError> {
        self.refuse("a map")
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _number: u32,
        variant: &'static str,
        _fields: usize,
    ) -> Result<Self::SerializeStructVariant, RowsError> {
        self.refuse(format!("the variant {variant:?}"))
    }
}

/// A list of dates or durations that grows.
pub(in super::super) struct GrowTimes<'c> {
    elements: Sequence<'c>,
    next: u64,
    dtype: DType,
    depth: usize,
}

impl SerializeSeq for GrowTimes<'_> {
    type Ok = ();
    type Error = RowsError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RowsError> {
        let position = self.next;
        self.next += 1;
        let column: Result<&mut Column, Unfit> = self.elements.next();
        let grow = GrowTime::new(column?, self.dtype, self.depth);
        value
            .serialize(grow)
            .map_err(|error| error.in_position(position))
    }

    fn end(self) -> Result<(), RowsError> {
        Ok(self.elements.end()?)
    }
}
