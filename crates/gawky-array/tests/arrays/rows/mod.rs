//! Rust values as rows, and rows as Rust values.

mod any_rows;
mod maps;
mod missing;
mod reading;
mod refusals;
mod types;

use gawky_array::Array;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

fn type_of<T: Serialize>(rows: &[T]) -> String {
    let array = Array::from_rows(rows).unwrap();
    array.array_type().to_string()
}

/// The type of the rows, which come back as they were.
fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    rows: &[T],
) -> String {
    let array = Array::from_rows(rows).unwrap();
    assert_eq!(array.to_rows::<T>().unwrap(), rows);
    assert_eq!(array.len(), rows.len());
    array.array_type().to_string()
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
struct Unit;

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
struct Metres(f64);

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
struct Pair(u8, String);

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
enum Shape {
    Nothing,
    Point,
    Circle(f32),
    Line(i16, i16),
    Box { width: u32, names: Vec<String> },
}
