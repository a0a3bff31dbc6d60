//! [`Values`]: plain values, one after the other.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use gawky_buffer::{Buffer, BufferError, DType};

use super::{Column, Sealed, Typed};
use crate::{Array, ArrayError};

/// Values that lie in memory one after the other, so that they are a slice.
///
/// Sealed: the numbers that gawky has, and `bool`.
pub trait Element: Copy + Send + Sync + 'static + Typed<Column = Values<Self>> {
    /// What arrays call these.
    const DTYPE: DType;

    /// Bytes as these, where every one of them is one.
    #[doc(hidden)]
    fn view(bytes: &[u8]) -> Option<&[Self]>;

    /// Bytes as these, where looking at them again costs nothing.
    #[doc(hidden)]
    fn proven(bytes: &[u8]) -> Option<&[Self]> {
        Self::view(bytes)
    }

    /// Bytes as these, in memory of their own.
    #[doc(hidden)]
    fn copied(bytes: &[u8]) -> Arc<[Self]>;
}

/// Plain values, one after the other: a slice that keeps its memory alive.
///
/// It is a `&[T]` wherever one is asked for. A loop over it takes that slice once, as `for value in values.iter()` does.
#[derive(Clone)]
pub struct Values<T: Element> {
    memory: Memory<T>,
    copied: usize,
}

#[derive(Clone)]
enum Memory<T> {
    /// The array's own.
    Shared(Buffer),
    /// Of values that are proved once, as not every byte is one.
    Own(Arc<[T]>),
}

impl<T: Element> Values<T> {
    /// The values in a buffer of whole ones, aligned for them; `is_copy` says that it was made for this.
    pub(super) fn new(buffer: Buffer, is_copy: bool) -> Result<Self, BufferError> {
        let bytes = buffer.bytes()?;
        Ok(match T::proven(bytes) {
            Some(_) => Self {
                copied: if is_copy { bytes.len() } else { 0 },
                memory: Memory::Shared(buffer),
            },
            None => Self {
                memory: Memory::Own(T::copied(bytes)),
                copied: bytes.len(),
            },
        })
    }

    /// How many bytes were copied to make this.
    #[must_use]
    pub fn copied_bytes(&self) -> usize {
        self.copied
    }

    /// The values.
    #[must_use]
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        match &self.memory {
            Memory::Shared(buffer) => buffer.bytes().ok().and_then(T::proven).unwrap_or_default(),
            Memory::Own(values) => values,
        }
    }
}

impl<T: Element> Deref for Values<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: Element> AsRef<[T]> for Values<T> {
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<'a, T: Element> IntoIterator for &'a Values<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Element + fmt::Debug> fmt::Debug for Values<T> {
    /// The first few, and how many there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 10;
        let shown = self.get(..SHOWN).unwrap_or(self);
        write!(f, "Values({} of {}: {shown:?})", self.len(), T::wanted())
    }
}

impl<T: Element + PartialEq> PartialEq for Values<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Element> Sealed for Values<T> {}

impl<T: Element> Column for Values<T> {
    type View<'a> = &'a [T];

    #[inline]
    fn view(&self) -> &[T] {
        self
    }

    fn copied_bytes(&self) -> usize {
        self.copied
    }
}

impl Array {
    /// The numbers of a flat array as a slice: no copy, no index below, nothing missing.
    ///
    /// It borrows from the array; [`as_values`](Self::as_values) gives a slice that keeps its memory alive, and
    /// gathers what an index picks. Booleans are a slice of `bool` only where every byte is 0 or 1, as it is but for
    /// foreign files; `as_values::<bool>` takes any.
    ///
    /// ```
    /// use gawky_array::{Array, NumpyArray};
    /// let array = Array::from(NumpyArray::from_vec(vec![1.5_f64, 2.5]));
    /// assert_eq!(array.as_slice::<f64>()?, [1.5, 2.5]);
    /// assert_eq!(
    ///     array.as_slice::<f32>().unwrap_err().to_string(),
    ///     "float32 was asked for, but the array is of float64 (NumpyArray): ask for `f64`, or use cast_to",
    /// );
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`ArrayError::OtherType`] where the array holds something else, or picks its rows by an index;
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where the bytes are on a device.
    pub fn as_slice<T: Element>(&self) -> Result<&[T], ArrayError> {
        super::numbers::slice(self).map_err(|refused| self.of_other_type(T::wanted(), refused))
    }

    /// The numbers of a flat array, in memory that outlives it; what an index picks is gathered.
    ///
    /// ```
    /// use gawky_array::{Array, NumpyArray, RecordArray};
    /// let met = Array::from(NumpyArray::from_vec(vec![33.1_f32, 12.9]));
    /// let events = Array::from(RecordArray::from_fields([("met", met)]));
    /// let met = events.field("met")?.as_values::<f32>()?;
    /// assert_eq!(met.iter().sum::<f32>(), 46.0);
    /// assert_eq!(met.copied_bytes(), 0);
    /// # Ok::<(), gawky_array::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`ArrayError::OtherType`] where the array holds something else;
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where the bytes are on a device.
    pub fn as_values<T: Element>(&self) -> Result<Values<T>, ArrayError> {
        self.as_typed::<T>()
    }
}
