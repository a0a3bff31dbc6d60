#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use crate::{BufferError, ByteOrder, Unit, f64_to_float128};

fn tick(text: &str) -> TimeUnit {
    text.parse().unwrap()
}

fn one_of_each() -> Vec<Scalar> {
    vec![
        Scalar::Bool(true),
        Scalar::Int8(-1),
        Scalar::Int16(-2),
        Scalar::Int32(-3),
        Scalar::Int64(i64::MIN),
        Scalar::UInt8(1),
        Scalar::UInt16(2),
        Scalar::UInt32(3),
        Scalar::UInt64(u64::MAX),
        Scalar::Float16(f16::from_f32(0.1)),
        Scalar::Float32(0.1),
        Scalar::Float64(0.1),
        Scalar::Float128(f64_to_float128(0.1)),
        Scalar::Complex64(Complex::new(1.0, -2.0)),
        Scalar::Complex128(Complex::new(1.0, -2.0)),
        Scalar::Complex256([f64_to_float128(1.0), f64_to_float128(-2.0)]),
        Scalar::DateTime64(Some(5), tick("15us")),
        Scalar::DateTime64(None, tick("D")),
        Scalar::TimeDelta64(Some(-5), tick("s")),
    ]
}

#[test]
fn bytes_survive_the_round_trip_in_both_orders() {
    for scalar in one_of_each() {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let bytes = scalar.to_bytes(order);
            let dtype = scalar.dtype();
            assert_eq!(bytes.len(), dtype.itemsize());
            assert_eq!(Scalar::from_bytes_in(dtype, order, &bytes), Some(scalar));
            let short = bytes.get(1..).unwrap();
            assert_eq!(Scalar::from_bytes_in(dtype, order, short), None);
            assert_eq!(Scalar::from_bytes_in(dtype, order, &[0; 33]), None);
        }
    }
    let one_two = Scalar::Complex128(Complex::new(1.0, 2.0)).to_bytes(ByteOrder::Big);
    assert_eq!(
        one_two,
        [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]
    );
}

#[test]
fn reading_stays_within_the_bytes() {
    let bytes = [0_u8; 17];
    assert!(Scalar::read(DType::Int64, &bytes, 1).is_some());
    assert!(Scalar::read(DType::Int64, &bytes, 2).is_none());
    assert!(Scalar::read(DType::Int64, &bytes, usize::MAX).is_none());
    assert!(Scalar::read(DType::Int64, &bytes, usize::MAX / 8).is_none());
}

