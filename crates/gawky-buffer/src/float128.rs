//! x86's 80-bit extended floats, stored in 16 bytes, to and from other numbers.
//!
//! The first 10 bytes (little-endian) are a 64-bit mantissa whose top bit is the explicit integer bit, a
//! 15-bit exponent biased by 16383, and the sign; the other 6 are padding. Stored big-endian, all 16 bytes
//! are reversed. See Intel's Software Developer's Manual, volume 1, section 4.2.2.

use std::cmp::Ordering;

const BIAS: i32 = 16383;
const F64_BIAS: i32 = 1023;
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
    Extended::decode(native).to_f64(Rounding::NearestEven)
}

/// The `float128`, in native-endian bytes, that equals an `f64`; padding is zero.
#[must_use]
pub fn f64_to_float128(value: f64) -> [u8; 16] {
    Extended::from_f64(value).encode()
}

/// A number that any real dtype's values fit in exactly.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Extended {
    NaN {
        negative: bool,
    },
    Infinite {
        negative: bool,
    },
    /// `mantissa * 2^exponent`
    Finite {
        negative: bool,
        mantissa: u64,
        exponent: i32,
    },
}

/// What becomes of the bits that do not fit.
#[derive(Clone, Copy)]
pub(crate) enum Rounding {
    /// The nearest, ties to even.
    NearestEven,
    /// An inexact result gets an odd last bit, so that rounding once more, to a narrower format, is right.
    Odd,
}

impl Rounding {
    /// Whether a kept part that ends in `odd` is raised, given how the rest compares with a half.
    fn raises(self, odd: bool, rest_to_half: Ordering, exact: bool) -> bool {
        match self {
            Self::NearestEven => rest_to_half.is_gt() || (rest_to_half.is_eq() && odd),
            Self::Odd => !exact && !odd,
        }
    }
}

impl Extended {
    pub(crate) fn decode(native: &[u8; 16]) -> Self {
        let bits = u128::from_ne_bytes(*native);
        let [m0, m1, m2, m3, m4, m5, m6, m7, e0, e1, ..] = bits.to_le_bytes();
        let mantissa = u64::from_le_bytes([m0, m1, m2, m3, m4, m5, m6, m7]);
        let top = u16::from_le_bytes([e0, e1]);
        let negative = top >> 15 == 1;
        match (i32::from(top & 0x7fff), mantissa & INTEGER_BIT != 0) {
            (0x7fff, true) if mantissa == INTEGER_BIT => Self::Infinite { negative },
            (0x7fff, _) => Self::NaN { negative },
            // Zero and denormals; they have the exponent of the least normals.
            (0, _) => Self::Finite {
                negative,
                mantissa,
                exponent: 1 - BIAS - 63,
            },
            (_, false) => Self::NaN { negative },
            (exponent, true) => Self::Finite {
                negative,
                mantissa,
                exponent: exponent - BIAS - 63,
            },
        }
    }

    /// Native-endian bytes. What came from an integer or an `f64` fits exactly.
    pub(crate) fn encode(self) -> [u8; 16] {
        let (negative, exponent, mantissa) = match self {
            Self::NaN { negative } => (negative, 0x7fff, INTEGER_BIT | INTEGER_BIT >> 1),
            Self::Infinite { negative } => (negative, 0x7fff, INTEGER_BIT),
            Self::Finite {
                negative,
                mantissa: 0,
                ..
            } => (negative, 0, 0),
            Self::Finite {
                negative,
                mantissa,
                exponent,
            } => {
                let shift = mantissa.leading_zeros().min(63);
                let biased = exponent + 63 + BIAS - shift.cast_signed();
                match u16::try_from(biased) {
                    Ok(biased) if biased > 0 => (negative, biased, mantissa << shift),
                    // A denormal that was decoded goes back as it came.
                    _ => (negative, 0, mantissa),
                }
            }
        };
        let top = u128::from(exponent) | u128::from(negative) << 15;
        (top << 64 | u128::from(mantissa)).to_ne_bytes()
    }

