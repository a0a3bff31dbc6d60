//! [`UnionArray`]: each element from one of several contents.

use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::{Buffer, BufferError};
use gawky_form::{Attribute, Form, FormError, NodeInfo, Parameters, UnionForm};

use super::{
    ChildRows, Fault, Opening, Pieces, Runs, Slots, as_rows, first, put_back, second, together,
};
use crate::index::{IndexElement, reach, with_integers};
use crate::{Array, ArrayError, Index, Problem};

/// Each element from one of several contents: `contents[tags[i]][index[i]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct UnionArray {
    pub(crate) tags: Buffer,
    pub(crate) index: Index,
    pub(crate) contents: Vec<Array>,
    pub(crate) parameters: Parameters,
}

/// The index into contents of which `bases[tag]` elements are gone from the front.
fn rebased(tags: &Buffer, index: &Index, bases: &[i64]) -> Result<Index, BufferError> {
    fn shift<T: IndexElement>(tags: &[u8], values: &[T], bases: &[i64]) -> Buffer {
        tags.iter()
            .zip(values)
            .map(|(tag, value)| {
                let base = bases.get(usize::from(*tag)).copied().unwrap_or(0);
                T::from_i64(value.wide() - base)
            })
            .collect::<Vec<T>>()
            .into()
    }
    let tags = tags.bytes()?;
    Ok(index.with_buffer(with_integers!(index.view()?, values => shift(tags, values, bases))))
}

impl UnionArray {
    /// As many elements as there are tags; a longer index is cut.
    ///
    /// # Errors
    /// [`Problem::BufferTooShort`] when the index is shorter than the tags, [`Problem::TagOutOfRange`] and
    /// [`Problem::IndexOutOfRange`] when either points outside, and [`FormError::UnionWidth`] when there
    /// are more than 128 contents, and [`BufferError::TwoPlaces`] when tags, index and contents do not lie at one place.
    pub fn try_new(
        tags: Buffer,
        index: Index,
        contents: Vec<Array>,
        parameters: Parameters,
    ) -> Result<Self, ArrayError> {
        let attempt = || -> Result<Index, Fault> {
            if contents.len() > UnionForm::MAX_CONTENTS {
                return Err(Problem::Form(FormError::UnionWidth {
                    contents: contents.len(),
                })
                .into());
            }
            if index.len() < tags.len() {
                return Err(Problem::BufferTooShort {
                    needed: as_rows(tags.len()),
                    have: as_rows(index.len()),
                }
                .of(Attribute::Index));
            }
            let index = index.slice(0..tags.len())?;
            for (content, (_, highest)) in
                contents
                    .iter()
                    .zip(reach::of_union(&tags, &index, contents.len())?)
            {
                let needed = super::unsigned(highest)?;
                if needed > as_rows(content.len()) {
                    return Err(Problem::ContentTooShort {
                        needed,
                        have: as_rows(content.len()),
                    }
                    .of(Attribute::Index));
                }
            }
            together(&[&tags, index.buffer()], &contents)?;
            Ok(index)
        };
        let index = attempt().map_err(|fault| fault.at("UnionArray"))?;
        Ok(Self {
            tags,
            index,
            contents,
            parameters,
        })
    }

    /// [`try_new`](Self::try_new) without the pass over the structure.
    ///
    /// # Safety
    /// Everything that `try_new` would refuse must be known not to be so: reading values of an array of which
    /// the rules do not hold may give wrong ones. Tags and index must be equally long. With the feature `recheck`
    /// they are proved all the same.
    #[must_use]
    #[allow(
        clippy::expect_used,
        reason = "only where the feature that exists to find such mistakes is on"
    )]
    pub unsafe fn new_unchecked(
        tags: Buffer,
        index: Index,
        contents: Vec<Array>,
        parameters: Parameters,
    ) -> Self {
        if cfg!(feature = "recheck") {
            return Self::try_new(tags, index, contents, parameters).expect("the caller's promise");
        }
        Self {
            tags,
            index,
            contents,
            parameters,
        }
    }

    /// How many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tags.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    /// Which content each element is from, one `i8` each.
    #[must_use]
    pub fn tags(&self) -> &Buffer {
        &self.tags
    }

    /// Which element of its content each element is.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The alternatives, in the order of the tags.
    #[must_use]
    pub fn contents(&self) -> &[Array] {
        &self.contents
    }

    /// The metadata.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The content that one element is from, and which of its elements it is; `None` past the end, or where
    /// the bytes are not on the host.
    #[must_use]
    pub fn pick(&self, row: usize) -> Option<(usize, usize)> {
        let tag = usize::from(*self.tags.bytes().ok()?.get(row)?);
        Some((tag, usize::try_from(self.index.get(row)?).ok()?))
    }

    /// The elements of each content from the first to the last that is picked.
    pub(crate) fn extents(&self) -> Result<Vec<Range<usize>>, Problem> {
        let spans = reach::of_union(&self.tags, &self.index, self.contents.len());
        let spans = spans.map_err(|fault| fault.problem)?;
        spans.into_iter().map(super::extent).collect()
    }

    pub(crate) fn pieces(&self) -> Pieces {
        Pieces::from_iter([self.tags.clone(), self.index.buffer().clone()])
    }

    #[allow(
        clippy::expect_used,
        reason = "the constructors proved the very rules that the form's constructor checks"
    )]
    pub(crate) fn form(&self, contents: Arc<[Arc<Form>]>, info: NodeInfo) -> Form {
        UnionForm::try_new(self.index.kind(), contents, info)
            .expect("no more contents than tags can name")
            .into()
    }

    pub(crate) fn slice(&self, rows: Range<usize>) -> Result<Self, Problem> {
        Ok(Self {
            tags: self.tags.slice(rows.clone())?,
            index: self.index.slice(rows)?,
            contents: self.contents.clone(),
            parameters: self.parameters.clone(),
        })
    }

    pub(crate) fn map_buffers<E>(
        &self,
        map: &mut dyn FnMut(&Buffer) -> Result<Buffer, E>,
    ) -> Result<Self, E> {
        let tags = map(&self.tags)?;
        let index = self.index.with_buffer(map(self.index.buffer())?);
        Ok(Self {
            tags,
            index,
            contents: self
                .contents
                .iter()
                .map(|content| content.map_buffers(map))
                .collect::<Result<_, _>>()?,
            parameters: self.parameters.clone(),
        })
    }

    pub(crate) fn open(
        form: &UnionForm,
        slots: Slots<'_>,
        opening: Opening,
    ) -> Result<ChildRows, Fault> {
        let tags = first(slots);
        let mut index = Index::try_new(second(slots), form.index)?;
        let spans = reach::of_union(&tags, &index, form.contents().len())?;
        let (rows, bases): (Vec<_>, Vec<_>) = spans
            .into_iter()
            .map(|(lowest, highest)| opening.child(lowest, highest))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .unzip();
        if bases.iter().any(|base| *base != 0) {
            index = rebased(&tags, &index, &bases)?;
        }
        put_back(slots, [tags, index.into_buffer()]);
        Ok(ChildRows::Each(rows.into_iter().map(Runs::from).collect()))
    }

    pub(crate) fn assemble(
        form: &UnionForm,
        slots: Slots<'_>,
        contents: Vec<Array>,
    ) -> Result<Self, Problem> {
        Ok(Self {
            tags: first(slots),
            index: Index::try_new(second(slots), form.index)?,
            contents,
            parameters: form.info.parameters.clone(),
        })
    }
}
