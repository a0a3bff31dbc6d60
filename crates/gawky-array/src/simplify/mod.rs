//! Simplifying: the same values in a form that Awkward 2's rules allow.
//!
//! The free functions do what Awkward's `simplified` constructors do (`contents/*.py`), one for each class that
//! has rules, except that contents of a union are merged only where they are of one form. [`Array::simplify`] applies them
//! from the leaves up, and then merges contents where [`Merging::merge`](gawky_form::Merging::merge) knows a form
//! that holds the values of both, as Awkward does. No value changes: where a number would have to be rounded, the contents stay
//! apart.

mod unions;

use std::sync::Arc;

use gawky_buffer::{Buffer, Place};
use gawky_form::Parameters;

use crate::index::rows::{Rows, compose};
use crate::index::{masks, picks};
use crate::node::{
    BitMaskedArray, ByteMaskedArray, IndexedArray, IndexedOptionArray, ListArray, ListOffsetArray,
    RegularArray, UnionArray, UnmaskedArray, reserved,
};
use crate::take::Gather;
use crate::{Array, ArrayError, Index, Problem};

pub(crate) use unions::union;

impl Array {
    /// The same values in a form that Awkward 2 allows: an option of an option is one option, an index into
    /// an index is one index, an option of a union is a union of options, a union in a union is one union,
    /// of which contents are one where a form holds the values of both: integers and floats are floats then, and lists of one
    /// size are lists.
    ///
    /// The type may change with the form; what is allowed already is shared, not copied. Values never change: contents of
    /// which an integer would have to be rounded to be a float stay apart, where Awkward rounds it; so do contents that have over a thousand
    /// elements for each byte, as lists of nothing can, each of which would take memory then.
    ///
    /// ```
    /// use gawky_array::{Array, NumpyArray, UnionArray};
    /// use gawky_form::Parameters;
    /// let contents = vec![NumpyArray::from_vec(vec![1_i64]).into(), NumpyArray::from_vec(vec![0.5]).into()];
    /// let union = UnionArray::try_new(vec![0_u8, 1].into(), vec![0_i64, 0].into(), contents, Parameters::none())?;
    /// let simple = Array::from(union).simplify()?;
    /// assert_eq!(simple.to_string(), "<Array [1.0, 0.5] type='2 * float64'>");
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where bytes are on a device;
    /// [`Problem::Form`] where a union would have more than 128 contents.
    pub fn simplify(&self) -> Result<Self, ArrayError> {
        self.require_host()?;
        let attempt = || {
            let canonical = self.simplified()?;
            if !canonical.has_union() {
                return Ok(canonical);
            }
            // What a union has become may not be allowed where it is.
            unions::promoted(&canonical)?.simplified()
        };
        attempt().map_err(|problem| ArrayError::of_node(self.class(), None, problem))
    }

    fn has_union(&self) -> bool {
        matches!(self, Self::Union(_)) || self.children().iter().any(Self::has_union)
    }

