//! Strings, lists and tuples that grow.

use super::column::{Column, Values};
use super::decimal::Decimal;
use super::numbers::Numbers;
use super::pairs::Pairs;
use super::unfit::{Undeclared, Unfit};
use super::{index_of, place};

/// Strings, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Strings {
    pub(super) offsets: Vec<i64>,
    pub(super) bytes: Vec<u8>,
}

/// Lists, of which the last one may still be growing.
#[derive(Clone, Debug)]
pub(crate) struct Lists {
    pub(super) offsets: Vec<i64>,
    pub(super) content: Box<Column>,
}

/// Lists of one size, of which the last one may still be growing.
#[derive(Clone, Debug)]
pub(crate) struct Regulars {
    pub(super) size: usize,
    pub(super) content: Box<Column>,
    pub(super) length: usize,
    /// Whether they are strings.
    pub(super) text: bool,
}

/// Tuples, of which the last one may still be growing.
#[derive(Clone, Debug)]
pub(crate) struct Tuples {
    pub(super) contents: Vec<Column>,
    pub(super) length: usize,
    /// What they are called, where they are pairs of a map.
    pub(super) pairs: Pairs,
    /// Of how many it is proved that the keys ascend within their maps, where they do.
    pub(super) ascending: usize,
    /// How many elements the tuple that is growing has been asked for.
    next: usize,
}

/// What grows element by element: a list, or a tuple.
#[derive(Debug)]
pub(crate) enum Sequence<'c> {
    List(&'c mut Lists),
    Regular(&'c mut Regulars),
    Tuple(&'c mut Tuples),
}

impl<'c> Sequence<'c> {
    /// The column to which the next element is added.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<&mut Column, Unfit> {
        self.reborrow().into_next()
    }

    /// The same, for as long as the sequence is borrowed.
    #[inline]
    pub(crate) fn into_next(self) -> Result<&'c mut Column, Unfit> {
        match self {
            Self::List(lists) => Ok(&mut lists.content),
            Self::Regular(regulars) => regulars.next(),
            Self::Tuple(tuples) => tuples.next(),
        }
    }

    #[inline]
    pub(crate) fn reborrow(&mut self) -> Sequence<'_> {
        match self {
            Self::List(lists) => Sequence::List(lists),
            Self::Regular(regulars) => Sequence::Regular(regulars),
            Self::Tuple(tuples) => Sequence::Tuple(tuples),
        }
    }

    /// The column of the element that was asked for last.
    pub(crate) fn into_last(self) -> Option<&'c mut Column> {
        match self {
            Self::List(lists) => Some(&mut lists.content),
            Self::Regular(regulars) => Some(&mut regulars.content),
            Self::Tuple(tuples) => tuples.contents.get_mut(tuples.next.checked_sub(1)?),
        }
    }

    /// The column of a tuple's element at a position, if there is one and nothing has been added to it yet.
    pub(crate) fn slot(&mut self, position: usize) -> Option<&mut Column> {
        match self {
            Self::Tuple(_) => self.reborrow().into_slot(position),
            Self::List(_) | Self::Regular(_) => None,
        }
    }

    /// The last text in a tuple's elements at a position.
    pub(crate) fn slot_text(&self, position: usize) -> Option<&str> {
        let Self::Tuple(tuples) = self else {
            return None;
        };
        match &tuples.contents.get(position)?.values {
            Values::Text(strings) => strings.last(),
            Values::Category(categories) => categories.last(),
            _ => None,
        }
    }

    /// The column of the first element that is not there; unlike with [`next`](Self::next) that is the same one when it is asked for again.
    pub(crate) fn into_first_lacking(self) -> Result<&'c mut Column, Unfit> {
        match self {
            Self::Tuple(tuples) => {
                let length = tuples.length;
                let lacking = tuples.contents.iter().position(|slot| slot.len() == length);
                tuples.next = lacking.unwrap_or(tuples.contents.len());
                tuples.next()
            }
            list => list.into_next(),
        }
    }

    /// The column of the element at a position, which is to be added next: any that a tuple lacks, or the next of a list. `None` where
    /// there is no such, or where it is there already.
    pub(crate) fn into_slot(self, position: usize) -> Option<&'c mut Column> {
        match self {
            Self::Tuple(tuples) => {
                let length = tuples.length;
                let slot = tuples.contents.get_mut(position);
                let slot = slot.filter(|slot| slot.len() == length)?;
                tuples.next = position + 1;
                Some(slot)
            }
            list if position == list.len() => list.into_next().ok(),
            _ => None,
        }
    }

    /// How many elements are there; of a tuple all that there are to be.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::List(lists) => lists.begun(),
            Self::Regular(regulars) => regulars.begun(),
            Self::Tuple(tuples) => tuples.contents.len(),
        }
    }

    /// Ends the list or the tuple. What a tuple lacks is missing, where it may be.
    #[inline]
    pub(crate) fn end(self) -> Result<(), Unfit> {
        match self {
            Self::List(lists) => {
                lists.content.values.end_list()?;
                lists.end();
                Ok(())
            }
            Self::Regular(regulars) => regulars.end(),
            Self::Tuple(tuples) => tuples.end(),
        }
    }
}

