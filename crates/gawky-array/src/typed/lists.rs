//! [`Lists`]: lists of any class, as offsets into what they hold.

use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;

use super::{Column, Element, Refused, Rows, Sealed, Typed, Values, View, numbers};
use crate::index::lists::zero_based;
use crate::node::{ListOffsetArray, RegularArray, as_rows, reserved};
use crate::{Array, ArrayError, Problem};

/// Lists of plain values: offsets, and a flat slice.
pub type TypedList<T> = Lists<Values<T>>;

/// Lists that lie one after the other: list `i` is `content[offsets[i]..offsets[i + 1]]`.
///
/// The first offset is 0 and the last is the length of the content, so that what all lists hold is the content. It
/// shares the memory of the array, but for what [`Column::copied_bytes`] tells.
#[derive(Clone, PartialEq)]
pub struct Lists<C> {
    offsets: Values<i64>,
    content: C,
}

impl<C: Column> Lists<C> {
    /// How many lists there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the lists begin and end: one more than there are lists, the first being 0.
    #[must_use]
    pub fn offsets(&self) -> &[i64] {
        &self.offsets
    }

    /// What the lists hold, one after the other.
    #[must_use]
    pub fn content(&self) -> &C {
        &self.content
    }

    /// One list; `None` past the end.
    #[must_use]
    #[inline]
    pub fn get(&self, row: usize) -> Option<C::View<'_>> {
        self.view().get(row)
    }

    /// The lists, one after the other.
    #[must_use]
    #[inline]
    pub fn iter(&self) -> ListsIter<'_, C::View<'_>> {
        self.view().iter()
    }
}

impl<T: Element> TypedList<T> {
    /// The elements of all lists, one after the other.
    #[must_use]
    pub fn values(&self) -> &[T] {
        &self.content
    }
}

impl<C: Column> Sealed for Lists<C> {}

impl<C: Column> Column for Lists<C> {
    type View<'a>
        = ListsView<'a, C::View<'a>>
    where
        C: 'a;

    #[inline]
    fn view(&self) -> ListsView<'_, C::View<'_>> {
        ListsView {
            offsets: &self.offsets,
            content: self.content.view(),
        }
    }

    fn copied_bytes(&self) -> usize {
        self.offsets.copied_bytes() + self.content.copied_bytes()
    }
}

impl<C: Column + fmt::Debug> fmt::Debug for Lists<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lists({} of {:?})", self.len(), self.content)
    }
}

impl<'a, C: Column> IntoIterator for &'a Lists<C> {
    type Item = C::View<'a>;
    type IntoIter = ListsIter<'a, C::View<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// [`Lists`], borrowed: a list of lists is one.
#[derive(Clone, Copy, Debug)]
pub struct ListsView<'a, V> {
    offsets: &'a [i64],
    content: V,
}

impl<'a, V: View> ListsView<'a, V> {
    /// How many lists there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One list; `None` past the end.
    #[must_use]
    #[inline]
    pub fn get(&self, row: usize) -> Option<V> {
        let (start, stop) = (self.offsets.get(row)?, self.offsets.get(row + 1)?);
        within(self.content, *start, *stop)
    }

    /// The lists, one after the other.
    #[must_use]
    #[inline]
    pub fn iter(&self) -> ListsIter<'a, V> {
        ListsIter {
            bounds: self.offsets.windows(2),
            content: self.content,
        }
    }
}

#[inline]
fn within<V: View>(content: V, start: i64, stop: i64) -> Option<V> {
    content.rows(usize::try_from(start).ok()?..usize::try_from(stop).ok()?)
}

impl<V: View> Sealed for ListsView<'_, V> {}

impl<V: View> View for ListsView<'_, V> {
    type Item = V;

    fn count(self) -> usize {
        self.len()
    }

    #[inline]
    fn row(self, row: usize) -> Option<V> {
        self.get(row)
    }

    #[inline]
    fn rows(self, rows: std::ops::Range<usize>) -> Option<Self> {
        let offsets = self.offsets.get(rows.start..rows.end.checked_add(1)?)?;
        Some(Self { offsets, ..self })
    }
}

impl<'a, V: View> IntoIterator for ListsView<'a, V> {
    type Item = V;
    type IntoIter = ListsIter<'a, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Lists, one after the other.
#[derive(Clone, Debug)]
pub struct ListsIter<'a, V> {
    bounds: std::slice::Windows<'a, i64>,
    content: V,
}

impl<V: View> ListsIter<'_, V> {
    #[inline]
    fn list(content: V, bounds: &[i64]) -> Option<V> {
        match bounds {
            [start, stop] => within(content, *start, *stop),
            _ => None,
        }
    }
}

impl<V: View> Iterator for ListsIter<'_, V> {
    type Item = V;

    #[inline]
    fn next(&mut self) -> Option<V> {
        let bounds = self.bounds.next()?;
        Self::list(self.content, bounds)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.bounds.size_hint()
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<V> {
        let bounds = self.bounds.nth(n)?;
        Self::list(self.content, bounds)
    }
}

impl<V: View> DoubleEndedIterator for ListsIter<'_, V> {
    #[inline]
    fn next_back(&mut self) -> Option<V> {
        let bounds = self.bounds.next_back()?;
        Self::list(self.content, bounds)
    }
}

