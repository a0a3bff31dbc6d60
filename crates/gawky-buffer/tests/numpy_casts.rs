//! Dtypes, casts and float128 as NumPy has them: `numpy_casts.json`, written by `numpy_casts.py`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use gawky_buffer::{Buffer, ByteOrder, DType, NdBuffer, Scalar, float128_to_f64};
use serde_json::Value;

fn cases() -> Value {
    serde_json::from_str(include_str!("numpy_casts.json")).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn hexadecimal(value: &Value) -> Vec<u8> {
    let text = text(value);
    let byte = |i| u8::from_str_radix(&text[i..i + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

fn dtype(typestr: &str) -> DType {
    let (dtype, order) = DType::from_typestr(typestr).unwrap();
    assert!(order == ByteOrder::Little || dtype.itemsize() == 1 || cfg!(target_endian = "big"));
    dtype
}

fn array(dtype: DType, bytes: &[u8]) -> NdBuffer {
    let shape = [bytes.len() / dtype.itemsize()];
    NdBuffer::try_new(Buffer::copied_from(bytes), dtype, ByteOrder::Little, &shape).unwrap()
}

#[test]
fn strings_mean_what_numpy_means() {
    let cases = cases();
    // NumPy was asked where C's `long` has 64 bits, as it has not on Windows, and so has an address.
    let elsewhere = |name: &str| match name {
        "l" | "L" | "long" | "ulong" => size_of::<std::ffi::c_long>() != 8,
        "n" | "N" | "p" | "P" | "int" | "uint" | "intp" | "uintp" => size_of::<usize>() != 8,
        _ => false,
    };
    for case in list(&cases["strings"]) {
        let name = text(&case[0]);
        if elsewhere(name) {
            continue;
        }
        let read = DType::from_typestr(name).ok();
        let typestr = read.map(|(dtype, order)| dtype.typestr(order));
        assert_eq!(typestr.as_deref(), case[1].as_str(), "{name}");
    }
}

/// The bytes, but of a NaN only that it is one.
fn comparable(scalar: Scalar) -> String {
    let bytes = scalar.to_bytes(ByteOrder::Little);
    match scalar {
        scalar if !scalar.is_nan() => format!("{bytes:02x?}"),
        Scalar::Complex64(z) if !z.re.is_nan() || !z.im.is_nan() => format!("{z}"),
        Scalar::Complex128(z) if !z.re.is_nan() || !z.im.is_nan() => format!("{z}"),
        Scalar::Complex256([re, im]) => {
            format!("{} {}", float128_to_f64(&re), float128_to_f64(&im))
        }
        _ => "nan".to_owned(),
    }
}

#[test]
fn casts_give_what_numpy_gives() {
    let cases = cases();
    let mut compared = 0;
    for case in list(&cases["casts"]) {
        let from = dtype(text(&case["from"]));
        let source = array(from, &hexadecimal(&case["in"]));
        let foreign = source.to_byteorder(ByteOrder::Big).unwrap();
        for (to, expected) in case["to"].as_object().unwrap() {
            let to = dtype(to);
            let skip: Vec<_> = list(&expected["skip"]).iter().map(Value::as_u64).collect();
            let expected: Vec<_> = array(to, &hexadecimal(&expected["out"]))
                .scalars()
                .unwrap()
                .collect();
            for (i, expected) in expected.into_iter().enumerate() {
                if skip.contains(&u64::try_from(i).ok()) {
                    continue;
                }
                for source in [&source, &foreign] {
                    let element = source.slice(&[i.cast_signed().into()]).unwrap();
                    let have = element.astype(to).unwrap().as_scalar().unwrap();
                    assert_eq!(
                        comparable(have),
                        comparable(expected),
                        "{from} to {to}, element {i}: {} becomes {have}, not {expected}",
                        element.as_scalar().unwrap()
                    );
                    compared += 1;
                }
            }
            if skip.is_empty() {
                let whole = source.astype(to).unwrap();
                let each = foreign.astype(to).unwrap();
                assert!(whole.all_equal(&each, true).unwrap(), "{from} to {to}");
            }
        }
    }
    assert!(compared > 5000, "{compared}");
}

#[test]
fn float128_is_rounded_as_the_processor_rounds() {
    let cases = cases();
    for case in list(&cases["float128"]) {
        let stored = hexadecimal(&case[0]);
        let wide = array(DType::Float128, &stored).as_scalar().unwrap();
        let narrow = array(DType::Float64, &hexadecimal(&case[1]));
        let (Scalar::Float128(native), Scalar::Float64(expected)) =
            (wide, narrow.as_scalar().unwrap())
        else {
            unreachable!("both are what they were made as")
        };
        let have = float128_to_f64(&native);
        assert_eq!(have.to_bits(), expected.to_bits(), "{case}");
    }
}

#[test]
fn elements_print_as_numpy_prints_them() {
    let cases = cases();
    for case in list(&cases["texts"]) {
        let element = array(dtype(text(&case[0])), &hexadecimal(&case[1]));
        let printed = element.as_scalar().unwrap().to_string();
        assert_eq!(printed, text(&case[2]), "{case}");
    }
}
