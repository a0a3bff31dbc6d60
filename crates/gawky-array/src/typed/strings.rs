//! [`Strings`] and bytes.

use std::fmt;
use std::ops::Range;
use std::str;

use super::lists::lists;
use super::{Column, Lists, ListsView, Refused, Rows, Sealed, Typed, TypedList, View};
use crate::node::as_rows;
use crate::{Array, ArrayError, Problem};

/// Strings, of which every one has been proved to be UTF-8.
///
/// ```
/// use gawky_array::Array;
/// let names = Array::from_rows(["electron", "µ"])?.as_strings()?;
/// assert_eq!(names.get(1), Some("µ"));
/// assert_eq!(names.iter().map(str::len).sum::<usize>(), 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Strings {
    bytes: TypedList<u8>,
}

impl Strings {
    fn new(bytes: TypedList<u8>) -> Result<Self, Problem> {
        // Text without a fault, cut between letters, is text without one everywhere.
        let text = str::from_utf8(bytes.values()).ok();
        let is_between = |offset: &i64| {
            let offset = usize::try_from(*offset).ok();
            text.zip(offset)
                .is_some_and(|(text, offset)| text.is_char_boundary(offset))
        };
        if !bytes.offsets().iter().all(is_between)
            && let Some(at) = bytes
                .iter()
                .position(|bytes| str::from_utf8(bytes).is_err())
        {
            return Err(Problem::NotUtf8 { at: as_rows(at) });
        }
        Ok(Self { bytes })
    }

    /// How many strings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Where the strings begin and end among the bytes.
    #[must_use]
    pub fn offsets(&self) -> &[i64] {
        self.bytes.offsets()
    }

    /// The bytes of all strings, one after the other.
    #[must_use]
    pub fn bytes(&self) -> &TypedList<u8> {
        &self.bytes
    }

    /// One string; `None` past the end.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        self.view().get(row)
    }

    /// The strings, one after the other.
    #[must_use]
    pub fn iter(&self) -> Rows<StringsView<'_>> {
        Rows::new(self.view())
    }
}

impl fmt::Debug for Strings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Strings({} of {} bytes)",
            self.len(),
            self.bytes.values().len()
        )
    }
}

impl<'a> IntoIterator for &'a Strings {
    type Item = &'a str;
    type IntoIter = Rows<StringsView<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// [`Strings`], borrowed: a list of strings is one.
#[derive(Clone, Copy, Debug)]
pub struct StringsView<'a> {
    bytes: ListsView<'a, &'a [u8]>,
}

impl<'a> StringsView<'a> {
    /// How many strings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// One string; `None` past the end.
    #[must_use]
    #[inline]
    pub fn get(&self, row: usize) -> Option<&'a str> {
        // Proved when the strings were taken, so it is always some.
        str::from_utf8(self.bytes.get(row)?).ok()
    }

    /// The strings, one after the other.
    #[must_use]
    pub fn iter(&self) -> Rows<Self> {
        Rows::new(*self)
    }
}

impl Sealed for StringsView<'_> {}

impl<'a> View for StringsView<'a> {
    type Item = &'a str;

    fn count(self) -> usize {
        self.len()
    }

    #[inline]
    fn row(self, row: usize) -> Option<&'a str> {
        self.get(row)
    }

    fn rows(self, rows: Range<usize>) -> Option<Self> {
        let bytes = self.bytes.rows(rows)?;
        Some(Self { bytes })
    }
}

impl<'a> IntoIterator for StringsView<'a> {
    type Item = &'a str;
    type IntoIter = Rows<Self>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Sealed for Strings {}

impl Column for Strings {
    type View<'a> = StringsView<'a>;

    fn view(&self) -> StringsView<'_> {
        StringsView {
            bytes: self.bytes.view(),
        }
    }

    fn copied_bytes(&self) -> usize {
        self.bytes.copied_bytes()
    }
}

impl Sealed for String {}

impl Typed for String {
    type Column = Strings;

    fn wanted() -> Self {
        "string".to_owned()
    }

    fn column(array: &Array, is_copy: bool) -> Result<Strings, Refused> {
        let bytes = lists(array, is_copy, Some(&["string"]), &u8::column)?;
        Ok(Strings::new(bytes)?)
    }
}

/// Stands for bytestrings in [`Array::as_typed`] and the others: their rows are `&[u8]`. Strings are taken as well, as
/// the bytes that they are.
#[derive(Clone, Copy, Debug)]
pub enum ByteString {}

impl Sealed for ByteString {}

impl Typed for ByteString {
    type Column = TypedList<u8>;

    fn wanted() -> String {
        "bytes".to_owned()
    }

    fn column(array: &Array, is_copy: bool) -> Result<Lists<super::Values<u8>>, Refused> {
        lists(array, is_copy, Some(&["string", "bytestring"]), &u8::column)
    }
}

impl Array {
    /// The rows as strings, each of which is proved to be UTF-8.
    ///
    /// ```
    /// use gawky_array::Array;
    /// let array = Array::from_rows(["one", "two", "three"])?;
    /// let strings = array.as_strings()?;
    /// assert_eq!(strings.iter().max_by_key(|name| name.len()), Some("three"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Problem::NotUtf8`] with the first row that is no UTF-8, for which [`as_bytes`](Self::as_bytes) may be used;
    /// otherwise as [`as_list`](Self::as_list).
    pub fn as_strings(&self) -> Result<Strings, ArrayError> {
        self.as_typed::<String>()
    }

    /// The rows as bytes: of bytestrings, or of strings, which need not be UTF-8 then.
    ///
    /// # Errors
    /// As [`as_list`](Self::as_list).
    pub fn as_bytes(&self) -> Result<TypedList<u8>, ArrayError> {
        self.as_typed::<ByteString>()
    }
}
