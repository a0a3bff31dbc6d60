//! JSON in the spelling of Python's `json.dumps`: `", "` and `": "`, ASCII only, floats as `repr` prints them.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// `value` as `json.dumps` prints it.
pub(crate) fn dumps<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    let mut out = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut out, Python))?;
    // The formatter writes ASCII only.
    Ok(String::from_utf8(out).unwrap_or_default())
}

/// A float as `repr` prints it: the shortest digits that read back, an exponent below 1e-4 and from 1e16.
pub(crate) fn float_repr(value: f64) -> String {
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent @ (16.. | ..=-5)) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => {
            let mut plain = format!("{value}");
            if !plain.contains('.') {
                plain.push_str(".0");
            }
            plain
        }
    }
}

struct Python;

impl Formatter for Python {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(float_repr(value).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let is_plain = |byte: u8| (b' '..=b'~').contains(&byte);
        // Nearly always; without a branch, so that it compiles to vector instructions.
        if fragment
            .bytes()
            .fold(true, |all, byte| all & is_plain(byte))
        {
            return writer.write_all(fragment.as_bytes());
        }
        let printable = |c: char| matches!(c, ' '..='~');
        let mut rest = fragment;
        while let Some(at) = rest.find(|c| !printable(c)) {
            let (plain, odd) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let mut odd = odd.chars();
            let mut units = [0; 2];
            if let Some(c) = odd.next() {
                for unit in c.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = odd.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use serde_json::json;

    use super::*;

    #[test]
    fn floats_are_repr() {
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (-2.5, "-2.5"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1.25e22, "1.25e+22"),
            (1e300, "1e+300"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
        ] {
            assert_eq!(float_repr(value), expected);
        }
    }

    #[test]
    fn json_is_dumps() {
        let value = json!({
            "a": [1, -2, u64::MAX, null, true, false, 1.0, 1e300],
            "é\u{1f600}\u{7f}\u{1f}": "\"/\\\n\r\t\u{8}\u{c}",
            "": {},
            "b": [],
        });
        assert_eq!(
            dumps(&value).unwrap(),
            r#"{"a": [1, -2, 18446744073709551615, null, true, false, 1.0, 1e+300], "\u00e9\ud83d\ude00\u007f\u001f": "\"/\\\n\r\t\b\f", "": {}, "b": []}"#
        );
    }
}
