#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test may panic, and casts are what is tested"
)]

use super::*;
use crate::{Native, Scalar, TimeUnit, Unit, f16, f64_to_float128};

fn cast_to<A: Native, B: Native>(values: &[A]) -> Vec<B> {
    let out = cast(bytemuck::cast_slice(values), A::DTYPE, B::DTYPE).unwrap();
    out.typed::<B>().unwrap().into_owned()
}

#[test]
fn integers_wrap_and_floats_saturate() {
    assert_eq!(cast_to::<i64, u8>(&[-1, 256, 300]), [255, 0, 44]);
    assert_eq!(cast_to::<u64, i32>(&[u64::MAX, 1 << 31]), [-1, i32::MIN]);
    let floats = [f64::NAN, -1.9, 1e300, f64::NEG_INFINITY, 255.9];
    assert_eq!(cast_to::<f64, u8>(&floats), [0, 0, 255, 0, 255]);
    assert_eq!(
        cast_to::<f64, i64>(&floats),
        [0, -1, i64::MAX, i64::MIN, 255]
    );
    assert_eq!(cast_to::<f64, f32>(&[1e300, 0.1]), [f32::INFINITY, 0.1]);
    assert_eq!(cast_to::<f16, i8>(&[f16::MAX, f16::NAN]), [127, 0]);
}

#[test]
fn halves_are_rounded_once() {
    // Just above the tie between 1 and the next f16.
    let above = 1.0 + 2_f64.powi(-11) + 2_f64.powi(-40);
    let next = f16::from_bits(f16::ONE.to_bits() + 1);
    assert_eq!(cast_to::<f64, f16>(&[above, -above]), [next, -next]);
    assert_eq!(cast_to::<f64, f16>(&[1.0 + 2_f64.powi(-11)]), [f16::ONE]);
    assert_eq!(
        cast_to::<f64, f16>(&[1e300, 65519.9, 65520.0, 1e-300, -f64::MIN_POSITIVE]),
        [
            f16::INFINITY,
            f16::MAX,
            f16::INFINITY,
            f16::ZERO,
            f16::NEG_ZERO
        ]
    );
    // An interpreter would take hours for all of them.
    for bits in (0..=u16::MAX).step_by(if cfg!(miri) { 97 } else { 1 }) {
        let value = f16::from_bits(bits);
        if !value.is_nan() {
            assert_eq!(real::nearest_f16(f64::from(value)).to_bits(), bits);
        }
    }
}

#[test]
fn float128_is_as_exact_as_it_can_be() {
    let odd = [(1_i64 << 53) + 1, i64::MIN, i64::MAX];
    let bytes = bytemuck::cast_slice(&odd);
    let wide = cast(bytes, DType::Int64, DType::Float128).unwrap();
    let back = cast(wide.bytes().unwrap(), DType::Float128, DType::Int64).unwrap();
    assert_eq!(back.bytes().unwrap(), bytes);
    let huge = f64_to_float128(1e300);
    let small = cast(&huge, DType::Float128, DType::UInt8).unwrap();
    assert_eq!(small.bytes().unwrap(), [255]);
    let pair = cast(&huge, DType::Float128, DType::Complex256).unwrap();
    assert_eq!(pair.bytes().unwrap(), [huge, [0; 16]].as_flattened());
}

#[test]
fn bools_are_made_zero_or_one() {
    let out = cast(&[0, 1, 2, 255], DType::Bool, DType::Bool).unwrap();
    assert_eq!(out.bytes().unwrap(), [0, 1, 1, 1]);
    let out = cast(&[0, 1, 2, 255], DType::Bool, DType::Int8).unwrap();
    assert_eq!(out.bytes().unwrap(), [0, 1, 1, 1]);
    let nan = [f32::NAN, 0.0, 0.0, 0.0, 0.0, -1.0, -0.0, 0.0];
    let complex = bytemuck::cast_slice(&nan);
    let out = cast(complex, DType::Complex64, DType::Bool).unwrap();
    assert_eq!(out.bytes().unwrap(), [1, 0, 1, 0]);
}

#[test]
fn not_a_time_and_not_a_number_are_one_another() {
    let seconds = DType::DateTime64(TimeUnit::from(Unit::Second));
    let ticks = [i64::MIN, 7];
    for float in [
        DType::Float16,
        DType::Float32,
        DType::Float64,
        DType::Float128,
    ] {
        let floats = cast(bytemuck::cast_slice(&ticks), seconds, float).unwrap();
        let first = Scalar::read(float, floats.bytes().unwrap(), 0).unwrap();
        assert!(first.is_nan(), "{float}");
        let back = cast(floats.bytes().unwrap(), float, seconds).unwrap();
        assert_eq!(*back.typed::<i64>().unwrap(), ticks, "{float}");
    }
    let complex = cast(bytemuck::cast_slice(&ticks), seconds, DType::Complex64).unwrap();
    assert_eq!(complex.len(), 16);
    assert!(cast(complex.bytes().unwrap(), DType::Complex64, seconds).is_err());
}

