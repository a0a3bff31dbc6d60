//! Dates and durations out of rows, in the words of the type that is read.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use gawky_buffer::{DType, Scalar};
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess,
    SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::super::deserialize::Row;
use super::super::source::Source;
use super::parts::{DURATION, SYSTEM_TIME, parts_of};
use crate::rows::RowsError;

/// In how many ways a date is written.
const FORMS: usize = 7;

/// A value that is wanted by the attribute. Rows offer it in several forms, as the variant of an enum, which no other format does for a newtype struct.
pub(super) struct Wanted<T>(PhantomData<T>);

impl<T> Wanted<T> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

/// Other formats have the value as if there were no attribute, some even without a newtype around it.
macro_rules! as_it_is {
    ($($method:ident $native:ty)*) => {$(
        fn $method<E: Error>(self, value: $native) -> Result<T, E> {
            T::deserialize(serde::de::IntoDeserializer::into_deserializer(value))
        }
    )*};
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Wanted<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date or a duration")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, forms: A) -> Result<T, A::Error> {
        let (IgnoredAny, forms) = forms.variant()?;
        forms.tuple_variant(FORMS, Tries(PhantomData))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<T, D::Error> {
        T::deserialize(value)
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<T, D::Error> {
        T::deserialize(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, value: A) -> Result<T, A::Error> {
        T::deserialize(serde::de::value::SeqAccessDeserializer::new(value))
    }

    fn visit_map<A: MapAccess<'de>>(self, value: A) -> Result<T, A::Error> {
        T::deserialize(serde::de::value::MapAccessDeserializer::new(value))
    }

    as_it_is! {
        visit_i64 i64 visit_u64 u64 visit_i128 i128 visit_str &str visit_string String
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        T::deserialize(serde::de::IntoDeserializer::into_deserializer(()))
    }

    fn visit_none<E: Error>(self) -> Result<T, E> {
        self.visit_unit()
    }
}

/// Each element is the same value in another form; the first is taken that can be.
struct Tries<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Tries<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the forms of a date or a duration")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut forms: A) -> Result<T, A::Error> {
        let mut refused = None;
        for _ in 0..FORMS {
            match forms.next_element() {
                Ok(Some(value)) => return Ok(value),
                Ok(None) => break,
                Err(error) => {
                    refused.get_or_insert(error);
                }
            }
        }
        Err(refused.unwrap_or_else(|| A::Error::custom("it has no form")))
    }
}

/// A row as what the attribute of a dtype asks for.
pub(in super::super) fn row<'de, V: Visitor<'de>>(
    row: Row<'_, 'de>,
    dtype: DType,
    visitor: V,
) -> Result<V::Value, RowsError> {
    match is_time(row.source) {
        true => visitor.visit_enum(Forms {
            row,
            dtype,
            form: 0,
        }),
        false => visitor.visit_newtype_struct(row),
    }
}

/// Whether there are dates or durations, beneath lists and options.
fn is_time(source: &Source<'_>) -> bool {
    match source {
        Source::Scalars(array) => {
            matches!(array.dtype(), DType::DateTime64(_) | DType::TimeDelta64(_))
        }
        Source::List(_, content) | Source::Picked(_, content) | Source::Masked(_, content) => {
            is_time(content)
        }
        Source::Union(_, _, contents) => contents.iter().any(is_time),
        _ => false,
    }
}

/// The forms of a row, one after the other.
struct Forms<'s, 'de> {
    row: Row<'s, 'de>,
    dtype: DType,
    form: usize,
}

