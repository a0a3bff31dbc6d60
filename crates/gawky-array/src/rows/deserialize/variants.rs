//! Records as the variants of enums.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error as _, VariantAccess, Visitor};

use super::{Row, RowsError};

/// A variant with something in it.
pub(super) struct Variant<'s, 'de> {
    pub(super) name: &'de str,
    pub(super) value: Row<'s, 'de>,
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
pub(super) struct Content<'s, 'de> {
    name: &'de str,
    value: Row<'s, 'de>,
}

impl<'de> VariantAccess<'de> for Content<'_, 'de> {
    type Error = RowsError;

    fn unit_variant(self) -> Result<(), RowsError> {
        match self.value.beneath()? {
            None => Ok(()),
            Some(_) => Err(RowsError::custom(format!(
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