    /// [`simplify`](Self::simplify) without promotion: contents of a union are one only where they are of one form.
    pub(crate) fn simplified(&self) -> Result<Self, Problem> {
        let content = |content: &Arc<Self>| content.simplified();
        let contents = |contents: &[Self]| {
            contents
                .iter()
                .map(Self::simplified)
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(match self {
            Self::Empty(_) | Self::Numpy(_) => self.clone(),
            Self::Regular(array) => RegularArray {
                content: Arc::new(content(&array.content)?),
                ..array.clone()
            }
            .into(),
            Self::List(array) => ListArray {
                content: Arc::new(content(&array.content)?),
                ..array.clone()
            }
            .into(),
            Self::ListOffset(array) => ListOffsetArray {
                content: Arc::new(content(&array.content)?),
                ..array.clone()
            }
            .into(),
            Self::Record(array) => array
                .with_contents(contents(&array.contents)?, array.length)
                .into(),
            Self::Indexed(array) => {
                indexed(&array.index, content(&array.content)?, &array.parameters)?
            }
            Self::IndexedOption(array) => {
                indexed_option(&array.index, content(&array.content)?, &array.parameters)?
            }
            Self::ByteMasked(array) => byte_masked(
                array.mask.clone(),
                content(&array.content)?,
                array.valid_when,
                &array.parameters,
            )?,
            Self::BitMasked(array) => {
                bit_masked(array, content(&array.content)?, &array.parameters)?
            }
            Self::Unmasked(array) => unmasked(content(&array.content)?, &array.parameters)?,
            Self::Union(array) => union(
                array.tags.bytes()?,
                &array.index.to_i64()?,
                contents(&array.contents)?,
                &array.parameters,
            )?,
        })
    }

    pub(crate) fn is_option(&self) -> bool {
        matches!(
            self,
            Self::IndexedOption(_) | Self::ByteMasked(_) | Self::BitMasked(_) | Self::Unmasked(_)
        )
    }
}

/// Whether an option or an index must not contain this.
pub(crate) fn is_wrapping(content: &Array) -> bool {
    content.is_option() || matches!(content, Array::Indexed(_) | Array::Union(_))
}

/// What an index or an option picks.
struct Picking {
    /// Which elements; `None` for all of them, as a content that holds nothing has rows without end.
    index: Option<Index>,
    content: Arc<Array>,
    is_option: bool,
}

/// What `content` picks, if it is an index or an option.
fn unwrapped(content: &Array) -> Result<Option<Picking>, Problem> {
    Ok(match content {
        Array::Indexed(inner) => Some(Picking {
            index: Some(inner.index.clone()),
            content: Arc::clone(&inner.content),
            is_option: false,
        }),
        Array::Unmasked(inner) => Some(Picking {
            index: None,
            content: Arc::clone(&inner.content),
            is_option: true,
        }),
        other => other.indexed_option()?.map(|inner| Picking {
            index: Some(inner.index),
            content: inner.content,
            is_option: true,
        }),
    })
}

/// `outer`, each element looked up in `inner`.
fn looked_up(outer: &Index, inner: Option<&Index>) -> Result<Index, Problem> {
    match inner {
        Some(inner) => compose(outer, inner),
        None => Ok(outer.widened()?),
    }
}

pub(crate) fn indexed(
    index: &Index,
    content: Array,
    parameters: &Parameters,
) -> Result<Array, Problem> {
    if matches!(content, Array::Union(_)) && !parameters.is_categorical() {
        let rows = Rows::of_index(index)?;
        let united = content.parameters().union(parameters);
        return Ok(content.carry(&rows, Gather::Now)?.with_parameters(united));
    }
    match unwrapped(&content)? {
        Some(inner) if !matches!(content, Array::Union(_)) => {
            let index = looked_up(index, inner.index.as_ref())?;
            let parameters = content.parameters().union(parameters);
            Ok(if inner.is_option {
                IndexedOptionArray {
                    index,
                    content: inner.content,
                    parameters,
                }
                .into()
            } else {
                IndexedArray {
                    index,
                    content: inner.content,
                    parameters,
                }
                .into()
            })
        }
        _ => Ok(IndexedArray {
            index: index.clone(),
            content: Arc::new(content),
            parameters: parameters.clone(),
        }
        .into()),
    }
}

pub(crate) fn indexed_option(
    index: &Index,
    content: Array,
    parameters: &Parameters,
) -> Result<Array, Problem> {
    if let Array::Union(union) = &content
        && !parameters.is_categorical()
    {
        return union_of_options(union, &index.to_i64()?, parameters);
    }
    match unwrapped(&content)? {
        Some(inner) => Ok(IndexedOptionArray {
            index: looked_up(index, inner.index.as_ref())?,
            content: inner.content,
            parameters: content.parameters().union(parameters),
        }
        .into()),
        None => Ok(IndexedOptionArray {
            index: index.clone(),
            content: Arc::new(content),
            parameters: parameters.clone(),
        }
        .into()),
    }
}

pub(crate) fn byte_masked(
    mask: Buffer,
    content: Array,
    valid_when: bool,
    parameters: &Parameters,
) -> Result<Array, Problem> {
    let masked = ByteMaskedArray {
        mask,
        content: Arc::new(content),
        valid_when,
        parameters: parameters.clone(),
    };
    if !is_wrapping(&masked.content) {
        return Ok(masked.into());
    }
    let index = masks::index_of_bytes(&masked.mask, valid_when)?;
    indexed_option(&index, Arc::unwrap_or_clone(masked.content), parameters)
}

/// The bits of `array` over another content of the same length.
pub(crate) fn bit_masked(
    array: &BitMaskedArray,
    content: Array,
    parameters: &Parameters,
) -> Result<Array, Problem> {
    if is_wrapping(&content) {
        let mask = array.masked_by_bytes()?.mask;
        return byte_masked(mask, content, array.valid_when, parameters);
    }
    Ok(BitMaskedArray {
        content: Arc::new(content),
        parameters: parameters.clone(),
        ..array.clone()
    }
    .into())
}

pub(crate) fn unmasked(content: Array, parameters: &Parameters) -> Result<Array, Problem> {
    let united = content.parameters().union(parameters);
    match &content {
        Array::Union(array) => {
            let contents = array
                .contents
                .iter()
                .map(|content| unmasked(content.clone(), &Parameters::none()))
                .collect::<Result<Vec<_>, _>>()?;
            // As options, contents that were of two forms may be of one.
            union(
                array.tags.bytes()?,
                &array.index.to_i64()?,
                contents,
                &united,
            )
        }
        Array::Unmasked(_) => Ok(content.with_parameters(united)),
        Array::Indexed(array) => Ok(IndexedOptionArray {
            index: array.index.widened()?,
            content: Arc::clone(&array.content),
            parameters: united,
        }
        .into()),
        _ => match content.indexed_option()? {
            Some(option) => Ok(Array::from(option).with_parameters(united)),
            None => Ok(UnmaskedArray::new(content, parameters.clone()).into()),
        },
    }
}

/// An option of a union as a union of options: what is missing becomes a missing element of one content.
fn union_of_options(
    union_array: &UnionArray,
    index: &[i64],
    parameters: &Parameters,
) -> Result<Array, Problem> {
    if union_array.contents.is_empty() {
        // Then there is no element to pick, so all are missing.
        return Ok(IndexedOptionArray {
            index: Index::from(index.to_vec()),
            content: Arc::new(crate::EmptyArray.into()),
            parameters: union_array.parameters.union(parameters),
        }
        .into());
    }
    let missing = union_array
        .contents
        .iter()
        .position(Array::is_option)
        .unwrap_or(0);
    let (tags, inner) = (union_array.tags.bytes()?, union_array.index.to_i64()?);
    let missing_tag = u8::try_from(missing).unwrap_or(0);
    let length = union_array.contents.get(missing).map_or(0, Array::len);
    let missing_row = i64::try_from(length).unwrap_or(i64::MAX);
    // The rows of that content: all, and a missing one; or, where that would be more, one for each element.
    let mut rows = if length <= index.len() {
        let mut rows = picks::counting(length, &Place::Host)?.to_i64()?;
        rows.push(-1);
        rows
    } else {
        Vec::new()
    };
    let gathers = rows.is_empty();

    let mut new_tags: Vec<u8> = reserved(index.len())?;
    let mut new_index: Vec<i64> = reserved(index.len())?;
    for value in index {
        let picked = usize::try_from(*value)
            .ok()
            .and_then(|row| Some((*tags.get(row)?, *inner.get(row)?)));
        let (tag, mut row) = picked.unwrap_or((missing_tag, missing_row));
        if gathers && tag == missing_tag {
            rows.push(if picked.is_some() { row } else { -1 });
            row = i64::try_from(rows.len() - 1).unwrap_or(i64::MAX);
        }
        new_tags.push(tag);
        new_index.push(row);
    }

    let rows = Index::from(rows);
    let mut contents = Vec::with_capacity(union_array.contents.len());
    for (tag, content) in union_array.contents.iter().enumerate() {
        contents.push(if tag == missing {
            indexed_option(&rows, content.clone(), &Parameters::none())?
        } else {
            unmasked(content.clone(), &Parameters::none())?
        });
    }
    let parameters = union_array.parameters.union(parameters);
    union(&new_tags, &new_index, contents, &parameters)
}
