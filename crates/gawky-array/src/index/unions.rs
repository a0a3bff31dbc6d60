//! Unions: which of their elements are there, their contents gathered one after the other, and the lists that their
//! elements are, opened; on the host and on a device.

use gawky_buffer::{Buffer, BufferError, Kernels, Place};
use gawky_form::IndexType;

use super::rows::{Rows, as_carry, compose, gather_bytes};
use super::{filled_there, lists};
use crate::node::reserved;
use crate::{Index, Problem};

/// The elements of a union that are not missing, in their order; `options` are the indexes of those contents that are options.
pub(crate) fn present(
    tags: &Buffer,
    index: &Index,
    options: &[Option<Index>],
) -> Result<Rows<'static>, Problem> {
    let place = tags.place();
    let Some(kernels) = place.kernels()? else {
        let options = options
            .iter()
            .map(|option| option.as_ref().map(Index::numbers).transpose())
            .collect::<Result<Vec<_>, _>>()?;
        let is_there = |tag: &u8, row: &i64| {
            let option = options.get(usize::from(*tag)).and_then(Option::as_ref);
            option.is_none_or(|option| {
                let picked = usize::try_from(*row).ok().and_then(|row| option.get(row));
                picked.is_some_and(|picked| *picked >= 0)
            })
        };
        let index = index.numbers()?;
        let elements = tags.bytes()?.iter().zip(&*index).enumerate();
        let there = elements.filter(|(_, (tag, row))| is_there(tag, row));
        return Ok(there.map(|(element, _)| element).collect::<Vec<_>>().into());
    };
    let index = index.widened()?;
    let mut picked = filled_there(kernels, 0, tags.len())?;
    for (tag, option) in (0..=u8::MAX).zip(options) {
        if let Some(option) = option {
            let looked_up = compose(&index, option)?;
            let own = kernels.equals(tags, tag)?;
            picked = kernels.choose(&own, looked_up.buffer(), &picked)?;
        }
    }
    let there = kernels.rows_where(&kernels.not_negative(&picked)?)?;
    Ok(Rows::There(Index::of_i64(there)))
}

/// The index of a union, of which contents are gathered one after the other.
pub(crate) struct UnionIndex<'a> {
    tags: &'a Buffer,
    kind: IndexType,
    numbers: Numbers<'a>,
}

enum Numbers<'a> {
    Here(Vec<i64>),
    There(&'a dyn Kernels, Index),
}

impl<'a> UnionIndex<'a> {
    /// Both lie at `place`.
    pub(crate) fn new(
        tags: &'a Buffer,
        index: &Index,
        place: &'a Place,
    ) -> Result<Self, BufferError> {
        Ok(Self {
            tags,
            kind: index.kind(),
            numbers: match place.kernels()? {
                None => Numbers::Here(index.to_i64()?),
                Some(kernels) => Numbers::There(kernels, index.widened()?),
            },
        })
    }

    /// The rows of the content `tag` that belong to the union, in its order, if the content has others too; the index
    /// then counts them through.
    pub(crate) fn gather(
        &mut self,
        tag: usize,
        content: usize,
    ) -> Result<Option<Rows<'static>>, Problem> {
        match &mut self.numbers {
            Numbers::Here(index) => {
                let tags = self.tags.bytes()?;
                let own = |other: &u8| usize::from(*other) == tag;
                let count = tags.iter().filter(|other| own(other)).count();
                if content <= count {
                    return Ok(None);
                }
                let mut picked = reserved(count)?;
                let mut numbers = 0..;
                for (other, place) in tags.iter().zip(index) {
                    if own(other) {
                        picked.push(*place);
                        *place = numbers.next().unwrap_or(0);
                    }
                }
                Ok(Some(as_carry(picked.into_iter())?.into()))
            }
            Numbers::There(kernels, index) => {
                let Ok(tag) = u8::try_from(tag) else {
                    return Ok(None);
                };
                let own = kernels.equals(self.tags, tag)?;
                let places = kernels.rows_where(&own)?;
                if content <= Index::of_i64(places.clone()).len() {
                    return Ok(None);
                }
                let picked = kernels.gather(index.buffer(), size_of::<i64>(), &places)?;
                let numbers = kernels.numbers_where(&own)?;
                *index = Index::of_i64(kernels.choose(&own, &numbers, index.buffer())?);
                Ok(Some(Rows::There(Index::of_i64(picked))))
            }
        }
    }

    /// The index now, in as narrow a kind as it was, if that holds it.
    pub(crate) fn finish(self) -> Result<Index, BufferError> {
        match self.numbers {
            Numbers::Here(index) => Ok(Index::fitting(index, self.kind)),
            Numbers::There(_, index) => index.narrowed(self.kind),
        }
    }
}

