//! Arrays in the layout of another form.

mod examples;
mod layers;
mod properties;
mod scalars;

use std::sync::Arc;

use gawky_array::{Array, ArrayError, Misfit, NumpyArray, Obstacle};
use gawky_buffer::{DType, Native};
use gawky_form::{Form, Parameters};

const NONE: Parameters = Parameters::none();

fn numbers<T: Native>(values: Vec<T>) -> Array {
    NumpyArray::from_vec(values).into()
}

fn truth() -> Array {
    NumpyArray::try_new(vec![1_u8].into(), DType::Bool, Arc::new([]), 1, NONE)
        .unwrap()
        .into()
}

fn form(json: &str) -> Form {
    Form::from_json(json).unwrap()
}

/// What becomes of an array, after a look at its form.
fn conformed(array: &Array, json: &str) -> Array {
    let form = form(json);
    let there = array.conform_to(&form).unwrap();
    assert_eq!(there.form(), form);
    there
}

/// The same values in another layout.
fn same(array: &Array, json: &str) -> Array {
    let there = conformed(array, json);
    assert!(array.equal_values(&there, true).unwrap(), "{array} {there}");
    there
}

fn misfit(array: &Array, json: &str) -> Misfit {
    match array.conform_to(&form(json)) {
        Err(ArrayError::Misfit(misfit)) => *misfit,
        other => panic!("{other:?}"),
    }
}

fn refused(array: &Array, json: &str) -> Obstacle {
    misfit(array, json).obstacle
}
