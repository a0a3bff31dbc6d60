//! [`prove_room`]: rows that take no bytes in Arrow are not more than memory should be made for.

use arrow_buffer::Buffer;
use arrow_data::ArrayData;
use arrow_schema::DataType;

use crate::error::as_rows;
use crate::row_size::row_size;
use crate::{ArrowError, ArrowProblem};

/// The most bytes that are made whatever there is.
const FREE: usize = 1 << 28;
/// How many more are made for each byte that is there: eight for one of a narrow key, one for a bit.
const FOR_A_BYTE: usize = 64;

/// Refuses arrays that would take far more memory than they have bytes: Arrow's nulls take none, nor do the rows of a run, nor records of nothing, and a few bytes of
/// a file can claim as many as they like. Around the arrays may be so many `records`; where `bitmasks` are generated, each row has a bit.
pub(crate) fn prove_room<'a>(
    arrays: impl IntoIterator<Item = &'a ArrayData>,
    records: usize,
    bitmasks: bool,
) -> Result<(), ArrowError> {
    let mut size = Size {
        bitmasks,
        made: records,
        there: 0,
    };
    arrays.into_iter().for_each(|data| size.add(data));
    if size.made <= FREE.saturating_add(size.there.saturating_mul(FOR_A_BYTE)) {
        return Ok(());
    }
    Err(ArrowProblem::RowsOfNothing {
        needed: as_rows(size.made),
        bytes: as_rows(size.there),
    }
    .into())
}

struct Size {
    bitmasks: bool,
    /// Bytes that are made for rows, at most.
    made: usize,
    /// Bytes that are there.
    there: usize,
}

impl Size {
    fn add(&mut self, data: &ArrayData) {
        let of_a_row = match data.data_type() {
            // An index.
            DataType::Null => size_of::<i64>(),
            // Which value it is, and that.
            DataType::RunEndEncoded(_, values) => row_size(values.data_type())
                .unwrap_or(usize::MAX)
                .saturating_add(size_of::<usize>()),
            _ => 0,
        };
        let rows = data.len().saturating_mul(of_a_row);
        let bits = if self.bitmasks { data.len() / 8 } else { 0 };
        self.made = self.made.saturating_add(rows).saturating_add(bits);
        let there = data.buffers().iter().map(Buffer::len);
        self.there = there.fold(self.there, usize::saturating_add);
        data.child_data().iter().for_each(|child| self.add(child));
    }
}
