#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use crate::ByteOrder;

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

fn with_ticks() -> Vec<DType> {
    let mut all = DType::TIMELESS.to_vec();
    for unit in Unit::ALL {
        for count in [1, 15] {
            let tick = TimeUnit::new(count, unit).unwrap();
            all.extend([DType::DateTime64(tick), DType::TimeDelta64(tick)]);
        }
    }
    all
}

#[test]
fn byte_order_strings_survive_the_round_trip() {
    for dtype in with_ticks() {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let text = dtype.typestr(order);
            let (same, read) = DType::from_typestr(&text).unwrap();
            assert_eq!(same, dtype, "{text}");
            assert!(read == order || dtype.itemsize() == 1, "{text}");
        }
    }
}

#[test]
fn formats_survive_the_round_trip() {
    for dtype in with_ticks() {
        let format = dtype.format();
        let sized = DType::from_format(&format, Some(dtype.itemsize())).unwrap();
        assert_eq!(sized, (dtype, ByteOrder::NATIVE), "{format}");
        let (big, order) =
            DType::from_format(&format!(">{format}"), Some(dtype.itemsize())).unwrap();
        assert_eq!((big, order), (dtype, ByteOrder::Big), "{format}");
    }
}

/// What Awkward 1.10.5 makes of `itemsize` and `format`, tried by hand; it takes `@`, `!` and `>` for
/// unknown, which is read here, and believes the item size against any integer's letter, which is refused.
#[test]
fn formats_mean_what_awkward_1_means() {
    for (format, itemsize, name) in [
        ("q", 8, "int64"),
        ("l", 4, "int32"),
        ("l", 8, "int64"),
        ("<q", 8, "int64"),
        ("=l", 8, "int64"),
        ("@l", 8, "int64"),
        ("!d", 8, "float64"),
        ("L", 4, "uint32"),
        ("L", 8, "uint64"),
        ("b", 1, "int8"),
        ("h", 2, "int16"),
        ("i", 4, "int32"),
        ("B", 1, "uint8"),
        ("H", 2, "uint16"),
        ("I", 4, "uint32"),
        ("Q", 8, "uint64"),
        ("c", 1, "uint8"),
        ("<M8[us]", 8, "datetime64[us]"),
        ("m8[15us]", 8, "timedelta64[15us]"),
        ("M8", 8, "datetime64"),
        ("e", 2, "float16"),
        ("Zg", 32, "complex256"),
        ("F", 8, "complex64"),
    ] {
        let (dtype, _) = DType::from_format(format, Some(itemsize)).unwrap();
        assert_eq!(dtype.primitive(), name, "{format} {itemsize}");
    }
    for (format, itemsize) in [
        ("l", 2),
        ("l", 3),
        ("L", 1),
        ("L", 16),
        ("q", 4),
        ("Q", 4),
        (">q", 4),
        ("i", 8),
        ("I", 2),
        ("h", 1),
        ("H", 4),
        ("b", 2),
        ("B", 8),
        ("c", 4),
        ("?", 4),
        ("e", 4),
        ("f", 8),
        ("d", 4),
        ("Zf", 16),
        ("Zd", 8),
        ("M8[us]", 4),
        ("s", 1),
        ("U", 4),
        ("2i", 8),
        ("<>i", 4),
        ("<|b1", 1),
        ("", 8),
        ("<", 8),
        ("T{i:x:}", 4),
        ("é", 1),
    ] {
        assert!(
            DType::from_format(format, Some(itemsize)).is_err(),
            "{format} {itemsize}"
        );
    }
    assert_eq!(
        DType::from_format("<l", None).unwrap(),
        (DType::Int32, ByteOrder::Little),
        "standard sizes, as in Python's struct"
    );
    assert_eq!(
        DType::from_format("d", Some(4)).unwrap_err().to_string(),
        "\"d\" is no PEP 3118 format that gawky knows: the item size beside it is another dtype's"
    );
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    fn any_dtype() -> impl Strategy<Value = DType> {
        let tick = (
            1..=i32::MAX.unsigned_abs(),
            prop::sample::select(&Unit::ALL),
        )
            .prop_map(|(count, unit)| TimeUnit::new(count, unit).unwrap());
        prop_oneof![
            prop::sample::select(&DType::TIMELESS),
            tick.clone().prop_map(DType::DateTime64),
            tick.prop_map(DType::TimeDelta64),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            cases: if cfg!(miri) { 16 } else { 1024 },
            ..ProptestConfig::default()
        })]

        #[test]
        fn every_spelling_of_a_dtype_is_read_back(dtype in any_dtype(), big in any::<bool>()) {
            let order = if big { ByteOrder::Big } else { ByteOrder::Little };
            prop_assert_eq!(DType::from_primitive(&dtype.primitive()), Ok(dtype));
            let (read, _) = DType::from_typestr(&dtype.typestr(order)).unwrap();
            prop_assert_eq!(read, dtype);
            let (read, _) = DType::from_format(&dtype.format(), Some(dtype.itemsize())).unwrap();
            prop_assert_eq!(read, dtype);
            prop_assert_eq!(dtype.alignment(), dtype.partsize());
            prop_assert!(dtype.itemsize().is_multiple_of(dtype.partsize()));
        }

        /// Near misses and nonsense: an answer, never a panic.
        #[test]
        fn anything_may_be_asked(
            text in "[<>=|@!]?[<>]?(\\PC{0,8}|(date|time)?(datetime64|M8|m8|Z)?\\[?[ 0-9]{0,11}(us|[a-zA-Zμ]{0,3})\\]?)",
            itemsize in prop::option::of(any::<usize>()),
        ) {
            if let Ok(dtype) = DType::from_primitive(&text) {
                prop_assert_eq!(DType::from_primitive(&dtype.to_string()), Ok(dtype));
            }
            if let Ok((dtype, order)) = DType::from_typestr(&text) {
                prop_assert_eq!(DType::from_typestr(&dtype.typestr(order)).map(|d| d.0), Ok(dtype));
            }
            if let Ok((dtype, _)) = DType::from_format(&text, itemsize) {
                prop_assert!(itemsize.is_none_or(|itemsize| itemsize == dtype.itemsize()));
            }
        }
    }
}
