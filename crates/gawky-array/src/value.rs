//! [`Value`]: one element, borrowed.

use std::ops::Range;

use gawky_buffer::{DType, Scalar};

use crate::node::{NumpyArray, RecordArray, as_rows};
use crate::{Array, ArrayError};

/// One element of an array, borrowed from it.
///
/// ```
/// use gawky_array::{Array, NumpyArray, Value};
/// use gawky_buffer::Scalar;
/// let array = Array::from(NumpyArray::from_vec(vec![1.5_f32, 2.5]));
/// assert_eq!(array.get(1)?, Value::Scalar(Scalar::Float32(2.5)));
/// # Ok::<(), gawky_array::ArrayError>(())
/// ```
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// The element is missing.
    Null,
    /// A number, a boolean or a time.
    Scalar(Scalar),
    /// A string.
    Str(&'a str),
    /// A string whose bytes are no UTF-8; Awkward does not check.
    NonUtf8(&'a [u8]),
    /// A bytestring.
    Bytes(&'a [u8]),
    /// A list.
    List(ListRef<'a>),
    /// A record or a tuple.
    Record(RecordRef<'a>),
}

impl<'a> Value<'a> {
    /// The scalar, if it is one.
    #[must_use]
    pub fn as_scalar(&self) -> Option<Scalar> {
        match self {
            Self::Scalar(scalar) => Some(*scalar),
            _ => None,
        }
    }

    /// The string, if it is one and UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn as_list(&self) -> Option<ListRef<'a>> {
        match self {
            Self::List(list) => Some(*list),
            _ => None,
        }
    }

    /// The record or tuple, if it is one.
    #[must_use]
    pub fn as_record(&self) -> Option<RecordRef<'a>> {
        match self {
            Self::Record(record) => Some(*record),
            _ => None,
        }
    }

    /// Whether the element is missing.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    fn string(bytes: &'a [u8]) -> Self {
        std::str::from_utf8(bytes).map_or(Self::NonUtf8(bytes), Self::Str)
    }
}

/// A list, borrowed: some rows of an array.
#[derive(Clone, Copy)]
pub struct ListRef<'a> {
    items: Items<'a>,
    len: usize,
}

#[derive(Clone, Copy, Debug)]
enum Items<'a> {
    /// Rows of an array, from `first` on.
    Rows { array: &'a Array, first: usize },
    /// Within one row of a NumPy array: what remains below `axis` axes, from the element `first` on.
    Inner {
        array: &'a NumpyArray,
        axis: usize,
        first: usize,
    },
}

impl<'a> ListRef<'a> {
    /// How many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// One element; `None` past the end.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<Value<'a>> {
        if position >= self.len {
            return None;
        }
        match self.items {
            Items::Rows { array, first } => array.value_at(first + position),
            Items::Inner { array, axis, first } => inner_value(array, axis, first, position),
        }
    }

    /// Some of the elements; `None` where they are not all within the list.
    #[must_use]
    pub fn slice(&self, elements: Range<usize>) -> Option<Self> {
        if elements.start > elements.end || elements.end > self.len {
            return None;
        }
        let len = elements.len();
        let items = match self.items {
            Items::Rows { array, first } => Items::Rows {
                array,
                first: first + elements.start,
            },
            Items::Inner { array, axis, first } => Items::Inner {
                array,
                axis,
                first: first + elements.start * inner_stride(array, axis),
            },
        };
        Some(Self { items, len })
    }

    /// All elements, in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'a> {
        Iter {
            list: *self,
            next: 0,
            end: self.len,
        }
    }
}

impl<'a> IntoIterator for ListRef<'a> {
    type Item = Value<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The values of a list or an array, in order.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    list: ListRef<'a>,
    next: usize,
    end: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        if self.next >= self.end {
            return None;
        }
        let value = self.list.get(self.next);
        self.next += 1;
        value
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.end - self.next, Some(self.end - self.next))
    }

    fn nth(&mut self, n: usize) -> Option<Value<'a>> {
        self.next = self.next.saturating_add(n).min(self.end);
        self.next()
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        self.end -= 1;
        self.list.get(self.end)
    }
}

impl ExactSizeIterator for Iter<'_> {}

/// A record or a tuple, borrowed: one row of a [`RecordArray`].
#[derive(Clone, Copy)]
pub struct RecordRef<'a> {
    array: &'a RecordArray,
    row: usize,
}

impl<'a> RecordRef<'a> {
    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.array.contents().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.array.contents().is_empty()
    }

    /// Whether the fields are unnamed.
    #[must_use]
    pub fn is_tuple(&self) -> bool {
        self.array.is_tuple()
    }

    /// What the record is called: its array's parameter `__record__`.
    #[must_use]
    pub fn record_name(&self) -> Option<&'a str> {
        self.array.parameters().str("__record__")
    }

    /// The names of the fields, in order; `None` for a tuple.
    #[must_use]
    pub fn names(&self) -> Option<impl ExactSizeIterator<Item = &'a str>> {
        self.array
            .fields()
            .map(|names| names.iter().map(|name| &**name))
    }

    /// The name of one field, by position; `None` for a tuple, and past the last.
    #[must_use]
    pub fn name_at(&self, position: usize) -> Option<&'a str> {
        self.array.fields()?.get(position).map(|name| &**name)
    }

    /// The value of one field, by position.
    #[must_use]
    pub fn at(&self, position: usize) -> Option<Value<'a>> {
        self.array.contents().get(position)?.value_at(self.row)
    }

    /// The value of one field, by name, or by number in a tuple.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        self.at(self.array.position(name)?)
    }

    /// The values of all fields, in order.
    pub fn values(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let row = self.row;
        self.array
            .contents()
            .iter()
            .filter_map(move |content| content.value_at(row))
    }
}

