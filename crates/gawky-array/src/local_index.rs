//! Which element of its list each element is, at any depth.

use std::sync::Arc;

use gawky_buffer::Place;
use gawky_form::Parameters;

use crate::index::{lists, picks};
use crate::node::indexed::of_no_categories;
use crate::node::{
    IndexedOptionArray, ListArray, ListOffsetArray, NumpyArray, RegularArray, UnionArray,
    UnmaskedArray,
};
use crate::{Array, ArrayError, Index, Problem};

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
        let place = self.first_place().unwrap_or_default();
        if axis == 0 {
            let problem = |problem| ArrayError::of_node(self.class(), None, problem);
            let rows = picks::counting(self.len(), &place).map_err(problem)?;
            return Ok(NumpyArray::from_index(rows).into());
        }
        self.local_index_at(axis, 1, &place)
    }

    /// The numbers at `axis`, where the rows of this array are at `depth`; all of it is at `place`.
    fn local_index_at(&self, axis: usize, depth: usize, place: &Place) -> Result<Self, ArrayError> {
        let problem = |problem| ArrayError::of_node(self.class(), None, problem);
        let here = axis == depth;
        let parameters = Parameters::none();
        Ok(match self {
            Self::Empty(_) => return Err(ArrayError::no_such_axis(axis, depth)),
            Self::Numpy(array) if array.inner_shape().is_empty() => {
                return Err(ArrayError::no_such_axis(axis, depth));
            }
            Self::Numpy(array) => array
                .nested()
                .map_err(problem)?
                .local_index_at(axis, depth, place)?,
            Self::Regular(array) if here => RegularArray {
                content: Arc::new(within_regular(array, place).map_err(problem)?),
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
                    content: Arc::new(array.content.slice(elements)?.local_index_at(
                        axis,
                        depth + 1,
                        place,
                    )?),
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
                    content: Arc::new(array.content.slice(all)?.local_index_at(
                        axis,
                        depth + 1,
                        place,
                    )?),
                    parameters,
                }
                .into()
            }
            Self::ListOffset(array) => {
                let end = array.extent().map_err(problem)?.end;
                ListOffsetArray {
                    offsets: array.offsets.clone(),
                    content: Arc::new(array.content.slice(0..end)?.local_index_at(
                        axis,
                        depth + 1,
                        place,
                    )?),
                    parameters,
                }
                .into()
            }
            Self::Record(array) => {
                let mut contents = Vec::with_capacity(array.contents.len());
                for (position, content) in array.contents.iter().enumerate() {
                    let reached = content.slice(0..array.length);
                    let numbers =
                        reached.and_then(|reached| reached.local_index_at(axis, depth, place));
                    contents
                        .push(numbers.map_err(|error| error.below(&array.field_name(position)))?);
                }
                array.with_contents(contents, array.length).into()
            }
            Self::Indexed(array) => {
                let picked = array.project().map_err(problem)?;
                picked.local_index_at(axis, depth, place)?
            }
            Self::IndexedOption(_) | Self::ByteMasked(_) | Self::BitMasked(_) => {
                let Some(option) = self.indexed_option().map_err(problem)? else {
                    return Ok(self.clone());
                };
                let (index, there) = option.divided().map_err(problem)?;
                let content = Arc::new(there.local_index_at(axis, depth, place)?);
                let parameters = of_no_categories(&option.parameters);
                IndexedOptionArray {
                    index,
                    content,
                    parameters,
                }
                .into()
            }
            Self::Unmasked(array) => {
                let content = array.content.local_index_at(axis, depth, place)?;
                UnmaskedArray::new(content, array.parameters.clone()).into()
            }
            Self::Union(array) => UnionArray {
                contents: array
                    .contents
                    .iter()
                    .map(|content| content.local_index_at(axis, depth, place))
                    .collect::<Result<_, _>>()?,
                ..array.clone()
            }
            .into(),
        })
    }
}

fn within_regular(array: &RegularArray, place: &Place) -> Result<Array, Problem> {
    let (offsets, length) = array.offsets(place)?;
    Ok(NumpyArray::from_index(lists::places(&offsets, length)?).into())
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
