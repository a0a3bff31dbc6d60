//! Packing: the smallest array of the same type and values, in the same layout as Awkward 2's `to_packed`.

use std::sync::Arc;

use gawky_form::Parameters;

use crate::index::unions::UnionIndex;
use crate::index::{lists, masks, picks};
use crate::node::{
    BitMaskedArray, ByteMaskedArray, IndexedArray, IndexedOptionArray, ListOffsetArray,
    RecordArray, RegularArray, UnionArray, UnmaskedArray, reserved,
};
use crate::take::Gather;
use crate::{Array, ArrayError, Index, Problem};

impl Array {
    /// The same values in as few bytes as their layout allows: what no row reaches is dropped, lists lie one
    /// after the other, elements that an index picks are gathered (categories are kept).
    ///
    /// The type stays the same; the form and the bytes are those of Awkward 2's `to_packed`
    /// (<https://awkward-array.org/doc/main/reference/generated/ak.to_packed.html>). What is packed already
    /// is shared, not copied.
    ///
    /// ```
    /// use gawky_array::{Array, Index, ListOffsetArray, NumpyArray};
    /// use gawky_form::Parameters;
    /// let content = Array::from(NumpyArray::from_vec((0..10).collect::<Vec<i64>>()));
    /// let lists = ListOffsetArray::try_new(vec![3_i64, 5, 6].into(), content, Parameters::none())?;
    /// let packed = Array::from(lists).pack()?;
    /// assert_eq!(packed.nbytes(), 3 * 8 + 3 * 8);
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where something is not packed yet and on a device that computes
    /// nothing by itself;
    /// [`Problem::OutOfMemory`] where lists overlap so much that the result is too large.
    pub fn pack(&self) -> Result<Self, ArrayError> {
        self.packed()
            .map_err(|problem| ArrayError::of_node(self.class(), None, problem))
    }

    fn packed(&self) -> Result<Self, Problem> {
        Ok(match self {
            Self::Empty(array) => Self::Empty(array.clone()),
            Self::Numpy(array) => array.nested()?,
            Self::Regular(array) => regular(array)?.into(),
            Self::List(array) => list_offset(&array.end_to_end()?)?.into(),
            Self::ListOffset(array) => list_offset(array)?.into(),
            Self::Record(array) => record(array)?.into(),
            Self::Indexed(array) => indexed(array)?,
            Self::IndexedOption(array) => indexed_option(array)?.into(),
            Self::ByteMasked(array) => byte_masked(array)?,
            Self::BitMasked(array) => bit_masked(array)?,
            Self::Unmasked(array) => Self::from(UnmaskedArray::new(
                array.content.packed()?,
                array.parameters.clone(),
            )),
            Self::Union(array) => union(array)?.into(),
        })
    }

    /// The first `length` rows, packed. Masks of bits become masks of bytes when they are cut, even where
    /// nothing is cut off: that is what Awkward does.
    fn first_rows_packed(&self, length: usize) -> Result<Self, Problem> {
        match self {
            Self::BitMasked(array) => Self::from(array.masked_by_bytes()?)
                .slice_within(0..length)?
                .packed(),
            _ if length == self.len() => self.packed(),
            _ => self.slice_within(0..length)?.packed(),
        }
    }
}

fn regular(array: &RegularArray) -> Result<RegularArray, Problem> {
    Ok(RegularArray {
        content: Arc::new(
            array
                .content
                .first_rows_packed(array.length.saturating_mul(array.size))?,
        ),
        ..array.clone()
    })
}

fn list_offset(array: &ListOffsetArray) -> Result<ListOffsetArray, Problem> {
    let extent = array.extent()?;
    let content = if extent.start == 0 {
        Arc::clone(&array.content)
    } else {
        Arc::new(
            array
                .content
                .slice_within(extent.start..array.content.len())?,
        )
    };
    Ok(ListOffsetArray {
        offsets: lists::zero_based(&array.offsets)?,
        content: Arc::new(content.first_rows_packed(extent.len())?),
        parameters: array.parameters.clone(),
    })
}

fn record(array: &RecordArray) -> Result<RecordArray, Problem> {
    let contents = array
        .contents
        .iter()
        .map(|content| content.first_rows_packed(array.length))
        .collect::<Result<_, _>>()?;
    Ok(array.with_contents(contents, array.length))
}

fn indexed(array: &IndexedArray) -> Result<Array, Problem> {
    if array.is_categorical() {
        return Ok(IndexedArray {
            content: Arc::new(array.content.packed()?),
            ..array.clone()
        }
        .into());
    }
    array.project()?.packed()
}

fn indexed_option(array: &IndexedOptionArray) -> Result<IndexedOptionArray, Problem> {
    if array.is_categorical() {
        return Ok(IndexedOptionArray {
            content: Arc::new(array.content.packed()?),
            ..array.clone()
        });
    }
    Ok(IndexedOptionArray {
        index: picks::renumbered(&array.index)?,
        content: Arc::new(array.project()?.packed()?),
        parameters: array.parameters.clone(),
    })
}

/// Options of records are indexes into them, so that a missing record costs one number, not one of each field.
fn option_of_records(
    index: Index,
    content: &Array,
    parameters: &Parameters,
) -> Result<Array, Problem> {
    Ok(IndexedOptionArray {
        content: Arc::new(content.first_rows_packed(index.len())?),
        index,
        parameters: parameters.clone(),
    }
    .into())
}

fn byte_masked(array: &ByteMaskedArray) -> Result<Array, Problem> {
    if matches!(*array.content, Array::Record(_)) {
        let index = masks::index_of_bytes(&array.mask, array.valid_when)?;
        return option_of_records(index, &array.content, &array.parameters);
    }
    Ok(ByteMaskedArray {
        content: Arc::new(array.content.first_rows_packed(array.len())?),
        ..array.clone()
    }
    .into())
}

fn bit_masked(array: &BitMaskedArray) -> Result<Array, Problem> {
    if matches!(*array.content, Array::Record(_)) {
        let index = masks::index_of_bits(&array.mask, array.bits_of_mask(), array.valid_when)?;
        return option_of_records(index, &array.content, &array.parameters);
    }
    Ok(BitMaskedArray {
        mask: array.mask()?,
        first_bit: 0,
        content: Arc::new(array.content.first_rows_packed(array.length)?),
        ..array.clone()
    }
    .into())
}

fn union(array: &UnionArray) -> Result<UnionArray, Problem> {
    let place = array.tags.place();
    let mut index = UnionIndex::new(&array.tags, &array.index, &place)?;
    let mut contents = reserved(array.contents.len())?;
    for (tag, content) in array.contents.iter().enumerate() {
        contents.push(match index.gather(tag, content.len())? {
            Some(rows) => content.carry(&rows, Gather::Later)?.packed()?,
            None => content.packed()?,
        });
    }
    Ok(UnionArray {
        tags: array.tags.clone(),
        index: index.finish()?,
        contents,
        parameters: array.parameters.clone(),
    })
}
