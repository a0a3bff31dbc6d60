//! Putting arrays one after the other.

use std::sync::Arc;

use gawky_buffer::{Buffer, BufferMut};
use gawky_form::{IndexType, Merging};

use crate::categories::Distinct;
use crate::conform::Rules;
use crate::index::masks::packed_bits;
use crate::index::{IndexElement, with_integers};
use crate::node::{
    BitMaskedArray, ByteMaskedArray, IndexedArray, IndexedOptionArray, ListArray, ListOffsetArray,
    NumpyArray, RecordArray, RegularArray, UnionArray, UnmaskedArray, as_rows, in_memory,
};
use crate::{Array, ArrayError, Index, Problem};

impl Array {
    /// The rows of all arrays, one after the other.
    ///
    /// Arrays of one form keep it, but that structure of 32 bits becomes one of 64 where its numbers no longer
    /// fit. Arrays of different forms get the one that holds the values of all, [`Form::unify`](gawky_form::Form::unify): numbers are promoted
    /// as NumPy does, lists of one size become lists of any, what does not go together becomes a union. No arrays at all are
    /// an empty array of no known type.
    ///
    /// It is Awkward's `ak.concatenate(arrays, mergebool=False)`, with these differences: no value changes, so that an
    /// integer that a float cannot hold exactly is an error and not rounded; dates of different units become those of the finer one; and
    /// categories stay some. [`concatenate_by`](Self::concatenate_by) makes numbers of booleans, as Awkward does unless told otherwise.
    ///
    /// ```
    /// use gawky_array::{Array, NumpyArray};
    /// let a = Array::from(NumpyArray::from_vec(vec![1_i64, 2]));
    /// let b = Array::from(NumpyArray::from_vec(vec![3.5_f32]));
    /// assert_eq!(Array::concatenate(&[a.clone(), b])?.to_string(), "<Array [1.0, 2.0, 3.5] type='3 * float64'>");
    ///
    /// let c = Array::from_rows(["three"])?;
    /// let union = Array::concatenate(&[a, c])?;
    /// assert_eq!(union.to_string(), "<Array [1, 2, 'three'] type='3 * union[int64, string]'>");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArrayError::Misfit`] when a value would have to change, with the value and the node;
    /// [`ArrayError::Form`] when a union would have more than 128 contents;
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where bytes are on a device.
    pub fn concatenate(arrays: &[Self]) -> Result<Self, ArrayError> {
        Self::concatenate_by(arrays, Merging::new())
    }

    /// [`concatenate`](Self::concatenate) by rules of your own.
    ///
    /// ```
    /// use gawky_array::{Array, NumpyArray};
    /// use gawky_form::Merging;
    /// let numbers = Array::from(NumpyArray::from_vec(vec![7_i64]));
    /// let booleans = Array::from_rows([true, false])?;
    /// let merged = Array::concatenate_by(&[numbers, booleans], Merging::new().booleans(true))?;
    /// assert_eq!(merged.to_string(), "<Array [7, 1, 0] type='3 * int64'>");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`concatenate`](Self::concatenate).
    pub fn concatenate_by(arrays: &[Self], merging: Merging) -> Result<Self, ArrayError> {
        let Some((first, others)) = arrays.split_first() else {
            return Ok(Self::Empty(crate::EmptyArray));
        };
        for array in arrays {
            array.require_host()?;
        }
        let form = first.form();
        let joined = |arrays: &[Self]| {
            same_form(arrays).map_err(|problem| ArrayError::of_node(first.class(), None, problem))
        };
        if others.iter().all(|other| other.is_of_form(&form)) {
            return joined(arrays);
        }
        let mut forms = vec![form];
        for other in others {
            if !forms.iter().any(|form| other.is_of_form(form)) {
                forms.push(other.form());
            }
        }
        let unified = merging.unify(&forms)?;
        let alike: Result<Vec<_>, _> = arrays
            .iter()
            .map(|array| array.built_as(&unified, Rules::Casting))
            .collect();
        joined(&alike?)
    }
}

