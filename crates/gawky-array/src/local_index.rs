//! Which element of its list each element is, at any depth.

use std::ops::Range;
use std::sync::Arc;

use crate::index::{Away, lists, picks};
use crate::node::indexed::of_no_categories;
use crate::node::{
    IndexedOptionArray, ListArray, ListOffsetArray, NumpyArray, RegularArray, UnionArray,
    UnmaskedArray,
};
use crate::num::no_such_axis;
use crate::take::Gather;
use crate::{Array, ArrayError, Index, Problem, pack};
use gawky_form::Parameters;

impl Array {
    /// For each element of the lists at depth `axis`, which of its list it is, counted from 0; 0 are the rows of the
    /// array, 1 the elements of the lists that are the rows.
    ///
    /// It is Awkward's `ak.local_index(array, axis)` (`operations/ak_local_index.py`): a missing list stays missing,
    /// records have numbers for each field, and strings are lists of bytes.
    ///
    /// ```
    /// use gawky_array::{Array, ListOffsetArray, NumpyArray};
    /// use gawky_form::Parameters;
    /// let content = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3, 4, 5]));
    /// let lists = ListOffsetArray::try_new(vec![0_i32, 3, 3, 5].into(), content, Parameters::none())?;
    /// let array = Array::from(lists);
    /// assert_eq!(array.local_index(1)?.to_string(), "<Array [[0, 1, 2], [], [0, 1]] type='3 * var * int64'>");
    /// assert_eq!(array.local_index(0)?.to_string(), "<Array [0, 1, 2] type='3 * int64'>");
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`ArrayError::NoSuchAxis`] when lists do not nest so deep everywhere;
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where bytes are on a device that computes nothing by itself.
    pub fn local_index(&self, axis: usize) -> Result<Self, ArrayError> {
        self.require_kernels()?;
        let away = self.away();
        if axis == 0 {
            let problem = |problem| ArrayError::of_node(self.class(), None, problem);
            let rows = picks::counting(self.len(), away.as_ref()).map_err(problem)?;
            return Ok(NumpyArray::from_index(rows).into());
        }
        self.local_index_at(axis, 1, away.as_ref())
    }

    /// The numbers at `axis`, where the rows of this array are at `depth`; `away` is the device that all of it is on.
    fn local_index_at(
        &self,
        axis: usize,
        depth: usize,
        away: Option<&Away>,
    ) -> Result<Self, ArrayError> {
        let problem = |problem| ArrayError::of_node(self.class(), None, problem);
        let here = axis == depth;
        let parameters = Parameters::none();
        Ok(match self {
            Self::Empty(_) => return Err(no_such_axis(axis, depth)),
            Self::Numpy(array) if array.inner_shape().is_empty() => {
                return Err(no_such_axis(axis, depth));
            }
            Self::Numpy(array) => pack::numpy(array)
                .map_err(problem)?
                .local_index_at(axis, depth, away)?,
            Self::Regular(array) if here => RegularArray {
                content: Arc::new(within_regular(array, away).map_err(problem)?),
                size: array.size,
                length: array.length,
                parameters,
            }
            .into(),
            Self::List(array) if here => {
                let (offsets, length) =
                    lists::laid_out(&array.starts, &array.stops).map_err(problem)?;
                numbered(offsets, length).map_err(problem)?
            }
            Self::ListOffset(array) if here => {
                let length = array.extent().map_err(problem)?.len();
                numbered(lists::zero_based(&array.offsets)?, length).map_err(problem)?
            }
            Self::Regular(array) => {
                let elements = 0..array.length.saturating_mul(array.size);
                RegularArray {
                    content: inner(&array.content, elements, axis, depth + 1, away)?,
                    size: array.size,
                    length: array.length,
                    parameters,
                }
                .into()
            }
            Self::List(array) => {
                let all = 0..array.content.len();
                ListArray {
                    starts: array.starts.clone(),
                    stops: array.stops.clone(),
                    content: inner(&array.content, all, axis, depth + 1, away)?,
                    parameters,
                }
                .into()
            }
            Self::ListOffset(array) => {
                let end = array.extent().map_err(problem)?.end;
                ListOffsetArray {
                    offsets: array.offsets.clone(),
                    content: inner(&array.content, 0..end, axis, depth + 1, away)?,
                    parameters,
                }
                .into()
            }
            Self::Record(array) => {
                let mut contents = Vec::with_capacity(array.contents.len());
                for (position, content) in array.contents.iter().enumerate() {
                    let numbers = inner(content, 0..array.length, axis, depth, away);
                    let numbers =
                        numbers.map_err(|error| error.below(&array.field_name(position)))?;
                    contents.push(Arc::unwrap_or_clone(numbers));
                }
                array.with_contents(contents, array.length).into()
            }
            Self::Indexed(array) => {
                let picked = array.project().map_err(problem)?;
                picked.local_index_at(axis, depth, away)?
            }
            Self::IndexedOption(_) | Self::ByteMasked(_) | Self::BitMasked(_) => {
                let Some(option) = self.indexed_option().map_err(problem)? else {
                    return Ok(self.clone());
                };
                let (index, there) = option.divided().map_err(problem)?;
                let content = Arc::new(there.local_index_at(axis, depth, away)?);
                let parameters = of_no_categories(&option.parameters);
                IndexedOptionArray {
                    index,
                    content,
                    parameters,
                }
                .into()
            }
            Self::Unmasked(array) => {
                let content = array.content.local_index_at(axis, depth, away)?;
                UnmaskedArray::new(content, array.parameters.clone()).into()
            }
            Self::Union(array) => UnionArray {
                contents: array
                    .contents
                    .iter()
                    .map(|content| content.local_index_at(axis, depth, away))
                    .collect::<Result<_, _>>()?,
                ..array.clone()
            }
            .into(),
        })
    }
}

impl IndexedOptionArray {
    /// The elements that are there, gathered, and the index into them.
    pub(crate) fn divided(&self) -> Result<(Index, Array), Problem> {
        let rows = picks::present(&self.index)?;
        let there = self.content.carry(&rows, Gather::Now)?;
        Ok((picks::renumbered(&self.index)?, there))
    }
}

fn within_regular(array: &RegularArray, away: Option<&Away>) -> Result<Array, Problem> {
    let (offsets, length) = regular_offsets(array, away)?;
    Ok(NumpyArray::from_index(lists::places(&offsets, length)?).into())
}

/// The offsets of lists of one size, and how many elements they have together.
pub(crate) fn regular_offsets(
    array: &RegularArray,
    away: Option<&Away>,
) -> Result<(Index, usize), Problem> {
    let size = i64::try_from(array.size).unwrap_or(i64::MAX);
    lists::offsets(&picks::filled(size, array.length, away)?)
}

fn numbered(offsets: Index, length: usize) -> Result<Array, Problem> {
    let places = lists::places(&offsets, length)?;
    Ok(ListOffsetArray {
        offsets,
        content: Arc::new(NumpyArray::from_index(places).into()),
        parameters: Parameters::none(),
    }
    .into())
}

/// The numbers in those rows of a content that are reached.
fn inner(
    content: &Array,
    rows: Range<usize>,
    axis: usize,
    depth: usize,
    away: Option<&Away>,
) -> Result<Arc<Array>, ArrayError> {
    let reached = content
        .slice_within(rows)
        .map_err(|problem: Problem| ArrayError::of_node(content.class(), None, problem))?;
    reached.local_index_at(axis, depth, away).map(Arc::new)
}
