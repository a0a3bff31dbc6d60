//! JSON as arrays.

mod awkward;
mod bad;
mod batches;
mod hostile;
mod learned;
mod round_trip;
mod typed;

use gawky_array::Array;
use gawky_array::json::{FromJson, JsonError};

fn lines() -> FromJson {
    FromJson::new().line_delimited(true)
}

fn of(schema: &str) -> FromJson {
    FromJson::new().schema(&schema.parse().unwrap()).unwrap()
}

/// What it shows: rows and type.
fn shown(read: Result<Array, JsonError>) -> String {
    match read {
        Ok(array) => format!(
            "{} of {}",
            array.value().unwrap(),
            array.array_type().content
        ),
        Err(error) => format!("! {error}"),
    }
}
