//! [`IndexedArray`]: elements picked by an index.

use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::{Buffer, BufferError};
use gawky_form::{Attribute, Form, IndexedForm, NodeInfo, Parameters};

use super::{ChildRows, Fault, Opening, Pieces, Slots, as_rows, first, put_back, together};
use crate::index::rows::Rows;
use crate::index::{IndexElement, reach, with_integers};
use crate::take::Gather;
use crate::{Array, ArrayError, Index, Problem};

/// Elements picked by an index: categories, or rows of records that are not worth gathering yet.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexedArray {
    pub(crate) index: Index,
    pub(crate) content: Arc<Array>,
    pub(crate) parameters: Parameters,
}

impl IndexedArray {
    /// As many elements as there are in the index.
    ///
    /// # Errors
    /// [`Problem::IndexOutOfRange`] when the index is negative anywhere or beyond the content,
    /// [`BufferError::TwoPlaces`] when index and content lie at two places.
    pub fn try_new(
        index: Index,
        content: Array,
        parameters: Parameters,
    ) -> Result<Self, ArrayError> {
        let attempt = || -> Result<(), Problem> {
            let (_, highest) = reach::of_index(&index)?;
            if super::unsigned(highest)? > as_rows(content.len()) {
                return Err(reach::beyond(&index, content.len()));
            }
            together(&[index.buffer()], std::slice::from_ref(&content))?;
            Ok(())
        };
        attempt().map_err(|problem| problem.of(Attribute::Index).at("IndexedArray"))?;
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

    /// How many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Which element of the content each element is.
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
        super::extent(reach::of_index(&self.index)?)
    }

    /// The elements that are picked, without the index; the parameters of both are united.
    pub(crate) fn project(&self) -> Result<Array, Problem> {
        let rows = Rows::of_index(&self.index)?;
        let picked = self.content.carry(&rows, Gather::Now)?;
        let own = of_no_categories(&self.parameters);
        let parameters = picked.parameters().union(&own);
        Ok(picked.with_parameters(parameters))
    }

    pub(crate) fn pieces(&self) -> Pieces {
        Pieces::from_iter([self.index.buffer().clone()])
    }

    pub(crate) fn form(&self, content: Arc<Form>, info: NodeInfo) -> Form {
        IndexedForm {
            index: self.index.kind(),
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
        form: &IndexedForm,
        slots: Slots<'_>,
        opening: Opening,
    ) -> Result<ChildRows, Fault> {
        let mut index = Index::try_new(first(slots), form.index)?;
        let (lowest, highest) =
            reach::of_index(&index).map_err(|problem| problem.of(Attribute::Index))?;
        let (rows, base) = opening.child(lowest, highest)?;
        if base != 0 {
            index = rebased(&index, base)?;
        }
        put_back(slots, [index.into_buffer()]);
        Ok(ChildRows::Every(rows.into()))
    }

    pub(crate) fn assemble(
        form: &IndexedForm,
        slots: Slots<'_>,
        content: Array,
    ) -> Result<Self, Problem> {
        Ok(Self {
            index: Index::try_new(first(slots), form.index)?,
            content: Arc::new(content),
            parameters: form.info.parameters.clone(),
        })
    }
}

/// The metadata of an index or an option without that it is one of categories.
pub(crate) fn of_no_categories(parameters: &Parameters) -> Parameters {
    if parameters.is_categorical() {
        parameters.without("__array__")
    } else {
        parameters.clone()
    }
}

/// The same index into a content of which `base` elements are gone from the front; negative ones stay.
pub(crate) fn rebased(index: &Index, base: i64) -> Result<Index, BufferError> {
    fn shift<T: IndexElement>(values: &[T], base: i64) -> Buffer {
        values
            .iter()
            .map(|value| {
                let number: i64 = value.wide();
                if number < 0 {
                    *value
                } else {
                    T::from_i64(number - base)
                }
            })
            .collect::<Vec<T>>()
            .into()
    }
    Ok(index.with_buffer(with_integers!(index.view()?, values => shift(values, base))))
}
