//! Lists of lists as lists, at any depth.

use std::sync::Arc;

use gawky_buffer::Place;
use gawky_form::Parameters;

use crate::index::{lists, picks, unions};
use crate::node::indexed::of_no_categories;
use crate::node::{IndexedOptionArray, ListOffsetArray, UnionArray, UnmaskedArray};
use crate::take::Gather;
use crate::{Array, ArrayError, Index, Problem};

/// What has become of an array of which lists were to be flattened.
enum Flat {
    /// Its rows were those lists: what they hold, and where each of them lies in it (`i64`, from 0 on).
    Opened { offsets: Index, content: Array },
    /// They lay deeper: as many rows as before.
    Within(Array),
}

impl Array {
    /// The lists at depth `axis` one after the other, without themselves: 1 are the lists that are the rows, 2 the lists
    /// in those. With 0 only missing rows are left out.
    ///
    /// It is Awkward's `ak.flatten(array, axis)` (`operations/ak_flatten.py`): a missing list is an empty one. An array
    /// of no known type keeps it.
    ///
    /// ```
    /// use gawky_array::{Array, ListOffsetArray, NumpyArray};
    /// use gawky_form::Parameters;
    /// let content = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3, 4, 5]));
    /// let lists = ListOffsetArray::try_new(vec![1_i32, 3, 3, 5].into(), content, Parameters::none())?;
    /// let flat = Array::from(lists).flatten(1)?;
    /// assert_eq!(flat.to_string(), "<Array [2, 3, 4, 5] type='4 * int64'>");
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`ArrayError::NoSuchAxis`] when lists do not nest so deep everywhere; [`ArrayError::OtherType`] where records or
    /// strings lie there, which Awkward does not flatten either;
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where bytes are on a device that computes nothing by itself.
    pub fn flatten(&self, axis: usize) -> Result<Self, ArrayError> {
        if axis == 0 {
            return self
                .without_missing()
                .map_err(|problem| ArrayError::of_node(self.class(), None, problem));
        }
        Ok(
            match self.flat(axis, 1, &self.first_place().unwrap_or_default())? {
                Flat::Opened { content, .. } => content,
                Flat::Within(array) => array,
            },
        )
    }

    /// The rows that are not missing.
    fn without_missing(&self) -> Result<Self, Problem> {
        match self {
            Self::Indexed(array) => array.project()?.without_missing(),
            Self::Unmasked(array) => Ok((*array.content).clone()),
            Self::Union(array) => {
                let index_of = |content: &Self| match content {
                    Self::Unmasked(_) => Ok(None),
                    other => Ok::<_, Problem>(other.indexed_option()?.map(|option| option.index)),
                };
                let options = array
                    .contents
                    .iter()
                    .map(index_of)
                    .collect::<Result<Vec<_>, _>>()?;
                if options.iter().all(Option::is_none) {
                    return Ok(self.clone());
                }
                let rows = unions::present(&array.tags, &array.index, &options)?;
                self.carry(&rows, Gather::Now)
            }
            other => match other.indexed_option()? {
                Some(option) => option
                    .content
                    .carry(&picks::present(&option.index)?, Gather::Now),
                None => Ok(self.clone()),
            },
        }
    }

    /// This array, whose rows are at `depth`, with the lists at `axis` flattened; all of it is at `place`.
    fn flat(&self, axis: usize, depth: usize, place: &Place) -> Result<Flat, ArrayError> {
        let problem = |problem| ArrayError::of_node(self.class(), None, problem);
        match self {
            Self::Empty(_) => Ok(Flat::Opened {
                offsets: picks::filled(0, 1, place).map_err(problem)?,
                content: self.clone(),
            }),
            Self::Numpy(array) if array.inner_shape().is_empty() => {
                Err(ArrayError::no_such_axis(axis, depth))
            }
            Self::Numpy(array) => array.nested().map_err(problem)?.flat(axis, depth, place),
            Self::Regular(_) | Self::List(_) | Self::ListOffset(_) => {
                if axis == depth
                    && matches!(self.parameters().array(), Some("string" | "bytestring"))
                {
                    return Err(self.holds_no_lists(
                        "strings are flattened once they are lists of bytes, without the parameter __array__",
                    ));
                }
                let lists = self.as_offset_lists(place).map_err(problem)?;
                match lists {
                    Some(lists) => of_lists(&lists, axis, depth, place),
                    None => Ok(Flat::Within(self.clone())),
                }
            }
            Self::Record(_) if axis == depth => Err(self.holds_no_lists(
                "records are not flattened, but each of their fields may be, or what lies deeper",
            )),
            Self::Record(array) => {
                let mut contents = Vec::with_capacity(array.contents.len());
                for (position, content) in array.contents.iter().enumerate() {
                    let reached = content.slice(0..array.length);
                    let flat =
                        reached.and_then(|reached| match reached.flat(axis, depth, place)? {
                            Flat::Within(content) => Ok(content),
                            Flat::Opened { .. } => Err(ArrayError::no_such_axis(axis, depth)),
                        });
                    contents.push(flat.map_err(|error| error.below(&array.field_name(position)))?);
                }
                let record = array.with_contents(contents, array.length);
                Ok(Flat::Within(
                    Self::from(record).with_parameters(Parameters::none()),
                ))
            }
            Self::Indexed(array) => array.project().map_err(problem)?.flat(axis, depth, place),
            Self::IndexedOption(_) | Self::ByteMasked(_) | Self::BitMasked(_) => {
                match self.indexed_option().map_err(problem)? {
                    Some(option) => of_option(&option, axis, depth, place),
                    None => Ok(Flat::Within(self.clone())),
                }
            }
            Self::Unmasked(array) => Ok(match array.content.flat(axis, depth, place)? {
                Flat::Within(content) => {
                    Flat::Within(UnmaskedArray::new(content, array.parameters.clone()).into())
                }
                opened @ Flat::Opened { .. } => opened,
            }),
            Self::Union(array) => of_union(array, axis, depth, place),
        }
    }

    /// Lists of any class, one after the other from 0 on; `None` for what are no lists.
    fn as_offset_lists(&self, place: &Place) -> Result<Option<ListOffsetArray>, Problem> {
        let lists = match self {
            Self::Regular(array) => ListOffsetArray {
                offsets: array.offsets(place)?.0,
                content: Arc::clone(&array.content),
                parameters: array.parameters.clone(),
            },
            Self::List(array) => array.end_to_end()?,
            Self::ListOffset(array) => array.clone(),
            _ => return Ok(None),
        };
        let extent = lists.extent()?;
        Ok(Some(ListOffsetArray {
            offsets: lists::zero_based(&lists.offsets)?,
            content: Arc::new(lists.content.slice_within(extent)?),
            parameters: lists.parameters,
        }))
    }

    fn holds_no_lists(&self, hint: &str) -> ArrayError {
        ArrayError::OtherType {
            wanted: "var * unknown".to_owned(),
            found: self.type_().to_string(),
            class: self.class(),
            hint: hint.to_owned(),
        }
    }
}

