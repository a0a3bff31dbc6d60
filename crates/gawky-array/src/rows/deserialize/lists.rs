//! Lists as sequences.

use std::ops::Range;

use serde::de::{DeserializeSeed, SeqAccess};

use super::{Row, RowsError, Source};
use crate::node::as_rows;

/// The elements of a list.
pub(super) struct Elements<'s, 'de> {
    content: &'s Source<'de>,
    start: usize,
    rows: Range<usize>,
}

impl<'s, 'de> Elements<'s, 'de> {
    #[inline]
    pub(super) fn new(content: &'s Source<'de>, rows: Range<usize>) -> Self {
        Self {
            content,
            start: rows.start,
            rows,
        }
    }

    /// The position of a row of the content in the list.
    pub(super) fn position_of(&self, row: usize) -> u64 {
        as_rows(row.saturating_sub(self.start))
    }
}

impl<'s, 'de> Iterator for Elements<'s, 'de> {
    type Item = Row<'s, 'de>;

    #[inline]
    fn next(&mut self) -> Option<Row<'s, 'de>> {
        let source = self.content;
        self.rows.next().map(|row| Row { source, row })
    }
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = RowsError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, RowsError> {
        match self.next() {
            Some(element) => match seed.deserialize(element) {
                Ok(value) => Ok(Some(value)),
                Err(error) => Err(error.in_position(self.position_of(element.row))),
            },
            None => Ok(None),
        }
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.rows.len())
    }
}
