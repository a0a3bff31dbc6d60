//! Scalars of another dtype: which survive, and which do not.

use std::sync::Arc;

use gawky_array::{Array, NumpyArray, Obstacle};
use gawky_buffer::{Complex, DType, f16};

use super::{NONE, conformed, numbers, refused};

#[test]
fn numbers_that_survive() {
    let to = |array: &Array, dtype: &str| conformed(array, &format!("{dtype:?}"));
    assert_eq!(
        to(&numbers(vec![-128_i64, 127]), "int8").to_string(),
        "<Array [-128, 127] type='2 * int8'>"
    );
    assert_eq!(
        to(&numbers(vec![u64::MAX]), "uint64"),
        numbers(vec![u64::MAX])
    );
    assert_eq!(
        to(&numbers(vec![1.0, -3.0]), "int16"),
        numbers(vec![1_i16, -3])
    );
    assert_eq!(
        to(
            &numbers(vec![(1_i64 << 62) + (1 << 20), i64::MIN]),
            "float64"
        ),
        numbers(vec![((1_i64 << 62) + (1 << 20)) as f64, i64::MIN as f64])
    );
    assert_eq!(
        to(&numbers(vec![0.5, -0.0, f64::INFINITY]), "float16"),
        numbers([0.5, -0.0, f64::INFINITY].map(f16::from_f64).to_vec())
    );
    let nan = to(&numbers(vec![f64::NAN]), "float32");
    assert_eq!(nan.to_string(), "<Array [nan] type='1 * float32'>");
    to(&to(&numbers(vec![1.5_f32]), "float128"), "float32");
    let complex = numbers(vec![Complex::new(1.5_f64, -2.0)]);
    to(&complex, "complex64");
}

#[test]
fn numbers_that_do_not_survive() {
    let value = |array: Array, to: &str| match refused(&array, &format!("{to:?}")) {
        Obstacle::Value { at, value, .. } => (at, value),
        other => panic!("{other:?}"),
    };
    let text = |at: u64, value: &str| (at, value.to_owned());
    assert_eq!(value(numbers(vec![0_i64, 128]), "int8"), text(1, "128"));
    assert_eq!(value(numbers(vec![-1_i8]), "uint64"), text(0, "-1"));
    assert_eq!(
        value(numbers(vec![i64::MAX]), "float64"),
        text(0, "9223372036854775807")
    );
    assert_eq!(
        value(numbers(vec![u64::MAX]), "float32"),
        text(0, "18446744073709551615")
    );
    assert_eq!(value(numbers(vec![i64::MAX as f64]), "int64").0, 0);
    assert_eq!(value(numbers(vec![0.5_f32]), "int64"), text(0, "0.5"));
    assert_eq!(value(numbers(vec![f64::NAN]), "int64"), text(0, "nan"));
    assert_eq!(value(numbers(vec![-0.0]), "int64"), text(0, "-0.0"));
    assert_eq!(value(numbers(vec![0.1]), "float32").0, 0);
    assert_eq!(value(numbers(vec![1e300]), "float32").0, 0);
    let complex = numbers(vec![Complex::new(f64::NAN, 1e300)]);
    assert_eq!(value(complex, "complex64").0, 0);
    for (array, to) in [
        (numbers(vec![1_i64]), r#""bool""#),
        (numbers(vec![1_i64]), r#""datetime64[s]""#),
        (numbers(vec![1.0]), r#""complex128""#),
    ] {
        assert!(
            matches!(refused(&array, to), Obstacle::DType { .. }),
            "{to}"
        );
    }
}

fn times(dtype: &str, ticks: Vec<i64>) -> Array {
    let length = ticks.len();
    let dtype: DType = dtype.parse().unwrap();
    NumpyArray::try_new(ticks.into(), dtype, Arc::new([]), length, NONE)
        .unwrap()
        .into()
}

#[test]
fn times_in_another_unit() {
    let seconds = times("datetime64[s]", vec![86_400, i64::MIN, -60]);
    conformed(&seconds, r#""datetime64[ms]""#);
    conformed(&seconds, r#""datetime64[m]""#);
    assert_eq!(
        refused(&seconds, r#""datetime64[h]""#),
        Obstacle::Value {
            at: 2,
            value: "1969-12-31T23:59:00".to_owned(),
            to: "datetime64[h]".parse().unwrap(),
        }
    );
    let far = times("datetime64[D]", vec![0, 1 << 40]);
    assert!(matches!(
        refused(&far, r#""datetime64[ns]""#),
        Obstacle::Value { at: 1, .. }
    ));
    assert!(matches!(
        refused(&far, r#""datetime64""#),
        Obstacle::DType { .. }
    ));
    assert!(matches!(
        refused(&far, r#""timedelta64[D]""#),
        Obstacle::DType { .. }
    ));
    // How long something takes is no number, nor is a date.
    for (from, to) in [
        ("timedelta64[s]", "int64"),
        ("datetime64[s]", "int64"),
        ("timedelta64[s]", "datetime64[s]"),
    ] {
        let there = refused(&times(from, vec![1]), &format!("{to:?}"));
        assert!(matches!(there, Obstacle::DType { .. }), "{from}: {there:?}");
    }
    for to in ["timedelta64[s]", "datetime64[s]"] {
        let there = refused(&numbers(vec![1_i64]), &format!("{to:?}"));
        assert!(matches!(there, Obstacle::DType { .. }), "{to}: {there:?}");
    }
    let months = times("timedelta64[M]", vec![1]);
    assert!(matches!(
        refused(&months, r#""timedelta64[s]""#),
        Obstacle::DType { .. }
    ));
}
