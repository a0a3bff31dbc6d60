//! One row and the other of an array, into what borrows from it or holds less than it.

use gawky_array::Array;
use gawky_array::rows::RowsProblem;
use serde::{Deserialize, Serialize};

#[test]
fn a_reader_reads_any_row() {
    let array = Array::from_rows([vec![1], vec![], vec![2, 3]]).unwrap();
    let reader = array.row_reader().unwrap();
    assert_eq!((reader.len(), reader.is_empty()), (3, false));
    assert_eq!(reader.row::<Vec<i64>>(2).unwrap(), [2, 3]);
    assert_eq!(reader.row::<[u8; 1]>(0).unwrap(), [1]);
    let rows: Vec<Vec<i32>> = reader.rows(1..3).collect::<Result<_, _>>().unwrap();
    assert_eq!(rows, [vec![], vec![2, 3]]);
    let error = reader.rows::<Vec<i8>>(2..4).last().unwrap().unwrap_err();
    assert!(matches!(error.problem(), RowsProblem::Array(_)), "{error}");
    let error = reader.row::<String>(1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 1: invalid type: sequence, expected a string"
    );
    // Of rows that were cut out, only those are there.
    let cut = array.slice(1..3).unwrap();
    assert_eq!(cut.to_rows::<Vec<i64>>().unwrap(), [vec![], vec![2, 3]]);
}

/// Serde gives a struct its fields in order, where they come without names.
#[test]
fn a_tuple_is_read_as_a_struct() {
    #[derive(Deserialize, PartialEq, Debug)]
    struct Muon {
        pt: f32,
        charge: i8,
    }
    let array = Array::from_rows([(1.5_f32, -1_i8)]).unwrap();
    let expected = Muon {
        pt: 1.5,
        charge: -1,
    };
    assert_eq!(array.to_rows::<Muon>().unwrap(), [expected]);
}

#[test]
fn text_and_bytes_can_be_borrowed() {
    let array = Array::from_rows(["a", "bc"]).unwrap();
    assert_eq!(array.to_rows::<&str>().unwrap(), ["a", "bc"]);
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Blob<'a> {
        #[serde(borrow, with = "serde_bytes")]
        bytes: &'a [u8],
    }
    let array = Array::from_rows([Blob { bytes: b"\xff\0" }]).unwrap();
    assert_eq!(array.array_type().to_string(), "1 * {bytes: bytes}");
    assert_eq!(
        array.to_rows::<Blob<'_>>().unwrap(),
        [Blob { bytes: b"\xff\0" }]
    );
}

#[test]
fn a_float_beyond_those_of_32_bits_is_none_of_them() {
    let array = Array::from_rows([Some(0.1), Some(f64::NEG_INFINITY), Some(1e300)]).unwrap();
    let reader = array.row_reader().unwrap();
    assert_eq!(reader.row::<f32>(0).unwrap(), 0.1);
    assert_eq!(
        reader.row::<Option<f32>>(1).unwrap(),
        Some(f32::NEG_INFINITY)
    );
    let error = reader.row::<f32>(2).unwrap_err();
    assert_eq!(error.to_string(), "row 2: 1e300 is no f32");
}