impl Array {
    /// One row.
    ///
    /// Looks first whether all buffers are on the host; to read many rows, [`iter`](Self::iter) looks once.
    ///
    /// # Errors
    /// [`ArrayError::OutOfRange`] past the end; [`BufferError::NotOnHost`](gawky_buffer::BufferError) where
    /// the bytes are on a device.
    pub fn get(&self, row: usize) -> Result<Value<'_>, ArrayError> {
        self.require_host()?;
        self.value_at(row).ok_or_else(|| ArrayError::OutOfRange {
            start: as_rows(row),
            end: as_rows(row).saturating_add(1),
            length: as_rows(self.len()),
        })
    }

    /// All rows, in order.
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where the bytes are on a device.
    pub fn iter(&self) -> Result<Iter<'_>, ArrayError> {
        self.require_host()?;
        Ok(self.rows(0..self.len()).iter())
    }

    /// The whole array as one value: a list of its rows, or one string where the rows are characters.
    ///
    /// # Errors
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where the bytes are on a device.
    pub fn value(&self) -> Result<Value<'_>, ArrayError> {
        self.require_host()?;
        Ok(self.list_value(0..self.len()))
    }

    /// All rows as a list; the caller knows that the bytes are on the host.
    pub(crate) fn all_rows(&self) -> ListRef<'_> {
        self.rows(0..self.len())
    }

    fn rows(&self, rows: Range<usize>) -> ListRef<'_> {
        ListRef {
            items: Items::Rows {
                array: self,
                first: rows.start,
            },
            len: rows.len(),
        }
    }

    /// Rows as a list, or as one string or bytestring where they are its characters.
    pub(crate) fn list_value(&self, rows: Range<usize>) -> Value<'_> {
        if let Self::Numpy(array) = self
            && has_bytes(array)
        {
            let bytes = || array.data().bytes().ok()?.get(rows.clone());
            match (array.parameters().array(), bytes()) {
                (Some("char"), Some(bytes)) => return Value::string(bytes),
                (Some("byte"), Some(bytes)) => return Value::Bytes(bytes),
                _ => {}
            }
        }
        Value::List(self.rows(rows))
    }

    /// One row; `None` past the end, or where bytes are not on the host.
    pub(crate) fn value_at(&self, row: usize) -> Option<Value<'_>> {
        match self {
            Self::Empty(_) => None,
            Self::Numpy(array) => {
                if row >= array.len() {
                    return None;
                }
                if has_bytes(array) && array.parameters().array() == Some("char") {
                    let bytes = array.data().bytes().ok()?;
                    return Some(Value::string(bytes.get(row..row + 1)?));
                }
                let first = row * array.row_elements();
                inner(array, 0, first)
            }
            Self::Regular(array) => (row < array.len()).then(|| {
                array
                    .content
                    .list_value(row * array.size..(row + 1) * array.size)
            }),
            Self::List(array) => Some(array.content.list_value(array.bounds(row)?)),
            Self::ListOffset(array) => Some(array.content.list_value(array.bounds(row)?)),
            Self::Record(array) => {
                (row < array.len()).then_some(Value::Record(RecordRef { array, row }))
            }
            Self::Indexed(array) => array
                .content
                .value_at(usize::try_from(array.index.get(row)?).ok()?),
            Self::IndexedOption(array) => match usize::try_from(array.index.get(row)?) {
                Ok(picked) => array.content.value_at(picked),
                Err(_) => Some(Value::Null),
            },
            Self::ByteMasked(array) => match array.is_valid(row)? {
                true => array.content.value_at(row),
                false => Some(Value::Null),
            },
            Self::BitMasked(array) => match array.is_valid(row)? {
                true => array.content.value_at(row),
                false => Some(Value::Null),
            },
            Self::Unmasked(array) => array.content.value_at(row),
            Self::Union(array) => {
                let (tag, picked) = array.pick(row)?;
                array.contents.get(tag)?.value_at(picked)
            }
        }
    }
}

/// Whether each row is one byte, so that rows may be characters.
fn has_bytes(array: &NumpyArray) -> bool {
    array.dtype() == DType::UInt8 && array.inner_shape().is_empty()
}

/// What lies below `axis` axes of a NumPy array, from the element `first` on.
fn inner(array: &NumpyArray, axis: usize, first: usize) -> Option<Value<'_>> {
    match array.inner_shape().get(axis) {
        None => array.element(first).map(Value::Scalar),
        Some(size) => Some(Value::List(ListRef {
            items: Items::Inner { array, axis, first },
            len: usize::try_from(*size).ok()?,
        })),
    }
}

fn inner_value(
    array: &NumpyArray,
    axis: usize,
    first: usize,
    position: usize,
) -> Option<Value<'_>> {
    inner(
        array,
        axis + 1,
        first + position * inner_stride(array, axis),
    )
}

/// How many elements of a NumPy array one step along the axis below `axis` axes passes over.
fn inner_stride(array: &NumpyArray, axis: usize) -> usize {
    let below = array.inner_shape().iter().skip(axis + 1);
    below
        .map(|size| usize::try_from(*size).unwrap_or(0))
        .product()
}
