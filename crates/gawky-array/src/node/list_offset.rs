//! [`ListOffsetArray`]: lists that lie one after the other.

use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::{Buffer, BufferError};
use gawky_form::{Attribute, Form, ListOffsetForm, NodeInfo, Parameters};

use super::{ChildRows, Fault, Opening, Pieces, Slots, as_rows, first, put_back, together};
use crate::index::{IndexElement, reach, with_integers};
use crate::{Array, ArrayError, Index, Problem};

/// Lists that lie one after the other: list `i` is `content[offsets[i]..offsets[i + 1]]`.
///
/// The first offset need not be 0, and the content may be longer than the last.
#[derive(Clone, Debug, PartialEq)]
pub struct ListOffsetArray {
    pub(crate) offsets: Index,
    pub(crate) content: Arc<Array>,
    pub(crate) parameters: Parameters,
}

impl ListOffsetArray {
    /// One list fewer than there are offsets.
    ///
    /// # Errors
    /// [`Problem::BufferTooShort`] when there is not even one offset, [`Problem::NegativeOffset`] and
    /// [`Problem::OffsetsDecrease`] when they are in disorder, [`Problem::ContentTooShort`] when the last
    /// is beyond the content, [`BufferError::TwoPlaces`] when offsets and content lie at two places.
    pub fn try_new(
        offsets: Index,
        content: Array,
        parameters: Parameters,
    ) -> Result<Self, ArrayError> {
        let attempt = || -> Result<(), Problem> {
            if offsets.is_empty() {
                return Err(Problem::BufferTooShort { needed: 1, have: 0 });
            }
            let (_, last) = reach::of_offsets(&offsets, true)?;
            let needed = super::unsigned(last)?;
            if needed > as_rows(content.len()) {
                return Err(Problem::ContentTooShort {
                    needed,
                    have: as_rows(content.len()),
                });
            }
            together(&[offsets.buffer()], std::slice::from_ref(&content))?;
            Ok(())
        };
        attempt().map_err(|problem| problem.of(Attribute::Offsets).at("ListOffsetArray"))?;
        Ok(Self {
            offsets,
            content: Arc::new(content),
            parameters,
        })
    }

    /// [`try_new`](Self::try_new) without the pass over the structure.
    ///
    /// # Safety
    /// Everything that `try_new` would refuse must be known not to be so: reading values of an array of which
    /// the rules do not hold may give wrong ones. With the feature `recheck`
    /// they are proved all the same.
    #[must_use]
    #[allow(
        clippy::expect_used,
        reason = "only where the feature that exists to find such mistakes is on"
    )]
    pub unsafe fn new_unchecked(offsets: Index, content: Array, parameters: Parameters) -> Self {
        if cfg!(feature = "recheck") {
            return Self::try_new(offsets, content, parameters).expect("the caller's promise");
        }
        Self {
            offsets,
            content: Arc::new(content),
            parameters,
        }
    }

    /// How many lists there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where lists begin and end.
    #[must_use]
    pub fn offsets(&self) -> &Index {
        &self.offsets
    }

    /// What the lists hold.
    #[must_use]
    pub fn content(&self) -> &Array {
        &self.content
    }

    /// The metadata.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Where one list lies in the content; `None` past the end, or where the bytes are not on the host.
    #[must_use]
    pub fn bounds(&self, row: usize) -> Option<Range<usize>> {
        let (start, stop) = (self.offsets.get(row)?, self.offsets.get(row + 1)?);
        Some(usize::try_from(start).ok()?..usize::try_from(stop).ok()?)
    }

    pub(crate) fn pieces(&self) -> Pieces {
        Pieces::from_iter([self.offsets.buffer().clone()])
    }

    pub(crate) fn form(&self, content: Arc<Form>, info: NodeInfo) -> Form {
        ListOffsetForm {
            offsets: self.offsets.kind(),
            content,
            info,
        }
        .into()
    }

    pub(crate) fn slice(&self, rows: Range<usize>) -> Result<Self, Problem> {
        Ok(Self {
            offsets: self.offsets.slice(rows.start..rows.end + 1)?,
            content: Arc::clone(&self.content),
            parameters: self.parameters.clone(),
        })
    }

    pub(crate) fn map_buffers<E>(
        &self,
        map: &mut dyn FnMut(&Buffer) -> Result<Buffer, E>,
    ) -> Result<Self, E> {
        let offsets = self.offsets.with_buffer(map(self.offsets.buffer())?);
        Ok(Self {
            offsets,
            content: Arc::new(self.content.map_buffers(map)?),
            parameters: self.parameters.clone(),
        })
    }

    pub(crate) fn open(
        form: &ListOffsetForm,
        rows: &Range<u64>,
        slots: Slots<'_>,
        opening: Opening,
    ) -> Result<ChildRows, Fault> {
        let mut offsets = Index::try_new(first(slots), form.offsets)?;
        let mut child = 0..0;
        if rows.is_empty() {
            // Arrow and Awkward have both written no offsets at all for no lists.
            if offsets.is_empty() {
                offsets = Index::fitting(vec![0], form.offsets);
            }
        } else {
            let (lowest, highest) = reach::of_offsets(&offsets, opening.prove)
                .map_err(|problem| problem.of(Attribute::Offsets))?;
            let base;
            (child, base) = opening
                .child(lowest, highest)
                .map_err(|problem| problem.of(Attribute::Offsets))?;
            if base != 0 {
                offsets = rebased(&offsets, base)?;
            }
        }
        put_back(slots, [offsets.into_buffer()]);
        Ok(ChildRows::Every(child.into()))
    }

    pub(crate) fn assemble(
        form: &ListOffsetForm,
        slots: Slots<'_>,
        content: Array,
    ) -> Result<Self, Problem> {
        Ok(Self {
            offsets: Index::try_new(first(slots), form.offsets)?,
            content: Arc::new(content),
            parameters: form.info.parameters.clone(),
        })
    }

    /// Where the lists begin and end in the content, taken together; 0 and 0 where there are none.
    pub(crate) fn extent(&self) -> Result<Range<usize>, Problem> {
        if self.is_empty() {
            return Ok(0..0);
        }
        super::extent(reach::of_offsets(&self.offsets, false)?)
    }
}

/// Offsets of the same lists in a content of which `base` elements are gone from the front.
pub(crate) fn rebased(offsets: &Index, base: i64) -> Result<Index, BufferError> {
    fn shift<T: IndexElement>(values: &[T], base: i64) -> Buffer {
        values
            .iter()
            .map(|value| T::from_i64(value.wide().wrapping_sub(base)))
            .collect::<Vec<T>>()
            .into()
    }
    Ok(offsets.with_buffer(with_integers!(offsets.view()?, values => shift(values, base))))
}