/// Each array of the wanted class; the caller knows that all are of it.
macro_rules! all_of {
    ($arrays:expr, $variant:ident) => {
        $arrays
            .iter()
            .filter_map(|array| match array {
                Array::$variant(array) => Some(array),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
}

/// Arrays that the caller knows to be of one form, one after the other.
pub(crate) fn same_form(arrays: &[Array]) -> Result<Array, Problem> {
    let [first, _, ..] = arrays else {
        return Ok(arrays
            .first()
            .cloned()
            .unwrap_or(Array::Empty(crate::EmptyArray)));
    };
    Ok(match first {
        Array::Empty(_) => first.clone(),
        Array::Numpy(first) => numpy(first, &all_of!(arrays, Numpy))?.into(),
        Array::Regular(first) => regular(first, &all_of!(arrays, Regular))?.into(),
        Array::List(first) => list(first, &all_of!(arrays, List))?.into(),
        Array::ListOffset(first) => list_offset(first, &all_of!(arrays, ListOffset))?.into(),
        Array::Record(first) => record(first, &all_of!(arrays, Record))?.into(),
        Array::Indexed(first) => {
            let arrays = all_of!(arrays, Indexed);
            let indexes: Vec<_> = arrays
                .iter()
                .map(|array| (&array.index, &array.content))
                .collect();
            let (index, content) = indexed(&indexes, first.is_categorical())?;
            IndexedArray {
                index,
                content,
                parameters: first.parameters.clone(),
            }
            .into()
        }
        Array::IndexedOption(first) => {
            let arrays = all_of!(arrays, IndexedOption);
            let indexes: Vec<_> = arrays
                .iter()
                .map(|array| (&array.index, &array.content))
                .collect();
            let (index, content) = indexed(&indexes, first.is_categorical())?;
            IndexedOptionArray {
                index,
                content,
                parameters: first.parameters.clone(),
            }
            .into()
        }
        Array::ByteMasked(first) => {
            let arrays = all_of!(arrays, ByteMasked);
            ByteMaskedArray {
                mask: joined(arrays.iter().map(|array| &array.mask))?,
                content: contents(arrays.iter().map(|array| (&*array.content, array.len())))?,
                ..first.clone()
            }
            .into()
        }
        Array::BitMasked(first) => {
            let arrays = all_of!(arrays, BitMasked);
            let mut bits = Vec::new();
            for array in &arrays {
                bits.extend(array.bits()?);
            }
            BitMaskedArray {
                length: bits.len(),
                mask: packed_bits(bits.into_iter(), first.lsb_order),
                first_bit: 0,
                content: contents(arrays.iter().map(|array| (&*array.content, array.len())))?,
                ..first.clone()
            }
            .into()
        }
        Array::Unmasked(first) => {
            let arrays = all_of!(arrays, Unmasked);
            UnmaskedArray {
                content: contents(arrays.iter().map(|array| (&*array.content, array.len())))?,
                parameters: first.parameters.clone(),
            }
            .into()
        }
        Array::Union(first) => union(first, &all_of!(arrays, Union))?.into(),
    })
}

/// Buffers, one after the other, in one copy.
fn joined<'a>(buffers: impl Iterator<Item = &'a Buffer> + Clone) -> Result<Buffer, Problem> {
    let total: usize = buffers.clone().map(Buffer::len).sum();
    let mut bytes = BufferMut::with_capacity(total);
    for buffer in buffers {
        bytes.extend_from_slice(buffer.bytes()?);
    }
    Ok(bytes.freeze())
}

/// The first rows of each content, one content after the other.
fn contents<'a>(parts: impl Iterator<Item = (&'a Array, usize)>) -> Result<Arc<Array>, Problem> {
    let parts = parts
        .map(|(content, length)| content.slice_within(0..length))
        .collect::<Result<Vec<_>, _>>()?;
    same_form(&parts).map(Arc::new)
}

/// A number of elements as an offset.
fn as_offset(elements: usize) -> Result<i64, Problem> {
    i64::try_from(elements).map_err(|_| Problem::TooLarge {
        what: "elements",
        length: as_rows(elements),
    })
}

/// `value` moved by as many elements as came before; an error instead of a number that wraps.
fn moved(value: i64, before: usize) -> Result<i64, Problem> {
    i64::try_from(before)
        .ok()
        .and_then(|before| value.checked_add(before))
        .ok_or(Problem::TooLarge {
            what: "elements",
            length: as_rows(before),
        })
}

/// Lengths added up; rows that hold nothing may be more than any array can have.
fn total(lengths: impl Iterator<Item = usize>) -> Result<usize, Problem> {
    lengths
        .map(as_rows)
        .try_fold(0_u64, u64::checked_add)
        .filter(|total| i64::try_from(*total).is_ok())
        .ok_or(Problem::TooLarge {
            what: "elements",
            length: u64::MAX,
        })
        .and_then(in_memory)
}

fn numpy(first: &NumpyArray, arrays: &[&NumpyArray]) -> Result<NumpyArray, Problem> {
    let length = total(arrays.iter().map(|array| array.len()))?;
    Ok(first.with_rows(joined(arrays.iter().map(|array| array.data()))?, length))
}

fn regular(first: &RegularArray, arrays: &[&RegularArray]) -> Result<RegularArray, Problem> {
    Ok(RegularArray {
        content: contents(
            arrays
                .iter()
                .map(|array| (&*array.content, array.length.saturating_mul(array.size))),
        )?,
        length: total(arrays.iter().map(|array| array.length))?,
        ..first.clone()
    })
}

fn list(first: &ListArray, arrays: &[&ListArray]) -> Result<ListArray, Problem> {
    let (mut starts, mut stops, mut before) = (Vec::new(), Vec::new(), 0_usize);
    for array in arrays {
        let own = array
            .starts
            .to_i64()?
            .into_iter()
            .zip(array.stops.to_i64()?);
        for (start, stop) in own {
            // An empty list may lie anywhere, so it need not be moved, and must not be moved too far.
            if start == stop {
                starts.push(0);
                stops.push(0);
            } else {
                starts.push(moved(start, before)?);
                stops.push(moved(stop, before)?);
            }
        }
        before = before.saturating_add(array.content.len());
    }
    let (starts, stops) = same_kind(starts, stops, first.starts.kind());
    Ok(ListArray {
        starts,
        stops,
        content: contents(
            arrays
                .iter()
                .map(|array| (&*array.content, array.content.len())),
        )?,
        parameters: first.parameters.clone(),
    })
}