impl<'de> EnumAccess<'de> for Forms<'_, 'de> {
    type Error = RowsError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), RowsError> {
        let name = serde::de::value::BorrowedStrDeserializer::<RowsError>::new("time");
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Forms<'_, 'de> {
    type Error = RowsError;

    fn unit_variant(self) -> Result<(), RowsError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, RowsError> {
        seed.deserialize(Time {
            row: self.row,
            dtype: self.dtype,
            form: 0,
        })
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, RowsError> {
        visitor.visit_seq(self)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        visitor.visit_seq(self)
    }
}

impl<'de> SeqAccess<'de> for Forms<'_, 'de> {
    type Error = RowsError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, RowsError> {
        let Self { row, dtype, form } = *self;
        if form >= FORMS {
            return Ok(None);
        }
        self.form += 1;
        seed.deserialize(Time { row, dtype, form }).map(Some)
    }
}

/// A row that is read as a date or a duration, of which texts are in one form.
#[derive(Clone, Copy)]
pub(in super::super) struct Time<'s, 'de> {
    row: Row<'s, 'de>,
    /// Whether it is to be a date or a duration.
    dtype: DType,
    form: usize,
}

impl<'s, 'de> Time<'s, 'de> {
    /// The date or the duration; `None` where there is something else, or none.
    fn scalar(self) -> Result<Option<Scalar>, RowsError> {
        let found = self.row.beneath()?.and_then(|row| match row.source {
            Source::Scalars(array) => array.element(row.row),
            _ => None,
        });
        let Some(scalar) = found else {
            return Ok(None);
        };
        match (scalar, self.dtype) {
            (Scalar::DateTime64(Some(_), _), DType::DateTime64(_))
            | (Scalar::TimeDelta64(Some(_), _), DType::TimeDelta64(_)) => Ok(Some(scalar)),
            (Scalar::DateTime64(Some(_), _), _) => Err(RowsError::custom(format!(
                "{scalar} is a date, and no duration"
            ))),
            (Scalar::TimeDelta64(Some(_), _), _) => Err(RowsError::custom(format!(
                "{scalar} is a duration, and no date"
            ))),
            _ => Ok(None),
        }
    }

    /// The elements of a list, if it is one.
    fn elements(self) -> Result<Option<Elements<'s, 'de>>, RowsError> {
        let list = self.row.beneath()?.and_then(|row| match row.source {
            Source::List(bounds, content) => Some((&**content, bounds.of(row.row)?)),
            _ => None,
        });
        Ok(list.map(|(content, rows)| Elements {
            content,
            rows,
            list: self,
            position: 0,
        }))
    }

    fn ticks<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        match self.scalar()?.and_then(Scalar::as_ticks) {
            Some(ticks) => visitor.visit_i64(ticks),
            None => self.deserialize_any(visitor),
        }
    }
}

macro_rules! ticks {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
            self.ticks(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Time<'_, 'de> {
    type Error = RowsError;

    /// Texts, as most types read them.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        if let Some(scalar) = self.scalar()? {
            let text = text_of(scalar, self.form).map_err(RowsError::custom)?;
            let refused = |error: RowsError| RowsError::custom(format!("{text}: {error}"));
            return visitor.visit_str(&text).map_err(refused);
        }
        match self.elements()? {
            Some(elements) => visitor.visit_seq(elements),
            None => self.row.deserialize_any(visitor),
        }
    }

    ticks! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        match self.scalar()? {
            Some(scalar) => visitor.visit_i128(nanoseconds_of(scalar)?),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        match self.row.beneath()? {
            Some(row) if !row.is_no_time() => visitor.visit_some(self),
            _ => visitor.visit_none(),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        size: usize,
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        let Some(scalar) = self.scalar()? else {
            return self.deserialize_any(visitor);
        };
        let parts = parts_of(scalar, size).ok_or_else(|| {
            RowsError::custom(format!("{scalar} is nothing that has {size} parts"))
        })?;
        visitor.visit_seq(SeqDeserializer::new(parts.into_iter()))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        size: usize,
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        self.deserialize_tuple(size, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, RowsError> {
        let names = match self.scalar()? {
            Some(Scalar::TimeDelta64(..)) => DURATION,
            Some(_) => SYSTEM_TIME,
            None => return self.deserialize_any(visitor),
        };
        let scalar = self.scalar()?.filter(|_| names == *fields);
        let Some(scalar) = scalar else {
            return self.deserialize_any(visitor);
        };
        let nanoseconds = u128::try_from(nanoseconds_of(scalar)?).map_err(|_| {
            RowsError::custom(format!(
                "{scalar} is before the beginning of the type's time"
            ))
        })?;
        let parts = [nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000]
            .map(|part| u64::try_from(part).unwrap_or(u64::MAX));
        visitor.visit_map(MapDeserializer::new(names.into_iter().zip(parts)))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowsError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool u128 f32 f64 char str string bytes byte_buf unit unit_struct seq map enum identifier
    }
}

fn nanoseconds_of(scalar: Scalar) -> Result<i128, RowsError> {
    scalar
        .as_nanoseconds()
        .ok_or_else(|| RowsError::custom(format!("{scalar} is no whole number of nanoseconds")))
}

/// A date or a duration in one of the forms, which differ by the crates that read them.
fn text_of(scalar: Scalar, form: usize) -> Result<String, &'static str> {
    let iso = scalar.to_iso().ok_or("it has no unit")?;
    let fraction = iso.split_once('.').map(|(_, digits)| digits);
    let decimals = fraction.map_or(0, |digits| digits.trim_end_matches('S').len());
    // Some pass over the others.
    if decimals > 9 {
        return Err("it is no whole number of nanoseconds");
    }
    let spaced = || {
        let fraction = if decimals == 0 { ".0" } else { "" };
        format!("{}{fraction}", iso.replacen('T', " ", 1))
    };
    let text = match (scalar, form) {
        (Scalar::TimeDelta64(..), 0) => Some(iso),
        (Scalar::TimeDelta64(..), 1) => scalar.as_nanoseconds().map(|nanoseconds| {
            let sign = if nanoseconds < 0 { "-" } else { "" };
            let total = nanoseconds.unsigned_abs();
            let (seconds, rest) = (total / 1_000_000_000, total % 1_000_000_000);
            format!("{sign}{seconds}.{rest:09}")
        }),
        (Scalar::DateTime64(..), 0) => Some(iso + "Z"),
        (Scalar::DateTime64(..), 1) => Some(iso),
        (Scalar::DateTime64(..), 2) => iso.strip_suffix("T00:00:00").map(str::to_owned),
        (Scalar::DateTime64(..), 3) => Some(spaced() + " +00:00:00"),
        (Scalar::DateTime64(..), 4) => Some(spaced()),
        (Scalar::DateTime64(..), 5) => Some(iso + "+00:00[UTC]"),
        // For who has no database of time zones.
        (Scalar::DateTime64(..), 6) => Some(iso + "+00:00[+00:00]"),
        _ => None,
    };
    text.ok_or("it has no other form")
}

/// The elements of a list, all in one form.
struct Elements<'s, 'de> {
    content: &'s Source<'de>,
    rows: Range<usize>,
    list: Time<'s, 'de>,
    position: u64,
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = RowsError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, RowsError> {
        let Some(row) = self.rows.next() else {
            return Ok(None);
        };
        let position = self.position;
        self.position += 1;
        let time = Time {
            row: Row {
                source: self.content,
                row,
            },
            ..self.list
        };
        let read = seed.deserialize(time);
        read.map(Some).map_err(|error| error.in_position(position))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rows.len())
    }
}
