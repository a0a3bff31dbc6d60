//! Lengths of lists, at any depth.

use std::sync::Arc;

use gawky_buffer::Place;

use crate::index::{lists, picks};
use crate::node::indexed::of_no_categories;
use crate::node::{ListArray, ListOffsetArray, NumpyArray, RegularArray};
use crate::{Array, ArrayError, simplify};

impl Array {
    /// How many elements the lists have that lie at depth `axis`, as `int64` within all that is around them: 1 are
    /// the lists that are the rows, 2 the lists in those.
    ///
    /// It is Awkward's `ak.num(array, axis)` (`operations/ak_num.py`): a missing list has no length but stays missing,
    /// records have a length for each field, unions one for each element, and strings are lists of bytes. Contents
    /// of a union that were of different types may be of one afterwards, and what are no lists but lengths loses that
    /// it is categorical. How many rows there are is [`len`](Self::len).
    ///
    /// ```
    /// use gawky_array::{Array, ListOffsetArray, NumpyArray};
    /// use gawky_form::Parameters;
    /// let content = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3, 4, 5]));
    /// let lists = ListOffsetArray::try_new(vec![0_i32, 3, 3, 5].into(), content, Parameters::none())?;
    /// let lengths = Array::from(lists).num(1)?;
    /// assert_eq!(lengths.to_string(), "<Array [3, 0, 2] type='3 * int64'>");
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`ArrayError::NoSuchAxis`] when lists do not nest so deep everywhere, and for axis 0;
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where bytes are on a device that computes nothing by itself, or are those
    /// of a union, whose contents may have to become one.
    pub fn num(&self, axis: usize) -> Result<Self, ArrayError> {
        if axis == 0 {
            return Err(ArrayError::no_such_axis(axis, 1));
        }
        self.num_at(axis, 1, &self.first_place().unwrap_or_default())
    }

    /// The lengths at `axis`, where the rows of this array are at `depth`; all of it is at `place`.
    fn num_at(&self, axis: usize, depth: usize, place: &Place) -> Result<Self, ArrayError> {
        let problem = |problem| ArrayError::of_node(self.class(), None, problem);
        let here = axis == depth;
        Ok(match self {
            Self::Empty(_) => return Err(ArrayError::no_such_axis(axis, depth)),
            Self::Numpy(array) if array.inner_shape().is_empty() => {
                return Err(ArrayError::no_such_axis(axis, depth));
            }
            Self::Numpy(array) => array
                .nested()
                .map_err(problem)?
                .num_at(axis, depth, place)?,
            Self::Regular(array) if here => {
                let size = i64::try_from(array.size).unwrap_or(i64::MAX);
                let lengths = picks::filled(size, array.length, place).map_err(problem)?;
                NumpyArray::from_index(lengths).into()
            }
            Self::List(array) if here => {
                NumpyArray::from_index(lists::counts(&array.starts, &array.stops)?).into()
            }
            Self::ListOffset(array) if here => {
                NumpyArray::from_index(lists::counts_between(&array.offsets)?).into()
            }
            Self::Regular(array) => {
                let elements = 0..array.length.saturating_mul(array.size);
                RegularArray {
                    content: Arc::new(array.content.slice(elements)?.num_at(
                        axis,
                        depth + 1,
                        place,
                    )?),
                    ..array.clone()
                }
                .into()
            }
            Self::List(array) => ListArray {
                content: Arc::new(array.content.num_at(axis, depth + 1, place)?),
                ..array.clone()
            }
            .into(),
            Self::ListOffset(array) => {
                let end = array.extent().map_err(problem)?.end;
                ListOffsetArray {
                    content: Arc::new(array.content.slice(0..end)?.num_at(
                        axis,
                        depth + 1,
                        place,
                    )?),
                    ..array.clone()
                }
                .into()
            }
            // Records without fields hold no lists, as Awkward sees it.
            Self::Record(array) if array.contents.is_empty() => {
                return Err(ArrayError::no_such_axis(axis, depth));
            }
            Self::Record(array) => {
                let mut contents = Vec::with_capacity(array.contents.len());
                for (position, content) in array.contents.iter().enumerate() {
                    let reached = content.slice(0..array.length);
                    let lengths = reached.and_then(|reached| reached.num_at(axis, depth, place));
                    contents
                        .push(lengths.map_err(|error| error.below(&array.field_name(position)))?);
                }
                array.with_contents(contents, array.length).into()
            }
            Self::Indexed(array) => {
                let content = array.content.num_at(axis, depth, place)?;
                let parameters = of_no_categories(&array.parameters);
                simplify::indexed(&array.index, content, &parameters).map_err(problem)?
            }
            Self::IndexedOption(array) => {
                let content = array.content.num_at(axis, depth, place)?;
                let parameters = of_no_categories(&array.parameters);
                simplify::indexed_option(&array.index, content, &parameters).map_err(problem)?
            }
            Self::ByteMasked(array) => {
                let reached = array.content.slice(0..array.len())?;
                let content = reached.num_at(axis, depth, place)?;
                let mask = array.mask.clone();
                simplify::byte_masked(mask, content, array.valid_when, &array.parameters)
                    .map_err(problem)?
            }
            Self::BitMasked(array) => {
                let reached = array.content.slice(0..array.length)?;
                let content = reached.num_at(axis, depth, place)?;
                simplify::bit_masked(array, content, &array.parameters).map_err(problem)?
            }
            Self::Unmasked(array) => {
                let content = array.content.num_at(axis, depth, place)?;
                simplify::unmasked(content, &array.parameters).map_err(problem)?
            }
            Self::Union(array) => {
                let contents = array
                    .contents
                    .iter()
                    .map(|content| content.num_at(axis, depth, place))
                    .collect::<Result<Vec<_>, _>>()?;
                let index = array.index.to_i64()?;
                simplify::union(array.tags.bytes()?, &index, contents, &array.parameters)
                    .map_err(problem)?
            }
        })
    }
}