/// What the elements of a union are, once the lists are opened that each of them is.
pub(crate) struct OpenedLists {
    /// Where the lists lie in what follows.
    pub(crate) offsets: Index,
    /// For each element of them, its content and its row in there.
    pub(crate) tags: Buffer,
    pub(crate) index: Index,
}

/// Opens the lists that the elements of a union are, of which `contents` are the offsets in each content (`i64`, from 0 on).
pub(crate) fn open_lists(
    tags: &Buffer,
    index: &Index,
    contents: &[Index],
) -> Result<OpenedLists, Problem> {
    match tags.place().kernels()? {
        None => open_lists_here(tags.bytes()?, &index.numbers()?, contents),
        Some(kernels) => open_lists_there(kernels, tags, index, contents),
    }
}

fn open_lists_here(tags: &[u8], index: &[i64], contents: &[Index]) -> Result<OpenedLists, Problem> {
    let contents = contents
        .iter()
        .map(Index::numbers)
        .collect::<Result<Vec<_>, _>>()?;
    let list = |tag: &u8, row: &i64| {
        let row = usize::try_from(*row).ok()?;
        match contents.get(usize::from(*tag))?.get(row..=row + 1) {
            Some([start, stop]) => Some((*start, *stop)),
            _ => None,
        }
    };
    let lists = || {
        tags.iter()
            .zip(index)
            .map(|(tag, row)| (*tag, list(tag, row).unwrap_or((0, 0))))
    };
    let mut counts = reserved(tags.len())?;
    counts.extend(lists().map(|(_, (start, stop))| stop.wrapping_sub(start)));
    let (offsets, length) = lists::offsets(&Index::from(counts))?;
    let (mut new_tags, mut new_index) = (reserved(length)?, reserved(length)?);
    for (tag, (start, stop)) in lists() {
        new_index.extend(start..stop);
        new_tags.resize(new_index.len(), tag);
    }
    Ok(OpenedLists {
        offsets,
        tags: new_tags.into(),
        index: Index::from(new_index),
    })
}

fn open_lists_there(
    kernels: &dyn Kernels,
    tags: &Buffer,
    index: &Index,
    contents: &[Index],
) -> Result<OpenedLists, Problem> {
    let elements = tags.len();
    let index = index.widened()?;
    let (mut starts, mut counts) = (
        filled_there(kernels, 0, elements)?,
        filled_there(kernels, 0, elements)?,
    );
    for (tag, own) in (0..=u8::MAX).zip(contents) {
        let belongs = kernels.equals(tags, tag)?;
        let of_all = |per_row: &Index, others: &Buffer| -> Result<Buffer, Problem> {
            let looked_up = compose(&index, per_row)?;
            Ok(kernels.choose(&belongs, looked_up.buffer(), others)?)
        };
        starts = of_all(own, &starts)?;
        counts = of_all(&lists::counts_between(own)?, &counts)?;
    }
    let (offsets, length) = lists::offsets(&Index::of_i64(counts))?;
    let rows = kernels.list_rows(&starts, offsets.buffer(), length)?;
    // Lists that began at their own number, counted through, would hold that number plus the place of each element.
    let own_numbers = kernels.counting(0, elements)?;
    let negative = kernels.subtract(&filled_there(kernels, 0, elements)?, &own_numbers)?;
    let begins = kernels.subtract(offsets.slice(0..elements)?.buffer(), &negative)?;
    let sums = kernels.list_rows(&begins, offsets.buffer(), length)?;
    let lists = kernels.subtract(&sums, &kernels.counting(0, length)?)?;
    let tags = gather_bytes(tags, 1, &Rows::There(Index::of_i64(lists)))?;
    Ok(OpenedLists {
        offsets,
        tags,
        index: Index::of_i64(rows),
    })
}
