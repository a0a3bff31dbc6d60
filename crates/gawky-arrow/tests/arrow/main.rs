//! Arrays through Arrow and back.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what is wrong by panicking"
)]

mod addresses;
mod batches;
mod ffi;
mod golden;
mod hostile;
mod ipc;
mod parquet;
mod properties;
mod types;

use arrow_array::Array as _;
use gawky::Array;
use gawky_arrow::{ArrowError, ArrowProblem, FromArrow, ToArrow, ToBatches};

/// Through Arrow and back, by way of a field; what Arrow itself says of it on the way must be right.
fn round_trip(array: &Array, options: &ToArrow) -> Result<Array, ArrowError> {
    let (field, column) = options.column("x", array)?;
    assert_eq!(column.data_type(), field.data_type());
    assert_eq!(column.len(), array.len());
    column.to_data().validate_full().unwrap();
    FromArrow::new().column(&field, &column)
}

/// Through a record batch and back.
fn batch_trip(array: &Array, options: &ToArrow) -> Result<Array, ArrowError> {
    let batch = options.record_batch(array)?;
    FromArrow::new().record_batch(&batch)
}

/// Through a record batch of which the schema has the metadata.
fn native_trip(array: &Array, options: &ToArrow) -> Result<Array, ArrowError> {
    let batch = ToBatches::metadata_in_schema(&array.form(), options)?.batch(array)?;
    assert!(
        batch
            .schema()
            .fields()
            .iter()
            .all(|field| field.metadata().is_empty())
    );
    FromArrow::new().record_batch(&batch)
}

/// Whether Arrow has no type or no value for something in `array`: that it is refused is right.
fn may_be_refused(error: &ArrowError) -> bool {
    match error.problem() {
        ArrowProblem::NoCounterpart { what, .. } => [
            "float128",
            "complex",
            "datetime64",
            "timedelta64",
            "a union of no contents",
            "two columns",
        ]
        .iter()
        .any(|known| what.starts_with(known)),
        ArrowProblem::NotUtf8 { .. } => true,
        ArrowProblem::DoesNotFit { wanted, .. } => *wanted == "a date of 32 bits",
        _ => false,
    }
}

/// Checks that `array` says the same after a round trip, or is refused for a reason; whether it was not refused.
fn check(array: &Array) -> Result<bool, String> {
    let options = [
        ToArrow::new(),
        ToArrow::new()
            .categorical_as_dictionary(false)
            .list_to32(true)
            .string_to32(true)
            .bytestring_to32(true),
        ToArrow::new().extensionarray(false),
    ];
    let mut passed = true;
    for (number, options) in options.iter().enumerate() {
        let ways = [
            ("column", round_trip as fn(_, _) -> _),
            ("batch", batch_trip),
            ("native", native_trip),
        ];
        for (way, trip) in ways {
            let again = match trip(array, options) {
                Ok(again) => again,
                Err(error) if may_be_refused(&error) => {
                    passed = false;
                    continue;
                }
                Err(error) => return Err(format!("{way} {number}: {error}")),
            };
            // Tuples are told from records by the metadata.
            let same = (number == 2 && way != "native") || again.equal_values(array, true).unwrap();
            if !same || again.len() != array.len() {
                return Err(format!("{way} {number}: became {again}"));
            }
        }
    }
    Ok(passed)
}