#[test]
fn every_pair_of_dtypes_gives_as_many_elements_or_a_reason() {
    let mut all = DType::TIMELESS.to_vec();
    for unit in Unit::ALL {
        all.push(DType::DateTime64(TimeUnit::from(unit)));
        all.push(DType::TimeDelta64(TimeUnit::from(unit)));
    }
    for &from in &all {
        for &to in &all {
            let source = vec![0; 3 * from.itemsize()];
            match cast(&source, from, to) {
                Ok(out) => assert_eq!(out.len(), 3 * to.itemsize(), "{from} to {to}"),
                Err(error) => assert!(matches!(error, BufferError::Cast { .. }), "{error}"),
            }
        }
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;
    use crate::{ByteOrder, NdBuffer, Slice};

    /// Every integer and float to every other, against `as`.
    macro_rules! agree_with_as {
        ($values:expr; $from:ty => $($to:ty),*) => {$(
            let expected: Vec<$to> = $values.iter().map(|v| *v as $to).collect();
            let expected = NdBuffer::from_vec(expected, &[$values.len()]).unwrap();
            let source = NdBuffer::from_vec($values.clone(), &[$values.len()]).unwrap();
            let backwards = Slice::every(-1).into();
            let twisted = source.slice(&[backwards]).unwrap().to_byteorder(ByteOrder::Big).unwrap();
            prop_assert!(source.astype(<$to>::DTYPE).unwrap().all_equal(&expected, true).unwrap());
            let turned = twisted.astype(<$to>::DTYPE).unwrap().slice(&[backwards]).unwrap();
            prop_assert!(turned.all_equal(&expected, true).unwrap());
        )*};
    }

    macro_rules! properties {
        ($($name:ident: $from:ty),* $(,)?) => {
            proptest! {
                #![proptest_config(ProptestConfig {
                    failure_persistence: None,
                    cases: if cfg!(miri) { 2 } else { 128 },
                    ..ProptestConfig::default()
                })]
                $(
                    #[test]
                    fn $name(values in prop::collection::vec(any::<$from>(), 0..20)) {
                        agree_with_as!(values; $from =>
                            i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);
                    }
                )*
            }
        };
    }

    properties! {
        from_i8: i8, from_i16: i16, from_i32: i32, from_i64: i64,
        from_u8: u8, from_u16: u16, from_u32: u32, from_u64: u64,
        from_f32: f32, from_f64: f64,
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            cases: if cfg!(miri) { 16 } else { 512 },
            ..ProptestConfig::default()
        })]

        #[test]
        fn float128_holds_every_f64(value in any::<f64>()) {
            let back = crate::float128_to_f64(&f64_to_float128(value));
            prop_assert!(back.to_bits() == value.to_bits() || (back.is_nan() && value.is_nan()));
            let scalar = Scalar::Float128(f64_to_float128(value));
            prop_assert!(scalar.equals(Scalar::Float64(value), true));
            // Python reads back what it prints; so does Rust.
            let printed = Scalar::Float64(value).to_string();
            let read: f64 = printed.parse().unwrap();
            prop_assert!(read == value || (read.is_nan() && value.is_nan()), "{}", printed);
        }

        #[test]
        fn dates_go_to_a_finer_tick_and_back(ticks in any::<i32>(), coarse in 0..9_usize, fine in 0..9_usize) {
            let tick = |unit| TimeUnit::from(Unit::ALL[unit]);
            // Months do not begin with weeks.
            prop_assume!(coarse.min(fine) > 1 || coarse.max(fine) != 2);
            let (coarse, fine) = (tick(coarse.min(fine)), tick(coarse.max(fine)));
            let date = Scalar::DateTime64(Some(i64::from(ticks) / 16384), coarse);
            let finer = date.cast(DType::DateTime64(fine)).unwrap();
            prop_assert!(finer.equals(date, false) && date.equals(finer, false));
            prop_assert_eq!(finer.cast(DType::DateTime64(coarse)).unwrap(), date);
        }

        #[test]
        fn any_ticks_become_other_ticks_or_an_error(
            ticks in any::<i64>(),
            counts in (1..=i32::MAX.unsigned_abs(), 1..=i32::MAX.unsigned_abs()),
            units in (prop::sample::select(&Unit::ALL), prop::sample::select(&Unit::ALL)),
        ) {
            let from = TimeUnit::new(counts.0, units.0).unwrap();
            let to = TimeUnit::new(counts.1, units.1).unwrap();
            let date = Scalar::from_bytes(DType::DateTime64(from), &ticks.to_ne_bytes()).unwrap();
            if let Ok(other) = date.cast(DType::DateTime64(to)) {
                prop_assert_eq!(other.is_nan(), date.is_nan());
            }
            let span = Scalar::from_bytes(DType::TimeDelta64(from), &ticks.to_ne_bytes()).unwrap();
            if let Ok(other) = span.cast(DType::TimeDelta64(to)) {
                prop_assert_eq!(other.equals(span, true), span.equals(other, true));
            }
        }
    }
}