#[test]
fn it_prints_as_python_does() {
    let f64s = [
        (1.0, "1.0"),
        (0.1, "0.1"),
        (-0.0, "-0.0"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
        (1234.5, "1234.5"),
        (0.0001, "0.0001"),
        (0.000_123_4, "0.0001234"),
        (1e-5, "1e-05"),
        (5e-324, "5e-324"),
        (1.5e300, "1.5e+300"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::NAN, "nan"),
    ];
    for (value, text) in f64s {
        assert_eq!(Scalar::Float64(value).to_string(), text);
        assert_eq!(Scalar::Float128(f64_to_float128(value)).to_string(), text);
    }
    for (value, text) in [
        (f16::from_f32(0.1), "0.1"),
        (f16::MAX, "65500.0"),
        (f16::from_f32(0.333_251_95), "0.3333"),
        (f16::from_bits(1), "6e-08"),
        (f16::NAN, "nan"),
        (f16::NEG_INFINITY, "-inf"),
    ] {
        assert_eq!(Scalar::Float16(value).to_string(), text);
    }
    assert_eq!(Scalar::Float32(0.1).to_string(), "0.1");
    for (re, im, text) in [
        (1.0, 2.0, "(1+2j)"),
        (0.0, 1.0, "1j"),
        (-0.0, 1.0, "(-0+1j)"),
        (0.0, -0.0, "-0j"),
        (1.5, -2.5, "(1.5-2.5j)"),
        (1e16, 1e-5, "(1e+16+1e-05j)"),
        (f64::NAN, f64::INFINITY, "(nan+infj)"),
    ] {
        assert_eq!(Scalar::Complex128(Complex::new(re, im)).to_string(), text);
    }
    assert_eq!(Scalar::Bool(true).to_string(), "True");
    assert_eq!(format!("{:>5}", Scalar::Int8(-7)), "   -7");
}

/// The right-hand sides are NumPy's `str`, but for the year -1, which NumPy prints as `-001`.
#[test]
fn dates_print_as_iso_8601() {
    for (ticks, unit, text) in [
        (5, "Y", "1975"),
        (-1971, "Y", "-0001"),
        (123_456_789, "M", "10290035-10"),
        (-1, "W", "1969-12-25"),
        (123_456_789, "D", "339983-03-18"),
        (-1, "h", "1969-12-31T23"),
        (123_456_789, "m", "2204-09-24T21:09"),
        (123_456_789, "s", "1973-11-29T21:33:09"),
        (-1, "ms", "1969-12-31T23:59:59.999"),
        (5, "15us", "1970-01-01T00:00:00.000075"),
        (123_456_789, "ns", "1970-01-01T00:00:00.123456789"),
        (5, "ps", "1970-01-01T00:00:00.000000000005"),
        (-1, "fs", "1969-12-31T23:59:59.999999999999999"),
        (5, "as", "1970-01-01T00:00:00.000000000000000005"),
        (5, "generic", "5 generic time units"),
        (123_456_789, "5h", "72389-06-02T09"),
    ] {
        let date = Scalar::DateTime64(Some(ticks), tick(unit));
        assert_eq!(date.to_string(), text, "{ticks} {unit}");
    }
    for ticks in [i64::MAX, i64::MIN + 1] {
        for unit in Unit::ALL {
            let unit = TimeUnit::new(i32::MAX.unsigned_abs(), unit).unwrap();
            let _ = Scalar::DateTime64(Some(ticks), unit).to_string();
            let _ = Scalar::TimeDelta64(Some(ticks), unit).to_string();
        }
    }
    assert_eq!(Scalar::DateTime64(None, tick("s")).to_string(), "NaT");
    let duration = Scalar::TimeDelta64(Some(-2), tick("15us"));
    assert_eq!(duration.to_string(), "-30 microseconds");
}

#[test]
fn conveniences_answer_for_their_own_kind() {
    assert_eq!(Scalar::UInt64(u64::MAX).as_i64(), None);
    assert_eq!(Scalar::UInt64(u64::MAX).as_u64(), Some(u64::MAX));
    assert_eq!(Scalar::Int8(-1).as_u64(), None);
    assert_eq!(Scalar::Int8(-1).as_f64(), Some(-1.0));
    assert_eq!(Scalar::Float64(1.0).as_i64(), None);
    assert_eq!(Scalar::Bool(true).as_i64(), Some(1));
    assert_eq!(Scalar::Bool(true).as_bool(), Some(true));
    assert_eq!(Scalar::Int8(1).as_bool(), None);
    assert_eq!(Scalar::Float128(f64_to_float128(0.1)).as_f64(), Some(0.1));
    assert_eq!(Scalar::Complex64(Complex::new(1.0, 0.0)).as_f64(), None);
    assert_eq!(Scalar::DateTime64(Some(7), tick("s")).as_ticks(), Some(7));
    assert_eq!(Scalar::DateTime64(None, tick("s")).as_ticks(), None);
}

#[test]
fn equality_is_of_values() {
    let same = |a: Scalar, b: Scalar| {
        assert_eq!(a.equals(b, false), b.equals(a, false));
        a.equals(b, false)
    };
    assert!(same(
        Scalar::Int8(1),
        Scalar::Complex64(Complex::new(1.0, 0.0))
    ));
    assert!(!same(
        Scalar::Int8(1),
        Scalar::Complex64(Complex::new(1.0, 1.0))
    ));
    let odd = (1_i64 << 53) + 1;
    assert!(!same(
        Scalar::Int64(odd),
        Scalar::Float64(9_007_199_254_740_992.0)
    ));
    assert!(same(
        Scalar::UInt64(5),
        Scalar::Float128(f64_to_float128(5.0))
    ));
    assert!(!same(Scalar::UInt64(u64::MAX), Scalar::Int64(-1)));
    assert!(same(Scalar::Bool(true), Scalar::Float16(f16::ONE)));

    let nan = Scalar::Float64(f64::NAN);
    assert!(!nan.equals(nan, false));
    assert!(nan.equals(Scalar::Complex64(Complex::new(0.0, f32::NAN)), true));
    assert!(!nan.equals(Scalar::Int8(0), true));

    let date = |ticks, unit| Scalar::DateTime64(Some(ticks), tick(unit));
    assert!(same(date(1, "D"), date(86_400, "s")));
    assert!(same(date(1, "Y"), date(365, "D")));
    assert!(!same(date(1, "Y"), date(366, "D")));
    assert!(same(date(12, "M"), date(1, "Y")));
    assert!(!same(date(i64::MAX, "W"), date(i64::MAX, "as")));
    assert!(!same(date(0, "D"), Scalar::TimeDelta64(Some(0), tick("D"))));
    assert!(!same(date(0, "D"), Scalar::Int64(0)));
    let duration = |ticks, unit| Scalar::TimeDelta64(Some(ticks), tick(unit));
    assert!(same(duration(2, "15us"), duration(30, "us")));
    assert!(!same(duration(1, "Y"), duration(365, "D")));
    let nat = Scalar::DateTime64(None, tick("D"));
    assert!(nat.equals(nat, true) && !nat.equals(nat, false));
}

#[test]
fn casting_says_why_not() {
    let error = Scalar::Complex64(Complex::new(1.0, 2.0))
        .cast(DType::Float32)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "complex64 does not become float32: the imaginary part would be lost; use real() or imag()"
    );
    let far = Scalar::DateTime64(Some(10_i64.pow(15)), tick("s"));
    let error = far.cast(DType::DateTime64(tick("ns"))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "element 0 (31690708-07-05T01:46:40) does not fit datetime64[ns]"
    );
    assert!(matches!(
        Scalar::TimeDelta64(Some(1), tick("Y")).cast(DType::TimeDelta64(tick("D"))),
        Err(BufferError::Cast { .. })
    ));
    assert_eq!(
        Scalar::Float64(-1.9).cast(DType::UInt8).unwrap(),
        Scalar::UInt8(0)
    );
}
