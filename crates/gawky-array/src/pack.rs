//! Packing: the smallest array of the same type and values, in the same layout as Awkward 2's `to_packed`.

use std::sync::Arc;

use gawky_buffer::Buffer;
use gawky_form::Parameters;

use crate::carry::{as_carry, counting, index_of_valid, reserved};
use crate::index::{IndexElement, with_integers};
use crate::node::list_offset::zero_based;
use crate::node::{
    BitMaskedArray, ByteMaskedArray, IndexedArray, IndexedOptionArray, ListArray, ListOffsetArray,
    NumpyArray, RecordArray, RegularArray, UnionArray, UnmaskedArray, as_rows, in_memory, unsigned,
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
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where bytes are on a device;
    /// [`Problem::OutOfMemory`] where lists overlap so much that the result is too large.
    pub fn pack(&self) -> Result<Self, ArrayError> {
        self.require_host()?;
        self.packed()
            .map_err(|problem| ArrayError::of_node(self.class(), None, problem))
    }

    fn packed(&self) -> Result<Self, Problem> {
        Ok(match self {
            Self::Empty(array) => Self::Empty(array.clone()),
            Self::Numpy(array) => numpy(array)?,
            Self::Regular(array) => regular(array)?.into(),
            Self::List(array) => list_offset(&compact(array)?)?.into(),
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
    fn first_rows_packed(&self, length: usize) -> Result<Arc<Self>, Problem> {
        let first = match self {
            Self::BitMasked(array) => {
                Self::from(array.to_byte_masked()?).slice_within(0..length)?
            }
            _ => self.slice_within(0..length)?,
        };
        Ok(Arc::new(first.packed()?))
    }
}

/// NumPy rows of more than one dimension become nested regular lists.
pub(crate) fn numpy(array: &NumpyArray) -> Result<Array, Problem> {
    let Some((innermost, outer)) = array.inner_shape().split_last() else {
        return Ok(array.clone().into());
    };
    let mut rows = vec![array.len()];
    for size in outer {
        let last = rows.last().copied().unwrap_or(0);
        rows.push(last.saturating_mul(in_memory(*size)?));
    }
    let itemsize = array.dtype().itemsize();
    let elements = array.data().len() / itemsize;
    let flat = NumpyArray::try_new(
        array.data().clone(),
        array.dtype(),
        Arc::new([]),
        elements,
        Parameters::none(),
    );
    let mut nested = Array::from(flat.map_err(|_| Problem::TooLarge {
        what: "bytes",
        length: as_rows(elements),
    })?);
    let sizes = outer.iter().chain(std::iter::once(innermost)).rev();
    for (size, length) in sizes.zip(rows.into_iter().rev()) {
        nested = RegularArray {
            content: Arc::new(nested),
            size: in_memory(*size)?,
            length,
            parameters: Parameters::none(),
        }
        .into();
    }
    Ok(nested.with_parameters(array.parameters().clone()))
}

fn regular(array: &RegularArray) -> Result<RegularArray, Problem> {
    Ok(RegularArray {
        content: array
            .content
            .first_rows_packed(array.length.saturating_mul(array.size))?,
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
        offsets: zero_based(&array.offsets)?,
        content: content.first_rows_packed(extent.len())?,
        parameters: array.parameters.clone(),
    })
}

/// Lists with starts and stops, laid one after the other.
pub(crate) fn compact(array: &ListArray) -> Result<ListOffsetArray, Problem> {
    let (starts, stops) = (array.starts.to_i64()?, array.stops.to_i64()?);
    if !array.is_contiguous()? {
        return laid_out(array, &starts, &stops);
    }
    let mut offsets = starts;
    offsets.push(stops.last().copied().unwrap_or(0));
    let beyond = as_rows(array.content.len());
    let within = |offset: &i64| unsigned(*offset).is_ok_and(|offset| offset <= beyond);
    let content = if offsets.iter().all(within) {
        Arc::clone(&array.content)
    } else {
        // Each list begins where the one before ends, so if one lies outside, it is empty, and so are all.
        offsets.fill(0);
        Arc::new(array.content.slice_within(0..0)?)
    };
    Ok(ListOffsetArray {
        offsets: Index::from(offsets),
        content,
        parameters: array.parameters.clone(),
    })
}

fn laid_out(array: &ListArray, starts: &[i64], stops: &[i64]) -> Result<ListOffsetArray, Problem> {
    let too_large = || Problem::OutOfMemory { elements: u64::MAX };
    let mut offsets = reserved(stops.len().saturating_add(1))?;
    let mut total = 0_i64;
    offsets.push(total);
    for (start, stop) in starts.iter().zip(stops) {
        total = total.checked_add(stop - start).ok_or_else(too_large)?;
        offsets.push(total);
    }
    let length = in_memory(unsigned(total)?)?;
    let content = match array.content.blank_rows_packed(length)? {
        Some(blank) => blank,
        None => {
            let mut rows = reserved(length)?;
            for (start, stop) in starts.iter().zip(stops) {
                if start != stop {
                    rows.extend(in_memory(unsigned(*start)?)?..in_memory(unsigned(*stop)?)?);
                }
            }
            array.content.carry(&rows, Gather::Later)?
        }
    };
    Ok(ListOffsetArray {
        offsets: Index::from(offsets),
        content: Arc::new(content),
        parameters: array.parameters.clone(),
    })
}

fn record(array: &RecordArray) -> Result<RecordArray, Problem> {
    let contents = array
        .contents
        .iter()
        .map(|content| {
            content
                .first_rows_packed(array.length)
                .map(Arc::unwrap_or_clone)
        })
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
    fn renumbered<T: IndexElement>(values: &[T]) -> Result<Buffer, Problem> {
        let mut numbers: Vec<T> = reserved(values.len())?;
        let mut next = 0;
        for value in values {
            if value.wide() < 0 {
                numbers.push(T::from_i64(-1));
            } else {
                numbers.push(T::from_i64(next));
                next += 1;
            }
        }
        Ok(numbers.into())
    }
    if array.is_categorical() {
        return Ok(IndexedOptionArray {
            content: Arc::new(array.content.packed()?),
            ..array.clone()
        });
    }
    let numbers = with_integers!(array.index.view()?, values => renumbered(values))?;
    Ok(IndexedOptionArray {
        index: array.index.with_buffer(numbers),
        content: Arc::new(array.project()?.packed()?),
        parameters: array.parameters.clone(),
    })
}

/// Options of records are indexes into them, so that a missing record costs one number, not one of each field.
fn option_of_records(
    valid: &[bool],
    content: &Array,
    parameters: &Parameters,
) -> Result<Array, Problem> {
    Ok(IndexedOptionArray {
        index: Index::from(index_of_valid(valid)?),
        content: content.first_rows_packed(valid.len())?,
        parameters: parameters.clone(),
    }
    .into())
}

fn byte_masked(array: &ByteMaskedArray) -> Result<Array, Problem> {
    if matches!(*array.content, Array::Record(_)) {
        return option_of_records(&array.validity()?, &array.content, &array.parameters);
    }
    Ok(ByteMaskedArray {
        content: array.content.first_rows_packed(array.len())?,
        ..array.clone()
    }
    .into())
}

fn bit_masked(array: &BitMaskedArray) -> Result<Array, Problem> {
    if matches!(*array.content, Array::Record(_)) {
        let valid: Vec<bool> = array
            .bits()?
            .into_iter()
            .map(|bit| bit == array.valid_when)
            .collect();
        return option_of_records(&valid, &array.content, &array.parameters);
    }
    Ok(BitMaskedArray {
        mask: array.mask()?,
        first_bit: 0,
        content: array.content.first_rows_packed(array.length)?,
        ..array.clone()
    }
    .into())
}

fn union(array: &UnionArray) -> Result<UnionArray, Problem> {
    let tags = array.tags.bytes()?;
    let mut index = array.index.to_i64()?;
    let mut contents = reserved(array.contents.len())?;
    for (tag, content) in array.contents.iter().enumerate() {
        let own = |other: &u8| usize::from(*other) == tag;
        let count = tags.iter().filter(|other| own(other)).count();
        let packed = if content.len() > count {
            let mut picked = reserved(count)?;
            let mut numbers = counting(count)?.into_iter();
            for (other, place) in tags.iter().zip(&mut index) {
                if own(other) {
                    picked.push(*place);
                    *place = numbers.next().unwrap_or(0);
                }
            }
            let rows = as_carry(picked.into_iter())?;
            content.carry(&rows, Gather::Later)?.packed()?
        } else {
            content.packed()?
        };
        contents.push(packed);
    }
    Ok(UnionArray {
        tags: array.tags.clone(),
        index: Index::fitting(index, array.index.kind()),
        contents,
        parameters: array.parameters.clone(),
    })
}
