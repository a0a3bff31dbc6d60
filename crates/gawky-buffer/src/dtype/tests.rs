#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::*;

#[test]
fn primitives_are_awkwards_names_both_ways() {
    for dtype in DType::TIMELESS {
        assert_eq!(DType::from_primitive(&dtype.primitive()), Ok(dtype));
    }
    for unit in Unit::ALL {
        for count in [1, 2, 15, i32::MAX.unsigned_abs()] {
            let tick = TimeUnit::new(count, unit).unwrap();
            for dtype in [DType::DateTime64(tick), DType::TimeDelta64(tick)] {
                assert_eq!(DType::from_primitive(&dtype.primitive()), Ok(dtype));
            }
        }
    }
}

/// What Awkward 2.14 and NumPy 2.4 make of these names, tried by hand.
#[test]
fn spellings_are_normalised_as_awkward_does() {
    for (text, normal) in [
        ("datetime64[1us]", "datetime64[us]"),
        ("datetime64[ 15us]", "datetime64[15us]"),
        ("datetime64[\t15us]", "datetime64[15us]"),
        ("datetime64[007us]", "datetime64[7us]"),
        ("datetime64", "datetime64"),
        ("datetime64[generic]", "datetime64"),
        ("timedelta64[5generic]", "timedelta64"),
        ("datetime64[\u{3bc}s]", "datetime64[us]"),
        ("datetime64[2147483647us]", "datetime64[2147483647us]"),
    ] {
        assert_eq!(text.parse::<DType>().unwrap().to_string(), normal, "{text}");
    }
}

#[test]
fn what_awkward_refuses_is_refused() {
    for text in [
        "",
        "int",
        "Int8",
        "int8 ",
        "datetime64[]",
        "datetime64[15]",
        "datetime64[ us]",
        "datetime64[15 us]",
        "datetime64[us ]",
        "datetime64 [us]",
        "datetime64[us]x",
        "datetime64[-3us]",
        "datetime64[+3us]",
        "datetime64[0us]",
        "datetime64[2147483648us]",
        "datetime64[99999999999999999999us]",
        "datetime64[us/3]",
        "datetime64us",
        "datetime64[\u{b5}s]",
    ] {
        assert!(DType::from_primitive(text).is_err(), "{text}");
    }
    assert_eq!(
        "flaot32".parse::<DType>().unwrap_err().to_string(),
        "\"flaot32\" is no primitive: use bool, int8, int16, int32, int64, uint8, uint16, uint32, \
         uint64, float16, float32, float64, float128, complex64, complex128, complex256, or \
         datetime64 or timedelta64 with a unit, such as datetime64[15us]"
    );
}

#[test]
fn display_pads() {
    assert_eq!(format!("{:>6}|", DType::Bool), "  bool|");
}