    pub(crate) fn from_f64(value: f64) -> Self {
        let bits = value.to_bits();
        let negative = value.is_sign_negative();
        let fraction = bits & ((1 << 52) - 1);
        let biased = value.to_bits() >> 52 & 0x7ff;
        match i32::try_from(biased).unwrap_or(0x7ff) {
            0x7ff if fraction == 0 => Self::Infinite { negative },
            0x7ff => Self::NaN { negative },
            0 => Self::Finite {
                negative,
                mantissa: fraction,
                exponent: 1 - F64_BIAS - 52,
            },
            biased => Self::Finite {
                negative,
                mantissa: fraction | 1 << 52,
                exponent: biased - F64_BIAS - 52,
            },
        }
    }

    pub(crate) fn from_i64(value: i64) -> Self {
        Self::Finite {
            negative: value < 0,
            mantissa: value.unsigned_abs(),
            exponent: 0,
        }
    }

    pub(crate) fn from_u64(value: u64) -> Self {
        Self::Finite {
            negative: false,
            mantissa: value,
            exponent: 0,
        }
    }

    pub(crate) fn to_f64(self, rounding: Rounding) -> f64 {
        let (negative, magnitude) = match self {
            Self::NaN { negative } => (negative, F64_QUIET),
            Self::Infinite { negative } => (negative, F64_INFINITY),
            Self::Finite {
                negative,
                mantissa: 0,
                ..
            } => (negative, 0),
            Self::Finite {
                negative,
                mantissa,
                exponent,
            } => {
                let shift = mantissa.leading_zeros().min(63);
                let biased = exponent + 63 + F64_BIAS - shift.cast_signed();
                (negative, round_to_f64(biased, mantissa << shift, rounding))
            }
        };
        f64::from_bits(u64::from(negative) << 63 | magnitude)
    }

    /// Truncated towards zero; NaN is 0. Beyond 64 bits it may come out as the nearest end of `i128`, which
    /// is as good, since it is for narrower integers to saturate at.
    pub(crate) fn to_i128(self) -> i128 {
        let (negative, magnitude) = match self {
            Self::NaN { .. } => return 0,
            Self::Infinite { negative } => (negative, None),
            Self::Finite {
                negative,
                mantissa,
                exponent,
            } => {
                let wide = i128::from(mantissa);
                let shift = exponent.unsigned_abs();
                let magnitude = match exponent {
                    // A mantissa of 64 bits shifted by less than 63 leaves the sign bit alone.
                    0..63 => Some(wide << shift),
                    63.. if mantissa == 0 => Some(0),
                    63.. => None,
                    _ => Some(wide.checked_shr(shift).unwrap_or(0)),
                };
                (negative, magnitude)
            }
        };
        match (negative, magnitude) {
            (true, Some(magnitude)) => -magnitude,
            (false, Some(magnitude)) => magnitude,
            (true, None) => i128::MIN,
            (false, None) => i128::MAX,
        }
    }

    pub(crate) fn is_nan(self) -> bool {
        matches!(self, Self::NaN { .. })
    }

    pub(crate) fn is_zero(self) -> bool {
        matches!(self, Self::Finite { mantissa: 0, .. })
    }
}

/// Equal as numbers are: NaN to nothing, zeros of either sign to one another.
impl PartialEq for Extended {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Self::Infinite { negative: a }, Self::Infinite { negative: b }) => a == b,
            (
                Self::Finite {
                    negative: a_negative,
                    mantissa: a,
                    exponent: a_exponent,
                },
                Self::Finite {
                    negative: b_negative,
                    mantissa: b,
                    exponent: b_exponent,
                },
            ) => {
                if a == 0 || b == 0 {
                    return a == b;
                }
                let (a_shift, b_shift) = (a.trailing_zeros(), b.trailing_zeros());
                a_negative == b_negative
                    && a >> a_shift == b >> b_shift
                    && a_exponent + a_shift.cast_signed() == b_exponent + b_shift.cast_signed()
            }
            _ => false,
        }
    }
}