/// Both lists of numbers in one kind: the wanted one if all fit.
fn same_kind(starts: Vec<i64>, stops: Vec<i64>, kind: IndexType) -> (Index, Index) {
    let (narrow_starts, narrow_stops) = (
        Index::fitting(starts.clone(), kind),
        Index::fitting(stops.clone(), kind),
    );
    if narrow_starts.kind() == narrow_stops.kind() {
        (narrow_starts, narrow_stops)
    } else {
        (Index::from(starts), Index::from(stops))
    }
}

fn list_offset(
    first: &ListOffsetArray,
    arrays: &[&ListOffsetArray],
) -> Result<ListOffsetArray, Problem> {
    let mut offsets = Vec::with_capacity(total(arrays.iter().map(|array| array.len()))? + 1);
    offsets.push(0_i64);
    let mut parts = Vec::with_capacity(arrays.len());
    let mut before = 0_usize;
    for array in arrays {
        let extent = array.extent()?;
        // No list ends before the first begins or after the last ends, so none wraps if the end of all does not.
        let base = i64::try_from(extent.start).unwrap_or(0);
        moved(as_offset(extent.len())?, before)?;
        let shift = as_offset(before)?.wrapping_sub(base);
        with_integers!(array.offsets.view()?, values => {
            let ends = values.iter().skip(1);
            offsets.extend(ends.map(|end| end.wide().wrapping_add(shift)));
        });
        before = before.saturating_add(extent.len());
        parts.push(array.content.slice_within(extent)?);
    }
    Ok(ListOffsetArray {
        offsets: Index::fitting(offsets, first.offsets.kind()),
        content: Arc::new(same_form(&parts)?),
        parameters: first.parameters.clone(),
    })
}

fn record(first: &RecordArray, arrays: &[&RecordArray]) -> Result<RecordArray, Problem> {
    let fields = (0..first.contents.len())
        .map(|position| {
            let column = arrays
                .iter()
                .filter_map(|array| Some((array.contents.get(position)?, array.length)));
            contents(column).map(Arc::unwrap_or_clone)
        })
        .collect::<Result<_, _>>()?;
    let length = total(arrays.iter().map(|array| array.length))?;
    Ok(first.with_contents(fields, length))
}

fn indexed(
    arrays: &[(&Index, &Arc<Array>)],
    is_categorical: bool,
) -> Result<(Index, Arc<Array>), Problem> {
    let kind = arrays
        .first()
        .map_or(IndexType::I64, |(index, _)| index.kind());
    let shared = arrays.iter().all(|(_, content)| {
        arrays.first().is_some_and(|(_, first)| {
            Arc::ptr_eq(first, content) || (is_categorical && first == content)
        })
    });
    let (mut numbers, mut before) = (Vec::new(), 0_usize);
    for (index, content) in arrays {
        for value in index.to_i64()? {
            numbers.push(if value < 0 {
                value
            } else {
                moved(value, before)?
            });
        }
        if !shared {
            before = before.saturating_add(content.len());
        }
    }
    let content = match arrays.first() {
        Some((_, first)) if shared => Arc::clone(first),
        _ => contents(
            arrays
                .iter()
                .map(|(_, content)| (&***content, content.len())),
        )?,
    };
    if is_categorical && !shared {
        let distinct = Distinct::of(&content)?;
        distinct.reindex(&mut numbers);
        return Ok((Index::fitting(numbers, kind), Arc::new(distinct.content)));
    }
    Ok((Index::fitting(numbers, kind), content))
}

fn union(first: &UnionArray, arrays: &[&UnionArray]) -> Result<UnionArray, Problem> {
    let mut before = vec![0_usize; first.contents.len()];
    let mut numbers = Vec::new();
    for array in arrays {
        for (tag, value) in array.tags.bytes()?.iter().zip(array.index.to_i64()?) {
            let base = before.get(usize::from(*tag)).copied().unwrap_or(0);
            numbers.push(moved(value, base)?);
        }
        for (base, content) in before.iter_mut().zip(&array.contents) {
            *base = base.saturating_add(content.len());
        }
    }
    let alternatives = (0..first.contents.len())
        .map(|tag| {
            let column = arrays
                .iter()
                .filter_map(|array| array.contents.get(tag))
                .map(|content| (content, content.len()));
            contents(column).map(Arc::unwrap_or_clone)
        })
        .collect::<Result<_, _>>()?;
    Ok(UnionArray {
        tags: joined(arrays.iter().map(|array| &array.tags))?,
        index: Index::fitting(numbers, first.index.kind()),
        contents: alternatives,
        parameters: first.parameters.clone(),
    })
}
