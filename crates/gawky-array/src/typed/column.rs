//! [`Column`] and [`View`]: rows that a loop goes over.

use std::iter::FusedIterator;
use std::ops::Range;

use crate::typed::Sealed;
use crate::{Array, ListRef, Value};

/// Rows of one type, which share the buffers of the array that they come from.
///
/// Sealed: what [`Typed`](super::Typed) gives.
pub trait Column: Sealed {
    /// The rows, borrowed.
    type View<'a>: View
    where
        Self: 'a;

    /// The rows, borrowed: what a hot loop should take once, before it begins.
    fn view(&self) -> Self::View<'_>;

    /// How many bytes were copied to make this: 0 where all buffers are those of the array.
    fn copied_bytes(&self) -> usize;
}

/// Rows, borrowed; as cheap to copy as a slice.
///
/// Sealed: `&[T]`, and what stands for it where rows are no plain values.
pub trait View: Copy + Sealed {
    /// One row.
    type Item;

    /// How many rows there are.
    fn count(self) -> usize;

    /// One row; `None` past the end.
    fn row(self, row: usize) -> Option<Self::Item>;

    /// Some of the rows; `None` where they are not within these.
    fn rows(self, rows: Range<usize>) -> Option<Self>;
}

impl<T> Sealed for &[T] {}

impl<T: Copy> View for &[T] {
    type Item = T;

    #[inline]
    fn count(self) -> usize {
        self.len()
    }

    #[inline]
    fn row(self, row: usize) -> Option<T> {
        self.get(row).copied()
    }

    #[inline]
    fn rows(self, rows: Range<usize>) -> Option<Self> {
        self.get(rows)
    }
}

impl Sealed for Array {}

/// Anything: its rows are looked at one by one, as [`Array::iter`] does.
impl Column for Array {
    type View<'a> = ListRef<'a>;

    fn view(&self) -> ListRef<'_> {
        self.all_rows()
    }

    fn copied_bytes(&self) -> usize {
        0
    }
}

impl Sealed for ListRef<'_> {}

impl<'a> View for ListRef<'a> {
    type Item = Value<'a>;

    fn count(self) -> usize {
        self.len()
    }

    fn row(self, row: usize) -> Option<Value<'a>> {
        self.get(row)
    }

    fn rows(self, rows: Range<usize>) -> Option<Self> {
        self.slice(rows)
    }
}

/// The rows of a view, one after the other.
#[derive(Clone, Debug)]
pub struct Rows<V> {
    view: V,
    next: usize,
    end: usize,
}

impl<V: View> Rows<V> {
    pub(super) fn new(view: V) -> Self {
        Self {
            view,
            next: 0,
            end: view.count(),
        }
    }
}

impl<V: View> Iterator for Rows<V> {
    type Item = V::Item;

    #[inline]
    fn next(&mut self) -> Option<V::Item> {
        if self.next >= self.end {
            return None;
        }
        let row = self.view.row(self.next);
        self.next += 1;
        row
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.end - self.next, Some(self.end - self.next))
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<V::Item> {
        self.next = self.next.saturating_add(n).min(self.end);
        self.next()
    }
}

impl<V: View> DoubleEndedIterator for Rows<V> {
    #[inline]
    fn next_back(&mut self) -> Option<V::Item> {
        if self.next >= self.end {
            return None;
        }
        self.end -= 1;
        self.view.row(self.end)
    }
}

impl<V: View> ExactSizeIterator for Rows<V> {}
impl<V: View> FusedIterator for Rows<V> {}
