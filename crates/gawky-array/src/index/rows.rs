//! [`Rows`]: which rows to take, and taking them from plain buffers, on the host and on a device.

use std::borrow::Cow;

use gawky_buffer::{Buffer, Native};

use super::{IndexElement, with_integers};
use crate::node::{as_rows, reserved};
use crate::{Index, Problem};

/// Which rows to take, in which order; the caller has proved that they are there.
#[derive(Clone, Debug)]
pub(crate) enum Rows<'a> {
    /// Of an array on the host.
    Here(Cow<'a, [usize]>),
    /// Of an array on a device, where these are as well, as `i64`.
    There(Index),
}

impl From<Vec<usize>> for Rows<'_> {
    fn from(rows: Vec<usize>) -> Self {
        Self::Here(Cow::Owned(rows))
    }
}

impl<'a> From<&'a [usize]> for Rows<'a> {
    fn from(rows: &'a [usize]) -> Self {
        Self::Here(Cow::Borrowed(rows))
    }
}

impl Rows<'_> {
    /// The numbers of an index as rows, where the index is; the caller has left out negative ones.
    pub(crate) fn of_index(index: &Index) -> Result<Rows<'static>, Problem> {
        if index.buffer().place().is_host() {
            return Ok(as_carry(index.to_i64()?.into_iter())?.into());
        }
        Ok(Rows::There(index.widened()?))
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Here(rows) => rows.len(),
            Self::There(rows) => rows.len(),
        }
    }

    /// The numbers of the rows, as an index of `i64`.
    pub(crate) fn as_index(&self) -> Result<Index, Problem> {
        match self {
            Self::Here(rows) => as_index(rows),
            Self::There(rows) => Ok(rows.clone()),
        }
    }

    /// The rows of the content of lists of `size` elements each, `total` of them.
    pub(crate) fn of_elements(&self, size: usize, total: usize) -> Result<Rows<'static>, Problem> {
        match self {
            Self::Here(rows) => {
                let mut elements = reserved(total)?;
                for row in &**rows {
                    let begin = row.saturating_mul(size);
                    elements.extend(begin..begin.saturating_add(size));
                }
                Ok(elements.into())
            }
            Self::There(rows) => match rows.buffer().place().kernels()? {
                None => Rows::of_index(rows)?.of_elements(size, total),
                Some(kernels) => {
                    let elements = kernels.regular_rows(rows.buffer(), size)?;
                    Ok(Rows::There(Index::of_i64(elements)))
                }
            },
        }
    }
}

/// The numbers of rows, as an index of `i64`.
fn as_index(rows: &[usize]) -> Result<Index, Problem> {
    let mut index = reserved(rows.len())?;
    for row in rows {
        index.push(i64::try_from(*row).map_err(|_| Problem::TooLarge {
            what: "elements",
            length: as_rows(*row),
        })?);
    }
    Ok(Index::from(index))
}

/// The elements of an index as row numbers; the caller has left out negative ones.
pub(crate) fn as_carry(index: impl ExactSizeIterator<Item = i64>) -> Result<Vec<usize>, Problem> {
    let mut rows = reserved(index.len())?;
    for value in index {
        rows.push(usize::try_from(value).map_err(|_| Problem::NegativeOffset { offset: value })?);
    }
    Ok(rows)
}

/// The elements `rows` of an index, of the same kind.
pub(crate) fn gather_index(index: &Index, rows: &Rows<'_>) -> Result<Index, Problem> {
    let gathered = match rows {
        Rows::Here(rows) => gather_index_here(index, rows)?,
        Rows::There(rows) => gather_there(index.buffer(), index.kind().dtype().itemsize(), rows)?,
    };
    Ok(index.with_buffer(gathered))
}

fn gather_index_here(index: &Index, rows: &[usize]) -> Result<Buffer, Problem> {
    fn gather<T: IndexElement>(values: &[T], rows: &[usize]) -> Result<Buffer, Problem> {
        gather_elements(values, rows).map(Buffer::from_vec)
    }
    with_integers!(index.view()?, values => gather(values, rows))
}

fn gather_elements<T: Native>(values: &[T], rows: &[usize]) -> Result<Vec<T>, Problem> {
    let mut gathered = reserved(rows.len())?;
    for row in rows {
        gathered.push(
            *values
                .get(*row)
                .ok_or_else(|| out_of_range(*row, values.len()))?,
        );
    }
    Ok(gathered)
}

fn out_of_range(row: usize, length: usize) -> Problem {
    Problem::IndexOutOfRange {
        at: as_rows(row),
        index: i64::try_from(row).unwrap_or(i64::MAX),
        length: as_rows(length),
    }
}

/// The rows `rows`, each of `row_bytes` bytes, of a buffer.
pub(crate) fn gather_bytes(
    data: &Buffer,
    row_bytes: usize,
    rows: &Rows<'_>,
) -> Result<Buffer, Problem> {
    match rows {
        Rows::Here(rows) => gather_here(data, row_bytes, rows),
        Rows::There(rows) => gather_there(data, row_bytes, rows),
    }
}

fn gather_here(data: &Buffer, row_bytes: usize, rows: &[usize]) -> Result<Buffer, Problem> {
    fn elements<T: Native>(data: &Buffer, rows: &[usize]) -> Result<Buffer, Problem> {
        let values = data.typed::<T>()?;
        gather_elements(&values, rows).map(Buffer::from_vec)
    }
    match row_bytes {
        0 => Ok(Buffer::empty()),
        1 => elements::<u8>(data, rows),
        2 => elements::<u16>(data, rows),
        4 => elements::<u32>(data, rows),
        8 => elements::<u64>(data, rows),
        _ => {
            let bytes = data.bytes()?;
            let total = rows
                .len()
                .checked_mul(row_bytes)
                .ok_or(Problem::OutOfMemory {
                    elements: as_rows(rows.len()),
                })?;
            let mut gathered: Vec<u8> = reserved(total)?;
            for row in rows {
                let begin = row.saturating_mul(row_bytes);
                let own = bytes
                    .get(begin..begin.saturating_add(row_bytes))
                    .ok_or_else(|| out_of_range(*row, bytes.len() / row_bytes))?;
                gathered.extend_from_slice(own);
            }
            // The copy lands at an address that suits every dtype.
            Ok(Buffer::from_vec(gathered)
                .aligned(gawky_buffer::Alignment::CACHE_LINE)?
                .0)
        }
    }
}

fn gather_there(data: &Buffer, row_bytes: usize, rows: &Index) -> Result<Buffer, Problem> {
    if rows.is_empty() || row_bytes == 0 {
        return Ok(data.slice(0..0)?);
    }
    match rows.buffer().place().kernels()? {
        None => gather_here(data, row_bytes, &as_carry(rows.to_i64()?.into_iter())?),
        Some(kernels) => Ok(kernels.gather(data, row_bytes, rows.buffer())?),
    }
}

/// `outer`, each element looked up in `inner`; negative ones stay missing.
pub(crate) fn compose(outer: &Index, inner: &Index) -> Result<Index, Problem> {
    if !outer.buffer().place().is_host() {
        let (outer, inner) = (outer.widened()?, inner.widened()?);
        // What is looked up at a negative place is -1 there.
        return gather_index(&inner, &Rows::There(outer));
    }
    let mut composed = reserved(outer.len())?;
    for value in &*outer.numbers()? {
        composed.push(match usize::try_from(*value) {
            Err(_) => -1,
            Ok(row) => inner
                .get(row)
                .ok_or_else(|| out_of_range(row, inner.len()))?,
        });
    }
    Ok(Index::from(composed))
}