/// The bits of `mantissa * 2^(biased - 1023 - 63)`, rounded; the top bit of `mantissa` is set.
fn round_to_f64(biased: i32, mantissa: u64, rounding: Rounding) -> u64 {
    if biased >= 0x7ff {
        return match rounding {
            Rounding::NearestEven => F64_INFINITY,
            Rounding::Odd => F64_INFINITY - 1,
        };
    }
    // Of the 64 bits an f64 keeps 53, and fewer when the result is subnormal (`biased` below 1).
    let (dropped, base) = match u32::try_from(biased) {
        Ok(biased) if biased > 0 => (11, u64::from(biased - 1) << 52),
        _ => ((11 + biased.abs_diff(1)).min(66), 0),
    };
    let wide = u128::from(mantissa);
    let half = 1_u128 << (dropped - 1);
    let rest = wide & ((half << 1) - 1);
    let kept = mantissa.checked_shr(dropped).unwrap_or(0);
    let raised = rounding.raises(kept & 1 == 1, rest.cmp(&half), rest == 0);
    // A carry out of the mantissa raises the exponent, as it should, up to infinity.
    base + kept + u64::from(raised)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::cast_possible_truncation, reason = "casts are what is tested")]

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

    #[test]
    fn integers_are_exact() {
        for value in [0, 1, -1, i64::MAX, i64::MIN, (1 << 53) + 1] {
            let stored = Extended::from_i64(value).encode();
            assert_eq!(Extended::decode(&stored).to_i128(), i128::from(value));
        }
        let stored = Extended::from_u64(u64::MAX).encode();
        assert_eq!(Extended::decode(&stored).to_i128(), i128::from(u64::MAX));
    }

    #[test]
    fn fractions_are_truncated_and_giants_saturate() {
        let truncated = |value: f64| Extended::from_f64(value).to_i128();
        assert_eq!(truncated(-1.9), -1);
        assert_eq!(truncated(1.9), 1);
        assert_eq!(truncated(5e-324), 0);
        assert_eq!(truncated(f64::NAN), 0);
        assert_eq!(truncated(1e300), i128::MAX);
        assert_eq!(truncated(f64::NEG_INFINITY), i128::MIN);
        for value in [1e30, -1e30] {
            assert_eq!(truncated(value), value as i128);
        }
    }

    #[test]
    fn rounding_to_odd_makes_the_second_rounding_right() {
        // Just above the tie between 1 and the next f32: to an f64 first, it would become the tie.
        let above = float128(0, 16383, INTEGER_BIT | 1 << 39 | 1);
        assert_eq!(float128_to_f64(&above) as f32, 1.0, "twice rounded");
        let odd = Extended::decode(&above).to_f64(Rounding::Odd);
        assert_eq!(odd as f32, 1.0 + f32::EPSILON);
        let exact = Extended::from_f64(1.5).to_f64(Rounding::Odd);
        assert_eq!(exact, 1.5);
    }

    #[test]
    fn denormals_come_back_as_they_came() {
        let least = float128(1, 0, 12);
        assert_eq!(Extended::decode(&least).encode(), least);
    }

    #[test]
    fn equality_is_that_of_numbers() {
        let of = Extended::from_f64;
        assert_eq!(of(0.0), of(-0.0));
        assert_eq!(of(6.0), Extended::from_i64(6));
        assert_ne!(of(9007199254740992.0), Extended::from_i64(9007199254740993));
        assert_ne!(of(f64::NAN), of(f64::NAN));
        assert_ne!(of(f64::INFINITY), of(f64::NEG_INFINITY));
        assert_ne!(of(1.0), of(-1.0));
    }
}
