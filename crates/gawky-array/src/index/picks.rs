//! Which elements of a content are picked, and their numbers once the others are gone; on the host and on a device.

use gawky_buffer::{Buffer, DType, Place};
use gawky_form::IndexType;

use super::rows::{Rows, as_carry};
use super::{IndexElement, filled_there, with_integers};
use crate::node::reserved;
use crate::{Index, Problem};

/// `0, 1, 2, …` at this place.
pub(crate) fn counting(length: usize, place: &Place) -> Result<Index, Problem> {
    if let Some(kernels) = place.kernels()? {
        return Ok(Index::of_i64(kernels.counting(0, length)?));
    }
    let mut numbers = reserved(length)?;
    numbers.extend((0_i64..).take(length));
    Ok(Index::from(numbers))
}

/// So many times the same number, at this place.
pub(crate) fn filled(number: i64, length: usize, place: &Place) -> Result<Index, Problem> {
    if let Some(kernels) = place.kernels()? {
        return Ok(Index::of_i64(filled_there(kernels, number, length)?));
    }
    let mut numbers = reserved(length)?;
    numbers.resize(length, number);
    Ok(Index::from(numbers))
}

/// The numbers of an index that are not negative, in their order, as rows to take.
pub(crate) fn present(index: &Index) -> Result<Rows<'static>, Problem> {
    let place = index.buffer().place();
    let Some(kernels) = place.kernels()? else {
        let there: Vec<i64> = with_integers!(index.view()?, values => {
            let all = values.iter().map(|value| value.wide());
            all.filter(|value| *value >= 0).collect()
        });
        return Ok(as_carry(there.into_iter())?.into());
    };
    let wide = index.widened()?;
    let places = kernels.rows_where(&kernels.not_negative(wide.buffer())?)?;
    let there = kernels.gather(wide.buffer(), size_of::<i64>(), &places)?;
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
    let place = index.buffer().place();
    let Some(kernels) = place.kernels()? else {
        let numbers = with_integers!(index.view()?, values => numbered(values))?;
        return Ok(index.with_buffer(numbers));
    };
    let numbers = kernels.numbers_where(&kernels.not_negative(index.widened()?.buffer())?)?;
    Ok(index.with_buffer(match index.kind() {
        IndexType::I64 => numbers,
        kind => kernels.cast(&numbers, DType::Int64, kind.dtype())?,
    }))
}