impl Strings {
    pub(super) fn none() -> Self {
        Self {
            offsets: vec![0],
            bytes: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    pub(super) fn nbytes(&self) -> usize {
        size_of_val(&*self.offsets) + self.bytes.len()
    }

    #[inline]
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.offsets.push(place(self.bytes.len()));
    }

    fn last(&self) -> Option<&str> {
        let last = self.len().checked_sub(1)?;
        let start = index_of(*self.offsets.get(last)?);
        std::str::from_utf8(self.bytes.get(start..)?).ok()
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.offsets.truncate(len.saturating_add(1));
        self.bytes.truncate(end_of(&self.offsets));
    }
}

/// Where the last of lists ends.
fn end_of(offsets: &[i64]) -> usize {
    offsets.last().map_or(0, |end| index_of(*end))
}

impl Lists {
    pub(super) fn of(content: Column) -> Self {
        Self {
            offsets: vec![0],
            content: Box::new(content),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// How many elements the list that is growing has.
    fn begun(&self) -> usize {
        self.content.len().saturating_sub(end_of(&self.offsets))
    }

    /// Ends the list that is growing.
    #[inline]
    fn end(&mut self) {
        self.offsets.push(place(self.content.len()));
    }

    /// Adds a list of these bytes, where the content is of bytes.
    pub(super) fn push_bytes(&mut self, bytes: &[u8]) {
        if let Values::Numbers(Numbers::UInt8(content)) = &mut self.content.values {
            content.extend_from_slice(bytes);
        }
        self.end();
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.offsets.truncate(len.saturating_add(1));
        self.content.truncate(end_of(&self.offsets));
    }
}

impl Regulars {
    /// How many elements the list that is growing has.
    fn begun(&self) -> usize {
        self.content
            .len()
            .saturating_sub(self.length.saturating_mul(self.size))
    }

    fn next(&mut self) -> Result<&mut Column, Unfit> {
        let begun = self.begun();
        match begun < self.size {
            true => Ok(&mut self.content),
            false => Err(self.of_another_length(begun + 1, true)),
        }
    }

    fn end(&mut self) -> Result<(), Unfit> {
        let found = self.begun();
        if found != self.size {
            return Err(self.of_another_length(found, false));
        }
        self.content.values.end_list()?;
        self.length += 1;
        Ok(())
    }

    pub(super) fn of_another_length(&self, found: usize, more: bool) -> Unfit {
        Undeclared::ListLength {
            found: found as u64,
            more,
            size: self.size as u64,
        }
        .into()
    }

    /// Adds a list of these bytes, where the content is of bytes.
    pub(super) fn push_bytes(&mut self, bytes: &[u8]) -> Result<(), Unfit> {
        if bytes.len() != self.size {
            return Err(self.of_another_length(bytes.len(), false));
        }
        if let Values::Numbers(Numbers::UInt8(content)) = &mut self.content.values {
            content.extend_from_slice(bytes);
        }
        self.length += 1;
        Ok(())
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
        self.content.truncate(self.length.saturating_mul(self.size));
    }
}

impl Tuples {
    pub(super) fn of(contents: Vec<Column>) -> Self {
        Self {
            contents,
            length: 0,
            pairs: Pairs::Plain,
            ascending: 0,
            next: 0,
        }
    }

    /// Pairs of maps.
    pub(super) fn of_map(pairs: Pairs, contents: Vec<Column>) -> Self {
        Self {
            pairs,
            ..Self::of(contents)
        }
    }

    pub(super) fn begin(&mut self) {
        self.next = 0;
    }

    fn next(&mut self) -> Result<&mut Column, Unfit> {
        let size = self.contents.len();
        let position = self.next;
        self.next += 1;
        self.contents.get_mut(position).ok_or_else(|| {
            Undeclared::TupleLength {
                found: position + 1,
                more: true,
                size,
            }
            .into()
        })
    }

    /// Adds the two parts of a complex number.
    pub(super) fn push_parts(&mut self, parts: [gawky_buffer::Scalar; 2]) -> Result<(), Unfit> {
        for (content, part) in self.contents.iter_mut().zip(parts) {
            content.number(part)?;
        }
        self.length += 1;
        Ok(())
    }

    /// Adds a real number written in decimal digits.
    pub(super) fn push_decimal(&mut self, value: Decimal) -> Result<(), Unfit> {
        for (content, part) in self
            .contents
            .iter_mut()
            .zip([value, Decimal::of_float(0.0)])
        {
            content.decimal(part)?;
        }
        self.length += 1;
        Ok(())
    }

    fn end(&mut self) -> Result<(), Unfit> {
        let (found, size) = (self.next, self.contents.len());
        let length = self.length;
        let lacks = |content: &Column| content.len() == length;
        if self
            .contents
            .iter()
            .any(|content| lacks(content) && !content.takes_null())
        {
            return Err(Undeclared::TupleLength {
                found,
                more: false,
                size,
            }
            .into());
        }
        for content in &mut self.contents {
            if lacks(content) {
                content.null()?;
            }
        }
        self.length += 1;
        Ok(())
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
        self.ascending = self.ascending.min(length);
        for content in &mut self.contents {
            content.truncate(self.length);
        }
    }
}
