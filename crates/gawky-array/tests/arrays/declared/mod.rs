//! Rows of declared types.

mod any_type;
mod forms;
mod leaves;
mod nested;
mod refused_rows;
mod unions;

use std::fmt::Debug;

use gawky_array::Array;
use gawky_array::rows::{FromRows, RowsError};
use gawky_form::{Form, Type};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn declared(of: &str) -> FromRows {
    let of: Type = of.parse().unwrap();
    FromRows::new().of_type(&of).unwrap()
}

fn form_of(of: &str) -> Form {
    Form::from_type(&of.parse().unwrap()).unwrap()
}

/// The rows as an array of exactly the declared form.
fn built<T: Serialize>(of: &str, rows: &[T]) -> Array {
    let array = declared(of).build(rows).unwrap();
    assert_eq!(array.form(), form_of(of), "{of}");
    assert_eq!(array.len(), rows.len());
    array
}

fn there_and_back<T>(of: &str, rows: &[T])
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    assert_eq!(built(of, rows).to_rows::<T>().unwrap(), rows, "{of}");
}

fn shown<T: Serialize>(of: &str, rows: &[T]) -> String {
    built(of, rows).value().unwrap().to_string()
}

fn refused<T: Serialize>(of: &str, row: T) -> RowsError {
    let error = declared(of).build([row]).unwrap_err();
    assert_eq!(error.row(), Some(0));
    error
}

/// What a refusal says after `row 0`.
fn reason<T: Serialize>(of: &str, row: T) -> String {
    let error = refused(of, row).to_string();
    error.strip_prefix("row 0").unwrap().to_owned()
}
