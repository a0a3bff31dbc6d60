//! Partitions, and pieces of those that are large, read one after the other.

use std::collections::VecDeque;

use gawky_array::Array;
use gawky_store::Container;

use super::LazyArray;
use crate::Error;

/// A partition that by what came before has not a quarter of the bytes that a piece may have is not measured.
const SURELY: u64 = 4;

/// Partitions that are still to be read, whole or in pieces.
#[derive(Clone, Debug)]
pub(super) struct Pieces<C> {
    parts: VecDeque<LazyArray<C>>,
    /// About how many bytes a piece may have; `None` where partitions are read whole.
    limit: Option<u64>,
    /// The pieces of the partition that is being read.
    cut: VecDeque<LazyArray<C>>,
    /// The most bytes that a row had until now, on an average of a piece.
    bytes_of_row: u64,
}

impl<C: Container + Clone> Pieces<C> {
    pub(super) fn new(array: &LazyArray<C>, limit: Option<u64>) -> Self {
        Self {
            parts: array.partitions().collect(),
            limit,
            cut: VecDeque::new(),
            bytes_of_row: 0,
        }
    }

    /// How many arrays there will be, where that is known.
    pub(super) fn len_exactly(&self) -> Option<usize> {
        self.limit.is_none().then_some(self.parts.len())
    }

    /// Whether there is one array at most, so that nothing could be read ahead.
    pub(super) fn is_one(&self) -> bool {
        self.len_exactly().is_some_and(|count| count < 2)
    }

    /// Cuts a partition into pieces of about as many rows each, as few as the limit allows.
    fn pieces(&self, part: LazyArray<C>, limit: u64) -> Result<VecDeque<LazyArray<C>>, Error> {
        let guess = self.bytes_of_row.saturating_mul(part.len());
        let is_small = self.bytes_of_row > 0 && guess < limit / SURELY;
        if is_small || part.len() < 2 || !part.container().profile().cheap_ranges {
            return Ok(VecDeque::from([part]));
        }
        let length = part.parts()?.first().map_or(0, |part| part.length);
        let all = u128::from(part.stored()?.bytes());
        let own = all * u128::from(part.len()) / u128::from(length.max(1));
        let count = own.div_ceil(u128::from(limit.max(1)));
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let rows = part.len().div_ceil(count.max(1)).max(1);
        let mut pieces = VecDeque::new();
        let mut start = 0;
        while start < part.len() {
            let end = part.len().min(start + rows);
            pieces.push_back(part.clone().within(start..end)?);
            start = end;
        }
        Ok(pieces)
    }

    fn read(&mut self, piece: &LazyArray<C>) -> Result<Array, Error> {
        let array = piece.read()?;
        let bytes = (array.nbytes() as u64).div_ceil(piece.len().max(1));
        self.bytes_of_row = self.bytes_of_row.max(bytes);
        Ok(array)
    }
}

impl<C: Container + Clone> Iterator for Pieces<C> {
    type Item = Result<Array, Error>;

    fn next(&mut self) -> Option<Result<Array, Error>> {
        loop {
            if let Some(piece) = self.cut.pop_front() {
                return Some(self.read(&piece));
            }
            let part = self.parts.pop_front()?;
            match self.limit {
                None => return Some(part.read()),
                Some(limit) => match self.pieces(part, limit) {
                    Ok(cut) => self.cut = cut,
                    Err(error) => return Some(Err(error)),
                },
            }
        }
    }
}
