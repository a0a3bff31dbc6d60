//! Gathering: which rows to take, and taking them from plain buffers.

use gawky_buffer::{Buffer, Native};

use crate::index::{IndexElement, with_integers};
use crate::node::as_rows;
use crate::{Index, Problem};

/// An empty list with room for `elements`; an error, instead of an abort, where there is no memory for them.
pub(crate) fn reserved<T>(elements: usize) -> Result<Vec<T>, Problem> {
    let mut room = Vec::new();
    room.try_reserve_exact(elements)
        .map_err(|_| Problem::OutOfMemory {
            elements: as_rows(elements),
        })?;
    Ok(room)
}

/// The numbers of rows, as an index of `i64`.
pub(crate) fn as_index(rows: &[usize]) -> Result<Index, Problem> {
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
pub(crate) fn gather_index(index: &Index, rows: &[usize]) -> Result<Index, Problem> {
    fn gather<T: IndexElement>(values: &[T], rows: &[usize]) -> Result<Buffer, Problem> {
        gather_elements(values, rows).map(Buffer::from_vec)
    }
    let gathered = with_integers!(index.view()?, values => gather(values, rows))?;
    Ok(index.with_buffer(gathered))
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
    rows: &[usize],
) -> Result<Buffer, Problem> {
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
            Ok(aligned(gathered))
        }
    }
}

fn aligned(bytes: Vec<u8>) -> Buffer {
    Buffer::from_vec(bytes)
        .aligned(gawky_buffer::Alignment::CACHE_LINE)
        .0
}

/// Where each of `mask`'s elements is in the content, `-1` for those that are not there.
pub(crate) fn index_of_valid(valid: &[bool]) -> Result<Vec<i64>, Problem> {
    let mut index = reserved(valid.len())?;
    for (row, valid) in (0_i64..).zip(valid) {
        index.push(if *valid { row } else { -1 });
    }
    Ok(index)
}

/// `outer`, each element looked up in `inner`; negative ones stay missing.
pub(crate) fn compose(outer: &Index, inner: &Index) -> Result<Vec<i64>, Problem> {
    let mut composed = reserved(outer.len())?;
    for value in outer.to_i64()? {
        composed.push(match usize::try_from(value) {
            Err(_) => -1,
            Ok(row) => inner
                .get(row)
                .ok_or_else(|| out_of_range(row, inner.len()))?,
        });
    }
    Ok(composed)
}

/// `0, 1, 2, …`
pub(crate) fn counting(length: usize) -> Result<Vec<i64>, Problem> {
    let mut numbers = reserved(length)?;
    numbers.extend((0_i64..).take(length));
    Ok(numbers)
}
