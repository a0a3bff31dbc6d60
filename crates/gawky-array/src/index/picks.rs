//! Which elements of a content are picked, and their numbers once the others are gone; on the host and on a device.

use gawky_buffer::{Buffer, BufferError, DType};
use gawky_form::IndexType;

use super::{Away, IndexElement, with_integers};
use crate::carry::{Rows, as_carry, compose, reserved};
use crate::{Index, Problem};

/// `0, 1, 2, …`, where `away` says, or on the host.
pub(crate) fn counting(length: usize, away: Option<&Away>) -> Result<Index, Problem> {
    if let Some(away) = away {
        return Ok(Index::of_i64(away.kernels()?.counting(0, length)?));
    }
    let mut numbers = reserved(length)?;
    numbers.extend((0_i64..).take(length));
    Ok(Index::from(numbers))
}

/// So many times the same number, where `away` says, or on the host.
pub(crate) fn filled(number: i64, length: usize, away: Option<&Away>) -> Result<Index, Problem> {
    if let Some(away) = away {
        return Ok(Index::of_i64(away.filled(number, length)?));
    }
    let mut numbers = reserved(length)?;
    numbers.resize(length, number);
    Ok(Index::from(numbers))
}

/// The numbers of an index that are not negative, in their order, as rows to take.
pub(crate) fn present(index: &Index) -> Result<Rows<'static>, Problem> {
    let Some(away) = Away::of(index.buffer()) else {
        let there: Vec<i64> = with_integers!(index.view()?, values => {
            let all = values.iter().map(|value| value.wide());
            all.filter(|value| *value >= 0).collect()
        });
        return Ok(as_carry(there.into_iter())?.into());
    };
    let kernels = away.kernels()?;
    let wide = index.widened()?;
    let places = kernels.rows_where(&kernels.not_negative(wide.buffer())?)?;
    let there = kernels.gather(wide.buffer(), size_of::<i64>(), &places)?;
    Ok(Rows::There(Index::of_i64(there)))
}

/// The elements of a union that are not missing, in their order; `options` are the indexes of those contents that are options.
pub(crate) fn present_in_union(
    tags: &Buffer,
    index: &Index,
    options: &[Option<Index>],
) -> Result<Rows<'static>, Problem> {
    let Some(away) = Away::of(tags) else {
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
    let kernels = away.kernels()?;
    let index = index.widened()?;
    let mut picked = away.filled(0, tags.len())?;
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

/// An index, of the same kind, into the numbers that are [`present`] in this one; -1 where this one is negative.
pub(crate) fn renumbered(index: &Index) -> Result<Index, Problem> {
    fn numbered<T: IndexElement>(values: &[T]) -> Result<Buffer, Problem> {
        let mut numbers: Vec<T> = reserved(values.len())?;
        let mut next = 0;
        for value in values {
            if value.wide() < 0 {
                numbers.push(T::from_i64(-1));
            } else {
                numbers.push(T::from_i64(next));
                next += 1;
            }
        }
        Ok(numbers.into())
    }
    let Some(away) = Away::of(index.buffer()) else {
        let numbers = with_integers!(index.view()?, values => numbered(values))?;
        return Ok(index.with_buffer(numbers));
    };
    let kernels = away.kernels()?;
    let numbers = kernels.numbers_where(&kernels.not_negative(index.widened()?.buffer())?)?;
    Ok(index.with_buffer(match index.kind() {
        IndexType::I64 => numbers,
        kind => kernels.cast(&numbers, DType::Int64, kind.dtype())?,
    }))
}

/// The index of a union, of which contents are gathered one after the other.
#[derive(Debug)]
pub(crate) struct UnionIndex<'a> {
    tags: &'a Buffer,
    kind: IndexType,
    numbers: Numbers,
}

#[derive(Debug)]
enum Numbers {
    Here(Vec<i64>),
    There(Away, Index),
}

impl<'a> UnionIndex<'a> {
    pub(crate) fn new(tags: &'a Buffer, index: &Index) -> Result<Self, BufferError> {
        Ok(Self {
            tags,
            kind: index.kind(),
            numbers: match Away::of(tags) {
                None => Numbers::Here(index.to_i64()?),
                Some(away) => Numbers::There(away, index.widened()?),
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
            Numbers::There(away, index) => {
                let Ok(tag) = u8::try_from(tag) else {
                    return Ok(None);
                };
                let kernels = away.kernels()?;
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