fn of_lists(
    own: &ListOffsetArray,
    axis: usize,
    depth: usize,
    place: &Place,
) -> Result<Flat, ArrayError> {
    if axis == depth {
        return Ok(Flat::Opened {
            offsets: own.offsets.clone(),
            content: (*own.content).clone(),
        });
    }
    let (offsets, content) = match own.content.flat(axis, depth + 1, place)? {
        Flat::Within(content) => (own.offsets.clone(), content),
        Flat::Opened { offsets, content } => {
            let through = lists::through(&own.offsets, &offsets);
            let problem = |problem| ArrayError::of_node("ListOffsetArray", None, problem);
            (through.map_err(problem)?, content)
        }
    };
    Ok(Flat::Within(
        ListOffsetArray {
            offsets,
            content: Arc::new(content),
            parameters: own.parameters.clone(),
        }
        .into(),
    ))
}

fn of_option(
    option: &IndexedOptionArray,
    axis: usize,
    depth: usize,
    place: &Place,
) -> Result<Flat, ArrayError> {
    let problem = |problem| ArrayError::of_node("IndexedOptionArray", None, problem);
    let (index, there) = option.divided().map_err(problem)?;
    Ok(match there.flat(axis, depth, place)? {
        Flat::Within(content) => Flat::Within(
            IndexedOptionArray {
                index,
                content: Arc::new(content),
                parameters: of_no_categories(&option.parameters),
            }
            .into(),
        ),
        Flat::Opened { offsets, content } => Flat::Opened {
            offsets: lists::with_missing(&index, &offsets).map_err(problem)?,
            content,
        },
    })
}

fn of_union(
    union: &UnionArray,
    axis: usize,
    depth: usize,
    place: &Place,
) -> Result<Flat, ArrayError> {
    let (mut opened, mut contents) = (Vec::new(), Vec::new());
    for content in &union.contents {
        contents.push(match content.flat(axis, depth, place)? {
            Flat::Within(content) => content,
            Flat::Opened { offsets, content } => {
                opened.push(offsets);
                content
            }
        });
    }
    if opened.is_empty() {
        return Ok(Flat::Within(
            UnionArray {
                contents,
                ..union.clone()
            }
            .into(),
        ));
    }
    if opened.len() < contents.len() {
        // Only of what has no type, and so no depth, are lists opened where others are not.
        return Err(ArrayError::no_such_axis(axis, depth));
    }
    let lists = unions::open_lists(&union.tags, &union.index, &opened)
        .map_err(|problem| ArrayError::of_node("UnionArray", None, problem))?;
    Ok(Flat::Opened {
        offsets: lists.offsets,
        content: UnionArray {
            tags: lists.tags,
            index: lists.index,
            contents,
            parameters: union.parameters.clone(),
        }
        .into(),
    })
}
