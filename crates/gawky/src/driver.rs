//! The blocking driver: asks the stepper, fetches, supplies, until the array is there.

use gawky_array::{Array, ReadReport, Reading, Step};
use gawky_store::Container;

use crate::Error;

/// Reads to the end, fetching everything that a step needs in one call.
pub(crate) fn read<C: Container + ?Sized>(
    mut reading: Reading<'_>,
    container: &C,
    partition: Option<u64>,
) -> Result<(Array, ReadReport), Error> {
    loop {
        let blobs = match reading.step()? {
            Step::Need(fetches) => container.fetch(fetches).map_err(|source| Error::Store {
                partition,
                source: Box::new(source),
            })?,
            Step::Done(array) => return Ok((array, reading.report())),
        };
        reading.supply(blobs)?;
    }
}
