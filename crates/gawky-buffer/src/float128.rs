//! x86's 80-bit extended floats, stored in 16 bytes, to and from `f64`.
//!
//! The first 10 bytes (little-endian) are a 64-bit mantissa whose top bit is the explicit integer bit, a
//! 15-bit exponent biased by 16383, and the sign; the other 6 are padding. Stored big-endian, all 16 bytes
//! are reversed. See Intel's Software Developer's Manual, volume 1, section 4.2.2.

const EXPONENT_BIAS_GAP: i32 = 16383 - 1023;
const F64_QUIET: u64 = 0x7ff8_0000_0000_0000;
const F64_INFINITY: u64 = 0x7ff0_0000_0000_0000;
const INTEGER_BIT: u64 = 1 << 63;

/// The `f64` nearest to a native-endian `float128`; ties go to the even one.
///
/// Encodings that the processor itself refuses (no integer bit, but an exponent) are NaN.
///
/// ```
/// use gawky_buffer::{f64_to_float128, float128_to_f64};
/// assert_eq!(float128_to_f64(&f64_to_float128(0.1)), 0.1);
/// ```
#[must_use]
pub fn float128_to_f64(native: &[u8; 16]) -> f64 {
    let bits = u128::from_ne_bytes(*native);
    let [m0, m1, m2, m3, m4, m5, m6, m7, e0, e1, ..] = bits.to_le_bytes();
    let mantissa = u64::from_le_bytes([m0, m1, m2, m3, m4, m5, m6, m7]);
    let top = u16::from_le_bytes([e0, e1]);
    let sign = u64::from(top >> 15) << 63;
    let exponent = i32::from(top & 0x7fff);

    let magnitude = match (exponent, mantissa) {
        (0x7fff, INTEGER_BIT) => F64_INFINITY,
        (0x7fff, _) => F64_QUIET | (mantissa >> 11) & (F64_QUIET >> 12),
        // Zero, and denormals, which are far below half of the least f64.
        (0, _) => 0,
        (_, mantissa) if mantissa & INTEGER_BIT == 0 => F64_QUIET,
        (exponent, mantissa) => round_to_f64(exponent - EXPONENT_BIAS_GAP, mantissa),
    };
    f64::from_bits(sign | magnitude)
}

/// The bits of `mantissa * 2^(exponent - 1023 - 63)`, rounded; the top bit of `mantissa` is set.
fn round_to_f64(exponent: i32, mantissa: u64) -> u64 {
    if exponent >= 0x7ff {
        return F64_INFINITY;
    }
    // Of the 64 bits an f64 keeps 53, and fewer when the result is subnormal (exponent below 1).
    let (dropped, base) = match u32::try_from(exponent) {
        Ok(exponent) if exponent > 0 => (11, u64::from(exponent - 1) << 52),
        _ => (11 + exponent.abs_diff(1), 0),
    };
    if dropped > 64 {
        return 0;
    }
    let wide = u128::from(mantissa);
    let half = 1_u128 << (dropped - 1);
    let rest = wide & ((half << 1) - 1);
    // `dropped` is at least 11, so what is kept fits.
    let kept = mantissa.checked_shr(dropped).unwrap_or(0);
    let up = rest > half || (rest == half && kept & 1 == 1);
    // A carry out of the mantissa raises the exponent, as it should, up to infinity.
    base + kept + u64::from(up)
}

/// The `float128`, in native-endian bytes, that equals an `f64`; padding is zero.
#[must_use]
pub fn f64_to_float128(value: f64) -> [u8; 16] {
    let bits = value.to_bits();
    let sign = u128::from(bits >> 63) << 15;
    let fraction = bits & ((1 << 52) - 1);
    let (exponent, mantissa) = match (bits >> 52) & 0x7ff {
        0 if fraction == 0 => (0, 0),
        0 => {
            let shift = fraction.leading_zeros();
            // A subnormal is fraction * 2^-1074; normalised, its top bit moves up by `shift`.
            let exponent = EXPONENT_BIAS_GAP.unsigned_abs() + 12 - shift;
            (u128::from(exponent), fraction << shift)
        }
        0x7ff => (0x7fff, INTEGER_BIT | (fraction << 11)),
        exponent => (
            u128::from(exponent) + u128::from(EXPONENT_BIAS_GAP.unsigned_abs()),
            INTEGER_BIT | (fraction << 11),
        ),
    };
    (((sign | exponent) << 64) | u128::from(mantissa)).to_ne_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float128(sign: u16, exponent: u16, mantissa: u64) -> [u8; 16] {
        let top = u128::from((sign << 15) | exponent);
        ((top << 64) | u128::from(mantissa)).to_ne_bytes()
    }

    #[test]
    fn every_f64_survives_the_round_trip() {
        let values = [
            0.0,
            -0.0,
            1.0,
            -1.5,
            f64::MAX,
            f64::MIN_POSITIVE,
            f64::MIN_POSITIVE / 2.0,
            5e-324,
            -5e-324,
            f64::INFINITY,
            f64::NEG_INFINITY,
            std::f64::consts::PI,
        ];
        for value in values {
            let back = float128_to_f64(&f64_to_float128(value));
            assert_eq!(back.to_bits(), value.to_bits(), "{value}");
        }
        assert!(float128_to_f64(&f64_to_float128(f64::NAN)).is_nan());
    }

    #[test]
    fn ties_go_to_even() {
        let one = 16383;
        let tie_down = INTEGER_BIT | 0x400;
        let tie_up = INTEGER_BIT | 0xc00;
        assert_eq!(float128_to_f64(&float128(0, one, tie_down)), 1.0);
        assert_eq!(
            float128_to_f64(&float128(0, one, tie_down | 1)),
            1.0 + f64::EPSILON
        );
        assert_eq!(
            float128_to_f64(&float128(0, one, tie_up)),
            1.0 + 2.0 * f64::EPSILON
        );
        assert_eq!(float128_to_f64(&float128(0, one, u64::MAX)), 2.0);
    }

    #[test]
    fn out_of_range_is_infinite_or_zero() {
        let max = 16383 + 1023;
        assert_eq!(
            float128_to_f64(&float128(0, max, u64::MAX)),
            f64::INFINITY,
            "the carry reaches infinity"
        );
        assert_eq!(
            float128_to_f64(&float128(1, 0x7ffe, INTEGER_BIT)),
            f64::NEG_INFINITY
        );
        assert_eq!(float128_to_f64(&float128(0, 1, INTEGER_BIT)), 0.0);
        assert!(float128_to_f64(&float128(1, 0, 12)).is_sign_negative());
        // Half of the least subnormal is a tie, and goes to zero; anything more goes up.
        let half_least = 16383 - 1075;
        assert_eq!(float128_to_f64(&float128(0, half_least, INTEGER_BIT)), 0.0);
        assert_eq!(
            float128_to_f64(&float128(0, half_least, INTEGER_BIT | 1)),
            5e-324
        );
        assert_eq!(float128_to_f64(&float128(0, half_least - 1, u64::MAX)), 0.0);
    }

    #[test]
    fn encodings_the_processor_refuses_are_nan() {
        assert!(float128_to_f64(&float128(0, 16383, 1)).is_nan());
        assert!(float128_to_f64(&float128(0, 0x7fff, 0)).is_nan());
        assert!(float128_to_f64(&float128(0, 0x7fff, INTEGER_BIT | 1)).is_nan());
    }
}
