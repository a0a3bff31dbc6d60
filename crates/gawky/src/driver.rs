//! The blocking driver: asks the stepper, fetches, supplies, until the array is there.

use gawky_array::{Array, ArrayError, Problem, ReadReport, Reading, Step};
use gawky_store::{Container, StoreError};

use crate::Error;

/// Reads to the end, fetching everything that a step needs in one call.
pub(crate) fn read<C: Container + ?Sized>(
    mut reading: Reading<'_>,
    container: &C,
) -> Result<(Array, ReadReport), Error> {
    loop {
        let fetched = match reading.step()? {
            Step::Need(fetches) => container.fetch(fetches),
            Step::Done(array) => return Ok((array, reading.report())),
        };
        let blobs = fetched.map_err(|source| located(&reading, source))?;
        reading.supply(blobs)?;
    }
}

/// What a container said, with where in the array the bytes belong. A blob that ends too early is what the
/// stepper itself would have said of it.
fn located(reading: &Reading<'_>, source: StoreError) -> Error {
    match (reading.locate(source.key()), source) {
        (Some(location), StoreError::OutOfRange { end, have, .. }) => ArrayError::Node {
            location: Box::new(location),
            problem: Problem::TooShort { needed: end, have },
        }
        .into(),
        (location, source) => Error::Store {
            // The container's own words name the key.
            location: location.map(|mut location| {
                location.key = None;
                Box::new(location)
            }),
            source: Box::new(source),
        },
    }
}
