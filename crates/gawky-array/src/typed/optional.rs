//! [`Optional`]: rows that may be missing.

use std::fmt;
use std::ops::Range;

use super::{Column, Refused, Rows, Sealed, Typed, Values, View};
use crate::{Array, ArrayError};

/// Rows that may be missing: those that are there, and which of them each row is.
#[derive(Clone, PartialEq)]
pub struct Optional<C> {
    /// Negative where a row is missing; none where every row is the one of its number.
    index: Option<Values<i64>>,
    content: C,
    len: usize,
}

impl<C: Column> Optional<C> {
    /// How many rows there are, missing ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether a row is there; false past the end.
    #[must_use]
    pub fn is_valid(&self, row: usize) -> bool {
        row < self.len
            && self
                .index
                .as_ref()
                .is_none_or(|index| index.get(row).is_some_and(|row| *row >= 0))
    }

    /// Whether each row is there.
    pub fn validity(&self) -> impl ExactSizeIterator<Item = bool> {
        (0..self.len).map(|row| self.is_valid(row))
    }

    /// How many rows are missing.
    #[must_use]
    pub fn missing(&self) -> usize {
        let index = self.index.as_deref().unwrap_or_default();
        index.iter().filter(|row| **row < 0).count()
    }

    /// Which row of the content each row is, negative where it is missing; `None` where each is the one of its number.
    #[must_use]
    pub fn index(&self) -> Option<&[i64]> {
        self.index.as_deref()
    }

    /// The rows that are there, among which may be some that no row is.
    #[must_use]
    pub fn content(&self) -> &C {
        &self.content
    }

    /// One row, `Some(None)` where it is missing; `None` past the end.
    #[must_use]
    #[inline]
    pub fn get(&self, row: usize) -> Option<Option<<C::View<'_> as View>::Item>> {
        self.view().get(row)
    }

    /// The rows, one after the other.
    #[must_use]
    pub fn iter(&self) -> Rows<OptionalView<'_, C::View<'_>>> {
        Rows::new(self.view())
    }
}

impl<C: Column + fmt::Debug> fmt::Debug for Optional<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Optional({}, {} missing, of {:?})",
            self.len,
            self.missing(),
            self.content
        )
    }
}

impl<'a, C: Column> IntoIterator for &'a Optional<C> {
    type Item = Option<<C::View<'a> as View>::Item>;
    type IntoIter = Rows<OptionalView<'a, C::View<'a>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// [`Optional`], borrowed: a list of what may be missing is one.
#[derive(Clone, Copy, Debug)]
pub struct OptionalView<'a, V> {
    index: Option<&'a [i64]>,
    content: V,
}

impl<V: View> OptionalView<'_, V> {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index
            .map_or_else(|| self.content.count(), <[i64]>::len)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One row, `Some(None)` where it is missing; `None` past the end.
    #[must_use]
    #[inline]
    pub fn get(&self, row: usize) -> Option<Option<V::Item>> {
        let Some(index) = self.index else {
            return self.content.row(row).map(Some);
        };
        match usize::try_from(*index.get(row)?) {
            Ok(picked) => self.content.row(picked).map(Some),
            Err(_) => Some(None),
        }
    }

    /// The rows, one after the other.
    #[must_use]
    pub fn iter(&self) -> Rows<Self> {
        Rows::new(*self)
    }
}

impl<V: View> Sealed for OptionalView<'_, V> {}

impl<V: View> View for OptionalView<'_, V> {
    type Item = Option<V::Item>;

    fn count(self) -> usize {
        self.len()
    }

    #[inline]
    fn row(self, row: usize) -> Option<Self::Item> {
        self.get(row)
    }

    #[inline]
    fn rows(self, rows: Range<usize>) -> Option<Self> {
        match self.index {
            None => Some(Self {
                content: self.content.rows(rows)?,
                ..self
            }),
            Some(index) => Some(Self {
                index: Some(index.get(rows)?),
                ..self
            }),
        }
    }
}

impl<V: View> IntoIterator for OptionalView<'_, V> {
    type Item = Option<V::Item>;
    type IntoIter = Rows<Self>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<C: Column> Sealed for Optional<C> {}

impl<C: Column> Column for Optional<C> {
    type View<'a>
        = OptionalView<'a, C::View<'a>>
    where
        C: 'a;

    #[inline]
    fn view(&self) -> OptionalView<'_, C::View<'_>> {
        OptionalView {
            index: self.index.as_deref(),
            content: self.content.view(),
        }
    }

    fn copied_bytes(&self) -> usize {
        self.index.as_ref().map_or(0, Values::copied_bytes) + self.content.copied_bytes()
    }
}

impl<T: Typed> Sealed for Option<T> {}

impl<T: Typed> Typed for Option<T> {
    type Column = Optional<T::Column>;

    fn wanted() -> String {
        format!("?{}", T::wanted())
    }

    fn column(array: &Array, is_copy: bool) -> Result<Self::Column, Refused> {
        let len = array.len();
        let (index, content) = match array {
            _ if is_layered(array) => return Self::column(&array.simplified()?, true),
            Array::Unmasked(own) => (None, (*own.content).clone()),
            Array::IndexedOption(own) => {
                let wide = own.index.widened()?;
                let is_own = wide.buffer().address() == own.index.buffer().address();
                let index = Values::new(wide.into_buffer(), is_copy || !is_own)?;
                (Some(index), (*own.content).clone())
            }
            Array::ByteMasked(_) | Array::BitMasked(_) => match array.indexed_option()? {
                Some(own) => (
                    Some(Values::new(own.index.into_buffer(), true)?),
                    own.content.slice_within(0..len)?,
                ),
                None => (None, array.clone()),
            },
            plain => (None, plain.clone()),
        };
        // Above what an index picks, only the index was made for this.
        let is_copy = is_copy && index.is_none();
        Ok(Optional {
            index,
            content: T::column(&content, is_copy)?,
            len,
        })
    }
}

/// Whether this is an option in more than one layer.
fn is_layered(array: &Array) -> bool {
    let content = array.children().first();
    match array {
        Array::Indexed(own) => own.content.is_option() || is_layered(&own.content),
        array if array.is_option() => content
            .is_some_and(|content| content.is_option() || matches!(content, Array::Indexed(_))),
        _ => false,
    }
}

impl Array {
    /// The rows as those that may be missing: which are there, and what these are as a column of `T`.
    ///
    /// Options of any class will do, and what is no option, of which nothing is missing.
    ///
    /// ```
    /// use gawky_array::Array;
    /// let charge = Array::from_rows([Some(1_i8), None, Some(-1)])?.as_option::<i8>()?;
    /// assert_eq!(charge.iter().collect::<Vec<_>>(), [Some(1), None, Some(-1)]);
    /// assert_eq!(charge.iter().flatten().map(i32::from).sum::<i32>(), 0);
    /// assert_eq!((charge.missing(), charge.is_valid(1)), (1, false));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArrayError::OtherType`] where the rows are of something else;
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where bytes are on a device.
    pub fn as_option<T: Typed>(&self) -> Result<Optional<T::Column>, ArrayError> {
        self.as_typed::<Option<T>>()
    }
}
