//! Numbers, dates, texts and bytes.

use super::{built, reason, shown, there_and_back};

#[test]
fn numbers_are_of_the_declared_dtype_or_refused() {
    for dtype in [
        "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    ] {
        there_and_back(dtype, &[0_u8, 127]);
        assert_eq!(shown(dtype, &[1.0, 7.0]), "[1, 7]");
        assert_eq!(
            reason(dtype, 0.5),
            format!(": 0.5 is no {dtype}, the declared type")
        );
        assert_eq!(
            reason(dtype, -0.0),
            format!(": -0.0 is no {dtype}, the declared type")
        );
        assert!(reason(dtype, f64::NAN).starts_with(": nan is no"));
        assert_eq!(
            reason(dtype, true),
            format!(": a boolean does not go into the declared type {dtype}")
        );
    }
    for dtype in ["float16", "float32", "float64", "float128"] {
        assert_eq!(shown(dtype, &[0_i32, -7, 2048]), "[0.0, -7.0, 2048.0]");
        there_and_back(dtype, &[0.5_f32, -0.0, f32::INFINITY]);
        assert!(built(dtype, &[f32::NAN]).to_rows::<f64>().unwrap()[0].is_nan());
    }
    assert_eq!(reason("int8", 128), ": 128 is no int8, the declared type");
    assert_eq!(reason("uint64", -1), ": -1 is no uint64, the declared type");
    assert_eq!(
        reason("int64", u64::MAX),
        ": 18446744073709551615 is no int64, the declared type"
    );
    there_and_back("uint64", &[u64::MAX]);
    assert_eq!(
        reason("float32", 0.1),
        ": 0.1 is no float32, the declared type"
    );
    assert_eq!(
        reason("float32", 16_777_217),
        ": 16777217 is no float32, the declared type"
    );
    assert_eq!(
        reason("float64", (1_i64 << 53) + 1),
        ": 9007199254740993 is no float64, the declared type"
    );
    there_and_back("bool", &[true, false]);
    assert_eq!(
        reason("bool", 1),
        ": the number 1 does not go into the declared type bool"
    );
}

#[test]
fn complex_numbers_come_as_pairs_or_reals() {
    for dtype in ["complex64", "complex128", "complex256"] {
        there_and_back(dtype, &[(1.5, -2.0), (0.0, 0.5)]);
        assert_eq!(shown(dtype, &[1.5, 2.0]), "[(1.5+0j), (2+0j)]");
        assert_eq!(shown(dtype, &[vec![1, 2]]), "[(1+2j)]");
    }
    assert_eq!(
        reason("complex64", (0.5, 0.1)),
        ", 1: 0.1 is no float32, the declared type"
    );
    assert_eq!(
        reason("complex64", vec![0.5]),
        ": there are 1 elements, and a tuple of 2 is declared"
    );
    assert_eq!(
        reason("complex64", (1, 2, 3)),
        ": a tuple of 3 does not go into the declared type complex64"
    );
}

#[test]
fn dates_come_as_counts_or_texts() {
    assert_eq!(
        shown(
            "datetime64[ms]",
            &["1970-01-01T00:00:00.250Z", "2020-02-29", "NaT"]
        ),
        "[1970-01-01T00:00:00.250, 2020-02-29T00:00:00.000, NaT]"
    );
    assert_eq!(
        shown("datetime64[15us]", &[-1, 2]),
        "[1969-12-31T23:59:59.999985, 1970-01-01T00:00:00.000030]"
    );
    assert_eq!(
        shown("timedelta64[s]", &["PT1H", "-P1D"]),
        "[3600 seconds, -86400 seconds]"
    );
    assert_eq!(shown("timedelta64[s]", &[7_u8]), "[7 seconds]");
    there_and_back("timedelta64[ns]", &[1_i64, -5]);
    there_and_back("datetime64[s]", &["2020-02-29T12:30:00".to_owned()]);
    there_and_back("?datetime64[D]", &[Some("2020-02-29".to_owned()), None]);
    assert_eq!(
        reason("datetime64[s]", "2020-02-29T12:00:00.5"),
        ": \"2020-02-29T12:00:00.5\" is no datetime64[s]: it is no whole number of ticks"
    );
    assert_eq!(
        reason("datetime64[s]", 0.5),
        ": 0.5 is no datetime64[s], the declared type"
    );
    assert_eq!(
        reason("datetime64[s]", i64::MIN),
        ": -9223372036854775808 is no datetime64[s], the declared type"
    );
}

#[test]
fn texts_and_bytes() {
    there_and_back("string", &["a".to_owned(), String::new()]);
    there_and_back(
        "categorical[type=string]",
        &["a".to_owned(), "b".to_owned(), "a".to_owned()],
    );
    there_and_back(
        "?categorical[type=string]",
        &[Some("a".to_owned()), None, Some("a".to_owned())],
    );
    there_and_back("string[2]", &["ab".to_owned(), "é".to_owned()]);
    there_and_back("bytes", &[vec![1_u8, 255], vec![]]);
    there_and_back("bytes", &[serde_bytes::ByteBuf::from(b"\xff\0".to_vec())]);
    there_and_back("var * uint8", &[vec![1_u8, 255], vec![]]);
    let bytes = [serde_bytes::Bytes::new(b"\xff\0")];
    assert_eq!(shown("var * uint8", &bytes), "[[255, 0]]");
    assert_eq!(shown("2 * uint8", &bytes), "[[255, 0]]");
    assert_eq!(shown("bytes[2]", &bytes), r"[b'\xff\x00']");
    assert_eq!(
        reason("string[3]", "ab"),
        ": the list has 2 elements, and 3 * … is declared"
    );
    assert_eq!(
        reason("string", vec![1_u8]),
        ": a list does not go into the declared type string"
    );
    assert_eq!(
        reason("var * int8", bytes[0]),
        ": a bytestring does not go into the declared type var * int8"
    );
    assert_eq!(
        reason("string", 7),
        ": the number 7 does not go into the declared type string"
    );
    assert_eq!(
        reason("bytes", vec![300]),
        ", [0]: 300 is no byte, the declared type"
    );
}