impl<V: View> ExactSizeIterator for ListsIter<'_, V> {}
impl<V: View> FusedIterator for ListsIter<'_, V> {}

impl<T: Typed> Sealed for Vec<T> {}

impl<T: Typed> Typed for Vec<T> {
    type Column = Lists<T::Column>;

    fn wanted() -> String {
        format!("var * {}", T::wanted())
    }

    fn column(array: &Array, is_copy: bool) -> Result<Self::Column, Refused> {
        lists(array, is_copy, None, &T::column)
    }
}

/// Lists of any class, whose content is made a column by `column`; `text` are those that are strings or bytes.
pub(super) fn lists<C: Column>(
    array: &Array,
    is_copy: bool,
    text: Option<&[&str]>,
    column: &dyn Fn(&Array, bool) -> Result<C, Refused>,
) -> Result<Lists<C>, Refused> {
    match array {
        Array::Regular(_) | Array::List(_) | Array::ListOffset(_) => {
            let own = array.parameters().array().unwrap_or_default();
            let fits = match text {
                Some(wanted) => wanted.contains(&own),
                None => !matches!(own, "string" | "bytestring"),
            };
            if !fits {
                return Err(numbers::other(array));
            }
        }
        _ => {}
    }
    match array {
        Array::ListOffset(own) => of_offsets(own, is_copy, false, column),
        Array::List(own) => {
            let laid_out = own.end_to_end()?;
            let gathered = !Arc::ptr_eq(&laid_out.content, &own.content);
            of_offsets(&laid_out, true, gathered, column)
        }
        Array::Regular(own) => Ok(Lists {
            offsets: Values::new(regular_offsets(own)?.into(), true)?,
            content: column(
                &own.content
                    .slice_within(0..own.length.saturating_mul(own.size))?,
                false,
            )?,
        }),
        Array::Numpy(own) if !own.inner_shape().is_empty() => {
            lists(&own.nested()?, is_copy, text, column)
        }
        Array::Indexed(own) => lists(&own.project()?, true, text, column),
        Array::Empty(_) => Ok(Lists {
            offsets: Values::new(vec![0_i64].into(), false)?,
            content: column(array, false)?,
        }),
        _ => Err(numbers::other(array)),
    }
}

fn of_offsets<C: Column>(
    lists: &ListOffsetArray,
    is_copy: bool,
    gathered: bool,
    column: &dyn Fn(&Array, bool) -> Result<C, Refused>,
) -> Result<Lists<C>, Refused> {
    let offsets = zero_based(&lists.offsets)?;
    let is_copy = is_copy || offsets.buffer().address() != lists.offsets.buffer().address();
    let content = lists.content.slice_within(lists.extent()?)?;
    let offsets = match offsets.is_empty() {
        // No offsets are those of no lists.
        true => Values::new(vec![0_i64].into(), true)?,
        false => Values::new(offsets.into_buffer(), is_copy)?,
    };
    Ok(Lists {
        offsets,
        content: column(&content, gathered)?,
    })
}

fn regular_offsets(lists: &RegularArray) -> Result<Vec<i64>, Problem> {
    let mut offsets = reserved(lists.length.saturating_add(1))?;
    for row in 0..=lists.length {
        let offset = row
            .checked_mul(lists.size)
            .and_then(|offset| i64::try_from(offset).ok());
        offsets.push(offset.ok_or(Problem::TooLarge {
            what: "elements",
            length: as_rows(row),
        })?);
    }
    Ok(offsets)
}

impl Array {
    /// The rows as lists: offsets, and what the lists hold as a column of `T`, for which a number gives `&[T]`.
    ///
    /// Lists of any class will do, and rows of an inner shape. `as_list::<Vec<f32>>` are lists of lists,
    /// `as_list::<String>` of strings, `as_list::<Option<f32>>` of what may be missing, and `as_list::<Array>` of
    /// anything, records included.
    ///
    /// ```
    /// use gawky_array::Array;
    /// let array = Array::from_rows([vec![1.5_f32, 2.5], vec![], vec![3.5]])?;
    /// let lists = array.as_list::<f32>()?;
    /// assert_eq!(lists.get(0), Some(&[1.5_f32, 2.5][..]));
    /// assert_eq!(lists.iter().map(|list| list.iter().sum()).collect::<Vec<f32>>(), [4.0, 0.0, 3.5]);
    ///
    /// let error = array.as_list::<i64>().unwrap_err().to_string();
    /// assert!(error.starts_with("var * int64 was asked for, but the array is of var * float32"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArrayError::OtherType`] where the rows are no lists, or of something else;
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where bytes are on a device;
    /// [`Problem::OutOfMemory`] where lists overlap so much that they do not fit into memory one after the other.
    pub fn as_list<T: Typed>(&self) -> Result<Lists<T::Column>, ArrayError> {
        self.as_typed::<Vec<T>>()
    }
}

/// Anything, row by row.
impl Typed for Array {
    type Column = Self;

    fn wanted() -> String {
        "anything".to_owned()
    }

    fn column(array: &Array, _: bool) -> Result<Self, Refused> {
        array.require_host()?;
        Ok(array.clone())
    }
}

impl Lists<Array> {
    /// The lists' elements, to go on with.
    #[must_use]
    pub fn rows(&self) -> Rows<crate::ListRef<'_>> {
        Rows::new(self.content.view())
    }
}
