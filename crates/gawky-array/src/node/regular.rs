//! [`RegularArray`]: lists that all have one size.

use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::{Buffer, Place};
use gawky_form::{Form, NodeInfo, Parameters, RegularForm};

use super::{ChildRows, as_rows};
use crate::index::{lists, picks};
use crate::{Array, ArrayError, Index, Problem};

/// Lists that all have one size. The length is kept, so that lists of size 0 lose none.
#[derive(Clone, Debug, PartialEq)]
pub struct RegularArray {
    pub(crate) content: Arc<Array>,
    pub(crate) size: usize,
    pub(crate) length: usize,
    pub(crate) parameters: Parameters,
}

impl RegularArray {
    /// `length` lists of `size` elements each.
    ///
    /// # Errors
    /// [`Problem::ContentTooShort`] when the content has fewer than `length * size` elements.
    pub fn try_new(
        content: Array,
        size: usize,
        length: usize,
        parameters: Parameters,
    ) -> Result<Self, ArrayError> {
        match length.checked_mul(size) {
            Some(needed) if needed <= content.len() => Ok(Self {
                content: Arc::new(content),
                size,
                length,
                parameters,
            }),
            needed => Err(ArrayError::of_node(
                "RegularArray",
                None,
                Problem::ContentTooShort {
                    needed: needed.map_or(u64::MAX, as_rows),
                    have: as_rows(content.len()),
                },
            )),
        }
    }

    /// How long each list is.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// How many lists there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// What the lists hold, one list after the other.
    #[must_use]
    pub fn content(&self) -> &Array {
        &self.content
    }

    /// The metadata.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The offsets of the lists (`i64`), at this place, and the last of them.
    pub(crate) fn offsets(&self, place: &Place) -> Result<(Index, usize), Problem> {
        let size = i64::try_from(self.size).unwrap_or(i64::MAX);
        lists::offsets(&picks::filled(size, self.length, place)?)
    }

    pub(crate) fn form(&self, content: Arc<Form>, info: NodeInfo) -> Form {
        RegularForm {
            size: as_rows(self.size),
            content,
            info,
        }
        .into()
    }

    pub(crate) fn slice(&self, rows: Range<usize>) -> Result<Self, Problem> {
        let elements = rows.start.saturating_mul(self.size)..rows.end.saturating_mul(self.size);
        Ok(Self {
            content: Arc::new(self.content.slice_within(elements)?),
            size: self.size,
            length: rows.end - rows.start,
            parameters: self.parameters.clone(),
        })
    }

    pub(crate) fn map_buffers<E>(
        &self,
        map: &mut dyn FnMut(&Buffer) -> Result<Buffer, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            content: Arc::new(self.content.map_buffers(map)?),
            ..self.clone()
        })
    }

    pub(crate) fn open(form: &RegularForm, rows: &Range<u64>) -> Result<ChildRows, Problem> {
        let scale = |row: u64| {
            row.checked_mul(form.size)
                .filter(|elements| i64::try_from(*elements).is_ok())
                .ok_or(Problem::TooLarge {
                    what: "list elements",
                    length: row,
                })
        };
        Ok(ChildRows::Every(
            (scale(rows.start)?..scale(rows.end)?).into(),
        ))
    }

    pub(crate) fn assemble(
        form: &RegularForm,
        length: usize,
        content: Array,
    ) -> Result<Self, Problem> {
        Ok(Self {
            content: Arc::new(content),
            size: super::in_memory(form.size)?,
            length,
            parameters: form.info.parameters.clone(),
        })
    }
}
