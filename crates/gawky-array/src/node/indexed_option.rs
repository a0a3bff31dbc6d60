//! [`IndexedOptionArray`]: elements picked by an index, where a negative one is missing.

use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::Buffer;
use gawky_form::{
    Attribute, Form, IndexType, IndexedOptionForm, NodeInfo, Parameters, SignedIndexType,
};

use super::indexed::rebased;
use super::{ChildRows, Fault, Opening, Pieces, Slots, as_rows, first, put_back, together};
use crate::index::{picks, reach};
use crate::take::Gather;
use crate::{Array, ArrayError, Index, Problem};

/// Elements picked by an index, where a negative one (any negative one) is missing.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexedOptionArray {
    pub(crate) index: Index,
    pub(crate) content: Arc<Array>,
    pub(crate) parameters: Parameters,
}

impl IndexedOptionArray {
    /// As many elements as there are in the index, which must be signed.
    ///
    /// # Errors
    /// [`Problem::IndexOutOfRange`] when the index is beyond the content anywhere,
    /// [`Problem::UnsignedOption`] when its integers cannot be negative,
    /// [`BufferError::TwoPlaces`](gawky_buffer::BufferError) when index and content lie at two places.
    pub fn try_new(
        index: Index,
        content: Array,
        parameters: Parameters,
    ) -> Result<Self, ArrayError> {
        let attempt = || -> Result<(), Problem> {
            if index.kind() == IndexType::U32 {
                return Err(Problem::UnsignedOption);
            }
            let (_, highest) = reach::of_option(&index)?;
            if super::unsigned(highest)? > as_rows(content.len()) {
                return Err(reach::beyond(&index, content.len()));
            }
            together(&[index.buffer()], std::slice::from_ref(&content))?;
            Ok(())
        };
        attempt().map_err(|problem| problem.of(Attribute::Index).at("IndexedOptionArray"))?;
        Ok(Self {
            index,
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
    pub unsafe fn new_unchecked(index: Index, content: Array, parameters: Parameters) -> Self {
        if cfg!(feature = "recheck") {
            return Self::try_new(index, content, parameters).expect("the caller's promise");
        }
        Self {
            index,
            content: Arc::new(content),
            parameters,
        }
    }

    /// How many elements there are, missing ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Which element of the content each element is; negative where it is missing.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// What the index picks from.
    #[must_use]
    pub fn content(&self) -> &Array {
        &self.content
    }

    /// The metadata.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Whether the content is a list of categories, each there once.
    #[must_use]
    pub fn is_categorical(&self) -> bool {
        self.parameters.is_categorical()
    }

    /// The elements of the content from the first to the last that is picked.
    pub(crate) fn extent(&self) -> Result<Range<usize>, Problem> {
        super::extent(reach::of_option(&self.index)?)
    }

    /// The elements that are picked, without the index and without the missing ones.
    pub(crate) fn project(&self) -> Result<Array, Problem> {
        self.content
            .carry(&picks::present(&self.index)?, Gather::Later)
    }

    /// The elements that are there, gathered, and the index into them.
    pub(crate) fn divided(&self) -> Result<(Index, Array), Problem> {
        let rows = picks::present(&self.index)?;
        let there = self.content.carry(&rows, Gather::Now)?;
        Ok((picks::renumbered(&self.index)?, there))
    }

    pub(crate) fn pieces(&self) -> Pieces {
        Pieces::from_iter([self.index.buffer().clone()])
    }

    pub(crate) fn form(&self, content: Arc<Form>, info: NodeInfo) -> Form {
        let index = match self.index.kind() {
            IndexType::I32 => SignedIndexType::I32,
            IndexType::I64 | IndexType::U32 => SignedIndexType::I64,
        };
        IndexedOptionForm {
            index,
            content,
            info,
        }
        .into()
    }

    pub(crate) fn slice(&self, rows: Range<usize>) -> Result<Self, Problem> {
        Ok(Self {
            index: self.index.slice(rows)?,
            content: Arc::clone(&self.content),
            parameters: self.parameters.clone(),
        })
    }

    pub(crate) fn map_buffers<E>(
        &self,
        map: &mut dyn FnMut(&Buffer) -> Result<Buffer, E>,
    ) -> Result<Self, E> {
        let index = self.index.with_buffer(map(self.index.buffer())?);
        Ok(Self {
            index,
            content: Arc::new(self.content.map_buffers(map)?),
            parameters: self.parameters.clone(),
        })
    }

    pub(crate) fn open(
        form: &IndexedOptionForm,
        slots: Slots<'_>,
        opening: Opening,
    ) -> Result<ChildRows, Fault> {
        let mut index = Index::try_new(first(slots), form.index.into())?;
        let (lowest, highest) =
            reach::of_option(&index).map_err(|problem| problem.of(Attribute::Index))?;
        let (rows, base) = opening.child(lowest, highest)?;
        if base != 0 {
            index = rebased(&index, base)?;
        }
        put_back(slots, [index.into_buffer()]);
        Ok(ChildRows::Every(rows.into()))
    }

    pub(crate) fn assemble(
        form: &IndexedOptionForm,
        slots: Slots<'_>,
        content: Array,
    ) -> Result<Self, Problem> {
        Ok(Self {
            index: Index::try_new(first(slots), form.index.into())?,
            content: Arc::new(content),
            parameters: form.info.parameters.clone(),
        })
    }
}
