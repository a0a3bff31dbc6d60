//! Lists of pairs as maps.

use serde::de::{DeserializeSeed, Error as _, MapAccess};

use super::{Elements, Row, RowsError, Source};

/// A list of pairs, as the keys and values of a map.
pub(super) struct Pairs<'s, 'de> {
    pairs: Elements<'s, 'de>,
    /// The value of the last key, and which pair it is of.
    value: Option<(Row<'s, 'de>, u64)>,
}

impl<'s, 'de> Pairs<'s, 'de> {
    #[inline]
    pub(super) fn new(pairs: Elements<'s, 'de>) -> Self {
        Self { pairs, value: None }
    }
}

/// The key and the value of a pair, if it is one.
fn halves<'s, 'de>(pair: Row<'s, 'de>) -> Result<Option<[Row<'s, 'de>; 2]>, RowsError> {
    let found = pair.beneath()?;
    Ok(found.and_then(|Row { source, row }| match source {
        Source::Record(records) if row < records.length => match records.fields.as_slice() {
            [key, value] => Some([&key.source, &value.source].map(|source| Row { source, row })),
            _ => None,
        },
        _ => None,
    }))
}

impl<'de> MapAccess<'de> for Pairs<'_, 'de> {
    type Error = RowsError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, RowsError> {
        let Some(pair) = self.pairs.next() else {
            return Ok(None);
        };
        let position = self.pairs.position_of(pair.row);
        let Some([key, value]) = halves(pair)? else {
            return Err(RowsError::custom(
                "a map is a record, or a list of pairs, and this list has something else in it",
            )
            .in_position(position));
        };
        self.value = Some((value, position));
        match seed.deserialize(key) {
            Ok(key) => Ok(Some(key)),
            Err(error) => Err(error.in_field("0").in_position(position)),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, RowsError> {
        let (value, position) = self
            .value
            .take()
            .ok_or_else(|| RowsError::custom("a value was asked for before its key"))?;
        seed.deserialize(value)
            .map_err(|error| error.in_field("1").in_position(position))
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        serde::de::SeqAccess::size_hint(&self.pairs)
    }
}
