//! Numbers that were written in decimal digits.

use gawky_buffer::{DType, Scalar};

use super::numbers::exactly;

/// A number that was written in decimal digits, as the `f64` that comes nearest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal {
    /// What stands for it among floats.
    pub(super) nearest: f64,
    /// Whether it is that number: integers take no other.
    pub(super) is_exact: bool,
}

impl Decimal {
    /// Of digits, which may have a fraction and an exponent.
    pub(crate) fn of(digits: &[u8], nearest: f64) -> Self {
        Self {
            nearest,
            is_exact: integer(digits).is_some_and(|(is_negative, magnitude)| {
                let magnitude = exactly(Scalar::UInt64(magnitude), DType::Float64);
                let magnitude = magnitude.and_then(Scalar::as_f64);
                magnitude.map(|number| if is_negative { -number } else { number }) == Some(nearest)
            }),
        }
    }

    /// One for which floats are all that there is.
    pub(crate) fn of_float(nearest: f64) -> Self {
        Self {
            nearest,
            is_exact: false,
        }
    }

    pub(super) fn scalar(self) -> Scalar {
        Scalar::Float64(self.nearest)
    }
}

/// The integer that digits say: whether it is negative, and how great it is; `None` where they say none of 64 bits.
fn integer(digits: &[u8]) -> Option<(bool, u64)> {
    let (mantissa, exponent) = match digits.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => {
            let exponent = std::str::from_utf8(digits.get(at + 1..)?).ok()?;
            (digits.get(..at)?, exponent.parse::<i64>().ok()?)
        }
        None => (digits, 0),
    };
    let mut figures: Vec<u8> = mantissa
        .iter()
        .copied()
        .filter(u8::is_ascii_digit)
        .collect();
    let decimals = match mantissa.iter().position(|byte| *byte == b'.') {
        Some(point) => mantissa.len() - point - 1,
        None => 0,
    };
    let mut exponent = exponent.checked_sub(i64::try_from(decimals).ok()?)?;
    while figures.last() == Some(&b'0') {
        figures.pop();
        exponent = exponent.checked_add(1)?;
    }
    let mut magnitude: u64 = 0;
    for figure in &figures {
        magnitude = magnitude
            .checked_mul(10)?
            .checked_add(u64::from(figure - b'0'))?;
    }
    if magnitude > 0 {
        let zeros = u32::try_from(exponent).ok()?;
        magnitude = magnitude.checked_mul(10_u64.checked_pow(zeros)?)?;
    }
    Some((mantissa.first() == Some(&b'-'), magnitude))
}

#[cfg(test)]
mod tests {
    use super::integer;

    #[test]
    fn digits_say_an_integer_or_none() {
        for (digits, said) in [
            ("9007199254740993.0", Some((false, 9_007_199_254_740_993))),
            ("-900719925474099.3e1", Some((true, 9_007_199_254_740_993))),
            ("18446744073709551615.000", Some((false, u64::MAX))),
            ("18446744073709551616.0", None),
            ("100e-2", Some((false, 1))),
            ("0.000e-99999", Some((false, 0))),
            ("-0.0", Some((true, 0))),
            ("1E+3", Some((false, 1000))),
            ("0.99999999999999999999999", None),
            ("1.5", None),
            ("1e19", Some((false, 10_000_000_000_000_000_000))),
            ("1e20", None),
            ("1e99999999999999999999", None),
        ] {
            assert_eq!(integer(digits.as_bytes()), said, "{digits}");
        }
    }
}
