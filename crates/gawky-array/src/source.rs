//! Arrays as they are read row by row: their buffers, looked up once.

use std::ops::Range;

use gawky_buffer::{Buffer, DType, Native};

use crate::index::masks::Bits;
use crate::index::{IndexElement, IndexView, with_integers};
use crate::node::{NumpyArray, RecordArray};
use crate::{Array, ArrayError};

/// What whoever reads rows notes of each field of records.
pub(crate) trait FieldNote {
    /// Of the field in this slot; that of a tuple has no name.
    fn of(slot: usize, name: Option<&str>) -> Self;
}

/// An array whose rows are read.
#[derive(Debug)]
pub(crate) enum Source<'a, N> {
    Bool(&'a [u8]),
    Int8(&'a [i8]),
    Int16(&'a [i16]),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    UInt8(&'a [u8]),
    UInt16(&'a [u16]),
    UInt32(&'a [u32]),
    UInt64(&'a [u64]),
    Float32(&'a [f32]),
    Float64(&'a [f64]),
    /// Of any other dtype.
    Scalars(&'a NumpyArray),
    Text(Bounds<'a>, &'a [u8]),
    Bytes(Bounds<'a>, &'a [u8]),
    List(Bounds<'a>, Box<Self>),
    Record(Records<'a, N>),
    /// Rows of the content by an index, missing where it is negative.
    Picked(IndexView<'a>, Box<Self>),
    Masked(Mask<'a>, Box<Self>),
    Union(&'a [u8], IndexView<'a>, Vec<Self>),
    Empty,
}

/// Where each of lists is in its content.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bounds<'a> {
    Offsets(IndexView<'a>),
    Pairs(IndexView<'a>, IndexView<'a>),
    Every(usize),
}

/// Which rows are there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mask<'a> {
    bytes: &'a [u8],
    /// None where each row has a byte.
    bits: Option<Bits>,
    valid_when: bool,
}

/// Records or tuples.
#[derive(Debug)]
pub(crate) struct Records<'a, N> {
    pub(crate) length: usize,
    pub(crate) is_tuple: bool,
    pub(crate) fields: Vec<Field<'a, N>>,
}

/// A field of records, or a slot of tuples.
#[derive(Debug)]
pub(crate) struct Field<'a, N> {
    /// Empty, in a tuple.
    pub(crate) name: &'a str,
    pub(crate) source: Source<'a, N>,
    pub(crate) note: N,
}

impl<'a, N: FieldNote> Source<'a, N> {
    pub(crate) fn new(array: &'a Array) -> Result<Self, ArrayError> {
        let content = |content: &'a Array| Self::new(content).map(Box::new);
        Ok(match array {
            Array::Empty(_) => Self::Empty,
            Array::Numpy(array) => Self::of_numbers(array)?,
            Array::Regular(array) => Self::lists(Bounds::Every(array.size), &array.content)?,
            Array::List(array) => {
                let bounds = Bounds::Pairs(array.starts.view()?, array.stops.view()?);
                Self::lists(bounds, &array.content)?
            }
            Array::ListOffset(array) => {
                Self::lists(Bounds::Offsets(array.offsets.view()?), &array.content)?
            }
            Array::Record(array) => Self::records(array)?,
            Array::Indexed(array) => Self::Picked(array.index.view()?, content(&array.content)?),
            Array::IndexedOption(array) => {
                Self::Picked(array.index.view()?, content(&array.content)?)
            }
            Array::ByteMasked(array) => {
                let mask = Mask {
                    bytes: array.mask.bytes()?,
                    bits: None,
                    valid_when: array.valid_when,
                };
                Self::Masked(mask, content(&array.content)?)
            }
            Array::BitMasked(array) => {
                let mask = Mask {
                    bytes: array.mask.bytes()?,
                    bits: Some(array.bits_of_mask()),
                    valid_when: array.valid_when,
                };
                Self::Masked(mask, content(&array.content)?)
            }
            Array::Unmasked(array) => Self::new(&array.content)?,
            Array::Union(array) => {
                let mut contents = Vec::with_capacity(array.contents.len());
                for content in &array.contents {
                    contents.push(Self::new(content)?);
                }
                Self::Union(array.tags.bytes()?, array.index.view()?, contents)
            }
        })
    }

    fn lists(bounds: Bounds<'a>, content: &'a Array) -> Result<Self, ArrayError> {
        if let Array::Numpy(numbers) = content
            && numbers.dtype() == DType::UInt8
            && numbers.inner_shape().is_empty()
        {
            match numbers.parameters().array() {
                Some("char") => return Ok(Self::Text(bounds, numbers.data().bytes()?)),
                Some("byte") => return Ok(Self::Bytes(bounds, numbers.data().bytes()?)),
                _ => {}
            }
        }
        Ok(Self::List(bounds, Box::new(Self::new(content)?)))
    }

    fn of_numbers(array: &'a NumpyArray) -> Result<Self, ArrayError> {
        let data = array.data();
        let elements = match array.dtype() {
            DType::UInt8
                if array.inner_shape().is_empty() && array.parameters().array() == Some("char") =>
            {
                return Ok(Self::Text(Bounds::Every(1), data.bytes()?));
            }
            DType::Bool => Some(Self::Bool(data.bytes()?)),
            DType::Int8 => elements(data)?.map(Self::Int8),
            DType::Int16 => elements(data)?.map(Self::Int16),
            DType::Int32 => elements(data)?.map(Self::Int32),
            DType::Int64 => elements(data)?.map(Self::Int64),
            DType::UInt8 => elements(data)?.map(Self::UInt8),
            DType::UInt16 => elements(data)?.map(Self::UInt16),
            DType::UInt32 => elements(data)?.map(Self::UInt32),
            DType::UInt64 => elements(data)?.map(Self::UInt64),
            DType::Float32 => elements(data)?.map(Self::Float32),
            DType::Float64 => elements(data)?.map(Self::Float64),
            _ => None,
        };
        let innermost = elements.unwrap_or(Self::Scalars(array));
        let mut source = innermost;
        for size in array.inner_shape().iter().rev() {
            let size = usize::try_from(*size).unwrap_or(0);
            source = Self::List(Bounds::Every(size), Box::new(source));
        }
        Ok(source)
    }

    fn records(array: &'a RecordArray) -> Result<Self, ArrayError> {
        let names = array.fields();
        let mut fields = Vec::with_capacity(array.contents.len());
        for (slot, content) in array.contents.iter().enumerate() {
            let name = names.and_then(|names| names.get(slot)).map(|name| &**name);
            fields.push(Field {
                name: name.unwrap_or_default(),
                source: Self::new(content)?,
                note: N::of(slot, name),
            });
        }
        Ok(Self::Record(Records {
            length: array.length,
            is_tuple: array.is_tuple(),
            fields,
        }))
    }
}

impl<N> Source<'_, N> {
    /// Whether rows are those of another source, or missing: this is an option, an index or a union.
    #[inline]
    pub(crate) fn is_above(&self) -> bool {
        matches!(self, Self::Picked(..) | Self::Masked(..) | Self::Union(..))
    }

    /// The row that a row is beneath options, indexes and unions, or none where it is missing; `None` past the end.
    #[inline]
    pub(crate) fn beneath(&self, row: usize) -> Option<Option<(&Self, usize)>> {
        let (mut source, mut row) = (self, row);
        while source.is_above() {
            match source.one_beneath(row)? {
                Some(next) => (source, row) = next,
                None => return Some(None),
            }
        }
        Some(Some((source, row)))
    }

    fn one_beneath(&self, row: usize) -> Option<Option<(&Self, usize)>> {
        let (content, row) = match self {
            Self::Picked(index, content) => {
                let picked = number(*index, row)?;
                (&**content, usize::try_from(picked).ok())
            }
            Self::Masked(mask, content) => (&**content, mask.is_valid(row)?.then_some(row)),
            Self::Union(tags, index, contents) => {
                let content = contents.get(usize::from(*tags.get(row)?))?;
                (content, Some(usize::try_from(number(*index, row)?).ok()?))
            }
            _ => (self, Some(row)),
        };
        Some(row.map(|row| (content, row)))
    }
}

impl Bounds<'_> {
    #[inline]
    pub(crate) fn of(&self, row: usize) -> Option<Range<usize>> {
        match self {
            Self::Offsets(IndexView::I64(offsets)) => {
                let [start, stop] = offsets.get(row..)?.first_chunk()?;
                between(*start, *stop)
            }
            others => others.of_others(row),
        }
    }

    /// Apart, so that what there is most of is small enough to be part of its callers.
    #[inline(never)]
    fn of_others(&self, row: usize) -> Option<Range<usize>> {
        let (start, stop) = match *self {
            Self::Offsets(offsets) => (number(offsets, row)?, number(offsets, row + 1)?),
            Self::Pairs(starts, stops) => match (number(starts, row)?, number(stops, row)?) {
                // Where lists without anything begin may be anywhere.
                (start, stop) if start == stop => (0, 0),
                both => both,
            },
            Self::Every(size) => return Some(row * size..(row + 1) * size),
        };
        between(start, stop)
    }
}

#[inline]
fn between(start: i64, stop: i64) -> Option<Range<usize>> {
    Some(usize::try_from(start).ok()?..usize::try_from(stop).ok()?)
}

impl Mask<'_> {
    #[inline]
    fn is_valid(self, row: usize) -> Option<bool> {
        let is_set = match self.bits {
            None => *self.bytes.get(row)? != 0,
            Some(bits) if row < bits.length => bits.get(self.bytes, row)?,
            Some(_) => return None,
        };
        Some(is_set == self.valid_when)
    }
}

#[inline]
fn number(view: IndexView<'_>, position: usize) -> Option<i64> {
    with_integers!(view, values => values.get(position).map(|value| value.wide()))
}

/// The elements of a buffer, where they are aligned, as those of arrays are.
fn elements<T: Native>(data: &Buffer) -> Result<Option<&[T]>, ArrayError> {
    let bytes = data.bytes()?;
    match bytes.is_empty() {
        true => Ok(Some(&[])),
        false => Ok(bytemuck::try_cast_slice(bytes).ok()),
    }
}
