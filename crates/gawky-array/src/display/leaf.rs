//! What has nothing in it: numbers, strings, missing values.

use gawky_buffer::Scalar;

use crate::Value;

/// How many digits of a float are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digits {
    /// As many as tell it from its neighbours.
    All,
    /// So many, as C's `%.3g` does.
    Significant(usize),
}

/// The text of what is neither a list nor a record.
///
/// Of a string that is longer than `room` the first characters are enough for the caller to see so; it ends in `...` then.
pub(super) fn text(value: &Value<'_>, room: usize, digits: Digits) -> String {
    match value {
        Value::Null | Value::List(_) | Value::Record(_) => "None".to_owned(),
        Value::Scalar(scalar) => number(*scalar, digits),
        Value::Str(text) => quoted(text, room),
        Value::NonUtf8(bytes) | Value::Bytes(bytes) => quoted_bytes(bytes, room),
    }
}

/// The name of a field and a colon; the name is quoted if it is no identifier.
pub(super) fn label(name: &str) -> String {
    let mut letters = name.chars();
    let begins = letters
        .next()
        .is_some_and(|first| first == '_' || first.is_ascii_alphabetic());
    match begins && letters.all(|letter| letter == '_' || letter.is_ascii_alphanumeric()) {
        true => format!("{name}: "),
        false => format!("{}: ", quoted(name, usize::MAX)),
    }
}

/// A string as Python's `repr` writes it.
fn quoted(text: &str, room: usize) -> String {
    let kept: String = text.chars().take(room).collect();
    let dots = if kept.len() < text.len() { "..." } else { "" };
    let quote = match kept.contains('\'') && !kept.contains('"') {
        true => '"',
        false => '\'',
    };
    let mut shown = String::with_capacity(kept.len() + 5);
    shown.push(quote);
    for letter in kept.chars() {
        match letter {
            '\\' => shown.push_str("\\\\"),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if letter == quote => shown.extend(['\\', quote]),
            ' ' | '\'' | '"' => shown.push(letter),
            _ if is_printable(letter) => shown.push(letter),
            _ => shown.push_str(&match u32::from(letter) {
                code @ 0..=0xff => format!("\\x{code:02x}"),
                code @ 0x100..=0xffff => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            }),
        }
    }
    shown.push_str(dots);
    shown.push(quote);
    shown
}

/// Whether a terminal shows something for a character, and nothing else happens.
fn is_printable(letter: char) -> bool {
    // A mark that combines with the letter before it is shown; the standard library escapes it where no letter is before it.
    let is_shown = || String::from_iter(['a', letter]).escape_debug().count() == 2;
    letter.is_alphanumeric() || (!letter.is_whitespace() && is_shown())
}

/// A bytestring as Python's `repr` writes it.
fn quoted_bytes(bytes: &[u8], room: usize) -> String {
    let kept = bytes.get(..room.min(bytes.len())).unwrap_or(bytes);
    let dots = if kept.len() < bytes.len() { "..." } else { "" };
    let quote = match kept.contains(&b'\'') && !kept.contains(&b'"') {
        true => '"',
        false => '\'',
    };
    let mut shown = format!("b{quote}");
    for byte in kept {
        match byte {
            b'"' | b'\'' if char::from(*byte) != quote => shown.push(char::from(*byte)),
            _ => shown.extend(byte.escape_ascii().map(char::from)),
        }
    }
    shown.push_str(dots);
    shown.push(quote);
    shown
}

fn number(scalar: Scalar, digits: Digits) -> String {
    let Digits::Significant(digits) = digits else {
        return scalar.to_string();
    };
    match scalar {
        Scalar::Float16(value) => significant(f64::from(value), digits),
        Scalar::Float32(value) => significant(f64::from(value), digits),
        Scalar::Float64(value) => significant(value, digits),
        Scalar::Complex64(value) => complex(f64::from(value.re), f64::from(value.im), digits),
        Scalar::Complex128(value) => complex(value.re, value.im, digits),
        other => other.to_string(),
    }
}

fn complex(re: f64, im: f64, digits: usize) -> String {
    let sign = if im.is_sign_negative() { "" } else { "+" };
    format!(
        "{}{sign}{}j",
        significant(re, digits),
        significant(im, digits)
    )
}

/// A number in so many digits, as C's `%g` writes it: without zeros at the end, and in scientific notation if it is very
/// large or very small.
fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return Scalar::Float64(value).to_string();
    }
    let digits = digits.max(1);
    let scientific = format!("{value:.*e}", digits - 1);
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let without_zeros = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    let digits = i32::try_from(digits).unwrap_or(i32::MAX);
    match exponent < -4 || exponent >= digits {
        true => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!(
                "{}e{sign}{:02}",
                without_zeros(mantissa),
                exponent.unsigned_abs()
            )
        }
        false => {
            let decimals = usize::try_from(digits - 1 - exponent).unwrap_or_default();
            without_zeros(&format!("{value:.decimals$}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Python's `f"{value:.3g}"` gives.
    #[test]
    fn significant_digits_are_those_of_c() {
        for (value, shown) in [
            (1e10, "1e+10"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (0.000_123_456, "0.000123"),
            (123_456.0, "1.23e+05"),
            (999.9, "1e+03"),
            (1234.5, "1.23e+03"),
            (100.0, "100"),
            (1.0, "1"),
            (-0.0, "-0"),
            (0.0, "0"),
            (2.5, "2.5"),
            (1.005, "1"),
            (33.125, "33.1"),
            (5e-324, "4.94e-324"),
            (f64::MAX, "1.8e+308"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(significant(value, 3), shown);
        }
        assert_eq!(significant(1234.5, 0), "1e+03");
        assert_eq!(significant(0.1, 17), "0.10000000000000001");
    }

    /// What Python's `repr` gives.
    #[test]
    fn strings_are_quoted_as_python_does() {
        for (text, shown) in [
            ("plain", "'plain'"),
            ("it's", "\"it's\""),
            ("both'\"", "'both\\'\"'"),
            ("a\"b", "'a\"b'"),
            ("é\n\u{1}\u{200b}\u{a0}", "'é\\n\\x01\\u200b\\xa0'"),
            ("e\u{301} \u{1f600}", "'e\u{301} \u{1f600}'"),
            ("\\", "'\\\\'"),
        ] {
            assert_eq!(quoted(text, usize::MAX), shown);
        }
        assert_eq!(quoted("abcdef", 4), "'abcd...'");
        assert_eq!(
            quoted_bytes(b"ab\x00'c\xff", usize::MAX),
            "b\"ab\\x00'c\\xff\""
        );
        assert_eq!(quoted_bytes(b"'\"", usize::MAX), "b'\\'\"'");
    }
}
